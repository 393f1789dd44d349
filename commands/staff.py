"""Commands for those who sign in to the pages under /staff: add, reset, list, end."""

import secrets
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from admin.roles import EVERYWHERE, ROLES
from commands.printing import AsJson, show_row
from server import Trouble, clock, opened
from settings import Settings
from storage import staff
from storage.database import reading, transaction
from storage.staff import Wanted
from vietnamese.places import commune, province_of

cli = typer.Typer(no_args_is_help=True, help="Those who sign in to the pages under /staff.")

#: How long a one-time link is good.
LINK_LIVES = timedelta(days=3)

Login = Annotated[str, typer.Argument(help="Small letters, digits, dots: what is typed to sign in.")]


@cli.command("add")
def staff_add(
    login: Login,
    name: Annotated[str, typer.Option(help="How residents and colleagues know this person.")],
    role: Annotated[list[str], typer.Option(help=f"One of {', '.join(ROLES)}; may be given several times.")],
    place: Annotated[list[str], typer.Option(help="Code of a commune or province, vn for everywhere; several.")],
) -> None:
    """Add somebody, and print the one-time link with which he chooses his password.

    Example: muadam staff add sau.tv --name "Sau" --role member --place 31687
    """
    if not staff.is_login(login):
        raise Trouble(f"{login}: a login has 2 to 40 small letters, digits, dots or dashes")
    if not name.strip():
        raise Trouble("--name is empty: say how residents and colleagues know this person")
    _check(role, place)
    settings = Settings()
    with opened(settings) as database, transaction(database) as connection:
        there = next((member for member in staff.everyone(connection) if member.login == login), None)
        if there is not None and there.is_active:
            raise Trouble(f"there is a {login} already: see `muadam staff list`, or `muadam staff reset {login}`")
        if there is not None:
            raise Trouble(f"{login} was somebody who has ended, and what he did stands under it: choose another login")
        number = staff.add(connection, login=login, name=name.strip(), roles=role, scope=place, now=clock())
        staff.record(connection, staff_id=None, action="staff_added", subject=login, now=clock())
        link = _link(connection, settings, number, clock())
    print(f"added {login}; give this link to nobody else, it is good once and for 3 days:\n{link}")


@cli.command("reset")
def staff_reset(login: Login) -> None:
    """Sign somebody out everywhere, forget his second factor, and print a new one-time link to choose a password.

    Example: muadam staff reset sau.tv
    """
    settings = Settings()
    with opened(settings) as database, transaction(database) as connection:
        row = _one(connection, login)
        staff.forget_secrets(connection, row.id)
        staff.record(connection, staff_id=None, action="staff_reset", subject=login, now=clock())
        link = _link(connection, settings, row.id, clock())
    print(f"{login} is signed out; give this link to nobody else, it is good once and for 3 days:\n{link}")


@cli.command("change")
def staff_change(
    login: Login,
    name: Annotated[str | None, typer.Option(help="How residents and colleagues know this person.")] = None,
    role: Annotated[list[str] | None, typer.Option(help="What he may do from now on, in place of before.")] = None,
    place: Annotated[list[str] | None, typer.Option(help="Where, in place of before.")] = None,
) -> None:
    """Change what somebody is called, may do, and where; what is not given stays. Holds at once, also for who is in.

    Example: muadam staff change sau.tv --role leader --place 31687
    """
    if name is not None and not name.strip():
        raise Trouble("--name is empty: say how residents and colleagues know this person")
    wished = {"name": name and name.strip(), "roles": role, "scope": place}
    columns = {column: value for column, value in wished.items() if value}
    if not columns:
        raise Trouble("nothing to change: give --name, --role or --place")
    _check(role or [], place or [])
    with opened(Settings()) as database, transaction(database) as connection:
        row = _one(connection, login)
        staff.change(connection, row.id, **columns)
        detail = " ".join((",".join(role or []), ",".join(place or []))).strip()
        staff.record(connection, staff_id=None, action="staff_changed", subject=login, detail=detail, now=clock())
    print(f"{login} is changed")


@cli.command("list")
def staff_list(as_json_: AsJson = False) -> None:
    """List who may sign in, as what and for which places.

    Example: muadam staff list
    """
    with opened(Settings()) as database, reading(database) as connection:
        members = staff.everyone(connection)
    for member in members:
        row: dict[str, Any] = {"login": member.login, "name": member.name, "roles": ",".join(sorted(member.roles))}
        row |= {"places": ",".join(member.scope), "active": member.is_active}
        show_row(row, as_json_=as_json_)
    if not members and not as_json_:
        print("nobody yet: see `muadam staff add --help`")


@cli.command("audit")
def staff_audit(
    limit: Annotated[int, typer.Option(min=1, help="So many, the newest first.")] = 50,
    who: Annotated[str, typer.Option(help="Only what this login did.")] = "",
    action: Annotated[str, typer.Option(help="Only this action, as it is written in the list.")] = "",
    subject: Annotated[str, typer.Option(help='Only what was done to this, such as "person 42".')] = "",
    as_json_: AsJson = False,
) -> None:
    """Show who did what: signed in, sent, published, looked at somebody, exported, erased. Times are local.

    Example: muadam staff audit --action viewed_person --limit 20
    """
    settings = Settings()
    with opened(settings) as database, reading(database) as connection:
        number = None
        if who:
            found = [member.id for member in staff.everyone(connection) if member.login == who]
            if not found:
                raise Trouble(f"there was never a {who}: see `muadam staff list`")
            number = found[0]
        rows = staff.audit(connection, Wanted(staff_id=number, action=action, subject=subject), limit=limit)
    for row in rows:
        at = f"{row.at.astimezone(settings.zone()):%Y-%m-%d %H:%M}"
        shown = {"at": at, "who": row.login or "", "action": row.action, "subject": row.subject, "detail": row.detail}
        show_row(shown, as_json_=as_json_)
    if not rows and not as_json_:
        print("nobody did anything yet")


@cli.command("end")
def staff_end(login: Login) -> None:
    """Let somebody sign in no more; what he did stays written.

    Example: muadam staff end sau.tv
    """
    with opened(Settings()) as database, transaction(database) as connection:
        row = _one(connection, login)
        staff.end(connection, row.id, clock())
        staff.record(connection, staff_id=None, action="staff_ended", subject=login, now=clock())
    print(f"{login} signs in no more")


def _one(connection: Connection, login: str) -> Any:
    row = staff.by_login(connection, login)
    if row is None:
        raise Trouble(f"nobody signs in as {login}: see `muadam staff list`")
    return row


def _check(roles: list[str], places: list[str]) -> None:
    if wrong := [role for role in roles if role not in ROLES]:
        raise Trouble(f"--role {wrong[0]}: there are {', '.join(ROLES)}")
    for place in places:
        if place != EVERYWHERE and commune(place) is None and province_of(place) is None:
            raise Trouble(f"--place {place}: no code of a commune or province; see `muadam places find`")


def _link(connection: Connection, settings: Settings, staff_id: int, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    staff.invite(connection, staff_id, token=token, until=now + LINK_LIVES)
    return f"{settings.public_url.rstrip('/') or 'http://127.0.0.1:8000'}/staff/join/{token}"
