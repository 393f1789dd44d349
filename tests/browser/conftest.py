"""A real Chromium and a real server process with the echo chat."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.conftest import ROOT

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
STOP_SECONDS = 15

# How long something may take to appear on a machine that is busy with other tests: no measure of speed.
expect.set_options(timeout=30_000)


@dataclass
class ChatServer:
    """The echo chat in a process of its own, which can be stopped and started again at the same address."""

    folder: Path
    port: int
    process: "subprocess.Popen[str] | None" = None
    requests: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.webhooks.echo_chat", str(self.port), str(self.folder)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def stop(self) -> None:
        """SIGTERM; raises subprocess.TimeoutExpired when open pages keep the server alive."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.communicate(timeout=STOP_SECONDS)
            self.process = None

    def heard(self) -> list[str]:
        """Every text that the server has taken, in order."""
        with sqlite3.connect(self.folder / "echo.db") as connection:
            rows = connection.execute("SELECT text FROM inbox WHERE text IS NOT NULL ORDER BY rowid")
            return [text for (text,) in rows]

    def picture(self) -> bytes:
        """The picture that the server has taken first."""
        return (self.folder / "1.picture").read_bytes()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ChatServer]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "media").mkdir()
    made = ChatServer(tmp_path, port)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


Visit = Callable[..., BrowserContext]


@pytest.fixture
def visit(chromium: Browser, server: ChatServer) -> Iterator[Visit]:
    """A visitor of his own: visit(width, height) gives his browser. An error on a page fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def make(width: int = 360, height: int = 740, **options: Any) -> BrowserContext:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            base_url=server.url,
            **options,
        )
        context.on("weberror", lambda error: errors.append(str(error.error)))
        context.on("request", lambda request: server.requests.append(request.url))
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(visit: Visit) -> Page:
    """A phone of 360 by 740 on which the chat was opened."""
    opened = visit().new_page()
    opened.goto("/")
    return opened
