"""From the plan to the report: who is reached, once, and what a pause, an end or a correction changes."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.messages import Message, from_json, to_json
from bulletins import release
from bulletins.release import ReleaseError
from storage import accounts, bulletins, outbox, people, subscriptions
from storage.bulletin_tables import BULLETIN_DELIVERY
from storage.subscriptions import Subscribed
from tests.bulletins.commune import COMMUNE, NIGHT, OTHER, PROVINCE, Commune, hours, words_of
from tests.conftest import NOW


def _given_back(row: outbox.Claimed) -> outbox.Mark:
    """The platform wants it later."""
    return outbox.Mark(row.person_id, row.number, "waiting", row.due_at, 1, 0)


def test_plan_says_what_would_happen_to_everybody(commune: Commune) -> None:
    commune.person("free", wrote=hours(1))
    commune.person("free too", wrote=hours(46))
    commune.person("billed", wrote=hours(72))
    commune.person("closed", wrote=hours(24 * 8))
    commune.person("never wrote", wrote=None)
    commune.change(commune.person("gone", wrote=hours(1)), is_reachable=False)
    commune.change(commune.person("stopped", wrote=hours(1)), wants_pushes=False)
    ended = commune.person("ended", wrote=hours(1))
    subscriptions.end(commune.connection, [ended], NOW)
    commune.person("elsewhere", wrote=hours(1), place=OTHER)

    plan = commune.plan(commune.draft())
    paid = commune.plan(commune.draft(may_bill=True))

    assert (plan.free, plan.billed, plan.closed) == (2, 1, 2)
    assert (plan.unreachable, plan.opted_out, plan.already) == (1, 2, 0)
    assert (plan.cost_vnd, paid.cost_vnd) == (55, 55)
    assert plan.reached == 5


def test_what_takes_two_messages_costs_two_and_lasts_twice_as_long(commune: Commune) -> None:
    for nth in range(162):
        commune.person(f"free {nth}", wrote=hours(1))
    commune.person("billed", wrote=hours(72))

    short, long = (commune.plan(commune.draft(), Message("a" * letters)) for letters in (1000, 2000))

    assert (short.cost_vnd, long.cost_vnd) == (55, 110)
    # Of 90 a minute 81 leave minute after minute: a tenth is what may leave at once.
    assert (short.duration, long.duration) == (timedelta(minutes=2), timedelta(minutes=4))


@pytest.mark.parametrize(
    ("place", "crops", "reached"),
    [
        pytest.param(COMMUNE, "", {"a", "b", "c"}, id="commune"),
        pytest.param(PROVINCE, "", {"a", "b", "c", "d"}, id="province"),
        pytest.param("vn", "", {"a", "b", "c", "d"}, id="country"),
        pytest.param(COMMUNE, ",lua,", {"a", "c"}, id="who grows it or named nothing"),
        pytest.param(COMMUNE, ",lua,tom,", {"a", "b", "c"}, id="one of two"),
    ],
)
def test_audience_is_the_place_and_the_crop(commune: Commune, place: str, crops: str, reached: set[str]) -> None:
    ids = {
        "a": commune.person("a", wrote=hours(1), crops=("lua", "tom")),
        "b": commune.person("b", wrote=hours(1), crops=("tom",)),
        "c": commune.person("c", wrote=hours(1)),
        "d": commune.person("d", wrote=hours(1), place=OTHER),
    }
    bulletin = commune.draft(place=place, crops=crops)
    commune.release(bulletin)

    commune.work()

    assert {person for person, _ in commune.sent()} == {ids[name] for name in reached}


def test_audience_may_be_who_wrote_lately(commune: Commune) -> None:
    commune.person("lately", wrote=hours(3))
    commune.person("long ago", wrote=hours(24 * 40))

    assert commune.plan(commune.draft(seen_within_days=30)).reached == 1


def test_everybody_gets_one_row_however_often_the_work_is_done(
    commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "CHUNK", 3)
    ids = [commune.person(f"p{nth}", wrote=hours(1)) for nth in range(10)]
    bulletin = commune.draft()
    commune.release(bulletin)

    commune.work()
    commune.work()

    assert sorted(person for person, _ in commune.sent()) == ids
    assert commune.states(bulletin) == {"sent": 10}
    commune.work()
    assert bulletins.one(commune.connection, bulletin).state == "done"  # type: ignore[union-attr]


def test_nothing_goes_to_more_people_than_the_plan_said(commune: Commune) -> None:
    commune.person("a", wrote=hours(1))
    gone = commune.person("gone", wrote=hours(1))
    commune.change(gone, is_reachable=False)
    bulletin = commune.draft()
    planned = commune.release(bulletin).reached

    commune.change(gone, is_reachable=True)
    late = commune.person("late", wrote=hours(1))
    subscriptions.put(commune.connection, [Subscribed(late, COMMUNE, PROVINCE, ())], NOW + timedelta(seconds=1))
    commune.work()

    assert planned == 1
    assert len(commune.sent()) == 1


def test_second_bulletin_of_a_day_is_not_sent(commune: Commune) -> None:
    commune.person("a", wrote=hours(1))
    commune.release(commune.draft())
    commune.work()

    assert commune.plan(commune.draft()).already == 1
    with pytest.raises(ReleaseError, match="nobody"):
        commune.release(commune.draft())
    commune.now += timedelta(days=1)
    assert commune.plan(commune.draft()).already == 0


def test_who_may_not_be_written_to_gets_it_when_he_writes(commune: Commune) -> None:
    person = commune.person("closed", wrote=hours(24 * 8))
    bulletin = commune.draft()
    commune.release(bulletin)
    commune.work()
    before = commune.sent()
    commune.work()
    assert bulletins.one(commune.connection, bulletin).state == "done"  # type: ignore[union-attr]

    outbox.release_held(commune.connection, [person], commune.now)

    assert before == []
    assert commune.sent() == [(person, "Mưa thứ Năm")]


@pytest.mark.parametrize(("may_bill", "state"), [(False, "held"), (True, "waiting")])
def test_nothing_is_paid_for_unless_it_was_allowed(commune: Commune, may_bill: bool, state: str) -> None:
    commune.person("billed", wrote=hours(72))
    bulletin = commune.draft(may_bill=may_bill)
    commune.release(bulletin)

    commune.work()

    assert commune.states(bulletin) == {state: 1}
    assert [row.may_bill for row in commune.claimed()] == [True] * may_bill


def test_pause_stops_at_once_and_resume_goes_on(commune: Commune) -> None:
    for nth in range(4):
        commune.person(f"p{nth}", wrote=hours(1))
    bulletin = commune.draft()
    commune.release(bulletin)
    commune.work()

    release.move(commune.connection, bulletin, "pause")
    at_once = commune.sent()
    commune.work()
    paused = commune.states(bulletin)
    release.move(commune.connection, bulletin, "resume")
    commune.work()

    assert at_once == []
    assert paused == {"paused": 4}
    assert len(commune.sent()) == 4


def test_who_stops_while_it_is_paused_gets_nothing_after_the_resume(commune: Commune) -> None:
    stops, stays = commune.person("stops", wrote=hours(1)), commune.person("stays", wrote=hours(1))
    bulletin = commune.draft()
    commune.release(bulletin)
    commune.work()
    release.move(commune.connection, bulletin, "pause")
    commune.work()

    outbox.withdraw_pushes(commune.connection, [stops])
    release.move(commune.connection, bulletin, "resume")
    commune.work()

    assert [person for person, _ in commune.sent()] == [stays]


def test_cancel_adds_up_to_the_person(commune: Commune) -> None:
    for nth in range(5):
        commune.person(f"p{nth}", wrote=hours(1) if nth else hours(24 * 8))
    bulletin = commune.draft()
    commune.release(bulletin)
    commune.work()
    first = commune.claimed()[0]
    mark = outbox.Mark(first.person_id, first.number, "sent", first.due_at, 0, 1, settled_at=NOW)
    outbox.mark(commune.connection, [mark], by="me")
    outbox.take_over(commune.connection, now=NOW + timedelta(minutes=5))

    release.move(commune.connection, bulletin, "cancel")
    commune.work()

    assert commune.states(bulletin) == {"sent": 1, "withdrawn": 4}
    reasons = {row.reason for row in bulletins.outcomes(commune.connection, bulletin)}
    assert reasons == {"", "cancelled", outbox.SENDER_DIED}  # that nobody saw an answer stays written


def test_correction_reaches_exactly_who_got_the_wrong_one(commune: Commune) -> None:
    got = commune.person("got", wrote=hours(1))
    late = commune.person("late", wrote=hours(24 * 8))
    wrong = commune.draft()
    commune.release(wrong, "Nắng")
    commune.work()
    commune.sent()

    right = commune.draft(corrects=wrong, opening=to_json(Message("Đính chính.")))
    planned = commune.release(right, "Mưa")
    commune.work()
    outbox.release_held(commune.connection, [late], commune.now)

    assert (planned.free, planned.replaced) == (1, 1)
    assert sorted(commune.sent()) == [(got, "Đính chính. Mưa"), (late, "Mưa")]
    newest = bulletins.newest_for(commune.connection, [COMMUNE], (), commune.now)
    assert from_json(newest.message).text == "Mưa"


def test_correction_of_what_nobody_got_yet_takes_its_place(commune: Commune) -> None:
    ids = [commune.person(f"p{nth}", wrote=hours(1)) for nth in range(3)]
    wrong = commune.draft()
    commune.release(wrong, "Nắng")
    commune.work()
    release.move(commune.connection, wrong, "pause")

    right = commune.draft(corrects=wrong, opening=to_json(Message("Đính chính.")))
    planned = commune.release(right, "Mưa")
    commune.work()

    assert (planned.reached, planned.replaced) == (3, 3)
    assert sorted(commune.sent()) == [(person, "Mưa") for person in ids]


def test_row_in_flight_at_the_correction_that_comes_back_is_the_right_one(commune: Commune) -> None:
    person = commune.person("a", wrote=hours(1))
    wrong = commune.draft()
    commune.release(wrong, "Nắng")
    commune.work()
    in_flight = commune.claimed()

    right = commune.draft(corrects=wrong, opening=to_json(Message("Đính chính.")))
    commune.release(right, "Mưa")
    outbox.mark(commune.connection, [_given_back(in_flight[0])], by="me")
    commune.work()
    commune.work()

    assert commune.sent() == [(person, "Mưa")]
    assert commune.states(wrong) == {}


def test_row_in_flight_at_the_end_is_withdrawn_when_it_comes_back(commune: Commune) -> None:
    commune.person("a", wrote=hours(1))
    bulletin = commune.draft()
    commune.release(bulletin)
    commune.work()
    in_flight = commune.claimed()

    release.move(commune.connection, bulletin, "cancel")
    commune.work()
    outbox.mark(commune.connection, [_given_back(in_flight[0])], by="me")
    commune.work()

    assert commune.states(bulletin) == {"withdrawn": 1}


def test_second_correction_of_the_same_bulletin_is_refused(commune: Commune) -> None:
    commune.person("a", wrote=hours(1))
    wrong = commune.draft()
    commune.release(wrong)
    commune.work()
    commune.sent()
    first, second = commune.draft(corrects=wrong), commune.draft(corrects=wrong)
    commune.release(first)

    with pytest.raises(ReleaseError, match="corrected_already"):
        commune.release(second)


def test_what_was_cancelled_in_time_can_be_replaced_the_same_day(commune: Commune) -> None:
    commune.person("a", wrote=hours(1))
    bulletin = commune.draft()
    commune.release(bulletin)
    commune.work()
    release.move(commune.connection, bulletin, "cancel")
    commune.work()

    assert commune.plan(commune.draft()).free == 1


def test_a_bulletin_that_waits_for_the_morning_holds_no_urgent_one_back(commune: Commune) -> None:
    commune.person("a", wrote=hours(1))
    commune.release(commune.draft(), "Thường")
    commune.work()
    commune.now += timedelta(days=1)
    commune.person("b", wrote=hours(1))
    commune.release(commune.draft(urgent_reason="Bão sắp vào"), "Gấp")
    commune.work()

    rows = commune.claimed(is_quiet=True)

    assert [words_of(row.payload, row.bulletin) for row in rows] == ["Gấp", "Gấp"]


def test_queuing_goes_on_while_it_is_paused(commune: Commune, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "CHUNK", 2)
    for nth in range(5):
        commune.person(f"p{nth}", wrote=hours(1))
    bulletin = commune.draft()
    commune.release(bulletin)
    release.work(commune.connection, commune.lines, now=commune.now)
    release.move(commune.connection, bulletin, "pause")

    commune.work()

    assert commune.states(bulletin) == {"paused": 5}


def test_withdrawn_bulletin_is_not_given_on_demand(commune: Commune) -> None:
    commune.person("a", wrote=hours(1))
    bulletin = commune.draft()
    commune.release(bulletin)
    given = bulletins.newest_for(commune.connection, [COMMUNE], (), commune.now)

    release.move(commune.connection, bulletin, "withdraw")

    assert given is not None
    assert bulletins.newest_for(commune.connection, [COMMUNE], (), commune.now) is None


def test_in_the_quiet_hours_only_what_has_a_reason_leaves(commune: Commune) -> None:
    commune.person("a", wrote=hours(1))
    commune.now = NIGHT
    calm, storm = commune.draft(), commune.draft(urgent_reason="Bão sắp vào")

    with pytest.raises(ReleaseError, match="quiet_hours"):
        commune.release(calm)
    commune.release(storm)
    commune.work()

    assert len(commune.claimed(is_quiet=True)) == 1


def test_what_was_released_by_day_waits_for_the_morning(commune: Commune) -> None:
    commune.person("a", wrote=hours(1))
    commune.release(commune.draft())
    commune.work()

    assert commune.claimed(is_quiet=True) == []
    assert len(commune.claimed()) == 1


def test_many_people_need_a_second_reader_who_is_not_the_author(commune: Commune) -> None:
    accounts.change(commune.connection, commune.account, approval_above=1)
    commune.person("a", wrote=hours(1))
    commune.person("b", wrote=hours(1))
    bulletin = commune.draft()

    with pytest.raises(ReleaseError, match="needs_approval"):
        commune.release(bulletin)
    with pytest.raises(ReleaseError, match="own_draft"):
        release.approve(commune.connection, bulletin, by="chị sáu ")
    release.approve(commune.connection, bulletin, by="Anh Tư")

    assert commune.release(bulletin).reached == 2


@pytest.mark.parametrize(
    ("action", "code"),
    [("pause", "not_sending"), ("resume", "not_paused"), ("cancel", "not_sending"), ("withdraw", "not_released")],
)
def test_a_draft_cannot_be_moved(commune: Commune, action: str, code: str) -> None:
    with pytest.raises(ReleaseError, match=code):
        release.move(commune.connection, commune.draft(), action)


def test_released_twice_is_refused(commune: Commune) -> None:
    commune.person("a", wrote=hours(1))
    bulletin = commune.draft()
    commune.release(bulletin)

    with pytest.raises(ReleaseError, match="not_a_draft"):
        commune.release(bulletin)


def test_erased_person_leaves_nothing_behind(commune: Commune) -> None:
    person = commune.person("a", wrote=hours(1))
    commune.release(commune.draft())
    commune.work()
    stored = people.locked(commune.connection, commune.account, ["a"])["a"]

    people.erase(commune.connection, stored, digest="d", now=NOW)

    assert subscriptions.of(commune.connection, person) is None
    assert commune.connection.execute(select(BULLETIN_DELIVERY)).all() == []
    assert commune.sent() == []
