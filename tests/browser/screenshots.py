"""The pictures of the README: a resident's first minutes, taken from a running server with its real lessons.

python -m tests.browser.screenshots --url http://127.0.0.1:8000 --out docs/images
"""

import argparse
import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.conftest import CHROMIUM

PHONE = {"width": 390, "height": 780}
SMALL_PHONE = {"width": 320, "height": 640}
LAPTOP = {"width": 1280, "height": 800}


def open_chat(browser: Browser, url: str, viewport: dict[str, int], *, scale: float) -> Page:
    context = browser.new_context(
        viewport=viewport,  # type: ignore[arg-type]
        device_scale_factor=scale,
        locale="vi-VN",
        timezone_id="Asia/Ho_Chi_Minh",
    )
    page = context.new_page()
    page.goto(url)
    expect(page.get_by_role("button", name="Bắt đầu")).to_be_visible()
    return page


def answer(page: Page, *, text: str) -> None:
    """Type an answer, and wait until the next question can be answered."""
    questions = page.locator(".choices").count()
    page.get_by_label("Tin nhắn").fill(text)
    page.get_by_label("Tin nhắn").press("Enter")
    wait_for_answer(page, questions)


def press(page: Page, label: str) -> None:
    """Press a suggested answer of the newest question by its label."""
    questions = page.locator(".choices").count()
    page.locator(".choices").last.get_by_role("button", name=re.compile(label)).first.click()
    wait_for_answer(page, questions)


def wait_for_answer(page: Page, questions: int) -> None:
    expect(page.locator(".choices")).not_to_have_count(questions)
    expect(page.locator("#typing")).to_be_hidden()


def shoot(page: Page, out: Path, name: str) -> None:
    page.evaluate("document.activeElement.blur()")
    page.screenshot(path=out / f"{name}.png", animations="disabled")


def begin_lesson(page: Page) -> None:
    """From the first button to the first steps of the activation lesson, typed as residents type."""
    page.get_by_role("button", name="Bắt đầu").click()
    wait_for_answer(page, 0)
    answer(page, text="dong y")
    press(page, "Bác")


def take(browser: Browser, url: str, out: Path) -> None:
    phone = open_chat(browser, url, PHONE, scale=2)
    shoot(phone, out, "chat-start")
    begin_lesson(phone)
    shoot(phone, out, "chat-menu")
    answer(phone, text="kich hoat vneid")
    for _ in range(2):
        press(phone, ".")
    shoot(phone, out, "chat-lesson")

    small = open_chat(browser, url, SMALL_PHONE, scale=2)
    begin_lesson(small)
    for _ in range(3):
        small.get_by_label("chữ to hơn").click()
    small.get_by_role("button", name="Xuống dưới").click()
    shoot(small, out, "chat-large-text")

    laptop = open_chat(browser, url, LAPTOP, scale=1)
    begin_lesson(laptop)
    answer(laptop, text="tra tien dien nuoc")
    shoot(laptop, out, "chat-laptop")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        take(browser, given.url, given.out)
        browser.close()


if __name__ == "__main__":
    main()
