"""What a bulletin says, once: the text that members edit and every output is made from.

Knows no forecast service, no database and no channel. Kept as JSON with the bulletin's row.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MOST_TASKS = 3
#: Of a text that members write; the chat cuts it into parts.
MOST_CHARS = 600

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MOST_CHARS)]
Sky = Literal["sun", "clouds", "overcast", "fog", "drizzle", "rain", "heavy_rain", "storm", "unknown"]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DayLine(Strict):
    """One day, rounded for farmers: degrees, millimetres, percent; None where the forecast had nothing."""

    date: date
    sky: Sky = "unknown"
    high: int | None = None
    low: int | None = None
    rain_mm: int | None = None
    chance: int | None = None
    words: Line = ""


class OfficialWarning(Strict):
    """An official warning, passed on word for word, with who gave it out and when."""

    text: Annotated[Line, Field(min_length=1)]
    source: Annotated[Line, Field(min_length=1)]
    issued_at: Annotated[Line, Field(min_length=1)]


class Suggestion(Strict):
    """Advice, a pest or the season's state that the program proposes and a member keeps or drops."""

    id: str
    kind: Literal["task", "pest", "season"]
    text: Line
    source: Line
    verdict: Literal["waiting", "kept", "dropped"] = "waiting"


class Content(Strict):
    """A whole bulletin. `place` is a commune or province code, `crops` ids of crops.yaml (none: everybody).

    `days` are the days to come in order; `week` sums them up. `tasks` begin with a verb. `data_line` names the
    forecast service, its licence and the hour of the data; empty when everything was written by hand.
    """

    place: str
    place_name: Line
    crops: tuple[str, ...] = ()
    first_day: date
    last_day: date
    issued_on: date
    warning: OfficialWarning | None = None
    last_week: Line = ""
    week: Line = ""
    days: Annotated[tuple[DayLine, ...], Field(max_length=16)] = ()
    water: Line = ""
    suggestions: tuple[Suggestion, ...] = ()
    season: Line = ""
    pests: Line = ""
    tasks: Annotated[tuple[Line, ...], Field(max_length=MOST_TASKS)] = ()
    ask: Line = ""
    approved_by: Line = ""
    data_line: Line = ""
    fetched_at: datetime | None = None
