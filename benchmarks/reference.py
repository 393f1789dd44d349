"""Reference servers, to take ratios from: they check a webhook's signature, answer 200, and do nothing else.

`python -m benchmarks.reference plain|fastapi --port N`. Same server, same settings of it as muadam's.
"""

import argparse
import socket
from collections.abc import Mapping

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from starlette.types import Receive, Scope, Send

from benchmarks.residents import CONFIG, WEBHOOK_PATH
from webhooks.channel import BadSignature
from webhooks.channels import zalo_oa

_LENGTH = [(b"content-length", b"11")]
_BODY = {"type": "http.response.body", "body": b'{"ok":true}'}

fastapi = FastAPI()


@fastapi.post(WEBHOOK_PATH)
async def handle(request: Request) -> dict[str, bool]:
    if not _is_signed(request.headers, await request.body()):
        raise HTTPException(401)
    return {"ok": True}


async def plain(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    status = 200 if _is_signed(headers, body) else 401
    await send({"type": "http.response.start", "status": status, "headers": _LENGTH})
    await send(_BODY)


def _is_signed(headers: Mapping[str, str], body: bytes) -> bool:
    try:
        zalo_oa.verify(headers, body, CONFIG)
    except BadSignature:
        return False
    return True


class Announcing(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print("the reference is ready", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reference", description=__doc__)
    parser.add_argument("kind", choices=["plain", "fastapi"])
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    app = plain if options.kind == "plain" else fastapi
    config = uvicorn.Config(app, port=options.port, log_config=None, access_log=False, lifespan="off")
    Announcing(config).run()


if __name__ == "__main__":
    main()
