"""The page of a bulletin that was released: how far it has come, what became of it, what readers say, what can be done.

Everything on it is read anew at each look, so it survives a reload; while it is being sent its numbers come by
themselves.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from admin.desk import BULLETINS, Desk, id_of, in_hand, note, read, to
from admin.gate import Asked
from admin.roles import BULLETIN_READERS, BULLETIN_WRITERS
from admin.views import bars, moment, page
from bulletins import article, chat, desk, release
from bulletins.release import ReleaseError
from storage import accounts, articles, bulletin_questions, bulletins

#: State of a row of the outbox -> what the report counts it as.
KINDS = {
    "sent": "sent",
    "waiting": "waiting",
    "sending": "waiting",
    "paused": "waiting",
    "held": "held",
    "dead": "failed",
    "unknown": "failed",
    "withdrawn": "stopped",
    "expired": "stopped",
}
ACTIONS = ("pause", "resume", "cancel", "withdraw")


def routes(at: Desk) -> list[BaseRoute]:
    """The report, its numbers alone, and what can be done to a bulletin on its way."""
    route, address = at.gate.route, BULLETINS + "/{bulletin:int}"
    return [
        route(address, partial(_report, at), roles=BULLETIN_READERS),
        route(f"{address}/progress", partial(_progress, at), roles=BULLETIN_READERS),
        route(f"{address}/move", partial(_move, at), roles=BULLETIN_WRITERS, methods=("POST",)),
        route(f"{address}/correct", partial(_correct, at), roles=BULLETIN_WRITERS, methods=("POST",)),
        route(f"{address}/article", partial(_article, at), roles=BULLETIN_WRITERS, methods=("POST",)),
        route(f"{address}/answer", partial(_answer, at), roles=BULLETIN_WRITERS, methods=("POST",)),
    ]


@dataclass(frozen=True, slots=True)
class Progress:
    """What became of everybody for whom the bulletin was planned. `reasons`: (kind, reason) -> people."""

    counts: Counter[str]
    reasons: list[tuple[str, str, int]]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def left(self) -> int:
        """Whose send is over, well or not."""
        return self.counts["sent"] + self.counts["failed"]

    @property
    def leaving(self) -> int:
        """Who is sent to without having to write first."""
        return self.left + self.counts["waiting"]


def progress(connection: Connection, row: Any) -> Progress:
    """The numbers of a bulletin; people for whom no row has been queued yet are waiting."""
    counts: Counter[str] = Counter()
    reasons: list[tuple[str, str, int]] = []
    for one in bulletins.outcomes(connection, row.id):
        kind = "page" if one.state == "waiting" and one.reason == bulletins.PAGE else KINDS[one.state]
        counts[kind] += one.people
        if one.reason and kind != "sent":
            reasons.append((kind, one.reason, one.people))
    if row.state in ("sending", "paused") and not row.is_expanded:
        counts["waiting"] += max(0, row.planned - counts.total())
    return Progress(counts, reasons)


def _numbers(connection: Connection, row: Any) -> dict[str, Any]:
    found = progress(connection, row)
    said = bulletins.verdicts(connection, row.id)
    asked = said.get("question", 0) + said.get("answered", 0)
    return {
        "id": row.id,
        "row": row,
        "progress": found,
        "bars": bars([(kind, found.counts[kind]) for kind in ("sent", "waiting", "page", "held", "failed", "stopped")]),
        "said": {"clear": said.get("clear", 0), "unclear": said.get("unclear", 0), "question": asked},
        "said_bars": bars([("clear", said.get("clear", 0)), ("unclear", said.get("unclear", 0)), ("question", asked)]),
    }


async def _progress(at: Desk, request: Request, asked: Asked) -> Response:
    values = await at.gate.read(lambda connection: _numbers(connection, read(connection, id_of(request), asked).row))
    return page(request, "progress.html", asked, **values)


async def _report(at: Desk, request: Request, asked: Asked) -> Response:
    found = await in_hand(at, request, asked)
    if found.is_draft:
        writes = asked.member.roles & BULLETIN_WRITERS
        return to(found.row.id, "text" if writes else "preview")
    problem = request.query_params.get("problem", "")

    def look(connection: Connection) -> dict[str, Any]:
        row = read(connection, id_of(request), asked).row
        return _numbers(connection, row) | {
            "questions": [
                {
                    "person": one.person_id,
                    "when": moment(one.at, at.zone),
                    "texts": one.texts,
                    "is_answered": one.is_answered,
                }
                for one in bulletin_questions.of_bulletin(connection, row.id)
            ],
            "articles": [
                {"account": one.account_id, "state": one.state, "reason": one.reason}
                for one in articles.of_bulletin(connection, row.id)
            ],
            "broadcasters": [
                {"id": account.id, "number": article.number(connection, account, now=asked.now, zone=at.zone)}
                for account in accounts.everyone(connection)
                if account.articles_per_month is not None
            ],
        }

    values = await at.gate.read(look)
    return page(
        request,
        "bulletin_report.html",
        asked,
        says=chat.summary(found.content),
        when=moment(found.row.released_at, at.zone) if found.row.released_at else "",
        may_write=bool(asked.member.roles & BULLETIN_WRITERS),
        problem=problem,
        done=request.query_params.get("done", ""),
        **values,
    )


# What can be done -----------------------------------------------------------------------------------------


async def _move(at: Desk, request: Request, asked: Asked) -> Response:
    action = str((await request.form()).get("action", ""))

    def move(connection: Connection, now: datetime) -> None:
        read(connection, id_of(request), asked)
        if action not in ACTIONS:
            raise ReleaseError("not_sending")
        release.move(connection, id_of(request), action)
        note(connection, asked, f"bulletin_{action}", id_of(request), now)

    try:
        await at.gate.change(move)
    except ReleaseError as error:
        return to(id_of(request), problem=error.code)
    return to(id_of(request), done=action)


async def _correct(at: Desk, request: Request, asked: Asked) -> Response:
    await in_hand(at, request, asked)
    what = " ".join(str((await request.form()).get("what", "")).split())[:300]
    if not what:
        return to(id_of(request), problem="what")

    def correct(connection: Connection, now: datetime) -> int:
        read(connection, id_of(request), asked)
        member = asked.member
        number = desk.correct(connection, id_of(request), what=what, by=member.name, by_id=member.id, now=now)
        note(connection, asked, "bulletin_correction_drafted", id_of(request), now, f"bulletin {number}")
        return number

    try:
        number = await at.gate.change(correct)
    except ReleaseError as error:
        return to(id_of(request), problem=error.code)
    return to(number, "text")


async def _article(at: Desk, request: Request, asked: Asked) -> Response:
    account = str((await request.form()).get("account", ""))

    def ask(connection: Connection, now: datetime) -> None:
        read(connection, id_of(request), asked)
        if not account.isdecimal():
            raise ReleaseError("articles_off")
        article.ask(connection, id_of(request), int(account), by=asked.member.name, now=now, zone=at.zone)
        note(connection, asked, "article_asked", id_of(request), now)

    try:
        await at.gate.change(ask)
    except ReleaseError as error:
        return to(id_of(request), problem=error.code)
    return to(id_of(request), done="article")


async def _answer(at: Desk, request: Request, asked: Asked) -> Response:
    await in_hand(at, request, asked)  # whose bulletin it is comes before what is wrong with the form
    form = await request.form()
    text = str(form.get("text", "")).replace("\r\n", "\n").strip()[:900]
    person = str(form.get("person", ""))
    if not text or not person.isdecimal():
        return to(id_of(request), problem="empty_answer")

    def answer(connection: Connection, now: datetime) -> bulletin_questions.Outcome:
        read(connection, id_of(request), asked)
        outcome = desk.answer(connection, id_of(request), int(person), by=asked.member.name, text=text, now=now)
        if outcome == "sent":
            note(connection, asked, "bulletin_question_answered", id_of(request), now, f"person {person}")
        return outcome

    outcome = await at.gate.change(answer)
    if outcome != "sent":
        return to(id_of(request), problem="unreachable" if outcome == "unreachable" else "answered_already")
    return to(id_of(request), done="answered")
