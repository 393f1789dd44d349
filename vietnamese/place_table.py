"""The map as tables: communes of today, and the communes, districts and provinces that people still name.

Reads four of the TSVs beside this file (their heads name the sources), once. Knows nothing of texts.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from vietnamese.fold import fold

_KINDS = ("Phường", "Xã", "Thị trấn", "Đặc khu", "Huyện", "Quận", "Thị xã", "Thành phố", "Tỉnh")
#: Spelt either way in the Central Highlands: Đắk, Đắc, Đăk; and everywhere: Mỹ, Mĩ.
ONE_SPELLING = str.maketrans({"y": "i", "k": "c"})


def key_of(folded: str) -> str:
    """What a name is looked up by: its folded words without spaces, so that "Ea H'Leo" is "Eahleo"."""
    return folded.replace(" ", "").translate(ONE_SPELLING)


def numbered(kind: str, number: str) -> str:
    """The key of a unit whose name is a number, which means little without its kind: "Phường 5"."""
    return f"{kind} {number}"


@dataclass(frozen=True, slots=True)
class Unit:
    """A name for a commune. Of today when district is None, else of before July 2025."""

    kind: str  # "Xã"; empty when not known
    name: str  # "Tài Văn"
    codes: tuple[str, ...]  # the communes of today that are meant, likeliest first
    district: int | None  # place in Table.districts
    was_earlier: bool  # the name was gone before June 2025


@dataclass(frozen=True, slots=True)
class District:
    """A district of June 2025."""

    kind: str
    name: str
    province: str  # the old province
    units: list[int]  # places in Table.units
    keys: list[str]  # its own key, then those of names it had before


@dataclass(frozen=True, slots=True)
class DistrictName:
    """A name for a district: its own, or one that some of its communes lived under before."""

    kind: str
    name: str
    district: int
    was_earlier: bool


@dataclass(frozen=True, slots=True)
class ProvinceName:
    """A name for a province of today (its code), of before July 2025 (its old name), or for both."""

    name: str
    today: str | None
    old: str | None
    leads_to: str  # the code of today's province
    is_nickname: bool


@dataclass(frozen=True, slots=True)
class Table:
    provinces: dict[str, str]  # code -> name
    communes: dict[str, tuple[str, str]]  # code -> name, code of the province
    today: dict[str, int]  # code of a commune -> its unit of today
    of_province: dict[str, list[int]]  # code of a province -> its units of today
    came_from: dict[str, tuple[int, ...]]  # code of a commune -> old districts that it was made of
    units: list[Unit]
    unit_keys: list[str]  # of each unit; empty for an island without communes
    districts: list[District]
    units_by_key: dict[str, tuple[int, ...]]
    districts_by_key: dict[str, tuple[DistrictName, ...]]
    provinces_by_key: dict[str, ProvinceName]
    words: frozenset[str]  # every folded word of a name

    def has_key(self, key: str) -> bool:
        """Whether it is a name of any level."""
        return key in self.units_by_key or key in self.districts_by_key or key in self.provinces_by_key

    def successors(self, district: int, *, called: str) -> tuple[str, ...]:
        """The communes of today that a district became, those with the name `called` (a key) first."""
        units = sorted(self.districts[district].units, key=lambda at: self.unit_keys[at] != called)
        codes = dict.fromkeys(code for at in units for code in self.units[at].codes)
        return tuple(sorted(codes, key=lambda code: self.unit_keys[self.today[code]] != called))

    def keys_inside(self, districts: Iterable[int]) -> set[str]:
        """The names of what was in districts, and of what they became."""
        units = {at for one in districts for at in self.districts[one].units}
        units |= {self.today[code] for at in units for code in self.units[at].codes}
        return {self.unit_keys[at] for at in units}


@cache
def table() -> Table:
    """The tables, read when first asked for."""
    return _Reader().read()


class _Reader:
    def __init__(self) -> None:
        self.provinces: dict[str, str] = {}
        self.communes: dict[str, tuple[str, str]] = {}
        self.units: list[Unit] = []
        self.districts: list[District] = []
        self._unit_keys: list[str] = []
        self._of_province: dict[str, list[int]] = {}
        self._places: dict[tuple[str, str], int] = {}
        self._by_key: dict[str, list[int]] = {}
        self._keys: dict[str, str] = {}
        self._words: set[str] = set()
        self._codes: dict[str, tuple[str, ...]] = {}

    def read(self) -> Table:
        self._read_communes()
        self._read_old_communes()
        return Table(
            provinces=self.provinces,
            communes=self.communes,
            today={code: at for at, code in enumerate(self.communes)},
            of_province=self._of_province,
            came_from=self._came_from(),
            units=self.units,
            unit_keys=self._unit_keys,
            districts=self.districts,
            units_by_key={key: tuple(found) for key, found in self._by_key.items()},
            districts_by_key=_grouped(self._district_names()),
            provinces_by_key=self._province_names(),
            words=frozenset(self._words),
        )

    def _read_communes(self) -> None:
        for province_code, province, code, commune in _rows("communes.tsv"):
            self.provinces[province_code] = province
            self.communes[code] = commune, province_code
            self._of_province.setdefault(province_code, []).append(len(self.units))
            kind, name = _kind_and_name(commune)
            self._codes[code] = (code,)
            self._add(Unit(kind, name, self._codes[code], None, was_earlier=False))

    def _read_old_communes(self) -> None:
        for province, district, commune, written, *earlier in _rows("old_communes.tsv"):
            place = self._district(province, district)
            codes = self._codes.setdefault(written, tuple(written.split()))
            kind, name = _kind_and_name(commune) if commune else ("", "")
            self.districts[place].units.append(len(self.units))
            self._add(Unit(kind, name, codes, place, was_earlier=bool(earlier)))

    def _district(self, province: str, district: str) -> int:
        place = self._places.get((province, district))
        if place is None:
            place = self._places[province, district] = len(self.districts)
            self.districts.append(District(*_kind_and_name(district), province, [], []))
        return place

    def _add(self, unit: Unit) -> None:
        key = self._key(unit.kind, unit.name)
        if key:
            self._by_key.setdefault(key, []).append(len(self.units))
        self.units.append(unit)
        self._unit_keys.append(key)

    def _key(self, kind: str, name: str) -> str:
        if name.isdigit():
            return numbered(kind, name)
        key = self._keys.get(name)
        if key is None:
            folded = fold(name)
            self._words.update(folded.split())
            key = self._keys[name] = key_of(folded)
        return key

    def _came_from(self) -> dict[str, tuple[int, ...]]:
        found: dict[str, dict[int, None]] = {}
        for unit in self.units:
            if unit.district is not None:
                for code in unit.codes:
                    found.setdefault(code, {})[unit.district] = None
        return {code: tuple(districts) for code, districts in found.items()}

    def _district_names(self) -> Iterator[tuple[str, DistrictName]]:
        for place, district in enumerate(self.districts):
            yield self._called(district.kind, district.name, place, was_earlier=False)
        for province, called, district_name in _rows("old_districts.tsv"):
            yield self._called(*_kind_and_name(called), self._places[province, district_name], was_earlier=True)

    def _called(self, kind: str, name: str, place: int, *, was_earlier: bool) -> tuple[str, DistrictName]:
        key = self._key(kind, name)
        self.districts[place].keys.append(key)
        return key, DistrictName(kind, name, place, was_earlier)

    def _province_names(self) -> dict[str, ProvinceName]:
        today = {self._key(*_kind_and_name(name)): code for code, name in self.provinces.items()}
        found: dict[str, ProvinceName] = {}
        for called, code, *meant in _rows("old_provinces.tsv"):
            old = meant[0] if meant else called
            name = _kind_and_name(called)[1]
            of_today = today.get(self._key(*_kind_and_name(old)))
            found[self._key("", name)] = ProvinceName(name, of_today, old, code, is_nickname=bool(meant))
        return found


def _grouped(named: Iterable[tuple[str, DistrictName]]) -> dict[str, tuple[DistrictName, ...]]:
    found: dict[str, list[DistrictName]] = {}
    for key, name in named:
        found.setdefault(key, []).append(name)
    return {key: tuple(names) for key, names in found.items()}


def _kind_and_name(full: str) -> tuple[str, str]:
    for kind in _KINDS:
        if full.startswith(kind + " "):
            return kind, full[len(kind) + 1 :]
    return "", full


def _rows(name: str) -> Iterator[list[str]]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
