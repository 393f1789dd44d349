"""What a resident does on the page and sees there, in the words of the tests."""

import re

from playwright.sync_api import Page, expect


def begin(page: Page) -> None:
    page.get_by_role("button", name="Bắt đầu").click()
    expect(page.locator(".choices")).to_be_visible()


def say(page: Page, text: str) -> None:
    page.get_by_label("Tin nhắn").fill(text)
    page.get_by_label("Tin nhắn").press("Enter")


def bubbles(page: Page) -> list[str]:
    """What stands on the page, both sides, without times and states."""
    return page.locator(".said .text").all_text_contents()


def heard(page: Page, text: str, *, within_seconds: float = 30) -> None:
    whole = re.compile(f"^{re.escape(text)}$")
    answer = page.locator(".bot .text", has_text=whole).last
    expect(answer).to_be_visible(timeout=within_seconds * 1000)
