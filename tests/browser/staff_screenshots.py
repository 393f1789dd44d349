"""The pictures of docs/bulletins.md: a member's road from the forecast to the report, taken from a running server.

python -m tests.browser.staff_screenshots --link ONE_TIME_LINK --out docs/images

The link is one of `muadam staff add`, for the commune of Tài Văn (31687). The server may ask tests.fakes.open_meteo.
"""

import argparse
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import member
from tests.browser.conftest import CHROMIUM
from tests.browser.screenshots import shoot


def top(page: Page) -> None:
    page.evaluate("window.scrollTo(0, 0)")


def take(browser: Browser, link: str, out: Path) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, device_scale_factor=2, locale="vi-VN")
    page = context.new_page()
    member.join(page, link)
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
