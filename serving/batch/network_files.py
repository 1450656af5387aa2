"""What comparing accounts found, as files: pairs, their evidence, activity and events as Parquet, groups and campaigns as JSON.

Accounts stand under their own ids, times are times, and every object is what a reader knows it by.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from vigie.features import on_disk, steps, whole_files
from vigie.features.coordination import activity_overlap, graphml, traces
from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.detector import Network
from vigie.features.coordination.report import pair_evidence
from vigie.features.coordination.report.types import Campaign, Group, NetworkReport, Pair
from vigie.models.known_match import KnownMatch
from vigie.serving.json_encoding import encoded
from vigie.serving.known_campaigns import match_files

_SIDES = ("first", "second")
_PAIR = ("trace", "window", *_SIDES)
# Pairs whose evidence is held at once: squads of hundreds that act on the same things make millions of pairs.
_PAIRS = 100_000
# Events that are written at once.
_EVENTS = 1_000_000


def write(
    out: Path,
    compared: Comparison,
    made: NetworkReport,
    matches: Mapping[int, Sequence[KnownMatch]] | None = None,
) -> None:
    """Write every file of a network into a folder, whole or not at all.

    Args:
        out: Folder to make; must not exist.
        compared: The comparison.
        made: What is told of it.
        matches: What accounts share with known campaigns, by row; None where they were compared with none.

    Raises:
        OSError: The folder cannot be made.
    """
    network, accounts, posts = compared.network, compared.accounts, compared.posts
    names = accounts.select(pl.col("row").cast(pl.Int64), "platform", "account_id", "handle")
    first = names.select(pl.all().name.prefix("first_")).rename({"first_row": "first"})
    second = names.select(pl.all().name.prefix("second_")).rename({"second_row": "second"})
    with whole_files.new_folder(out) as fresh:
        for name, shares in (
            ("pairs", [network.pairs]),
            ("evidence", _evidence(compared)),
            ("activity", [_active(posts)]),
        ):
            _write_shares(
                fresh / f"{name}.parquet",
                (
                    share.join(first, on="first", how="left", maintain_order="left")
                    .join(second, on="second", how="left", maintain_order="left")
                    .drop(_SIDES)
                    for share in shares
                ),
            )
        _write_shares(
            fresh / "events.parquet",
            (
                share.join(names, left_on="account", right_on="row", how="left", maintain_order="left").drop(
                    "account"
                )
                for share in _events(compared)
            ),
        )
        compared.groups.join(names, left_on="account", right_on="row", how="left").drop(
            "account"
        ).write_parquet(fresh / "groups.parquet")
        (fresh / "campaigns.json").write_bytes(encoded(list[Campaign], made.campaigns, indent=1))
        (fresh / "groups.json").write_bytes(encoded(list[Group], made.groups, indent=1))
        (fresh / "ungrouped.json").write_bytes(encoded(list[Pair], made.ungrouped, indent=1))
        with (fresh / "network.graphml").open("w", encoding="utf-8") as file:
            file.writelines(
                graphml.graphml(
                    network.significant(),
                    compared.groups,
                    accounts,
                    compared.campaigns.members,
                    network.events,
                )
            )
        if matches is not None:
            match_files.write(fresh / "matches.jsonl", accounts, matches)


def _write_shares(path: Path, shares: Iterable[pl.DataFrame]) -> None:
    """Write a table that comes in shares, at least one, as one file: no two are held at once."""
    with TemporaryDirectory(dir=path.parent) as folder:
        files: list[Path] = []
        for share in shares:
            files.append(Path(folder) / f"{len(files)}.parquet")
            share.write_parquet(files[-1])
        pl.scan_parquet(files).sink_parquet(path)


def _evidence(compared: Comparison) -> Iterator[pl.DataFrame]:
    """Yield what the accounts of significant pairs acted on together, with the ids and times of the posts, in shares."""
    network, posts = compared.network, compared.posts
    wanted = network.significant().select(_PAIR).sort(_PAIR)
    begins = range(0, max(wanted.height, 1), _PAIRS)
    for part, begin in enumerate(begins):
        some = wanted[begin : begin + _PAIRS]
        yield steps.kept("evidence", partial(_proof, network, posts, some), part, len(begins))


def _proof(network: Network, posts: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    """Return what the accounts of some pairs acted on together."""
    proof = pair_evidence.shared(network, posts, wanted)
    return proof.with_columns(
        *(posts["post_id"].gather(proof[f"{side}_post"]).alias(f"{side}_post_id") for side in _SIDES),
        *(_moment(f"{side}_time") for side in _SIDES),
    ).drop("first_post", "second_post")


def _events(compared: Comparison) -> Iterator[pl.DataFrame]:
    """Yield who acted on what, when, with which post, trace by trace.

    ``object`` is what a reader knows the content by; ``object_id`` is the same for the same content of a trace.
    """
    network, posts = compared.network, compared.posts
    found = network.events["trace"].unique(maintain_order=True).to_list() or [None]
    for part, trace in enumerate(found):
        told = steps.kept("events", partial(_events_on, network, posts, trace), part, len(found))
        for start in range(0, max(told.height, 1), _EVENTS):
            yield told[start : start + _EVENTS]


def _events_on(network: Network, posts: pl.DataFrame, trace: str | None) -> pl.DataFrame:
    """Return the events of a trace."""
    own = on_disk.where(network.events, network.events["trace"].eq_missing(trace))
    objects = on_disk.by_keys([own.select("object")], ["object"], pl.DataFrame.unique)
    named = objects.select(pl.lit(trace, pl.String).alias("object_trace"), "object")
    names = pair_evidence.named(named, network, posts).select("object", "name")
    # Their places are looked up once: there are as many names as events, nearly.
    place = on_disk.looked_up(
        own.select("object"), names.select("object", place=pl.int_range(pl.len(), dtype=pl.Int64))
    )

    def told(some: pl.DataFrame) -> pl.DataFrame:
        return some.select(
            "trace",
            "account",
            _moment("time"),
            posts["post_id"].gather(some["post"]),
            object=names["name"].gather(some["place"]),
            object_id="object",
        )

    return on_disk.by_stretches(on_disk.beside(own, pl.Series("place", place)), told)


def _active(posts: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs active in the same bins of time beyond what their hourly rates explain, for every bin."""
    timed = on_disk.by_stretches(
        posts,
        lambda some: some.filter(pl.col("created_at").is_not_null()).select(
            pl.col("row").cast(pl.Int64).alias("account"),
            pl.col("created_at").dt.epoch("s").alias("time"),
            traces.resolution().alias("resolution"),
        ),
    )
    tick = int(timed["resolution"].max() or 1)  # type: ignore[arg-type]  # Int64 or null
    return pl.concat(
        steps.kept(
            "activity", partial(_active_in, timed, fine, coarse, tick), part, len(activity_overlap.BINS)
        )
        for part, (fine, coarse) in enumerate(activity_overlap.BINS)
    )


def _active_in(timed: pl.DataFrame, fine: int, coarse: int, tick: int) -> pl.DataFrame:
    """Return the pairs active in the same bins of so many seconds; none where the clock is coarser."""
    found = activity_overlap.pairs(timed, fine, coarse) if fine >= tick else activity_overlap.NONE
    return found.select(pl.lit(fine).alias("bin"), pl.all())


def _moment(column: str) -> pl.Expr:
    """Return seconds since 1970 as a time in UTC."""
    return pl.from_epoch(column, "s").dt.replace_time_zone("UTC").alias(column)
