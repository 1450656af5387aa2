"""Scores of coordination: each account in the window in which it looks most coordinated.

An account that is in several windows is judged by the one with the highest log-odds, less the logarithm of the
number of windows looked at: who looks often finds something. Where there is nobody to compare it with, or too
few of its own posts, the model abstains.

What most accounts of a window have in common is a property of the window, not of an account: where three quarters
of them behave alike, and would all be raised for it, nobody is.
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
from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.report.types import Companions
from vigie.features.explanations import sentence
from vigie.features.i18n import Language
from vigie.features.pipeline import FeatureMatrix
from vigie.features.window.windows import LEAST_ACCOUNTS, ComparisonWindow
from vigie.models.bundle import Bundle
from vigie.models.calibration import Floats, probability
from vigie.models.evidence_basis import CAMPAIGN, COMMON, FEATURE, Basis, basis, log_bayes_factor
from vigie.models.neighbour_features import added
from vigie.models.scoring import Scores, score
from vigie.models.verdict import (
    STATED_PREVALENCES,
    CoordinationAbstention,
    CoordinationVerdict,
    Reason,
    Verdict,
    Window,
    abstained_because,
    band_of,
    bands,
    verdicts,
)

# Posts named by a verdict that rests on a campaign alone.
_POSTS_NAMED = 5


@dataclass(frozen=True)
class CampaignEvidence:
    """Which accounts are in a campaign of the whole corpus, and how surprising the contents they share are.

    Attributes:
        rarity: By row, -log10 of the p-value of its closest pair, times the accounts compared; members alone.
        post_ids: By row, posts that hold contents of the campaign, the latest first.
        posts_read: By row, how many of its posts were compared.
    """

    rarity: Mapping[int, float]
    post_ids: Mapping[int, list[str]]
    posts_read: Mapping[int, int]

    @classmethod
    def of(cls, compared: Comparison) -> CampaignEvidence:
        """Return the evidence of a comparison; members by their group alone have that of the group, and none here."""
        members = compared.campaigns.members.drop_nulls("log_rarity")
        if members.is_empty():
            return NO_CAMPAIGN
        shown = compared.campaigns.posts().sort("time", "post", descending=True)
        posts = (
            shown.with_columns(post_id=compared.posts["post_id"].gather(shown["post"]))
            .group_by("account", maintain_order=True)
            .agg("post_id")
        )
        read = compared.posts.group_by(pl.col("row").cast(pl.Int64)).len()
        return cls(
            dict(members.select("account", "log_rarity").iter_rows()),
            dict(posts.iter_rows()),
            dict(read.iter_rows()),
        )

    def log_odds(self, row: int) -> float:
        """Return what a member's contents add to the log-odds at most."""
        return float(log_bayes_factor(np.array([self.rarity[row]]))[0])

    def holds(self, rows: pl.Series) -> NDArray[np.bool_]:
        """Return which accounts are members."""
        return np.array([row in self.rarity for row in rows])

    def shown_in(self, window: ComparisonWindow) -> ComparisonWindow:
        """Return a window whose posts tell which of them hold contents of a campaign."""
        held = pl.DataFrame(
            [(row, name) for row, names in self.post_ids.items() for name in names],
            schema={"row": pl.UInt32, "post_id": pl.String},
            orient="row",
        ).with_columns(shows_campaign=pl.lit(value=True))
        posts = window.matrix.posts.join(
            held.unique(), on=["row", "post_id"], how="left", maintain_order="left"
        )
        flagged = posts.with_columns(pl.col("shows_campaign").fill_null(value=False))
        return replace(window, matrix=replace(window.matrix, posts=flagged))

    def raise_members(self, scores: Scores, window: ComparisonWindow) -> Scores:
        """Return the scores of a window, raised for members by what their contents prove beyond what their groups do.

        Behaviour that is unlike the operation that the model learnt takes nothing from that proof.
        """
        rarity = np.array([self.rarity.get(row, np.nan) for row in window.matrix.table["row"]])
        proof = log_bayes_factor(rarity)
        by_group = log_bayes_factor(window.matrix.values([FEATURE])[:, 0])
        added = np.maximum(proof - by_group, 0.0)
        below = np.where(np.isnan(rarity), 0.0, np.maximum(proof - (scores.log_odds + added), 0.0))
        return scores.raised(CAMPAIGN, rarity, added + np.nan_to_num(below))


NO_CAMPAIGN = CampaignEvidence({}, {}, {})
# Fields that a verdict on coordination takes from any verdict.
_OF_VERDICT = tuple(item.name for item in fields(Verdict) if item.name not in ("status", "band"))


@dataclass(frozen=True)
class WindowScores:
    """The accounts that are judged in one window.

    Attributes:
        window: The window, with neighbour features.
        matrix: Features of those accounts.
        scores: Their scores, less what looking at several windows costs.
        basis: What each score rests on, a :data:`vigie.models.evidence_basis.Basis`.
        bands: Band of each, or :data:`vigie.models.verdict.ABSTAINED`; behaviour alone never reaches the highest.
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
        campaigns: Which accounts are in a campaign; those that no window judges are judged by it alone.
    """

    windows: tuple[WindowScores, ...]
    campaigns: CampaignEvidence = NO_CAMPAIGN

    @property
    def code(self) -> str:
        """Code of the abstention on accounts that are judged in no window."""
        return "too_few_posts_in_window" if self.windows else "no_comparison_accounts"

    def log_odds(self, rows: Sequence[int]) -> Floats:
        """Return the log-odds of accounts by row, at equal classes; NaN where the model abstains."""
        known = {
            row: value
            for each in self.windows
            for row, value in zip(each.matrix.table["row"], each.scores.log_odds.tolist(), strict=True)
        }
        alone = {row: self.campaigns.log_odds(row) for row in self.campaigns.rarity if row not in known}
        return np.array([known.get(row, alone.get(row, np.nan)) for row in rows])


def with_neighbours(bundle: Bundle, windows: Sequence[ComparisonWindow]) -> list[ComparisonWindow]:
    """Return windows with the neighbour features that a model reads, whatever they had of another model's."""
    return [replace(window, matrix=added(bundle, window.matrix)) for window in windows]


def score_windows(
    bundle: Bundle,
    windows: Sequence[ComparisonWindow],
    campaigns: CampaignEvidence = NO_CAMPAIGN,
    *,
    at_once: int | None = None,
) -> CoordinationScores:
    """Return the scores of the accounts of windows.

    Args:
        bundle: A bundle of the target ``coordinated``.
        windows: What :func:`vigie.features.window.windows.compute` returned for the corpus.
        campaigns: Which accounts are in a campaign of the whole corpus.
        at_once: Accounts that the model scores at once; None: all.
    """
    prepared = [campaigns.shown_in(window) for window in with_neighbours(bundle, windows)]
    scored = [
        campaigns.raise_members(score_window(bundle, window, at_once=at_once), window) for window in prepared
    ]
    chosen = _chosen(prepared, scored)
    judged = []
    for number, (window, scores) in enumerate(zip(prepared, scored, strict=True)):
        table = window.matrix.table
        own = chosen.filter(pl.col("window") == number)
        keep = table["row"].is_in(own["row"].implode())
        looked_at = table.filter(keep).select("row").join(own, on="row", how="left", maintain_order="left")
        lowered = scores.where(keep.to_numpy()).lowered(np.log(looked_at["windows"].to_numpy()))
        rests_on = np.where(campaigns.holds(table["row"]), "campaign", basis(table))[keep.to_numpy()]
        reached = bands(bundle, lowered)
        judged.append(
            WindowScores(
                window=window,
                matrix=window.matrix.of(own["row"]),
                scores=lowered,
                basis=rests_on,
                bands=np.where((rests_on == "behaviour") & (reached == "high"), "elevated", reached),
            )
        )
    return CoordinationScores(tuple(judged), campaigns)


def score_window(bundle: Bundle, window: ComparisonWindow, *, at_once: int | None = None) -> Scores:
    """Return the scores of a window with neighbour features: what groups prove added, what all have in common excluded."""
    surprise = window.matrix.values([FEATURE])[:, 0]
    scores = score(bundle, window.matrix, at_once=at_once)
    return scores.excluding(_common(scores)).raised(FEATURE, surprise, log_bayes_factor(surprise))


def _common(scores: Scores) -> dict[str, float]:
    """Return the contributions above zero that at least :data:`COMMON` of the scored accounts have, by feature.

    Acts on the same objects, which posts show, are left out: everybody may have evidence of them.
    """
    scored = scores.contributions[scores.status == "scored"]
    if len(scored) < LEAST_ACCOUNTS:
        return {}
    least = np.sort(scored, axis=0)[int((1 - COMMON) * len(scored))]
    return {
        name: float(value)
        for name, value in zip(scores.features, least, strict=True)
        if value > 0 and not (CATALOGUE[name].group == "coordination" and CATALOGUE[name].evidence)
    }


def coordination_verdicts(
    bundle: Bundle,
    scores: CoordinationScores,
    rows: Sequence[int],
    companions: dict[int, Companions],
    *,
    top: int,
    language: Language,
) -> list[CoordinationVerdict | CoordinationAbstention]:
    """Return the verdict on each account, in order.

    Args:
        bundle: The bundle that scored.
        scores: What :func:`score_windows` returned.
        rows: Rows of the accounts.
        companions: By row, the group and the partners of an account; empty for none.
        top: Reasons per account; 0 for none.
        language: Language of the sentences.
    """
    alone = Companions(None, None, [], 0)
    found: dict[int, CoordinationVerdict | CoordinationAbstention] = {}
    wanted = pl.Series(list(rows), dtype=pl.UInt32)
    for judged in scores.windows:
        keep = judged.matrix.table["row"].is_in(wanted.implode())
        matrix = judged.matrix.of(wanted)
        window = Window(
            datetime.fromtimestamp(judged.window.start, UTC),
            datetime.fromtimestamp(judged.window.end, UTC),
            judged.window.matrix.table.height,
        )
        made = verdicts(bundle, matrix, judged.scores.where(keep.to_numpy()), top=top, language=language)
        kept = keep.to_numpy()
        table = zip(
            matrix.table["row"],
            made,
            judged.basis[kept],
            judged.bands[kept],
            matrix.coverage["used"],
            strict=True,
        )
        for row, verdict, rests_on, band, posts in table:
            beside = companions.get(row, alone)
            if isinstance(verdict, Verdict):
                found[row] = CoordinationVerdict(
                    **{name: getattr(verdict, name) for name in _OF_VERDICT},
                    band=str(band),
                    basis=cast("Basis", str(rests_on)),
                    window=window,
                    posts=posts,
                    campaign=beside.campaign,
                    group=beside.group,
                    partners=beside.partners,
                    partners_left_out=beside.partners_left_out,
                )
    because = abstained_because(bundle, scores.code, language)
    for row in rows:
        beside = companions.get(row, alone)
        if row in found:
            continue
        if row in scores.campaigns.rarity:
            found[row] = _by_campaign(bundle, scores.campaigns, row, beside, top=top, language=language)
        else:
            found[row] = CoordinationAbstention(
                why=because.why,
                code=because.code,
                campaign=beside.campaign,
                group=beside.group,
                partners=beside.partners,
                partners_left_out=beside.partners_left_out,
            )
    return [found[row] for row in rows]


def _by_campaign(
    bundle: Bundle, campaigns: CampaignEvidence, row: int, beside: Companions, *, top: int, language: Language
) -> CoordinationVerdict:
    """Return the verdict on a member of a campaign that no window judges: its shared contents are all there is."""
    prior = float(bundle.index["assumed_prevalence"])
    log_odds = np.array([campaigns.log_odds(row)])
    chance = float(probability(log_odds, prior)[0])
    value = campaigns.rarity[row]
    post_ids = campaigns.post_ids.get(row, [])
    reason = Reason(
        group=CATALOGUE[CAMPAIGN].group,
        feature=CAMPAIGN,
        value=value,
        percentile=None,
        contribution=float(log_odds[0]),
        sentence=sentence(CAMPAIGN, value, None, float(log_odds[0]), language),
        post_ids=post_ids[:_POSTS_NAMED],
    )
    return CoordinationVerdict(
        probability=chance,
        # Without the shared contents nothing is known of it.
        interval=(prior, chance),
        assumed_prevalence=prior,
        at_prevalence={str(rate): float(probability(log_odds, rate)[0]) for rate in STATED_PREVALENCES},
        band=band_of(bundle, chance),
        reasons=[reason] if top else [],
        basis="campaign",
        window=None,
        posts=campaigns.posts_read.get(row, 0),
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
