"""Commands for what readers ask about a bulletin, and for a draft that nobody wants."""

from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy import Connection

from bulletins import desk
from commands.bulletin_desk import By, Desk, Id
from commands.printing import AsJson, show_row
from server import Trouble
from storage import bulletin_questions
from storage.bulletin_questions import Outcome
from storage.database import reading

cli = typer.Typer()

_NOT_SENT = {
    "answered": "person {person} waits for no answer about bulletin {id}: see `muadam bulletin questions {id}`",
    "unreachable": "person {person} cannot be written to any more",
}


@cli.command("questions")
def bulletin_questions_(bulletin_id: Id, as_json_: AsJson = False) -> None:
    """Show who asked something about a bulletin, and his words, masked. Those who wait come first; times are local.

    Example: muadam bulletin questions 3
    """
    with Desk(bulletin_id) as at, reading(at.database) as connection:
        desk.read(connection, bulletin_id)
        asked = bulletin_questions.of_bulletin(connection, bulletin_id)
        zone = at.settings.zone()
    for one in asked:
        row = {"person": one.person_id, "at": f"{one.at.astimezone(zone):%Y-%m-%d %H:%M}", "answered": one.is_answered}
        show_row(row | {"asks": " / ".join(one.texts)}, as_json_=as_json_)
    if not asked and not as_json_:
        print("nobody asks anything")


@cli.command("answer")
def bulletin_answer(
    bulletin_id: Id,
    person: Annotated[int, typer.Argument(help="Who asked, as `muadam bulletin questions` shows it.")],
    text: Annotated[str, typer.Argument(help="What he is told.")],
    by: By,
) -> None:
    """Answer somebody who asked about a bulletin; he reads who answers.

    Example: muadam bulletin answer 3 42 "It rains on Thursday." --by Sau
    """
    if not text.strip():
        raise Trouble("write what the person is to be told")

    def answer(connection: Connection, now: datetime) -> Outcome:
        desk.read(connection, bulletin_id)
        return desk.answer(connection, bulletin_id, person, by=by, text=text.strip(), now=now)

    with Desk(bulletin_id) as at:
        outcome = at.change(answer)
    if outcome != "sent":
        raise Trouble(_NOT_SENT[outcome].format(person=person, id=bulletin_id))
    print(f"person {person} is answered")


@cli.command("discard")
def bulletin_discard(bulletin_id: Id) -> None:
    """Take a draft away that nobody wants.

    Example: muadam bulletin discard 3
    """
    with Desk(bulletin_id) as at:

        def discard(connection: Connection, now: datetime) -> None:
            desk.read(connection, bulletin_id)
            desk.drop(connection, bulletin_id, now=now)

        at.change(discard)
    print(f"draft {bulletin_id} is gone")
