"""Commands for weather bulletins on their way: plan, approve, send, pause, resume, cancel, withdraw, correct."""

from datetime import datetime
from time import sleep
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy import Connection

from bulletins import desk, release
from commands.bulletin_desk import By, Desk, Id
from commands.printing import AsJson, show_row
from server import lines
from storage import bulletins
from storage.database import reading

cli = typer.Typer()

Urgent = Annotated[
    str, typer.Option(help="Why it leaves in the quiet hours, and also goes to who had one today; empty: it is calm.")
]

LOOK_EVERY_SECONDS = 0.5
#: States of rows for which something still happens by itself.
_ON_ITS_WAY = frozenset({"waiting", "sending"})


@cli.command("plan")
def bulletin_plan(bulletin_id: Id, urgent: Urgent = "", as_json_: AsJson = False) -> None:
    """Say whom a bulletin would reach now, what it would cost and how long it would take.

    Example: muadam bulletin plan 3
    """
    with Desk(bulletin_id) as at:

        def plan(connection: Connection, now: datetime) -> release.Plan:
            bulletins.change(connection, bulletin_id, only_in=("draft",), urgent_reason=urgent)
            row, content = desk.read(connection, bulletin_id)
            return desk.plan(connection, row, content, lines(connection, at.settings), now=now)

        planned = at.change(plan)
    show_row(_plan_row(planned), as_json_=as_json_)


@cli.command("approve")
def bulletin_approve(bulletin_id: Id, by: By) -> None:
    """Say that a second person has read the draft.

    Example: muadam bulletin approve 3 --by Tu
    """
    with Desk(bulletin_id) as at:
        at.change(lambda connection, _: release.approve(connection, bulletin_id, by=by))
    print(f"bulletin {bulletin_id} approved")


@cli.command("send")
def bulletin_send(
    bulletin_id: Id,
    urgent: Urgent = "",
    pay: Annotated[bool, typer.Option("--pay", help="Also to those to whom a message costs money now.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Show how it goes until it is done.")] = False,
) -> None:
    """Release a bulletin: the server (`muadam serve` or `work`) sends it, never to more people than the plan says.

    Example: muadam bulletin send 3 --watch
    """
    with Desk(bulletin_id) as at:
        _, content = at.read()
        made = desk.drawn(content, bulletin_id)

        def send(connection: Connection, now: datetime) -> release.Plan:
            columns = {"urgent_reason": urgent, "may_bill": pay}
            bulletins.change(connection, bulletin_id, only_in=("draft",), **columns)
            return desk.send(connection, bulletin_id, made, lines(connection, at.settings), now=now)

        planned = at.change(send)
        print(f"released bulletin {bulletin_id} to {planned.reached} people")
        if watch:
            _watch(at, bulletin_id, planned.reached)


def _move(bulletin_id: int, action: str, said: str) -> None:
    with Desk(bulletin_id) as at:
        at.change(lambda connection, _: release.move(connection, bulletin_id, action))
    print(f"bulletin {bulletin_id} {said}")


@cli.command("pause")
def bulletin_pause(bulletin_id: Id) -> None:
    """Stop sending for now: nothing more leaves but what is on its way this second.

    Example: muadam bulletin pause 3
    """
    _move(bulletin_id, "pause", "paused: go on with `resume`, or end it with `cancel`")


@cli.command("resume")
def bulletin_resume(bulletin_id: Id) -> None:
    """Go on sending.

    Example: muadam bulletin resume 3
    """
    _move(bulletin_id, "resume", "is being sent again")


@cli.command("cancel")
def bulletin_cancel(bulletin_id: Id) -> None:
    """Send it to nobody else; it is still given to who asks for the weather.

    Example: muadam bulletin cancel 3
    """
    _move(bulletin_id, "cancel", "goes to nobody else")


@cli.command("withdraw")
def bulletin_withdraw(bulletin_id: Id) -> None:
    """Send it to nobody else, and give it to nobody who asks.

    Example: muadam bulletin withdraw 3
    """
    _move(bulletin_id, "withdraw", "is withdrawn")


@cli.command("correct")
def bulletin_correct(
    bulletin_id: Id,
    what: Annotated[str, typer.Option(help="What was wrong, in a sentence that farmers read.")],
    by: By,
) -> None:
    """Draft the correction of a bulletin: it goes to exactly those who got the wrong one.

    Example: muadam bulletin correct 3 --what "It rains on Friday, not on Thursday." --by Sau
    """
    with Desk(bulletin_id) as at:
        number = at.change(lambda connection, now: desk.correct(connection, bulletin_id, what=what, by=by, now=now))
    print(
        f"drafted bulletin {number}: edit it with `muadam bulletin text {number}`, then `muadam bulletin send {number}`"
    )


def _plan_row(plan: release.Plan) -> dict[str, Any]:
    return {
        "free now": plan.free,
        "billed": plan.billed,
        "VND if paid": plan.cost_vnd,
        "when they write": plan.closed,
        "unreachable": plan.unreachable,
        "opted out": plan.opted_out,
        "had one today": plan.already,
        "instead of the wrong one": plan.replaced,
        "minutes": int(plan.duration.total_seconds() // 60) if plan.duration is not None else 0,
        "needs approval": plan.needs_approval,
    }


def _watch(at: Desk, bulletin_id: int, planned: int) -> None:
    """A bar that ends when nothing more leaves by itself; ended early, the sending goes on."""
    bar = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*bar, console=Console(stderr=True)) as progress:
        task = progress.add_task("sent", total=planned)
        while True:
            with reading(at.database) as connection:
                row = bulletins.one(connection, bulletin_id)
                done = sum(
                    one.people for one in bulletins.outcomes(connection, bulletin_id) if one.state not in _ON_ITS_WAY
                )
            progress.update(task, completed=done)
            if row is None or row.state != "sending":
                return
            sleep(LOOK_EVERY_SECONDS)
