"""What every test stands on: no network but loopback, a database of its own, the real library of lessons."""

import socket
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings

from lessons.loader import Library, load_files
from lessons.schema import Book
from storage.database import Database, connect, migrate

ROOT = Path(__file__).parent.parent
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)  # ten in the morning in Vietnam
TODAY = date(2026, 11, 22)

# The gate says the same twice; `pytest --hypothesis-profile=explore` looks for what nobody has seen yet.
settings.register_profile("gate", derandomize=True)
settings.register_profile("explore", print_blob=True)
settings.load_profile("gate")

_connect = socket.socket.connect


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that tries to leave the machine fails, whatever it would have asked for."""

    def connect_locally(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else address
        if self.family != socket.AF_UNIX and host not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {host}")
        _connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", connect_locally)


@pytest.fixture(scope="session")
def library() -> Library:
    return load_files(ROOT / "lessons.yaml", timezone=HANOI)


@pytest.fixture(scope="session")
def book(library: Library) -> Book:
    assert library.book is not None, library.problems
    return library.book


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = connect(f"sqlite:///{tmp_path / 'muadam.db'}")
    migrate(made)
    yield made
    made.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write the transcripts of lessons anew")
