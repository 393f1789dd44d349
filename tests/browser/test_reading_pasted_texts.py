"""An editor on a phone of 360 px reads what a resident pasted and lets her read, and tries a draft of the signs."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from storage import lesson_drafts
from storage.database import connect, transaction
from tests.browser import member
from tests.browser.resident import begin, say
from tests.browser.test_answering_people import serious
from tests.browser.test_staff_pages import Town, fits, phone, town
from tests.conftest import ROOT

__all__ = ["phone", "town"]

pytestmark = pytest.mark.browser

SIGNS = "lessons/scam_signs.yaml"
PASTED = "Quý khách vui lòng xác minh hộ khẩu điện tử tại https://ho-khau-xanh-do-tim-vang.example/" + "a" * 60


def paste(page: Page, url: str) -> None:
    page.goto(url)
    begin(page)
    for text in ("dong y", "bac", PASTED):
        questions = page.locator(".choices").count()
        say(page, text)
        expect(page.locator(".choices")).not_to_have_count(questions)
    page.get_by_role("button", name=re.compile("Được$")).last.click()
    expect(page.locator(".bot .text", has_text="ĐỪNG DÙNG TIN CỦA TÔI")).not_to_have_count(0)


def draft_a_sign(town: Town) -> None:
    """What an editor would have saved: one more sign, of a trick nobody knew."""
    text = (ROOT / SIGNS).read_text(encoding="utf-8")
    sign = (
        "\n  - id: ho-khau-dien-tu\n    level: danger\n    words: [hộ khẩu điện tử]\n"
        '    reason: "Không có hộ khẩu điện tử nào phải xác minh: {words}."\n    advice: %s\n    source: Công an xã\n'
    )
    [advice] = re.findall(r"(?m)^advice:\n  ([a-z0-9-]+):", text)
    database = connect(f"sqlite:///{Path(town.environment['MUADAM_DATA_DIR']) / 'muadam.db'}")
    with transaction(database) as connection:
        changed = text.replace("\nsigns:", "\nsigns:" + sign % advice, 1)
        now = datetime.now(UTC)
        lesson_drafts.save(connection, SIGNS, changed, base="", revision=0, staff_id=1, now=now)
    database.close()


def test_an_editor_reads_what_was_pasted_and_tries_a_draft_on_it(town: Town, phone: Page, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="vi-VN")
    paste(context.new_page(), town.url)
    context.close()
    member.join(phone, town.invited("sau", "Chị Sáu", "author", "member"))
    phone.get_by_role("link", name="Bài học").click()
    phone.get_by_role("link", name="Tin bà con nhờ xem").click()

    card = phone.get_by_role("article")
    expect(card).to_have_count(1)
    expect(card).to_contain_text(PASTED)
    assert fits(phone)
    assert serious(phone) == []

    draft_a_sign(town)
    phone.get_by_role("link", name="Tất cả").click()
    phone.get_by_role("link", name="Nháp nói khác").click()
    expect(card).to_contain_text("Không có hộ khẩu điện tử nào phải xác minh")
    assert fits(phone)
    assert serious(phone) == []
    phone.get_by_role("link", name="Thêm dấu hiệu").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Dấu hiệu lừa đảo")
