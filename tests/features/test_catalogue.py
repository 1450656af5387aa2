"""The catalogue holds what a feature's one line states, and every feature in it states what the others rely on."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

# Importing the families fills the catalogue.
import vigie.features.coordination.campaigns
import vigie.features.pipeline
import vigie.features.window.windows  # noqa: F401
from vigie.features import catalogue
from vigie.features.catalogue import CATALOGUE, GROUPS, Definition, Feature, Table, feature

LEAK_REGISTER = Path(__file__).parents[2] / "docs" / "reference" / "leak-register.md"


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Feature]:
    """Return a function that registers a feature of a name in a catalogue of the test's own."""
    monkeypatch.setattr(catalogue, "CATALOGUE", {})

    def add(
        name: str, decorator: Callable[[Definition], Definition], value: pl.Expr | None = None
    ) -> Feature:
        def definition() -> pl.Expr:
            """Measure something.

            More on it.
            """
            return pl.col("value").sum() if value is None else value

        definition.__name__ = name
        assert decorator(definition) is definition
        return catalogue.CATALOGUE[name]

    return add


@pytest.mark.parametrize(
    ("name", "needs_posts", "group", "table"),
    [
        ("profile_age_days", 0, "profile", "accounts"),
        ("content_length_mean", 5, "content", "posts"),
        ("rhythm_gap_s", 5, "timing", "posts"),
        ("sequence_entropy_bits", 5, "action_sequence", "posts"),
        ("coordination_partners_count", 1, "coordination", "window"),
        ("campaign_posts_share", 0, "campaign", "collection"),
    ],
)
def test_the_prefix_names_the_group_and_the_group_where_a_feature_is_measured(
    register: Callable[..., Feature], name: str, needs_posts: int, group: str, table: Table
) -> None:
    made = register(name, feature(unit="count", needs_posts=needs_posts))
    assert (made.name, made.group, made.table) == (name, group, table)


def test_a_name_of_no_group_is_refused_with_the_groups(register: Callable[..., Feature]) -> None:
    with pytest.raises(ValueError, match=r"'weather_rain_count' .* not one of profile, name, timing"):
        register("weather_rain_count", feature(unit="count"))


def test_a_name_is_registered_once(register: Callable[..., Feature]) -> None:
    register("name_length_count", feature(unit="count"))
    with pytest.raises(ValueError, match="'name_length_count' is registered already"):
        register("name_length_count", feature(unit="count"))


@pytest.mark.parametrize(
    ("unit", "stated", "high"),
    [("share", None, 1.0), ("yes/no", None, 1.0), ("share", 2.0, 2.0), ("count", None, None), ("ratio", None, None)],
)  # fmt: skip
def test_only_shares_and_yes_or_no_are_bounded_by_one_unless_said_otherwise(
    register: Callable[..., Feature], unit: catalogue.Unit, stated: float | None, high: float | None
) -> None:
    made = register("content_value_unit", feature(unit=unit, high=stated))
    assert (made.low, made.high) == (0.0, high)


@pytest.mark.parametrize(("posts", "value"), [(2, None), (3, 3.0)])
def test_fewer_posts_than_needed_give_a_missing_value(
    register: Callable[..., Feature], posts: int, value: float | None
) -> None:
    made = register("content_value_count", feature(unit="count", needs_posts=3))
    table = pl.DataFrame({"value": [1] * posts}).select(made.expression)
    assert table.schema == {"content_value_count": pl.Float64()}
    assert table.item() == value


def test_one_source_is_a_tuple_of_one_and_the_docstring_gives_its_first_line(
    register: Callable[..., Feature],
) -> None:
    one = register("name_one_count", feature(unit="count", source="Weber2021"))
    two = register("name_two_count", feature(unit="count", source=("Weber2021", "Xu2021")))
    none = register("name_none_count", feature(unit="count"))
    assert (one.source, two.source, none.source) == (("Weber2021",), ("Weber2021", "Xu2021"), ("vigie",))
    assert one.doc == "Measure something."


def test_the_label_of_a_feature_is_a_noun_in_both_languages() -> None:
    label = CATALOGUE["content_repost_share"].label
    assert label.key == "features.label.content_repost_share"
    assert (label.say("en"), label.say("fr")) == ("share of reposts", "part de republications")


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_feature_states_a_range_a_direction_and_what_it_is(name: str) -> None:
    one = CATALOGUE[name]
    assert one.name == name
    assert one.group in GROUPS
    assert one.high is None or one.low < one.high
    assert one.monotone in (-1, 0, 1)
    assert re.fullmatch(r"\S.*\.", one.doc), "a sentence says what it is"


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_feature_of_posts_needs_one_and_no_other_does(name: str) -> None:
    one = CATALOGUE[name]
    assert (one.needs_posts > 0) == (one.table in ("posts", "window"))


@pytest.mark.parametrize("name", [name for name, one in CATALOGUE.items() if one.evidence])
def test_only_posts_are_evidence(name: str) -> None:
    assert CATALOGUE[name].table in ("posts", "window", "collection")
    assert CATALOGUE[name].evidence.startswith("shows_")


def test_every_group_has_features() -> None:
    assert {one.group for one in CATALOGUE.values()} == set(GROUPS)


def test_what_is_kept_out_of_the_model_cites_the_leak_register() -> None:
    listed = set(re.findall(r"^\| (L\d+) \|", LEAK_REGISTER.read_text(encoding="utf-8"), re.MULTILINE))
    reasons = {name: one.leak for name, one in CATALOGUE.items() if one.leak}
    assert len(reasons) >= 10
    for name, reason in reasons.items():
        codes, _, why = reason.partition(": ")
        assert set(codes.split(", ")) <= listed, name
        assert why, name
