"""Where a resident lives, said in his own words: understood as a commune, or asked back, never guessed."""

import re

from bot import scenes
from bot.effects import LivesAt
from bot.speaking import Offer, Talk
from bot.state import Scene
from lessons.schema import Label
from vietnamese import places
from vietnamese.fold import fold

_COMMUNE = "place:"
_MOST_WORDS = 14  # of a sentence that says where somebody lives and nothing else
#: "I live in ...", "my house is in ...", "my home village is ...", over folded words.
_TOLD = re.compile(
    r"^(?:da |thua |vang )*"
    r"(?:(?:(?:toi|tui|tau|choa|minh|em|chau|con|bac|co|chu|anh|chi|ong|ba|nha|gia dinh|vo chong) ?){1,3}"
    r"(?:dang |hien |van |thi )*(?:o|song o|sinh song o|cu tru o|thuoc|chuyen ve|chuyen den|moi ve)(?: tai)?"
    r"|que(?: \w+){0,2}(?: o)?|dia chi(?: \w+){0,2}(?: la| o)?) "
    r"(?P<place>\S.*)$"
)


def ask(talk: Talk) -> None:
    """Ask where somebody lives."""
    talk.become(scene=Scene.PLACE, readings=())
    scenes.present(talk)


def offers(talk: Talk) -> tuple[Offer, ...]:
    """The communes that were meant, or the ways out of the question."""
    communes = tuple(_commune_offer(reading) for reading in talk.state.readings)
    return (*communes, scenes.offer(talk.book.phrases.labels.not_now, scenes.go_home))


def hear(talk: Talk, text: str) -> None:
    """An answer to the question: one commune is kept, several are named, none is asked for again."""
    if not _take(talk, _place_of(text) or text):
        talk.become(readings=())
        talk.say("place_unknown")


def told(talk: Talk, text: str) -> bool:
    """Whether a text that means nothing else says where somebody lives; then it is dealt with."""
    place = _place_of(text)
    return place is not None and _take(talk, place)


def _take(talk: Talk, text: str) -> bool:
    found = places.find(text, near=talk.state.place)
    if found.answer == "unknown":
        return False
    if found.answer == "found":
        _keep(talk, found.places[0])
        return True
    talk.become(scene=Scene.PLACE, readings=tuple(_COMMUNE + place.code for place in found.places))
    scenes.present(talk)
    return True


def _keep(talk: Talk, place: places.Place) -> None:
    talk.become(place=place.code, readings=())
    talk.want(LivesAt(place.code))
    talk.begin("place_kept", place=f"{place.commune}, {place.province}")
    scenes.go_home(talk)


def _commune_offer(reading: str) -> Offer:
    place = places.commune(reading.removeprefix(_COMMUNE))
    if place is None:
        return Offer(reading, scenes.go_home)
    label = Label(label=f"{place.commune}, {place.province}", also=(place.commune,))
    return scenes.offer(label, lambda talk: _keep(talk, place))


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
