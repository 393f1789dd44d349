"""Who may do what under /staff, and for which places.

member      helps residents and writes bulletins        author      edits lessons
leader      a member who also approves                   reviewer    approves what others wrote
operator    keeps accounts and staff, and may do all     auditor     reads, changes nothing
"""

from collections.abc import Collection

from vietnamese.place_table import table
from vietnamese.places import province_of

ROLES = ("member", "leader", "author", "reviewer", "operator", "auditor")

EVERYONE = frozenset(ROLES)
BULLETIN_READERS = EVERYONE - {"author"}
BULLETIN_WRITERS = frozenset({"member", "leader", "operator"})
BULLETIN_APPROVERS = frozenset({"leader", "reviewer", "operator"})


#: Who sees lessons and tries them out, who changes them, and who makes them what residents learn from.
LESSON_READERS = EVERYONE
LESSON_AUTHORS = frozenset({"author", "operator"})
LESSON_PUBLISHERS = frozenset({"author", "reviewer", "operator"})
UNMATCHED_READERS = LESSON_AUTHORS | {"reviewer", "auditor"}

#: Who reads what residents wrote, and answers them. Nobody else does.
HELPERS = frozenset({"member", "leader", "operator"})
#: Who writes the answers that helpers have at hand.
ANSWER_KEEPERS = frozenset({"leader", "operator"})
NUMBER_READERS = EVERYONE

STAFF_KEEPERS = frozenset({"operator"})
ACCOUNT_KEEPERS = frozenset({"operator"})
AUDIT_READERS = frozenset({"operator", "auditor"})

EVERYWHERE = "vn"


def covers(scope: Collection[str], place: str) -> bool:
    """Whether a place is one of somebody's: itself, its province, or everywhere."""
    if EVERYWHERE in scope or place in scope:
        return True
    province = province_of(place)
    return province is not None and province[0] in scope


def places_within(scope: Collection[str]) -> list[str] | None:
    """Codes of all places that `covers` lets somebody see; None for everywhere."""
    if EVERYWHERE in scope:
        return None
    communes = (code for code, (_, province) in table().communes.items() if province in scope)
    return sorted({*scope, *communes})
