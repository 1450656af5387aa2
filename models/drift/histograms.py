"""Sketches: how many accounts fell into which bin of each feature and of the score, and no account itself.

Bins are frozen by the bundle: the deciles of its reference population. Sketches of the same bundle add up, in any
order; those of two bundles do not.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.errors import HistogramError
from vigie.features.json_object import JsonObject
from vigie.models.bundle import PARTS, Bundle
from vigie.models.calibration import Floats
from vigie.models.conformal import KnownAccounts

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
# Platform and language.
Slice = tuple[str, str]

FORMAT = 1
UNKNOWN, OTHER = "unknown", "other"
REST: Slice = (OTHER, OTHER)
# Codes of abstentions; the last stands for any other, and for those of training accounts, of which the code is not kept.
UNSTATED = "unstated"
CODES = (
    "too_few_posts", "insufficient_data", "no_comparison_accounts", "too_few_posts_in_window", UNSTATED,
)  # fmt: skip
# Their names in bundles and in saved histograms: those of the format, which is older.
_CODES_OF_FORMAT = ("hardly_acted", "too_little_known", "nobody_to_compare", "hardly_present", "unstated")

# Quantiles of the reference are kept to six significant digits: a value that many accounts share may lie this
# far, relatively, from its quantile.
_ROUNDING = 1e-5
_NEAR_ZERO = 1e-12
# Bins of the log-odds; those beyond the ends are open.
_FURTHEST, _STEP = 8.0, 0.25
# A code begins with a language; some say that none was recognised.
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_]|$)")
_NO_LANGUAGE = re.compile(r"und|zxx|mis|mul|art|q[a-z]{2}")


@dataclass(frozen=True)
class Counts:
    """Counts of the accounts of one slice, or of several.

    Attributes:
        accounts: How many there were.
        abstained: Those on which the model abstained, by code, in the order of :data:`CODES`.
        scores: Scored accounts by bin of the log-odds.
        bands: Scored accounts by band, in the order of :attr:`BinLayout.counted`; 0 where an earlier version did not count them.
        known: Shape (features, bins): accounts by bin of each feature.
        missing: Accounts in which each feature was missing.
    """

    accounts: int
    abstained: Ints
    scores: Ints
    bands: Ints
    known: Ints
    missing: Ints


@dataclass(frozen=True)
class BinLayout:
    """What is counted for a bundle, and where the bins end.

    Attributes:
        identity: ``target``, ``name``, ``version`` and ``feature_set`` of the bundle.
        features: Features that its parts read, in order.
        edges: Per feature, the upper ends of all bins but the last.
        score_edges: The same for the log-odds at equal classes; the bands begin at some of them.
        bands: Lower end of each band in log-odds, lowest first; of a model that is held against known accounts no log-odds tell
            the band.
        counted: Bands of such a model, lowest first, whose accounts are counted; none of any other.
    """

    identity: dict[str, str]
    features: tuple[str, ...]
    edges: tuple[Floats, ...]
    score_edges: Floats
    bands: dict[str, float]
    counted: tuple[str, ...] = ()

    @classmethod
    def of(cls, index: Mapping[str, Any]) -> BinLayout:
        """Return the layout of a bundle from its index; one that is being made has no version yet."""
        named = [
            name for part in PARTS if part in index["parts"] for name in index["parts"][part]["features"]
        ]
        features = tuple(dict.fromkeys(named))
        prior = float(np.log(index["assumed_prevalence"] / (1 - index["assumed_prevalence"])))
        # The lowest band begins at a probability of 0.
        with np.errstate(divide="ignore"):
            bands = {
                name: float(np.log(start) - np.log1p(-start)) - prior
                for name, start in sorted(index["bands"].items(), key=lambda item: item[1])
            }
        grid = np.arange(-_FURTHEST, _FURTHEST + _STEP / 2, _STEP)
        starts = np.array([start for start in bands.values() if np.isfinite(start)])
        return cls(
            identity={key: str(index.get(key, "")) for key in ("target", "name", "version", "feature_set")},
            features=features,
            edges=tuple(edges(np.array(index["reference"].get(name, ()))) for name in features),
            score_edges=np.unique(np.concatenate([grid, starts])),
            bands=bands,
            counted=KnownAccounts.from_json(known).names() if (known := index.get("known_accounts")) else (),
        )

    @cached_property
    def bins(self) -> Ints:
        """Number of bins of each feature."""
        return np.array([len(each) + 1 for each in self.edges], dtype=np.int64)

    @property
    def width(self) -> int:
        """The most bins of any feature."""
        return int(self.bins.max(initial=1))

    @cached_property
    def padded(self) -> Floats:
        """Shape (features, width - 1): the edges, padded with infinity."""
        rows = [np.pad(each, (0, self.width - 1 - len(each)), constant_values=np.inf) for each in self.edges]
        return np.array(rows).reshape(len(self.features), self.width - 1)

    @cached_property
    def digest(self) -> str:
        """Digest of what is counted and where the bins end, whatever the version of the bundle."""
        content = [
            self.features,
            [each.tolist() for each in self.edges],
            self.score_edges.tolist(),
            _CODES_OF_FORMAT,
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]

    @property
    def size(self) -> int:
        """Length of the vector in which a slice is counted."""
        scores = len(self.score_edges) + 1
        return 1 + len(CODES) + scores + len(self.counted) + len(self.features) * (self.width + 1)

    def by_band(self, tally: Counts) -> dict[str, int]:
        """Return the scored accounts by band, lowest first."""
        if self.counted:
            return dict(zip(self.counted, tally.bands.tolist(), strict=True))
        begin = np.concatenate([[-np.inf], self.score_edges])
        of_bin = np.searchsorted(list(self.bands.values()), begin, side="right") - 1
        return {name: int(tally.scores[of_bin == place].sum()) for place, name in enumerate(self.bands)}

    def tally(self, vector: Ints) -> Counts:
        """Return the vector of a slice under names."""
        ends = np.cumsum([1, len(CODES), len(self.score_edges) + 1, len(self.counted)])
        accounts, abstained, scores, bands, rest = np.split(vector, ends)
        features = rest.reshape(len(self.features), self.width + 1)
        return Counts(int(accounts[0]), abstained, scores, bands, features[:, :-1], features[:, -1])

    def vector(self, tally: Counts) -> Ints:
        """Return the vector of a tally."""
        features = np.column_stack([tally.known, tally.missing])
        return np.concatenate(
            [[tally.accounts], tally.abstained, tally.scores, tally.bands, features.ravel()]
        ).astype(np.int64)

    def to_json(self, tally: Counts) -> JsonObject:
        """Return a tally for JSON: per feature the accounts by bin, then those in which it was missing."""
        counts = zip(self.features, self.bins, tally.known.tolist(), tally.missing.tolist(), strict=True)
        return {
            "accounts": tally.accounts,
            "abstained": dict(zip(_CODES_OF_FORMAT, tally.abstained.tolist(), strict=True)),
            "log_odds": tally.scores.tolist(),
            **({"bands": self.by_band(tally)} if self.counted else {}),
            "features": {name: [*known[:bins], missing] for name, bins, known, missing in counts},
        }

    def from_json(self, given: Mapping[str, Any]) -> Counts:
        """Return a tally from JSON.

        Raises:
            HistogramError: A count is missing, negative or no whole number.
        """
        known = np.zeros((len(self.features), self.width), dtype=np.int64)
        missing = np.zeros(len(self.features), dtype=np.int64)
        try:
            for place, (name, bins) in enumerate(zip(self.features, self.bins, strict=True)):
                *known[place, :bins], missing[place] = given["features"][name]
            found = Counts(
                given["accounts"],
                np.array([given["abstained"][code] for code in _CODES_OF_FORMAT], dtype=np.int64),
                np.array(given["log_odds"], dtype=np.int64),
                np.array([given.get("bands", {}).get(name, 0) for name in self.counted], dtype=np.int64),
                known,
                missing,
            )
            vector = self.vector(found)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise HistogramError(
                f"a slice of the sketch cannot be read ({error}); take the sketch again"
            ) from error
        if len(vector) != self.size or vector.min() < 0:
            raise HistogramError(
                "a slice of the sketch holds too few counts, or negative ones; take it again"
            )
        return found


@dataclass(frozen=True)
class Histogram:
    """Counts of the accounts that a model saw, by platform and language.

    Attributes:
        layout: What is counted.
        counts: Slice to its vector (:meth:`BinLayout.tally` names its parts); never changed in place.
    """

    layout: BinLayout
    counts: dict[Slice, Ints]

    @property
    def accounts(self) -> int:
        """Accounts counted."""
        return sum(int(vector[0]) for vector in self.counts.values())

    def __add__(self, other: Histogram) -> Histogram:
        """Return the sketch of the accounts of both.

        Raises:
            HistogramError: They are of two bundles.
        """
        if other.layout.identity != self.layout.identity or other.layout.digest != self.layout.digest:
            raise HistogramError(_of_another(other.layout.identity, self.layout.identity))
        added = {
            key: self.counts[key] + vector if key in self.counts else vector
            for key, vector in other.counts.items()
        }
        return Histogram(self.layout, self.counts | added)

    def total(self, platform: str | None = None, language: str | None = None) -> Counts:
        """Return the counts of all slices, or of those of a platform or a language."""
        vectors = [
            vector
            for (its_platform, its_language), vector in self.counts.items()
            if platform in (None, its_platform) and language in (None, its_language)
        ]
        return self.layout.tally(sum(vectors, start=np.zeros(self.layout.size, dtype=np.int64)))

    def folded(self, least: int, most: int) -> Histogram:
        """Return the sketch with small slices as one, "other": of their platform if that is kept, else of all.

        Args:
            least: Accounts below which a slice is small.
            most: Slices kept, the largest.
        """
        ranked = sorted(self.counts, key=lambda key: (-int(self.counts[key][0]), key))
        kept = {key for key in ranked[:most] if self.counts[key][0] >= least}
        platforms = {platform for platform, _ in kept}
        counts: dict[Slice, Ints] = {}
        for key, vector in sorted(self.counts.items()):
            of_platform = (key[0], OTHER) if key[0] in platforms else REST
            place = key if key in kept else of_platform
            counts[place] = counts[place] + vector if place in counts else vector
        few = [key for key in counts if key != REST and counts[key][0] < least]
        if few:
            small = [counts.pop(key) for key in few]
            counts[REST] = np.sum([*small, *([counts[REST]] if REST in counts else [])], axis=0)
        return Histogram(self.layout, counts)

    def to_json(self) -> JsonObject:
        """Return the sketch for JSON; :func:`read` reads it."""
        return {
            "format": FORMAT,
            "bundle": self.layout.identity,
            "layout": self.layout.digest,
            "accounts": self.accounts,
            "slices": [
                {"platform": platform, "language": language} | self.layout.to_json(self.layout.tally(vector))
                for (platform, language), vector in sorted(self.counts.items())
            ],
        }


def edges(quantiles: Floats) -> Floats:
    """Return the ends of the bins of a feature: deciles, and a bin of its own for a value that fills several.

    Args:
        quantiles: Quantiles 0, 1, …, 100 % of the reference population; empty for none.

    >>> edges(np.repeat([0.0, 1.0, 2.0], [30, 1, 70])).round(3).tolist()
    [-0.0, 0.0, 1.0, 2.0, 2.0]
    """
    if not len(quantiles):
        return np.empty(0)
    values, times = np.unique(quantiles[10:100:10], return_counts=True)
    atoms = values[times > 1]
    margin = np.maximum(np.abs(atoms) * _ROUNDING, _NEAR_ZERO)
    return np.unique(np.concatenate([values[times == 1], atoms - margin, atoms + margin]))


def empty(layout: BinLayout) -> Histogram:
    """Return the sketch of nobody."""
    return Histogram(layout, {})


def sketch(
    layout: BinLayout,
    slices: Sequence[Slice],
    values: Floats,
    log_odds: Floats,
    status: NDArray[np.str_],
    *,
    bands: NDArray[np.str_] | None = None,
    read: Flags | None = None,
) -> Histogram:
    """Return the sketch of a batch.

    Args:
        layout: What is counted.
        slices: Of each account (see :func:`slices_of`).
        values: Shape (accounts, features of the layout), NaN where missing.
        log_odds: Of each account, at equal classes; not read where the model abstained.
        status: Of each account: "scored", the code of the abstention, or anything else where it was not judged.
        bands: Of each account, where the layout counts them.
        read: Accounts whose features were looked at; default: all.
    """
    keys, place = _numbered(slices)
    rows, features = values.shape
    inside = np.ones(rows, np.bool_) if read is None else read
    # A missing value counts behind the last bin.
    column = (values[:, :, None] > layout.padded).sum(axis=2)
    column[np.isnan(values)] = layout.width
    scored = status == "scored"
    score = np.searchsorted(layout.score_edges, np.nan_to_num(log_odds), side="right")
    scores = len(layout.score_edges) + 1
    # Where each account, abstention, score and feature is counted in the vector of its slice.
    start = place * layout.size
    # Behind the scores; what is no band of the layout was not scored.
    named = np.full(rows, -1) if bands is None else _places(bands, layout.counted)
    code = np.select([status == each for each in CODES], range(1, len(CODES) + 1), default=0)
    first = 1 + len(CODES) + scores
    cell = first + len(layout.counted) + np.arange(features) * (layout.width + 1) + column
    hit = np.concatenate(
        [
            start,
            (start + code)[code > 0],
            (start + 1 + len(CODES) + score)[scored],
            (start + first + named)[scored & (named >= 0)],
            (start[:, None] + cell)[inside].ravel(),
        ]
    )
    counts = np.bincount(hit, minlength=len(keys) * layout.size).reshape(len(keys), layout.size)
    return Histogram(layout, dict(zip(keys, counts, strict=True)))


def _places(bands: NDArray[np.str_], names: tuple[str, ...]) -> Ints:
    """Return the place of each band among some names; -1 where it is none of them."""
    return np.select([bands == name for name in names], range(len(names)), default=-1)


def _numbered(slices: Sequence[Slice]) -> tuple[list[Slice], Ints]:
    """Return the distinct slices, and the number of each account's."""
    numbers: dict[Slice, int] = {}
    place = np.array([numbers.setdefault(key, len(numbers)) for key in slices], dtype=np.int64)
    return list(numbers), place


def slices_of(accounts: pl.DataFrame, posts: pl.DataFrame) -> list[Slice]:
    """Return the platform of each account and the language of most of its posts, in order.

    Args:
        accounts: ``row`` and ``platform``.
        posts: ``row`` of the author and ``lang``.
    """
    # A tenth of the time of Polars' mode, and each request pays it.
    votes: dict[Any, Counter[str]] = {}
    for row, code, count in posts.group_by("row", "lang").len().iter_rows():
        if code is not None:
            votes.setdefault(row, Counter())[_language(code)] += count
    spoken = {row: _most(given) for row, given in votes.items()}
    return [
        (platform, spoken.get(row, UNKNOWN))
        for row, platform in zip(accounts["row"].to_list(), accounts["platform"].to_list(), strict=True)
    ]


@lru_cache(maxsize=1_000)
def _language(code: str) -> str:
    """Return the language of a BCP 47 code, in lower case.

    >>> [_language(code) for code in ("pt-BR", "EN", "und", "a text")]
    ['pt', 'en', 'unknown', 'unknown']
    """
    found = _LANGUAGE.match(code.lower())
    return found[1] if found and not _NO_LANGUAGE.fullmatch(found[1]) else UNKNOWN


def _most(votes: Counter[str]) -> str:
    """Return the language with the most votes, the first by name of equals, one that is known if there is any."""
    known = {language: count for language, count in votes.items() if language != UNKNOWN} or votes
    return min(known, key=lambda language: (-known[language], language))


def read(given: Any, bundle: Bundle) -> Histogram:
    """Return a sketch of a bundle's accounts from JSON.

    Raises:
        HistogramError: It is no sketch, or one of another bundle.
    """
    if not isinstance(given, Mapping) or "slices" not in given or given.get("format") != FORMAT:
        raise HistogramError(
            f"this is no sketch of format {FORMAT}; save the answer of GET /v1/drift, or write one with "
            "vigie drift SOURCE --out report.json"
        )
    layout = BinLayout.of(bundle.index)
    if given.get("bundle") != layout.identity:
        raise HistogramError(_of_another(given.get("bundle"), layout.identity))
    if given.get("layout") != layout.digest:
        raise HistogramError("the sketch was made by another version of vigie, with other bins; take it anew")
    parts: Iterable[Any] = given["slices"]
    found = empty(layout)
    for part in parts:
        if not isinstance(part, Mapping):
            raise HistogramError("a slice of the sketch is no object; take the sketch again")
        key = (str(part.get("platform", OTHER)), str(part.get("language", OTHER)))
        found += Histogram(layout, {key: layout.vector(layout.from_json(part))})
    return found


def _of_another(seen: Any, own: Mapping[str, str]) -> str:
    name = (
        " ".join(str(seen.get(key)) for key in ("name", "version"))
        if isinstance(seen, Mapping)
        else "unknown"
    )
    return (
        f"the sketch was made with the model {name}, and the bundle is {own['name']} {own['version']}; bins of two "
        "models cannot be compared: name the folder of the model that made it with --bundle"
    )
