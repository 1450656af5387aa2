"""What is said of an account: a verdict or an abstention per target, in the shape clients count on.

These types are the contract: the schemas of the API, the columns of ``vigie score`` and the answers of the MLflow model
derive from them.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Annotated, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from vigie.features.catalogue import CATALOGUE
from vigie.features.coordination.report.types import Partner
from vigie.features.explanations import may_lower, may_raise, sentence
from vigie.features.i18n import Language, Listing, Message, message
from vigie.features.ingest.parsing import IgnoredField
from vigie.features.ingest.refusals import Problem
from vigie.features.pipeline import FeatureMatrix
from vigie.features.preprocessing import MAX_POSTS
from vigie.models.bundle import Bundle
from vigie.models.calibration import Floats, probability
from vigie.models.evidence_basis import Basis
from vigie.models.known_match import KnownMatch
from vigie.models.lifting import lifting_fields
from vigie.models.scoring import Scores

STATED_PREVALENCES = (0.1, 0.01, 0.001)
# Where a band would stand of an account on which the model abstains.
ABSTAINED = "abstained"
# Posts named per reason.
_EVIDENCE = 5
# Columns of the coverage that count posts which were read and are not used; messages say why.
_UNUSED = ("duplicate", "after_observation", "older")


def _doc(text: str) -> object:
    return Field(description=text)


def _absent(value: object) -> bool:
    return value is None


@dataclass(frozen=True, slots=True)
class Reason:
    """What moved the score."""

    group: str
    feature: str
    value: float
    percentile: Annotated[float | None, _doc("Share of the reference accounts below it, in percent.")]
    contribution: Annotated[float, _doc("Addition to the log-odds.")]
    sentence: str
    post_ids: Annotated[list[str], _doc("Most recent posts that show it.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LooksLike:
    """Which known accounts an account looks like, with a promise on every known set of ordinary people."""

    kinds: Annotated[
        list[Literal["ordinary", "inauthentic"]],
        _doc(
            "Kinds of accounts that it may be one of: both where the score cannot tell, none where it is like no known one."
        ),
    ]
    level: Annotated[
        float, _doc("On every known set of ordinary people, at most this share is not called ordinary.")
    ]
    ordinary: Annotated[
        float,
        _doc(
            "Bound on the share of the ordinary people who score as high: of the set with the most of them."
        ),
    ]
    inauthentic: Annotated[
        float,
        _doc(
            "Bound on the share of the inauthentic accounts who score as low: of the set with the most of them."
        ),
    ]
    suspecting: Annotated[int, _doc("Sets of ordinary people of which at most that share scores as high.")]
    sources: Annotated[int, _doc("Sets of ordinary people of whom as much is known as of it, or more.")]
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredVerdict:
    """What every score holds, whatever was asked."""

    status: Literal["scored"] = "scored"
    probability: Annotated[float, Field(description="At the assumed prevalence.", ge=0, le=1)]
    interval: Annotated[tuple[float, float], _doc("90 %.")]
    assumed_prevalence: float
    at_prevalence: Annotated[dict[str, float], _doc("The probability where 10, 1, 0.1 % are of the target.")]
    band: str
    reasons: list[Reason]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(ScoredVerdict):
    """A score, and what it rests on."""

    looks_like: Annotated[
        LooksLike | None,
        Field(description="Absent where the model is held against no known accounts.", exclude_if=_absent),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AbstentionReason:
    """What every abstention holds, whatever was asked."""

    status: Literal["abstained"] = "abstained"
    why: str
    code: Annotated[
        str,
        _doc(
            "too_few_posts, insufficient_data, no_comparison_accounts, too_few_posts_in_window or too_costly."
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Abstention(AbstentionReason):
    """No score, and why."""

    fields: Annotated[
        list[str],
        _doc("Fields of the account that would let it be judged, if all were given; empty where none would."),
    ] = dataclasses.field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Window:
    """The hours in which an account looked most coordinated."""

    start: datetime
    end: datetime
    accounts: Annotated[int, _doc("Accounts compared in it.")]


_Campaign = Annotated[int | None, _doc("Number of its campaign in ``campaigns``; null outside any.")]
_Group = Annotated[int | None, _doc("Number of its group in ``groups``; null outside any.")]
_Partners = Annotated[list[Partner], _doc("The 3 of the lowest p-values.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoordinationVerdict(ScoredVerdict):
    """A score of coordination, with the partners that prove it."""

    basis: Annotated[
        Basis,
        _doc(
            "What it rests on: a campaign (contents that hardly anybody else publishes), a group or a partner beyond "
            "chance, things shared with other accounts, or nothing shared. With the last two the band is never high."
        ),
    ]
    window: Annotated[Window | None, _doc("Null where a campaign or a group alone was judged.")]
    posts: Annotated[int, _doc("Posts read in the window, or of the account where there is none.")]
    campaign: _Campaign
    group: _Group
    partners: _Partners
    partners_left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CoordinationAbstention(AbstentionReason):
    """No score of coordination, and why; partners are given nevertheless."""

    campaign: _Campaign
    group: _Group
    partners: _Partners
    partners_left_out: int


@dataclass(frozen=True, slots=True)
class UnusedPosts:
    """Posts that were not read, and why."""

    count: int
    field: Annotated[str | None, _doc("The field at fault, or null.")]
    reason: Annotated[str, _doc("Why; of several posts with a fault in one field, that of the first.")]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What there was to judge by."""

    tier: Annotated[
        str,
        _doc(
            "Parts of the model that spoke: profile, posts, profile+posts or none; counts in place of profile where little more "
            "than counts and dates is known."
        ),
    ]
    posts: Annotated[int, _doc("Posts read.")]
    posts_supplied: int
    missing: Annotated[list[str], _doc("Groups of features with no value at all.")]
    partial: Annotated[list[str], _doc("Groups of features with some values missing.")]
    dropped_posts: list[UnusedPosts]
    ignored_fields: list[IgnoredField]


@dataclass(frozen=True, slots=True)
class AccountResult:
    """The answer for one account: a verdict on each target asked, or an error."""

    platform: str | None
    account_id: str | None
    handle: str | None
    coverage: Annotated[Coverage | None, Field(exclude_if=_absent)] = None
    inauthentic: Annotated[
        Annotated[Verdict | Abstention, Field(discriminator="status")] | None, Field(exclude_if=_absent)
    ] = None
    coordinated: Annotated[
        Annotated[CoordinationVerdict | CoordinationAbstention, Field(discriminator="status")] | None,
        Field(exclude_if=_absent),
    ] = None
    matches: Annotated[
        list[KnownMatch] | None,
        Field(
            description="What it shares with known campaigns, where a memory was given: evidence beside the scores, and no "
            "part of them.",
            exclude_if=_absent,
        ),
    ] = None
    error: Annotated[Problem | None, Field(exclude_if=_absent)] = None

    @property
    def outcome(self) -> str:
        """``refused``, or the status of the first target asked: ``scored`` or ``abstained``."""
        verdict = self.inauthentic or self.coordinated
        return "refused" if verdict is None else verdict.status


def outcomes(results: Iterable[AccountResult]) -> Counter[str]:
    """Return how many accounts were scored, abstained from and refused, by the first target asked."""
    return Counter(result.outcome for result in results)


def verdicts(
    bundle: Bundle, matrix: FeatureMatrix, scores: Scores, *, top: int, language: Language
) -> list[Verdict | Abstention]:
    """Return the verdict on each account of a batch, in order.

    Args:
        bundle: The model.
        matrix: Features of the batch.
        scores: What :func:`vigie.models.scoring.score` returned for it.
        top: Reasons per account; 0 for none.
        language: Language of the sentences.
    """
    return verdicts_in([language], bundle, matrix, scores, top=top)[language]


def verdicts_in(
    languages: Sequence[Language], bundle: Bundle, matrix: FeatureMatrix, scores: Scores, *, top: int
) -> dict[Language, list[Verdict | Abstention]]:
    """Return the verdicts in several languages, each as :func:`verdicts` returns it: found once, said in each."""
    low, high = scores.interval()
    prior = float(bundle.index["assumed_prevalence"])
    stated = {str(rate): probability(scores.log_odds, rate).tolist() for rate in STATED_PREVALENCES}
    headline, floor, ceiling = (probability(x, prior).tolist() for x in (scores.log_odds, low, high))
    reached = bands(bundle, scores)
    fields = lifting_fields(bundle, scores)
    likenesses = _likenesses(bundle, scores, languages)
    reasons = _reasons(bundle, matrix, scores, top, languages)
    return {
        language: [
            Verdict(
                probability=headline[index],
                interval=(floor[index], ceiling[index]),
                assumed_prevalence=prior,
                at_prevalence={rate: values[index] for rate, values in stated.items()},
                band=str(reached[index]),
                reasons=reasons[language][index],
                looks_like=likenesses[language][index],
            )
            if status == "scored"
            else Abstention(
                why=abstained_because(bundle, str(status), language, fields[index]),
                code=str(status),
                fields=fields[index],
            )
            for index, status in enumerate(scores.status)
        ]
        for language in languages
    }


def abstained_because(bundle: Bundle, code: str, language: Language, fields: Sequence[str] = ()) -> str:
    """Return why a model abstains, with its floors and the fields that would lift the abstention in the sentence."""
    floors = bundle.floors()
    if fields:
        return Message(f"verdict.abstained.{code}.fields", floors | {"fields": Listing(tuple(fields))}).say(
            language
        )
    return Message(f"verdict.abstained.{code}", floors).say(language)


def band_of(bundle: Bundle, chance: float) -> str:
    """Return the highest band whose lower end a probability reaches."""
    ordered = sorted(bundle.index["bands"].items(), key=lambda item: item[1])
    return str([name for name, start in ordered if chance >= start][-1])


def bands(bundle: Bundle, scores: Scores) -> NDArray[np.str_]:
    """Return the band of each account, or :data:`ABSTAINED`.

    Where the bundle is held against known accounts, they say which: see
    :meth:`vigie.models.conformal.KnownAccounts.reached`. Else it is the highest whose lower end the probability reaches.
    """
    if bundle.known is not None:
        reached = bundle.known.reached(scores.tier, scores.log_odds, scores.without())
        return np.where(scores.status == "scored", reached, ABSTAINED)
    ordered = sorted(bundle.index["bands"].items(), key=lambda item: item[1])
    names, starts = np.array([name for name, _ in ordered]), [start for _, start in ordered]
    chance = probability(scores.log_odds, float(bundle.index["assumed_prevalence"]))
    place = np.searchsorted(starts, np.nan_to_num(chance), side="right") - 1
    return np.where(scores.status == "scored", names[np.maximum(place, 0)], ABSTAINED)


def _likenesses(
    bundle: Bundle, scores: Scores, languages: Sequence[Language]
) -> dict[Language, list[LooksLike | None]]:
    if bundle.known is None:
        return {language: [None] * len(scores.status) for language in languages}
    level = bundle.known.level
    found = bundle.known.likeness(scores.tier, scores.log_odds, scores.without())

    @cache  # Of few kinds is any account.
    def told(which: str, suspecting: int, sources: int, language: Language) -> str:
        said = Message(f"verdict.looks_like.{which}", {"one_in": round(1 / level)})
        asked = message("verdict.looks_like.sources", count=suspecting, sources=sources)
        return f"{said.say(language)} {asked.say(language)}"

    likenesses: dict[Language, list[LooksLike | None]] = {language: [] for language in languages}
    for ordinary, inauthentic, suspecting, sources in zip(
        found.ordinary.tolist(),
        found.inauthentic.tolist(),
        found.suspecting.tolist(),
        found.sources.tolist(),
        strict=True,
    ):
        kinds: list[Literal["ordinary", "inauthentic"]] = []
        if not ordinary <= level:
            kinds.append("ordinary")
        if not inauthentic <= level:
            kinds.append("inauthentic")
        which = kinds[0] if len(kinds) == 1 else "both" if kinds else "neither"
        for language in languages:
            likenesses[language].append(
                LooksLike(
                    kinds=kinds, level=level, ordinary=ordinary, inauthentic=inauthentic, suspecting=suspecting, sources=sources,
                    sentence=told(which, suspecting, sources, language),
                )
            )  # fmt: skip
    return likenesses


def coverages(bundle: Bundle, matrix: FeatureMatrix, scores: Scores, language: Language) -> list[Coverage]:
    """Return per account the tier, the posts read and what was missing or left out, in a language."""
    because = {name: Message(f"verdict.unused.{name}", {"most": MAX_POSTS}).say(language) for name in _UNUSED}
    groups = np.array([CATALOGUE[name].group for name in scores.features])
    missing: NDArray[np.bool_] = np.isnan(scores.values)
    names = list(dict.fromkeys(groups.tolist()))
    gone = {group: np.atleast_1d(missing[:, groups == group].all(axis=1)) for group in names}
    partly = {group: np.atleast_1d(missing[:, groups == group].any(axis=1)) for group in names}
    return [
        Coverage(
            tier=str(scores.tier[index]),
            posts=counts["used"],
            posts_supplied=counts["supplied"],
            missing=[group for group in names if gone[group][index]],
            partial=[group for group in names if partly[group][index] and not gone[group][index]],
            dropped_posts=[
                UnusedPosts(counts[name], None, reason) for name, reason in because.items() if counts[name]
            ],
            ignored_fields=[],
        )
        for index, counts in enumerate(matrix.coverage.iter_rows(named=True))
    ]


def _reasons(
    bundle: Bundle, matrix: FeatureMatrix, scores: Scores, top: int, languages: Sequence[Language]
) -> dict[Language, list[list[Reason]]]:
    """Return, by language, the ``top`` known features of each account that move its score most, strongest first.

    What raises a score though it is ordinary, or no more than chance gives, is no reason: such a list is shorter.
    """
    rows = len(scores.status)
    if top <= 0:
        return {language: [[] for _ in range(rows)] for language in languages}
    strength = np.where(np.isnan(scores.values), 0.0, np.abs(scores.contributions))
    order = np.argsort(-strength, axis=1, kind="stable")

    @cache  # Of few features is any account told.
    def places(column: int) -> list[tuple[float, float] | None]:
        return _places(bundle, scores.features[column], scores.values[:, column])

    # Numbers of Python, as those of an array cost more to look at one by one.
    values, added = scores.values.tolist(), scores.contributions.tolist()

    def is_reason(index: int, column: int) -> bool:
        name, place = scores.features[column], places(column)[index]
        if added[index][column] < 0:
            return may_lower(name, place)
        return may_raise(name, values[index][column], place)

    def moving(index: int) -> Iterator[int]:
        for column in order[index].tolist():
            # Nought where it is missing, or moves nothing; these come last.
            if not strength[index, column] > 0:
                return
            if is_reason(index, column):
                yield column

    chosen = [
        list(islice(moving(index), top)) if scores.status[index] == "scored" else [] for index in range(rows)
    ]
    ids = matrix.table["row"].to_list()
    evidence = _evidence(
        matrix.posts, [(ids[i], scores.features[c]) for i, cs in enumerate(chosen) for c in cs]
    )

    def reason(index: int, column: int, language: Language) -> Reason:
        name, place = scores.features[column], places(column)[index]
        value, contribution = values[index][column], added[index][column]
        return Reason(
            group=CATALOGUE[name].group,
            feature=name,
            value=value,
            percentile=None if place is None else place[0],
            contribution=contribution,
            sentence=sentence(name, value, place, language, raises=contribution > 0),
            post_ids=evidence.get((ids[index], CATALOGUE[name].evidence), []),
        )

    return {
        language: [
            [reason(index, column, language) for column in columns] for index, columns in enumerate(chosen)
        ]
        for language in languages
    }


def _places(bundle: Bundle, name: str, values: Floats) -> list[tuple[float, float] | None]:
    """Return the shares of reference accounts below and above each value, in percent; None if unknown."""
    reference = bundle.reference.get(name)
    if reference is None or not len(reference):
        return [None] * len(values)
    below = 100 * np.searchsorted(reference, values, side="left") / len(reference)
    above = 100 - 100 * np.searchsorted(reference, values, side="right") / len(reference)
    both = zip(below.tolist(), above.tolist(), strict=True)
    return [None if is_missing else place for is_missing, place in zip(np.isnan(values), both, strict=True)]


def _evidence(posts: pl.DataFrame, wanted: list[tuple[int, str]]) -> dict[tuple[int, str], list[str]]:
    """Return, for (row, evidence column), the most recent posts that show it, newest first."""
    flags: dict[str, set[int]] = {}
    for row, name in wanted:
        if CATALOGUE[name].evidence:
            flags.setdefault(CATALOGUE[name].evidence, set()).add(row)
    evidence: dict[tuple[int, str], list[str]] = {}
    for flag, rows in flags.items():
        shown = (
            posts.lazy()
            .filter(pl.col(flag) & pl.col("row").is_in(list(rows)))
            .group_by("row")
            .agg(pl.col("post_id").tail(_EVIDENCE).reverse())
            .collect()
        )
        evidence |= {(row, flag): ids for row, ids in shown.iter_rows()}
    return evidence
