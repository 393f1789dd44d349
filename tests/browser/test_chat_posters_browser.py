"""A poster in the page, in a real browser: its pages to print behind a button, and what an old one says."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import ChatServer
from tests.browser.resident import begin, heard, say

pytestmark = pytest.mark.browser


def test_the_pages_to_print_are_opened_beside_the_chat(page: Page, server: ChatServer) -> None:
    begin(page)
    say(page, "tờ dán")
    heard(page, "Tờ dán đây ạ.")
    button = page.get_by_role("link", name="Tải tờ in (PDF)")

    with page.expect_popup() as opened:
        button.click()

    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert box["x"] + box["width"] <= 360
    expect(opened.value).to_have_url(re.compile(r"/media/poster-[\w-]+\.pdf$"))
    expect(opened.value.get_by_role("heading")).to_have_text("Tờ dán này đã hết hạn")
    expect(page.get_by_text("Tờ dán đây ạ.")).to_be_visible()
    assert Axe().run(page).violations_count == 0
