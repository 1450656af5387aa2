"""What drifted, how far, and what to do about it, as messages in the languages of the product."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

import polars as pl

from vigie.features.catalogue import CATALOGUE
from vigie.features.i18n import Decimal, Expected, Language, Listing, Message, Percent, message
from vigie.features.schema import ACCOUNT_FIELDS
from vigie.models.drift.histograms import OTHER, UNKNOWN, Histogram
from vigie.models.drift.psi import LEAST_ACCOUNTS, Comparison, Population, compare
from vigie.models.drift.report import DriftReport, Level, Sentence

# Least share of the accounts for an unknown platform or language, and least rise of the abstentions, to be reported.
_LEAST_REPORTED = 0.1
_MOST_NAMED = 3
_FIELDS = {field.name for field in ACCOUNT_FIELDS} - {"observed_at"}

# From the mildest to the gravest; "unknown" where too few accounts were seen.
LEVELS: tuple[Level, ...] = ("unknown", "none", "watch", "act")


class Advice(NamedTuple):
    """What to do about a drift.

    Attributes:
        level: One of :data:`LEVELS`.
        messages: Sentences, in the order in which they are read.
    """

    level: Level
    messages: tuple[Message, ...]

    def say(self, language: Language) -> str:
        """Return the sentences in one language."""
        return " ".join(each.say(language) for each in self.messages)


def report(reference: Population, seen: Histogram) -> DriftReport:
    """Return what drifted: the level, the advice, and every comparison.

    Raises:
        HistogramError: The histogram is of another bundle.
    """
    comparisons = compare(reference, seen)
    advice = advise(reference, seen, comparisons)
    return DriftReport(
        model=reference.layout.identity,
        reference="labelled accounts" if reference.classes else "quantiles of ordinary accounts",
        reference_accounts=reference.classes.accounts if reference.classes else None,
        level=advice.level,
        advice=Sentence(advice.say("en"), advice.say("fr")),
        comparisons=[each.reported() for each in comparisons],
    )


def advise(reference: Population, seen: Histogram, comparisons: Sequence[Comparison]) -> Advice:
    """Return how grave a drift is and what to do.

    Args:
        reference: What the model learnt on.
        seen: What it saw.
        comparisons: What :func:`vigie.models.drift.psi.compare` returned for both.
    """
    whole = comparisons[0]
    if whole.accounts < LEAST_ACCOUNTS:
        too_few = message("drift.too_few_accounts", seen=whole.accounts, least=LEAST_ACCOUNTS)
        return Advice("unknown", (too_few,))
    missing, unexplained = _missing(whole.features)
    causes = [*missing, *_untaught(reference, seen, "platform")]
    # A feature rarely reads the language: a new one alone is to be watched.
    languages = [] if causes else list(_untaught(reference, seen, "language"))
    signs = [*unexplained, *languages, *_moved(comparisons), *_of_scores(whole)]
    levels = {*whole.features["level"], whole.score.level}
    if causes:
        return Advice("act", (*causes, *signs))
    if reference.classes is None:
        return Advice("watch" if signs else "none", (*signs, message("drift.quantiles_only")))
    if "large" in levels or _abstains(whole):
        return Advice("act", (*signs, message("drift.retrain")))
    if signs:
        return Advice("watch", (*signs, message("drift.watch")))
    return Advice("none", (message("drift.nothing_to_do"),))


def _missing(features: pl.DataFrame) -> tuple[list[Message], list[Message]]:
    """Return which fields of accounts, or posts, are missing more than they were, what explains most first.

    Returns:
        Sentences on fields and posts, and on features whose absence no missing field explains.
    """
    shares: dict[str, tuple[float, float]] = {
        name: (then, now)
        for name, then, now in features.select("feature", "missing_then", "missing_now").iter_rows()
    }
    rose = pl.col("missing_moved") & (pl.col("missing_now") > pl.col("missing_then"))
    unexplained = set(features.filter(rose)["feature"])

    def mean_shares(names: Collection[str]) -> tuple[Percent, Percent]:
        then, now = (sum(shares[name][side] for name in names) / len(names) for side in (0, 1))
        return Percent(then), Percent(now)

    # A field is missing where all features that read it are; of two that explain equally, the one that explains more.
    of_posts = {name for name in shares if CATALOGUE[name].table != "accounts"}
    readers = {
        field: names for field in _FIELDS if (names := _readers(field, shares)) <= unexplained and names
    }
    explained: dict[str, set[str]] = {}
    while readers:
        field = min(readers, key=lambda name: (-len(readers[name] & unexplained), name))
        if not readers[field] & unexplained:
            break
        names = readers.pop(field)
        explained[field] = names
        unexplained -= names
    by_field = {field: mean_shares(names) for field, names in sorted(explained.items())}
    missing = [
        message("drift.field_missing", field=field, then=then, now=now)
        for field, (then, now) in by_field.items()
    ]
    if len(missing) > 1:
        fields = tuple(
            message("drift.field_share", field=field, then=then, now=now)
            for field, (then, now) in by_field.items()
        )
        missing = [message("drift.fields_missing", count=len(fields), fields=Listing(fields))]
    if of_posts and 2 * len(of_posts & unexplained) >= len(of_posts):
        then, now = mean_shares(of_posts & unexplained)
        missing.append(message("drift.too_few_posts", then=then, now=now))
        unexplained -= of_posts
    return missing, [
        message("drift.feature_missing", feature=name, then=then, now=now)
        for name in sorted(unexplained)[:_MOST_NAMED]
        for then, now in (mean_shares({name}),)
    ]


def _readers(field: str, names: Iterable[str]) -> set[str]:
    """Return the features of accounts, out of some, that read a field."""
    return {
        name
        for name in names
        if CATALOGUE[name].table == "accounts" and field in CATALOGUE[name].expression.meta.root_names()
    }


def _untaught(
    reference: Population, seen: Histogram, kind: Literal["platform", "language"]
) -> Iterator[Message]:
    """Yield the platforms or languages of many accounts seen on which the model learnt from few."""
    if reference.classes is None:
        return
    side = 0 if kind == "platform" else 1
    for name in sorted({key[side] for key in seen.counts} - {OTHER, UNKNOWN}):
        where = (name, None) if kind == "platform" else (None, name)
        share, trained = seen.total(*where).accounts / seen.accounts, reference.trained(*where) or 0
        rarer = 2 * trained < share * reference.classes.accounts
        if trained >= LEAST_ACCOUNTS or not rarer or share < _LEAST_REPORTED:
            continue
        if kind == "platform":
            yield message("drift.new_platform", name=name, share=Percent(share), trained=trained)
        else:
            yield message("drift.new_language", name=name, share=Percent(share), trained=trained)


def _moved(comparisons: Sequence[Comparison]) -> Iterator[Message]:
    """Yield which features moved most, and in which slice most of them did."""
    moved = pl.col("level").is_in(["moderate", "large"])
    whole = comparisons[0].features
    features = whole.filter(moved)
    if features.is_empty():
        return
    most_moved = tuple(
        message("drift.feature_index", feature=name, index=Decimal(index))
        for name, index in features.select("feature", "psi").head(_MOST_NAMED).iter_rows()
    )
    yield message(
        "drift.features_moved", count=features.height, total=whole.height, features=Listing(most_moved)
    )
    slices = [each for each in comparisons[1:] if not each.name.endswith((f" {OTHER}", f" {UNKNOWN}"))]
    counts = {each.name: each.features.filter(moved).height for each in slices}
    most = max(counts, key=lambda name: counts[name], default="")
    if counts.get(most):
        kind, name = most.split(" ", 1)
        if kind == "platform":
            yield message("drift.moved_most_on_platform", name=name)
        else:
            yield message("drift.moved_most_in_language", name=name)


def _of_scores(whole: Comparison) -> Iterator[Message]:
    """Yield how scores and abstentions moved."""
    score = whole.score
    if score.level in ("moderate", "large"):
        yield message(
            "drift.scores_moved",
            index=Decimal(score.psi or 0), chance=Expected(score.psi_by_chance or 0),
            now=Decimal(score.mean_now or 0), expected=Decimal(score.mean_expected or 0),
        )  # fmt: skip
    if _abstains(whole):
        then, now = whole.abstained.then or 0.0, whole.abstained.now or 0.0
        yield message("drift.abstains_more", now=Percent(now), then=Percent(then))


def _abstains(whole: Comparison) -> bool:
    """Return whether the model abstains much more than expected."""
    then, now, p = whole.abstained.then, whole.abstained.now, whole.abstained.p
    if then is None or now is None or p is None:
        return False
    return now - then >= _LEAST_REPORTED and p < 0.01
