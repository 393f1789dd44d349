"""Commands that run muadam: serve, work, chat."""

import asyncio
import getpass
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from bot import transcripts
from bot.turn import Turns
from publishing import first_published
from server import Announcing, Server, check_port, clock, opened
from settings import Settings
from webhooks.terminal import Terminal

cli = typer.Typer()


@cli.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    no_work: Annotated[bool, typer.Option("--no-work", help="Web alone; `muadam work` sends.")] = False,
) -> None:
    """Run the server: webhooks, web chat, and the loops that send.

    Example: muadam serve --host 0.0.0.0 --port 8000
    """
    check_port(host, port)
    server = Server(Settings())
    config = uvicorn.Config(
        server.app(works=not no_work),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        ws="none",
        timeout_graceful_shutdown=15,
    )
    Announcing(config, server.streams.close).run()


@cli.command()
def work() -> None:
    """Run the loops alone (sending, timers), beside servers that run with --no-work.

    Example: muadam work
    """

    async def until_told() -> None:
        told = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, told.set)
        async with Server(Settings()).running(works=True):
            print("muadam is working.", flush=True)
            await told.wait()

    asyncio.run(until_told())


@cli.command()
def chat(
    record: Annotated[Path | None, typer.Option(help="Write what was said to this YAML file.")] = None,
    as_whom: Annotated[str, typer.Option("--as", help="Keeps several people apart.")] = "",
) -> None:
    """Talk to the bot in the terminal, with the same lessons and the same memory as the server.

    Example: muadam chat --record talk.yaml
    """
    settings = Settings()
    with opened(settings) as database:
        book = first_published(database, settings.files(), now=clock()).book
        turns = Turns(book, digest_key=settings.key(), account=lambda _: ("terminal", None))
        terminal = Terminal(database, turns, clock, as_whom or getpass.getuser())
        try:
            show(terminal.join())
            for line in sys.stdin:
                show(terminal.say(line.rstrip("\n")))
        except KeyboardInterrupt:
            pass
        finally:
            if record is not None:
                talk = transcripts.Transcript(name=record.stem, turns=tuple(terminal.exchanges))
                record.write_text(transcripts.to_yaml(talk), encoding="utf-8")


def show(bubbles: list[str]) -> None:
    for bubble in bubbles:
        print(bubble, end="\n\n")
    print("> " if sys.stdin.isatty() else "", end="", flush=True)
