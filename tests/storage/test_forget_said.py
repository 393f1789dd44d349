"""An account that was read aloud does not stay in what was said."""

from sqlalchemy import select, update

from bot.engine import step
from bot.events import PictureRead, SeenCode, TextSaid, TimerRang
from bot.turn import Incoming, Turns
from lessons.schema import Book
from storage import accounts
from storage.database import Database, reading, transaction
from storage.tables import LEARNER, OUTBOX, TIMER
from tests.conftest import NOW

ACB = "00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F"


def take(database: Database, book: Book, account: int, *events: object) -> None:
    turns = Turns(book, digest_key=b"k", account=lambda _: ("zalo-oa", None), take_step=step)
    for nth, event in enumerate(events):
        with transaction(database) as connection:
            turns.run(connection, [Incoming(account, "u1", f"{type(event).__name__}{nth}{event!r}", event)], NOW)  # type: ignore[arg-type]
            connection.execute(update(OUTBOX).values(state="sent"))


def kept(database: Database) -> str:
    with reading(database) as connection:
        said = connection.scalars(select(OUTBOX.c.payload)).all()
        states = connection.scalars(select(LEARNER.c.state)).all()
    return "\n".join([*said, *states])


def started(database: Database, book: Book) -> int:
    with transaction(database) as connection:
        account = accounts.put(connection, channel="zalo-oa", external_id="oa")
    take(database, book, account, TextSaid("xin chào"), TextSaid("đồng ý"), TextSaid("bác"), TextSaid("menu"))
    return account


def test_the_account_goes_with_the_answer(database: Database, book: Book) -> None:
    account = started(database, book)
    take(database, book, account, PictureRead((SeenCode("vietqr_transfer", ACB),), ticket="t" * 60))
    assert "2576 7885 9" in kept(database)

    take(database, book, account, TextSaid("không phải"))

    assert "2576" not in kept(database)
    assert "đã được xóa" in kept(database)


def test_the_account_goes_when_nobody_answers(database: Database, book: Book) -> None:
    account = started(database, book)
    take(database, book, account, PictureRead((SeenCode("vietqr_transfer", ACB),), ticket="t" * 60))
    with reading(database) as connection:
        assert connection.scalars(select(TIMER.c.name)).all() == ["poster"]

    take(database, book, account, TimerRang("poster"))

    assert "2576" not in kept(database)
    assert "t" * 60 not in kept(database)
