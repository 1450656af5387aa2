"""What a report shows of the tables of a record: their titles, the titles of their columns, and the rows that say most.

Every table stands whole in the record, under its own name and with its own columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl
from polars import selectors as cs

from vigie.features.catalogue import CATALOGUE
from vigie.features.i18n import Language, Message
from vigie.features.i18n.catalogues import MissingMessageError
from vigie.training.evaluation.accounts import MODEL
from vigie.training.fitting.leave_operator_out import OPERATOR
from vigie.training.report.formatting import plain
from vigie.training.report.terms import translated

_RARE = 0.01


@dataclass(frozen=True)
class Shown:
    """How a report shows a table.

    Attributes:
        title: What it is called; may hold ``{part}``, the end of its name.
        of: The rows and columns that are shown of it.
    """

    title: str
    of: Callable[[pl.DataFrame], pl.DataFrame] = lambda table: table

    def named(self, part: str) -> Message:
        """Return its title; see the class."""
        return Message(self.title, {"part": part.replace("_", " ")})


def _ours(table: pl.DataFrame) -> pl.DataFrame:
    return table.filter(pl.col("model") == MODEL).drop("model")


def _with_ends(figure: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Return what names the ends of the interval of a figure as those of other tables are."""
    return lambda table: table.rename({"low": f"{figure}_low", "high": f"{figure}_high"})


def _over_both(table: pl.DataFrame) -> pl.DataFrame:
    """Return a table of means with both intervals of each: over accounts, and over sources."""
    return _with_ends("auc")(table).with_columns(auc_over_sources="auc").rename(
        {"low_over_sources": "auc_over_sources_low", "high_over_sources": "auc_over_sources_high"}
    )  # fmt: skip


def _gains(table: pl.DataFrame) -> pl.DataFrame:
    return _over_both(table).rename(
        lambda name: name.replace("auc_over_sources", "gain_over_sources").replace(
            "auc", "gain_over_accounts"
        )
    )


def _rare(table: pl.DataFrame) -> pl.DataFrame:
    return table.filter(pl.col("prevalence") == _RARE).drop("prevalence")


def _most_telling(table: pl.DataFrame) -> pl.DataFrame:
    """Return the features that tell a source apart best, each where it does so best."""
    return table.sort("auc", descending=True, maintain_order=True).unique(
        "feature", keep="first", maintain_order=True
    )


def _worst_slices(table: pl.DataFrame) -> pl.DataFrame:
    return (
        _with_ends("rate")(table)
        .sort("ratio_low", descending=True, nulls_last=True, maintain_order=True)
        .drop("too_few", "rule_of_three")
        .rename(lambda name: name.replace("ratio", "rate_ratio").replace("value", "slice_value"))
    )


def _hardest(table: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the split that counts, where there are several."""
    if "scheme" not in table.columns or table["scheme"].n_unique() < 2:
        return table.drop("scheme", strict=False)
    return table.filter(pl.col("scheme") == OPERATOR).drop("scheme")


def _flagging(table: pl.DataFrame) -> pl.DataFrame:
    """Return what changes do to who is flagged."""
    return table.drop(cs.starts_with("average_precision", "rise_positive"))


def _without_small_rates(table: pl.DataFrame) -> pl.DataFrame:
    return table.drop(cs.starts_with("recall_at_01"))


TABLES: Mapping[str, Shown] = {
    "unseen_sources": Shown("training.table.unseen_sources", _ours),
    "means": Shown("training.table.means", _over_both),
    "gains": Shown("training.table.gains", _gains),
    "table": Shown("training.table.table", _without_small_rates),
    "campaigns": Shown("training.table.campaigns", _hardest),
    "cohorts": Shown("training.table.cohorts", _hardest),
    "rules": Shown("training.table.rules"),
    "at_prevalence": Shown("training.table.at_prevalence", lambda table: _hardest(_rare(table))),
    "budget": Shown("training.table.budget", lambda table: _hardest(_rare(table))),
    "operating": Shown("training.table.operating", _hardest),
    "backgrounds": Shown("training.table.backgrounds", lambda table: _hardest(_with_ends("flagged")(table))),
    "alone": Shown("training.table.alone"),
    "calibration": Shown("training.table.calibration", _hardest),
    "intervals": Shown("training.table.intervals"),
    "risk_coverage": Shown("training.table.risk_coverage", _hardest),
    "abstained": Shown("training.table.abstained"),
    "label_noise": Shown("training.table.label_noise", _hardest),
    "which_source_": Shown("training.table.which_source", lambda table: _most_telling(table).head(10)),
    "permuted_": Shown("training.table.permuted"),
    "best_single": Shown("training.table.best_single"),
    "robustness": Shown("training.table.robustness", _flagging),
    "posts_curve": Shown("training.table.posts_curve"),
    "audit": Shown("training.table.audit", lambda table: _worst_slices(table).head(12)),
    "registry": Shown("training.table.registry"),
    "deletion": Shown("training.table.deletion"),
    "stability": Shown("training.table.stability"),
    "resolved": Shown("training.table.resolved"),
    "recovery": Shown("training.table.recovery"),
    "size_": Shown("training.table.size"),
    "trials_": Shown("training.table.trials"),
    "data": Shown("training.table.data"),
    "removed": Shown("training.table.removed"),
}


@dataclass(frozen=True)
class WrittenTable:
    """A table as a report shows it.

    Attributes:
        title: What it is called.
        frame: Its rows, with words in place of codes.
        titles: Column to its title.
    """

    title: str
    frame: pl.DataFrame
    titles: Mapping[str, str]


def written_table(name: str, table: pl.DataFrame, language: Language) -> WrittenTable:
    """Return a table of a record as a report shows it.

    Args:
        name: Of the table in the record.
        table: All of it.
        language: Of the words.
    """
    known = (
        name if name in TABLES else next(key for key in TABLES if key.endswith("_") and name.startswith(key))
    )
    shown = TABLES[known]
    frame = _with_labels(translated(shown.of(table), language), language)
    ends = {f"{column}_{end}" for column in frame.columns for end in ("low", "high")}
    titles = {column: column_title(column, language) for column in frame.columns if column not in ends}
    return WrittenTable(shown.named(name.removeprefix(known)).say(language), frame, titles)


def column_title(column: str, language: Language) -> str:
    """Return a column in words; one that is named by the data, or by LightGBM, keeps its name.

    >>> column_title("rise_ordinary", "en"), column_title("cresci-2015", "en")
    ('rise of ordinary accounts', 'cresci-2015')
    """
    try:
        return Message(f"training.column_{column.replace(' ', '_')}").say(language)
    except MissingMessageError:
        return plain(column)


def _with_labels(frame: pl.DataFrame, language: Language) -> pl.DataFrame:
    """Return a table with the labels of features in place of their names."""
    if "feature" not in frame.columns:
        return frame
    labels = {name: feature.label.say(language) for name, feature in CATALOGUE.items()}
    return frame.with_columns(pl.col("feature").replace(labels))
