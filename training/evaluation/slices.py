"""Error analysis by slice: which ordinary people a model flags more often than others.

Everybody labelled ordinary is put in slices by what is known of them (language, age of the account, activity, …), and
the share flagged is told per slice with its interval. Judged are all people handed in: whoever the model abstains on
is not flagged. A person evaluated in several windows counts once, with the share of their rows that are flagged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.stats import norm

from vigie.features import text
from vigie.features.coordination.report.profile_tests import declares_automation
from vigie.features.i18n import Decimal, Message, message
from vigie.models.calibration import log_odds
from vigie.models.metrics import Estimate

# Columns of :func:`slices`; the platform, of the account itself, is one more slice.
SLICES = (
    "language", "script", "age", "activity", "newcomer", "verified", "organisation", "automation", "live_event",
)  # fmt: skip
HIGH, ONE_PERCENT = "band high", "1 % of people"
RATE = 0.01
# With fewer people a slice tells nothing; 0 of n flagged shows only that fewer than 3/n are (rule of three).
LEAST_PEOPLE = 30
_LEVEL = 0.05

_ORGANISATIONS = r"(?i)organi[sz]ation|charity|newsroom|media|institution|company|union|government|brand"
# A newcomer: few posts ever, few followers, a young account.
_FEW_POSTS, _FEW_FOLLOWERS, _YOUNG_DAYS = 20, 100, 365
_AGES = {30: "under 30 days", 365: "30 days to 1 year", 3 * 365: "1 to 3 years", 8 * 365: "3 to 8 years"}
_OLDEST = "over 8 years"
_POSTS = {1: "no posts", 20: "1 to 19 posts", 100: "20 to 99 posts", 200: "100 to 199 posts"}
_MOST_POSTS = "200 posts or more"
# A live event: a hashtag used by so many people on one day, at least half of all it is used by; a participant has it
# in such a share of their posts.
_PEOPLE_OF_EVENT, _BUSIEST_DAY, _PARTICIPATES = 5, 0.5, 0.2
# Most recent posts whose letters tell a script.
_READ = 50


@dataclass(frozen=True)
class ErrorAnalysis:
    """Who is flagged by mistake.

    Attributes:
        table: One row per threshold and slice, and one for everybody (``slice`` is "everybody"): ``threshold``,
            ``slice``, ``value``, ``people``, ``abstained`` (share), ``rate`` (share flagged) with ``low`` and ``high``
            (Wilson, 95 %), ``rule_of_three`` (3/n where nobody is flagged, else null), ``too_few``, and ``ratio`` (rate
            over everybody's) with ``ratio_low`` and ``ratio_high``, widened for the number of slices (Bonferroni);
            null for too few people, or where nobody at all is flagged.
        worst: Per threshold, the slice with the largest ``ratio_low``.
        caution: What to keep in mind with so many slices.
    """

    table: pl.DataFrame
    worst: pl.DataFrame
    caution: Message


def slices(accounts: pl.DataFrame, posts: pl.DataFrame) -> pl.DataFrame:
    """Return what is known of each account, in slices.

    Args:
        accounts: Contract columns, ``row``, ``source`` and the label's ``kind``.
        posts: Contract columns and ``row`` of the author.

    Returns:
        ``row``, ``platform``, ``account_id`` and :data:`SLICES`, texts, "unknown" where not known: ``language`` of most
        posts (else of the account); ``script`` of most letters of its recent posts; ``age`` when observed;
        ``activity``, by posts supplied; ``newcomer``: a young account with few followers and fewer than 20 posts ever;
        ``verified``; ``organisation``, as the label's kind says, since the contract has no field for it;
        ``automation``, declared by the kind or the profile; ``live_event``: whether a fifth of its posts carry a
        hashtag that burst in its source on one day.
    """
    count = posts.group_by("row").agg(supplied=pl.len())
    known = (
        accounts.join(count, on="row", how="left", maintain_order="left")
        .join(_languages(posts), on="row", how="left", maintain_order="left")
        .join(_scripts(posts), on="row", how="left", maintain_order="left")
        .join(_events(accounts, posts), on="row", how="left", maintain_order="left")
        .with_columns(
            pl.col("supplied").fill_null(0),
            age_days=(pl.col("observed_at") - pl.col("created_at")).dt.total_days(),
        )
    )
    few = pl.coalesce("posts_count", "supplied") < _FEW_POSTS
    newcomer = few & (pl.col("followers_count") < _FEW_FOLLOWERS) & (pl.col("age_days") < _YOUNG_DAYS)
    profile_text = pl.col("kind", "handle", "display_name", "description")
    says = declares_automation(pl.col("handle", "display_name", "description")).fill_null(value=False)
    declared = (pl.col("kind") == "declared automation").fill_null(value=False)
    automated = pl.when(pl.any_horizontal(profile_text.is_not_null())).then(pl.any_horizontal(declared, says))
    return known.select(
        "row", "platform", "account_id",
        language=pl.coalesce("language", _primary("lang")),
        script="script",
        age=_band(pl.col("age_days"), _AGES, _OLDEST),
        activity=_band(pl.col("supplied"), _POSTS, _MOST_POSTS),
        newcomer=_said(newcomer),
        verified=_said(pl.col("verified")),
        organisation=_said(pl.col("kind").str.contains(_ORGANISATIONS)),
        automation=_said(automated),
        live_event=_said(pl.col("event_share") >= _PARTICIPATES),
    ).with_columns(pl.col(SLICES).fill_null("unknown"))  # fmt: skip


def thresholds(held_out: pl.DataFrame, bands: Mapping[str, float], prevalence: float) -> dict[str, float]:
    """Return log-odds from which somebody is flagged: that of the band "high", and that which flags 1 % of people.

    Args:
        held_out: Judged rows of one scheme; see :func:`audit`.
        bands: Probability from which each band starts.
        prevalence: At which those probabilities are stated.
    """
    scores = _people(held_out)["log_odds"].fill_null(-np.inf).sort(descending=True).to_numpy()
    highest_not_flagged = np.append(scores, -np.inf)[int(RATE * len(scores))]
    return {
        HIGH: log_odds(bands["high"], prevalence),
        ONE_PERCENT: float(np.nextafter(highest_not_flagged, np.inf)),
    }


def error_analysis(held_out: pl.DataFrame, limits: Mapping[str, float]) -> ErrorAnalysis:
    """Return which people are flagged more often than others.

    Args:
        held_out: Judged rows of one scheme (see :mod:`vigie.training.evaluation.held_out`), with :data:`SLICES`; where ``flaggable`` is
            among the columns, rows without it are not flagged; where ``flagged`` is, it says who is in the band "high".
        limits: Name of each threshold to the log-odds from which a row is flagged; see :func:`thresholds`.
    """
    parts = [_at(_flagged(held_out, limit, name), name) for name, limit in limits.items()]
    table = pl.concat(parts)
    worst = (
        table.drop_nulls("ratio_low")
        .sort("ratio_low", descending=True, maintain_order=True)
        .unique("threshold", keep="first", maintain_order=True)
    )
    tested = table.filter((pl.col("slice") != "everybody") & ~pl.col("too_few"))
    number = tested.select("slice", "value").unique().height
    caution = message("training.note_slices", count=number, expected=Decimal(_LEVEL * number, 0))
    return ErrorAnalysis(table, worst, caution)


def metrics(analysis: ErrorAnalysis) -> dict[str, Estimate]:
    """Return the metrics of a record: the worst slice's ratio, and everybody's share flagged at the band high."""
    names = {ONE_PERCENT: "audit.worst_slice", HIGH: "audit.worst_slice_at_high"}
    estimates = {
        names[row["threshold"]]: Estimate(row["ratio"], row["ratio_low"], row["ratio_high"])
        for row in analysis.worst.filter(pl.col("threshold").is_in(list(names))).iter_rows(named=True)
    }
    everybody = analysis.table.filter((pl.col("slice") == "everybody") & (pl.col("threshold") == HIGH))
    for row in everybody.iter_rows(named=True):
        estimates["audit.flagged_at_high"] = Estimate(row["rate"], row["low"], row["high"])
    return estimates


def wilson(share: pl.Expr, number: pl.Expr, z: float) -> tuple[pl.Expr, pl.Expr]:
    """Return the ends of Wilson's interval of a share of so many (Wilson 1927)."""
    middle = share + z**2 / (2 * number)
    half = z * (share * (1 - share) / number + z**2 / (4 * number**2)).sqrt()
    scale = 1 + z**2 / number
    return ((middle - half) / scale).clip(0.0, 1.0), ((middle + half) / scale).clip(0.0, 1.0)


def _people(held_out: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of people: everybody labelled ordinary, whoever may not be flagged below all others."""
    people = held_out.filter(~pl.col("y"))
    if "flaggable" not in people.columns:
        return people
    # Behaviour alone is never flagged (vigie.models.evidence_basis); an abstention stays one.
    kept = pl.col("flaggable") | pl.col("log_odds").is_null()
    return people.with_columns(log_odds=pl.when(kept).then("log_odds").otherwise(-np.inf))


def _flagged(held_out: pl.DataFrame, limit: float, threshold: str) -> pl.DataFrame:
    """Return one row per person: :data:`SLICES`, ``flagged`` and ``abstained``, shares of the person's rows."""
    is_said = threshold == HIGH and "flagged" in held_out.columns
    reaches = pl.col("flagged") if is_said else (pl.col("log_odds") >= limit).fill_null(value=False)
    return (
        _people(held_out)
        .group_by("platform", "account_id", maintain_order=True)
        .agg(
            pl.col(SLICES).first(),
            flagged=reaches.mean(),
            abstained=pl.col("log_odds").is_null().mean(),
        )
    )


def _at(people: pl.DataFrame, threshold: str) -> pl.DataFrame:
    """Return the table of one threshold, everybody first."""
    measures: dict[str, pl.Expr] = {
        "people": pl.len(), "abstained": pl.col("abstained").mean(), "rate": pl.col("flagged").mean(),
    }  # fmt: skip
    everybody = people.select(slice=pl.lit("everybody"), value=pl.lit(""), **measures)
    parts = [
        people.group_by(value=pl.col(name))
        .agg(**measures)
        .select(pl.lit(name).alias("slice"), pl.all())
        .sort("value")
        for name in ("platform", *SLICES)
    ]
    cells = pl.concat([part.select(everybody.columns) for part in parts])
    few = pl.col("people") < LEAST_PEOPLE
    tested = max(cells.filter(~few).height, 1)
    share, number, pooled = pl.col("rate"), pl.col("people"), pl.lit(everybody["rate"].item(), pl.Float64)
    low, high = wilson(share, number, float(norm.isf(_LEVEL / 2)))
    wide_low, wide_high = wilson(share, number, float(norm.isf(_LEVEL / 2 / tested)))
    comparable = ~few & (pl.col("slice") != "everybody") & (pooled > 0)
    return pl.concat([everybody, cells]).select(
        pl.lit(threshold).alias("threshold"), "slice", "value", "people", "abstained", "rate",
        low=low, high=high,
        rule_of_three=pl.when(share == 0).then(pl.min_horizontal(3 / number, 1.0)),
        too_few=few,
        ratio=pl.when(comparable).then(share / pooled),
        ratio_low=pl.when(comparable).then(wide_low / pooled),
        ratio_high=pl.when(comparable).then(wide_high / pooled),
    )  # fmt: skip


def _languages(posts: pl.DataFrame) -> pl.DataFrame:
    """Return ``row`` and the ``language`` of most posts, the first by name of equals."""
    return (
        posts.select("row", language=_primary("lang"))
        .drop_nulls()
        .group_by("row", "language")
        .len()
        .sort("len", "language", descending=[True, False])
        .unique("row", keep="first", maintain_order=True)
        .select("row", "language")
    )


def _primary(code: str) -> pl.Expr:
    """Return the language of a code, without country or script; null where it is not determined."""
    language = pl.col(code).str.to_lowercase().str.extract(r"^([a-z]{2,3})")
    return pl.when(~language.is_in(["und", "qme", "qht", "zxx"])).then(language)


def _scripts(posts: pl.DataFrame) -> pl.DataFrame:
    """Return ``row`` and the ``script`` of most letters of the recent posts: Latin or other."""
    newest = posts.sort("row", "created_at", "post_id", descending=[False, True, True])
    newest = newest.filter(pl.int_range(pl.len()).over("row") < _READ)
    prose = text.prose(text.visible(pl.col("text")))
    letters = newest.select(
        "row", all=prose.str.count_matches(r"\p{L}"), latin=prose.str.count_matches(r"\p{Latin}")
    )
    summed = letters.group_by("row").agg(pl.col("all", "latin").sum()).filter(pl.col("all") > 0)
    latin = 2 * pl.col("latin") >= pl.col("all")
    return summed.select("row", script=pl.when(latin).then(pl.lit("Latin")).otherwise(pl.lit("other")))


def _events(accounts: pl.DataFrame, posts: pl.DataFrame) -> pl.DataFrame:
    """Return ``row`` and ``event_share``: share of its posts that carry a hashtag on the day on which it burst."""
    number = posts.select("row", "created_at", "hashtags", "text").with_row_index("post")
    tagged = (
        number.join(accounts.select("row", "source"), on="row", how="inner")
        .select(
            "row", "source", "post",
            day=pl.col("created_at").dt.date(),
            tag=pl.coalesce("hashtags", pl.col("text").str.extract_all(text.HASHTAG)),
        )
        .explode("tag", empty_as_null=True)
        .drop_nulls("tag")
        .with_columns(pl.col("tag").str.strip_prefix("#").str.to_lowercase())
    )  # fmt: skip
    used = tagged.group_by("source", "tag", "day").agg(people=pl.col("row").n_unique())
    of_all = pl.col("people") / pl.col("people").sum().over("source", "tag")
    burst = used.filter((pl.col("people") >= _PEOPLE_OF_EVENT) & (of_all >= _BUSIEST_DAY))
    carried = (
        tagged.join(burst, on=["source", "tag", "day"], how="semi")
        .group_by("row")
        .agg(pl.col("post").n_unique())
    )
    return (
        posts.group_by("row")
        .len()
        .join(carried, on="row", how="left")
        .select("row", event_share=pl.col("post").fill_null(0) / pl.col("len"))
    )


def _band(value: pl.Expr, ends: Mapping[int, str], last: str) -> pl.Expr:
    """Return the name of the first band that ends above a value."""
    name: pl.Expr = pl.when(value.is_not_null()).then(pl.lit(last))
    for end, label in sorted(ends.items(), reverse=True):
        name = pl.when(value < end).then(pl.lit(label)).otherwise(name)
    return name


def _said(flag: pl.Expr) -> pl.Expr:
    return pl.when(flag).then(pl.lit("yes")).when(~flag).then(pl.lit("no"))
