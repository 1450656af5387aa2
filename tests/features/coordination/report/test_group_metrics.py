"""What a group did is measured from its pairs, its members and their posts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from vigie.features.coordination.report import group_metrics
from vigie.features.coordination.report.types import GroupDescription

Clique = Callable[..., pl.DataFrame]
Accounts = Callable[..., pl.DataFrame]
Posts = Callable[..., pl.DataFrame]
Described = Callable[..., GroupDescription]


def test_leads_relays_and_degrees_are_those_of_the_pairs(
    clique: Clique, accounts: Accounts, described: Described
) -> None:
    one = described(clique("co_repost"), accounts())
    assert [each.account_id for each in one.leads] == ["0", "1", "2", "3"]
    assert [each.account_id for each in one.relays] == ["7", "6", "5", "4"]
    assert one.leads[0].net_leads == 42
    assert {each.degree_of_coordination for each in one.accounts} == {100.0}


START = datetime(2024, 1, 1, tzinfo=UTC)


def measured(
    linked: pl.DataFrame,
    *,
    declared: Sequence[bool | None] = (None,) * 8,
    written: pl.DataFrame | None = None,
    creation: float | None = None,
) -> group_metrics.GroupMetrics:
    """Return the metrics of a group; another with the same posts, of a member that no pair joins, stands beside it."""
    zero = pl.lit(0, pl.Int64).alias("group")
    beside = pl.DataFrame({"declared": [True], "group": [7]})
    members = pl.concat(
        [pl.DataFrame({"declared": declared}, schema={"declared": pl.Boolean}).with_columns(zero), beside]
    )
    if written is not None:
        written = written.with_columns(zero)
        written = pl.concat([written, written.with_columns(group=pl.lit(7, pl.Int64))])
    of_group = linked.with_columns(zero)
    found = group_metrics.by_group(members, of_group, of_group, written)
    assert (found[7].size, found[7].layers, found[7].declared) == (1, frozenset(), 1.0)
    test: Any = SimpleNamespace(p=None)
    tests: Any = SimpleNamespace(creation=SimpleNamespace(p=creation), handles=test, bios=test)
    return found[0].with_profile(tests, {})


def holding(pairs: pl.DataFrame, *holds: bool) -> pl.DataFrame:
    """Return pairs with whether each holds under the author null, those given first."""
    values = [*holds, *[False] * (pairs.height - len(holds))]
    return pairs.with_columns(author_holds=pl.Series(values, dtype=pl.Boolean))


def test_all_traces_together_are_no_layer_beside_others(clique: Clique) -> None:
    both = pl.concat([clique("co_repost", 3), clique("any", 3)])
    assert group_metrics.own(both)["trace"].unique().to_list() == ["co_repost"]
    assert group_metrics.own(clique("any", 3)).height == 3
    assert measured(holding(both)).layers == {"co_repost"}


def test_most_objects_days_and_authors_are_those_of_one_pair_and_the_shortest_window_counts(
    clique: Clique,
) -> None:
    pairs = pl.concat(
        [clique("co_repost", 3, objects=9, days=2, window=600), clique("co_url", 3, days=5, authors=None)]
    )
    metrics = measured(holding(pairs))
    assert (metrics.objects, metrics.days, metrics.authors, metrics.shortest) == (9, 5, 4, 60)
    assert metrics.size == 8


@pytest.mark.parametrize(
    ("known", "held", "share", "significant"),
    [
        (6, 6, 1.0, True),
        (6, 3, 0.5, True),
        (6, 2, 2 / 6, False),
        (2, 2, 1.0, False),
        (0, 3, None, True),
        (0, 2, None, False),
    ],
)
def test_the_author_null_counts_on_the_pairs_with_known_authors_where_they_are_most(
    clique: Clique, known: int, held: int, share: float | None, significant: bool
) -> None:
    pairs = clique("co_repost", 4).with_columns(
        authors=pl.when(pl.int_range(pl.len()) < known).then("authors")
    )
    metrics = measured(holding(pairs, *[True] * held))
    assert metrics.author_share == (share if share is None else pytest.approx(share))
    assert metrics.author_significant == significant


def test_a_group_of_one_author_is_one_whose_pairs_mostly_meet_on_one(clique: Clique) -> None:
    assert measured(holding(clique("co_repost", 4, authors=1))).one_author
    assert not measured(holding(clique("co_repost", 4, authors=2))).one_author
    assert not measured(holding(clique("co_url", 4, authors=None))).one_author


def test_the_share_of_the_site_linked_to_most_is_that_of_links_in_one_spelling(
    clique: Clique, posts: Posts
) -> None:
    urls = [
        "https://www.a.example/1",
        "http://a.example/2?utm_source=x",
        "https://b.example/1",
        "https://A.example",
    ]
    metrics = measured(holding(clique("co_url", 3)), written=posts(urls=[[url] for url in urls]))
    assert metrics.site_share == 3 / 4
    assert measured(holding(clique("co_url", 3)), written=posts(urls=[[], []])).site_share is None
    assert measured(holding(clique("co_url", 3))).site_share is None


def test_the_busiest_six_hours_are_looked_for_anywhere(clique: Clique, posts: Posts) -> None:
    hours = [0, 10, 11, 15.9, 16, 17.1, 40, 60]
    written = posts(created_at=[START + timedelta(hours=hour) for hour in hours])
    assert measured(holding(clique("co_url", 3)), written=written).busy_share == 4 / 8


def test_declared_automation_is_a_share_of_all_members(clique: Clique) -> None:
    declared = [True, True, False, None, None, None, None, None]
    assert measured(holding(clique("co_url", 3)), declared=declared).declared == 2 / 8
    assert measured(holding(clique("co_url", 3))).declared is None


@pytest.mark.parametrize(("p", "homogeneous"), [(None, False), (1e-3, False), (0.00099, True)])
def test_a_group_is_homogeneous_below_one_in_a_thousand(
    clique: Clique, p: float | None, homogeneous: bool
) -> None:
    assert measured(holding(clique("co_url", 3)), creation=p).homogeneous is homogeneous


def test_layers_hold_the_best_of_pairs_and_windows(clique: Clique) -> None:
    pairs = clique("co_repost", 3, objects=4, p_author=0.2)
    seen = pl.concat([pairs, clique("co_repost", 3, window=600, p_author=0.01)])
    of_two = [
        pl.concat(
            [
                table.with_columns(group=0),
                table.with_columns(group=3, objects=pl.col("objects") - 2, p_author=1e-9),
            ]
        )
        for table in (pairs, seen)
    ]
    found = group_metrics.layers(*of_two)
    assert found.keys() == {0, 3}
    (layer,) = found[0].values()
    assert (layer.pairs, layer.windows, layer.median_objects) == (3, [60, 600], 4)
    assert (layer.p_class, layer.p_author) == (1e-12, 0.01)


def acts(*rows: tuple[str, int, str, int]) -> pl.DataFrame:
    return pl.DataFrame(
        list(rows), schema=["trace", "account", "object", "time"], orient="row", infer_schema_length=None
    )


def of_groups(events: pl.DataFrame, homes: dict[int, int]) -> pl.DataFrame:
    return events.join(pl.DataFrame({"account": homes.keys(), "group": homes.values()}), on="account")


def test_the_period_of_a_group_is_that_of_acts_of_members_within_the_longest_window_of_their_trace() -> None:
    seen = pl.DataFrame({"group": [0, 0, 1], "trace": ["co_url"] * 3, "window": [60, 600, 600]})
    events = acts(
        ("co_url", 1, "early", 10), ("co_url", 9, "early", 20),  # with somebody else
        ("co_url", 1, "a", 1_000), ("co_url", 2, "a", 1_600),
        ("co_url", 2, "b", 5_000), ("co_url", 2, "b", 5_001),  # with itself
        ("co_url", 3, "c", 7_000), ("co_url", 1, "c", 7_601),  # a second too late
        ("co_repost", 1, "d", 9_000), ("co_repost", 2, "d", 9_000),  # of no pair
    )  # fmt: skip
    first, last = datetime.fromtimestamp(1_000, UTC), datetime.fromtimestamp(1_600, UTC)
    assert group_metrics.periods(seen, of_groups(events, {1: 0, 2: 0, 3: 0})) == {0: (first, last)}
    assert group_metrics.periods(seen, of_groups(events, {3: 0, 9: 0})) == {}
    in_two = of_groups(events, {1: 0, 2: 1, 3: 0, 9: 0})
    early = datetime.fromtimestamp(10, UTC), datetime.fromtimestamp(20, UTC)
    assert group_metrics.periods(seen, in_two) == {0: early}


def test_pairs_of_all_traces_together_met_on_objects_of_any_trace() -> None:
    events = acts(("co_repost", 1, "d", 100), ("co_repost", 2, "d", 130), ("co_url", 2, "d", 500))
    seen = pl.DataFrame({"group": [0], "trace": ["any"], "window": [60]})
    found = group_metrics.periods(seen, of_groups(events, {1: 0, 2: 0}))
    assert found == {0: (datetime.fromtimestamp(100, UTC), datetime.fromtimestamp(130, UTC))}
