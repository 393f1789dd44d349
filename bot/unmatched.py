"""What of a text that was not understood may be counted, without a person: so little that it tells of nobody.

A counted text outlives the erasure of whoever typed it, so the long, the numbered and the empty are left out.
"""

import re

from vietnamese.fold import fold

#: In a longer text somebody tells of himself; for a synonym it is of no use.
LONGEST_CHARS = 100
#: Digits parted by spaces are one run: folding leaves a date of birth or a long number in such pieces.
_NUMBER = re.compile(r"[0-9](?: ?[0-9]){2,}")


def countable(text: str) -> str | None:
    """A text that bot.secrets.mask has gone over, folded, its numbers of 3 digits or more as "#".

    None when that is empty, longer than LONGEST_CHARS, or has fewer than two letters (an answer by number, a
    slip). Never raises.
    """
    folded = fold(text)
    letters = sum(char.isalpha() for char in folded)
    if letters < 2 or len(folded) > LONGEST_CHARS:
        return None
    return _NUMBER.sub("#", folded)
