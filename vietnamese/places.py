"""Where someone lives, by the communes of today: found, or a few to choose from, or unknown.

Residents give names of today and of before July 2025, when Vietnam had districts and 63 provinces. A wrong guess
is worse than a question, so a commune is found only when nothing in the text speaks for another one.
Knows no lesson and no bot. The data and their sources: the heads of the TSVs beside this file.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from vietnamese.place_readings import Reader, Reading
from vietnamese.place_table import Table, table
from vietnamese.place_words import PlaceText

MOST_CHOICES = 8
#: Readings whose scores are that near are as good as each other; guesses at a slip need more to be told apart.
_EQUAL, _GUESSES_APART = 0.04, 0.65
#: What the kind of unit and an earlier name weigh together.
_ALONE_APART = 1.0
_SLIPS_OF_ALL = 1.5  # in three names that agree and leave no word over


@dataclass(frozen=True, slots=True)
class Place:
    """A commune of today, by its official code of five digits, and its province, by a code of two."""

    code: str
    commune: str
    province_code: str
    province: str


@dataclass(frozen=True, slots=True)
class Found:
    """One place for found, two to eight for choose (likeliest first), none for unknown.

    `province` is what the text says of today's province, (code, name), also when the commune is unknown; None when
    it says nothing or could mean several.
    """

    answer: Literal["found", "choose", "unknown"]
    places: tuple[Place, ...] = ()
    province: tuple[str, str] | None = None


def find(text: str, *, near: str | None = None) -> Found:
    """The commune that a text names. Reads the first 300 characters. Never raises.

    `near` is a code of a commune or province: where a name alone is ambiguous, the communes of that province win.
    """
    tables = table()
    words = PlaceText(text, tables)
    reader = Reader(words, tables)
    best = _best(reader.readings())
    if words.is_short and not (best and _explains_all(best[0], reader, words)):
        reader.look_closer()
        best = _best(reader.readings())
    if not best:
        return Found("unknown")
    codes = _codes(best, reader, words, near=near)
    province = _province(best, reader, words)
    if not codes or (len(codes) > MOST_CHOICES and not _names_of_today(best)):
        return Found("unknown", province=province)
    places = tuple(_place(code, tables) for code in codes[:MOST_CHOICES])
    return Found("found" if len(places) == 1 else "choose", places, province)


def commune(code: str) -> Place | None:
    """The commune of today with this code."""
    return _place(code, table()) if code in table().communes else None


def province_of(code: str) -> tuple[str, str] | None:
    """Code and name of today's province, for a code of a province or of a commune in it."""
    tables = table()
    code = tables.communes[code][1] if code in tables.communes else code
    return (code, tables.provinces[code]) if code in tables.provinces else None


def _best(readings: list[Reading]) -> list[Reading]:
    """The readings that are as good as the best one; where that guesses at a slip, the second guesses, too."""
    first = max(readings, key=lambda reading: reading.score, default=None)
    if first is None or first.score <= 0:
        return []
    least = first.score - (_GUESSES_APART if first.is_guess else _EQUAL)
    best = [reading for reading in readings if reading.score >= least or _is_namesake(reading, first)]
    return sorted(best, key=lambda reading: -reading.score)


def _is_namesake(reading: Reading, first: Reading) -> bool:
    """Whether a name that stands all alone may be another commune's: then its kind and age decide nothing."""
    if len(first.claims) > 1 or len(reading.claims) > 1 or reading.slipped_claims:
        return False
    named, other = first.claims[0], reading.claims[0]
    same = (named.hit.start, named.hit.end) == (other.hit.start, other.hit.end)
    return same and named.level == other.level == "commune" and first.score - reading.score <= _ALONE_APART


def _codes(best: list[Reading], reader: Reader, words: PlaceText, *, near: str | None) -> list[str]:
    """The communes that the best readings allow; none when they are not to be trusted."""
    if any(not reading.codes for reading in best):
        return []
    trusted = [reading for reading in best if _is_said_plainly(reading, words)]
    codes = _in_order(trusted)
    home = province_of(near) if near else None
    if home and all(len(reading.claims) == 1 for reading in trusted):
        codes = [code for code in codes if province_of(code) == home] or codes
    together = [reading for reading in best if len(reading.claims) > 1]
    if trusted and (len(trusted) < len(together) or any(reader.contradicts(reading) for reading in trusted)):
        codes = _in_order(together)
        return codes if len(codes) > 1 else []
    return codes


def _province(best: list[Reading], reader: Reader, words: PlaceText) -> tuple[str, str] | None:
    """Today's province, where the best readings agree on one and the text does not name another."""
    alone = [reading for reading in best if not reading.codes]
    agreed = [reading for reading in alone or best if _names_a_province(reading, words)]
    codes = {code for reading in agreed for code in reading.provinces}
    if len(codes) != 1 or any(reader.contradicts(reading) for reading in agreed if reading.codes):
        return None
    return province_of(codes.pop())


def _names_a_province(reading: Reading, words: PlaceText) -> bool:
    if not reading.codes:
        is_name = reading.clean_claims > 0 and not reading.slipped_claims
        stands_out = len(reading.covered) > 1 or words.unsaid(reading.covered) == 0
        return (is_name and stands_out) or len(words.words) == 1
    return _is_said_plainly(reading, words)


def _explains_all(reading: Reading, reader: Reader, words: PlaceText) -> bool:
    is_complete = words.unsaid(reading.covered) == 0 and not reader.contradicts(reading)
    return is_complete and (len(reading.claims) == 3 or len(reading.covered) == len(words.words))


def _names_of_today(best: list[Reading]) -> bool:
    """Whether a commune of today has the name of a district that became more: "Cầu Giấy, Hà Nội"."""
    return best[0].is_of_today and len(best[0].claims) > 1 and any(reading.is_of_district for reading in best)


def _is_said_plainly(reading: Reading, words: PlaceText) -> bool:
    """Whether names were put together that stand together, and are not words of another meaning.

    A lone name has to be all that is said. Two names have nothing between them, and nothing glued on before, which
    could make the first another name. Names with slips need others without, and the more of those the more is slipped.
    """
    covered = reading.covered
    unsaid, clean, slipped = words.unsaid(covered), reading.clean_claims, reading.slipped_claims
    if len(reading.claims) == 1:
        return unsaid == 0 and slipped == 0 and (clean > 0 or len(words.words) == 1)
    if len(reading.claims) == 3 and unsaid == 0 and reading.slips <= _SLIPS_OF_ALL:
        return True
    if clean == 0 or (slipped >= clean and unsaid):
        return False
    if len(reading.claims) == 3:
        return True
    if reading.mistakes_a_name:
        return False
    first = min(covered)
    is_begun = reading.is_of_district or reading.has_own_kind(first) or words.starts_part(first)
    return words.unsaid(covered, among=range(first if is_begun else first - 1, max(covered))) == 0


def _in_order(readings: Iterable[Reading]) -> list[str]:
    ranked = sorted(readings, key=lambda reading: -reading.score)
    return list(dict.fromkeys(code for reading in ranked for code in reading.codes))


def _place(code: str, tables: Table) -> Place:
    name, province_code = tables.communes[code]
    return Place(code, name, province_code, tables.provinces[province_code])
