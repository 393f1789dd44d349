"""A draft from a wish: the place understood, the forecast fetched, the advice proposed.

Asks the forecast service, so it takes seconds: never inside a transaction. A service that fails leaves its parts
empty; it never stands in the way of writing by hand.

    Unplaced(found)      what was named is no place of ours, or several: (code, name) of each
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import httpx

from bulletins import drafting
from bulletins.chat import output_words
from bulletins.content import Content
from bulletins.forecast import Forecast, ForecastError, fetch
from bulletins.wording import Notice
from lessons.crops import Crops
from storage.bulletins import COUNTRY
from vietnamese import places
from vietnamese.centres import centre_of

TIMEOUT = httpx.Timeout(10.0, connect=5.0)

#: Why there is no forecast: none is fetched for the whole country, or the service has none for us now.
Trouble = Literal["", "country", "no_forecast"]


class Unplaced(Exception):
    """Which place is meant cannot be known; `found` are those that it may be."""

    def __init__(self, found: tuple[tuple[str, str], ...]) -> None:
        super().__init__("; ".join(f"{code} {name}" for code, name in found))
        self.found = found


@dataclass(frozen=True, slots=True)
class Wish:
    """What a member says before there is a draft. `place` is a code; `by_hand`: without a forecast."""

    place: str
    place_name: str
    crops: tuple[str, ...] = ()
    ask: str = ""
    member: str = ""
    salinity: str = ""
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """A draft, why it has no forecast where it has none, and what the member must know before sending.

    `failure` is the name of the ForecastError, for a log and a terminal.
    """

    content: Content
    trouble: Trouble = ""
    failure: str = ""
    notices: tuple[Notice, ...] = ()


def place_named(text: str, *, near: str | None = None) -> tuple[str, str]:
    """Code and name of what a member calls a place, or of a code. Raises Unplaced.

    Of several of one name those win that are `near`: in the province of this code.
    """
    if text == COUNTRY:
        return text, output_words().country
    if (commune := places.commune(text)) is not None:
        return text, _named(commune)
    if (province := places.province_of(text)) is not None:
        return province
    found = places.find(text, near=near)
    if found.answer == "found":
        return found.places[0].code, _named(found.places[0])
    if not found.places and found.province is not None:
        return found.province
    raise Unplaced(tuple((one.code, _named(one)) for one in found.places))


def prepare(wish: Wish, *, catalogue: Crops | None, weather_url: str, now: datetime, zone: ZoneInfo) -> Prepared:
    """The draft for the week that begins today. pydantic.ValidationError: a text of the member is too long."""
    today = now.astimezone(zone).date()
    forecast: Forecast | None = None
    trouble: Trouble = ""
    failure = ""
    if not wish.by_hand:
        centre = centre_of(wish.place)
        try:
            if centre is None:
                trouble = "country"
            else:
                with httpx.Client(timeout=TIMEOUT) as client:
                    forecast = fetch(client, weather_url, latitude=centre[0], longitude=centre[1], today=today, now=now)
        except ForecastError as error:
            trouble, failure = "no_forecast", type(error).__name__
    content = drafting.draft(
        forecast,
        place=wish.place,
        place_name=wish.place_name,
        crops=wish.crops,
        stages={},
        catalogue=catalogue,
        today=today,
        ask=wish.ask,
        member=wish.member,
        salinity=wish.salinity,
    )
    return Prepared(content, trouble, failure, drafting.notices(forecast) if forecast else ())


def _named(place: places.Place) -> str:
    return f"{place.commune}, {place.province}"
