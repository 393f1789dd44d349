"""Where a resident lives, said in his own words: understood as a commune, or asked back, never guessed."""

import re
from typing import Literal

from bot import scenes, weather
from bot.effects import LivesAt
from bot.meanings import Answer, Command, Pasted, QuestionAsked, StepAsked, Understood
from bot.speaking import Offer, Talk
from bot.state import Scene
from lessons.schema import RESERVED_COMMANDS
from lessons.sentences import Label
from vietnamese import places
from vietnamese.fold import fold
from vietnamese.questions import is_question

Errand = Literal["", "subscribe", "weather"]

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


#: In a wish for bulletins the place begins behind one of these words, or with the kind of a commune.
_AT, _KINDS = frozenset({"o", "tai"}), frozenset({"xa", "phuong", "thi", "dac"})
_LONGEST_PLACE = 10  # words

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


def takes(talk: Talk, understood: Understood, text: str) -> bool:
    """Whether a text says where somebody lives, or fails to while that is asked; then it is dealt with."""
    if talk.state.scene is not Scene.PLACE:
        return not _goes_before_places(understood) and told(talk, text)
    if _goes_before_places(understood):
        return _is_named_after_all(talk, understood, text)
    if _heard(talk, text):
        return True
    if isinstance(understood, QuestionAsked | StepAsked) or weather.concerns(understood):
        return False
    _ask_again(talk)
    return True


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


def subscribe(talk: Talk) -> None:
    """A wish for weather bulletins: the place and the crops that its words tell are kept, the rest is asked for."""
    found, rest = _named_in(talk)
    has_crops = weather.begin(talk, rest)
    if found is not None:
        _take_found(talk, found, errand="subscribe")
    elif has_crops or places.commune(talk.state.place or "") is None:
        weather.go_on(talk)
    else:
        weather.ask_crops(talk)


def _goes_before_places(understood: Understood) -> bool:
    """Names of places are like many words: an answer, a thing to check and the words that work everywhere are none."""
    is_reserved = isinstance(understood, Command) and understood.name in RESERVED_COMMANDS
    return is_reserved or isinstance(understood, Answer | Pasted)


def _is_named_after_all(talk: Talk, understood: Understood, text: str) -> bool:
    """Asked where he lives, "hong ngu" is a commune and no slip in a refusal; then it is dealt with."""
    is_free = isinstance(understood, Answer) and not talk.state.readings
    return is_free and len(text.split()) > 1 and _heard(talk, text)


def _heard(talk: Talk, text: str) -> bool:
    """Whether a text answers the question: one commune is kept, several are named."""
    return _take(talk, _place_of(text) or text)


def _ask_again(talk: Talk) -> None:
    """The answer was no place that is known."""
    misses = talk.state.misses + 1
    talk.become(readings=(), misses=misses)
    talk.say("place_unknown" if misses < _UNKNOWN_UNTIL_WAYS_OUT else "not_understood_again")


def _ask(talk: Talk) -> None:
    scenes.ask_place(talk, errand="")


def _take(talk: Talk, text: str) -> bool:
    found = places.find(text, near=talk.state.place)
    if found.answer == "unknown":
        return False
    _take_found(talk, found, errand=_errand(talk))
    return True


def _take_found(talk: Talk, found: places.Found, *, errand: Errand) -> None:
    """One commune is kept, several are named to choose from."""
    talk.become(errand=errand)
    if found.answer == "found":
        _keep(talk, found.places[0])
        return
    talk.become(scene=Scene.PLACE, misses=0, readings=tuple(_COMMUNE + place.code for place in found.places))
    scenes.present(talk)


def _keep(talk: Talk, place: places.Place) -> None:
    errand = talk.state.errand
    talk.become(place=place.code, readings=(), misses=0, errand="")
    talk.want(LivesAt(place.code))
    weather.move(talk)
    named = f"{place.commune}, {place.province}"
    if errand == "weather":
        talk.say("place_kept", place=named)
        weather.show_at_home(talk)
        return
    talk.begin("place_kept", place=named)
    if errand == "subscribe":
        weather.go_on(talk)
    else:
        scenes.go_home(talk)


def _errand(talk: Talk) -> Errand:
    """What the question was asked for, while it is asked; a correction while subscribing goes on with that."""
    if talk.state.scene in weather.SCENES:
        return "subscribe"
    return talk.state.errand if talk.state.scene is Scene.PLACE else ""


def _commune_offer(reading: str) -> Offer:
    place = places.commune(reading.removeprefix(_COMMUNE))
    if place is None:
        return Offer(reading, scenes.go_home)
    label = Label(label=f"{place.commune}, {place.province}", also=(place.commune,))
    return scenes.offer(label, lambda talk: _keep(talk, place))


def _named_in(talk: Talk) -> tuple[places.Found | None, str]:
    """The communes that a wish for bulletins names, and its words without them: "... xa tai van trong lua"."""
    words = (talk.heard or "").split()
    bare = [fold(word) for word in words]
    start = next((at for at, word in enumerate(bare) if word in _AT | _KINDS), len(words))
    first = start + (start < len(words) and bare[start] in _AT)
    ends = range(min(len(words), first + _LONGEST_PLACE), first + _FEWEST_WORDS - 1, -1)
    heard = {end: places.find(" ".join(words[first:end]), near=talk.state.place) for end in ends}
    most = next((found for found in heard.values() if found.answer != "unknown"), None)
    if most is None:
        return None, " ".join(words)
    # The fewest words that say as much: what comes behind them is about something else.
    end = min(end for end, found in heard.items() if found.places == most.places)
    return most, " ".join(words[:start] + words[end:])


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
