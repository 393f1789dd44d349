"""Commands for the state of an install: doctor, waiting, erase, migrate."""

from contextlib import closing
from typing import Annotated

import typer

from bot.events import DataWithdrawn, StaffReleased
from commands.printing import AsJson, report, show_row
from lessons import linter
from lessons.loader import load_files
from server import clock, happen, opened
from settings import Settings
from storage import handoffs, people
from storage.database import connect, reading, transaction
from webhooks import doctor as doctor_checks

cli = typer.Typer()

#: What `muadam waiting` tells of a request.
WAITING_COLUMNS = (
    *("person_id", "opened_at", "reason", "is_urgent", "lesson", "step", "state", "channel", "address", "claimed_by"),
)


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
            rows = handoffs.waiting(connection)
    for row in rows:
        told = {name: getattr(row, name) for name in WAITING_COLUMNS}
        told |= {"opened_at": f"{row.opened_at.astimezone(settings.zone()):%Y-%m-%d %H:%M}"}
        show_row(told | {"claimed_by": row.claimed_login or ""}, as_json_=as_json_)
    if not rows and not as_json_:
        print("nobody waits")


@cli.command("migrate")
def migrate_command() -> None:
    """Bring the database to this version of muadam (serve and work do so by themselves).

    Example: muadam migrate
    """
    with opened(Settings()):
        print("the database is up to date")
