"""Nothing is lost or doubled on the page: reloads, tabs, a net that goes, a server that restarts."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.conftest import ChatServer, Visit
from tests.browser.resident import begin, bubbles, heard, say

pytestmark = pytest.mark.browser


def test_a_reload_keeps_the_conversation(page: Page) -> None:
    begin(page)
    page.get_by_role("button", name="2 iPhone").click()
    heard(page, "Em thấy nút 1.2")
    say(page, "xin chào")
    heard(page, "Em nghe: xin chào")
    before = bubbles(page)

    page.reload()
    heard(page, "Em nghe: xin chào")

    # The first button is not words of the resident: only what was said is there again.
    assert bubbles(page) == before[1:]
    expect(page.locator(".chosen")).to_contain_text("iPhone")
    expect(page.locator("#start")).to_be_hidden()


def test_two_tabs_show_the_same(page: Page) -> None:
    begin(page)
    second = page.context.new_page()
    second.goto("/")
    heard(second, "Điện thoại là loại nào ạ?")

    say(page, "từ tab một")
    heard(second, "Em nghe: từ tab một")
    say(second, "từ tab hai")
    heard(page, "Em nghe: từ tab hai")

    expected = ["từ tab một", "Em nghe: từ tab một", "từ tab hai", "Em nghe: từ tab hai"]
    assert bubbles(page)[-4:] == expected
    assert bubbles(second)[-4:] == expected


def test_a_tab_that_was_open_before_the_first_word_wakes_up(page: Page) -> None:
    second = page.context.new_page()
    second.goto("/")
    expect(second.get_by_role("button", name="Bắt đầu")).to_be_visible()

    begin(page)

    heard(second, "Điện thoại là loại nào ạ?")


def test_the_page_comes_back_after_a_restart_of_the_server(page: Page, server: ChatServer) -> None:
    begin(page)

    server.stop()
    expect(page.locator("#banner")).to_contain_text("Mất kết nối")
    say(page, "viết lúc mất mạng")
    expect(page.locator(".mine").last).to_contain_text("Chưa gửi được")
    server.start()

    heard(page, "Em nghe: viết lúc mất mạng")
    expect(page.locator("#banner")).to_be_hidden()
    say(page, "sau đó")
    heard(page, "Em nghe: sau đó")
    assert server.heard() == ["viết lúc mất mạng", "sau đó"]


def test_what_is_typed_offline_arrives_once_and_in_order(page: Page, server: ChatServer) -> None:
    begin(page)

    page.context.set_offline(True)
    for text in ("một", "hai", "ba tin"):
        say(page, text)
    expect(page.get_by_role("button", name="Chưa gửi được. Bấm để gửi lại")).to_be_visible()
    page.context.set_offline(False)

    heard(page, "Em nghe: ba tin")
    assert server.heard() == ["một", "hai", "ba tin"]
    expect(page.locator(".mine").last).to_contain_text("Đã gửi")


def test_what_was_not_delivered_outlives_a_reload(page: Page, server: ChatServer) -> None:
    begin(page)
    page.route("**/chat/messages", lambda route: route.abort())
    say(page, "đừng quên em")
    expect(page.locator(".mine").last).to_contain_text("Chưa gửi được")

    page.unroute("**/chat/messages")
    page.reload()

    heard(page, "Em nghe: đừng quên em")
    assert server.heard() == ["đừng quên em"]
    assert bubbles(page).count("đừng quên em") == 1


def test_a_lost_acknowledgement_does_not_double_the_message(page: Page, server: ChatServer) -> None:
    begin(page)
    lost: list[str] = []

    def lose_the_first_answer(route: Route) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch().text())
            route.abort()

    page.route("**/chat/messages", lose_the_first_answer)
    say(page, "chỉ một lần")

    expect(page.locator(".mine").last).to_contain_text("Đã gửi")
    heard(page, "Em nghe: chỉ một lần")
    assert server.heard() == ["chỉ một lần"]
    assert bubbles(page).count("Em nghe: chỉ một lần") == 1


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [(503, "busy", "Chưa gửi được"), (429, "too_many", "Chưa gửi được"), (400, "malformed", "không gửi được")],
)
def test_a_refusal_is_told_kindly(page: Page, status: int, code: str, words: str) -> None:
    begin(page)
    refusal = f'{{"error": "no", "code": "{code}"}}'
    page.route("**/chat/messages", lambda route: route.fulfill(status=status, body=refusal))

    say(page, "xin chào")

    expect(page.locator(".mine").last).to_contain_text(words)


def test_a_message_that_breaks_the_server_does_not_hold_back_the_next(page: Page, server: ChatServer) -> None:
    begin(page)

    def break_on_one(route: Route) -> None:
        if "hỏng" in (route.request.post_data or ""):
            route.fulfill(status=500, body="Internal Server Error")
        else:
            route.continue_()

    page.route("**/chat/messages", break_on_one)
    say(page, "câu hỏng")
    say(page, "câu lành")

    heard(page, "Em nghe: câu lành", within_seconds=10)
    expect(page.locator(".mine", has_text="câu hỏng")).to_contain_text("không gửi được")
    assert server.heard() == ["câu lành"]


def test_what_was_erased_leaves_the_screen(page: Page) -> None:
    begin(page)
    page.get_by_role("button", name="1 Android").click()
    heard(page, "Em thấy nút 1.1")

    say(page, "xóa")
    heard(page, "Em nghe: xóa")

    assert bubbles(page) == ["xóa", "Em nghe: xóa"]


def test_blocked_cookies_are_named(visit: Visit, server: ChatServer) -> None:
    context: BrowserContext = visit()
    page = context.new_page()
    strip = {"set-cookie": ""}

    def without_cookie(route: Route) -> None:
        answer = route.fetch()
        context.clear_cookies()
        route.fulfill(response=answer, headers={**answer.headers, **strip})

    page.route(re.compile("/chat/messages|/chat/history|/$"), without_cookie)
    page.goto("/")
    context.clear_cookies()
    page.get_by_role("button", name="Bắt đầu").click()

    expect(page.locator("#banner")).to_contain_text("chặn cookie")
