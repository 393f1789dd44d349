"""The pictures of the staff pages in the documents, taken from a running server on which nobody has written yet.

python -m tests.browser.staff_screenshots --link ONE_TIME_LINK --out docs/images

The link is one of `muadam staff add`, of an operator for the commune of Tài Văn (31687). Residents come by themselves.
The server may ask tests.fakes.open_meteo.
"""

import argparse
import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import member
from tests.browser.conftest import CHROMIUM
from tests.browser.resident import begin, say
from tests.browser.screenshots import shoot


def top(page: Page) -> None:
    page.evaluate("window.scrollTo(0, 0)")


def resident(browser: Browser, url: str, *texts: str) -> None:
    """Somebody who says these things on the web chat, and leaves it."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="vi-VN")
    page = context.new_page()
    page.goto(url)
    begin(page)
    for text in texts:
        heard = page.locator(".bot .text").count()
        say(page, text)
        expect(page.locator(".bot .text")).not_to_have_count(heard)
    context.close()


def take_waiting(browser: Browser, page: Page, url: str, out: Path) -> None:
    resident(browser, url, "dong y", "bac", "hoc vneid", "1", "tiep", "chỗ này bác chưa hiểu", "gap nguoi")
    resident(browser, url, "dong y", "co", "toi bi lua roi")
    resident(browser, url, "dong y", "co", "dang ky thoi tiet xa tai van can tho trong lua", "chua biet")
    page.goto(f"{url}/staff/waiting")
    page.get_by_role("link", name=re.compile("đang bị lừa")).wait_for()
    shoot(page, out, "staff-waiting")
    page.get_by_role("link", name=re.compile("nhờ gặp người")).click()
    page.get_by_role("button", name="Nhận người này").click()
    page.get_by_label("Trả lời").fill("Bác đọc tới bước hai mức, chưa hiểu chỗ nào thì nói em nghe nhé.")
    page.get_by_role("heading", name=re.compile("Người số")).evaluate("(one) => one.scrollIntoView()")
    shoot(page, out, "staff-conversation")


def take_editor(browser: Browser, page: Page, url: str, out: Path) -> None:
    cookies = page.context.storage_state()
    context = browser.new_context(viewport={"width": 1280, "height": 860}, locale="vi-VN", storage_state=cookies)
    laptop = context.new_page()
    laptop.goto(f"{url}/staff/lessons/edit/lessons/library/vneid-kich-hoat.yaml")
    laptop.get_by_role("button", name="Bắt đầu chơi thử").click()
    laptop.get_by_role("log").get_by_role("button", name="Tiếp").first.wait_for()
    laptop.evaluate("window.goToLine(40)")
    laptop.evaluate("window.scrollTo(0, 0)")
    laptop.wait_for_timeout(1_500)
    laptop.screenshot(path=out / "staff-editor.png")
    context.close()


def take(browser: Browser, link: str, out: Path) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, device_scale_factor=2, locale="vi-VN")
    page = context.new_page()
    member.join(page, link)
    url = link.partition("/staff/")[0]
    take_waiting(browser, page, url, out)
    take_editor(browser, page, url, out)
    page.goto(f"{url}/staff/bulletins")
    member.draft(page, crop="Lúa", ask="Anh Tư, khuyến nông xã")
    member.judge(page, keep=2)
    page.get_by_label("Tuần này trời thế nào").scroll_into_view_if_needed()
    page.locator("#suggestions").evaluate("(part) => part.scrollIntoView()")
    shoot(page, out, "staff-text")
    member.save_and_preview(page)
    page.locator(".bubble img").first.evaluate("(picture) => picture.decode()")
    top(page)
    shoot(page, out, "staff-preview")
    page.get_by_role("link", name="Xong, sang phần gửi").click()
    page.get_by_role("heading", name="Ai sẽ nhận").wait_for()
    top(page)
    shoot(page, out, "staff-send")
    page.go_back()
    member.send(page)
    page.wait_for_timeout(5_000)
    top(page)
    shoot(page, out, "staff-report")
    context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--link", required=True)
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        take(browser, given.link, given.out)
        browser.close()


if __name__ == "__main__":
    main()
