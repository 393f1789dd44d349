"""Where the communes and provinces of today lie: a point in the middle of each, near enough for the weather.

Reads commune_centres.tsv (its head names the source), once. Knows nothing of names.
"""

from functools import cache
from importlib.resources import files

from vietnamese.place_table import table


def centre_of(code: str) -> tuple[float, float] | None:
    """Latitude and longitude of a commune (five digits) or province (two), None for another code.

    A commune whose own middle is not known is where its province is.
    """
    return _centres().get(code)


@cache
def _centres() -> dict[str, tuple[float, float]]:
    text = files(__package__).joinpath("commune_centres.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    found = {code: (float(latitude), float(longitude)) for code, latitude, longitude in rows}
    of_provinces = {code: found[province] for code, (_, province) in table().communes.items()}
    return of_provinces | found
