"""Whether a text asks for something: by its question mark, a question word, or "không" at its end.

Knows no lesson and no bot. Source: the interrogatives of Vietnamese, those of the regions in common spelling.
"""

from collections.abc import Sequence

from vietnamese.fold import fold, fold_word, folded_words

_ASKING = folded_words("gì nào sao nhiêu")
_ASKING_TOGETHER = tuple(
    fold(words)
    for words in (
        "ở đâu",
        "bao giờ",
        "bao lâu",
        "bao xa",
        "mấy giờ",
        "mấy ngày",
        "mấy tuổi",
        "mấy tiền",
        "số mấy",
        "ai được",
        "là ai",
        "hay là",
    )
)
_ENDING = folded_words("không chưa")
_AFTER_THE_END = folded_words("ạ vậy hả em con cháu bạn ad nhỉ ta bác mình anh chị chú cô")


def is_question(words: Sequence[str], text: str) -> bool:
    """Whether the words (in common spelling, with or without accents) or the text's mark ask something."""
    bare = [fold_word(word) for word in words]
    while len(bare) > 1 and bare[-1] in _AFTER_THE_END:
        bare.pop()
    if "?" in text or _ASKING.intersection(bare):
        return True
    joined = f" {' '.join(bare)} "
    return bool(bare) and (bare[-1] in _ENDING or any(f" {asking} " in joined for asking in _ASKING_TOGETHER))
