"""What is stored of the staff: links that are good once, locks, sessions, chats that are tied, what was done."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, update
from sqlalchemy.exc import IntegrityError

from storage import accounts, people, staff
from storage.database import Database, reading, transaction
from storage.staff import Wanted, digest
from storage.tables import PERSON
from tests.conftest import NOW

MINUTE = timedelta(minutes=1)
LIMITS: dict[str, Any] = {"idle": timedelta(hours=12), "longest": timedelta(days=14)}


@pytest.fixture
def connection(database: Database):
    with transaction(database) as made:
        yield made


def add(connection: Connection, login: str = "sau.tv", **columns: Any) -> int:
    given = {"name": "Chị Sáu", "roles": ("member", "leader"), "scope": ("31687", "92"), "now": NOW}
    return staff.add(connection, login=login, **(given | columns))


def person(connection: Connection, address: str = "1") -> int:
    account = accounts.put(connection, channel="zalo-oa", external_id="oa")
    people.add(connection, account, [address], now=NOW)
    found = people.find(connection, account, address)
    assert found is not None
    return found


# Who there is ---------------------------------------------------------------------------------------------


def test_a_member_is_read_as_he_was_added(connection: Connection) -> None:
    number = add(connection)

    assert staff.everyone(connection) == [
        staff.Member(number, "sau.tv", "Chị Sáu", frozenset({"member", "leader"}), ("31687", "92"), None)
    ]


def test_a_login_is_given_once(connection: Connection) -> None:
    add(connection)

    with pytest.raises(IntegrityError):
        add(connection)


def test_roles_and_places_are_changed(connection: Connection) -> None:
    number = add(connection)

    staff.change(connection, number, roles=("auditor",), scope=("vn",), name="Sáu")

    member = staff.everyone(connection)[0]
    assert (member.roles, member.scope, member.name) == (frozenset({"auditor"}), ("vn",), "Sáu")


@pytest.mark.parametrize(
    ("text", "is_login"),
    [
        pytest.param("sau.tv", True, id="letters and a dot"),
        pytest.param("84-x_9", True, id="digits, dashes"),
        pytest.param("ab", True, id="shortest"),
        pytest.param("a" * 40, True, id="longest"),
        pytest.param("a", False, id="too short"),
        pytest.param("a" * 41, False, id="too long"),
        pytest.param("Sau", False, id="a large letter"),
        pytest.param("sáu", False, id="an accent"),
        pytest.param(".sau", False, id="begins with a dot"),
        pytest.param("sau\n", False, id="a line's end"),
        pytest.param("s\0au", False, id="no character"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_what_a_login_is(text: str, is_login: bool) -> None:
    assert staff.is_login(text) is is_login


def test_who_has_ended_leaves_nothing_with_which_to_come_in(connection: Connection) -> None:
    number = add(connection)
    staff.set_password(connection, number, "a hash")
    staff.begin_session(connection, number, cookie_digest="digest", agent="?", now=NOW)
    staff.invite(connection, number, token="token", until=NOW + MINUTE)
    staff.offer_tie(connection, number, code="BCDGHK", until=NOW + MINUTE)

    staff.end(connection, number, NOW)

    assert staff.by_login(connection, "sau.tv") is None
    assert staff.invited(connection, "token", NOW) is None
    assert staff.session(connection, "digest", now=NOW, **LIMITS) is None
    assert not staff.tie_chat(connection, "BCDGHK", person(connection), NOW)
    row = staff.one(connection, number)
    assert (row.password_hash, row.join_digest, row.link_digest, row.person_id) == ("", "", "", None)
    assert [member.is_active for member in staff.everyone(connection)] == [False]


def test_a_session_that_was_left_behind_is_not_that_of_who_has_ended(connection: Connection) -> None:
    number = add(connection)
    staff.end(connection, number, NOW)

    staff.begin_session(connection, number, cookie_digest="digest", agent="?", now=NOW)

    assert staff.session(connection, "digest", now=NOW, **LIMITS) is None


# Links and locks ------------------------------------------------------------------------------------------


def test_a_link_is_good_until_its_time_and_kept_as_a_digest(connection: Connection) -> None:
    number = add(connection)

    staff.invite(connection, number, token="token", until=NOW + MINUTE)

    found = staff.invited(connection, "token", NOW)
    assert found is not None
    assert found.id == number
    assert found.join_digest == digest("token")
    assert staff.invited(connection, "token", NOW + MINUTE) is None
    assert staff.invited(connection, digest("token"), NOW) is None
    assert staff.invited(connection, "", NOW) is None


def test_a_new_link_ends_the_older_one(connection: Connection) -> None:
    number = add(connection)
    staff.invite(connection, number, token="older", until=NOW + MINUTE)

    staff.invite(connection, number, token="newer", until=NOW + MINUTE)

    assert staff.invited(connection, "older", NOW) is None
    assert staff.invited(connection, "newer", NOW) is not None


def test_a_link_is_used_up_by_a_password_which_also_opens_a_lock(connection: Connection) -> None:
    number = add(connection)
    staff.invite(connection, number, token="token", until=NOW + MINUTE)
    fail(connection, number, times=5)

    staff.set_password(connection, number, "a hash")

    row = staff.one(connection, number)
    assert staff.invited(connection, "token", NOW) is None
    assert (row.password_hash, row.failed_attempts, staff.is_locked(row, NOW)) == ("a hash", 0, False)


def fail(connection: Connection, number: int, *, times: int) -> None:
    for _ in range(times):
        staff.count_failure(connection, number, most=5, locked_for=15 * MINUTE, now=NOW)


def test_the_fifth_failure_locks_for_a_while(connection: Connection) -> None:
    number = add(connection)

    fail(connection, number, times=4)
    assert not staff.is_locked(staff.one(connection, number), NOW)
    fail(connection, number, times=1)

    row = staff.one(connection, number)
    assert staff.is_locked(row, NOW + 14 * MINUTE)
    assert not staff.is_locked(row, NOW + 15 * MINUTE)
    assert row.failed_attempts == 0


def test_failures_before_a_success_are_forgotten_and_another_member_has_none(connection: Connection) -> None:
    number, other = add(connection), add(connection, "tu.tv")
    fail(connection, number, times=4)

    staff.begin_session(connection, number, cookie_digest="digest", agent="?", now=NOW)
    fail(connection, number, times=4)

    assert not staff.is_locked(staff.one(connection, number), NOW)
    assert staff.one(connection, other).failed_attempts == 0


# Sessions -------------------------------------------------------------------------------------------------


def test_a_session_says_who_it_is_until_idle_or_too_old(connection: Connection) -> None:
    number = add(connection)
    staff.begin_session(connection, number, cookie_digest="digest", agent="?", now=NOW)

    def is_there(**passed: float) -> bool:
        return staff.session(connection, "digest", now=NOW + timedelta(**passed), **LIMITS) is not None

    assert is_there(hours=11, minutes=59)
    assert not is_there(hours=12)
    staff.touch(connection, "digest", NOW + timedelta(days=13, hours=23))
    assert is_there(days=13, hours=23, minutes=59)
    assert not is_there(days=14)


def test_sessions_that_nobody_can_go_on_with_are_not_listed_and_are_swept(connection: Connection) -> None:
    number = add(connection)
    for name, hours in (("old", 0), ("older", -1), ("young", 6), ("younger", 7)):
        staff.begin_session(connection, number, cookie_digest=name, agent="?", now=NOW + timedelta(hours=hours))
    now = NOW + timedelta(hours=13)

    listed = [one.digest for one in staff.sessions(connection, number, now=now, **LIMITS)]
    swept = staff.sweep_sessions(connection, seen_before=now - LIMITS["idle"])

    assert listed == ["younger", "young"]
    assert swept == 2
    assert staff.session(connection, "young", now=now, **LIMITS) is not None


def test_sessions_end_one_by_one_or_all_but_one_and_never_another_members(connection: Connection) -> None:
    number, other = add(connection), add(connection, "tu.tv")
    for name, whose in (("a", number), ("b", number), ("c", number), ("d", other)):
        staff.begin_session(connection, whose, cookie_digest=name, agent="?", now=NOW)

    staff.end_session(connection, "d", of=number)
    staff.end_session(connection, "a", of=number)
    assert digests(connection, number) == {"b", "c"}
    staff.end_sessions(connection, number, but="c")

    assert digests(connection, number) == {"c"}
    assert digests(connection, other) == {"d"}


def digests(connection: Connection, number: int) -> set[str]:
    return {one.digest for one in staff.sessions(connection, number, now=NOW, **LIMITS)}


# The chat that is somebody's own --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "after", "is_tied"),
    [
        pytest.param("BCDGHK", 29, True, id="as it was shown"),
        pytest.param("bcdghk", 0, True, id="in small letters"),
        pytest.param(" Bcdghk\n", 0, True, id="with spaces"),
        pytest.param("BCDGHL", 0, False, id="another code"),
        pytest.param("BCDGH", 0, False, id="cut"),
        pytest.param("", 0, False, id="nothing"),
        pytest.param("BCDGHK", 30, False, id="too late"),
    ],
)
def test_a_chat_is_tied_by_the_code(connection: Connection, written: str, after: int, is_tied: bool) -> None:
    number, chat = add(connection), person(connection)
    staff.offer_tie(connection, number, code="BCDGHK", until=NOW + 30 * MINUTE)

    answer = staff.tie_chat(connection, written, chat, NOW + after * MINUTE)

    assert answer is is_tied
    assert staff.one(connection, number).person_id == (chat if is_tied else None)
    assert [row.action for row in staff.audit(connection, Wanted(), limit=9)] == ["chat_tied"] * is_tied


def test_a_code_is_good_once(connection: Connection) -> None:
    number = add(connection)
    staff.offer_tie(connection, number, code="BCDGHK", until=NOW + MINUTE)

    first = staff.tie_chat(connection, "BCDGHK", person(connection, "1"), NOW)
    second = staff.tie_chat(connection, "BCDGHK", person(connection, "2"), NOW)

    assert (first, second) == (True, False)


def test_a_chat_is_one_members_and_a_member_has_one_chat(connection: Connection) -> None:
    sau, tu = add(connection), add(connection, "tu.tv")
    first, second = person(connection, "1"), person(connection, "2")

    def tie(number: int, chat: int) -> None:
        staff.offer_tie(connection, number, code="BCDGHK", until=NOW + MINUTE)
        assert staff.tie_chat(connection, "BCDGHK", chat, NOW)

    tie(sau, first)
    tie(tu, first)
    assert [staff.one(connection, number).person_id for number in (sau, tu)] == [None, first]
    tie(tu, second)

    assert [staff.one(connection, number).person_id for number in (sau, tu)] == [None, second]


def test_untying_also_ends_a_code_that_was_offered(connection: Connection) -> None:
    number, chat = add(connection), person(connection)
    staff.change(connection, number, person_id=chat)
    staff.offer_tie(connection, number, code="BCDGHK", until=NOW + MINUTE)

    staff.untie_chat(connection, number, NOW)

    assert staff.one(connection, number).person_id is None
    assert not staff.tie_chat(connection, "BCDGHK", chat, NOW)


def test_erasing_a_person_unties_his_chat(database: Database) -> None:
    with transaction(database) as connection:
        number, chat = add(connection), person(connection)
        staff.change(connection, number, person_id=chat)
        connection.execute(update(PERSON).where(PERSON.c.id == chat).values(erased_at=NOW))

    with transaction(database) as connection:
        assert people.sweep_erased(connection, NOW) == 1

    with reading(database) as connection:
        assert staff.one(connection, number).person_id is None


# What was done --------------------------------------------------------------------------------------------


def test_what_was_done_is_read_newest_first_with_who_did_it(connection: Connection) -> None:
    number = add(connection)

    staff.record(connection, staff_id=None, action="staff_added", subject="sau.tv", now=NOW)
    staff.record(connection, staff_id=number, action="signed_in", detail="Firefox, Android", now=NOW + MINUTE)
    staff.record(connection, staff_id=number, action="signed_out", now=NOW + 2 * MINUTE)

    rows = [tuple(row)[1:6] for row in staff.audit(connection, Wanted(), limit=2)]
    assert rows == [
        (NOW + 2 * MINUTE, "signed_out", "", "", "sau.tv"),
        (NOW + MINUTE, "signed_in", "", "Firefox, Android", "sau.tv"),
    ]
