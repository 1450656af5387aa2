"""What is said of a list of accounts: the types behind ``POST /v1/group-tests`` and ``vigie group-test``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from vigie.features.coordination.report.types import AccountName

Trait = Literal[
    "creation_bursts",
    "creation_chains",
    "handle_shapes",
    "empty_biographies",
    "shared_biographies",
    "shared_pictures",
]
Verdict = Literal["homogeneous", "ordinary", "not_testable"]
Comparison = Literal["bundle", "collections", "list"]


def _doc(text: str) -> object:
    return Field(description=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreationSpan:
    """The most accounts of a list created within a number of calendar days (UTC) in a row."""

    days: int
    accounts: int
    first_day: date
    ordinary_median: Annotated[
        float | None, _doc("Accounts in ordinary lists of this size: as many or more in one of two.")
    ]
    ordinary_most: Annotated[float | None, _doc("No more than this in 99 of 100 ordinary lists.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraitTest:
    """One trait of the profiles of a list, and how often ordinary lists of the same size show it as much."""

    trait: Trait
    title: Annotated[str, _doc("The trait in words.")]
    sentence: Annotated[str, _doc("What was seen, and how often ordinary lists show as much.")]
    known: Annotated[int, _doc("Accounts of which the trait is known.")]
    accounts: Annotated[
        int | None, _doc("The statistic: accounts that show the trait most; null where it was not measured.")
    ]
    share: Annotated[float | None, _doc("Of the accounts of which the trait is known.")]
    object: Annotated[
        str | None, _doc("The days, the shape of handle, the biography or the picture that most share.")
    ]
    spans: Annotated[list[CreationSpan], _doc("Of creation_bursts: within 1, 7 and 31 days; else empty.")]
    ordinary_median: Annotated[float | None, _doc("Accounts in ordinary lists of this size: the median.")]
    ordinary_most: Annotated[float | None, _doc("No more than this in 99 of 100 ordinary lists.")]
    p: Annotated[
        float | None,
        _doc("Share of ordinary lists that show as much; null where the trait could not be tested."),
    ]
    p_corrected: Annotated[float | None, _doc("p after Holm's correction for all tests that have one.")]
    reference: Annotated[
        Comparison | None,
        _doc(
            "What ordinary means. bundle: the accounts kept with the model, and for dates the trend of the list too. "
            "collections: collections of ordinary accounts that were measured. list: the list's own dates, moved."
        ),
    ]
    reason: Annotated[str | None, _doc("Why there is no p; null where there is one.")]
    members: Annotated[list[AccountName], _doc("Accounts that show the trait; at most 20.")]
    members_left_out: int


@dataclass(frozen=True, slots=True)
class BenignExplanation:
    """An ordinary explanation of traits that accounts share."""

    name: str
    sentence: str
    traits: Annotated[list[Trait], _doc("The significant traits that it may explain.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTest:
    """Whether the profiles of a list are more alike than those of ordinary accounts. Never a verdict of inauthenticity."""

    verdict: Annotated[
        Verdict,
        _doc(
            "homogeneous: p is below significance_level. ordinary: it is not. not_testable: no test could be made."
        ),
    ]
    sentence: str
    accounts: Annotated[int, _doc("Accounts tested, each once.")]
    platforms: dict[str, int]
    p: Annotated[float | None, _doc("The lowest p_corrected: the answer of all tests together.")]
    correction: Annotated[Literal["holm"], _doc("How p-values are corrected for the number of tests.")]
    significance_level: float
    reference: Annotated[str, _doc("Which ordinary accounts the list is compared with.")]
    tests: Annotated[list[TraitTest], _doc("One per trait, those without p included.")]
    benign_explanations: Annotated[
        list[BenignExplanation], _doc("Ordinary explanations of the significant traits.")
    ]
    caveats: Annotated[list[str], _doc("What the answer does not say, and what it depends on.")]
    notes: Annotated[list[str], _doc("What was counted once, left out or not read.")]
