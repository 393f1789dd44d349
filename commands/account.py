"""Commands for accounts on messaging platforms: add, list, check."""

import asyncio
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from commands.printing import AsJson, report, show_row
from server import Trouble, clock, opened
from settings import Settings
from storage import accounts, articles, staff
from storage.accounts import Counts, StoredAccount
from storage.database import reading, transaction
from webhooks import doctor as doctor_checks
from webhooks.accounts import ZaloSeed, seed_account
from webhooks.channels import BY_NAME, zalo_oa

cli = typer.Typer(no_args_is_help=True, help="Accounts on messaging platforms.")


@cli.command("list")
def account_list(as_json_: AsJson = False) -> None:
    """List the accounts: no secrets, no tokens.

    Example: muadam account list
    """
    with opened(Settings()) as database, reading(database) as connection:
        rows = [doctor_checks.public_view(account) for account in accounts.everyone(connection)]
    for row in rows:
        show_row(row, as_json_=as_json_)
    if not rows and not as_json_:
        print("no accounts yet: see `muadam account add`")


#: What `add` is given of the platform's console.
SECRETS = ("app_id", "app_secret", "secret", "access_token", "refresh_token")


def _note(connection: Connection, account_id: int, action: str, detail: str) -> None:
    """Write down what a command did: names of fields, never what stands in them."""
    subject = accounts.subject(account_id)
    staff.record(connection, staff_id=None, action=action, subject=subject, detail=detail, now=clock())


def secret(prompt: str, help_text: str) -> Any:
    """An option that is asked for, unseen, when it is not given."""
    return typer.Option(prompt=prompt, hide_input=True, help=help_text)


@cli.command("add")
def account_add(
    oa_id: Annotated[str, typer.Option(prompt="OA id", help="The id of the Official Account: digits.")],
    app_id: Annotated[str, typer.Option(prompt="App id", help="The id of the app: digits.")],
    app_secret: Annotated[str, secret("App secret key", "The secret key of the app: refreshes tokens.")],
    oa_secret: Annotated[str, secret("OA Secret Key", "Of the console's webhook page: checks signatures.")],
    access_token: Annotated[str, secret("Access token", "The first one, from the API explorer.")],
    refresh_token: Annotated[str, secret("Refresh token", "The one that came with it; it works once.")],
) -> None:
    """Add a Zalo Official Account, or change its secrets and tokens; asks for what is not given.

    Example: muadam account add --oa-id 7000000000000000001 --app-id 1111222233334444555
    """
    settings = Settings()
    if not (oa_id.isdigit() and app_id.isdigit()):
        raise Trouble("the OA id and the app id are long numbers: copy them from the console")
    seed = ZaloSeed(
        external_id=oa_id,
        app_id=app_id,
        app_secret=app_secret,
        secret=oa_secret,
        access_token=access_token,
        refresh_token=refresh_token,
        api_url=settings.zalo_api_url.rstrip("/"),
        oauth_url=settings.zalo_oauth_url.rstrip("/"),
        rate_per_minute=settings.zalo_rate_per_minute,
        has_buttons=settings.zalo_buttons,
    )
    with opened(settings) as database, transaction(database) as connection:
        is_new = accounts.find(connection, zalo_oa.NAME, oa_id) is None
        added = seed_account(connection, seed, place=settings.place or None)
        given = [name for name in SECRETS if getattr(seed, name)]
        _note(connection, added, accounts.ADDED if is_new else accounts.CHANGED, ", ".join(given))
    print(f"account {added} is set up; a running server takes it up in 5 seconds")


@cli.command("approval")
def account_approval(
    account_id: Annotated[int, typer.Argument(help="The account's id, as `muadam account list` shows it.")],
    above: Annotated[int | None, typer.Option(min=0, help="So many people one member may send to alone.")] = None,
) -> None:
    """Want a second reader for bulletins that reach more people than this; without --above, for none.

    Example: muadam account approval 1 --above 500
    """
    with opened(Settings()) as database, transaction(database) as connection:
        if account_id not in {account.id for account in accounts.everyone(connection)}:
            raise Trouble(f"there is no account {account_id}: see `muadam account list`")
        accounts.change(connection, account_id, approval_above=above)
        _note(connection, account_id, accounts.CHANGED, "approval_above")
    limit = "for no bulletin" if above is None else f"for bulletins to more than {above} people"
    print(f"account {account_id} wants a second reader {limit}")


@cli.command("articles")
def account_articles(
    account_id: Annotated[int, typer.Argument(help="The account's id, as `muadam account list` shows it.")],
    per_month: Annotated[int | None, typer.Option(min=1, help="So many a month: what its package includes.")] = None,
) -> None:
    """Let bulletins be broadcast as articles through a Zalo account, so many a month; without --per-month, none.

    Example: muadam account articles 2 --per-month 4
    """
    settings = Settings()
    with opened(settings) as database, transaction(database) as connection:
        found = {account.id: account for account in accounts.everyone(connection)}
        if account_id not in found:
            raise Trouble(f"there is no account {account_id}: see `muadam account list`")
        if found[account_id].channel != zalo_oa.NAME:
            raise Trouble(f"account {account_id} is no Zalo Official Account: it has no articles")
        accounts.change(connection, account_id, articles_per_month=per_month)
        _note(connection, account_id, accounts.CHANGED, "articles_per_month")
        used = articles.used_in_month(connection, account_id, articles.month_of(clock(), settings.zone()))
    limit = "no articles" if per_month is None else f"{per_month} articles a month at most"
    print(f"account {account_id} broadcasts {limit}; used this month: {used}")


@cli.command("check")
def account_check() -> None:
    """Ask the platform of every account whether it takes our token; exit code 1 when something is not well.

    Example: muadam account check
    """
    with opened(Settings()) as database, reading(database) as connection:
        now = clock()
        counts = doctor_checks.counted(connection, now)
        rows = [row for row in accounts.everyone(connection) if is_asked(row)]
    found = [check for row in rows for check in doctor_checks.look_at(row, counts.get(row.id, Counts()), now)]
    for row in rows:
        found += doctor_checks.told_checks(row, asyncio.run(doctor_checks.ask(row, clock())))
    if not rows:
        found.append(doctor_checks.Check("accounts", False, "there is none yet: see `muadam account add`"))
    report(found, as_json_=False)


def is_asked(account: StoredAccount) -> bool:
    """Whether there is a platform behind it."""
    channel = BY_NAME.get(account.channel)
    return channel is not None and not channel.IS_FETCHED
