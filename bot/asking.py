"""Which question of the FAQ a text asks, within a topic: surely, one of two, or none.

A small linear model for each topic, learnt from the ways in which its questions are asked and from the sentences
of their answers; a question counts only when a way of asking it is like the text. Knows no state.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.likeness import Phrases
from bot.linear import LinearModel
from lessons.schema import Question, QuestionList
from vietnamese.fold import fold_word
from vietnamese.spelling import standard_words

_LIKE, _LIKE_ENOUGH_TO_ASK = 0.3, 0.35  # least likeness of a way of asking, to be answered, to be asked about
_VERY_LIKE = 0.6  # the same for a text that asks nothing by its form
_SURE = 0.12  # by so much must the best share of the belief be ahead
_SAID, _SAID_AHEAD = 0.65, 0.15  # or a way of asking is this like the text, and by so much more than any other
_FEWEST_WORDS = 4  # of a sentence to learn from

_SENTENCE = re.compile(r"[.:;!?\n]")


@dataclass(frozen=True, slots=True)
class Asked:
    """The question that is asked, surely or most likely, and the second likely one, when it is not sure."""

    question: str
    other: str | None = None


class Questions:
    """The questions of a book; those of a topic are learnt when it is asked about for the first time."""

    def __init__(self, listed: Sequence[QuestionList]) -> None:
        self._listed = {one.topic: one.questions for one in listed}
        self._learnt: dict[str, _OfTopic] = {}

    def find(self, words: Sequence[str], *, topic: str, is_question: bool) -> Asked | None:
        """The question that the words (in common spelling) ask; None when none of them is near."""
        if topic not in self._listed:
            return None
        if topic not in self._learnt:
            self._learnt[topic] = _OfTopic(self._listed[topic])
        return self._learnt[topic].find(words, is_question=is_question)


class _OfTopic:
    def __init__(self, questions: Sequence[Question]) -> None:
        asked = [
            (question.id, tuple(standard_words(phrase)))
            for question in questions
            for phrase in (question.question, *question.asked_as)
        ]
        known = [(name, words) for name, words in asked if words]
        self._phrases = Phrases(known, whole_texts=(), subjects={}, place="")
        answers = [(words, question.id) for question in questions for words in _sentences(question)]
        self._model = LinearModel.learn([*((list(map(fold_word, words)), name) for name, words in known), *answers])

    def find(self, words: Sequence[str], *, is_question: bool) -> Asked | None:
        text = self._phrases.compared(words)
        likeness = {name: like for name, (like, _) in self._phrases.nearest(text, "").items()}
        least = _LIKE if is_question else _VERY_LIKE
        shares = self._model.belief(text.read).shares
        near = sorted((name for name, like in likeness.items() if like >= least), key=shares.__getitem__, reverse=True)
        if not near:
            return None
        best, *others = near
        second = max((share for name, share in shares.items() if name != best), default=0.0)
        next_like = max((like for name, like in likeness.items() if name != best), default=0.0)
        is_said = likeness[best] >= _SAID and likeness[best] - next_like >= _SAID_AHEAD
        if shares[best] - second >= _SURE or is_said:
            return Asked(best)
        is_near = likeness[best] >= _LIKE_ENOUGH_TO_ASK
        return Asked(best, others[0]) if others and is_question and is_near else None


def _sentences(question: Question) -> list[list[str]]:
    """The sentences of an answer as folded words, without the shortest."""
    parts = [standard_words(part) for part in _SENTENCE.split(question.answer)]
    return [list(map(fold_word, words)) for words in parts if len(words) >= _FEWEST_WORDS]
