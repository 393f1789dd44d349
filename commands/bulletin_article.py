"""The command that has a bulletin broadcast as an article, to everybody who follows an account."""

from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy import Connection

from bulletins import article
from bulletins.article import Number
from commands.bulletin_desk import By, Desk, Id
from server import Trouble
from storage import accounts

cli = typer.Typer()


@cli.command("article")
def bulletin_article(
    bulletin_id: Id,
    account_id: Annotated[int, typer.Option("--account", help="The account, as `muadam account list` shows it.")],
    by: By,
) -> None:
    """Have a bulletin that was sent broadcast as an article too, to everybody who follows a Zalo account.

    Example: muadam bulletin article 3 --account 2 --by Sau
    """

    def ask(connection: Connection, now: datetime) -> Number:
        if account_id not in {account.id for account in accounts.everyone(connection)}:
            raise Trouble(f"there is no account {account_id}: see `muadam account list`")
        return article.ask(connection, bulletin_id, account_id, by=by, now=now, zone=at.settings.zone())

    with Desk(bulletin_id) as at:
        number = at.change(ask)
    print(f"bulletin {bulletin_id} becomes an article of account {account_id}: {number.used} of {number.of} this month")
    print("Zalo reads it first, for about half an hour; it goes out in the daytime, when the server runs")
