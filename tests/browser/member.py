"""What a team member does on the staff pages, in the words of the tests."""

import re

from playwright.sync_api import Page, expect

PASSWORD = "ruong lua xanh 2026"


def join(page: Page, link: str) -> None:
    """Choose a password by the one-time link."""
    page.goto(link)
    page.get_by_label("Mật khẩu mới").fill(PASSWORD)
    page.get_by_label("Gõ lại lần nữa").fill(PASSWORD)
    page.get_by_role("button", name="Lưu và vào").click()
    expect(page.get_by_role("heading", name="Bản tin thời tiết")).to_be_visible()


def draft(page: Page, *, crop: str, ask: str) -> None:
    """Begin a bulletin for the place that is proposed."""
    page.get_by_role("link", name="Soạn bản tin mới").click()
    expect(page.get_by_label("Bản tin cho xã nào?")).to_have_value(re.compile("Tài Văn"))
    page.get_by_label(crop, exact=True).check()
    page.get_by_label("Bà con cần hỏi thì hỏi ai?").fill(ask)
    page.get_by_role("button", name="Soạn nháp").click()
    expect(page.get_by_role("link", name="1. Viết")).to_have_attribute("aria-current", "step")


def judge(page: Page, *, keep: int) -> None:
    """Keep the first suggestions, drop the others."""
    cards = page.locator("#suggestions .card")
    for nth in range(cards.count()):
        verdict = "Giữ" if nth < keep else "Bỏ"
        button = cards.nth(nth).get_by_role("button", name=verdict)
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#suggestions")).to_contain_text("Đã chọn hết")


def save_and_preview(page: Page) -> None:
    page.get_by_role("button", name="Lưu và xem trước").click()
    expect(page.get_by_role("link", name="2. Xem")).to_have_attribute("aria-current", "step")


def send(page: Page) -> None:
    """From the preview to the report; at night a reason is given."""
    page.get_by_role("link", name="Xong, sang phần gửi").click()
    expect(page.get_by_role("heading", name="Ai sẽ nhận")).to_be_visible()
    reason = page.get_by_label("Gấp vì sao?")
    if not reason.is_visible():
        page.locator("summary", has_text="Gửi cho ai").click()
    reason.fill("Bài thử chạy giờ nào cũng được")
    reason.press("Tab")
    expect(page.locator("#plan")).to_contain_text("gấp")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name=re.compile("^Gửi cho")).click()
    expect(page.get_by_role("progressbar")).to_be_visible()
