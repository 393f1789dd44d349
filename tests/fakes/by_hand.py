"""A small fake platform by hand: what you type a resident says, what the bot answers is printed. /quit ends it."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable
from functools import partial
from typing import Any, Protocol

from tests.fakes.serving import Taken
from tests.fakes.zalo_behaviour import Webhook


class Sayable(Protocol):
    """A fake of which a resident can say something."""

    identity: Any
    url: str
    webhook_url: str
    messages: list[Taken]

    def say(self, user: str, text: str) -> Awaitable[Webhook]: ...

    async def start(self, port: int = 0) -> None: ...

    async def stop(self) -> None: ...


def main(fake: Sayable, *, port: int, webhook: str, doc: str | None) -> None:
    """Read the arguments and serve until /quit, or for ever when nothing can be typed."""
    parser = argparse.ArgumentParser(description=f"{doc}\n{__doc__}", formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--port", type=int, default=port)
    parser.add_argument("--webhook", default=webhook, help="where to post webhooks")
    parser.add_argument("--user", default="9000000000000000001", help="who you are")
    arguments = parser.parse_args()
    fake.webhook_url = arguments.webhook
    try:
        asyncio.run(_serve(fake, arguments.port, arguments.user))
    except KeyboardInterrupt:
        sys.exit(0)


async def _serve(fake: Sayable, port: int, user: str) -> None:
    await fake.start(port)
    print(f"the fake is at {fake.url}: {fake.identity}", flush=True)
    printing = asyncio.create_task(_print_answers(fake))
    try:
        while line := await asyncio.to_thread(sys.stdin.readline):
            if line.strip() == "/quit":
                return
            posted = await fake.say(user, line.strip())
            print(f"  {posted.status or 'no answer'} in {posted.seconds * 1000:.0f} ms", flush=True)
        await asyncio.Event().wait()  # nothing can be typed (in a container, say): serve for ever
    finally:
        printing.cancel()
        await fake.stop()


async def _print_answers(fake: Sayable) -> None:
    seen = 0
    while True:
        for taken in fake.messages[seen:]:
            await asyncio.to_thread(partial(print, f"\n[bot -> {taken.user}] {taken.text}", flush=True))
            seen += 1
        await asyncio.sleep(0.1)
