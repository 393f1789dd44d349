"""What was planned is what happens: no bill beyond the plan, the newest bulletin alone, the urgent one to everybody."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.messages import Message, to_json
from bulletins import release
from storage import bulletins, fetched, outbox
from storage.outbox import Room
from storage.tables import OUTBOX
from tests.bulletins.commune import NIGHT, OTHER, Commune, hours, words_of
from webhooks import channels, jobs

# Bills ----------------------------------------------------------------------------------------------------


def test_only_who_was_planned_as_billed_may_be_billed(commune: Commune) -> None:
    free, billed = commune.person("free", wrote=hours(46)), commune.person("billed", wrote=hours(72))
    bulletin = commune.draft(may_bill=True)
    commune.release(bulletin)

    commune.now += hours(3)
    commune.work()

    assert {row.person_id: row.may_bill for row in commune.claimed()} == {free: False, billed: True}


def test_no_more_people_are_billed_than_were_planned(commune: Commune) -> None:
    planned = commune.person("planned", wrote=hours(72))
    gone = commune.person("gone", wrote=hours(1))
    back = commune.person("back", wrote=hours(72))
    commune.change(back, wants_pushes=False)
    bulletin = commune.draft(may_bill=True)
    plan = commune.release(bulletin)

    commune.change(gone, is_reachable=False)
    commune.change(back, wants_pushes=True)
    commune.work()

    assert (plan.reached, plan.billed) == (2, 1)
    assert [(row.person_id, row.may_bill) for row in commune.claimed()] == [(planned, True)]
    assert commune.states(bulletin) == {"sending": 1, "held": 1}


def test_nobody_may_be_billed_by_a_bulletin_that_may_not_bill(commune: Commune) -> None:
    person = commune.person("billed", wrote=hours(72))
    commune.release(commune.draft())
    commune.work()

    commune.writes(person)

    assert [row.may_bill for row in commune.claimed()] == [False]


@pytest.mark.parametrize(("may_bill", "expected"), [(True, (1, True)), (False, (0, False))])
def test_a_correction_bills_whom_the_wrong_one_would_have_billed(
    commune: Commune, may_bill: bool, expected: tuple[int, bool]
) -> None:
    commune.person("billed", wrote=hours(72))
    wrong = commune.draft(may_bill=True)
    commune.release(wrong)
    commune.work()

    right = commune.draft(corrects=wrong, may_bill=may_bill)
    plan = commune.release(right)
    commune.work()

    row = bulletins.one(commune.connection, right)
    assert row is not None
    assert (plan.replaced, plan.replaced_billed, plan.cost_vnd) == (1, 1, 55)
    assert (row.planned_billed, commune.claimed()[0].may_bill) == expected


# The newest alone -----------------------------------------------------------------------------------------


def test_who_writes_after_days_gets_the_newest_alone(commune: Commune) -> None:
    person = commune.person("closed", wrote=hours(24 * 8))
    released = []
    for day in range(4):
        bulletin = commune.draft()
        commune.release(bulletin, f"Tin {day}")
        commune.work()
        released.append(bulletin)
        commune.now += timedelta(days=1)

    commune.writes(person)

    assert commune.sent() == [(person, "Tin 3")]
    assert [commune.outcomes(bulletin) for bulletin in released[:3]] == [{("withdrawn", "superseded"): 1}] * 3


def test_an_urgent_one_stays_beside_a_newer_calm_one(commune: Commune) -> None:
    person = commune.person("closed", wrote=hours(24 * 8))
    commune.release(commune.draft(urgent_reason="Bão"), "Gấp")
    commune.work()
    commune.now += timedelta(days=1)
    commune.release(commune.draft(), "Thường")
    commune.work()

    commune.writes(person)

    assert commune.sent() == [(person, "Gấp"), (person, "Thường")]


def test_an_urgent_one_takes_the_place_of_what_is_held_and_not_of_what_is_on_its_way(commune: Commune) -> None:
    closed, free = commune.person("closed", wrote=hours(24 * 8)), commune.person("free", wrote=hours(1))
    calm = commune.draft()
    commune.release(calm)
    commune.work()
    commune.release(commune.draft(urgent_reason="Bão"), "Gấp")
    commune.work()

    commune.writes(closed)

    assert commune.outcomes(calm) == {("withdrawn", "superseded"): 1, ("waiting", ""): 1}
    assert sorted(commune.sent()) == [(closed, "Gấp"), (free, "Gấp"), (free, "Mưa thứ Năm")]


def test_an_older_bulletin_that_is_queued_later_takes_no_place(commune: Commune) -> None:
    person = commune.person("closed", wrote=hours(24 * 8))
    newer, older = commune.draft(), commune.draft(urgent_reason="Bão")
    commune.release(older, "Gấp")
    commune.now += timedelta(days=1)
    commune.release(newer, "Mới")
    commune.work()

    commune.writes(person)

    assert commune.sent() == [(person, "Gấp"), (person, "Mới")]


def test_what_was_begun_is_not_superseded(commune: Commune) -> None:
    person = commune.person("a", wrote=hours(1))
    commune.release(commune.draft(), "Cũ")
    commune.work()
    [row] = commune.claimed()
    begun = outbox.Mark(row.person_id, row.number, "held", row.due_at, 0, parts_sent=1)
    outbox.mark(commune.connection, [begun], by="me")
    commune.now += timedelta(days=1)
    commune.release(commune.draft(), "Mới")
    commune.work()

    commune.writes(person)

    assert commune.sent() == [(person, "Cũ"), (person, "Mới")]


def test_a_correction_is_not_superseded_for_who_got_the_wrong_one(commune: Commune) -> None:
    person = commune.person("a", wrote=hours(1))
    wrong = commune.draft()
    commune.release(wrong, "Nắng")
    commune.work()
    commune.sent()
    commune.change(person, last_contact_at=commune.now - hours(24 * 8))
    commune.release(commune.draft(corrects=wrong, opening=to_json(Message("Đính chính."))), "Mưa")
    commune.work()
    commune.now += timedelta(days=1)
    commune.release(commune.draft(), "Mới")
    commune.work()

    commune.writes(person)

    assert commune.sent() == [(person, "Đính chính. Mưa"), (person, "Mới")]


# The urgent one -------------------------------------------------------------------------------------------


def test_an_urgent_one_reaches_also_who_had_one_today(commune: Commune) -> None:
    person = commune.person("a", wrote=hours(1))
    commune.release(commune.draft())
    commune.work()
    commune.sent()

    urgent = commune.draft(urgent_reason="Bão sắp vào")
    plan = commune.release(urgent, "Gấp")
    commune.work()

    assert (plan.free, plan.already) == (1, 0)
    assert commune.sent() == [(person, "Gấp")]


def test_an_urgent_one_overtakes_a_calm_one_that_is_on_its_way(commune: Commune) -> None:
    for nth in range(5):
        commune.person(f"p{nth}", wrote=hours(1))
    commune.release(commune.draft())
    commune.work()
    commune.person("elsewhere", wrote=hours(1), place=OTHER)
    commune.now += hours(1)
    urgent = commune.draft(place=OTHER, urgent_reason="Bão")
    commune.release(urgent, "Gấp")
    commune.work()

    room = Room(people=1, rows=1, bulk_people=1, bulk_rows=1)
    [[row]] = outbox.claim(
        commune.connection,
        commune.account,
        now=commune.now,
        by="me",
        lease=hours(1),
        room=room,
        bulletins=bulletins.sendable(commune.connection, commune.now, is_quiet=False),
    )

    assert words_of(row.payload, row.bulletin) == "Gấp"


def test_in_the_quiet_hours_a_claim_does_not_look_at_calm_ones(
    commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many wait there for the morning: their rank is behind the last one that is asked for."""
    commune.person("a", wrote=hours(1))
    commune.release(commune.draft())
    commune.work()
    commune.now = NIGHT
    commune.release(commune.draft(urgent_reason="Bão"), "Gấp")
    commune.work()
    asked: list[int] = []
    claim = outbox.claim

    def noting(*arguments: object, **options: object) -> object:
        asked.append(options["highest_rank"])  # type: ignore[arg-type]
        return claim(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox, "claim", noting)
    claims = jobs.Claims(by="me", channels={"zalo-oa"}, is_quiet=lambda _: True)
    [found] = claims.run(commune.connection, [jobs.Busy({}, 0)], NIGHT)

    assert [words_of(row.payload, row.bulletin) for one in found.claims for row in one.rows] == ["Gấp"]
    assert asked == [outbox.URGENT]
    assert commune.connection.scalar(select(OUTBOX.c.rank).where(OUTBOX.c.state == "waiting")) > outbox.URGENT  # type: ignore[operator]


# Pages ----------------------------------------------------------------------------------------------------


def test_a_page_that_nobody_opens_keeps_no_bulletin_open(commune: Commune) -> None:
    commune.person("a", wrote=hours(1))
    visitor = commune.person("visitor", wrote=hours(1), on_page=True)
    bulletin = commune.draft()
    commune.release(bulletin)
    commune.work()
    commune.sent()

    commune.work()

    assert bulletins.one(commune.connection, bulletin).state == "done"  # type: ignore[union-attr]
    assert commune.outcomes(bulletin) == {("sent", ""): 1, ("waiting", "page"): 1}
    [row] = fetched.after(commune.connection, visitor, 0, limit=9)
    fetched.mark_fetched(commune.connection, [(visitor, row.number)], commune.now)
    assert commune.outcomes(bulletin) == {("sent", ""): 2}


def test_who_reads_a_page_still_waits_for_it_after_a_pause(commune: Commune) -> None:
    commune.person("visitor", wrote=hours(1), on_page=True)
    bulletin = commune.draft()
    commune.release(bulletin)
    commune.work()
    release.move(commune.connection, bulletin, "pause")
    commune.work()
    paused = commune.outcomes(bulletin)

    release.move(commune.connection, bulletin, "resume")
    commune.work()

    assert paused == {("paused", "paused"): 1}
    assert commune.outcomes(bulletin) == {("waiting", "page"): 1}


@pytest.mark.parametrize("channel", channels.ALL, ids=lambda channel: channel.NAME)
def test_the_terms_of_a_channel_say_whether_its_page_fetches(channel) -> None:  # type: ignore[no-untyped-def]
    assert channel.TERMS.is_fetched == channel.IS_FETCHED
