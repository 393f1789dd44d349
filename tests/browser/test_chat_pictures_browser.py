"""Pictures in the page, in a real browser: picked, made smaller, sent, shown, and sent again when the net was away."""

import io
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import FilePayload, Page, Request, Route, expect

from tests.browser.conftest import ChatServer, Visit
from tests.browser.resident import begin, heard, say

pytestmark = pytest.mark.browser

JPEG_SEEN = r"Em thấy hình: b'\xff\xd8\xff'"


def picture(width: int = 640, height: int = 480, *, kind: str = "png", name: str = "ma.png") -> FilePayload:
    kept = io.BytesIO()
    Image.effect_noise((width, height), 60).convert("RGB").save(kept, kind)
    return {"name": name, "mimeType": f"image/{kind}", "buffer": kept.getvalue()}


def show(page: Page, file: FilePayload) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Gửi hình").click()
    chooser.value.set_files(file)


def posted(page: Page, file: FilePayload) -> Request:
    with page.expect_request("**/chat/pictures") as request:
        show(page, file)
    return request.value


@pytest.mark.parametrize(
    ("width", "height", "sent"),
    [
        pytest.param(640, 480, (640, 480), id="small"),
        pytest.param(3000, 1500, (2000, 1000), id="large"),
        pytest.param(1000, 4000, (500, 2000), id="tall"),
    ],
)
def test_a_picture_leaves_no_larger_than_it_must(
    page: Page, server: ChatServer, width: int, height: int, sent: tuple[int, int]
) -> None:
    begin(page)
    request = posted(page, picture(width, height))
    heard(page, JPEG_SEEN)

    assert request.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(server.picture()), formats=["JPEG"]).size == sent


def test_what_the_camera_wrote_into_a_picture_stays_on_the_phone(page: Page, server: ChatServer) -> None:
    kept, exif = io.BytesIO(), Image.Exif()
    exif[0x010F] = "NAME-OF-THE-CAMERA"
    Image.new("RGB", (300, 300), "white").save(kept, "jpeg", exif=exif)
    begin(page)

    show(page, {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": kept.getvalue()})
    heard(page, JPEG_SEEN)

    assert b"NAME-OF-THE-CAMERA" in kept.getvalue()
    assert b"NAME-OF-THE-CAMERA" not in server.picture()


def test_the_resident_sees_his_picture_and_later_that_there_was_one(page: Page) -> None:
    begin(page)
    show(page, picture())
    heard(page, JPEG_SEEN)
    expect(page.get_by_role("img", name="Hình của mình")).to_be_visible()
    expect(page.locator(".mine").last).to_contain_text("Đã gửi")

    page.reload()

    expect(page.locator(".mine .text").last).to_have_text("Hình đã gửi")
    heard(page, JPEG_SEEN)
    assert page.locator(".mine canvas").count() == 0


def test_a_form_that_the_browser_cannot_show_is_sent_as_it_is(page: Page, server: ChatServer) -> None:
    begin(page)
    request = posted(page, {"name": "a.webp", "mimeType": "image/webp", "buffer": b"RIFF" + bytes(500)})

    heard(page, "Em thấy hình: b'RIF'")
    assert request.headers["content-type"] == "image/webp"
    expect(page.locator(".mine .text").last).to_have_text("Hình đã gửi")


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        pytest.param(
            {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"},
            "Em chưa mở được hình này",
            id="no picture",
        ),
        pytest.param(
            {"name": "a.png", "mimeType": "image/png", "buffer": bytes(10 * 1024 * 1024 + 1)},
            "Hình nặng quá",
            id="huge",
        ),
    ],
)
def test_what_cannot_be_sent_is_said_kindly_and_costs_no_data(
    page: Page, server: ChatServer, file: FilePayload, sentence: str
) -> None:
    begin(page)
    show(page, file)
    expect(page.locator("#banner")).to_contain_text(sentence)
    assert not [url for url in server.requests if url.endswith("/chat/pictures")]

    show(page, picture())
    heard(page, JPEG_SEEN)
    expect(page.locator("#banner")).to_be_hidden()


def test_without_a_net_a_picture_waits_and_leaves_by_itself(page: Page, server: ChatServer) -> None:
    begin(page)
    server.stop()
    show(page, picture())
    expect(page.get_by_role("button", name="Chưa gửi được")).to_be_visible()
    say(page, "chữ đi trước")

    server.start()

    heard(page, JPEG_SEEN)
    heard(page, "Em nghe: chữ đi trước")
    expect(page.get_by_role("button", name="Chưa gửi được")).to_have_count(0)
    assert page.locator(".bot .text", has_text="Em thấy hình").count() == 1


def test_too_many_pictures_hold_no_words_back(page: Page) -> None:
    def refuse(route: Route) -> None:
        route.fulfill(status=429, headers={"Retry-After": "360"}, json={"code": "too_many_pictures", "error": ""})

    begin(page)
    page.route("**/chat/pictures", refuse)
    show(page, picture())
    expect(page.locator(".mine .problem").last).to_contain_text("Chờ ít phút")

    say(page, "vẫn nhắn được")
    heard(page, "Em nghe: vẫn nhắn được")


def test_the_same_picture_may_be_picked_twice(page: Page) -> None:
    begin(page)
    show(page, picture())
    heard(page, JPEG_SEEN)
    show(page, picture())

    expect(page.locator(".bot .text", has_text="Em thấy hình")).to_have_count(2)


def test_a_picture_is_sent_by_the_keyboard_alone(page: Page) -> None:
    begin(page)
    page.get_by_label("Tin nhắn").focus()
    page.keyboard.press("Shift+Tab")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(picture())

    heard(page, JPEG_SEEN)


@pytest.mark.parametrize(("width", "height"), [(320, 568), (320, 256), (1280, 800)])
def test_pictures_fit_every_screen_and_every_reader(visit: Visit, width: int, height: int, tmp_path: Path) -> None:
    page = visit(width, height).new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto("/")
    begin(page)
    show(page, picture(900, 1600))
    heard(page, JPEG_SEEN)

    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) == 0
    box = page.get_by_role("button", name="Gửi hình").bounding_box()
    assert box is not None
    assert box["width"] >= 44 <= box["height"]
    assert Axe().run(page).response["violations"] == []
    assert said == []  # nothing that the page's content security policy forbids
