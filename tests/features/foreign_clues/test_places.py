"""A place is known where the profile names it for certain."""

from __future__ import annotations

import pytest

from vigie.features.foreign_clues.places import zones


@pytest.mark.parametrize(
    ("location", "zone"),
    [("France", "Europe/Paris"), ("Lyon, France", "Europe/Paris"), ("Deutschland", "Europe/Berlin"), ("Allemagne", "Europe/Berlin"),
     ("London", "Europe/London"), ("Nairobi", "Africa/Nairobi"), ("Leeds, England", "Europe/London")],
)  # fmt: skip
def test_a_country_or_a_city_is_known_by_its_names(location: str, zone: str) -> None:
    assert zone in zones(location)


def test_a_country_of_several_zones_has_them_all() -> None:
    assert {"America/New_York", "America/Los_Angeles"} <= zones("Springfield, USA")


@pytest.mark.parametrize("location", [None, "", "everywhere", "Paris, Texas", "Georgia", "the moon", " , "])
def test_what_is_not_certain_is_not_known(location: str | None) -> None:
    assert zones(location) == frozenset()
