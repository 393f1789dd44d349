"""Which unaccented letters can be a Vietnamese syllable, and what telex or VNI typing left in a word.

A telex or VNI typist who forgot to switch the keyboard on writes "khaaur" or "kha6u3" for "khẩu". With
the accents off only the letters matter, so the tone keys are dropped and the doubled letters halved, but
only where the result is a syllable and the word as typed is not. Source: the telex and VNI key tables;
onsets and rimes of standard spelling.
"""

import re

from vietnamese.fold import folded_words

_ONSETS = folded_words("b c ch d g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x") | {""}
_RIMES = folded_words(
    """
    a ac ach ai am an ang anh ao ap at au ay e ec ech em en eng enh eo ep et eu
    i ia ich iec iem ien ieng iep iet ieu im in inh ip it iu
    o oa oac oach oai oam oan oang oanh oao oap oat oay oc oe oen oeo oet oi om on ong op ot
    u ua uan uang uat uay uc ue uech uenh ui um un ung uo uoc uoi uom uon uong uop uot uou up ut uu
    uy uya uych uyen uyet uynh uyt uyu y yem yen yet yeu
    """
)
SYLLABLES = frozenset(onset + rime for onset in _ONSETS for rime in _RIMES) | {"xoong", "boong"}

_WORD = re.compile(r"([b-df-hj-np-tvxz]*)([aeiouyw].*)", re.DOTALL)
_TONE_KEYS = re.compile(r"[sfrxjz]")
_DOUBLED = re.compile(r"(aa|ee|oo)")
_LATE_HAT = re.compile(r"([aeo])(.+)\1$")
_VNI_WORD = re.compile(r"[a-z]+[1-9][a-z0-9]*")


def from_telex(word: str) -> str | None:
    """The unaccented syllable behind a folded word with telex keys in it; None when there is none."""
    found = _WORD.fullmatch(word)
    if found is None or word in SYLLABLES:
        return None
    onset, rest = found.groups()
    if onset in {"d", "dd"}:
        onset, rest = "d", rest.replace("d", "")
    toneless, tones = _TONE_KEYS.subn("", rest)
    if tones > 1:
        return None
    letters = "u" + toneless[1:] if toneless.startswith("w") else toneless
    guess = onset + _DOUBLED.sub(lambda pair: pair.group()[0], letters.replace("w", ""))
    if guess not in SYLLABLES and tones:
        guess = _LATE_HAT.sub(r"\1\2", guess)
    return guess if guess in SYLLABLES else None


def from_vni(words: list[str]) -> list[str]:
    """The folded words with VNI digits taken out, when the writer plainly types VNI.

    "cau 2" glued together is a choice and not a tone, so a lone "cau2" is left as it is: it takes a
    digit for a hat or a horn (6 to 9) inside a word, or two such words.
    """
    typed = [word for word in words if _VNI_WORD.fullmatch(word)]
    if len(typed) < 2 and not any(re.search("[6-9]", word) for word in typed):
        return words
    return [_without_digits(word) if word in typed else word for word in words]


def _without_digits(word: str) -> str:
    letters = re.sub(r"\d", "", word)
    return letters if letters in SYLLABLES else word
