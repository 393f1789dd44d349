"""A member on a phone and a resident on his: from "I want a person" to the lesson that goes on at its step."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser import member
from tests.browser.resident import begin, say
from tests.browser.test_staff_pages import Town, fits, phone, town

__all__ = ["phone", "town"]

pytestmark = pytest.mark.browser


@pytest.fixture
def resident(chromium: Browser, town: Town) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="vi-VN")
    page = context.new_page()
    page.goto(town.url)
    begin(page)
    for text in ("dong y", "bac", "hoc vneid"):
        questions = page.locator(".choices").count()
        say(page, text)
        expect(page.locator(".choices")).not_to_have_count(questions)
    yield page
    context.close()


def serious(page: Page) -> list[str]:
    """What axe finds that keeps somebody from using the page."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in ("serious", "critical")
    ]


def test_a_waiting_person_is_taken_answered_and_given_back(town: Town, phone: Page, resident: Page) -> None:
    member.join(phone, town.invited("sau", "Chị Sáu", "member"))
    phone.get_by_role("link", name="Người chờ").click()
    expect(phone.get_by_text("Chưa có ai chờ")).to_be_visible()
    assert serious(phone) == []
    say(resident, "gap nguoi")

    card = phone.get_by_role("link", name=re.compile("nhờ gặp người"))
    expect(card).to_be_visible()  # without a reload
    assert fits(phone)
    expect(phone).to_have_title(re.compile(r"^\(1\) Người chờ"))
    card.click()
    expect(phone.get_by_role("log")).to_contain_text("gap nguoi")
    assert fits(phone)
    assert serious(phone) == []
    phone.get_by_role("button", name="Nhận người này").click()
    phone.get_by_label("Trả lời").fill("Bác làm theo hình, xong bấm Tiếp nhé.")
    phone.get_by_role("button", name="Gửi trả lời").click()
    expect(phone.get_by_role("status")).to_contain_text("Đã gửi")
    expect(resident.locator(".bot .text", has_text="Bác làm theo hình")).to_contain_text("Chị Sáu")

    say(resident, "cam on chi")
    expect(phone.get_by_role("log")).to_contain_text("cam on chi")
    phone.get_by_role("button", name="Trả lại cho máy").click()

    expect(phone.get_by_role("status")).to_contain_text("Đã trả lại cho máy")
    expect(resident.locator(".bot .text").last).not_to_contain_text("Chị Sáu")
    expect(resident.locator(".bot .text", has_text="em là Mưa Dầm đây")).to_be_visible()
    expect(phone.get_by_text("Hôm nay đã xong 1 người")).to_be_visible()


def test_an_answer_is_written_and_sent_by_keyboard_alone(town: Town, phone: Page, resident: Page) -> None:
    member.join(phone, town.invited("sau", "Chị Sáu", "member"))
    say(resident, "gap nguoi")
    phone.goto(f"{town.url}/staff/waiting")
    card = phone.get_by_role("link", name=re.compile("nhờ gặp người"))
    expect(card).to_be_visible()

    card.focus()
    phone.keyboard.press("Enter")
    phone.get_by_role("button", name="Nhận người này").focus()
    phone.keyboard.press("Tab")
    phone.keyboard.type("Em nghe bác.")
    phone.keyboard.press("Tab")
    phone.keyboard.press("Enter")

    expect(resident.locator(".bot .text", has_text="Em nghe bác.")).to_be_visible()


def test_the_sound_is_off_until_it_is_wished(town: Town, phone: Page) -> None:
    member.join(phone, town.invited("sau", "Chị Sáu", "member"))
    phone.goto(f"{town.url}/staff/waiting")

    expect(phone.get_by_label("Kêu một tiếng")).not_to_be_checked()
    phone.get_by_label("Kêu một tiếng").check()
    phone.reload()

    expect(phone.get_by_label("Kêu một tiếng")).to_be_checked()
