"""What a bulletin will look like everywhere, from the one text: chat, picture, loudspeaker, sheet, village groups.

Draws on demand and keeps nothing; changes nothing.
"""

import asyncio
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from admin.desk import BULLETINS, Desk, Fitted, in_hand
from admin.gate import Asked, Missing
from admin.roles import BULLETIN_READERS
from admin.views import page
from bulletins import audio, chat, desk, drafting, picture, script, sheet
from bulletins.content import Content
from bulletins.drafting import DraftError
from bulletins.release import ReleaseError


def routes(at: Desk) -> list[BaseRoute]:
    """The preview, and the files that it shows."""
    route, address = at.gate.route, BULLETINS + "/{bulletin:int}"
    return [
        route(f"{address}/preview", partial(_preview, at), roles=BULLETIN_READERS),
        route(f"{address}/picture.png", partial(_picture, at), roles=BULLETIN_READERS),
        route(f"{address}/sheet.pdf", partial(_sheet, at), roles=BULLETIN_READERS),
        route(f"{address}/loudspeaker.wav", partial(_audio, at), roles=BULLETIN_READERS),
    ]


@dataclass(frozen=True, slots=True)
class _Outputs:
    said: Content
    fitted: tuple[Fitted, ...]
    spoken: script.Script
    paste: str
    alt: str


async def _preview(at: Desk, request: Request, asked: Asked) -> Response:
    found = await in_hand(at, request, asked)
    outputs: _Outputs | None = None
    problem = ""
    try:
        said = drafting.settled(found.content)
        message = desk.message(said, bulletin_id=found.row.id)
        fitted = await at.gate.read(lambda connection: tuple(at.fitted(connection, message)))
        outputs = _Outputs(said, fitted, script.script(said), chat.paste_text(said), picture.alt(said))
    except (DraftError, ReleaseError) as error:
        problem = error.code
    waiting = sum(one.verdict == "waiting" for one in found.content.suggestions)
    return page(
        request,
        "bulletin_preview.html",
        asked,
        id=found.row.id,
        place=found.content.place_name,
        is_draft=found.is_draft,
        outputs=outputs,
        minutes=_minutes(outputs.spoken.seconds) if outputs else "",
        has_voice=audio.find_program() is not None,
        waiting=waiting if found.is_draft else 0,
        problem=problem,
        saved=request.query_params.get("done") == "saved",
    )


def _minutes(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02d}"


async def _said(at: Desk, request: Request, asked: Asked) -> Content:
    """Raises Missing also where there is nothing to be drawn."""
    found = await in_hand(at, request, asked)
    try:
        return drafting.settled(found.content)
    except DraftError as error:
        raise Missing from error


async def _picture(at: Desk, request: Request, asked: Asked) -> Response:
    said = await _said(at, request, asked)
    return _file(await asyncio.to_thread(picture.png, said), "image/png", request, "png")


async def _sheet(at: Desk, request: Request, asked: Asked) -> Response:
    said = await _said(at, request, asked)
    made = await asyncio.to_thread(lambda: sheet.pdf(said, picture=picture.png(said)))
    return _file(made, "application/pdf", request, "pdf")


async def _audio(at: Desk, request: Request, asked: Asked) -> Response:
    said = await _said(at, request, asked)
    text = script.script(said).text
    try:
        sound = await asyncio.to_thread(audio.speak, text, program=audio.find_program())
    except audio.AudioError as error:
        raise Missing from error
    if sound is None:
        raise Missing
    return _file(sound, "audio/wav", request, "wav")


def _file(body: bytes, content_type: str, request: Request, suffix: str) -> Response:
    name = f"ban-tin-{request.path_params['bulletin']}.{suffix}"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(body, media_type=content_type, headers=headers)
