"""A bulletin as an article for everybody who follows an account, and the wish to have it broadcast.

Knows no platform but its limits. Whether a member may ask is decided here; sending is what loops do with the row.
Limits: articles of a Zalo Official Account, https://developers.zalo.me/docs/official-account/, read 2026-10. Which
unit is counted is not said: the larger one, UTF-16 units of NFC, is taken.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from bot.messages import from_json
from bulletins import desk
from bulletins.chat import heading_of, output_words, sections, short_dates, summary
from bulletins.content import Content
from bulletins.drafting import settled
from bulletins.release import ReleaseError
from storage import accounts, articles, bulletins
from storage.accounts import StoredAccount
from storage.articles import Article

MOST_TITLE, MOST_AUTHOR, MOST_DESCRIPTION = 150, 50, 300

#: A bulletin in these states went out; one that is paused may go on.
_OUT = ("sending", "paused", "done")
#: Of such an article people may have read what was wrong.
_READ = ("sent", "unknown")


@dataclass(frozen=True, slots=True)
class Number:
    """How many articles of a month are used up or spoken for, and how many there are; 0 when there are none."""

    used: int
    of: int


def number(connection: Connection, account: StoredAccount, *, now: datetime, zone: ZoneInfo) -> Number:
    """The account's number of this local month."""
    used = articles.used_in_month(connection, account.id, articles.month_of(now, zone))
    return Number(used, account.articles_per_month or 0)


def article(content: Content, *, picture_name: str = "", correction: str = "") -> Article:
    """All of a bulletin as it was released, a block a line. `correction` says what was wrong with the one before.

    A line is a block of its own since it is nowhere said what becomes of an end of line inside one. Raises DraftError.
    """
    said = settled(content)
    blocks = [correction] if correction else []
    blocks += [line for section in sections(said) for line in _lines(heading_of(section), section.lines)]
    if said.place != bulletins.COUNTRY:
        blocks.append(output_words().article.for_whom.format(place=said.place_name))
    return Article(
        title=_title(said, is_correction=bool(correction)),
        author=_cut(_plain(said.approved_by) or _plain(said.place_name) or output_words().title, MOST_AUTHOR),
        description=_cut(summary(said), MOST_DESCRIPTION),
        blocks=tuple(plain for block in blocks if (plain := _plain(block))),
        picture=picture_name,
    )


def ask(connection: Connection, bulletin_id: int, account_id: int, *, by: str, now: datetime, zone: ZoneInfo) -> Number:
    """Have a bulletin broadcast that was released; the month's number with it. Raises ReleaseError.

    An account that is not there broadcasts none.
    """
    row, content = desk.read(connection, bulletin_id)
    if row.state not in _OUT or row.released_at is None:
        raise ReleaseError("not_released")
    if row.corrected_by is not None:
        raise ReleaseError("corrected_already")
    if row.valid_until is not None and row.valid_until <= now:
        raise ReleaseError("article_too_late")
    articles.lock(connection, account_id)
    account = next((one for one in accounts.everyone(connection) if one.id == account_id), None)
    if account is None or account.articles_per_month is None:
        raise ReleaseError("articles_off")
    found = number(connection, account, now=now, zone=zone)
    is_asked = any(
        one.account_id == account.id and one.state not in articles.NOT_BROADCAST
        for one in articles.of_bulletin(connection, bulletin_id)
    )
    if is_asked:
        raise ReleaseError("article_asked_already")
    if found.used >= found.of:
        raise ReleaseError("articles_used_up")
    made = article(
        content,
        picture_name=f"bulletin-{bulletin_id}.png" if bulletins.picture(connection, bulletin_id) else "",
        correction=_correction(connection, row.corrects, row.opening, account),
    )
    is_kept = articles.ask(
        connection,
        bulletin_id=bulletin_id,
        account_id=account.id,
        article=made,
        month=articles.month_of(now, zone),
        by=by,
        now=now,
    )
    if not is_kept:
        raise ReleaseError("article_asked_already")
    return Number(found.used + 1, found.of)


def _correction(connection: Connection, wrong: int | None, opening: str, account: StoredAccount) -> str:
    """What the article says first where the wrong bulletin was an article of the same account; else nothing."""
    if wrong is None or not opening:
        return ""
    before = articles.of_bulletin(connection, wrong)
    was_read = any(one.account_id == account.id and (one.state in _READ or _is_leaving(one)) for one in before)
    return from_json(opening).text if was_read else ""


def _is_leaving(row: Row[Any]) -> bool:
    return row.state == "broadcasting" and bool(row.claimed_by)


def _title(content: Content, *, is_correction: bool) -> str:
    """The bulletin's name, its place and its days; a place that is too long is cut, the days never are."""
    words = output_words()

    def titled(place: str) -> str:
        dates = short_dates(content.first_day, content.last_day)
        title = words.article.title.format(title=words.title, place=place, dates=dates)
        return _plain(words.article.correction_title.format(title=title) if is_correction else title)

    return titled(_cut(content.place_name, MOST_TITLE - _units(titled(""))))


def _lines(heading: str, lines: tuple[str, ...]) -> Iterator[str]:
    """A text of one line stands beside its heading, a list below it."""
    if heading.endswith(":") and len(lines) == 1:
        yield f"{heading} {lines[0]}"
        return
    if heading:
        yield heading
    yield from lines


def _plain(text: str) -> str:
    """In one line, composed, without the marks of bold that chats have."""
    return unicodedata.normalize("NFC", " ".join(text.replace("**", "").split()))


def _cut(text: str, most_units: int) -> str:
    """The text when it fits, else its first words and an ellipsis."""
    plain = _plain(text)
    if _units(plain) <= most_units:
        return plain
    kept = plain
    while kept and _units(kept) >= most_units:
        kept = kept.rpartition(" ")[0] or kept[:-1]
    return f"{kept}…"


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
