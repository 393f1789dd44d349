"""Units as bulletins write them and as they are said: "mm" is "mi-li-mét", "tấn/ha" is "tấn một héc-ta".

Source: names of the legal units (decree 86/2012/NĐ-CP), in the spelling of radio scripts.
"""

import re

_NAMES = {
    "mm": "mi-li-mét",
    "cm": "xăng-ti-mét",
    "dm": "đề-xi-mét",
    "m": "mét",
    "km": "ki-lô-mét",
    "m2": "mét vuông",
    "m²": "mét vuông",
    "km2": "ki-lô-mét vuông",
    "km²": "ki-lô-mét vuông",
    "m3": "mét khối",
    "m³": "mét khối",
    "ha": "héc-ta",
    "mg": "mi-li-gam",
    "g": "gam",
    "gr": "gam",
    "kg": "ki-lô-gam",
    "ml": "mi-li-lít",
    "l": "lít",
    "L": "lít",
    "s": "giây",
    "hPa": "héc-tô-pát-xcan",
    "kWh": "ki-lô-oát giờ",
    "%": "phần trăm",
    "‰": "phần nghìn",
    "°C": "độ C",
    "ºC": "độ C",
    "℃": "độ C",
    "oC": "độ C",
    "°": "độ",
    "º": "độ",
    "đ": "đồng",
    "₫": "đồng",
    "VND": "đồng",
    "VNĐ": "đồng",
    "vnđ": "đồng",
    "vnd": "đồng",
    "USD": "đô-la Mỹ",
}
_IN_CAPITALS = {
    "KG": "kg",
    "Kg": "kg",
    "KM": "km",
    "Km": "km",
    "HA": "ha",
    "Ha": "ha",
    "MM": "mm",
    "CM": "cm",
    "ML": "ml",
}
_SHORT_SUMS = {"k": "nghìn đồng", "K": "nghìn đồng", "tr": "triệu đồng", "Tr": "triệu đồng"}
#: Words that stand before or behind the stroke of a rate and are said as they are.
_WORDS = [
    *("tấn", "tạ", "yến", "bao", "giạ", "lít", "chai", "gói", "viên", "con", "cây", "gốc", "bình"),
    *("đồng", "nghìn", "ngàn", "triệu", "người", "hộ", "lần", "vụ", "công", "sào", "mẫu"),
    *("giây", "phút", "giờ", "đêm", "ngày", "tuần", "tháng", "năm"),
]
_MOVEMENTS = frozenset({"km", "m", "m3", "m³", "Km", "KM"})
_PER_TIME = {"h": "giờ", "giờ": "giờ", "s": "giây", "giây": "giây"}


def _one_of(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


#: A unit behind a figure, without a letter or figure glued to its end; and what it is counted by.
UNIT = (
    rf"(?:(?:{_one_of([*_NAMES, *_IN_CAPITALS])})|(?:{_one_of([*_SHORT_SUMS])})(?:\s?(?:đồng|đ|vnđ|VNĐ|vnd|VND))?)"
    r"(?![^\W_])"
)
PER = rf"\s?/\s?(?:{_one_of([*_NAMES, *_IN_CAPITALS, *_WORDS, 'h'])})(?![^\W_])"
COUNTED_WORD = rf"(?:{_one_of(_WORDS)})(?=\s?/)"


def said(unit: str, *, thousand: str) -> str:
    """The words for a unit as matched by UNIT or COUNTED_WORD; `thousand` is the region's word."""
    name = _IN_CAPITALS.get(unit, unit)
    if name in _NAMES:
        return _NAMES[name].replace("nghìn", thousand)
    short = next((said for short, said in _SHORT_SUMS.items() if unit.startswith(short)), None)
    return short.replace("nghìn", thousand) if short and unit not in _WORDS else unit


def said_per(per: str, *, unit: str) -> str:
    """The words for "/ha" behind a unit: speed is "trên giờ", everything else "một héc-ta"."""
    base = per.replace("/", "").strip()
    if unit in _MOVEMENTS and base in _PER_TIME:
        return f"trên {_PER_TIME[base]}"
    return f"một {_PER_TIME.get(base) or said(base, thousand='nghìn')}"
