"""Where a resident lives, said in his own words: understood as a commune, or asked back, never guessed."""

import re

from bot import scenes
from bot.effects import LivesAt
from bot.speaking import Offer, Talk
from bot.state import Scene
from lessons.schema import Label
from vietnamese import places
from vietnamese.fold import fold
from vietnamese.questions import is_question

_COMMUNE = "place:"
_MOST_WORDS = 14  # of a sentence that says where somebody lives and nothing else
#: One syllable is a word of the language before it is a place: "ở tù", "ở trọ".
_FEWEST_WORDS = 2
_UNKNOWN_UNTIL_WAYS_OUT = 2  # answers in a row
#: "I live in ...", "my house is in ...", "my home village is ...", over folded words. "My child lives in ..." is
#: about somebody else, so a word for the family comes alone or after "we".
_TOLD = re.compile(
    r"^(?:da |thua |vang )*"
    r"(?:(?:(?:nha|gia dinh|vo chong|chung|bon|tui) )?"
    r"(?:toi|tui|tau|choa|minh|em|chau|con|bac|co|chu|anh|chi|ong|ba|nha|gia dinh|vo chong) "
    r"(?:dang |hien |van |thi )*(?:o|song o|sinh song o|cu tru o|thuoc|chuyen ve|chuyen den|moi ve)"
    r"(?: tai(?= (?:xa|phuong|thi|ap|thon|huyen|tinh|khu|so) ))?"
    r"|o(?= (?:xa|phuong|thi tran|huyen|tinh) \S)"
    r"|que(?: toi| tui| minh| em| nha){0,2}(?: o)?(?! \w+ (?:toi|tui|minh|em|o) )"
    r"|dia chi(?: nha)?(?: toi| tui| minh| em)?(?: la| o)?) "
    r"(?P<place>\S.*)$"
)


#: "Far from the children": without its accents the commune's "xã" is the same word.
_FAR = re.compile(r"xa (?:con cai|con chau|cha me|bo me|gia dinh|trung tam|(?:nha|lam|qua)(?: |$))")


def ask(talk: Talk) -> None:
    """Ask where somebody lives, unless his very words have just said it."""
    if talk.heard is None or not told(talk, talk.heard):
        _ask(talk)


def offers(talk: Talk) -> tuple[Offer, ...]:
    """The communes that were meant, or the ways out of the question."""
    communes = tuple(_commune_offer(reading) for reading in talk.state.readings)
    return (*communes, scenes.offer(talk.book.phrases.labels.not_now, scenes.go_home))


def heard(talk: Talk, text: str) -> bool:
    """Whether a text answers the question: one commune is kept, several are named."""
    return _take(talk, _place_of(text) or text)


def ask_again(talk: Talk) -> None:
    """The answer was no place that is known."""
    misses = talk.state.misses + 1
    talk.become(readings=(), misses=misses)
    talk.say("place_unknown" if misses < _UNKNOWN_UNTIL_WAYS_OUT else "not_understood_again")


def told(talk: Talk, text: str) -> bool:
    """Whether a text that means nothing else says where somebody lives; then it is dealt with.

    Of a province alone the commune is asked for.
    """
    place = _place_of(text)
    if place is None or not _stands_alone(place, text):
        return False
    if _take(talk, place):
        return True
    if places.find(place).province is None:
        return False
    _ask(talk)
    return True


def _ask(talk: Talk) -> None:
    talk.become(scene=Scene.PLACE, readings=(), misses=0)
    scenes.present(talk)


def _take(talk: Talk, text: str) -> bool:
    found = places.find(text, near=talk.state.place)
    if found.answer == "unknown":
        return False
    if found.answer == "found":
        _keep(talk, found.places[0])
        return True
    talk.become(scene=Scene.PLACE, misses=0, readings=tuple(_COMMUNE + place.code for place in found.places))
    scenes.present(talk)
    return True


def _keep(talk: Talk, place: places.Place) -> None:
    talk.become(place=place.code, readings=(), misses=0)
    talk.want(LivesAt(place.code))
    talk.begin("place_kept", place=f"{place.commune}, {place.province}")
    scenes.go_home(talk)


def _commune_offer(reading: str) -> Offer:
    place = places.commune(reading.removeprefix(_COMMUNE))
    if place is None:
        return Offer(reading, scenes.go_home)
    label = Label(label=f"{place.commune}, {place.province}", also=(place.commune,))
    return scenes.offer(label, lambda talk: _keep(talk, place))


def _stands_alone(place: str, text: str) -> bool:
    """Whether a place that nobody asked for is nothing but that."""
    words = place.split()
    is_far = _FAR.match(fold(place)) or (words[0].lower() == "xa" and not text.isascii())
    return len(words) >= _FEWEST_WORDS and not is_far and not is_question(words, text)


def _place_of(text: str) -> str | None:
    """The words that say where, of a sentence that says where somebody lives."""
    folded = fold(text)
    found = _TOLD.match(folded)
    if found is None or len(folded.split()) > _MOST_WORDS:
        return None
    # The same words with their accents: folding keeps their number.
    words = text.split()
    kept = len(found["place"].split())
    return " ".join(words[-kept:]) if len(words) == len(folded.split()) else found["place"]
