"""Whether a text was pasted to be checked: it carries a link, or it speaks like a message to customers.

Only tells that something is to be checked, never how bad it is (that is the scam checker's). Knows no book.
"""

import re

from bot.links import find, tidy
from vietnamese.fold import fold

_LONG = 240  # characters: few people type that much with two thumbs to ask for a lesson
_MIDDLING = 100
#: What offices, companies and those who imitate them write, and people who ask us seldom do.
_OFFICIAL = (
    "quy khach", "kinh gui", "tran trong", "thong bao", "vui long", "cua ban", "chuc mung", "trung thuong",
    "truy cap", "xac minh", "xac nhan", "lien he", "cskh", "hotline", "soan tin", "ma giao dich", "so du",
    "het han", "bi khoa", "tam ngung", "nhan thuong", "uu dai", "khuyen mai", "mien phi", "thu nhap", "tuyen",
    "giai ngan", "lai suat", "bam vao", "doc ma", "cung cap", "don hang", "nhan qua", "hoa hong", "dong phi",
    "cong tac vien", "ket ban zalo", "nhan viec", "lam tai nha", "rut tien lien", "khong coc", "phi ho so",
)  # fmt: skip
#: Who asks speaks of himself; "1 gio toi" (within the next hour) is not "toi" (I).
_PERSONAL = re.compile(r"(?<! gio)(?<! phut)(?<! ngay)(?<! den) (?:toi|tui|bac|chau|oi|giup|gium|sao) ")


def links_in(text: str) -> list[str]:
    """What is an address of the web, as written. Addresses of mail are none."""
    return [link.written for link in find(tidy(text))]


def without_links(text: str) -> str:
    """The text with the word "link" for each link, so that "I pressed https://..." is heard."""
    text = tidy(text)
    for link in links_in(text):
        text = text.replace(link, " link ", 1)
    return text


def is_of_the_state(link: str) -> bool:
    """Whether the address as written belongs to gov.vn (and not to gov.vn.something)."""
    return any(f".{one.host}".endswith(".gov.vn") for one in find(link))


def is_like_a_message(text: str) -> bool:
    """Whether a text without a link still reads like a message that came from an office or a seller."""
    folded = f" {fold(text)} "
    signs = sum(f" {sign} " in folded for sign in _OFFICIAL)
    if _PERSONAL.search(folded):
        signs -= 1
    needed = 1 if len(text) > _LONG else 2 if len(text) > _MIDDLING else 3
    return signs >= needed
