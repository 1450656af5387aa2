"""From dataset directories to one corpus: labelled accounts and their posts, each person once.

The same people stand in several public data sets, sometimes under other ids. They are found by id, by
handle, and by posts published in the same minute with the same words, and kept in the first set only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import polars as pl

from vigie.errors import ConfigError, LabelError, choices
from vigie.features.i18n import Listing, Message, Percent, message
from vigie.features.ingest import dataset, persons
from vigie.features.schema import TARGETS
from vigie.training.config import Config
from vigie.training.data.confirmed_false_positives import without_registered

_KEYS = ["platform", "account_id"]
# How accounts that are left out are told of, by reason: from the source and the number of accounts to a message.
_LEFT_OUT: Mapping[str, Callable[[str, int], Message]] = {
    "contradicting_labels": lambda source, count: message(
        "training.left_out_contradicting_labels", source=source, count=count
    ),
    "label_without_account": lambda source, count: message(
        "training.left_out_label_without_account", source=source, count=count
    ),
    "another_set_says_otherwise": lambda source, count: message(
        "training.left_out_other_label", source=source, count=count
    ),
    "strength_weighs_nothing": lambda source, count: message(
        "training.left_out_no_weight", source=source, count=count
    ),
}
# Accounts of each class that a source must hold for a model to be evaluated on it.
LEAST_JUDGED = 10
# Fewer labelled accounts of a class than this cannot carry a model.
_LEAST_PER_CLASS = 20
# With fewer than this a model can be had, and little can be said of it.
_FEW_PER_CLASS = 200


@dataclass(frozen=True)
class Corpus:
    """Labelled accounts of several data sets.

    Attributes:
        accounts: Contract columns, ``row`` (UInt32, unique), ``source`` (what is held out whole), ``y`` (Boolean),
            ``kind``, ``campaign``, ``strength``, ``trust`` (weight of the label, 0 to 1).
        posts: Contract columns without platform and account_id, plus ``row``.
        manifests: Manifest of each dataset directory.
        removed: Accounts left out, by source and reason.
        notes: What a reader must know before they rely on a metric.
    """

    accounts: pl.DataFrame
    posts: pl.DataFrame
    manifests: tuple[Mapping[str, Any], ...]
    removed: pl.DataFrame
    notes: tuple[Message, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the sources, in order."""
        return tuple(self.accounts["source"].unique(maintain_order=True))


def load(folders: Sequence[Path], config: Config, registry: Path | None = None) -> Corpus:
    """Return the corpus that a configuration trains on; see :func:`read`.

    Raises:
        LabelError: Too few labels of one class, no source that holds both, or a single source.
    """
    corpus = read(
        folders, config.target, config.sources, strengths=config.strengths, unlabelled=config.unlabelled,
        by=config.split.by, registry=registry,
    )  # fmt: skip
    _check(corpus, config.target)
    return corpus


def read(
    folders: Sequence[Path],
    target: str,
    sources: Sequence[str],
    *,
    strengths: Mapping[Any, float] | None = None,
    unlabelled: Mapping[str, float] | None = None,
    by: Literal["source", "campaign"] = "source",
    registry: Path | None = None,
) -> Corpus:
    """Return the corpus of a target, whether or not a model could be fitted on it.

    Args:
        folders: Dataset directories.
        target: Which labels to use.
        sources: Names of data sets in order of preference; others that are given come after them.
        strengths: Weight of a label by its strength; 1 where not named.
        unlabelled: Data sets whose accounts without a label count as ordinary.
        by: What ``source`` names: the data set, or the campaign inside it.
        registry: Confirmed false positives, who are left out: a model is replayed on them.

    Raises:
        DatasetNotFoundError: A folder is not a dataset directory.
        ConfigError: An unlabelled data set that is named is not among the folders.
        LabelError: No data set is given, or two of one name.
    """
    opened = _opened(folders)
    unlabelled = unlabelled or {}
    for name in unlabelled:
        if name not in opened:
            raise ConfigError(
                f"unlabelled.{name}: no data set of that name is given. {choices(name, opened)}"
            )
    ordered = [name for name in sources if name in opened]
    chosen = [opened[name] for name in (*ordered, *(name for name in opened if name not in ordered))]
    accounts, posts, left_out = [], [], []
    for opened_set in chosen:
        name = opened_set.manifest["name"]
        labels, contradicting = _labels(opened_set.labels().filter(pl.col("target") == target).collect())
        left_out.append({"source": name, "reason": "contradicting_labels", "len": contradicting})
        held = opened_set.accounts().collect()
        left_out.append(
            {"source": name, "reason": "label_without_account",
             "len": labels.join(held, on=_KEYS, how="anti").height}
        )  # fmt: skip
        joined = held.join(labels, on=_KEYS, how="left", maintain_order="left")
        if name in unlabelled:
            joined = joined.with_columns(pl.col("y").fill_null(False), pl.col("kind").fill_null("unlabelled"))
        accounts.append(joined.filter(pl.col("y").is_not_null()).with_columns(source=pl.lit(name)))
        posts.append(opened_set.posts().collect().with_columns(source=pl.lit(name)))
    trust = pl.col("strength").fill_null("weak").replace_strict(dict(strengths or {}), default=1.0)
    table = pl.concat(accounts).with_columns(trust=trust.cast(pl.Float64)).with_row_index("row")
    written = (
        pl.concat(posts)
        .join(table.select("row", "source", *_KEYS), on=["source", *_KEYS], how="inner")
        .drop(*_KEYS, "source")
    )
    if registry is not None:
        table = without_registered(table, registry)
    kept, removed = persons.once(table, written)
    unheard = kept.filter(pl.col("trust") == 0).group_by("source", maintain_order=True).len()
    left_out += unheard.with_columns(reason=pl.lit("strength_weighs_nothing")).to_dicts()
    kept = kept.filter(pl.col("trust") > 0)
    if by == "campaign":
        kept = _by_campaign(kept)
    written = written.join(kept.select("row"), on="row", how="semi")
    aside = pl.DataFrame(left_out, schema=removed.schema).filter(pl.col("len") > 0)
    removed = pl.concat([removed, aside]).sort("source", "reason")
    return Corpus(
        kept,
        written,
        tuple(opened_set.manifest for opened_set in chosen),
        removed,
        _notes(kept, removed, target, unlabelled),
    )


def _opened(folders: Sequence[Path]) -> dict[str, dataset.Dataset]:
    """Return data sets by name: each is a source, so none may bear the name of another."""
    if not folders:
        raise LabelError("no data set is given; name the folders that vigie import made")
    opened: dict[str, dataset.Dataset] = {}
    for folder in folders:
        opened_set = dataset.open(folder)
        name = opened_set.manifest["name"]
        if name in opened:
            raise LabelError(
                f"{opened[name].path} and {folder} are both named {name}; give each data set once, and import other data "
                "under a name of its own: vigie import … --name NAME"
            )
        opened[name] = opened_set
    return opened


def _labels(labels: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Return one label per account, and how many accounts are left out since theirs contradict each other."""
    grouped = labels.group_by(_KEYS, maintain_order=True).agg(
        y=pl.col("value").first(),
        values=pl.col("value").n_unique(),
        kind=pl.col("kind").first(),
        campaign=pl.col("campaign").first(),
        strength=pl.col("strength").first(),
    )
    agreeing = grouped.filter(pl.col("values") == 1).drop("values")
    return agreeing, grouped.height - agreeing.height


def _by_campaign(accounts: pl.DataFrame) -> pl.DataFrame:
    """Return accounts with the campaign as source; ordinary ones are shared out among the campaigns of their data set."""
    named = (
        accounts.filter("y")
        .select("source", pl.col("campaign").fill_null("no campaign"))
        .unique()
        .sort(pl.all())
    )
    share = named.group_by("source", maintain_order=True).agg(campaigns=pl.col("campaign"))
    picked = pl.col("campaigns").list.get(pl.col("account_id").hash(seed=5) % pl.col("campaigns").list.len())
    unit = pl.when("y").then(pl.col("campaign").fill_null("no campaign")).otherwise(picked)
    return (
        accounts.join(share, on="source", how="left", maintain_order="left")
        .with_columns(source=pl.concat_str([pl.col("source"), unit], separator="/", ignore_nulls=True))
        .drop("campaigns")
    )


def _check(corpus: Corpus, target: str) -> None:
    """Refuse labels that cannot carry a model."""
    accounts = corpus.accounts
    counts = accounts.group_by("y").len()
    for value in (True, False):
        number = counts.filter(pl.col("y") == value)["len"].sum()
        if number < _LEAST_PER_CLASS:
            why = "".join(f" {note.say('en')}" for note in _left_out(corpus.removed))
            raise LabelError(
                f"accounts labelled {target}={value}: {number}; at least {_LEAST_PER_CLASS} of each value are needed. "
                f"Add a data set, or check the labels table.{why}"
            )
    if accounts["source"].n_unique() < 2:
        raise LabelError(
            f"all labels come from {accounts['source'][0]}; a model is judged on sources it did not see, so two data sets "
            'are needed at least, or several campaigns in one with by = "campaign" under [split]'
        )
    require_judgeable(accounts, target)


def require_judgeable(accounts: pl.DataFrame, target: str) -> None:
    """Refuse accounts that nothing can be evaluated on.

    Raises:
        LabelError: There is none, or no source holds enough accounts of both classes.
    """
    if accounts.is_empty():
        raise LabelError(f"no account has a label of {target}; bring data sets with labels of it")
    if judgeable(accounts).is_empty():
        raise LabelError(
            f"no source holds {LEAST_JUDGED} accounts of each value of {target} ({_counts(accounts)}): what tells the classes "
            "apart would be what tells the sources apart. Bring ordinary accounts collected the same way as the others, in "
            "one data set"
        )


def _counts(accounts: pl.DataFrame) -> str:
    """Return how many accounts of each class each source holds, in words."""
    counts = accounts.group_by("source", maintain_order=True).agg(yes=pl.col("y").sum(), all=pl.len())
    return "; ".join(f"{source}: {yes} and {total - yes}" for source, yes, total in counts.iter_rows())


def judgeable(accounts: pl.DataFrame) -> pl.Series:
    """Return the sources with enough accounts of each class for a model to be evaluated on them, by name."""
    counts = accounts.group_by("source").agg(
        pl.col("y").sum().alias("positive"), (~pl.col("y")).sum().alias("negative")
    )
    enough = counts.filter(pl.min_horizontal("positive", "negative") >= LEAST_JUDGED)
    return enough["source"].sort()


def target_name(target: str) -> Message | str:
    """Return what a target is called in a sentence; one that another package trains has its own name."""
    return Message(f"training.target.{target}") if target in TARGETS else target


def _notes(
    accounts: pl.DataFrame, removed: pl.DataFrame, target: str, unlabelled: Mapping[str, float]
) -> tuple[Message, ...]:
    """Return what a reader must know of the labels before they rely on a metric."""
    notes = []
    for value, label in ((True, target_name(target)), (False, message("training.class_ordinary"))):
        number = accounts.filter(pl.col("y") == value).height
        if number < _FEW_PER_CLASS:
            notes.append(message("training.note_few_labelled", count=number, label=label))
    units = judgeable(accounts)
    small = [name for name in accounts["source"].unique(maintain_order=True) if name not in units.to_list()]
    if small:
        notes.append(
            message("training.note_small_sources", sources=Listing(tuple(small)), least=LEAST_JUDGED)
        )
    if len(units) < 3:
        notes.append(message("training.note_few_held_out", count=len(units)))
    if accounts["source"].n_unique() == 2:
        notes.append(message("training.note_two_sources"))
    notes += _left_out(removed)
    notes += [
        message("training.note_unlabelled", source=name, share=Percent(share, 1), target=target_name(target))
        for name, share in unlabelled.items()
    ]
    return tuple(notes)


def _left_out(removed: pl.DataFrame) -> list[Message]:
    """Return how many accounts are left out of each source and why; accounts found twice are not told of."""
    return [
        _LEFT_OUT[reason](source, number)
        for source, reason, number in removed.select("source", "reason", "len").iter_rows()
        if reason in _LEFT_OUT
    ]
