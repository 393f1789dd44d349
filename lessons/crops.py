"""Crops and animals, and what is advised in which weather: the pydantic models of crops.yaml.

Knows no forecast and no bulletin: bulletins/ says which situations are there. Sentences that explain a field to
editors are in schema_help.yaml.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from lessons.strict import Identifier, Strict, Words

MAX_LABEL_CHARS = 20  # what a button of Messenger shows

#: What the weather can be like, for advice. Closed: bulletins/ must know how to find each of them.
#: long_rain: rain on three or more of the days to come. heavy_rain, very_heavy_rain: a day above 50, above 100 mm.
#: sun_and_rain: both by turns. severe_cold: a daily mean below 13 degrees; cold: from 13 to 15. hot: a high above
#: 35; very_hot: 37 and more. dry: no rain to speak of, in the week behind and the week ahead. wind: gusts of
#: level 6 and more. thunder: codes 95, 96 and 99. salinity: no forecast knows it, a member says so. always: any week.
Situation = Literal[
    "long_rain",
    "heavy_rain",
    "very_heavy_rain",
    "sun_and_rain",
    "cold_nights_fog",
    "severe_cold",
    "cold",
    "hot",
    "very_hot",
    "dry",
    "wind",
    "thunder",
    "salinity",
    "always",
]
Kind = Literal["task", "pest", "season"]
Trust = Literal["high", "medium", "low"]

ButtonLabel = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_LABEL_CHARS)]


class Stage(Strict):
    """How far a crop has come; the id is unique within its crop."""

    id: Identifier
    name: Words
    also: tuple[Words, ...] = ()


class Crop(Strict):
    """A crop or animal: `name` as in the middle of a sentence, `label` on a button, `also` as people call it."""

    id: Identifier
    name: Words
    label: ButtonLabel
    also: tuple[Words, ...] = ()
    stages: tuple[Stage, ...] = ()


class Advice(Strict):
    """One thing to do, to look out for, or to know, when the weather is so.

    Without `crops` it is for everybody, without `stages` for every stage. A stage is one of any of the crops.
    """

    id: Identifier
    kind: Kind
    crops: tuple[Identifier, ...] = ()
    stages: tuple[Identifier, ...] = ()
    when: Situation
    text: Words
    source: Words
    trust: Trust
    checked_on: date
    recheck: bool = False


class Crops(Strict):
    """crops.yaml: what people grow and raise, in the order of the buttons, and the advice on it."""

    crops: Annotated[tuple[Crop, ...], Field(min_length=1)]
    advice: tuple[Advice, ...] = ()

    def crop(self, crop_id: str) -> Crop | None:
        return next((crop for crop in self.crops if crop.id == crop_id), None)
