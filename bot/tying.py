"""A member of the team says in a chat that it is his own: by a code that a page gave him.

Heard before everything else and at any time, since it is no resident's word; it moves no lesson and is not kept.
"""

import re
import unicodedata

from bot.effects import TieChat
from bot.messages import Message
from bot.speaking import Talk

#: "noi" and six consonants, in one word or one by one: the page writes no others, and no d, which telex changes.
_CODE = re.compile(r"noi[\s:.\-]+([bcghklmnprstvx]{6}|(?:[bcghklmnprstvx]\s+){5}[bcghklmnprstvx])[.!]?")
_LONGEST = 40


def takes(talk: Talk, text: str) -> bool:
    """Whether a text is such a code; then it is dealt with."""
    code = _code(text)
    if code is None:
        return False
    said, unknown = (Message(talk.fill(talk.sentence(name))) for name in ("chat_tied", "chat_not_tied"))
    talk.want(TieChat(code, said, unknown))
    return True


def _code(text: str) -> str | None:
    """The code in capitals; None when the text is something else."""
    if len(text) > _LONGEST:
        return None
    letters = unicodedata.normalize("NFD", text.strip().lower())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    found = _CODE.fullmatch(plain)
    return "".join(found[1].split()).upper() if found else None
