"""A bundle held against the accounts of more sources: nothing is fitted, and no score changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from vigie.errors import ConfigError, LabelError
from vigie.features.ingest import dataset
from vigie.features.pipeline import FeatureMatrix, compute
from vigie.models import bundle, rehearsal
from vigie.models.bundle import Bundle
from vigie.models.conformal import KnownAccounts, least_accounts
from vigie.training.config import Sets
from vigie.training.data import corpus
from vigie.training.evaluation.external import config_of
from vigie.training.fitting.bundle_builder import table_records
from vigie.training.fitting.known_accounts import Source, added, held_accounts, known_accounts, realised
from vigie.training.report.model_card.known_accounts import section, with_section
from vigie.training.result import Progress

# What saving makes anew.
_MADE_ANEW = ("format", "version", "feature_set", "fingerprints", "files")


@dataclass(frozen=True)
class CalibratedModel:
    """What a calibration made.

    Attributes:
        folder: The bundle.
        identity: Its name, version and feature set.
        realised: How often accounts of the sources are in each set and band, see
            :func:`vigie.training.fitting.known_accounts.realised`.
    """

    folder: Path
    identity: dict[str, str]
    realised: pl.DataFrame


def calibrate_bundle(folder: Path, data: Sequence[Path], out: Path, say: Progress) -> CalibratedModel:
    """Hold a bundle against the accounts of some data sets, and write it; see :func:`vigie.training.calibrate_model`."""
    bundle.check_place(out)
    loaded = bundle.load(folder)
    if loaded.head is not None:
        raise ConfigError(
            f"{loaded.name} was adapted to one collection; calibrate its parent, and adapt that"
        )
    sets = config_of(loaded).sets
    say("reading data sets and computing features")
    sources = _sources(loaded, data)
    say("scoring their accounts without what the model learnt from them")
    held = held_accounts(loaded, sources)
    fresh = known_accounts(held, sets)
    _require(fresh, sources, sets)
    known = fresh if loaded.known is None else added(loaded.known, fresh)
    say("measuring sets and bands on accounts that did not calibrate them")
    given = {source.name for source in sources}
    beside = [group for group in known.groups if group.source not in given]
    measured = realised(held, sets, beside)
    table = _with_earlier(loaded, measured)
    figures = {**loaded.index.get("figures", {}), "known_accounts": table_records(table)}
    kept = {key: value for key, value in loaded.index.items() if key not in _MADE_ANEW}
    texts = {name: (folder / name).read_text(encoding="utf-8") for name in loaded.index["files"]}
    cards = {name: text for name, text in texts.items() if name in bundle.CARDS.values()}
    index = kept | {"known_accounts": known.to_json(), "figures": figures}
    bundle.save(out, index, texts | with_section(cards, section(known, table)))
    written = bundle.load(out)
    rehearsal.check(written)
    return CalibratedModel(out, written.identity(), measured)


def _sources(loaded: Bundle, data: Sequence[Path]) -> list[Source]:
    """Return the accounts of data sets, each person once; those of a set without labels are ordinary."""
    opened = {str(each.manifest["name"]): each for each in map(dataset.open, data)}
    unlabelled = {
        name: 0.0
        for name, each in opened.items()
        if each.labels().filter(pl.col("target") == loaded.target).collect().is_empty()
    }
    config = config_of(loaded)
    held = corpus.read(data, loaded.target, config.sources, unlabelled=unlabelled)
    matrix = compute(held.accounts, held.posts)
    place = held.accounts["source"]
    return [
        Source(
            str(name),
            FeatureMatrix(
                matrix.table.filter(place == name),
                matrix.coverage.filter(place == name),
                pl.DataFrame(),
            ),
            held.accounts.filter(place == name)["y"].to_numpy(),
        )
        for name in held.sources
    ]


def _require(fresh: KnownAccounts, sources: Sequence[Source], sets: Sets) -> None:
    """Refuse a source of which no group is large enough to be held against."""
    least = least_accounts(sets.level)
    known = {group.source for group in fresh.groups}
    for source in sources:
        if source.name not in known:
            raise LabelError(
                f"{source.name} cannot be held against: at {sets.level:.3g}, {least} accounts that the model judges are needed of "
                f"one label and one tier, and it has {len(source.truth)} accounts in all. Give more accounts, or more of their "
                "fields and posts"
            )


def _with_earlier(loaded: Bundle, measured: pl.DataFrame) -> pl.DataFrame:
    """Return the table with the rows that the bundle carries of other sources."""
    carried = pl.DataFrame(loaded.index.get("figures", {}).get("known_accounts", []), schema=measured.schema)
    return pl.concat(
        [carried.filter(~pl.col("source").is_in(measured["source"].unique().implode())), measured]
    )
