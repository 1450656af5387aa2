"""The model card: what was learnt from what, how good it is where it matters, who should not use it."""

from __future__ import annotations

from typing import Any

import polars as pl

from vigie.training.evaluate import MODEL, RANDOM, Evaluation
from vigie.training.metrics import Figure


def markdown(table: pl.DataFrame, columns: dict[str, str]) -> str:
    """Return a Markdown table with some columns under other names; numbers with three decimals."""
    lines = ["| " + " | ".join(columns.values()) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(map(_cell, row)) + " |" for row in table.select(list(columns)).iter_rows()]
    return "\n".join(lines)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def evaluation_table(evaluation: Evaluation) -> str:
    """Return the evaluation on unseen sources as Markdown, intervals in brackets."""
    shown = evaluation.table.with_columns(
        pl.Series(
            name,
            [
                str(Figure(*values))
                for values in evaluation.table.select(name, f"{name}_low", f"{name}_high").iter_rows()
            ],
        ).alias(f"{name}_text")
        for name in ("auc", "average_precision", "recall_at_1")
    )
    return markdown(
        shown,
        {
            "source": "source (never seen)", "model": "model", "accounts": "accounts scored",
            "positives": "inauthentic", "abstained": "abstained", "auc_text": "AUC",
            "average_precision_text": "AUPRC", "recall_at_1_text": "recall at 1 % FPR",
            "calibration_error": "calibration error",
        },
    )  # fmt: skip


def card(
    index: dict[str, Any],
    evaluation: Evaluation,
    chosen: dict[str, pl.DataFrame],
    leaks: dict[str, pl.DataFrame],
    permuted: dict[str, pl.DataFrame],
    corpus: pl.DataFrame,
) -> str:
    """Return the card of a run, in Markdown.

    Args:
        index: The bundle's index.
        evaluation: Figures on unseen sources.
        chosen: Sizes or trials tried per part, see :class:`vigie.training.train.Fitted`.
        leaks: Which-source-is-this table per part.
        permuted: AUC with shuffled labels per part.
        corpus: ``source``, ``y``, ``kind``, ``len``.
    """
    mean = evaluation.means.filter(pl.col("model") == MODEL).row(0, named=True)
    random = evaluation.means.filter(pl.col("model") == RANDOM).row(0, named=True)
    parts = [
        f"# {index['name']}",
        "Scores how likely an account is inauthentic: bought follower, spambot, troll of an operation, LLM persona. "
        "It speaks only to artificial diffusion. A score is not attribution, says nothing about who is behind an "
        "account, and coordination is another question. A person decides.",
        "## Figures on sources the model never saw",
        f"Mean AUC over {evaluation.table['source'].n_unique()} sources: **{mean['auc']:.3f}** "
        f"[{mean['low']:.3f}, {mean['high']:.3f}] over accounts, "
        f"[{mean['low_over_sources']:.3f}, {mean['high_over_sources']:.3f}] when the sources are resampled too. "
        f"On a random split it would read {random['auc']:.3f}: that figure is optimistic and means little.",
        evaluation_table(evaluation),
        "Gain in mean AUC over each baseline (95 % intervals over accounts, then with the sources resampled too):",
        markdown(evaluation.gains, {"baseline": "baseline", "sources": "sources", "auc": "gain", "low": "low", "high": "high",
                                    "low_over_sources": "low, sources", "high_over_sources": "high, sources"}),
        "Intervals take accounts as independent; where a source is a few bot-nets they are too narrow. The sizes were "
        "chosen on these same sources, which flatters a little. Baselines without input on a source (a profile model "
        "where there are no profiles) rank it at .5 or worse: read the gains by kind of source.",
        "How easy each source is: the one feature that ranks it best, chosen on the source itself.",
        markdown(evaluation.best_single, {"source": "source", "feature": "feature", "auc": "AUC"}),
        "## What the intervals are worth",
        "The stated 90 % interval is the spread between models that each miss one source, and of the calibration. With so "
        "few sources it is no guarantee. On unseen sources, classes weighing alike:",
        markdown(evaluation.intervals, {"source": "source", "half_width": "median half-width, log-odds",
                                        "excludes_even": "share that leaves even odds out",
                                        "wrong_when_excluding": "of these, on the wrong side"}),
        "## Missing evidence",
        "A missing feature never adds. What a missing field of the profile adds in the mean over the training sources is taken "
        "off: " + (", ".join(f"{name} {entry['log_odds']:.2f}" for name, entry in index["missing_fields"].items()) or "nothing")
        + " (log-odds). For one account the score may still rise, where what is hidden spoke for it.",
        "## Score against number of posts supplied",
        "The same accounts, cut to fewer posts, scored by models that never saw their source (posts -1: all; 0: profile alone).",
        markdown(evaluation.posts_curve, {"source": "source", "y": "inauthentic", "posts": "posts", "accounts": "accounts",
                                          "abstained": "abstained", "probability": "mean probability", "flagged": "share at ½ or more"}),
        "## Size",
        *(_size(part, entry, chosen) for part, entry in index["parts"].items()),
        "## Leaks",
        "How well the data set can be told among ordinary accounts (0.5 not at all, 1 always). Where it is high, "
        "in-set figures measure the data set; that is why only unseen sources count here.",
        *(
            f"**{part}**, the ten worst features and all together:\n\n"
            + markdown(_worst(table), {"feature": "feature", "auc": "worst AUC over sources"})
            for part, table in leaks.items()
        ),
        "Labels shuffled inside each source, AUC on unseen sources (about 0.5, a check of the code, not of the data): "
        + "; ".join(f"{part}: " + ", ".join(f"{row['source']} {row['auc']:.2f}" for row in table.iter_rows(named=True))
                    for part, table in permuted.items()) + ".",
        "## Data",
        markdown(corpus, {"source": "source", "y": "inauthentic", "kind": "kind", "len": "accounts"}),
        "Each class of each source has the same weight. People found in two sets are kept once.",
        "## Limits",
        "- Trained on X/Twitter accounts of 2009–2024; labels agree with each other only so far (expert κ .3 to .5).\n"
        "- Fields that X no longer serves are not used. On other platforms expect abstentions and wide intervals.\n"
        "- Calibration moves between sources (see the calibration errors): read the interval, not the third digit.\n"
        "- In `coordination` all trolls come from one archive and nearly all ordinary accounts from another; "
        "one feature alone ranks it well (above), so its figure measures the archives too.\n"
        "- Beneficiary is not author: decoy campaigns exist.\n"
        "- Do not use it to sanction anyone without a person looking at the reasons and the posts.",
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _size(part: str, entry: dict[str, Any], chosen: dict[str, pl.DataFrame]) -> str:
    """Return how large a part is and what other sizes would have given."""
    said = (
        f"**{part}**: {entry['trees']} trees of {entry['leaves']} leaves taken, the smallest within one standard error of the "
        "best on unseen sources"
    )
    if f"size_{part}" not in chosen:
        return f"{said}, out of {chosen[f'trials_{part}'].height} trials of a search nested in the split."
    columns = {
        "leaves": "leaves",
        "trees": "trees",
        "mean": "mean AUC",
        "error": "error of the loss",
        "kilobytes": "kB",
    }
    return f"{said}.\n\n{markdown(chosen[f'size_{part}'], columns)}"


def _worst(table: pl.DataFrame) -> pl.DataFrame:
    grouped = table.group_by("feature").agg(pl.col("auc").max()).sort("auc", descending=True)
    together = grouped.filter(pl.col("feature") == "all features")
    return pl.concat([together, grouped.filter(pl.col("feature") != "all features").head(10)])
