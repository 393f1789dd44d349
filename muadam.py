"""muadam: the commands. Each has --help with an example; what goes wrong is one sentence and exit 2."""

import asyncio
import getpass
import json
import logging
import signal
import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
import uvicorn
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from structlog.tracebacks import ExceptionDictTransformer

from bot import transcripts
from bot.events import DataWithdrawn, StaffReleased
from bot.turn import Turns
from bot.understanding import reader_for
from lessons import json_schema, linter
from lessons.findings import as_json, is_blocking, render_text
from lessons.loader import load_files
from publishing import (
    NotPublished,
    accept_answers,
    first_published,
    fit_to_publish,
    publish_library,
    published,
    where_people_stand,
)
from server import Announcing, Server, Settings, Trouble, check_port, clock, happen, opened
from storage import accounts, handoffs, people
from storage.database import StorageError, connect, reading, transaction
from webhooks import doctor as doctor_checks
from webhooks.accounts import ZaloSeed, seed_zalo
from webhooks.terminal import Terminal

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
account_cli = typer.Typer(no_args_is_help=True, help="Accounts on messaging platforms.")
cli.add_typer(account_cli, name="account")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


# Serving --------------------------------------------------------------------------------------------------


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


# Lessons --------------------------------------------------------------------------------------------------


@cli.command()
def lint(as_json_: AsJson = False) -> None:
    """Check the lesson files; exit code 1 when something forbids publishing.

    Example: muadam lint --json
    """
    settings = Settings()
    findings = linter.lint(load_files(settings.lessons, timezone=settings.zone()), today=clock().date())
    print(as_json(findings) if as_json_ else render_text(findings))
    if is_blocking(findings):
        raise SystemExit(1)


@cli.command()
def publish(
    accept: Annotated[
        bool, typer.Option("--accept-answers", help="The answers given now are right: write them down.")
    ] = False,
) -> None:
    """Check the lesson files, play their transcripts, and make them what residents learn from.

    Example: muadam publish
    """
    settings = Settings()
    if accept:
        print(f"transcripts written anew: {accept_answers(settings.files())}")
    with opened(settings) as database:
        library = fit_to_publish(settings.files(), now=clock())
        for line in where_people_stand(database, library):
            print(line)
        print(f"published: {publish_library(database, library, now=clock())}")


@cli.command()
def export(folder: Annotated[Path, typer.Argument(help="An empty folder to write the files to.")]) -> None:
    """Write the lessons that are published now as files.

    Example: muadam export /tmp/lessons-now
    """
    settings = Settings()
    with opened(settings) as database:
        found = published(database, settings.files())
        if found is None:
            raise Trouble("nothing is published yet: run `muadam publish` first")
        if folder.exists() and any(folder.iterdir()):
            raise Trouble(f"{folder} is not empty: name an empty or a new folder")
        for name, text in sorted(found.files.items()):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        print(f"{len(found.files)} files written to {folder}")


@cli.command()
def schema(
    folder: Annotated[Path | None, typer.Argument(help="Where to write; else stdout.")] = None,
) -> None:
    """Print the JSON Schemas of the YAML files, or write them to a folder.

    Example: muadam schema lessons/schema
    """
    if folder is not None:
        json_schema.write(folder)
        return
    for content in json_schema.export().values():
        print(json_schema.as_text(content), end="")


@cli.command()
def understand() -> None:
    """Say how texts are understood: a text a line in, a JSON object a line out.

    Example: echo "kich hoat vneid" | muadam understand
    """
    settings = Settings()
    library = load_files(settings.lessons, timezone=settings.zone())
    if library.book is None:
        raise Trouble(render_text(library.problems))
    reader = reader_for(library.book)
    for line in sys.stdin:
        text = line.rstrip("\n")
        print(json.dumps({"text": text, **asdict(reader.intent(text))}, ensure_ascii=False), flush=True)


# Accounts and state ---------------------------------------------------------------------------------------


@account_cli.command("list")
def account_list(as_json_: AsJson = False) -> None:
    """List the accounts: no secrets, no tokens.

    Example: muadam account list
    """
    with opened(Settings()) as database, reading(database) as connection:
        rows = [doctor_checks.public_view(account) for account in accounts.everyone(connection)]
    for row in rows:
        show_row(row, as_json_=as_json_)
    if not rows and not as_json_:
        print("no accounts yet: see `muadam account add`")


def secret(prompt: str, help_text: str) -> Any:
    """An option that is asked for, unseen, when it is not given."""
    return typer.Option(prompt=prompt, hide_input=True, help=help_text)


@account_cli.command("add")
def account_add(
    oa_id: Annotated[str, typer.Option(prompt="OA id", help="The id of the Official Account: digits.")],
    app_id: Annotated[str, typer.Option(prompt="App id", help="The id of the app: digits.")],
    app_secret: Annotated[str, secret("App secret key", "The secret key of the app: refreshes tokens.")],
    oa_secret: Annotated[str, secret("OA Secret Key", "Of the console's webhook page: checks signatures.")],
    access_token: Annotated[str, secret("Access token", "The first one, from the API explorer.")],
    refresh_token: Annotated[str, secret("Refresh token", "The one that came with it; it works once.")],
) -> None:
    """Add a Zalo Official Account, or change its secrets and tokens; asks for what is not given.

    Example: muadam account add --oa-id 7000000000000000001 --app-id 1111222233334444555
    """
    settings = Settings()
    if not (oa_id.isdigit() and app_id.isdigit()):
        raise Trouble("the OA id and the app id are long numbers: copy them from the console")
    seed = ZaloSeed(
        external_id=oa_id,
        app_id=app_id,
        app_secret=app_secret,
        secret=oa_secret,
        access_token=access_token,
        refresh_token=refresh_token,
        api_url=settings.zalo_api_url.rstrip("/"),
        oauth_url=settings.zalo_oauth_url.rstrip("/"),
        rate_per_minute=settings.zalo_rate_per_minute,
        has_buttons=settings.zalo_buttons,
    )
    with opened(settings) as database, transaction(database) as connection:
        added = seed_zalo(connection, seed, place=settings.place or None)
    print(f"account {added} is set up; a running server takes it up in 5 seconds")


@account_cli.command("check")
def account_check() -> None:
    """Ask the platform of every account whether it takes our token; exit code 1 when something is not well.

    Example: muadam account check
    """
    with opened(Settings()) as database, reading(database) as connection:
        rows = [row for row in accounts.everyone(connection) if row.channel == "zalo-oa"]
    found = [check for row in rows for check in doctor_checks.look_at_zalo(row, clock())]
    found += [check for row in rows for check in asyncio.run(doctor_checks.ask_zalo(row, clock()))]
    if not rows:
        found.append(doctor_checks.Check("accounts", False, "there is none yet: see `muadam account add`"))
    report(found, as_json_=False)


def show_row(row: dict[str, object], *, as_json_: bool) -> None:
    shown = {key: "" if value is None else value for key, value in row.items()}
    print(json.dumps(shown, ensure_ascii=False) if as_json_ else "  ".join(f"{k}={v}" for k, v in shown.items()))


def report(found: list[doctor_checks.Check], *, as_json_: bool) -> None:
    """Print a line a check; exit code 1 when one is not well."""
    for check in found:
        line = f"{'ok ' if check.is_well else 'NOT'}  {check.name}: {check.sentence}"
        print(json.dumps(asdict(check)) if as_json_ else line)
    if not all(check.is_well for check in found):
        raise SystemExit(1)


@cli.command()
def doctor(as_json_: AsJson = False) -> None:
    """Check settings, database, lessons, tokens and clock; exit code 1 when something is not well.

    Example: muadam doctor
    """
    settings = Settings()
    found = [doctor_checks.Check("settings", True, f"data in {settings.data_dir}, {settings.timezone}")]
    findings = linter.lint(load_files(settings.lessons, timezone=settings.zone()), today=clock().date())
    blocking = sum(finding.severity == "error" for finding in findings)
    advice = f"{blocking} errors in the lesson files: see `muadam lint`" if blocking else "the lesson files are fit"
    found.append(doctor_checks.Check("lessons", blocking == 0, advice))
    with closing(connect(settings.url())) as database:
        found += doctor_checks.look(database, settings.data_dir, clock())
    report(found, as_json_=as_json_)


@cli.command()
def erase(
    person: Annotated[int, typer.Argument(help="The person's id, as `muadam waiting` shows it.")],
) -> None:
    """Erase everything about a resident who asked for it outside the chat.

    Example: muadam erase 42
    """
    settings = Settings()
    with opened(settings) as database:
        happen(settings, database, person, DataWithdrawn())
        with transaction(database) as connection:
            people.sweep_erased(connection, clock())
        print(f"person {person} is erased")


@cli.command()
def waiting(
    close: Annotated[int | None, typer.Option(help="This person has been helped: take him off the list.")] = None,
    as_json_: AsJson = False,
) -> None:
    """List the residents who wait for a person of the team: the urgent first. Times are local.

    Example: muadam waiting --close 42
    """
    settings = Settings()
    with opened(settings) as database:
        if close is not None:
            happen(settings, database, close, StaffReleased())
            with transaction(database) as connection:
                handoffs.move(connection, [close], to="closed", now=clock())
        with reading(database) as connection:
            rows = [dict(row._mapping) for row in handoffs.waiting(connection)]
    for row in rows:
        row["opened_at"] = f"{row['opened_at'].astimezone(settings.zone()):%Y-%m-%d %H:%M}"
        show_row(row, as_json_=as_json_)
    if not rows and not as_json_:
        print("nobody waits")


@cli.command("migrate")
def migrate_command() -> None:
    """Bring the database to this version of muadam (serve and work do so by themselves).

    Example: muadam migrate
    """
    with opened(Settings()):
        print("the database is up to date")


def main() -> None:
    """The command line; whatever goes wrong is one sentence on stderr and exit code 2."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # No local variables: tokens and residents' words are among them.
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    try:
        cli()
    except (Trouble, NotPublished, StorageError) as error:
        fail(str(error))
    except ValidationError as error:
        wrong = [f"MUADAM_{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors() if one["loc"]]
        fail(f"a setting is wrong (see .env.example): {'; '.join(wrong)}")
    except OSError as error:
        fail(f"{error.filename or 'a file'}: {error.strerror}")
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or type(error).__name__)
        fail(f"the database cannot be used ({reason}): look at MUADAM_DATABASE_URL and MUADAM_DATA_DIR")


def fail(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    raise SystemExit(2)


if __name__ == "__main__":
    main()
