"""What a gate asks of people is the share that is surely in a band, of the public that fares worst."""

from __future__ import annotations

import polars as pl

from vigie.training.config import shipped
from vigie.training.evaluation import gates, publics
from vigie.training.fitting.known_accounts import exact_interval


def public(
    source: str, people: int, high: int, tier: str = "profile+posts", **other: object
) -> dict[str, object]:
    low, end = exact_interval(high, people)
    return {
        "source": source, "inauthentic": False, "shown": "as it is", "tier": tier, "accounts": people,
        "high": high / people, "high_low": low, "high_high": end, **other,
    }  # fmt: skip


def test_the_worst_public_is_that_of_the_largest_low_end_and_few_people_are_none() -> None:
    table = pl.DataFrame(
        [public("town", 719, 4), public("port", 10_000, 40), public("hamlet", 200, 20), public("farm", 400, 40, inauthentic=True)]
    )  # fmt: skip
    found = publics.metrics(table, ["high"])
    assert set(found) == {
        "people.high.worst",
        "people.high.town.profile+posts",
        "people.high.port.profile+posts",
    }
    assert found["people.high.worst"] == found["people.high.port.profile+posts"]
    assert found["people.high.town.profile+posts"].value == 4 / 719


def test_people_of_few_posts_have_a_figure_of_their_own() -> None:
    table = pl.DataFrame(
        [public("town", 400, 0), public("port", 300, 9, "profile"), public("dock", 300, 1, "counts")]
    )
    found = publics.metrics(table, ["high"])
    assert found["people.few_posts.high.worst"].value == 0.03
    assert "people.few_posts.high.worst" not in publics.metrics(table.head(1), ["high"])


def test_the_shipped_gates_pass_what_chance_explains_and_stop_what_it_does_not() -> None:
    asked = [gate for gate in shipped("inauthentic").gates if gate.figure == "people.high.worst"]
    passed = [
        gates.check(asked, publics.metrics(pl.DataFrame([public("town", 719, count)]), ["high"]))[0].passed
        for count in (4, 9)
    ]
    assert passed == [True, False]
