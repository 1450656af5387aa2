"""One page with everything a sceptical reader asks of a model: figures, splits, leaks, robustness, people, explanations.

A section is shown where the training has its tables; both targets use the same page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from vigie.training.report.markdown import table


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes:
        title: Its heading.
        text: What the reader needs to read the tables rightly.
        tables: Names of tables shown in it, where there are any; ``*`` at the end for all that begin so.
        plots: Names of plots shown in it.
    """

    title: str
    text: str
    tables: tuple[str, ...] = ()
    plots: tuple[str, ...] = ()


SECTIONS = (
    Section(
        "On what the model never saw",
        "Each source is judged by a model fitted, calibrated and discounted without it, beside baselines fitted on the same "
        "rows and judged on the same accounts. Splits called optimistic let the model see other accounts of the source: "
        "the distance between them and the rest is what a random split flatters by. Intervals are 95 %, campaigns (else "
        "kinds) resampled whole, then accounts inside them; with few accounts they are widened by Student's t.",
        ("unseen_sources", "means", "gains", "table", "campaigns", "cohorts", "rules"),
        ("unseen_sources.png",),
    ),
    Section(
        "Where such accounts are rare",
        "The same ranking at stated prevalences: a figure at equal classes says little of a collection in which one account "
        "in a hundred is of the class. Lift is over drawing at random. Precision and recall are of the accounts flagged at "
        "the shipped threshold (band *high*).",
        ("at_prevalence",),
        ("precision.png",),
    ),
    Section(
        "For a review budget",
        "What a person finds who looks at the k highest of 10,000 accounts.",
        ("budget",),
    ),
    Section(
        "At small false positive rates",
        "Recall while one ordinary account in a hundred, or in a thousand, is flagged. Rates below *least rate* (3 / n) cannot "
        "be told from so few ordinary accounts.",
        ("operating", "backgrounds", "alone"),
        ("small_rates.png",),
    ),
    Section(
        "Calibration",
        "Stated against seen probability at the assumed prevalence. A Brier score above *brier of prevalence* is worse than "
        "stating the prevalence for everybody.",
        ("calibration", "intervals"),
        ("reliability.png",),
    ),
    Section(
        "Abstention",
        "Error among the share of accounts the model is surest of, classes weighing alike.",
        ("risk_coverage", "abstained"),
        ("risk_coverage.png",),
    ),
    Section(
        "If labels are wrong",
        "What the figures would be if a share of the accounts labelled ordinary were of the other class and scored like it: "
        "the reading of a positive-unlabelled set. A false positive rate below 0 says that the share cannot be so large.",
        ("label_noise",),
    ),
    Section(
        "Leaks",
        "How well each feature alone tells the data set apart among ordinary accounts (0.5 not at all), the model with labels "
        "shuffled inside each source (about 0.5 is right), and the one feature that ranks each source best.",
        ("which_source_*", "permuted_*", "best_single"),
    ),
    Section(
        "Robustness",
        "The same accounts with something taken away or disturbed, at the threshold that flags one ordinary account in a "
        "hundred undisturbed. A score must not rise as posts vanish.",
        ("robustness", "posts_curve"),
        ("robustness.png", "posts_curve.png"),
    ),
    Section(
        "People wrongly flagged",
        "False positive rates of ordinary accounts by who they are. Few people in a slice prove little: 0 of n only says less "
        "than 3 / n.",
        ("audit", "registry"),
        ("audit.png",),
    ),
    Section(
        "Explanations",
        "Removing the reasons given must lower a score more than removing others; reasons must be alike from one fit to the "
        "next; every reason that names posts must name posts that exist.",
        ("deletion", "stability", "resolved"),
    ),
    Section("Recovery of the cohort", "Pairs of one campaign that end in one group.", ("recovery",)),
    Section(
        "Size and tuning",
        "What each size buys on unseen sources, and every trial of a search.",
        ("size_*", "trials_*"),
        ("size_profile.png", "size_posts.png"),
    ),
    Section("Data", "Who was learnt from, and who was left out.", ("data", "removed")),
)
# Rows of a table shown; all of them are in the record's CSV.
_SHOWN = 40


def report(
    title: str, lead: str, notes: Sequence[str], tables: Mapping[str, pl.DataFrame], plots: Sequence[str]
) -> str:
    """Return the report in Markdown.

    Args:
        title: Of the page.
        lead: What was trained on what.
        notes: What must be known before a figure is believed.
        tables: Tables by name; which are shown where is said in :data:`SECTIONS`.
        plots: Names of the plots there are.
    """
    parts = [f"# {title}", lead]
    if notes:
        parts += ["> **Read first**", "\n".join(f"> - {note}" for note in notes)]
    for section in SECTIONS:
        shown = [name for wanted in section.tables for name in _named(wanted, tables)]
        drawn = [name for name in section.plots if name in plots]
        if not shown and not drawn:
            continue
        parts += [f"## {section.title}", section.text]
        parts += [f"![{name.removesuffix('.png').replace('_', ' ')}](plots/{name})" for name in drawn]
        for name in shown:
            parts += [f"**{name.replace('_', ' ')}**", table(tables[name].head(_SHOWN))]
            if tables[name].height > _SHOWN:
                parts.append(
                    f"The first {_SHOWN} of {tables[name].height:,} rows; all are in tables/{name}.csv."
                )
    return "\n\n".join(parts) + "\n"


def _named(wanted: str, tables: Mapping[str, pl.DataFrame]) -> list[str]:
    if wanted.endswith("*"):
        return [name for name in tables if name.startswith(wanted[:-1])]
    return [wanted] if wanted in tables and not tables[wanted].is_empty() else []
