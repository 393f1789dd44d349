"""Words that turn a sentence round or end a thing: "không", "chưa", "đừng", "thôi", "hủy", "xóa".

Two texts that differ in them mean opposite things, however alike they look. Knows no lesson and no bot.
"""

from collections.abc import Sequence

from vietnamese.fold import accented, fold, fold_word
from vietnamese.sounds import fit

_NOT = "không chưa đừng chẳng khỏi"
_NO_MORE = "thôi dừng ngừng ngưng bỏ hủy huỷ tắt xóa xoá gỡ"
#: Without accents these pairs hold a word that only looks like a denial. Who types accents says which he means.
_HARMLESS = frozenset(
    fold(pair)
    for pairs in (
        "thời tiết, thời gian, thời hạn, thời điểm, đồng thời",
        "sử dụng, ứng dụng, áp dụng, tác dụng, công dụng, tín dụng, xây dựng, tuyển dụng, lợi dụng, nội dung",
        "app dùng, người dùng, tiêu dùng, cách dùng, muốn dùng, biết dùng, đang dùng, dùng được, dùng app",
        "dùng để, dùng điện, dùng máy, dùng thẻ, dùng mã, dùng vneid",
        "đúng rồi, đúng không, đúng chưa, đúng vậy, đúng là, có đúng, nói đúng, đúng hạn",
        "bố mẹ, cán bộ, nội bộ, toàn bộ, bộ phận, bộ công, cục bộ, bộ y, bộ nhớ",
        "tất cả, phím tắt, viết tắt",
        "khởi động, khởi tạo, khởi kiện",
        "gõ chữ, gõ số, gõ tên, gõ mã, gõ vào, gõ lại, gõ câu",
    )
    for pair in pairs.split(", ")
)


def _by_fold(words: str) -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for word in words.split():
        table.setdefault(fold_word(word), []).append(accented(word))
    return table


_DENIALS = _by_fold(f"{_NOT} {_NO_MORE}")
_NEGATIONS = _by_fold(_NOT)


def denials(words: Sequence[str]) -> frozenset[str]:
    """The folded words that say not, or no more. `words` carry their accents (see `fold.accented`)."""
    return _found(words, _DENIALS)


def negations(words: Sequence[str]) -> frozenset[str]:
    """The folded words that say not: "chưa xong" and "xong" are different answers."""
    return _found(words, _NEGATIONS)


def _found(words: Sequence[str], table: dict[str, list[str]]) -> frozenset[str]:
    bare = [fold_word(word) for word in words]
    return frozenset(
        word
        for at, word in enumerate(bare)
        if any(fit(words[at], written) >= 0.9 for written in table.get(word, ()))
        and not (words[at].isascii() and _is_harmless(bare, at))
    )


def _is_harmless(bare: list[str], at: int) -> bool:
    return not _HARMLESS.isdisjoint({" ".join(bare[at : at + 2]), " ".join(bare[max(0, at - 1) : at + 1])})
