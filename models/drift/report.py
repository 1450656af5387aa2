"""What is said of drift: the types behind ``GET /v1/drift`` and ``vigie drift``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from vigie.features.json_object import JsonObject

Movement = Literal["stable", "moderate", "large", "unknown"]
Level = Literal["unknown", "none", "watch", "act"]


def _doc(text: str) -> object:
    return Field(description=text)


@dataclass(frozen=True, slots=True)
class FeatureDrift:
    """How far one feature is from what the model learnt on; null where too little is known."""

    feature: str
    known: Annotated[int, _doc("Accounts in which it is known.")]
    psi: Annotated[float | None, _doc("Population stability index over the deciles of the reference.")]
    psi_by_chance: Annotated[float | None, _doc("Its mean where nothing drifts.")]
    psi_p: Annotated[float | None, _doc("Chance of an index as large where nothing drifts.")]
    missing_then: Annotated[float | None, _doc("Share of accounts expected to lack it.")]
    missing_now: Annotated[float | None, _doc("Share of the accounts seen that lack it.")]
    missing_p: float | None
    level: Movement
    missing_moved: bool


@dataclass(frozen=True, slots=True)
class BandShares:
    """Share of the scored accounts in a band: of the labelled ones, of the mix that fits best, of those seen."""

    then: float | None
    expected: float | None
    now: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreDrift:
    """How far the log-odds at equal classes are from those of the reference."""

    psi: float | None
    psi_by_chance: float | None
    psi_p: float | None
    ks: Annotated[float | None, _doc("Largest distance of the cumulative shares.")]
    level: Movement
    mean_then: Annotated[float | None, _doc("Of all labelled accounts, by models that had not seen them.")]
    mean_expected: Annotated[float | None, _doc("Of the mix of both classes that fits the scores best.")]
    mean_now: float | None
    bands: Annotated[dict[str, BandShares], _doc("By band.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AbstentionDrift:
    """How often the model abstains, as shares of the accounts."""

    then: float | None
    now: float | None
    p: float | None
    codes: Annotated[dict[str, float], _doc("Share of the accounts seen, by code.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftComparison:
    """The accounts seen, all or of one platform or language, beside those the model learnt on."""

    name: Annotated[str, _doc("all, platform NAME or language CODE.")]
    accounts: int
    trained: Annotated[int | None, _doc("Labelled accounts of the same that the model learnt on.")]
    mix: Annotated[float | None, _doc("Share of the target's accounts in the mix that fits best.")]
    features: Annotated[list[FeatureDrift], _doc("The most moved first.")]
    score: ScoreDrift
    abstained: AbstentionDrift


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text in both languages."""

    en: str
    fr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """What moved, how far, and what to do."""

    model: dict[str, str]
    reference: Literal["labelled accounts", "quantiles of ordinary accounts"]
    reference_accounts: int | None
    level: Level
    advice: Sentence
    comparisons: Annotated[list[DriftComparison], _doc("All accounts first.")]


@dataclass(frozen=True, slots=True)
class TargetDrift:
    """What one model saw."""

    report: DriftReport
    sketch: Annotated[
        JsonObject,
        _doc(
            "Counts of accounts by bin, in the format of saved histograms; vigie drift compares them again."
        ),
    ]
    since: Annotated[
        str | None, _doc("UTC; later where the model was replaced; null for accounts of a file.")
    ] = None
