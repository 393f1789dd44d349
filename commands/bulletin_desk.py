"""What the commands for bulletins share: a database with one bulletin in hand, and what refusals mean."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from bulletins import desk
from bulletins.content import Content
from bulletins.drafting import DraftError
from bulletins.preparing import Unplaced, place_named
from bulletins.release import ReleaseError
from lessons.crops import Crops
from server import Trouble, clock, opened
from settings import Settings
from storage.database import reading, transaction

Id = Annotated[int, typer.Argument(help="The bulletin's number, as `muadam bulletin list` shows it.")]
By = Annotated[str, typer.Option("--by", help="Who does it, by name: stands in the bulletin's record.")]

#: What a closed code of bulletins/ means to who typed the command.
SENTENCES = {
    "unknown": "there is no bulletin {id}: see `muadam bulletin list`",
    "not_a_draft": "bulletin {id} is no draft any more; correct it with `muadam bulletin correct {id}`",
    "not_settled": "suggestions of bulletin {id} wait: `muadam bulletin keep {id} NAME` or `drop`; see `preview`",
    "too_long": "bulletin {id} is longer than anybody reads: shorten it, `muadam bulletin text {id}`",
    "nobody": "nobody would get bulletin {id}: see `muadam bulletin plan {id}`",
    "needs_approval": "bulletin {id} goes to so many that a second person must read it: `muadam bulletin approve {id}`",
    "own_draft": "who wrote bulletin {id} cannot approve it",
    "quiet_hours": "people sleep now (20:30 to 06:00): send bulletin {id} later, or say why not with --urgent REASON",
    "not_sending": "bulletin {id} is not being sent: see `muadam bulletin status {id}`",
    "not_paused": "bulletin {id} is not paused: see `muadam bulletin status {id}`",
    "not_released": "bulletin {id} was not sent to anybody, or was withdrawn",
    "being_queued": "the bulletin that {id} corrects is still being queued: try again in some seconds",
    "changed": "bulletin {id} was changed meanwhile: read it again with `muadam bulletin preview {id}`",
    "corrected_already": "bulletin {id} has been corrected: correct the correction",
    "articles_off": "the account broadcasts no articles: see `muadam account articles --help`",
    "articles_used_up": "the account has no article left this month: see `muadam account articles --help`",
    "article_asked_already": "bulletin {id} is an article of the account already: see `muadam bulletin status {id}`",
    "article_too_late": "bulletin {id} is not valid any more",
    "unknown_suggestion": "bulletin {id} has no suggestion of that name: see `muadam bulletin preview {id}`",
    "too_many_tasks": "bulletin {id} would name more than three things to do: drop some suggestions",
    "season_long": "what bulletin {id} says of the season is too long: drop a suggestion, or shorten the text",
    "pests_long": "what bulletin {id} says of pests is too long: drop a suggestion, or shorten the text",
}


class Desk(AbstractContextManager["Desk"]):
    """Settings and database of a command on one bulletin; a closed code of bulletins/ becomes a Trouble."""

    def __init__(self, bulletin_id: int = 0) -> None:
        self.settings = Settings()
        self._id = bulletin_id
        self._opened = opened(self.settings)
        self.database = self._opened.__enter__()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self._opened.__exit__(None, None, None)
        if isinstance(error, ReleaseError | DraftError):
            raise Trouble(SENTENCES[error.code].format(id=self._id)) from error

    def read(self) -> tuple[Any, Content]:
        with reading(self.database) as connection:
            return desk.read(connection, self._id)

    def change(self, work: Callable[[Connection, datetime], Any]) -> Any:
        with transaction(self.database) as connection:
            return work(connection, clock())


def place_meant(text: str) -> tuple[str, str]:
    """Code and name of what --place says. Raises Trouble that names what it may have been."""
    try:
        return place_named(text)
    except Unplaced as error:
        named = "; ".join(f"{code} {name}" for code, name in error.found[:5])
        asked = f"--place {text}: which one? {named}"
        raise Trouble(asked if named else f"--place {text}: no commune is called so") from error


def crops_named(text: str, catalogue: Crops | None) -> tuple[str, ...]:
    """The ids that --crops says, each once. Raises Trouble for one that the catalogue has not."""
    wanted = tuple(dict.fromkeys(crop.strip() for crop in text.split(",") if crop.strip()))
    known = [crop.id for crop in catalogue.crops] if catalogue else []
    if wrong := [crop for crop in wanted if crop not in known]:
        raise Trouble(f"--crops {wrong[0]}: no such crop; there are {', '.join(known)}")
    return wanted
