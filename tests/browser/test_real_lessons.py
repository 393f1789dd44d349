"""A stranger and the program itself: he types without accents, leaves in the middle, comes back, finishes."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.resident import begin, bubbles, say
from tests.conftest import ROOT

pytestmark = pytest.mark.browser

MOST_ANSWERS = 80


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The address of `muadam serve` with a database of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "muadam", "serve", "--port", str(port)]
    environment = {**os.environ, "MUADAM_DATA_DIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert "ready" in process.stdout.readline()
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()


def answer(page: Page, text: str) -> None:
    """Type, and wait until the answer is there whole: its last bubble says what may be answered."""
    questions = page.locator(".choices").count()
    say(page, text)
    expect(page.locator(".choices")).not_to_have_count(questions)


def finish(page: Page, *, answers: int) -> bool:
    """Answer with numbers, with the next one where the question stays; is the lesson finished?"""
    number, before = 1, ""
    for _ in range(answers):
        question = page.locator(".bot").last.inner_text()
        number = number % 4 + 1 if question == before else 1
        before = question
        answer(page, str(number))
        if any("Xong bài Kích hoạt" in text for text in bubbles(page)):
            return True
    return False


def test_a_stranger_learns_to_the_end_by_typing_without_accents(chromium: Browser, address: str) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="vi-VN")
    page = context.new_page()
    page.goto(address)
    begin(page)
    for text in ("dong y", "bac", "kich hoat vneid"):
        answer(page, text)
    assert not finish(page, answers=3)
    middle = bubbles(page)
    page.close()

    page = context.new_page()
    page.goto(address)
    expect(page.locator(".bot .text").last).to_have_text(re.compile(re.escape(middle[-1][:40])))

    assert finish(page, answers=MOST_ANSWERS)
    context.close()
