"""How well a question of the FAQ is found when it is asked in a way that was not written down.

    .venv/bin/python -m benchmarks.questions

Of every question one way of asking it is left out and then asked, over as many rounds as --rounds says: it is
answered, asked back with two questions, or not found. Among the questions of its own topic only: whether the
topic is understood is measured by benchmarks.understanding. Nobody's words are read but those of lessons/faq.
"""

import argparse
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.asking import Questions
from bot.matching import words_of
from lessons.loader import load_files
from lessons.schema import QuestionList


def main() -> None:
    """Ask, count, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=4, help="ways of asking that are left out in turn")
    rounds = parser.parse_args().rounds
    library = load_files(Path("lessons.yaml"), timezone=ZoneInfo("Asia/Ho_Chi_Minh"))
    counts = Counter(
        outcome for nth in range(rounds) for listed in library.faq.values() for outcome in asked(listed, nth)
    )
    total = counts.total()
    answered, back = counts["answered"] + counts["answered wrong"], counts["asked back"] + counts["asked back wrong"]
    print(f"questions asked: {total}")
    print(f"answered: {_share(answered, total)}; right: {_share(counts['answered'], answered)}")
    print(f"asked back with two: {_share(back, total)}; one of them right: {_share(counts['asked back'], back)}")
    print(f"not found, the lessons are named: {_share(counts['not found'], total)}")


def asked(listed: QuestionList, nth: int) -> list[str]:
    """What becomes of every question of a topic when its way of asking number `nth` is not known."""
    kept, left_out = [], []
    for question in listed.questions:
        at = nth % len(question.asked_as) if question.asked_as else 0
        left_out += [(question.id, phrase) for phrase in question.asked_as[at : at + 1]]
        kept.append(question.model_copy(update={"asked_as": question.asked_as[:at] + question.asked_as[at + 1 :]}))
    questions = Questions([listed.model_copy(update={"questions": tuple(kept)})])
    return [_outcome(questions, listed.topic, name, phrase) for name, phrase in left_out]


def _outcome(questions: Questions, topic: str, name: str, phrase: str) -> str:
    found = questions.find(words_of(phrase), topic=topic, is_question=True)
    if found is None:
        return "not found"
    if found.other is None:
        return "answered" if found.question == name else "answered wrong"
    return "asked back" if name in {found.question, found.other} else "asked back wrong"


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / max(1, whole):.0f} %)"


if __name__ == "__main__":
    main()
