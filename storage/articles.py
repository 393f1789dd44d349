"""Articles: bulletins on their second road, broadcast by an Official Account to everybody who follows it.

Knows neither the platform nor what a bulletin says. A row goes through creating, checking and broadcasting to sent,
refused, unknown or cancelled. A claim is a lease; of one that ran out while broadcasting nobody knows whether the
call had left: that row is `unknown`, and never broadcast again.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Connection,
    Row,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    tuple_,
    update,
)

from storage.bulletin_tables import BULLETIN
from storage.tables import ACCOUNT
from storage.team_tables import BULLETIN_ARTICLE as ARTICLE

#: These used nothing of the month's number up: they were never broadcast.
NOT_BROADCAST = ("refused", "cancelled")
#: The reason of a row whose broadcast call may have been under way when its process died.
DIED = "process_died"

# SQLite takes a partial index only for a query that holds the index's own condition, word for word.
_IS_OPEN = text("bulletinarticle.state IN ('creating', 'checking', 'broadcasting')")


@dataclass(frozen=True, slots=True)
class Article:
    """What an article says. `blocks` are its paragraphs, `picture` is the name of a picture of ours, or empty."""

    title: str
    author: str
    description: str
    blocks: tuple[str, ...]
    picture: str = ""


@dataclass(frozen=True, slots=True)
class ClaimedArticle:
    """A row that is ours for a call, with what has to be known of its bulletin (`bulletin_state` and what follows)."""

    bulletin_id: int
    account_id: int
    title: str
    text: str
    state: str
    month: str
    token: str
    article_id: str
    attempts: int
    bulletin_state: str
    corrected_by: int | None
    valid_until: datetime | None
    urgent_reason: str

    @property
    def article(self) -> Article:
        kept = json.loads(self.text)
        return Article(title=self.title, **(kept | {"blocks": tuple(kept["blocks"])}))


def as_text(article: Article) -> str:
    """All of it but the title, as it is kept."""
    kept = asdict(article)
    del kept["title"]
    return json.dumps(kept, ensure_ascii=False)


def month_of(moment: datetime, zone: ZoneInfo) -> str:
    """The local month, as 2026-11."""
    return f"{moment.astimezone(zone):%Y-%m}"


# Asked for ------------------------------------------------------------------------------------------------


def lock(connection: Connection, account_id: int) -> None:
    """Until the transaction ends nobody else counts this account's articles."""
    connection.execute(select(ACCOUNT.c.id).where(ACCOUNT.c.id == account_id).with_for_update())


def ask(
    connection: Connection,
    *,
    bulletin_id: int,
    account_id: int,
    article: Article,
    month: str,
    by: str,
    now: datetime,
) -> bool:
    """Keep the wish to broadcast a bulletin; False when it was asked for already.

    One that came to nothing may be asked for anew: nobody has seen it.
    """
    is_this = and_(ARTICLE.c.bulletin_id == bulletin_id, ARTICLE.c.account_id == account_id)
    connection.execute(delete(ARTICLE).where(is_this, ARTICLE.c.state.in_(NOT_BROADCAST)))
    blank = dict.fromkeys(("reason", "token", "article_id", "platform_id", "claimed_by"), "")
    keys = {"bulletin_id": bulletin_id, "account_id": account_id, "title": article.title, "text": as_text(article)}
    values = keys | blank | {"state": "creating", "month": month, "attempts": 0, "asked_by": by}
    values |= {"due_at": now, "asked_at": now}
    columns = [literal(value, ARTICLE.c[name].type) for name, value in values.items()]
    query = insert(ARTICLE).from_select(list(values), select(*columns).where(~exists().where(is_this)))
    return connection.execute(query).rowcount > 0


def used_in_month(connection: Connection, account_id: int, month: str) -> int:
    """How many of the month's broadcasts of an account are used up or spoken for; an unknown one counts."""
    query = select(func.count()).select_from(ARTICLE)
    query = query.where(ARTICLE.c.account_id == account_id, ARTICLE.c.month == month)
    return int(connection.scalar(query.where(ARTICLE.c.state.not_in(NOT_BROADCAST))) or 0)


def of_bulletin(connection: Connection, bulletin_id: int) -> list[Row[Any]]:
    """The articles of a bulletin, one for each account that was asked."""
    query = select(ARTICLE).where(ARTICLE.c.bulletin_id == bulletin_id)
    return list(connection.execute(query.order_by(ARTICLE.c.account_id)))


# On their way ---------------------------------------------------------------------------------------------


def is_any_due(connection: Connection, now: datetime) -> bool:
    """Whether there is anything to claim, or a claim that ran out."""
    return bool(connection.scalar(select(exists().where(_IS_OPEN, ARTICLE.c.due_at <= now, _is_free(now)))))


def give_up_broadcasts(connection: Connection, now: datetime) -> list[Row[Any]]:
    """Broadcasts of which a dead process told nobody what became of them are `unknown`; their keys.

    Who claimed them stays written there: should he live after all, what he says counts.
    """
    is_lost = and_(ARTICLE.c.state == "broadcasting", ARTICLE.c.claimed_until <= now)
    query = update(ARTICLE).where(_IS_OPEN, is_lost).values(state="unknown", reason=DIED, settled_at=now)
    return list(connection.execute(query.returning(ARTICLE.c.bulletin_id, ARTICLE.c.account_id)))


def claim(connection: Connection, *, now: datetime, by: str, lease: timedelta, limit: int) -> list[ClaimedArticle]:
    """Rows that are due, `limit` at most, now ours until the lease ends. Call give_up_broadcasts before."""
    due = (
        select(ARTICLE.c.bulletin_id, ARTICLE.c.account_id)
        .where(_IS_OPEN, ARTICLE.c.due_at <= now, _is_free(now))
        .order_by(ARTICLE.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    is_due = tuple_(ARTICLE.c.bulletin_id, ARTICLE.c.account_id).in_(due)
    query = update(ARTICLE).where(is_due).values(claimed_until=now + lease, claimed_by=by)
    keys = connection.execute(query.returning(ARTICLE.c.bulletin_id, ARTICLE.c.account_id)).all()
    return [_claimed(connection, key) for key in sorted(tuple(key) for key in keys)]


def mark(connection: Connection, row: ClaimedArticle, *, by: str, **columns: Any) -> bool:
    """Write down what became of a row that we claimed, and give it back; False when it is another's by now.

    What is not given stays, also the state, even where the claim ran out and the row was given up meanwhile.
    """
    is_ours = and_(ARTICLE.c.claimed_by == by, ARTICLE.c.state.in_((row.state, "unknown")))
    query = update(ARTICLE).where(
        ARTICLE.c.bulletin_id == row.bulletin_id, ARTICLE.c.account_id == row.account_id, is_ours
    )
    free = {"state": row.state, "settled_at": None, "claimed_until": None, "claimed_by": ""}
    return connection.execute(query.values(**(free | columns))).rowcount > 0


def move_to_month(connection: Connection, row: ClaimedArticle, month: str) -> None:
    """It uses up another month's number than the one in which it was asked for."""
    is_this = and_(ARTICLE.c.bulletin_id == row.bulletin_id, ARTICLE.c.account_id == row.account_id)
    connection.execute(update(ARTICLE).where(is_this).values(month=month))


def _is_free(now: datetime) -> Any:
    return or_(ARTICLE.c.claimed_until.is_(None), ARTICLE.c.claimed_until <= now)


def _claimed(connection: Connection, key: Sequence[int]) -> ClaimedArticle:
    names = ("bulletin_id", "account_id", "title", "text", "state", "month", "token", "article_id", "attempts")
    columns = [ARTICLE.c[name] for name in names]
    columns += [BULLETIN.c[name] for name in ("corrected_by", "valid_until", "urgent_reason")]
    query = select(*columns, BULLETIN.c.state.label("bulletin_state")).join(
        BULLETIN, BULLETIN.c.id == ARTICLE.c.bulletin_id
    )
    bulletin_id, account_id = key
    is_this = and_(ARTICLE.c.bulletin_id == bulletin_id, ARTICLE.c.account_id == account_id)
    return ClaimedArticle(**connection.execute(query.where(is_this)).one()._mapping)
