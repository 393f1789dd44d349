"""An author tries a lesson out in a real Chromium: on a phone of 360 px and on a laptop, and by keyboard alone."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.member import PASSWORD
from tests.conftest import ROOT

pytestmark = pytest.mark.browser

LESSON = "/staff/lessons/trial/lessons/library/vneid-kich-hoat.yaml"
WIDTHS = [pytest.param(360, id="phone"), pytest.param(1280, id="laptop")]


@pytest.fixture(scope="module")
def author(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[tuple[str, Path]]:
    """The address of a running server, and the cookies of an author who is signed in."""
    folder = tmp_path_factory.mktemp("trial")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "MUADAM_DATA_DIR": str(folder), "MUADAM_PUBLIC_URL": url}
    muadam = [sys.executable, "-m", "muadam"]
    server = [*muadam, "serve", "--port", str(port)]
    with subprocess.Popen(server, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert "ready" in process.stdout.readline()
            added = [*muadam, "staff", "add", "ba", "--name", "Cô Ba", "--role", "author", "--place", "31687"]
            said = subprocess.run(added, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout
            context = chromium.new_context(locale="vi-VN")
            page = context.new_page()
            page.goto(said.strip().splitlines()[-1])
            page.get_by_label("Mật khẩu mới").fill(PASSWORD)
            page.get_by_label("Gõ lại lần nữa").fill(PASSWORD)
            page.get_by_role("button", name="Lưu và vào").click()
            expect(page.get_by_role("link", name="Tôi")).to_be_visible()
            context.storage_state(path=folder / "cookies.json")
            context.close()
            yield url, folder / "cookies.json"
        finally:
            process.terminate()


@pytest.fixture
def opened(author: tuple[str, Path], chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page of the trial; what goes wrong on it fails the test, but for what the server refuses on purpose."""
    url, cookies = author
    context = chromium.new_context(
        viewport={"width": getattr(request, "param", 360), "height": 740},
        locale="vi-VN",
        base_url=url,
        storage_state=cookies,
    )
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on(
        "console", lambda said: errors.append(said.text) if said.type == "error" and "422" not in said.text else None
    )
    page = context.new_page()
    page.goto(LESSON)
    yield page
    context.close()
    assert errors == []


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def no_serious_finding(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    serious = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]
    assert serious == []


@pytest.mark.parametrize("opened", WIDTHS, indirect=True)
def test_a_lesson_is_tried_with_phone_clock_and_a_step_back(opened: Page) -> None:
    page = opened
    log = page.get_by_role("log")
    page.get_by_role("button", name="Bắt đầu chơi thử").click()
    expect(log).to_contain_text("Kích hoạt VNeID mức 2")
    first = page.locator("[data-where] strong").inner_text()

    log.get_by_role("button", name="Tiếp").first.click()
    expect(page.locator("[data-where] strong")).not_to_have_text(first)
    page.get_by_label("Bà con gõ gì?").fill("asdf qwer zxcv")
    page.get_by_label("Bà con gõ gì?").press("Enter")
    expect(log).to_contain_text("Máy không hiểu câu vừa gõ.")
    assert fits(page)
    no_serious_finding(page)

    page.get_by_role("button", name="Quay lại một bước").click()
    expect(log).not_to_contain_text("Máy không hiểu câu vừa gõ.")
    page.get_by_role("button", name="+3 ngày").click()
    expect(log).to_contain_text("Máy tự nhắn lúc")
    page.get_by_label("Điện thoại của bà con").select_option("iphone")
    expect(log).not_to_contain_text("Máy tự nhắn lúc")
    expect(page.locator("[data-where] strong")).to_have_text(first)
    assert fits(page)


@pytest.mark.parametrize("opened", WIDTHS, indirect=True)
def test_wandering_residents_report_what_they_met(opened: Page) -> None:
    page = opened
    page.get_by_role("button", name="Cho bà con đi thử").click()

    expect(page.get_by_text("Không ai bị kẹt.")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Số người đi 40"))).to_be_visible()
    page.locator("summary", has_text="Xem người").click()
    assert fits(page)
    assert page.evaluate("document.documentElement.scrollHeight") < 5_000, "conversations scroll in their own box"
    no_serious_finding(page)
    page.get_by_role("button", name="Cho 40 người khác đi thử").click()
    expect(page.get_by_role("status")).to_contain_text("Bà con đi xong rồi")


def test_a_lesson_is_tried_by_keyboard_alone(opened: Page) -> None:
    page = opened
    page.get_by_role("button", name="Bắt đầu chơi thử").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Bà con gõ gì?")).to_be_focused()
    first = page.locator("[data-where] strong").inner_text()

    page.keyboard.type("1")
    page.keyboard.press("Enter")
    expect(page.locator("[data-where] strong")).not_to_have_text(first)
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="4. Chưa làm mức 2")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("[data-where]")).to_have_text("Đang ở bài khác: Đi làm VNeID mức 2.")


def test_a_broken_lesson_says_where_and_goes_on_when_it_is_repaired(opened: Page) -> None:
    page = opened
    page.get_by_role("button", name="Bắt đầu chơi thử").click()
    log = page.get_by_role("log")
    expect(log).to_contain_text("Kích hoạt VNeID mức 2")
    page.evaluate("""() => {
        const source = document.getElementById("trial-source").value;
        let text = source.replace("steps:", "stepz:");
        window.lessonText = () => text;
        window.repair = () => { text = source; };
        window.goToLine = (line) => { window.wentTo = line; };
    }""")

    page.get_by_label("Bà con gõ gì?").fill("1")
    page.get_by_label("Bà con gõ gì?").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text(re.compile("Bài đang có lỗi ở dòng [0-9]+"))
    expect(page.get_by_label("Bà con gõ gì?")).to_have_value("1")

    page.evaluate("window.repair()")
    page.get_by_label("Bà con gõ gì?").press("Enter")
    expect(page.get_by_role("alert")).to_be_hidden()
    line = page.get_by_role("button", name=re.compile("tới dòng"))
    line.click()
    assert f"tới dòng {page.evaluate('window.wentTo')}" == line.inner_text()
