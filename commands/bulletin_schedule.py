"""Commands for schedules of bulletins: for which places drafts are prepared, and what to do about a missed run."""

from datetime import datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import Connection

from bulletins.content import MOST_CHARS
from bulletins.schedule import DAILY, next_runs
from commands.bulletin_desk import By, Desk, crops_named, place_meant
from commands.printing import AsJson, show_row
from publishing import published_crops
from server import Trouble, clock
from storage import schedules, staff
from storage.database import reading
from storage.schedules import Schedule

cli = typer.Typer(no_args_is_help=True, help="Drafts prepared by themselves: add, list, end, answer.")

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = "daily"

ScheduleId = Annotated[int, typer.Argument(help="The schedule's number, as `muadam bulletin schedule list` shows it.")]


@cli.command("add")
def schedule_add(
    place: Annotated[str, typer.Option(help="Commune or province, as people say it, or its code; vn for everybody.")],
    days: Annotated[str, typer.Option(help="Days between commas, mon to sun, or daily.")],
    by: By,
    at_: Annotated[str, typer.Option("--at", help="Local time at which the draft is prepared.")] = "05:30",
    crops: Annotated[str, typer.Option(help="Ids of crops.yaml between commas; none: for everybody.")] = "",
    ask: Annotated[str, typer.Option(help="Whom farmers ask: name and telephone number.")] = "",
    seen_within: Annotated[int | None, typer.Option(help="Only who wrote within so many days.")] = None,
) -> None:
    """Have drafts prepared for a place; a member reads and sends them. `--by LOGIN` of the staff is also reminded.

    Example: muadam bulletin schedule add --place 31687 --days mon,thu --at 05:30 --by sau
    """
    code, name = place_meant(place)
    wanted, minute = _days(days), _minute(at_)
    if len(ask) > MOST_CHARS:
        raise Trouble(f"--ask: {len(ask)} characters, {MOST_CHARS} at the most")
    with Desk() as at:
        kinds = crops_named(crops, published_crops(at.database, at.settings.files()))

        def add(connection: Connection, now: datetime) -> tuple[int, list[datetime]]:
            member = staff.by_login(connection, by)
            number = schedules.add(
                connection,
                place=code,
                place_name=name,
                days=wanted,
                minute=minute,
                author=member.name if member is not None else by,
                author_id=member.id if member is not None else None,
                crops=kinds,
                ask=ask,
                seen_within_days=seen_within,
                now=now,
            )
            return number, next_runs(wanted, minute, zone=at.settings.zone(), after=now)

        number, runs = at.change(add)
        print(f"schedule {number} for {name}; a draft is prepared, nothing is sent by itself")
        print(f"next: {_said(runs, at.settings.zone())}")


@cli.command("list")
def schedule_list(as_json_: AsJson = False) -> None:
    """List the schedules with their next three runs, and the runs that were missed.

    Example: muadam bulletin schedule list
    """
    with Desk() as at, reading(at.database) as connection:
        found = schedules.listed(connection)
        missed = {run.schedule.id: run.slot for run in schedules.missed(connection)}
    zone, now = at.settings.zone(), clock()
    for one in found:
        show_row(_row(one, missed=missed.get(one.id), zone=zone, now=now), as_json_=as_json_)
    if not found and not as_json_:
        print("no schedules yet: see `muadam bulletin schedule add --help`")


@cli.command("end")
def schedule_end(schedule_id: ScheduleId) -> None:
    """Prepare no drafts any more; those that are there stay.

    Example: muadam bulletin schedule end 1
    """
    with Desk() as at:
        has_ended = at.change(lambda connection, now: schedules.end(connection, schedule_id, now=now))
    if not has_ended:
        raise Trouble(f"there is no schedule {schedule_id}: see `muadam bulletin schedule list`")
    print(f"schedule {schedule_id} has ended")


@cli.command("answer")
def schedule_answer(
    schedule_id: ScheduleId,
    prepare: Annotated[bool, typer.Option("--prepare/--skip", help="Prepare it now, or let it be.")],
) -> None:
    """Say what becomes of the run of a schedule that was missed: the running server prepares it now, or nothing.

    Example: muadam bulletin schedule answer 1 --prepare
    """

    def answer(connection: Connection, _: datetime) -> bool:
        missed = [run for run in schedules.missed(connection) if run.schedule.id == schedule_id]
        answered = [schedules.answer(connection, schedule_id, run.slot, prepares=prepare) for run in missed]
        return any(answered)

    with Desk() as at:
        is_answered = at.change(answer)
    if not is_answered:
        raise Trouble(f"no run of schedule {schedule_id} was missed: see `muadam bulletin schedule list`")
    print("the running server prepares it: see `muadam bulletin list`" if prepare else "skipped")


def _row(one: Schedule, *, missed: datetime | None, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    return {
        "schedule": one.id,
        "place": f"{one.place} {one.place_name}",
        "crops": ",".join(one.crops) or "all",
        "days": EVERY_DAY if one.days == DAILY else ",".join(DAYS[day] for day in sorted(one.days)),
        "at": f"{one.minute // 60:02d}:{one.minute % 60:02d}",
        "by": one.author,
        "next": _said(next_runs(one.days, one.minute, zone=zone, after=now), zone),
        "missed": _said([missed] if missed else [], zone) or "none",
    }


def _said(runs: list[datetime], zone: ZoneInfo) -> str:
    there = [run.astimezone(zone) for run in runs]
    return ", ".join(f"{DAYS[run.weekday()]} {run:%Y-%m-%d %H:%M}" for run in there)


def _days(text: str) -> frozenset[int]:
    if text.strip().lower() == EVERY_DAY:
        return DAILY
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    if wrong := [name for name in names if name not in DAYS]:
        raise Trouble(f"--days {wrong[0]}: write {EVERY_DAY}, or some of {','.join(DAYS)}")
    if not names:
        raise Trouble(f"--days: write {EVERY_DAY}, or some of {','.join(DAYS)}")
    return frozenset(DAYS.index(name) for name in names)


def _minute(text: str) -> int:
    try:
        told = time.fromisoformat(text)
    except ValueError as error:
        raise Trouble(f"--at {text}: write a time as 05:30") from error
    return told.hour * 60 + told.minute
