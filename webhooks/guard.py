"""What every page of ours is guarded by: whether a form comes from our own page, and how often somebody may ask.

Knows no page.
"""

from collections import OrderedDict
from datetime import datetime
from urllib.parse import urlsplit

from starlette.requests import Request

NAMES_REMEMBERED = 20_000


class Rate:
    """How much each name may still do, refilled over a minute or so many; the names used last are remembered."""

    def __init__(self, most: int, *, over_minutes: float = 1) -> None:
        self._most = float(most)
        self._seconds = over_minutes * 60
        self._left: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def allows(self, name: str, now: datetime) -> bool:
        """Take one, if one is left."""
        left, since = self._left.pop(name, (self._most, now))
        refilled = left + max(0.0, (now - since).total_seconds()) * self._most / self._seconds
        left = min(self._most, refilled)
        is_allowed = left >= 1
        self._left[name] = (left - 1 if is_allowed else left, now)
        if len(self._left) > NAMES_REMEMBERED:
            self._left.popitem(last=False)
        return is_allowed


def is_from_our_page(request: Request, *, public_url: str) -> bool:
    """False for what another site's page made a browser post.

    The browser's own word (Sec-Fetch-Site) goes before a comparison of names, which a proxy may change.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    ours = {request.headers.get("host", ""), urlsplit(public_url).netloc} - {""}
    try:
        return origin is None or urlsplit(origin).netloc in ours
    except ValueError:  # no address at all
        return False
