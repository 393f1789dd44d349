"""A member on a phone of 360 px and a farmer on his: from the forecast to what the farmer says of the bulletin."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import member
from tests.browser.resident import begin, say
from tests.conftest import HANOI, ROOT
from tests.fakes.open_meteo import FakeOpenMeteo

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Town:
    """`muadam serve` with a forecast service beside it; `command` runs muadam on the same data."""

    url: str
    weather: FakeOpenMeteo
    environment: dict[str, str]

    def command(self, *words: str) -> str:
        command = [sys.executable, "-m", "muadam", *words]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, capture_output=True, text=True
        ).stdout

    def invited(self, login: str, name: str, *roles: str) -> str:
        """The one-time link of a new member for the commune of Tài Văn."""
        told = [word for role in roles for word in ("--role", role)]
        said = self.command("staff", "add", login, "--name", name, *told, "--place", "31687")
        return said.strip().splitlines()[-1]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with FakeOpenMeteo(today=datetime.now(HANOI).date()) as weather:
        environment = {
            **os.environ,
            "MUADAM_DATA_DIR": str(tmp_path),
            "MUADAM_WEATHER_API_URL": weather.url,
            "MUADAM_PUBLIC_URL": url,
        }
        command = [sys.executable, "-m", "muadam", "serve", "--port", str(port)]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                assert "ready" in process.stdout.readline()
                yield Town(url, weather, environment)
            finally:
                process.terminate()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """A member's small phone; what goes wrong on a page fails the test."""
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="vi-VN")
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on(
        "console", lambda said: errors.append(said.text) if said.type == "error" and "422" not in said.text else None
    )
    yield context.new_page()
    context.close()
    assert errors == []


@pytest.fixture
def farmer(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="vi-VN")
    yield context.new_page()
    context.close()


def subscribe(page: Page, url: str) -> None:
    page.goto(url)
    begin(page)
    for text in ("dong y", "bac", "dang ky thoi tiet xa tai van can tho trong lua"):
        questions = page.locator(".choices").count()
        say(page, text)
        expect(page.locator(".choices")).not_to_have_count(questions)
    if page.locator(".bot .text").last.inner_text().count("giai đoạn"):
        say(page, "chua biet")
    expect(page.locator(".bot .text", has_text="Dạ em ghi rồi")).not_to_have_count(0)


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= 360"))


def test_a_member_makes_and_sends_a_bulletin_and_hears_back(town: Town, phone: Page, farmer: Page) -> None:
    subscribe(farmer, town.url)
    member.join(phone, town.invited("sau", "Chị Sáu", "member"))

    member.draft(phone, crop="Lúa", ask="Anh Tư, khuyến nông xã")
    assert fits(phone)
    member.judge(phone, keep=1)
    phone.get_by_label("Việc nên làm, thứ nhất").fill("Thăm ruộng sáng sớm.")
    member.save_and_preview(phone)
    assert fits(phone)
    expect(phone.locator(".bubble").first).to_contain_text("Thăm ruộng sáng sớm.")
    expect(phone.locator(".bubble img").first).to_have_js_property("complete", value=True)
    member.send(phone)
    expect(phone.locator("#progress")).to_contain_text("Đã gửi")
    assert fits(phone)

    bulletin = farmer.locator(".bot", has_text="Thăm ruộng sáng sớm.")
    expect(bulletin.first).to_be_visible()
    farmer.get_by_role("button", name="Đã rõ").last.click()
    expect(farmer.locator(".bot .text").last).to_contain_text(re.compile("[Cc]ảm ơn"))
    phone.reload()
    expect(phone.locator("#progress")).to_contain_text(re.compile("đã rõ\\s*1"))


def test_what_was_typed_survives_somebody_elses_change_and_a_slip(town: Town, phone: Page, chromium: Browser) -> None:
    member.join(phone, town.invited("sau", "Chị Sáu", "member"))
    member.draft(phone, crop="Lúa", ask="Anh Tư")
    address = phone.url.partition("?")[0]
    link = town.invited("tu", "Anh Tư", "leader")
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="vi-VN")
    other = context.new_page()
    member.join(other, link)
    other.goto(address)
    other.get_by_label("Nước và mặn").fill("Nước lớn giữa tuần.")
    other.get_by_role("button", name="Lưu thôi").click()
    expect(other.get_by_role("status")).to_contain_text("Đã lưu")
    context.close()

    phone.get_by_label("Sâu bệnh cần để ý").fill("Rầy nâu trứng nở.")
    phone.get_by_role("button", name="Lưu thôi").click()

    expect(phone.get_by_role("alert")).to_contain_text("Có người vừa sửa")
    expect(phone.get_by_label("Sâu bệnh cần để ý")).to_have_value("Rầy nâu trứng nở.")
    expect(phone.get_by_text("Người kia viết: Nước lớn giữa tuần.")).to_be_visible()
    phone.get_by_label("Nước và mặn").fill("Nước lớn giữa tuần.")
    phone.get_by_role("button", name="Lưu thôi").click()
    expect(phone.get_by_role("status")).to_contain_text("Đã lưu")


def test_a_service_that_is_away_leaves_a_draft_to_be_written_by_hand(town: Town, phone: Page) -> None:
    town.weather.faults.extend(["http_500"] * 8)
    member.join(phone, town.invited("sau", "Chị Sáu", "member"))

    member.draft(phone, crop="Lúa", ask="Anh Tư")

    expect(phone.get_by_text("Chưa lấy được dự báo")).to_be_visible()
    phone.get_by_label("Tuần này trời thế nào").fill("Tuần này có mưa rào.")
    if phone.locator("#suggestions .card").count():
        member.judge(phone, keep=0)
    member.save_and_preview(phone)
    expect(phone.locator(".bubble").first).to_contain_text("Tuần này có mưa rào.")


def test_drafts_are_prepared_by_a_schedule_that_shows_its_next_runs(town: Town, phone: Page) -> None:
    member.join(phone, town.invited("sau", "Chị Sáu", "member"))
    phone.get_by_role("link", name="Hẹn giờ").click()

    phone.get_by_label("Bản tin cho xã nào?").fill("tai van can tho")
    phone.get_by_label("thứ Hai").check()
    phone.get_by_label("thứ Năm").check()
    phone.get_by_role("button", name="Hẹn", exact=True).click()

    expect(phone.get_by_role("status")).to_contain_text("Đã hẹn")
    card = phone.locator(".card", has_text="Xã Tài Văn")
    expect(card).to_contain_text(re.compile("Ba lần tới: 05:30 thứ (Hai|Năm) .*; 05:30 .*; 05:30"))
    assert fits(phone)
    phone.once("dialog", lambda dialog: dialog.accept())
    card.get_by_role("button", name="Bỏ hẹn").click()
    expect(phone.get_by_text("Chưa hẹn lần nào.")).to_be_visible()
