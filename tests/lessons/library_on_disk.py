"""A small library without a fault, written out where a test may break it, and its findings."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from lessons.findings import Finding
from lessons.linter import lint
from lessons.loader import Library, load_files
from lessons.sentences import Labels, Sentences

HERE = Path(__file__).parent
TODAY = date(2026, 11, 22)
TIMEZONE = ZoneInfo("Asia/Ho_Chi_Minh")
LESSON = "lessons/library/bai.yaml"
PHRASES = "lessons/phrases.yaml"


def write_clean(root: Path) -> Path:
    """The clean library under `root`; its phrases hold every sentence that the schema asks for."""
    shutil.copytree(HERE / "clean", root, dirs_exist_ok=True)
    phrases = root / PHRASES
    phrases.write_text(phrases.read_text(encoding="utf-8") + "\n".join(_sentences()) + "\n", encoding="utf-8")
    return root


def load(root: Path) -> Library:
    return load_files(root / "lessons.yaml", timezone=TIMEZONE)


def findings(root: Path) -> list[Finding]:
    return lint(load(root), today=TODAY)


def _sentences() -> Iterator[str]:
    yield "say:"
    yield from (f"  {name}: Câu số {nth} của em." for nth, name in enumerate(Sentences.model_fields))
    yield "labels:"
    yield from (f"  {name}: {{label: Nút số {nth}}}" for nth, name in enumerate(Labels.model_fields))
