"""Where an account says that it is: a country or a large city, in the words of its profile."""

from __future__ import annotations

import re
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.languages import get_official_languages

# How people write countries beside their names.
_OTHERWISE = {
    "uk": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "usa": "US", "u.s.a.": "US", "united states of america": "US",
    "rdc": "CD", "drc": "CD", "holland": "NL",
}  # fmt: skip
# Names of several places.
_UNSURE = {"georgia", "victoria", "santiago", "cordoba", "cordova"}
# Zones whose last part is no city.
_NO_CITY = ("Etc", "SystemV", "US", "Canada", "Brazil", "Chile", "Mexico")


def zones(location: str | None) -> frozenset[str]:
    """Return the time zones of the place that a profile names; none where it is not known for certain.

    >>> sorted(zones("Lyon, France")), sorted(zones("Somewhere")), sorted(zones("paris"))
    (['Europe/Paris'], [], ['Europe/Paris'])
    """
    parts = [part.strip().casefold() for part in re.split(r"[,/|•·–-]", location or "") if part.strip()]
    if not parts or parts[-1] in _UNSURE:
        return frozenset()
    named = _countries().get(parts[-1])
    if named is not None:
        return frozenset(get_global("territory_zones").get(named, ()))
    # A city beside a word that is no country may be another city of that name.
    return frozenset(_cities().get(parts[0], ())) if len(parts) == 1 else frozenset()


@cache
def _countries() -> dict[str, str]:
    """Return the codes of countries by their names in English, in French and in their own languages."""
    codes = [str(code) for code in Locale("en").territories if len(str(code)) == 2]
    names: dict[str, str] = dict(_OTHERWISE)
    for code in codes:
        for language in ("en", "fr", *get_official_languages(code)):
            try:
                name = Locale.parse(language).territories.get(code)
            except UnknownLocaleError:
                continue  # a language that is not described
            if name and str(name).casefold() not in _UNSURE:
                names.setdefault(str(name).casefold(), code)
    return names


@cache
def _cities() -> dict[str, list[str]]:
    """Return zones by the city that they are named after."""
    cities: dict[str, list[str]] = {}
    for zone in get_global("zone_territories"):
        region, _, city = zone.rpartition("/")
        if region and not region.startswith(_NO_CITY):
            cities.setdefault(city.replace("_", " ").casefold(), []).append(zone)
    return cities
