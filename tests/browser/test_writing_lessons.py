"""The lesson editor in a real Chromium, on a phone of 360 px and a laptop: typing, being told, repairing, saving."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.browser.member import PASSWORD
from tests.conftest import ROOT

pytestmark = pytest.mark.browser

LIBRARY = "lessons/library"
#: How Chromium tells of a page that is answered so: the page itself is what is looked at.
ANSWERED = ("409 (Conflict)", "net::ERR_FAILED")

Write = Callable[..., Page]


@dataclass(frozen=True)
class Server:
    """`muadam serve` of its own; `command` runs muadam on the same data."""

    url: str
    environment: dict[str, str]

    def command(self, *words: str) -> str:
        command = [sys.executable, "-m", "muadam", *words]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, capture_output=True, text=True
        ).stdout


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    folder = tmp_path_factory.mktemp("editor")
    environment = {**os.environ, "MUADAM_DATA_DIR": str(folder), "MUADAM_PUBLIC_URL": url}
    command = [sys.executable, "-m", "muadam", "serve", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert "ready" in process.stdout.readline()
            yield Server(url, environment)
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def signed_in(server: Server, chromium: Browser) -> Callable[[str, str, str], dict]:
    """The cookies of a member, who chooses a password once."""
    known: dict[str, dict] = {}

    def cookies(login: str, name: str, role: str) -> dict:
        if login not in known:
            said = server.command("staff", "add", login, "--name", name, "--role", role, "--place", "vn")
            context = chromium.new_context(locale="vi-VN")
            page = context.new_page()
            page.goto(said.strip().splitlines()[-1])
            page.get_by_label("Mật khẩu mới").fill(PASSWORD)
            page.get_by_label("Gõ lại lần nữa").fill(PASSWORD)
            page.get_by_role("button", name="Lưu và vào").click()
            expect(page.get_by_role("navigation")).to_be_visible()
            known[login] = context.storage_state()
            context.close()
        return known[login]

    return cookies


@pytest.fixture
def write(server: Server, chromium: Browser, signed_in: Callable[[str, str, str], dict]) -> Iterator[Write]:
    """write(file, width=...) opens the editor as an author. What goes wrong on a page fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def opened(
        file: str, *, width: int = 1280, login: str = "soan", name: str = "Chị Soạn", role: str = "author", **options
    ) -> Page:
        cookies = signed_in(login, name, role)
        size = {"width": width, "height": 740 if width < 800 else 900}
        context = chromium.new_context(viewport=size, locale="vi-VN", storage_state=cookies, **options)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        context.on(
            "console",
            lambda said: (
                errors.append(said.text)
                if said.type in {"error", "warning"}
                and not any(code in said.text for code in ANSWERED)
                and not _is_chromiums_own(said)
                else None
            ),
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{server.url}/staff/lessons/edit/{file}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def _is_chromiums_own(said: ConsoleMessage) -> bool:
    """Words that are typed over others of another colour keep it, for Chromium's own editing, by an inline style; the
    policy drops it, CodeMirror never wanted it. A style of our pages has a line where it is written."""
    return "Applying inline style" in said.text and said.location["lineNumber"] == 0


def text_of(page: Page) -> str:
    return str(page.evaluate("window.lessonText()"))


def on_disk(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


def replace_on_page(page: Page, old: str, new: str) -> None:
    """Go to the words and type others over them, as somebody does."""
    text = text_of(page)
    before = text[: text.index(old)]
    content = page.locator(".cm-content")
    page.evaluate("line => window.goToLine(line)", before.count("\n") + 1)
    expect(content).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Home")
    for _ in range(len(before) - before.rfind("\n") - 1):
        page.keyboard.press("ArrowRight")
    for _ in old:
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.insert_text(new)


def accept(page: Page, key: str) -> None:
    """Take what is offered. CodeMirror lets keys that come within 75 ms of the offer be meant for the text."""
    page.wait_for_timeout(150)
    page.keyboard.press(key)
    expect(page.locator(".cm-tooltip-autocomplete")).to_have_count(0)


def serious(page: Page) -> list[str]:
    """What axe finds that keeps somebody from using the page."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("width", [360, 1280])
def test_a_broken_lesson_is_pointed_at_repaired_and_saved(write: Write, width: int) -> None:
    file = f"{LIBRARY}/{'scam-gio-dau' if width == 360 else 'bhyt-vssid'}.yaml"
    page = write(file, width=width)
    expect(page.locator("#findings")).to_contain_text("Không có lỗi")
    assert text_of(page) == on_disk(file)
    first = re.search(r"^(\s+)goto: ([\w-]+)$", on_disk(file), re.MULTILINE)
    line = on_disk(file)[: first.end()].count("\n") + 1

    replace_on_page(page, f"goto: {first[2]}", f"goto: {first[2]}x")

    found = page.locator("#findings .found-error").first
    expect(found).to_contain_text(f"Dòng {line}")
    expect(found).to_contain_text(f"Không có bước nào id là “{first[2]}x”")
    expect(found).to_contain_text("Gợi ý")
    expect(page.locator(".cm-lintRange-error").first).to_be_visible()
    expect(page.locator(".cm-lint-marker-error").first).to_be_visible()
    expect(page.locator("#graph .node.error").first).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert serious(page) == []

    page.evaluate("window.goToLine(1)")
    found.get_by_role("link", name=f"Dòng {line}").click()
    expect(page.locator(".cm-activeLine")).to_contain_text(f"goto: {first[2]}x")
    found.get_by_role("button", name=f"Đổi thành “{first[2]}”").click()
    expect(page.locator("#findings")).to_contain_text("Không có lỗi")
    assert text_of(page) == on_disk(file)

    replace_on_page(page, "owner: Tổ", "owner: Nhóm")
    expect(page.locator("#saved")).to_have_text("Chưa lưu")
    page.keyboard.press("Control+s")
    expect(page.locator("#saved")).to_contain_text("Đã lưu nháp lúc")
    expect(page.get_by_role("link", name="So sánh")).to_be_visible()
    page.reload()
    assert text_of(page) == on_disk(file).replace("owner: Tổ", "owner: Nhóm")
    assert "nháp của Chị Soạn" in page.locator("main").inner_text()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Bỏ nháp").click()
    expect(page.get_by_text("Đã bỏ nháp")).to_be_visible()
    assert text_of(page) == on_disk(file)


@pytest.mark.parametrize(
    "file", ["lessons/phrases.yaml", "lessons.yaml", "lessons/faq/dvc.yaml", f"{LIBRARY}/may-bo-nho.yaml"]
)
def test_files_go_through_the_editor_unchanged(write: Write, file: str) -> None:
    page = write(file)
    assert text_of(page) == on_disk(file)

    page.locator(".cm-content").click()
    page.keyboard.type("a")
    page.keyboard.press("Backspace")
    page.keyboard.press("Control+s")

    expect(page.locator("#saved")).to_contain_text("Không có gì đổi")
    assert text_of(page) == on_disk(file)


def test_the_keyboard_goes_in_and_out(write: Write) -> None:
    page = write(f"{LIBRARY}/may-bo-nho.yaml")
    page.get_by_text("Chữ của tệp", exact=True).click()
    expect(page.locator(".cm-content")).to_be_focused()

    page.keyboard.press("Tab")
    expect(page.locator(".cm-content")).to_be_focused()
    assert text_of(page).startswith("  ")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.locator("#save")).to_be_focused()

    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+z")
    assert text_of(page) == on_disk(f"{LIBRARY}/may-bo-nho.yaml")
    node = page.locator("#graph a[data-line]").nth(2)
    line = int(node.get_attribute("data-line"))
    node.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".cm-content")).to_be_focused()
    expect(page.locator(".cm-activeLine")).to_contain_text("- id:")
    expect(page.locator(".cm-activeLineGutter").first).to_contain_text(str(line))


@pytest.mark.parametrize("width", [360, 1280])
def test_what_may_be_written_is_proposed_by_the_schema(write: Write, width: int) -> None:
    page = write(f"{LIBRARY}/may-bo-nho.yaml", width=width)
    expect(page.locator("#findings")).to_contain_text("Không có lỗi")
    text = on_disk(f"{LIBRARY}/may-bo-nho.yaml")
    last_id = re.findall(r"(?m)^  - id: ([\w-]+)$", text)[-1]
    page.evaluate("window.goToLine(window.lessonText().split('\\n').length)")
    page.keyboard.press("Control+End")
    offered = page.locator(".cm-tooltip-autocomplete")

    page.keyboard.insert_text("  - id: thu\n    ")
    page.keyboard.type("sim")
    expect(offered).to_contain_text("simpler")
    if width > 360:
        expect(page.locator(".cm-completionInfo")).to_contain_text("Cách nói dễ hơn")
    accept(page, "Enter")
    page.keyboard.type("Chào {xung")
    expect(offered).to_contain_text("xung_ho")
    accept(page, "Tab")
    page.keyboard.insert_text("\n    goto: ")
    page.keyboard.press("Control+Space")
    expect(offered).to_contain_text(last_id)
    expect(offered).to_contain_text("end")
    page.keyboard.type(last_id[:4])
    accept(page, "Enter")
    page.keyboard.insert_text("\n    ")
    page.keyboard.press("Control+Space")
    expect(offered).to_contain_text("choices")
    assert "simpler" not in offered.locator("ul").inner_text().split()

    assert "    simpler: Chào {xung_ho}" in text_of(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_two_who_write_are_told_and_nothing_is_lost(write: Write) -> None:
    file = f"{LIBRARY}/bills-dien.yaml"
    mine, theirs = write(file), write(file, login="tu", name="Anh Tư", width=360)
    expect(theirs.locator("#others")).to_contain_text("Chị Soạn cũng đang mở bài này")
    replace_on_page(theirs, "owner: Tổ", "owner: Nhóm")
    theirs.get_by_role("button", name="Lưu nháp").click()
    expect(theirs.locator("#saved")).to_contain_text("Đã lưu nháp")

    replace_on_page(mine, "title: ", "title: Mình ")
    mine.keyboard.press("Control+s")

    expect(mine.get_by_role("alert").first).to_contain_text("Anh Tư đã lưu bản khác")
    expect(mine.locator(".diff")).to_contain_text("owner: Nhóm")
    assert text_of(mine) == on_disk(file).replace("title: ", "title: Mình ", 1)
    assert serious(mine) == []
    mine.once("dialog", lambda dialog: dialog.accept())
    mine.get_by_role("button", name="Lưu đè").click()
    expect(mine.get_by_text("Đã lưu nháp. Bà con chưa thấy")).to_be_visible()
    assert "title: Mình " in text_of(mine)


def test_words_that_are_not_saved_are_not_lost_by_a_slip(write: Write) -> None:
    page = write(f"{LIBRARY}/bhyt-di-kham.yaml")
    page.locator(".cm-content").click()
    page.keyboard.type("a")
    asked: list[str] = []

    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("link", name="Số liệu").click()

    expect(page.locator("#saved")).to_have_text("Chưa lưu")
    assert asked == ["beforeunload"]

    page.route("**/staff/lessons/save/**", lambda route: route.abort())
    page.keyboard.press("Control+s")
    expect(page.locator("#saved")).to_contain_text("Chưa lưu được")
    page.once("dialog", lambda dialog: (asked.append("again"), dialog.dismiss()))
    page.get_by_role("link", name="Số liệu").click()

    expect(page.locator(".cm-content")).to_be_visible()
    assert asked == ["beforeunload", "again"]


def test_without_a_script_a_plain_field_saves_the_same(write: Write) -> None:
    file = f"{LIBRARY}/bhyt-so-suc-khoe.yaml"
    page = write(file, width=360, java_script_enabled=False)
    area = page.get_by_label("Chữ của tệp")
    expect(area).to_be_visible()
    assert area.input_value() == on_disk(file)

    page.get_by_role("button", name="Lưu nháp").click()
    expect(page.get_by_text("Không có gì đổi")).to_be_visible()
    area.fill(on_disk(file).replace("owner: Tổ", "owner: Nhóm"))
    page.get_by_role("button", name="Lưu nháp").click()

    expect(page.get_by_text("Đã lưu nháp. Bà con chưa thấy")).to_be_visible()
    assert area.input_value() == on_disk(file).replace("owner: Tổ", "owner: Nhóm")


def test_who_only_reads_sees_and_changes_nothing(write: Write) -> None:
    file = f"{LIBRARY}/may-bo-nho.yaml"
    page = write(f"{file}#L12", login="doc", name="Anh Đọc", role="reviewer", width=360)
    expect(page.locator(".cm-activeLineGutter").first).to_contain_text("12")

    page.locator(".cm-content").click()
    page.keyboard.type("abc")
    page.keyboard.press("Control+s")

    assert text_of(page) == on_disk(file)
    expect(page.get_by_role("button", name="Lưu nháp")).to_have_count(0)
    expect(page.get_by_text("không sửa được")).to_be_visible()
    assert serious(page) == []
