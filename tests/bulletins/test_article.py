"""A bulletin as an article for everybody who follows an account: all of it, within limits, and who may ask for it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from bot.messages import Message, to_json
from bulletins import article, desk, release
from bulletins.article import MOST_AUTHOR, MOST_DESCRIPTION, MOST_TITLE, Number
from bulletins.chat import sections
from bulletins.content import Content, Suggestion
from bulletins.release import ReleaseError
from storage import accounts, articles, bulletins
from storage.articles import ClaimedArticle
from storage.database import Database, transaction
from tests.bulletins.test_chat import BARE, DATA_LINE, WARNING, bulletin, contents, squashed
from tests.conftest import HANOI, NOW


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


# What it says ---------------------------------------------------------------------------------------------


def test_an_article_says_all_of_a_bulletin_under_a_title_that_names_the_place() -> None:
    made = article.article(bulletin(warning=WARNING), picture_name="bulletin-7.png")

    assert made.title == "Bản tin thời tiết nông vụ: xã Tài Văn, 23-29/11"
    assert made.description.startswith("xã Tài Văn, 23-29/11: có cảnh báo chính thức; mưa vừa")
    assert made.author == "Trần Văn Minh"
    assert made.picture == "bulletin-7.png"
    assert made.blocks[:4] == (
        "CẢNH BÁO CHÍNH THỨC",
        "Trong 24 giờ tới, Nam Bộ có mưa rào và dông, có nơi trên 80 mm/24h.",
        "Gió giật cấp 6-7.",
        "Nguồn: Đài KTTV thành phố Cần Thơ, 14 giờ 30 ngày 22/11/2026",
    )
    assert "Việc nên làm tuần này" in made.blocks
    assert "2. Thăm ruộng mỗi sáng." in made.blocks
    assert "Nước và mặn: Độ mặn ở vàm 0,3‰, đo 7 giờ 30 ngày 21/11." in made.blocks
    assert made.blocks[-2] == DATA_LINE
    assert "nơi khác nhắn THỜI TIẾT" in made.blocks[-1]


def test_suggestions_that_were_kept_are_said_and_others_are_not() -> None:
    given_ = [
        Suggestion(id="a", kind="pest", text="Thăm rầy nâu.", source="Cục Bảo vệ thực vật", verdict="kept"),
        Suggestion(id="b", kind="pest", text="Rải vôi.", source="Cục Bảo vệ thực vật", verdict="dropped"),
    ]

    said = "\n".join(article.article(bulletin(suggestions=tuple(given_))).blocks)

    assert "Thăm rầy nâu." in said
    assert "Rải vôi." not in said


def test_a_bulletin_for_everybody_sends_nobody_elsewhere() -> None:
    made = article.article(bulletin(place="vn", place_name="cả nước", **BARE))

    assert "nơi khác" not in "\n".join(made.blocks)
    assert made.author == "cả nước"


def test_a_place_of_many_words_is_cut_in_the_title_and_stands_whole_in_the_text() -> None:
    place = "xã " + "Thạnh Mỹ Hưng " * 30 + "tỉnh An Giang"

    made = article.article(bulletin(place_name=place, approved_by=""), correction="Mưa thứ Sáu.")

    assert made.title.startswith("Đính chính. Bản tin thời tiết nông vụ: xã Thạnh Mỹ Hưng")
    assert made.title.endswith("…, 23-29/11")
    assert MOST_TITLE - 20 < units(made.title) <= MOST_TITLE
    assert any(place in block for block in made.blocks)
    assert made.blocks[0] == "Mưa thứ Sáu."


@given(content=contents(), correction=st.sampled_from(["", "**Đính chính bản tin trước.** Mưa thứ Sáu."]))
def test_nothing_is_lost_and_nothing_is_too_long(content: Content, correction: str) -> None:
    made = article.article(content, correction=correction)

    assert 0 < units(made.title) <= MOST_TITLE
    assert 0 < units(made.author) <= MOST_AUTHOR
    assert 0 < units(made.description) <= MOST_DESCRIPTION
    assert all(block.strip() and "\n" not in block for block in made.blocks)
    said = squashed("".join(made.blocks)).replace("*", "")
    for section in sections(content):
        for line in section.lines:
            assert squashed(line).replace("*", "") in said


# Asking for it --------------------------------------------------------------------------------------------


class Office:
    """A database with an account that broadcasts, and bulletins in any state."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.now = NOW
        self.account = accounts.put(connection, channel="zalo-oa", external_id="oa", articles_per_month=2)

    def bulletin(self, *, state: str = "sending", **columns: Any) -> int:
        made = bulletins.add(
            self.connection,
            place="31528",
            content=bulletin(warning=WARNING).model_dump_json(),
            author="Chị Sáu",
            now=self.now,
        )
        released = {"released_at": self.now, "valid_until": self.now + timedelta(days=7)} if state != "draft" else {}
        bulletins.change(self.connection, made, only_in=("draft",), state=state, **(released | columns))
        return made

    def ask(self, bulletin_id: int, account: int | None = None) -> Number:
        account = self.account if account is None else account
        return article.ask(self.connection, bulletin_id, account, by="Chị Sáu", now=self.now, zone=HANOI)

    def settle(self, bulletin_id: int, state: str) -> None:
        """What a loop would write of it."""
        claimed = articles.claim(self.connection, now=self.now, by="me", lease=timedelta(minutes=1), limit=9)
        row = next(one for one in claimed if one.bulletin_id == bulletin_id)
        articles.mark(self.connection, row, by="me", state=state)


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    with transaction(database) as connection:
        yield Office(connection)


def refused(office: Office, bulletin_id: int, account: int | None = None) -> str:
    with pytest.raises(ReleaseError) as error:
        office.ask(bulletin_id, account)
    return error.value.code


@pytest.mark.parametrize("state", ["sending", "paused", "done"])
def test_a_bulletin_that_went_out_may_be_asked_for_once(office: Office, state: str) -> None:
    bulletin_id = office.bulletin(state=state)

    assert office.ask(bulletin_id) == Number(used=1, of=2)

    assert refused(office, bulletin_id) == "article_asked_already"
    [row] = articles.of_bulletin(office.connection, bulletin_id)
    assert (row.state, row.month, row.asked_by, row.due_at) == ("creating", "2026-11", "Chị Sáu", NOW)
    assert row.title == "Bản tin thời tiết nông vụ: xã Tài Văn, 23-29/11"


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        pytest.param({"state": "draft"}, "not_released", id="a draft"),
        pytest.param({"state": "withdrawn"}, "not_released", id="withdrawn"),
        pytest.param({"state": "cancelled"}, "not_released", id="cancelled"),
        pytest.param({"corrected_by": 9}, "corrected_already", id="corrected"),
        pytest.param({"valid_until": NOW}, "article_too_late", id="not valid any more"),
    ],
)
def test_a_bulletin_that_nobody_should_read_is_not_broadcast(
    office: Office, columns: dict[str, Any], code: str
) -> None:
    bulletin_id = office.bulletin(**columns)

    assert refused(office, bulletin_id) == code
    assert articles.of_bulletin(office.connection, bulletin_id) == []


def test_an_account_broadcasts_only_where_it_was_allowed(office: Office) -> None:
    silent = accounts.put(office.connection, channel="zalo-oa", external_id="other")

    assert refused(office, office.bulletin(), silent) == "articles_off"
    assert refused(office, office.bulletin(), 99) == "articles_off"
    assert refused(office, 99) == "unknown"


def test_the_months_number_is_never_exceeded_and_an_unknown_one_counts(office: Office) -> None:
    first, second, third = (office.bulletin() for _ in range(3))
    office.ask(first)
    office.settle(first, "unknown")
    office.ask(second)

    assert refused(office, third) == "articles_used_up"

    office.now = datetime(2026, 11, 30, 17, 0, tzinfo=NOW.tzinfo)  # midnight in Vietnam
    bulletins.change(office.connection, third, only_in=("sending",), valid_until=office.now + timedelta(days=1))
    assert office.ask(third) == Number(used=1, of=2)


@pytest.mark.parametrize("state", ["refused", "cancelled"])
def test_one_that_came_to_nothing_uses_nothing_up_and_may_be_asked_for_again(office: Office, state: str) -> None:
    bulletin_id = office.bulletin()
    office.ask(bulletin_id)
    office.settle(bulletin_id, state)

    assert office.ask(bulletin_id) == Number(used=1, of=2)

    [row] = articles.of_bulletin(office.connection, bulletin_id)
    assert (row.state, row.reason) == ("creating", "")


def test_the_correction_of_an_article_that_people_read_says_so_first(office: Office) -> None:
    wrong = office.bulletin()
    opening = to_json(Message("**Đính chính bản tin trước.** Mưa thứ Sáu."))
    office.ask(wrong)
    office.settle(wrong, "sent")
    right = office.bulletin(corrects=wrong, opening=opening)
    other = office.bulletin(corrects=office.bulletin(), opening=opening)
    accounts.change(office.connection, office.account, articles_per_month=4)

    office.ask(right)
    office.ask(other)

    claimed = articles.claim(office.connection, now=office.now, by="me", lease=timedelta(minutes=1), limit=9)
    by_bulletin = {one.bulletin_id: one.article for one in claimed}
    assert by_bulletin[right].title.startswith("Đính chính. ")
    assert by_bulletin[right].blocks[0] == "Đính chính bản tin trước. Mưa thứ Sáu."
    assert not by_bulletin[other].title.startswith("Đính chính")


# Rows -----------------------------------------------------------------------------------------------------


def claimed_by(office: Office, name: str) -> list[ClaimedArticle]:
    return articles.claim(office.connection, now=office.now, by=name, lease=timedelta(minutes=1), limit=9)


def test_a_claim_is_one_process_own_until_its_lease_ends(office: Office) -> None:
    office.ask(office.bulletin())

    [mine] = claimed_by(office, "one")
    assert claimed_by(office, "two") == []
    office.now += timedelta(minutes=1)
    [theirs] = claimed_by(office, "two")

    assert not articles.mark(office.connection, mine, by="one", state="checking")
    assert articles.mark(office.connection, theirs, by="two", state="checking")


def test_a_process_that_was_given_up_may_still_say_what_became_of_its_broadcast(office: Office) -> None:
    bulletin_id = office.bulletin()
    office.ask(bulletin_id)
    office.settle(bulletin_id, "broadcasting")
    [row] = claimed_by(office, "slow")
    office.now += timedelta(minutes=1)

    assert len(articles.give_up_broadcasts(office.connection, office.now)) == 1
    assert claimed_by(office, "other") == []
    assert articles.of_bulletin(office.connection, bulletin_id)[0].state == "unknown"

    assert articles.mark(office.connection, row, by="slow", reason="token_refused")
    assert articles.of_bulletin(office.connection, bulletin_id)[0].state == "broadcasting"


def test_release_and_desk_are_what_decides_that_a_bulletin_is_over(office: Office) -> None:
    bulletin_id = office.bulletin()
    office.ask(bulletin_id)

    release.move(office.connection, bulletin_id, "withdraw")

    [row] = claimed_by(office, "one")
    assert row.bulletin_state == desk.read(office.connection, bulletin_id)[0].state == "withdrawn"
