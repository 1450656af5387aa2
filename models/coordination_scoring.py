"""Scores of coordination: each account in the window in which it looks most coordinated.

An account that is in several windows is judged by the one with the highest log-odds, less the logarithm of the
number of windows looked at: who looks often finds something. Where there is nobody to compare it with, or too
few of its own posts, the model abstains.

What most accounts of a window have in common is a property of the window, not of an account: where three quarters
of them would be raised for the same thing, nobody is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.features.catalogue import CATALOGUE
from vigie.features.coordination.report.types import Companions
from vigie.features.explanations import may_raise
from vigie.features.i18n import Language
from vigie.features.pipeline import FeatureMatrix
from vigie.features.window.windows import LEAST_ACCOUNTS, ComparisonWindow
from vigie.models.bundle import Bundle
from vigie.models.calibration import Floats, probability
from vigie.models.calibration import log_odds as log_odds_of
from vigie.models.collection_evidence import FEATURES, NOTHING, CollectionEvidence
from vigie.models.evidence_basis import (
    CAMPAIGN,
    COMMON,
    FEATURE,
    Basis,
    added_by_campaign,
    added_by_group,
    basis,
)
from vigie.models.joint_standing import shared_out
from vigie.models.scoring import Scores, score
from vigie.models.verdict import (
    STATED_PREVALENCES,
    CoordinationAbstention,
    CoordinationVerdict,
    Reason,
    ScoredVerdict,
    Verdict,
    Window,
    abstained_because,
    band_of,
    bands,
    verdicts_in,
)

# Bases of a score of which nothing can be shown beyond chance.
_NEVER_HIGH = ("shared_activity", "nothing_shared")
_ALONE = Companions(None, None, [], 0)
# Fields that a verdict on coordination takes from any verdict.
_OF_VERDICT = tuple(
    item.name for item in fields(ScoredVerdict) if item.name not in ("status", "band", "reasons")
)


@dataclass(frozen=True)
class WindowScores:
    """The accounts that are judged in one window.

    Attributes:
        window: The window.
        matrix: Features of those accounts.
        scores: Their scores, less what looking at several windows costs.
        basis: What each score rests on, a :data:`vigie.models.evidence_basis.Basis`.
        bands: Band of each, or :data:`vigie.models.verdict.ABSTAINED`; only what can be shown reaches the highest.
    """

    window: ComparisonWindow
    matrix: FeatureMatrix
    scores: Scores
    basis: NDArray[np.str_]
    bands: NDArray[np.str_]


@dataclass(frozen=True)
class CoordinationScores:
    """Scores of coordination of a corpus.

    Attributes:
        windows: The accounts judged, by window; an account is in one at most.
        evidence: What the whole collection shows; accounts that no window judges are judged by it alone.
        too_costly: Whether there are no windows since comparing the accounts would cost too much.
    """

    windows: tuple[WindowScores, ...]
    evidence: CollectionEvidence = NOTHING
    too_costly: bool = False

    @property
    def code(self) -> str:
        """Code of the abstention on accounts that are judged in no window."""
        if self.too_costly:
            return "too_costly"
        return "too_few_posts_in_window" if self.windows else "no_comparison_accounts"

    def log_odds(self, rows: Sequence[int]) -> Floats:
        """Return the log-odds of accounts by row, at equal classes; NaN where the model abstains."""
        known = {
            row: value
            for each in self.windows
            for row, value in zip(each.matrix.table["row"], each.scores.log_odds.tolist(), strict=True)
        }
        alone = {
            row: one.log_odds
            for row, one in self.evidence.accounts.items()
            if row not in known and self.evidence.decides(row)
        }
        return np.array([known.get(row, alone.get(row, np.nan)) for row in rows])


def score_windows(
    bundle: Bundle,
    windows: Sequence[ComparisonWindow],
    evidence: CollectionEvidence | None = None,
    *,
    at_once: int | None = None,
) -> CoordinationScores:
    """Return the scores of the accounts of windows.

    Args:
        bundle: A bundle of the target ``coordinated``.
        windows: What :func:`vigie.features.window.windows.compute` returned for the corpus.
        evidence: What the whole corpus shows; None: each window is all there is.
        at_once: Accounts that the model scores at once; None: all.
    """
    shown = evidence or NOTHING
    scored = [
        _raised_by_campaigns(score_window(bundle, window, shown, at_once=at_once), window, shown)
        for window in windows
    ]
    chosen = _chosen(windows, scored)
    judged = []
    for number, (window, scores) in enumerate(zip(windows, scored, strict=True)):
        table = window.matrix.table
        own = chosen.filter(pl.col("window") == number)
        keep = table["row"].is_in(own["row"].implode())
        looked_at = table.filter(keep).select("row").join(own, on="row", how="left", maintain_order="left")
        lowered = scores.where(keep.to_numpy()).lowered(np.log(looked_at["windows"].to_numpy()))
        rests_on = _bases(table, evidence)[keep.to_numpy()]
        told = lowered.lowered(
            np.where(_may_be_high(own["row"], rests_on, evidence), 0.0, _beyond(bundle, lowered.log_odds))
        )
        judged.append(
            WindowScores(
                window=window,
                matrix=window.matrix.of(own["row"]),
                scores=told,
                basis=rests_on,
                bands=bands(bundle, told),
            )
        )
    return CoordinationScores(tuple(judged), shown)


def _beyond(bundle: Bundle, log_odds: Floats) -> Floats:
    """Return how much is taken off log-odds that must not reach the band ``high``; no band below it is left for it.

    The probability says the same as the band, and who ranks by it has those first of whom something can be shown that nothing
    ordinary explains. The order among the others stays: what reaches half of the band's beginning is pressed below it.
    """
    prior, starts = float(bundle.index["assumed_prevalence"]), bundle.index["bands"]
    high = float(starts["high"])
    pressed = max([high / 2, *(start for start in starts.values() if start < high)])
    start, end = log_odds_of(pressed, prior), log_odds_of(high, prior)
    beyond = np.maximum(log_odds - start, 0.0) / (end - start)
    return (end - start) * beyond**2 / (1 + beyond)


def _may_be_high(
    rows: pl.Series, rests_on: NDArray[np.str_], evidence: CollectionEvidence | None
) -> NDArray[np.bool_]:
    """Return which accounts may be in the highest band: those of which something beyond chance can be shown."""
    return ~np.isin(rests_on, _NEVER_HIGH) if evidence is None else evidence.are_strong(rows)


def _bases(table: pl.DataFrame, evidence: CollectionEvidence | None) -> NDArray[np.str_]:
    """Return what each score of a window rests on: first what the whole corpus shows, where it was compared."""
    inside = basis(table)
    if evidence is None:
        return inside
    shown = evidence.kinds(table["row"])
    # A group of the window alone is not among the groups that are described.
    return np.where(shown != "", shown, np.where(inside == "group", "shared_activity", inside))


def score_window(
    bundle: Bundle,
    window: ComparisonWindow,
    evidence: CollectionEvidence = NOTHING,
    *,
    at_once: int | None = None,
) -> Scores:
    """Return the scores of a window: what groups prove added, what all have in common excluded, joint standings told apart."""
    in_window = window.matrix.values([FEATURE])[:, 0]
    in_collection = evidence.rarity(window.matrix.table["row"], "group")
    scores = score(bundle, window.matrix, at_once=at_once)
    left = shared_out(scores.excluding(_common(scores)), window.matrix)
    proof = added_by_group(left.log_odds, in_window, in_collection)
    return left.raised(FEATURE, np.fmax(in_window, in_collection), proof)


def _raised_by_campaigns(scores: Scores, window: ComparisonWindow, evidence: CollectionEvidence) -> Scores:
    """Return the scores of a window, raised for members of campaigns by what their contents prove beyond their groups."""
    rarity = evidence.rarity(window.matrix.table["row"], "campaign")
    in_window = window.matrix.values([FEATURE])[:, 0]
    return scores.raised(CAMPAIGN, rarity, added_by_campaign(scores.log_odds, in_window, rarity))


def _common(scores: Scores) -> dict[str, float]:
    """Return the contributions above zero that at least :data:`COMMON` of the scored accounts have, by feature.

    People at one event act on the same things within minutes of each other. A campaign that is most of a window shows in
    what groups and contents prove, which nothing here takes away.
    """
    scored = scores.contributions[scores.status == "scored"]
    if len(scored) < LEAST_ACCOUNTS:
        return {}
    least = np.sort(scored, axis=0)[int((1 - COMMON) * len(scored))]
    return {name: float(value) for name, value in zip(scores.features, least, strict=True) if value > 0}


def coordination_verdicts(
    bundle: Bundle,
    scores: CoordinationScores,
    rows: Sequence[int],
    companions: Mapping[Language, Mapping[int, Companions]],
    *,
    top: int,
) -> dict[Language, list[CoordinationVerdict | CoordinationAbstention]]:
    """Return the verdict on each account, in order, by language: found once, said in each.

    Args:
        bundle: The bundle that scored.
        scores: What :func:`score_windows` returned.
        rows: Rows of the accounts.
        companions: By language of the sentences, the group and the partners of accounts by row; empty for none.
        top: Reasons per account; 0 for none.
    """
    found: dict[Language, dict[int, CoordinationVerdict]] = {language: {} for language in companions}
    wanted = pl.Series(list(rows), dtype=pl.UInt32)
    for judged in scores.windows:
        keep = judged.matrix.table["row"].is_in(wanted.implode())
        matrix = judged.matrix.of(wanted)
        window = Window(
            datetime.fromtimestamp(judged.window.start, UTC),
            datetime.fromtimestamp(judged.window.end, UTC),
            judged.window.matrix.table.height,
        )
        kept = keep.to_numpy()
        made = verdicts_in(list(companions), bundle, matrix, judged.scores.where(kept), top=top)
        added = {
            row: dict(zip(judged.scores.features, parts, strict=True))
            for row, parts in zip(
                matrix.table["row"], judged.scores.contributions[kept].tolist(), strict=True
            )
        }
        table = list(
            zip(
                matrix.table["row"],
                judged.basis[kept].tolist(),
                judged.bands[kept].tolist(),
                matrix.coverage["used"],
                strict=True,
            )
        )
        for language, said in made.items():
            for verdict, (row, rests_on, band, posts) in zip(said, table, strict=True):
                beside = companions[language].get(row, _ALONE)
                if isinstance(verdict, Verdict):
                    found[language][row] = CoordinationVerdict(
                        **{name: getattr(verdict, name) for name in _OF_VERDICT},
                        reasons=_reasons(scores.evidence, row, verdict.reasons, added[row], top, language),
                        band=band,
                        basis=cast("Basis", rests_on),
                        window=window,
                        posts=posts,
                        campaign=beside.campaign,
                        group=beside.group,
                        partners=beside.partners,
                        partners_left_out=beside.partners_left_out,
                    )
    return {
        language: [
            own[row]
            if row in own
            else _without_window(
                bundle, scores, row, companions[language].get(row, _ALONE), top=top, language=language
            )
            for row in rows
        ]
        for language, own in found.items()
    }


def _without_window(
    bundle: Bundle,
    scores: CoordinationScores,
    row: int,
    beside: Companions,
    *,
    top: int,
    language: Language,
) -> CoordinationVerdict | CoordinationAbstention:
    """Return the verdict on an account that is judged in no window."""
    if scores.evidence.decides(row):
        return _by_evidence(bundle, scores.evidence, row, beside, top=top, language=language)
    why = abstained_because(bundle, scores.code, language)
    if row in scores.evidence.beside:
        why = f"{why} {scores.evidence.beside[row].sentence.say(language)}"
    return CoordinationAbstention(
        why=why,
        code=scores.code,
        campaign=beside.campaign,
        group=beside.group,
        partners=beside.partners,
        partners_left_out=beside.partners_left_out,
    )


def _reasons(
    evidence: CollectionEvidence,
    row: int,
    reasons: Sequence[Reason],
    added: Mapping[str, float],
    top: int,
    language: Language,
) -> list[Reason]:
    """Return reasons with what the whole corpus shows of the account first, in place of that feature's own sentence.

    Evidence that chance explains, as of accounts that wait for one author, is no reason of its own. Where it is known what explains
    it, it is told with the first reason that there is, which says how far the account stands out and not what can be seen.

    Args:
        evidence: What the whole corpus shows.
        row: The account.
        reasons: Those of its features.
        added: What each feature adds to the log-odds.
        top: Reasons per account.
        language: Language of the sentence.
    """
    if not top or row not in evidence.accounts:
        return list(reasons)
    shown = evidence.accounts[row]
    name = FEATURES[shown.kind]
    if not may_raise(name, shown.rarity, None):
        if not shown.explanation or not reasons or reasons[0].contribution <= 0:
            return list(reasons)
        explained = f"{reasons[0].sentence} {shown.sentence.say(language)}"
        return [replace(reasons[0], sentence=explained), *reasons[1:]]
    # What the group of its window proves of a member is part of what its campaign does.
    told = {name, FEATURE} if shown.kind == "campaign" else {name}
    stated = next((each for each in reasons if each.feature == name), None)
    first = Reason(
        group=CATALOGUE[name].group,
        feature=name,
        value=shown.rarity,
        percentile=stated.percentile if stated else None,
        contribution=sum(added.get(each, 0.0) for each in told),
        sentence=shown.sentence.say(language),
        post_ids=list(shown.post_ids),
    )
    return [first, *(each for each in reasons if each.feature not in told)][:top]


def _by_evidence(
    bundle: Bundle,
    evidence: CollectionEvidence,
    row: int,
    beside: Companions,
    *,
    top: int,
    language: Language,
) -> CoordinationVerdict:
    """Return the verdict on an account that no window judges: what the whole corpus shows of it is all there is."""
    prior = float(bundle.index["assumed_prevalence"])
    proof = evidence.accounts[row].log_odds
    log_odds = np.array([proof])
    if not evidence.accounts[row].strong:
        log_odds -= _beyond(bundle, log_odds)
    chance = float(probability(log_odds, prior)[0])
    name = FEATURES[evidence.accounts[row].kind]
    return CoordinationVerdict(
        probability=chance,
        # Without that evidence nothing is known of it.
        interval=(prior, chance),
        assumed_prevalence=prior,
        at_prevalence={str(rate): float(probability(log_odds, rate)[0]) for rate in STATED_PREVALENCES},
        band=band_of(bundle, chance),
        reasons=_reasons(evidence, row, [], {name: proof}, top, language),
        basis=evidence.accounts[row].kind,
        window=None,
        posts=evidence.posts_read.get(row, 0),
        campaign=beside.campaign,
        group=beside.group,
        partners=beside.partners,
        partners_left_out=beside.partners_left_out,
    )


def _chosen(windows: Sequence[ComparisonWindow], scored: Sequence[Scores]) -> pl.DataFrame:
    """Return ``row``, ``window`` (the one in which it looks most coordinated) and ``windows`` (those it is scored in)."""
    each = [
        window.matrix.table.select("row", window=pl.lit(number), log_odds=pl.Series(scores.log_odds)).filter(
            pl.Series(scores.status == "scored")
        )
        for number, (window, scores) in enumerate(zip(windows, scored, strict=True))
    ]
    none = pl.DataFrame(schema={"row": pl.UInt32, "window": pl.Int32, "log_odds": pl.Float64})
    return (
        pl.concat([none, *each], how="vertical_relaxed")
        .sort("row", "log_odds", "window", descending=[False, True, False])
        .group_by("row", maintain_order=True)
        .agg(pl.col("window").first(), windows=pl.len())
    )
