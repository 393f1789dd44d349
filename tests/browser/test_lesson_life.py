"""The life of a change in a real Chromium: broken, told where, repaired, tried, published, met by residents, undone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.resident import begin, say
from tests.browser.test_writing_lessons import Server, Write, replace_on_page, server, signed_in, text_of, write

__all__ = ["server", "signed_in", "write"]

pytestmark = pytest.mark.browser

FILE = "lessons/library/vneid-la-gi.yaml"
OLD, NEW = "làm được ít việc.", "chỉ xem được ít thông tin."


@pytest.fixture
def visitors(server: Server, chromium: Browser) -> Iterator["Visitors"]:
    made = Visitors(server, chromium)
    yield made
    for page in made.pages:
        page.context.close()


class Visitors:
    """Residents on the web chat who begin the lesson."""

    def __init__(self, server: Server, chromium: Browser) -> None:
        self.server, self.chromium, self.pages = server, chromium, []

    def at_the_first_step(self) -> Page:
        context = self.chromium.new_context(viewport={"width": 360, "height": 740}, locale="vi-VN")
        page = context.new_page()
        self.pages.append(page)
        page.goto(self.server.url)
        begin(page)
        for text in ("dong y", "bac", "vneid la gi"):
            questions = page.locator(".choices").count()
            say(page, text)
            expect(page.locator(".choices")).not_to_have_count(questions)
        first = page.locator(".bot .text", has_text="VNeID là ứng dụng định danh quốc gia")
        if not first.count():  # the title was offered first
            say(page, "1")
        expect(first.first).to_be_visible()
        return page

    @staticmethod
    def reads(page: Page, words: str) -> None:
        """Goes on, and is told this at the second step."""
        say(page, "tiep")
        expect(page.locator(".bot .text", has_text="Tài khoản VNeID có hai mức").last).to_contain_text(words)


def publish(page: Page, reason: str) -> None:
    page.get_by_role("button", name="Kiểm tra").click()
    expect(page.get_by_role("status").first).to_contain_text("Đã kiểm xong, không có lỗi")
    for tick in page.get_by_label("Đúng, nói như vậy mới phải").all():
        tick.check()
    page.get_by_label("Vì sao đổi?").fill(reason)
    page.get_by_role("button", name="Đăng", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Đã đăng")


def test_a_change_is_broken_repaired_tried_published_and_taken_back(write: Write, visitors: Visitors) -> None:
    in_the_middle = visitors.at_the_first_step()
    page = write(FILE)
    before = text_of(page)

    replace_on_page(page, "minutes: 5", "minuts: 5")
    found = page.locator("#findings .found-error", has_text="“minuts”")
    expect(found).to_contain_text("Dòng 5")
    replace_on_page(page, "minuts: 5", "minutes: 5")
    expect(page.locator("#findings")).to_contain_text("Không có lỗi")
    replace_on_page(page, OLD, NEW)

    page.get_by_role("button", name="Bắt đầu chơi thử").click()
    log = page.get_by_role("log")
    expect(log).to_contain_text("VNeID là ứng dụng định danh quốc gia")
    log.get_by_role("button", name="Tiếp").first.click()
    expect(log).to_contain_text(NEW)

    page.get_by_role("button", name="Lưu nháp").click()
    expect(page.locator("#saved")).to_contain_text("Đã lưu nháp lúc")
    page.get_by_role("link", name="Đăng…").click()
    expect(page.get_by_role("main")).to_contain_text(NEW)
    publish(page, "Nói cho đúng với nghị định mới")

    visitors.reads(in_the_middle, OLD)
    page.wait_for_timeout(6_000)  # the server looks for new lessons every two seconds, and learns them
    visitors.reads(visitors.at_the_first_step(), NEW)

    page.goto(page.url.partition("/staff")[0] + f"/staff/lessons/history?file={FILE}")
    expect(page.get_by_text("Nói cho đúng với nghị định mới")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Lấy lại bản số")).last.click()
    page.goto(page.url.partition("/staff")[0] + f"/staff/lessons/edit/{FILE}")
    assert text_of(page) == before
    page.get_by_role("link", name="Đăng…").click()
    publish(page, "Lấy lại lời cũ")
    page.wait_for_timeout(6_000)
    visitors.reads(visitors.at_the_first_step(), OLD)
