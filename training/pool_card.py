"""The model card of the ``coordinated`` model: what it learnt, how good it is, who should not use it."""

from __future__ import annotations

from typing import Any

import polars as pl

from vigie.features.pool import LEAST_POSTS
from vigie.training.card import markdown
from vigie.training.metrics import Figure
from vigie.training.pool_evaluation import MODEL, MOST_FALSE, Evaluation
from vigie.training.unseen import ACCOUNTS, CAMPAIGN

_FIGURES = {
    "average_precision": "AP", "auc": "AUC", "recall_at_1": "recall at 1 % FPR",
    "recall_at_01": "recall at 0.1 % FPR",
}  # fmt: skip


def card(
    index: dict[str, Any],
    evaluation: Evaluation,
    accounts: pl.DataFrame,
    pools: pl.DataFrame,
    alone: pl.DataFrame,
) -> str:
    """Return the card of a run, in Markdown.

    Args:
        index: The bundle's index.
        evaluation: Figures on what the model never saw.
        accounts: ``y``, ``kind``, ``campaign``, ``len``.
        pools: ``scenario`` and one row per account.
        alone: ``scheme``, ``rows`` and share ``flagged`` of coordinated accounts left alone in their pool.
    """
    ours = {
        row["scheme"]: row for row in evaluation.table.filter(pl.col("model") == MODEL).iter_rows(named=True)
    }
    prior, high = index["assumed_prevalence"], index["bands"]["high"]
    number = pools["scenario"].n_unique()
    sizes = sorted(pools.group_by("scenario").len()["len"].to_list())
    cohorts = sorted(evaluation.cohorts["cohort"].to_list())
    names = ", ".join(str(name) for name in accounts.filter("y")["campaign"].unique().sort())
    parts = [
        f"# {index['name']}",
        "Scores how likely an account acts in concert with others of its collection. Coordination is neither "
        "inauthenticity nor attribution: fans, newsrooms and activists act in concert too. A person decides.",
        f"It compares accounts inside windows of {index['pool']['hours']} hours, abstains where fewer than "
        f"{index['floors']['accounts']} accounts have {LEAST_POSTS} posts in one, and on accounts with fewer than "
        f"{index['floors']['posts']}.",
        "## Figures on what the model never saw",
        f"{number} pools of {sizes[0]:,} to {sizes[-1]:,} accounts, {cohorts[0]} to {cohorts[-1]} coordinated ones "
        "of one campaign hidden in each. "
        "Means over pools, 95 % intervals over resampled accounts; abstentions rank last. "
        f"Average precision **{Figure(*_of(ours[ACCOUNTS], 'average_precision'))}** with the accounts unseen, "
        f"**{Figure(*_of(ours[CAMPAIGN], 'average_precision'))}** with the whole campaign unseen.",
        _table(evaluation.table, {"model": "model", "scheme": "scheme"}),
        "The rules learn nothing, so both schemes are the same for them. What they flag at their own thresholds:",
        markdown(evaluation.rules, {name: name for name in evaluation.rules.columns}),
        "### By campaign",
        _table(evaluation.campaigns, {"scheme": "scheme", "campaign": "campaign", "pools": "pools"}),
        "### By number of coordinated accounts in the pool",
        _table(evaluation.cohorts, {"scheme": "scheme", "cohort": "accounts", "pools": "pools"}),
        "## False positives by background",
        f"Shipped threshold (band *high*, probability {high:.3f} at {prior:.1%} prevalence): the least at which, on every "
        f"background, the upper end of the interval is at most {MOST_FALSE:.1%} of ordinary account-windows. Measured with "
        "the threshold of one half of the accounts on the other half:",
        markdown(evaluation.backgrounds, {name: name for name in evaluation.backgrounds.columns}),
        "The rate is per window of 72 hours: over all windows more accounts are flagged at least once (last column).",
        "## Does it rest on coordination?",
        "Coordinated accounts left alone in their pool, the rest of their cohort taken away, have nobody to act in concert "
        "with. They are taught as not coordinated. At the shipped threshold:",
        markdown(alone, {name: name for name in alone.columns}),
        "Without teaching them (the row of the first table) the ranking is better and the meaning worse: a review found that "
        "54 % [48, 61] of such lone accounts were flagged, since they behave like the others.",
        "## Recovery of the cohort as one group",
        "Pairs of the cohort that end in one group, means over pools (0 where nothing is found):",
        markdown(evaluation.recovery, {name: name for name in evaluation.recovery.columns}),
        "Abstentions:",
        markdown(evaluation.abstained, {"y": "coordinated", "rows": "rows", "abstained": "share"}),
        "## What it reads",
        "Coordination features (higher values never lower a score) and the conduct of the account in the window: shares of "
        "reposts, replies, links and hashtags, gaps, sequences. No style, no clock, no calendar, no language. **Much of its "
        "strength is conduct**: the rows of the table with one kind of features tell how much. So each verdict names its "
        "basis. A *group* that chance does not explain adds to the log-odds by the most that its p-value may (Sellke, "
        "Bayarri and Berger 2001), fans of one author excepted; on *conduct* alone, with nothing shared with anybody, the "
        "band is never *high*.",
        "## Data",
        markdown(accounts, {"y": "coordinated", "kind": "kind", "campaign": "campaign", "len": "accounts"}),
        "## Limits",
        f"- It learnt from the campaigns {names}. Where these are of one operator, the campaign-unseen figures are of the same "
        "operator too; another may act otherwise.\n"
        "- Ordinary accounts share hardly any topic, language or link with the operation here: false positives among people on "
        "the same topic are not measured. On a background it had not learnt, a review saw 1.6 and 7.5 % flagged at a "
        "threshold set for 1 %: set it on your own collection.\n"
        "- Accounts that mostly broadcast links are flagged about ten times as often as other ordinary accounts.\n"
        "- Synchrony tests assume people about equally quick; quick readers of one feed may be called synchronous.\n"
        "- Recall at 0.1 % means above every ordinary account of the pool; its interval is too high.\n"
        "- Archives differ in how they were collected. Features that tell them apart by style or clock are left out; "
        "conduct still may.\n"
        f"- Probabilities are at an assumed prevalence of {prior:.1%}; the interval is the spread between models that each "
        "miss one campaign, and of the calibration.\n"
        "- Do not use it to sanction anyone without a person looking at the partners, the objects and the posts.",
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _of(row: dict[str, Any], name: str) -> tuple[float, float, float]:
    return row[name], row[f"{name}_low"], row[f"{name}_high"]


def _table(table: pl.DataFrame, keys: dict[str, str]) -> str:
    shown = table.with_columns(
        pl.Series(f"{name}_text", [str(Figure(*_of(row, name))) for row in table.iter_rows(named=True)])
        for name in _FIGURES
    )
    return markdown(shown, keys | {f"{name}_text": title for name, title in _FIGURES.items()})
