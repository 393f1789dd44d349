"""Words of courtesy around an answer: "dạ ... ạ", "em ơi", "nha", "giúp tôi với"; they change nothing.

Folded words in, folded words out, and at least one remains: "dạ" alone is an answer. A word is left out where
it folds like one that says something: "cô" (có), "má" and "mà" (mã), "mợ" (mở), "ý" (đồng ý), "chứ" (chữ).
Knows no lesson and no bot.
"""

from vietnamese.fold import accented, fold_word, folded_words

_WRITTEN_PEOPLE = "tôi tui em cháu con bé bạn ad admin shop anh chị chú bác thím ông bà mệ o cậu mình bot máy"
_WRITTEN_BEFORE = "dạ thưa a lô alo ơi ah à ê ủa thế thì vậy ừ uh"
_WRITTEN_AFTER = (
    "ạ ah ak nha nhé nhen nghen nghe này nè đi với giúp giùm dùm hộ cái coi xem đó đây vậy nào nhỉ luôn thôi"
    " ha hả hén hen heng hỉ hè nhá cùng em cháu con bạn ad admin shop mình tôi tui bác"
)
_WRITTEN_ASKING = "cho xin muốn cần giúp nhờ làm ơn hãy để"
_PEOPLE, _BEFORE, _AFTER, _ASKING = map(
    folded_words, (_WRITTEN_PEOPLE, _WRITTEN_BEFORE, _WRITTEN_AFTER, _WRITTEN_ASKING)
)
_CALLED = _PEOPLE | {"co"}
_WRITTEN = frozenset(
    map(accented, f"{_WRITTEN_PEOPLE} {_WRITTEN_BEFORE} {_WRITTEN_AFTER} {_WRITTEN_ASKING} được không".split())
)


def for_courtesy(word: str) -> str:
    """The folded word, fit for the functions below; marked when its accents make it another than the polite word
    that folds alike, so that "tới" (to come) is not dropped like "tôi" (I)."""
    bare = fold_word(word)
    return bare if word.isascii() or word in _WRITTEN else f"{bare}'"


def without_courtesy(words: list[str]) -> list[str]:
    """The words without polite ones before and after: "dạ xong rồi ạ" is "xong roi"."""
    return without_polite_end(without_polite_start(words))


def without_polite_start(words: list[str]) -> list[str]:
    """The words from the first that says something: "em ơi cho hỏi" begins at "cho"."""
    at, last = 0, len(words) - 1
    while at < last:
        if words[at] in _BEFORE:
            at += 1
        elif at + 1 < last and words[at] in _CALLED and words[at + 1] == "oi":
            at += 2
        else:
            break
    return words[at:]


def without_polite_end(words: list[str]) -> list[str]:
    """The words up to the last that says something: "nói lại đi con" ends at "lai"."""
    end = len(words)
    while end > 1:
        last_two = words[end - 2 : end]
        if end > 2 and (last_two == ["duoc", "khong"] or (last_two[1] == "oi" and last_two[0] in _CALLED)):
            end -= 2
        elif words[end - 1] in _AFTER:
            end -= 1
        else:
            break
    return words[:end]


def without_request(words: list[str]) -> list[str]:
    """As `without_courtesy`, also without "cho tôi", "bác muốn", "giúp tui": what is asked for remains."""
    words = without_courtesy(words)
    at = 0
    while at < len(words) - 1 and words[at] in _ASKING | _PEOPLE:
        at += 1
    return words[at:]
