"""What a text about a place can mean: names on it put together as commune, district and province.

A reading is one way to put them together; its score counts the words that it explains, less what is odd.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from vietnamese.fold import accented, fold
from vietnamese.place_table import ONE_SPELLING, DistrictName, ProvinceName, Table, Unit, key_of
from vietnamese.place_words import Hit, Level, PlaceText
from vietnamese.sounds import fit
from vietnamese.syllables import SYLLABLES

#: What is odd, in words that it outweighs.
_EARLIER_COMMUNE = 0.4
_EARLIER_DISTRICT = 0.2
_OUT_OF_ORDER = 0.3
_OLD_AND_NEW_MIXED = 0.3
_NICKNAME_OF_TOWN = 0.25
_NUMBER_ALONE = 0.5
_NAMED_AS_SMALLER = -0.6
_OF_ANOTHER_LEVEL = -1.0
_OF_ANOTHER_KIND = 0.5
_OF_ITS_KIND = 1.0
_UNMARKED, _OTHER_TONE, _OTHER_VOWEL = 0.05, 0.15, 0.5


@dataclass(frozen=True, slots=True)
class Claim:
    """Words of the text taken for a name. `worth` is in words; `before_worth` adds what stands before the name."""

    hit: Hit
    level: Level
    worth: float
    oddness: float  # of the accents
    before: int  # first word of "xã", "thành phố" before the name; the name's own first word when there is none
    before_worth: float
    is_syllable: bool  # one syllable that may mean many things, with nothing to say that it is a name
    is_another: bool  # taken for a slip, though a commune has just this name

    @property
    def is_slipped(self) -> bool:
        return self.hit.slips > 0 or self.oddness >= _OTHER_VOWEL


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to take the text. `score` is in words."""

    score: float
    claims: tuple[Claim, ...]
    codes: tuple[str, ...]  # of communes of today, likeliest first; none for a province alone
    provinces: frozenset[str]  # codes of today's provinces
    olds: frozenset[str]  # old provinces that may be named too without contradicting it
    districts: frozenset[int]  # likewise old districts, as places in Table.districts
    is_of_today: bool = False  # a name of a commune of today

    @property
    def clean_claims(self) -> int:
        """How many names are written as they should be, and are more than a syllable of many meanings."""
        return sum(not claim.is_slipped and not claim.is_syllable for claim in self.claims)

    @property
    def slipped_claims(self) -> int:
        return sum(claim.is_slipped for claim in self.claims)

    @property
    def is_guess(self) -> bool:
        """Whether the name of the commune was typed with slips."""
        return self.claims[0].level == "commune" and self.claims[0].hit.slips > 0

    @property
    def slips(self) -> float:
        return sum(claim.hit.slips for claim in self.claims)

    @property
    def mistakes_a_name(self) -> bool:
        return any(claim.is_another for claim in self.claims)

    @property
    def is_of_district(self) -> bool:
        return self.claims[0].level == "district"

    def has_own_kind(self, first: int) -> bool:
        """Whether the claim that begins at a word says what kind of unit it is, and rightly."""
        return any(
            (claim.before == first < claim.hit.start and claim.before_worth == _OF_ITS_KIND) or " " in claim.hit.key
            for claim in self.claims
        )

    @property
    def covered(self) -> set[int]:
        return {
            at
            for claim in self.claims
            for at in range(claim.before if claim.before_worth > 0 else claim.hit.start, claim.hit.end)
        }


class Reader:
    """Reads one text: the names on it, and the readings they allow."""

    def __init__(self, text: PlaceText, table: Table) -> None:
        self._text = text
        self._table = table
        self._communes = text.hits(table.units_by_key)
        self._district_hits = text.hits(table.districts_by_key)
        self._province_hits = text.hits(table.provinces_by_key)
        self._provinces: list[tuple[Claim, ProvinceName]] = []
        self._districts: list[tuple[Claim, DistrictName]] = []
        self._by_district: dict[int, list[Claim]] = {}

    def look_closer(self) -> None:
        """Take in names that were typed with slips, where the names around them say what to look for."""
        table, text = self._table, self._text
        self._province_hits += text.near_hits(table.provinces_by_key)
        names = [table.provinces_by_key[hit.key] for hit in self._province_hits]
        olds, todays = {name.old for name in names}, {name.today for name in names}
        near = {at for at, one in enumerate(table.districts) if one.province in olds}
        of_communes = {table.units[at].district for hit in self._communes for at in table.units_by_key[hit.key]}
        homes = {at for at in of_communes if at is not None}
        self._district_hits += text.near_hits(key for at in near or homes for key in table.districts[at].keys)
        self._district_hits += text.like_hits(table.districts[at].keys[0] for at in near & homes)
        inside = {one.district for hit in self._district_hits for one in table.districts_by_key[hit.key]}
        inside = (inside & near) or inside or near
        keys = table.keys_inside(inside)
        keys.update(table.unit_keys[at] for home in todays if home for at in table.of_province[home])
        self._communes += text.near_hits(sorted(keys))

    def readings(self) -> list[Reading]:
        """Every reading, in no order."""
        self._districts = [
            (self._claim(hit, "district", name, odd=name.was_earlier * _EARLIER_DISTRICT), name)
            for hit in self._district_hits
            for name in self._table.districts_by_key[hit.key]
        ]
        self._provinces = [self._named_province(hit) for hit in self._province_hits]
        self._by_district = {}
        for claim, name in self._districts:
            self._by_district.setdefault(name.district, []).append(claim)
        units = self._table.units
        found = [self._of_commune(hit, units[at]) for hit in self._communes for at in self._table.units_by_key[hit.key]]
        found += [reading for claim, name in self._districts for reading in self._of_district(claim, name)]
        return found + [_of_province(claim, name) for claim, name in self._provinces]

    def contradicts(self, reading: Reading) -> bool:
        """Whether the text also names a province or a district, plainly, that does not go with the reading.

        Asked after `readings`. Three levels that agree are not contradicted by a fourth name: that is a street.
        """
        if len(reading.claims) == 3 and not reading.slipped_claims:
            return False
        covered = reading.covered
        plain = [claim for claim, _ in (*self._provinces, *self._districts) if _is_plain(claim, covered)]
        return any(
            not covered.intersection(range(claim.hit.start, claim.hit.end)) and not self._goes_with(claim, reading)
            for claim in plain
        )

    def _goes_with(self, claim: Claim, reading: Reading) -> bool:
        if claim.level == "province":
            name = self._table.provinces_by_key[claim.hit.key]
            return name.old in reading.olds or name.today in reading.provinces
        return any(one.district in reading.districts for one in self._table.districts_by_key[claim.hit.key])

    def _of_commune(self, hit: Hit, unit: Unit) -> Reading:
        table = self._table
        is_old = unit.district is not None
        districts = table.came_from[unit.codes[0]] if unit.district is None else (unit.district,)
        olds = frozenset(table.districts[one].province for one in districts)
        todays = frozenset(table.communes[code][1] for code in unit.codes)
        claim = self._claim(hit, "commune", unit, odd=unit.was_earlier * _EARLIER_COMMUNE)
        around = [(one, name) for one, name in self._provinces if name.old in olds or name.today in todays]
        best: tuple[float, tuple[Claim, ...]] = (_score((claim,)), (claim,))
        for district in (None, *(one for at in districts for one in self._by_district.get(at, ()))):
            for province, name in ((None, None), *around):
                claims = _apart(claim, district, province)
                mixed = not is_old and (district is not None or (name is not None and name.today is None))
                if claims:
                    best = max(best, (_score(claims) - mixed * _OLD_AND_NEW_MIXED, claims), key=_rank)
        return Reading(*best, unit.codes, todays, olds, frozenset(districts), is_of_today=not is_old)

    def _of_district(self, claim: Claim, name: DistrictName) -> Iterator[Reading]:
        district = self._table.districts[name.district]
        codes = self._table.successors(name.district, called=claim.hit.key)
        todays = frozenset(self._table.communes[code][1] for code in codes)
        around = [(one, by) for one, by in self._provinces if by.old == district.province or by.today in todays]
        for province, by in ((None, None), *around):
            claims = _apart(claim, None, province)
            if claims:
                mixed = by is not None and by.old != district.province
                score = _score(claims) - mixed * _OLD_AND_NEW_MIXED
                yield Reading(score, claims, codes, todays, frozenset({district.province}), frozenset({name.district}))

    def _named_province(self, hit: Hit) -> tuple[Claim, ProvinceName]:
        name = self._table.provinces_by_key[hit.key]
        is_town = name.is_nickname and hit.key in self._table.districts_by_key
        return self._claim(hit, "province", name, odd=is_town * _NICKNAME_OF_TOWN), name

    def _claim(self, hit: Hit, level: Level, named: Unit | DistrictName | ProvinceName, *, odd: float) -> Claim:
        text = self._text
        words = text.words[hit.start : hit.end]
        is_number = " " in hit.key
        has_accents = text.has_accents or not all(word.typed.isascii() for word in words)
        is_compared = has_accents and not hit.slips and not is_number
        oddness = _accents([word.typed for word in words], named.name) if is_compared else 0.0
        worth = len(words) - hit.slips - oddness - odd - (is_number and len(words) == 1) * _NUMBER_ALONE
        is_bare = words[0].typed.isascii() or oddness > 0
        is_syllable = len(words) == 1 and is_bare and (is_number or words[0].bare in SYLLABLES)
        is_another = hit.slips > 0 and key_of("".join(word.bare for word in words)) in self._table.units_by_key
        kind = None if is_number else text.kind_before(hit.start)
        if kind is not None:
            is_its_own = isinstance(named, ProvinceName) or kind.kind == named.kind
            of_level = _OF_ITS_KIND if is_its_own else _OF_ANOTHER_KIND
            before_worth = of_level if level in kind.levels else _OF_ANOTHER_LEVEL
            is_syllable = is_syllable and before_worth < 0
            return Claim(hit, level, worth, oddness, kind.start, before_worth, is_syllable, is_another)
        smaller = text.is_smaller(hit.start)
        return Claim(
            hit, level, worth, oddness, hit.start - smaller, smaller * _NAMED_AS_SMALLER, is_syllable, is_another
        )


def _of_province(claim: Claim, name: ProvinceName) -> Reading:
    olds = frozenset({name.old} if name.old else ())
    return Reading(_score((claim,)), (claim,), (), frozenset({name.leads_to}), olds, frozenset())


def _apart(*claims: Claim | None) -> tuple[Claim, ...]:
    """The claims that are given; none when two of them take the same word."""
    given = tuple(claim for claim in claims if claim is not None)
    spans = sorted((claim.hit.start, claim.hit.end) for claim in given)
    return given if all(one[1] <= other[0] for one, other in pairwise(spans)) else ()


def _score(claims: tuple[Claim, ...]) -> float:
    total = sum(claim.worth for claim in claims)
    for claim in claims:
        if claim.before_worth and not any(one.hit.start <= claim.before < one.hit.end for one in claims):
            total += claim.before_worth
    starts = [claim.hit.start for claim in claims]
    return total - (starts != sorted(starts)) * _OUT_OF_ORDER


def _is_plain(claim: Claim, covered: set[int]) -> bool:
    is_clear = not claim.hit.slips and claim.oddness < _OTHER_VOWEL
    is_clear = is_clear and (claim.before_worth >= 0 or claim.before in covered)
    return is_clear and (claim.hit.end - claim.hit.start > 1 or claim.before_worth > 0)


def _accents(typed: list[str], name: str) -> float:
    """How odd the accents of the typed words are for a name."""
    written = _written(name)
    said = [word.translate(ONE_SPELLING) for word in typed]
    if len(said) != len(written):
        return 0.0 if "".join(said) in {"".join(written), key_of(fold(name))} else _UNMARKED
    return sum(_accent(one, other) for one, other in zip(said, written, strict=True))


def _accent(said: str, written: str) -> float:
    if said == written:
        return 0.0
    if said.isascii():
        return _UNMARKED
    return _OTHER_TONE if fit(said, written) >= 0.9 else _OTHER_VOWEL


@lru_cache(maxsize=4096)
def _written(name: str) -> tuple[str, ...]:
    return tuple(accented(name).translate(ONE_SPELLING).split())


def _rank(scored: tuple[float, tuple[Claim, ...]]) -> tuple[float, int]:
    return scored[0], len(scored[1])
