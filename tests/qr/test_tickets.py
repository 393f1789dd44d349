"""A ticket gives back what was sealed, for two hours, and to nobody who forges one."""

import base64
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import poster_files
from qr.tickets import LONGEST_PAYLOAD, LONGEST_TICKET, Tickets
from tests.conftest import NOW

ACB = "00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F"
OURS = Tickets(b"the key of this server")

payloads = st.text(st.characters(exclude_categories=("Cs",)), max_size=LONGEST_PAYLOAD)


@given(payload=payloads)
def test_what_was_sealed_comes_back_as_it_was(payload: str) -> None:
    assert OURS.opened(OURS.seal(payload, NOW), NOW) == payload


@pytest.mark.parametrize(
    ("age", "is_good"),
    [
        pytest.param(timedelta(0), True, id="new"),
        pytest.param(timedelta(hours=1, minutes=59, seconds=59), True, id="nearly two hours old"),
        pytest.param(timedelta(hours=2), False, id="two hours old"),
        pytest.param(timedelta(days=400), False, id="of last year"),
    ],
)
def test_a_ticket_is_worth_nothing_after_two_hours(age: timedelta, is_good: bool) -> None:
    ticket = OURS.seal(ACB, NOW)

    assert OURS.opened(ticket, NOW + age) == (ACB if is_good else None)


def test_another_process_with_the_same_key_opens_it_and_another_server_does_not() -> None:
    ticket = OURS.seal(ACB, NOW)

    assert Tickets(b"the key of this server").opened(ticket, NOW) == ACB
    assert Tickets(b"the key of that server").opened(ticket, NOW) is None


def test_a_ticket_shows_nothing_and_is_never_the_same_twice() -> None:
    first, second = OURS.seal(ACB, NOW), OURS.seal(ACB, NOW)

    seen = base64.urlsafe_b64decode(first + "=" * (-len(first) % 4))
    assert first != second
    assert b"2576" not in seen
    assert "257678859" not in first


@given(position=st.integers(0, 200), letter=st.sampled_from("AZaz09-_"))
def test_a_ticket_with_another_letter_is_none(position: int, letter: str) -> None:
    ticket = OURS.seal(ACB, NOW)
    at = position % (len(ticket) - 1)  # the last letter has bits to spare
    forged = ticket[:at] + letter + ticket[at + 1 :]

    assert OURS.opened(forged, NOW) == (ACB if forged == ticket else None)


@given(ticket=st.text(max_size=80) | st.text("AZaz09-_", max_size=LONGEST_TICKET + 10))
def test_what_was_never_sealed_opens_nothing(ticket: str) -> None:
    assert OURS.opened(ticket, NOW) is None


def test_more_than_a_code_on_a_poster_holds_is_not_sealed() -> None:
    assert OURS.seal("0" * LONGEST_PAYLOAD, NOW)
    assert OURS.seal("0" * (LONGEST_PAYLOAD + 1), NOW) == ""


def test_the_names_of_a_ticket_are_told_apart_and_fit_an_address() -> None:
    ticket = OURS.seal(ACB, NOW)
    names = [poster_files.picture(ticket, "a5"), poster_files.picture(ticket, "a6"), poster_files.document(ticket)]

    assert [poster_files.wanted(name) for name in names] == [("a5", ticket), ("a6", ticket), ("pdf", ticket)]
    assert max(map(len, names)) < 150


@pytest.mark.parametrize(
    "name",
    [
        "poster-a5-cho-nho.png",
        "poster-a4-" + "x" * 90 + ".png",
        "poster-a5-" + "x" * 90 + ".jpg",
        "poster-" + "x" * 90 + ".png",
        "poster-a5-" + "x" * 90 + ".png\n",
        "bulletin-1.png",
        "",
    ],
)
def test_other_names_are_no_posters(name: str) -> None:
    assert poster_files.wanted(name) is None
