"""``vigie network``: who acts on the same things at the same time, and what chance does not explain."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    import polars as pl

    from vigie.features.coordination.detector import Network

_HELP = """Find accounts that act in synchrony, test them against chance, and describe their groups.

A group is *synchronous*, never inauthentic: fans, newsrooms and activists are synchronous too; benign
alternatives are listed with each group.

Examples:

* vigie network data/mine --out network

* vigie network data/coortweet --out network --language fr

* vigie network data/both --out network --shift x=4

Writes pairs.parquet (every pair with at least two objects, both p-values), evidence.parquet (what the accounts of
each pair beyond chance acted on together, with which posts), activity.parquet (pairs active in the same minutes beyond
what both hourly rates explain: it supports a group, it founds none), groups.parquet and groups.json (what is known of each
group, in the language asked for), events.parquet (who acted on what, when, with which post), network.graphml (Gephi).
"""
_SHOWN, _PAIRS_SHOWN = 20, 5


def network(
    dataset: Annotated[Path, typer.Argument(help="Dataset directory made by vigie import.")],
    out: Annotated[Path, typer.Option(help="Folder to write; must not exist.")],
    language: Annotated[str, typer.Option(help="en or fr.")] = "en",
    shift: Annotated[
        list[str] | None,
        typer.Option(
            help="PLATFORM=HOURS to add to the times of a platform whose clock differs; repeat for more."
        ),
    ] = None,
) -> None:
    """Find synchronous groups (see the module for the help text)."""
    import polars as pl

    from vigie.errors import InputError, choices
    from vigie.features.coordination import communities
    from vigie.features.coordination.detector import build
    from vigie.features.coordination.report.network import NOTE, report
    from vigie.features.coordination.report.profile_tests import Reference
    from vigie.features.i18n.languages import LANGUAGES
    from vigie.features.ingest import dataset as datasets
    from vigie.models.bundle import load

    if language not in LANGUAGES:
        raise InputError(f"{language} is not spoken. {choices(language, LANGUAGES)}")
    if out.exists():
        raise InputError(f"{out} exists; name a folder that does not")
    hours = _hours(shift or [])
    found = datasets.open(dataset)
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("reading", total=None)
        late = pl.duration(
            seconds=pl.col("platform").replace_strict(hours, default=0.0, return_dtype=pl.Float64) * 3_600
        )
        shifted = found.posts().with_columns(pl.col("created_at") + late) if hours else found.posts()
        accounts, posts = _rows(found.accounts().collect(), shifted.collect())
        made = build(posts, say=lambda name: progress.update(task, description=f"looking at {name}"))
        progress.update(task, description="grouping")
        together = communities.find(made.significant())
        population = Reference.from_json(load(None, "coordinated").index["population"])
        said = report(made, together, accounts, posts, language, population)
    _write(out, made, together, said, accounts, posts)
    _show(said, out, NOTE[language])


def _hours(given: list[str]) -> dict[str, float]:
    """Return the hours to add to each platform's times.

    Raises:
        InputError: One is not PLATFORM=HOURS.
    """
    from vigie.errors import InputError

    found = {}
    for text in given:
        platform, _, hours = text.partition("=")
        try:
            found[platform.strip().lower()] = float(hours)
        except ValueError:
            raise InputError(
                f"--shift {text[:60]!r} is not PLATFORM=HOURS; write for example --shift x=4"
            ) from None
    return found


def _rows(accounts: pl.DataFrame, posts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return accounts with ``row``, authors known by their posts alone included, and posts with their row.

    Posts keep ``account_id``, which tells reposts of an account's own posts.
    """
    import polars as pl

    from vigie.features import schema

    keys = ["platform", "account_id"]
    strangers = (
        posts.select(keys)
        .unique(maintain_order=True)
        .join(accounts, on=keys, how="anti", maintain_order="left")
    )
    unseen = strangers.with_columns(
        pl.lit(None, dtype).alias(name)
        for name, dtype in schema.schema("accounts").items()
        if name not in keys
    ).select(accounts.columns)
    indexed = pl.concat([accounts, unseen]).with_row_index("row")
    return indexed, posts.join(
        indexed.select("row", *keys), on=keys, how="inner", maintain_order="left"
    ).drop("platform")


def _write(
    out: Path,
    made: Network,
    together: pl.DataFrame,
    said: dict[str, Any],
    accounts: pl.DataFrame,
    posts: pl.DataFrame,
) -> None:
    """Write every file, whole or not at all, accounts under their own ids."""
    import polars as pl

    from vigie.features.coordination import graphml
    from vigie.features.coordination.report import pair_evidence

    names = accounts.select(pl.col("row").cast(pl.Int64), "platform", "account_id", "handle")
    ids = posts.select("post_id").with_row_index("post").with_columns(pl.col("post").cast(pl.Int64))
    first = names.select(pl.all().name.prefix("first_")).rename({"first_row": "first"})
    second = names.select(pl.all().name.prefix("second_")).rename({"second_row": "second"})
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as scratch:
        fresh = Path(scratch) / "network"
        fresh.mkdir()
        proof = pair_evidence.shared(made, posts, made.significant())
        proof = proof.with_columns(
            posts["post_id"].gather(proof[f"{side}_post"]).alias(f"{side}_post_id")
            for side in ("first", "second")
        )
        tables = {
            "pairs": made.pairs, "evidence": proof.drop("first_post", "second_post"), "activity": _active(posts),
        }  # fmt: skip
        for name, table in tables.items():
            table.join(first, on="first", how="left", maintain_order="left").join(
                second, on="second", how="left", maintain_order="left"
            ).drop("first", "second").write_parquet(fresh / f"{name}.parquet")
        made.events.join(names, left_on="account", right_on="row", how="left").join(
            ids, on="post", how="left"
        ).drop("account", "post", "author").write_parquet(fresh / "events.parquet")
        together.join(names, left_on="account", right_on="row", how="left").drop("account").write_parquet(
            fresh / "groups.parquet"
        )
        for name in ("groups", "ungrouped"):
            (fresh / f"{name}.json").write_text(
                json.dumps(said[name], ensure_ascii=False, indent=1, default=str), encoding="utf-8"
            )
        (fresh / "network.graphml").write_text(
            graphml.graphml(made.significant(), together, accounts), encoding="utf-8"
        )
        fresh.rename(out)


def _active(posts: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs active in the same bins of time beyond what their hourly rates explain, for every bin."""
    import polars as pl

    from vigie.features.coordination import activity_overlap, traces

    timed = posts.filter(pl.col("created_at").is_not_null()).select(
        pl.col("row").cast(pl.Int64).alias("account"),
        pl.col("created_at").dt.epoch("s").alias("time"),
        traces.resolution().alias("resolution"),
    )
    tick = int(timed["resolution"].max() or 1)  # type: ignore[arg-type]  # Int64 or null
    return pl.concat(
        (activity_overlap.pairs(timed, fine, coarse) if fine >= tick else activity_overlap.NONE).select(
            pl.lit(fine).alias("bin"), pl.all()
        )
        for fine, coarse in activity_overlap.BINS
    )


def _show(said: dict[str, Any], out: Path, caveat: str) -> None:
    """Print the groups in words, strongest first."""
    console = Console()
    counts, described = said["counts"], said["groups"]
    for note in said["notes"]:
        console.print(f"note: {note}", style="dim", soft_wrap=True, markup=False)
    console.print(
        f"{counts['pairs']:,} pairs with two objects or more, {counts['pairs_beyond_chance']:,} beyond chance; "
        f"{len(described)} groups."
    )
    console.print(caveat, style="dim", soft_wrap=True, markup=False)
    for group in described[:_SHOWN]:
        for line in _told(group):
            console.print(line, soft_wrap=True, markup=False, highlight=False)
    for pair in said["ungrouped"][:_PAIRS_SHOWN]:
        console.print(f"\n{_paired(pair)}", soft_wrap=True, markup=False, highlight=False)
    if len(described) > _SHOWN:
        console.print(f"\n… and {len(described) - _SHOWN} more in {out / 'groups.json'}")
    console.print(
        f"\nWritten to {out}: pairs, evidence, groups and events as Parquet, groups.json, ungrouped.json (the strongest pairs "
        "outside any group), network.graphml for Gephi.",
        soft_wrap=True,
    )


def _told(group: dict[str, Any]) -> Iterator[str]:
    """Yield a group in some lines: what it is, how sure, and what else would explain it."""
    yield f"\ngroup {group['group']} ({group['verdict']}): {group['sentence']}"
    layers = group["layers"].items()
    counted = ", ".join(f"{name} {layer['pairs']:,} pairs" for name, layer in layers)
    best = min(layers, key=lambda item: item[1]["p_class"])
    held = group["author_significant_share"]
    waited = "" if held is None else f"; {held:.0%} of its pairs hold where all wait for the same authors"
    yield (
        f"  {group['days']} days, {counted}; best p {best[1]['p_class']:.1g} ({best[0]}){waited}; "
        f"stability {group['stability']:.2f}"
    )
    for each in group["benign_alternatives"]:
        yield f"  or {each['sentence'].lower()}: {' '.join(each['for'])}" + (
            f" But: {' '.join(each['against'])}" if each["against"] else ""
        )


def _paired(pair: dict[str, Any]) -> str:
    """Return a pair outside any group in a line."""
    first, second = (
        f"@{pair[side]['handle']}" if pair[side]["handle"] else str(pair[side]["account_id"])
        for side in ("first", "second")
    )
    return (
        f"pair outside any group: {first} and {second}, {pair['trace']} within {pair['window']} s: {pair['objects']} "
        f"objects on {pair['days']} days, chance would give {pair['expected']:.2g} (p {pair['p_class']:.1g}; "
        f"{pair['p_author']:.1g} where both wait for the same authors)"
    )


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("network", help=_HELP)(network)
