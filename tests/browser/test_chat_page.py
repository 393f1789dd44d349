"""The web chat's page in a real browser: what residents see, press, type and lose the net over."""

import struct
import zlib
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ChatServer, Visit
from tests.browser.resident import begin, bubbles, heard, say

pytestmark = pytest.mark.browser

LONG_WORD = "https://dichvucong.gov.vn/" + "rat-dai-" * 30


def picture(path: Path) -> None:
    """A tall white PNG."""
    width, height = 540, 1170
    rows = b"".join(b"\0" + b"\xff" * width for _ in range(height))

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


# What it looks like -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("width", "height"),
    [
        pytest.param(320, 568, id="the smallest phone"),
        pytest.param(360, 740, id="a common phone"),
        pytest.param(640, 360, id="a laptop at 200 %"),
        pytest.param(320, 256, id="a laptop at 400 %"),
        pytest.param(1280, 800, id="a laptop"),
    ],
)
def test_nothing_needs_scrolling_sideways_at_any_size(
    visit: Visit, server: ChatServer, width: int, height: int
) -> None:
    picture(server.folder / "media" / "mot.png")
    page = visit(width, height).new_page()
    page.goto("/")
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) == 0

    begin(page)
    say(page, LONG_WORD)
    say(page, "ảnh")
    expect(page.get_by_alt_text("Màn hình VNeID")).to_be_visible()

    for size in range(1, 5):
        assert page.evaluate(overflow) == 0
        for button in page.get_by_role("button").all():
            box = button.bounding_box()
            if box is not None and box["width"] > 1:
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= width
        if size < 4:
            page.get_by_label("Chữ to hơn").click()


def test_everything_to_press_is_large_enough_for_a_thumb(page: Page, server: ChatServer) -> None:
    picture(server.folder / "media" / "mot.png")
    begin(page)
    say(page, "ảnh")
    expect(page.get_by_alt_text("Màn hình VNeID")).to_be_visible()

    boxes = [button.bounding_box() for button in page.locator("button:visible").all()]

    assert len(boxes) >= 8
    assert all(box is not None and box["height"] >= 44 and box["width"] >= 44 for box in boxes)


def test_text_is_at_least_18_pixels_and_its_size_is_kept(page: Page) -> None:
    begin(page)
    size = "parseFloat(getComputedStyle(document.querySelector('.text')).fontSize)"
    assert page.evaluate(size) == 18

    page.get_by_label("Chữ to hơn").click()
    larger = page.evaluate(size)
    page.reload()
    expect(page.locator(".text").first).to_be_visible()

    assert larger > 20
    assert page.evaluate(size) == larger


def test_words_of_others_never_become_markup(page: Page) -> None:
    begin(page)
    say(page, "<b>tôi</b>")
    say(page, "nguy hiểm")
    heard(page, "<img src=x onerror=alert(1)> javascript:alert(1) http://vneid.test https://vneid.gov.vn.")

    assert page.locator("#log img").count() == 0
    assert page.locator("#log b:not(.choice b)").count() == 0
    assert [link.get_attribute("href") for link in page.locator("#log a").all()] == [
        "https://vneid.gov.vn",
        "https://dichvucong.gov.vn/p/home",
    ]
    expect(page.locator("strong a")).to_have_text("https://vneid.gov.vn")


def test_a_long_answer_is_shown_from_its_beginning(page: Page) -> None:
    begin(page)
    say(page, "dài")
    heard(page, "\n".join(f"Dòng thứ {number}" for number in range(1, 61)))

    top = page.locator(".bot").last.bounding_box()
    head = page.locator("header").bounding_box()

    assert top is not None
    assert head is not None
    assert head["height"] <= top["y"] < head["height"] + 40
    page.get_by_role("button", name="Xuống dưới").click()
    expect(page.get_by_role("button", name="Xuống dưới")).to_be_hidden()


def test_a_picture_opens_in_full_and_closes_by_the_keyboard(page: Page, server: ChatServer) -> None:
    picture(server.folder / "media" / "mot.png")
    begin(page)
    say(page, "ảnh")
    small = page.get_by_role("button", name="Màn hình VNeID")

    small.click()
    expect(page.get_by_role("dialog", name="Ảnh phóng to")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(small).to_be_focused()


def test_a_picture_that_is_not_there_is_told_in_words(page: Page) -> None:
    begin(page)
    say(page, "ảnh")

    expect(page.get_by_text("Màn hình VNeID (Ảnh chưa tải được.)")).to_be_visible()


def test_the_page_asks_nobody_but_its_own_server(page: Page, server: ChatServer) -> None:
    begin(page)
    say(page, "nguy hiểm")
    expect(page.locator("#log a").first).to_be_visible()

    assert {address.split("/", 3)[2] for address in server.requests} == {f"127.0.0.1:{server.port}"}


# Talking ------------------------------------------------------------------------------------------------


def test_opening_shows_who_it_is_and_one_thing_to_press(page: Page) -> None:
    expect(page.get_by_role("heading", name="Chào mừng đến với Mưa Dầm")).to_be_visible()

    begin(page)

    assert bubbles(page) == ["Bắt đầu", "Dạ em chào bác!", "Điện thoại là loại nào ạ?"]
    expect(page.locator("#start")).to_be_hidden()
    expect(page.locator("#typing")).to_be_hidden()


def test_a_suggested_answer_sends_its_value_and_shows_its_words(page: Page) -> None:
    begin(page)

    page.get_by_role("button", name="2 iPhone").click()

    heard(page, "Em thấy nút 1.2")
    assert bubbles(page)[3:] == ["iPhone", "Em thấy nút 1.2"]


def test_answers_of_an_earlier_question_can_be_read_but_not_pressed(page: Page, server: ChatServer) -> None:
    begin(page)
    page.get_by_role("button", name="2 iPhone").click()
    heard(page, "Em thấy nút 1.2")
    say(page, "chọn")
    expect(page.locator(".choices")).to_have_count(2)

    old = page.locator(".choices").first.get_by_role("button", name="Android")
    expect(old).to_be_disabled()
    old.click(force=True)
    page.locator(".choices").last.get_by_role("button", name="1 Android").click()
    heard(page, "Em thấy nút 1.1")

    assert bubbles(page).count("Android") == 1
    expect(page.locator(".choices").first.locator(".chosen")).to_contain_text("iPhone")


def test_a_whole_conversation_by_keyboard_alone(page: Page) -> None:
    expect(page.get_by_role("button", name="Bắt đầu")).to_be_visible()

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Tới ô nhập tin")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Bắt đầu")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".choices")).to_be_visible()

    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="1 Android")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    heard(page, "Em thấy nút 1.2")
    expect(page.get_by_role("button", name="2 iPhone")).to_be_focused()

    for _ in range(4):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Gửi hình")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Tin nhắn")).to_be_focused()
    page.keyboard.type("xin")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("chào")
    page.keyboard.press("Enter")
    heard(page, "Em nghe: xin\nchào")
    expect(page.get_by_label("Tin nhắn")).to_be_focused()


def test_enter_belongs_to_the_input_method_while_it_composes(page: Page) -> None:
    begin(page)
    box = page.get_by_label("Tin nhắn")
    box.fill("chào")

    box.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True, "cancelable": True})
    box.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "bubbles": True, "cancelable": True})

    expect(box).to_have_value("chào")
    box.press("Enter")
    expect(box).to_have_value("")
    heard(page, "Em nghe: chào")


@pytest.mark.parametrize("name", ["Menu", "Quay lại", "Gặp người"])
def test_the_way_out_is_one_press_away(page: Page, name: str) -> None:
    begin(page)

    page.get_by_role("group", name="Lệnh nhanh").get_by_role("button", name=name).click()

    heard(page, f"Em nghe: {name.lower()}")


def test_a_text_that_is_too_long_stays_in_the_box(page: Page, server: ChatServer) -> None:
    begin(page)
    say(page, "ư" * 5_001)

    expect(page.locator("#banner")).to_contain_text("Tin dài quá")
    expect(page.get_by_label("Tin nhắn")).to_have_value("ư" * 5_001)
    say(page, "ư" * 5_000)
    heard(page, "Em nghe: " + "ư" * 5_000)
    expect(page.locator("#banner")).to_be_hidden()
    assert len(server.heard()) == 1


def test_a_screen_reader_finds_its_way(page: Page) -> None:
    begin(page)
    log = page.get_by_role("log", name="Cuộc trò chuyện")

    assert page.locator("html").get_attribute("lang") == "vi"
    expect(log).to_have_attribute("aria-live", "polite")
    expect(log).to_contain_text("Mưa Dầm: Dạ em chào bác!")
    expect(page.get_by_role("group", name="Câu trả lời gợi ý")).to_be_visible()
    expect(page.get_by_role("textbox", name="Tin nhắn")).to_be_visible()
    expect(page.get_by_role("button", name="Gửi hình")).to_be_visible()
    expect(page.get_by_role("button", name="Gửi", exact=True)).to_be_visible()
