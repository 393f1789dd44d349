"""How hard the library is to read: lengths of sentences and bubbles, one action a message, forms of address.

    python -m benchmarks.reading

Prints a Markdown table; docs/curriculum.md shows it. Counts what residents are sent: the texts of steps, their
simpler variants, feedback and help. A syllable is a word between spaces, as Vietnamese is written.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from statistics import mean, median, quantiles
from zoneinfo import ZoneInfo

from lessons.linter import lint
from lessons.loader import Library, load_files
from lessons.passages import Passage, passages
from lessons.rules_pace import BUBBLE_CHARS
from lessons.rules_words import MAX_CHARS

ROOT = Path(__file__).parent.parent
STEPS = {"say", "ask", "do", "quiz"}


def main() -> None:
    print(report(load_files(ROOT / "lessons.yaml", timezone=ZoneInfo("Asia/Ho_Chi_Minh"))))


def report(library: Library) -> str:
    """The table of the whole library."""
    said = [passage for edition in library.editions.values() for passage in passages(edition.lesson)]
    return "\n".join(
        ["| Đo gì | Kết quả |", "| --- | --- |", *(f"| {what} | {value} |" for what, value in _rows(library, said))]
    )


def _rows(library: Library, said: list[Passage]) -> Iterator[tuple[str, str]]:
    steps = [passage for passage in said if passage.kind in STEPS]
    simple = [passage for passage in said if passage.kind == "simpler"]
    for name, texts in (
        ("bước", steps),
        ("lời dễ hơn", simple),
        ("lời giảng, lời gỡ", _of(said, {"feedback", "help"})),
    ):
        words = [len(sentence.split()) for passage in texts for sentence in passage.sentences]
        chars = [len(passage.text) for passage in texts]
        yield f"Câu trong {name}: số tiếng (giữa, 9 trên 10 câu, dài nhất)", _spread(words)
        yield f"Tin {name}: số ký tự (giữa, 9 trên 10 tin, dài nhất)", _spread(chars)
    whole = [edition.lesson.steps for edition in library.editions.values()]
    have = mean(step.simpler is not None for lesson in whole for step in lesson)
    yield "Bước có lời dễ hơn", f"{have:.0%}"
    found = [finding.code for finding in lint(library, today=date(2026, 11, 22))]
    for code, what in (
        ("message_long", f"Tin dài hơn {MAX_CHARS} ký tự"),
        ("bubble_long", f"Lời ngắn dài hơn {BUBBLE_CHARS} ký tự"),
        ("no_simpler", f"Tin dài hơn {BUBBLE_CHARS} ký tự mà không có lời dễ hơn"),
        ("long_sentence", "Câu dài hơn 25 tiếng"),
        ("two_actions", "Bước làm có hơn một việc"),
        ("mixed_address", "Chỗ gọi người học khác cách họ chọn"),
        ("unexplained_word", "Chữ viết tắt, tiếng nước ngoài không giải thích"),
    ):
        yield what, str(found.count(code))


def _of(said: Iterable[Passage], kinds: set[str]) -> list[Passage]:
    return [passage for passage in said if passage.kind in kinds]


def _spread(values: list[int]) -> str:
    return f"{median(values):.0f}, {quantiles(values, n=10)[-1]:.0f}, {max(values)}"


if __name__ == "__main__":
    main()
