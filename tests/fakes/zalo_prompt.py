"""The fake Zalo by hand: what you type a resident says, what the bot answers is printed.

    text             the resident says it
    /press 2         presses the second button of the last message
    /image FILE      the resident sends this picture
    /sticker   /audio   /location LAT LON   /file
    /follow /unfollow /chatnow /withdraw
    /as USER         be somebody else
    /admin TEXT      a team member answers in Zalo's own console
    /forward HOURS   move the fake's clock
    /fault KIND      the next call: hang, drop, http_500, garbage, taken_then_drop, or a code like -32
    /again           post the last webhook a second time
    /probe           the console's test button
    /quit

Example, with `make run` in another terminal and in .env MUADAM_ZALO_API_URL=http://127.0.0.1:9001,
MUADAM_ZALO_OAUTH_URL=http://127.0.0.1:9001 and the ids and secrets that this program prints:

    python -m tests.fakes.zalo_oa --port 9001 --webhook http://127.0.0.1:8000/webhooks/zalo-oa
"""

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

from tests.fakes.zalo_behaviour import Fault, Webhook
from tests.fakes.zalo_events import Identity, attachment, encode
from tests.fakes.zalo_oa import FakeZalo

USER = "9000000000000000001"

CONTENTS = {
    "/sticker": ("user_send_sticker", attachment("sticker", id="s1", url="https://zalo.example/s.png")),
    "/audio": ("user_send_audio", attachment("audio", url="https://zalo.example/v.amr")),
    "/file": ("user_send_file", attachment("file", url="https://zalo.example/f.pdf", name="don.pdf", size="1")),
}
RELATIONS = {
    "/follow": "follow",
    "/unfollow": "unfollow",
    "/chatnow": "user_click_chatnow",
    "/withdraw": "user_withdraw",
}


def main() -> None:
    """Read the arguments and serve until /quit, or for ever when nothing can be typed."""
    arguments = _arguments()
    try:
        asyncio.run(_serve(arguments))
    except KeyboardInterrupt:
        sys.exit(0)


def _arguments() -> argparse.Namespace:
    default = Identity()
    parser = argparse.ArgumentParser(
        prog="python -m tests.fakes.zalo_oa",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=9001)
    parser.add_argument("--webhook", default="", help="where to post webhooks; without it none are posted")
    parser.add_argument("--app-id", default=default.app_id)
    parser.add_argument("--app-secret", default=default.app_secret)
    parser.add_argument("--oa-id", default=default.oa_id)
    parser.add_argument("--oa-secret", default=default.oa_secret)
    parser.add_argument("--access-token", default="access-0")
    parser.add_argument("--refresh-token", default="refresh-0")
    parser.add_argument("--user", default=USER, help="who you are at first")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that each send takes")
    parser.add_argument("--rate", type=int, default=0, help="sends a minute, 0 for no limit")
    parser.add_argument("--buttons", action="store_true", help="take messages with buttons")
    parser.add_argument("--no-echo", action="store_true", help="post no oa_send_text webhooks")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    identity = Identity(arguments.app_id, arguments.app_secret, arguments.oa_id, arguments.oa_secret)
    zalo = FakeZalo(identity, access_token=arguments.access_token, refresh_token=arguments.refresh_token)
    zalo.now = datetime.now(UTC)
    zalo.token_dies_at = zalo.now + zalo.behaviour.token_lives
    zalo.webhook_url = arguments.webhook
    zalo.behaviour.latency_seconds = arguments.latency
    zalo.behaviour.rate_per_minute = arguments.rate
    zalo.behaviour.takes_buttons = arguments.buttons
    zalo.behaviour.echoes = not arguments.no_echo
    await zalo.start(arguments.port)
    print(f"fake Zalo at {zalo.url}: {identity}, tokens {zalo.access_token} {zalo.refresh_token}", flush=True)
    printing = asyncio.create_task(_print_answers(zalo))
    moving = asyncio.create_task(_follow_the_clock(zalo))
    try:
        await _prompt(zalo, arguments.user)
    finally:
        printing.cancel()
        moving.cancel()
        await zalo.stop()


async def _prompt(zalo: FakeZalo, user: str) -> None:
    last = b"{}"
    while line := await asyncio.to_thread(sys.stdin.readline):
        command, _, rest = line.strip().partition(" ")
        if command == "/quit":
            return
        if command == "/as":
            user = rest or user
            continue
        try:
            posted = await _do(zalo, user, command, rest, last)
        except (OSError, ValueError, StopIteration, LookupError) as error:
            print(f"  ? {error!r}; the commands are in --help", flush=True)
            continue
        if posted is not None:
            last = posted.body
            print(f"  {posted.status or 'no answer'} in {posted.seconds * 1000:.0f} ms", flush=True)
    await asyncio.Event().wait()  # nothing can be typed (in a container, say): serve for ever


async def _do(zalo: FakeZalo, user: str, command: str, rest: str, last: bytes) -> Webhook | None:
    if command in CONTENTS:
        name, content = CONTENTS[command]
        return await zalo.post(encode(zalo.event(user, name, **content)))
    if command in RELATIONS:
        return await zalo.post(encode(zalo.event(user, RELATIONS[command])))
    match command:
        case "/press":
            return await zalo.press(user, int(rest or 1))
        case "/image":
            return await zalo.show(user, await asyncio.to_thread(Path(rest).read_bytes))
        case "/location":
            latitude, longitude = rest.split()
            where: dict[str, Any] = {"latitude": latitude, "longitude": longitude}
            content = attachment("location", coordinates=where)
            return await zalo.post(encode(zalo.event(user, "user_send_location", text="", **content)))
        case "/admin":
            return await zalo.write_as_admin(user, rest)
        case "/again":
            return await zalo.post(last)
        case "/probe":
            return await zalo.probe()
        case "/forward":
            zalo.forward(hours=float(rest))
        case "/fault":
            zalo.faults.append(int(rest) if rest.lstrip("-").isdigit() else cast("Fault", rest))
        case "":
            return None
        case _:
            return await zalo.say(user, f"{command} {rest}".strip())
    return None


async def _print_answers(zalo: FakeZalo) -> None:
    while True:
        seen = len(zalo.messages)
        await zalo.until(partial(_has_more, zalo, seen), seconds=1e9)
        for taken in zalo.messages[seen:]:
            print(f"\n[bot -> {taken.user}] {taken.text}", flush=True)
            payload = taken.message.get("attachment", {}).get("payload", {})
            for number, button in enumerate(payload.get("buttons", ()), start=1):
                print(f"   [{number}: {button['title']}]", flush=True)
            for element in payload.get("elements", ()):
                print(f"   (picture {element.get('url')})", flush=True)


def _has_more(zalo: FakeZalo, seen: int) -> bool:
    return len(zalo.messages) > seen


async def _follow_the_clock(zalo: FakeZalo) -> None:
    while True:
        await asyncio.sleep(1)
        zalo.forward(seconds=1)
