"""Every ordinary explanation has what speaks for and against it, and none is offered without evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vigie.features.coordination.report.benign_explanations import considered
from vigie.features.coordination.report.group_metrics import GroupMetrics
from vigie.features.coordination.report.types import SharedTrait
from vigie.features.i18n import LANGUAGES

# A group that nothing ordinary explains: several days, authors and sites, by replies.
PLAIN = GroupMetrics(
    layers=frozenset({"co_reply"}), days=4, objects=6, authors=5, one_author=False, author_share=0.9,
    author_significant=True, creation=0.5, handle=0.5, bio=0.5, site_share=0.2, token=None, busy_share=0.1,
    declared=0.0, shortest=600, size=8, profile={},
)  # fmt: skip
EVERY = {"fan_club", "newsroom_feed", "live_event", "activists", "declared_bots"}


def keys(metrics: GroupMetrics, name: str) -> tuple[list[str], list[str]]:
    """Return what speaks for and against one explanation that is plausible."""
    (one,) = [each for each in considered(metrics)[0] if each.name == name]
    return [each.key for each in one.supporting], [each.key for each in one.opposing]


def test_what_nothing_speaks_for_is_named_as_considered() -> None:
    plausible, others = considered(PLAIN)
    assert plausible == []
    assert set(others) == EVERY


@pytest.mark.parametrize(
    ("name", "changed", "supporting"),
    [
        ("fan_club", {"one_author": True}, "coordination.fans.one_author"),
        ("fan_club", {"author_share": 0.4}, "coordination.fans.explained"),
        ("newsroom_feed", {"site_share": 0.95}, "coordination.newsroom.one_site"),
        (
            "newsroom_feed",
            {"layers": frozenset({"co_url"}), "token": ("gazette", 0.6)},
            "coordination.newsroom.common_word",
        ),
        ("live_event", {"days": 1}, "coordination.event.one_day"),
        ("live_event", {"busy_share": 0.5}, "coordination.event.six_hours"),
        ("activists", {"layers": frozenset({"text_duplicate"})}, "coordination.activists.material"),
        ("declared_bots", {"declared": 0.1}, "coordination.bots.declared"),
    ],
)
def test_each_explanation_is_offered_for_its_own_evidence(
    name: str, changed: dict[str, object], supporting: str
) -> None:
    metrics = replace(PLAIN, **changed)  # type: ignore[arg-type]
    assert supporting in keys(metrics, name)[0]
    assert name not in considered(metrics)[1]


@pytest.mark.parametrize(
    ("name", "changed", "opposing"),
    [
        ("fan_club", {"author_share": 0.4}, "coordination.fans.several_authors"),
        ("fan_club", {"one_author": True, "layers": frozenset({"media_duplicate"})}, "coordination.copies"),
        ("newsroom_feed", {"site_share": 0.95}, "coordination.newsroom.no_common_word"),
        ("activists", {"layers": frozenset({"rare_hashtag"}), "shortest": 60}, "coordination.activists.within_minute"),
        ("declared_bots", {"declared": 0.3}, "coordination.bots.most_silent"),
        ("live_event", {"days": 1, "creation": 1e-4}, "coordination.homogeneous.creation"),
        ("live_event", {"days": 1, "handle": 1e-4}, "coordination.homogeneous.handles"),
        ("live_event", {"days": 1, "bio": 1e-4}, "coordination.homogeneous.biographies"),
    ],
)  # fmt: skip
def test_what_speaks_against_it_stands_beside_it(
    name: str, changed: dict[str, object], opposing: str
) -> None:
    assert opposing in keys(replace(PLAIN, **changed), name)[1]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sharing", "outside", "key"),
    [
        (3, 0, "coordination.trait_shared"), (5, 4, "coordination.trait_shared_outside"), (2, 0, None), (5, 5, None),
    ],
)  # fmt: skip
def test_a_trait_speaks_against_strangers_where_more_members_than_others_share_it(
    sharing: int, outside: int, key: str | None
) -> None:
    trait = SharedTrait(8, sharing, "Mother of two", sharing, outside)
    metrics = replace(PLAIN, days=1, profile={"shared_biography": trait})
    against = keys(metrics, "live_event")[1]
    assert [one for one in against if "trait" in one] == ([key] if key else [])


def test_every_explanation_and_its_evidence_can_be_said_in_every_language() -> None:
    trait = SharedTrait(8, 5, "Mother of two", 5, 0)
    metrics = replace(
        PLAIN, one_author=True, author_share=0.4, site_share=0.95, token=("gazette", 0.9), days=1, busy_share=0.8,
        layers=frozenset({"text_duplicate", "co_url"}), declared=0.3, shortest=60, creation=1e-4,
        profile={"shared_biography": trait},
    )  # fmt: skip
    plausible, others = considered(metrics)
    assert {one.name for one in plausible} == EVERY
    assert others == []
    for one in plausible:
        for each in (one.title, *one.supporting, *one.opposing):
            for language in LANGUAGES:
                assert "{" not in each.say(language)
