"""Which letters can be a Vietnamese syllable, and what telex or VNI typing left in a word.

Who forgot to switch the keyboard on writes "khaaur" or "kha6u3" for "khẩu", and hurried fingers put the keys
anywhere: "tieesp", "tiepes", "dduocwj". The keys are taken out where the result is a syllable and the word as
typed is not. Sources: the telex and VNI key tables of the common keyboards; onsets and rimes of standard
spelling; a syllable that ends in c, ch, p or t has sắc or nặng, or no tone at all.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from vietnamese.fold import accented

_ONSETS = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x"
_RIMES = """
    a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
    e ec em en eng enh eo ep et ê êch êm ên ênh êp êt êu
    i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu
    o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong op ot
    ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt
    u ua uân uâng uât uây uc uê uêch uênh ui um un ung uôc uôi uôm uôn uông uôt up ut uơ
    uy uya uych uyên uyêt uynh uyt uyu
    ư ưa ưc ưi ưm ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu y yêm yên yêt yêu
"""
_WITHOUT_PATTERN = "quynh quych quyt xoong boong"
_TONE_OF_KEY = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323", "z": ""}
_TONES = "".join(_TONE_OF_KEY.values())
_ON_STOPS = frozenset({"\u0301", "\u0323", ""})
_STOPS = ("c", "ch", "p", "t")
_BARE = str.maketrans("ăâđêôơư", "aadeoou")


def _by_bare() -> dict[str, tuple[str, ...]]:
    rimes = _RIMES.split()
    written = rimes + [onset + rime for onset in _ONSETS.split() for rime in rimes] + _WITHOUT_PATTERN.split()
    table: dict[str, tuple[str, ...]] = {}
    for syllable in written:
        bare = syllable.translate(_BARE)
        table[bare] = (*table.get(bare, ()), syllable)
    return table


#: Unaccented letters -> the ways to put hats, horns and the stroke of đ on them; tones are not told apart.
_WAYS_TO_WRITE = _by_bare()
SYLLABLES = frozenset(_WAYS_TO_WRITE)
_EVENED = {syllable: accented(syllable) for syllable in SYLLABLES if syllable.endswith(("i", "y"))}

_WORD = re.compile(r"([b-df-hj-np-tvxzđ]*)([aeiouywăâêôơư][a-zăâêôơưđ]*)")
_KEYS = re.compile(r"w|aa|ee|oo|dd|.[sfrxjzd]|([aeo]).+\1")
_TONE_KEYS = re.compile(r"[sfrxjz]")
_LATE_HAT = re.compile(r"(.*)([aeo])(.+)\2")
_HAT_PAIRS = (("aa", "â"), ("ee", "ê"), ("oo", "ô"))
_HORN_PAIRS = (("uw", "ư"), ("ow", "ơ"), ("aw", "ă"))
_LATE_HORNS = (("uo", "ươ"), ("ưo", "ươ"), ("uơ", "ươ"), ("u", "ư"), ("o", "ơ"), ("a", "ă"))
_HATS = {"a": "â", "e": "ê", "o": "ô"}
_LONGEST = 12  # "nghieengfs" and a slip or two


def from_telex(word: str) -> str | None:
    """The unaccented syllable behind a word with telex keys in it; None when there is none."""
    letters = accented_from_telex(word)
    return None if letters is None else without_accents(letters)


def from_vni(words: list[str]) -> list[str]:
    """The words with VNI digits taken out, unaccented, when the writer plainly types VNI."""
    found = accented_from_vni(words)
    return [without_accents(found[word]) if word in found else word for word in words]


@lru_cache(maxsize=4096)
def accented_from_telex(word: str) -> str | None:
    """The syllable behind a word with telex keys in it, with its accents; None when there is none.

    Takes and gives the form of `fold.accented`; a half converted "gặpj" will do. Where the keys leave the
    vowel open ("duocj" may be "được" or "đuốc"), the syllable comes without accents.
    """
    if word in SYLLABLES or not 1 < len(word) <= _LONGEST or not _KEYS.search(word):
        return None
    shown = word[-1] if word[-1] in _TONES else ""
    found = _WORD.fullmatch(word.removesuffix(shown))
    if found is None:
        return None
    onset, rest = found.groups()
    if onset == "dd" or (onset in {"d", "đ"} and "d" in rest):
        onset, rest = "đ", rest.replace("d", "", 1)
    keys = set(_TONE_KEYS.findall(rest))
    if len(keys) > 1:
        return None
    tone = shown or "".join(_TONE_OF_KEY[key] for key in keys)
    return _toned(onset, _TONE_KEYS.sub("", rest), tone)


def _toned(onset: str, rime: str, tone: str) -> str | None:
    if rime.endswith(_STOPS) and tone not in _ON_STOPS:
        return None
    plain = None
    for guess in _hatted(rime):
        letters = _only_way(onset + guess)
        if letters is not None:
            return _EVENED.get(letters, letters) + tone
        bare = (onset + guess).translate(_BARE)
        plain = plain or (bare if bare in SYLLABLES else None)
    return plain


def _only_way(letters: str) -> str | None:
    """The one syllable that has these letters, or these with more hats on; None when there are more or none."""
    ways = _WAYS_TO_WRITE.get(letters.translate(_BARE), ())
    if letters in ways:
        return letters
    fitting = [way for way in ways if all(map(_is_without_hat, letters, way))]
    return fitting[0] if len(fitting) == 1 else None


def _is_without_hat(typed: str, written: str) -> bool:
    return typed in {written, written.translate(_BARE)}


def _hatted(rime: str) -> Iterator[str]:
    """What the keys for hats and horns may mean, the likeliest first."""
    for pair, letter in _HAT_PAIRS:
        rime = rime.replace(pair, letter)
    if "w" in rime:
        yield from _horned(rime)
    else:
        yield rime
    late = _LATE_HAT.fullmatch(rime)
    if late:
        yield late[1] + _HATS[late[2]] + late[3]


def _horned(rime: str) -> Iterator[str]:
    rime = "ư" + rime[1:] if rime.startswith("w") else rime
    rest = rime.replace("w", "")
    for pair, letter in _HORN_PAIRS:
        rime = rime.replace(pair, letter)
    yield rime if rime.endswith("uơ") else rime.replace("ưo", "ươ").replace("uơ", "ươ")
    yield from (rest.replace(plain, horned, 1) for plain, horned in _LATE_HORNS if plain in rest)
    yield rest


_KEY_OF_DIGIT = str.maketrans("12345789", "sfrxjwwd")
_VNI_WORD = re.compile(r"[a-z]+[1-9][a-z0-9]*")
_HAT_OR_HORN = re.compile(r"[6-9]")
_HATTED = re.compile(r"([aeo])(.*?)6")
_NUMBERED = re.compile(r"(?:bai|buoc|cai|cau|chon|lop|muc|phan|quy|so|thu|trang|y)\d{1,2}")


def accented_from_vni(words: list[str]) -> dict[str, str]:
    """The words that VNI digits stand in -> the syllables behind them, when the writer plainly types VNI.

    "cau 2" glued together is a choice and not a tone, so a lone "mat5" is left as it is: it takes a digit
    for a hat or a horn (6 to 9) inside a word, or two words with digits that are nothing numbered.
    """
    typed = [word for word in words if not word.isalpha() and _VNI_WORD.fullmatch(word)]
    found = {word: letters for word in typed if (letters := _without_digits(word)) is not None}
    return found if len(found) > 1 or any(_HAT_OR_HORN.search(word) for word in found) else {}


def without_accents(syllable: str) -> str:
    """What `fold` gives for a syllable in the form of `accented`, at once."""
    return syllable.rstrip(_TONES).translate(_BARE)


def _without_digits(word: str) -> str | None:
    """By way of telex: "kha6u3" is "khaaur"."""
    if _NUMBERED.fullmatch(word):
        return None
    keys = _HATTED.sub(r"\1\1\2", word).translate(_KEY_OF_DIGIT)
    return accented_from_telex(keys)
