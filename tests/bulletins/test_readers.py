"""Who asked for a bulletin has it: it is not sent to him again, its correction is, and what he says is about it."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from bot.messages import Message, to_json
from bulletins import release
from storage import bulletin_questions, bulletins, outbox, subscriptions
from storage.tables import INBOX, OUTBOX, SUBSCRIPTION
from tests.bulletins.commune import OTHER, Commune, hours


def correction(commune: Commune, wrong: int) -> int:
    return commune.draft(corrects=wrong, opening=to_json(Message("Đính chính.")))


# What readers say -----------------------------------------------------------------------------------------


def test_readers_tell_what_they_think_of_the_last_one_that_was_sent(commune: Commune) -> None:
    person = commune.person("a", wrote=hours(1))
    first, second = commune.draft(), commune.draft()
    commune.release(first)
    commune.work()
    commune.sent()
    commune.now += timedelta(days=1)
    commune.change(person, last_contact_at=commune.now - hours(24 * 8))
    commune.release(second)
    commune.work()

    bulletins.take_verdicts(commune.connection, [(person, "unclear", None), (999, "clear", None)], commune.now)

    assert commune.states(second) == {"held": 1}
    assert bulletins.verdicts(commune.connection, first) == {"unclear": 1}
    assert bulletins.verdicts(commune.connection, second) == {}


def test_what_is_said_before_anything_was_sent_is_about_nothing(commune: Commune) -> None:
    person = commune.person("a", wrote=hours(1))
    bulletin = commune.draft()
    commune.release(bulletin)
    commune.work()

    bulletins.take_verdicts(commune.connection, [(person, "clear", None)], commune.now)

    assert bulletins.verdicts(commune.connection, bulletin) == {}


def test_a_send_whose_answer_was_not_seen_can_be_spoken_of(commune: Commune) -> None:
    person = commune.person("a", wrote=hours(1))
    bulletin = commune.draft()
    commune.release(bulletin)
    commune.work()
    commune.connection.execute(update(OUTBOX).values(state="unknown"))

    bulletins.take_verdicts(commune.connection, [(person, "clear", None)], commune.now)

    assert bulletins.verdicts(commune.connection, bulletin) == {"clear": 1}


def test_what_was_read_last_on_demand_is_spoken_of(commune: Commune) -> None:
    person = commune.person("a", wrote=hours(1))
    sent, asked_for = commune.draft(), commune.draft(place=OTHER)
    commune.release(sent)
    commune.work()
    commune.sent()
    commune.now += hours(1)
    commune.answers(person, asked_for)

    bulletins.take_verdicts(commune.connection, [(person, "clear", None)], commune.now)

    assert bulletins.verdicts(commune.connection, asked_for) == {"clear": 1}


def test_a_row_that_became_its_correction_is_not_the_wrong_one(commune: Commune) -> None:
    person = commune.person("a", wrote=hours(1))
    wrong = commune.draft()
    commune.release(wrong)
    commune.work()
    right = commune.draft(corrects=wrong)
    commune.release(right)
    commune.work()
    commune.sent()

    bulletins.take_verdicts(commune.connection, [(person, "clear", None)], commune.now)

    assert bulletins.verdicts(commune.connection, wrong) == {}
    assert bulletins.verdicts(commune.connection, right) == {"clear": 1}


# Who asked for it -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["waiting", "sending", "sent", "unknown"])
def test_correction_reaches_who_got_the_wrong_one_only_on_demand(commune: Commune, state: str) -> None:
    commune.person("a", wrote=hours(1))
    asked = commune.person("asked", wrote=hours(1), place=OTHER)
    wrong = commune.draft()
    commune.release(wrong, "Nắng")
    commune.work()
    commune.sent()
    commune.answers(asked, wrong, state=state)

    right = correction(commune, wrong)
    plan = commune.release(right, "Mưa")
    commune.work()

    assert plan.reached == 2
    assert commune.states(right) == {"waiting": 2}


def test_correction_reaches_who_asked_without_subscribing_and_not_who_stopped(commune: Commune) -> None:
    commune.person("a", wrote=hours(1))
    asked, stopped = commune.person("asked", wrote=hours(1)), commune.person("stopped", wrote=hours(1))
    commune.connection.execute(SUBSCRIPTION.delete().where(SUBSCRIPTION.c.person_id == asked))
    subscriptions.end(commune.connection, [stopped], commune.now)
    wrong = commune.draft()
    commune.release(wrong, "Nắng")
    commune.work()
    commune.sent()
    for person in (asked, stopped):
        commune.answers(person, wrong)

    plan = commune.release(correction(commune, wrong), "Mưa")
    commune.work()

    assert (plan.reached, plan.opted_out) == (2, 1)
    assert (asked, "Đính chính. Mưa") in commune.sent()


@pytest.mark.parametrize("state", ["dead", "withdrawn", "expired"])
def test_an_answer_that_never_left_needs_no_correction(commune: Commune, state: str) -> None:
    commune.person("a", wrote=hours(1))
    asked = commune.person("asked", wrote=hours(1), place=OTHER)
    wrong = commune.draft()
    commune.release(wrong)
    commune.work()
    commune.sent()
    commune.answers(asked, wrong, state=state)

    assert commune.plan(correction(commune, wrong)).reached == 1


def test_who_asked_for_it_is_not_sent_it_again(commune: Commune) -> None:
    person = commune.person("closed", wrote=hours(24 * 8))
    bulletin = commune.draft()
    commune.release(bulletin)
    commune.work()

    commune.answers(person, bulletin)

    assert commune.sent() == []
    assert commune.outcomes(bulletin) == {("withdrawn", "shown"): 1}
    assert commune.plan(correction(commune, bulletin)).reached == 1


def test_who_asked_before_his_row_was_queued_stands_in_the_report(commune: Commune) -> None:
    asked, waits = commune.person("asked", wrote=hours(1)), commune.person("waits", wrote=hours(1))
    bulletin = commune.draft()
    commune.release(bulletin)
    commune.answers(asked, bulletin)

    commune.work()

    assert commune.outcomes(bulletin) == {("withdrawn", "shown"): 1, ("waiting", ""): 1}
    assert [person for person, _ in commune.sent()] == [waits]


def test_who_was_shown_the_right_one_is_still_told_that_he_got_a_wrong_one(commune: Commune) -> None:
    person = commune.person("a", wrote=hours(1))
    wrong = commune.draft()
    commune.release(wrong, "Nắng")
    commune.work()
    commune.sent()
    right = correction(commune, wrong)
    commune.release(right, "Mưa")
    commune.answers(person, right)

    commune.work()
    commune.answers(person, right)

    assert commune.sent() == [(person, "Đính chính. Mưa")]


def test_asking_uses_up_no_bulletin_of_the_day(commune: Commune) -> None:
    person = commune.person("a", wrote=hours(1))
    yesterday = commune.draft()
    commune.release(yesterday)
    commune.work()
    commune.answers(person, yesterday)

    plan = commune.plan(commune.draft())

    assert (plan.free, plan.already) == (1, 0)


def test_asking_twice_is_one_delivery(commune: Commune) -> None:
    person = commune.person("a", wrote=hours(1), place=OTHER)
    commune.person("b", wrote=hours(1))
    bulletin = commune.draft()
    commune.release(bulletin)

    commune.answers(person, bulletin)
    commune.answers(person, bulletin, state="waiting")
    release.move(commune.connection, bulletin, "cancel")
    commune.work()

    assert commune.plan(correction(commune, bulletin)).reached == 1


def test_what_is_being_sent_when_he_asks_goes_on(commune: Commune) -> None:
    person = commune.person("a", wrote=hours(1))
    bulletin = commune.draft()
    commune.release(bulletin)
    commune.work()
    [row] = commune.claimed()

    commune.answers(person, bulletin)
    mark = outbox.Mark(row.person_id, row.number, "sent", row.due_at, 0, 1, settled_at=commune.now)
    outbox.mark(commune.connection, [mark], by="me")

    assert commune.outcomes(bulletin) == {("sent", ""): 1}


def test_a_named_bulletin_is_the_one_that_is_spoken_of_if_it_reached_him(commune: Commune) -> None:
    person, other = commune.person("a", wrote=hours(1)), commune.person("b", wrote=hours(1), place=OTHER)
    first, second = commune.draft(), commune.draft()
    for bulletin in (first, second):
        commune.release(bulletin)
        commune.work()
        commune.sent()
        commune.now += timedelta(days=1)

    said = [(person, "unclear", first), (other, "question", first)]
    unknown = bulletins.take_verdicts(commune.connection, said, commune.now)

    assert bulletins.verdicts(commune.connection, first) == {"unclear": 1}
    assert bulletins.verdicts(commune.connection, second) == {}
    assert unknown == [(other, "question", first)]


def test_a_question_waits_for_its_author_with_its_words_and_is_answered_once(commune: Commune) -> None:
    person = commune.person("a", wrote=hours(1))
    bulletin = commune.draft()
    commune.release(bulletin)
    commune.work()
    commune.sent()
    bulletins.take_verdicts(commune.connection, [(person, "question", None)], commune.now)
    rows = [("k1", -60, "trước đó"), ("k2", 30, "mưa ngày nào"), ("k3", 40, None), ("k4", 200_000, "hôm sau")]
    blank = {"person_id": person, "kind": "TextSaid", "state": "done"}
    for key, seconds, text in rows:
        at = commune.now + timedelta(seconds=seconds)
        commune.connection.execute(insert(INBOX).values(key=key, received_at=at, text=text, **blank))

    [asked] = bulletin_questions.of_bulletin(commune.connection, bulletin)
    waiting = bulletin_questions.open_by_bulletin(commune.connection, [bulletin, 999])
    answers = [
        bulletin_questions.answer(
            commune.connection, bulletin_id=bulletin, person_id=person, payload='{"text": "Thứ Năm."}', now=commune.now
        )
        for _ in range(2)
    ]

    assert (asked.person_id, asked.texts, asked.is_answered) == (person, ("mưa ngày nào",), False)
    assert waiting == {bulletin: 1}
    assert answers == ["sent", "answered"]
    assert bulletin_questions.open_by_bulletin(commune.connection, [bulletin]) == {}
    assert bulletins.verdicts(commune.connection, bulletin) == {"answered": 1}
    row = commune.connection.execute(select(OUTBOX).order_by(OUTBOX.c.number.desc()).limit(1)).one()
    assert (row.person_id, row.rank, row.payload, row.state) == (
        person,
        outbox.STAFF,
        '{"text": "Thứ Năm."}',
        "waiting",
    )


def test_who_cannot_be_reached_any_more_is_not_answered(commune: Commune) -> None:
    person = commune.person("a", wrote=hours(1))
    bulletin = commune.draft()
    commune.release(bulletin)
    commune.work()
    commune.sent()
    bulletins.take_verdicts(commune.connection, [(person, "question", None)], commune.now)
    commune.change(person, is_reachable=False)

    outcome = bulletin_questions.answer(
        commune.connection, bulletin_id=bulletin, person_id=person, payload='{"text": "a"}', now=commune.now
    )

    assert outcome == "unreachable"
    assert bulletins.verdicts(commune.connection, bulletin) == {"question": 1}
