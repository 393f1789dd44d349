"""The page on which a member writes a draft: every text of it, its days, and the suggestions, judged one by one.

What was typed is never lost: a field that cannot be kept is shown again with what is wrong, and so is a draft that
somebody else has changed meanwhile. Knows no channel.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, get_args

from pydantic import ValidationError
from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from admin.desk import BULLETINS, Desk, InHand, digest, id_of, in_hand, note, read, to
from admin.gate import Asked
from admin.roles import BULLETIN_WRITERS
from admin.views import is_fragment, page
from bulletins import desk, drafting
from bulletins.chat import output_words
from bulletins.content import MOST_TASKS, Content, Sky
from bulletins.drafting import DraftError, Verdict
from bulletins.release import ReleaseError
from bulletins.wording import Notice, capital, date_words, notice_words, weekday_word

TEXTS = ("last_week", "week", "water", "season", "pests", "ask")
_WARNING = ("text", "source", "issued_at")
_VERDICTS: Mapping[str, Verdict] = {"kept": "kept", "dropped": "dropped"}
_NUMBERS = ("high", "low", "rain_mm", "chance")


def routes(at: Desk) -> list[BaseRoute]:
    """The form, and what judges suggestions."""
    route, address = at.gate.route, BULLETINS + "/{bulletin:int}"
    return [
        route(f"{address}/text", partial(_text, at), roles=BULLETIN_WRITERS, methods=("GET", "POST")),
        route(f"{address}/suggestions", partial(_judge, at), roles=BULLETIN_WRITERS, methods=("POST",)),
    ]


async def _text(at: Desk, request: Request, asked: Asked) -> Response:
    if request.method == "POST":
        return await _save(at, request, asked)
    found = await in_hand(at, request, asked)
    if not found.is_draft:
        return to(found.row.id)
    return _form(request, asked, found, _fields(found.content))


def _form(
    request: Request,
    asked: Asked,
    found: InHand,
    fields: Mapping[str, str],
    *,
    wrong: Mapping[str, str] | None = None,
    problem: str = "",
) -> Response:
    """`fields` as they stand in the form, `wrong` what is wrong with some of them."""
    theirs = _fields(found.content) if problem == "changed" else {}
    return page(
        request,
        "bulletin_text.html",
        asked,
        status=422 if wrong or problem else 200,
        id=found.row.id,
        row=found.row,
        place=found.content.place_name,
        fields=fields,
        days=[_day(nth, day) for nth, day in enumerate(found.content.days)],
        skies=[(sky, capital(output_words().sky[sky]) or "-") for sky in get_args(Sky)],
        suggestions=found.content.suggestions,
        data_line=found.content.data_line,
        was=digest(found.content),
        wrong=wrong or {},
        others={name: text for name, text in theirs.items() if text != fields.get(name, "")},
        problem=problem,
        trouble=request.query_params.get("trouble", ""),
        notices=[
            notice_words(code)
            for code in get_args(Notice)
            if code in request.query_params.get("notices", "").split(".")
        ],
        saved=request.query_params.get("done") == "saved",
    )


def _day(nth: int, day: Any) -> dict[str, Any]:
    return {"nth": nth, "name": f"{capital(weekday_word(day.date))} {date_words(day.date)}"}


# The form and the content ---------------------------------------------------------------------------------


def _fields(content: Content) -> dict[str, str]:
    """What the form shows of a content: the name of every field -> its text."""
    fields = {name: getattr(content, name) for name in TEXTS}
    for part in _WARNING:
        fields[f"warning-{part}"] = getattr(content.warning, part) if content.warning else ""
    for nth in range(MOST_TASKS):
        fields[f"task-{nth}"] = content.tasks[nth] if nth < len(content.tasks) else ""
    for nth, day in enumerate(content.days):
        fields[f"day-{nth}-sky"] = day.sky
        fields[f"day-{nth}-words"] = day.words
        for name in _NUMBERS:
            value = getattr(day, name)
            fields[f"day-{nth}-{name}"] = "" if value is None else str(value)
    return fields


def _typed(form: FormData) -> dict[str, str]:
    return {name: str(value).replace("\r\n", "\n").strip() for name, value in form.items()}


def _changed(content: Content, fields: Mapping[str, str]) -> Content:
    """The content with what the form says. Raises ValidationError."""
    values = content.model_dump(mode="json")
    values |= {name: fields.get(name, "") for name in TEXTS}
    warning = {part: fields.get(f"warning-{part}", "") for part in _WARNING}
    values["warning"] = warning if any(warning.values()) else None
    values["tasks"] = [text for nth in range(MOST_TASKS) if (text := fields.get(f"task-{nth}", ""))]
    for nth, day in enumerate(values["days"]):
        day |= {"sky": fields.get(f"day-{nth}-sky", day["sky"]), "words": fields.get(f"day-{nth}-words", "")}
        day |= {name: fields.get(f"day-{nth}-{name}", "") or None for name in _NUMBERS}
    return Content.model_validate(values)


def _wrong(error: ValidationError, fields: Mapping[str, str]) -> dict[str, str]:
    """The fields of the form that cannot be kept -> a code of what is wrong."""
    return dict(_wrong_fields(error, fields))


def _wrong_fields(error: ValidationError, fields: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    written = [nth for nth in range(MOST_TASKS) if fields.get(f"task-{nth}", "")]
    for one in error.errors():
        code = {"string_too_long": "long", "string_too_short": "missing"}.get(one["type"], "number")
        match one["loc"]:
            case ("days", int(nth), str(name)):
                yield f"day-{nth}-{name}", code
            case ("warning", str(name)):
                yield f"warning-{name}", code
            case ("tasks", int(nth)):
                yield f"task-{written[nth]}", code
            case (str(name), *_):
                yield name, code


async def _save(at: Desk, request: Request, asked: Asked) -> Response:
    fields = _typed(await request.form())

    def save(connection: Connection, now: datetime) -> InHand | None:
        """The bulletin as it stands where somebody else has changed it; None when this was kept."""
        found = read(connection, id_of(request), asked)
        if fields.get("was") != digest(found.content):
            return found
        desk.keep(connection, id_of(request), _changed(found.content, fields))
        note(connection, asked, "bulletin_edited", id_of(request), now)
        return None

    try:
        theirs = await at.gate.change(save)
    except ValidationError as error:
        return _form(request, asked, await in_hand(at, request, asked), fields, wrong=_wrong(error, fields))
    except ReleaseError as error:
        return to(id_of(request), problem=error.code)
    if theirs is not None:
        return _form(request, asked, theirs, fields, problem="changed")
    return to(id_of(request), "preview" if "next" in fields else "text", done="saved")


# Suggestions ----------------------------------------------------------------------------------------------


async def _judge(at: Desk, request: Request, asked: Asked) -> Response:
    form = await request.form()
    name, verdict = str(form.get("name", "")), str(form.get("verdict", ""))

    def judge(connection: Connection, now: datetime) -> None:
        content = read(connection, id_of(request), asked).content
        if verdict not in _VERDICTS:
            raise DraftError("unknown_suggestion")
        judged = drafting.with_verdict(content, name, _VERDICTS[verdict])
        drafting.settled(judged)  # more than fits is said now, not at the sending
        desk.keep(connection, id_of(request), judged)
        note(connection, asked, f"suggestion_{verdict}", id_of(request), now, name)

    problem = ""
    try:
        await at.gate.change(judge)
    except (DraftError, ReleaseError) as error:
        problem = error.code
    if not is_fragment(request):
        return to(id_of(request), "text#suggestions")
    found = await in_hand(at, request, asked)
    return page(
        request,
        "suggestions.html",
        asked,
        id=found.row.id,
        suggestions=found.content.suggestions,
        judged=name,
        problem=problem,
    )
