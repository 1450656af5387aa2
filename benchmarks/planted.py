"""How well planted coordination is found, and what ordinary people are taken for it.

Every figure is on invented corpora (vigie.training.synthetic.corpus) and no field accuracy.

A pair is true when both accounts belong to one campaign, and to one cell of it where it has cells, and did at
least 3 of the same planted things within 60 s of each other. Found pairs are those that are significant in some
trace at 60 s. Strict precision counts every found pair that is not true as wrong, those of fans and newsrooms too;
precision counts pairs inside one benign group neither way, as they are synchronous in truth. Recall is given of all
pairs of a campaign or cell, most of which never acted within 60 s of each other three times, of the true pairs (met
3+), and of those that met at least 8 times.

Examples:
  python benchmarks/planted.py kinds                       each kind of campaign, and the peers' rules
  python benchmarks/planted.py kinds --kinds slow_drip     one kind only
  python benchmarks/planted.py curves --organic 800        observed share, jitter, cells, camouflage
  python benchmarks/planted.py organic --seeds 20          groups among people who do not coordinate
  python benchmarks/planted.py fans --seeds 20             what fans are taken for
  python benchmarks/planted.py scores                      what the coordinated model says of each, unseen in training
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table

from vigie.errors import choices
from vigie.features.coordination import communities, pairs
from vigie.features.coordination.detector import Network, detect_pairs
from vigie.features.coordination.report.group import describe
from vigie.features.coordination.report.types import GroupDescription
from vigie.features.coordination.traces import ANY
from vigie.models.engine import Models, ScoringEngine
from vigie.training.synthetic.benign_groups import BENIGN
from vigie.training.synthetic.campaigns import KINDS, Campaign
from vigie.training.synthetic.corpus import SyntheticCorpus, corpus

WINDOW = 60
LEAST = 3  # same things that make a pair true
OFTEN = 8  # same things that many tests cannot explain away
RECALLS = ("recall, all pairs", f"met {LEAST}+", f"met {OFTEN}+")
SETTINGS: tuple[dict[str, Any], ...] = (
    {},
    *({"observed": share} for share in (0.5, 0.25, 0.1, 0.05)),
    *({"jitter_s": minutes * 60} for minutes in (1, 5, 30)),
    {"cell": 5},
    *({"camouflage": posts} for posts in (0.0, 4.0)),
)
CURVES = ("mutual_repost", "one_author_boost", "lookalike_links", "reply_seeding")
PARTS = {"kinds": 3_000, "curves": 1_000, "organic": 1_500, "fans": 1_500, "scores": 1_500}
# Traces that a user of the peers would look at, one at a time.
PEER_TRACES = ("co_repost", "co_url", "text_duplicate", "media_duplicate", "co_reply")
UNBOUNDED = 1 << 40


@dataclass(frozen=True)
class Found:
    """A corpus, its network and its groups.

    Attributes:
        planted: The corpus.
        members: ``account`` (row), ``group``, ``kind``, ``benign``, ``cell`` of planted accounts.
        network: What was built on its posts.
        groups: Groups found: ``group``, ``account``, ``stability``.
        described: What is known of each group.
    """

    planted: SyntheticCorpus
    members: pl.DataFrame
    network: Network
    groups: pl.DataFrame
    described: list[GroupDescription]

    @classmethod
    def on(cls, planted: SyntheticCorpus) -> "Found":
        """Return what vigie finds on a corpus."""
        keys = ["platform", "account_id"]
        accounts = planted.accounts.with_row_index("row")
        rows = accounts.select("row", *keys)
        posts = planted.posts.join(rows, on=keys, how="left", maintain_order="left").drop(keys)
        network = detect_pairs(posts)
        significant = network.significant()
        groups = communities.detect_groups(significant)
        members = planted.groups.join(rows, on=keys).select(
            pl.col("row").cast(pl.Int64).alias("account"), "group", "kind", "benign", "cell", "account_id"
        )
        return cls(planted, members, network, groups, describe(groups, significant, accounts, posts, "en"))

    def origins(self) -> dict[int, Counter[str]]:
        """Return, per group found, how many accounts come from which kind of planted group."""
        origin = self.groups.join(self.members.select("account", "kind"), on="account", how="left")
        counted: dict[int, Counter[str]] = {}
        for group, kind in origin.select("group", pl.col("kind").fill_null("organic")).iter_rows():
            counted.setdefault(group, Counter())[kind] += 1
        return counted


def true_pairs(found: Found) -> pl.DataFrame:
    """Return the true pairs of campaigns, as ``first`` and ``second``; see the module."""
    acts = found.planted.acts.join(
        found.members.filter(~pl.col("benign")).drop("group"), on="account_id"
    ).select(
        "account", "time", object=pl.format("{} {} {}", "group", pl.col("cell").fill_null(0), "object"),
        post=pl.lit(0, pl.Int64), author=pl.lit(None, pl.Int64),
    )  # fmt: skip
    return within(acts, WINDOW, LEAST).select("first", "second", met="objects")


def within(acts: pl.DataFrame, window: int, least: int) -> pl.DataFrame:
    """Return pairs of accounts with at least that many distinct objects within the window, nothing capped."""
    return pairs.counted(pairs.actions(acts), window, UNBOUNDED, least)


def told_apart(found: Found, given: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Return pairs with ``met`` (null where they are not true) and ``origin``, what they are in a word.

    ``inside`` says whether both accounts belong to one campaign and, where it has cells, to one cell.
    """
    side = found.members.select("account", "group", "kind", "benign", "cell")
    both = (
        given.join(side, left_on="first", right_on="account", how="left")
        .join(side, left_on="second", right_on="account", how="left", suffix="_second")
        .join(truth, on=["first", "second"], how="left")
    )
    same = pl.col("group").eq(pl.col("group_second")).fill_null(False)
    return both.select(
        "met",
        inside=same & ~pl.col("benign") & pl.col("cell").eq_missing(pl.col("cell_second")),
        origin=pl.when(pl.col("met").is_not_null()).then(pl.lit("true"))
        .when(same & ~pl.col("benign")).then(pl.lit("same campaign"))
        .when(same).then("kind")
        .when(pl.col("kind").is_null() & pl.col("kind_second").is_null()).then(pl.lit("organic"))
        .otherwise(pl.lit("mixed")),
    )  # fmt: skip


@dataclass(frozen=True)
class Quality:
    """Quality of found pairs, see the module; shares are None where the denominator is empty.

    Attributes:
        whole: Share of all pairs of the campaign, or of its cells, that were found.
        recall: Share of the true pairs found.
        often: The same for those that did at least :data:`OFTEN` same things.
        precision: Share of the found pairs that are true, pairs inside one benign group not counted.
        strict: The same, all found pairs counted.
        truth: Number of true pairs.
        origins: Found pairs by what they are.
    """

    whole: float | None
    recall: float | None
    often: float | None
    precision: float | None
    strict: float | None
    truth: int
    origins: Counter[str]


def quality(found: Found, given: pl.DataFrame) -> Quality:
    """Return how good found pairs are; see the module for what is true."""
    pairs_true = true_pairs(found)
    told = told_apart(found, given.select("first", "second").unique(), pairs_true)
    origins = Counter(dict(told["origin"].value_counts().rows()))
    truth, right = pairs_true.height, origins["true"]
    often = pl.col("met") >= OFTEN
    counted = told.height - sum(origins[kind] for kind in BENIGN)
    campaign = found.members.filter(~pl.col("benign"))
    return Quality(
        ratio(int(told["inside"].sum()), pair_count(campaign, "group", "cell")),
        ratio(right, truth),
        ratio(told.filter(often).height, pairs_true.filter(often).height),
        ratio(right, counted),
        ratio(right, told.height),
        truth,
        origins,
    )


def ratio(part: int, whole: int) -> float | None:
    """Return a share, None where there is nothing to share."""
    return part / whole if whole else None


def f1(found: Found) -> float | None:
    """Return the pairwise F1 of the recovery of campaigns, or of their cells, by the groups found.

    True are pairs of accounts of one campaign and cell; found are pairs of accounts of one group that holds
    an account of a campaign.
    """
    campaign = found.members.filter(~pl.col("benign"))
    unit = pl.format("{} {}", "group", pl.col("cell").fill_null(0)).alias("unit")
    placed = found.groups.select("account", found="group").join(
        campaign.select("account", unit), on="account", how="left"
    )
    touched = placed.filter(pl.col("unit").is_not_null().any().over("found"))
    truth = campaign.select(unit)
    both = touched.drop_nulls("unit")
    total = pair_count(truth, "unit") + pair_count(touched, "found")
    return ratio(2 * pair_count(both, "found", "unit"), total)


def pair_count(table: pl.DataFrame, *keys: str) -> int:
    """Return the number of pairs of rows that agree in the keys."""
    size = pl.col("len").cast(pl.Int64)
    return int(table.group_by(keys).len().select((size * (size - 1) // 2).sum()).item())


def at_window(found: Found) -> pl.DataFrame:
    """Return the pairs that are significant in some trace at 60 s, each once."""
    return found.network.significant().filter(pl.col("window") == WINDOW).select("first", "second").unique()


def peers(found: Found) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield the pairs that the peers' default rules flag, over their traces one at a time.

    Both are re-implemented on vigie's events and count distinct objects. CooRTweet: objects within 10 s,
    accounts with at least two of them, weight above the median. QUT: at least 2 within 60 s.
    """
    events = found.network.events
    by_rule: dict[str, list[pl.DataFrame]] = {"CooRTweet": [], "QUT": []}
    for trace in PEER_TRACES:
        acts = events.filter(pl.col("trace") == trace)
        quick = within(acts, 10, 1)
        busy = pl.concat([quick.select("first", "objects"), quick.select(first="second", objects="objects")])
        taking = busy.group_by("first").agg(pl.col("objects").sum()).filter(pl.col("objects") >= 2)["first"]
        kept = quick.filter(
            pl.col("first").is_in(taking.implode()) & pl.col("second").is_in(taking.implode())
        )
        by_rule["CooRTweet"].append(kept.filter(pl.col("objects") > pl.col("objects").median()))
        by_rule["QUT"].append(within(acts, WINDOW, 2))
    for rule, found_by_trace in by_rule.items():
        yield rule, pl.concat(found_by_trace).select("first", "second").unique()


# --- parts --------------------------------------------------------------------------------------------------


def kinds(options: argparse.Namespace) -> None:
    """Print pairs, peers and groups for each kind of campaign, with viral objects and all benign groups."""
    pair_rows, group_rows = [], []
    for kind in options.kinds or KINDS:
        found = Found.on(
            corpus(
                organic=options.organic, campaigns=[Campaign(kind)], benign=list(BENIGN), seed=options.seed
            )
        )
        significant = found.network.significant()
        rules = [
            ("vigie, 60 s", at_window(found)),
            ("vigie, any, 60 s", significant.filter((pl.col("trace") == ANY) & (pl.col("window") == WINDOW))),
            ("vigie, all", significant),
            *peers(found),
        ]
        for rule, given in rules:
            told = quality(found, given)
            origins = [str(told.origins[name]) for name in ("same campaign", *BENIGN, "organic", "mixed")]
            pair_rows.append(
                [kind, rule, str(told.truth), share(told.whole), share(told.recall), share(told.often),
                 share(told.precision), share(told.strict), *origins]
            )  # fmt: skip
        group_rows += [[kind, share(f1(found)), *row] for row in by_origin(found)]
    show(
        f"Pairs at 60 s, {options.organic} organic accounts, seed {options.seed}",
        ("campaign", "rule", "true pairs", *RECALLS, "precision", "strict", "others of it", *BENIGN, "organic",
         "mixed"),
        pair_rows,
    )  # fmt: skip
    show(
        "Groups found, by the kind that most of their accounts come from",
        ("campaign", "pairwise F1", "most are", "groups", "accounts", "strong", "alternatives listed"),
        group_rows,
    )


def by_origin(found: Found) -> list[list[str]]:
    """Return a row per origin of groups: groups, accounts, strong ones, and alternatives with their groups."""
    origins = found.origins()
    table: dict[str, list[GroupDescription]] = {}
    for group in found.described:
        table.setdefault(origins[group.group].most_common(1)[0][0], []).append(group)
    rows = []
    for origin, those in sorted(table.items()):
        named = Counter(one["name"] for group in those for one in group.benign_alternatives)
        strong = sum(group.verdict != "synchronous" for group in those)
        listed = ", ".join(f"{name} {count}" for name, count in named.most_common())
        rows.append(
            [origin, str(len(those)), str(sum(group.size for group in those)), str(strong), listed or "–"]
        )
    return rows


def curves(options: argparse.Namespace) -> None:
    """Print how recall falls as a campaign is diluted, jittered, split and camouflaged."""
    rows = []
    for kind in options.kinds or CURVES:
        for setting in SETTINGS:
            found = Found.on(
                corpus(organic=options.organic, campaigns=[Campaign(kind, **setting)], seed=options.seed)
            )
            told = quality(found, at_window(found))
            seen = found.members
            grouped = seen.filter(pl.col("account").is_in(found.groups["account"].implode())).height
            named = ", ".join(f"{name} {value:g}" for name, value in setting.items()) or "as it is"
            rows.append(
                [kind, named, str(seen.height), str(told.truth), share(told.whole), share(told.recall),
                 share(told.often), share(told.precision), share(ratio(grouped, seen.height)), share(f1(found)),
                 str(len(found.described))]
            )  # fmt: skip
    show(
        f"One campaign among {options.organic} organic accounts, seed {options.seed}",
        ("campaign", "setting", "seen", "true pairs", *RECALLS, "precision", "in a group", "pairwise F1", "groups"),
        rows,
    )  # fmt: skip


def organic(options: argparse.Namespace) -> None:
    """Print every group found where nobody coordinates: viral objects and live events only."""
    over_seeds(options, ())


def fans(options: argparse.Namespace) -> None:
    """Print every group found where the only group is that of fans of one idol."""
    over_seeds(options, ("fans",))


def scores(options: argparse.Namespace) -> None:
    """Print what the coordinated model that ships says of campaigns, benign groups and ordinary people."""
    engine = ScoringEngine(Models.load(None, None))
    keys = ["platform", "account_id"]
    rows = []
    for kind in options.kinds or KINDS:
        planted = corpus(
            organic=options.organic, campaigns=[Campaign(kind)], benign=list(BENIGN), seed=options.seed
        )
        accounts = planted.accounts.with_row_index("row")
        posts = planted.posts.join(accounts.select("row", *keys), on=keys, how="inner").drop(keys)
        verdicts = engine.score(accounts, posts, ["coordinated"]).coordination_verdicts(top=0, language="en")
        told = accounts.select(keys).with_columns(
            probability=pl.Series([getattr(one, "probability", None) for one in verdicts], dtype=pl.Float64),
            band=pl.Series([getattr(one, "band", None) for one in verdicts], dtype=pl.String),
        )
        origin = told.join(planted.groups.select(*keys, "kind"), on=keys, how="left").with_columns(
            pl.col("kind").fill_null("organic")
        )
        summed = origin.group_by("kind").agg(
            pl.len(),
            abstained=pl.col("probability").is_null().mean(),
            median=pl.col("probability").median(),
            elevated=pl.col("band").is_in(["elevated", "high"]).sum() / pl.len(),
            high=(pl.col("band") == "high").sum() / pl.len(),
        )
        rows += [
            [kind, name, str(size), *map(share, figures)]
            for name, size, *figures in summed.sort("high", "kind", descending=[True, False]).iter_rows()
        ]
    show(
        f"Coordinated score, {options.organic} organic accounts, seed {options.seed}",
        ("campaign", "accounts of", "accounts", "abstained", "median", "elevated or high", "high"),
        rows,
    )


def over_seeds(options: argparse.Namespace, benign: Sequence[str]) -> None:
    """Print the groups of corpora without a campaign, one corpus per seed."""
    rows = []
    totals: Counter[str] = Counter()
    for seed in range(options.seed, options.seed + options.seeds):
        found = Found.on(corpus(organic=options.organic, benign=list(benign), seed=seed))
        origins = found.origins()
        chance = at_window(found).height
        totals["seeds without a group"] += not found.described
        for group in found.described:
            alternatives = [one.name for one in group.benign_alternatives]
            most = origins[group.group].most_common(1)[0][0]
            totals[f"groups, mostly {most}"] += 1
            totals[f"of which {most}, strong"] += group.verdict != "synchronous"
            totals[f"of which {most}, without fan_club"] += "fan_club" not in alternatives
            held = group.author_significant_share
            rows.append(
                [str(seed), most, str(group.size), group.verdict, str(group.days), str(group.objects),
                 ", ".join(sorted(group.layers)), "–" if held is None else f"{held:.2f}",
                 ", ".join(alternatives) or "–", shared(found, group.group), str(chance)]
            )  # fmt: skip
    show(
        f"Groups over {options.seeds} corpora of {options.organic} organic accounts, planted: {', '.join(benign) or '-'}",
        ("seed", "most are", "size", "verdict", "days", "objects", "traces", "author holds", "alternatives",
         "objects shared most", "pairs at 60 s"),
        rows,
    )  # fmt: skip
    show("In all", ("what", "count"), [[name, str(count)] for name, count in sorted(totals.items())])


def shared(found: Found, group: int) -> str:
    """Return the kinds of objects on which pairs of a group met within 60 s, and how many of each."""
    members = found.groups.filter(pl.col("group") == group)["account"]
    acts = found.network.events.filter(pl.col("account").is_in(members.implode()))
    kind = (
        pl.col("object").str.replace(r"^corpus-\d+-", "").str.replace(r"-?\d+$", "").str.replace(r"/.*$", "")
    )
    met = (
        acts.sort("trace", "object", "time")
        .filter(pl.col("time").diff().over("trace", "object").le(WINDOW))
        .with_columns(
            object=pl.when(pl.col("trace").str.ends_with("duplicate")).then(pl.lit("copies")).otherwise(kind)
        )
        .group_by("trace", "object")
        .len()
        .sort("len", "object", descending=[True, False])
        .head(2)
    )
    return ", ".join(f"{trace} {name} {count}" for trace, name, count in met.iter_rows())


def share(value: float | None) -> str:
    """Return a share in words, a dash where there is none."""
    return "–" if value is None else f"{value:.3f}"


def show(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; a header and no row where nothing was found."""
    table = Table(title=title, title_justify="left")
    for name in header:
        table.add_column(name)
    for row in rows:
        table.add_row(*row)
    Console(width=200).print(table)


def main() -> None:
    """Print the tables of one part."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", choices=tuple(PARTS))
    parser.add_argument("--organic", type=int, help="organic accounts; by default a few minutes' worth")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=20, help="corpora of organic and fans")
    parser.add_argument("--kinds", type=lambda text: text.split(","), help="campaigns, with commas between")
    options = parser.parse_args()
    for kind in options.kinds or ():
        if kind not in KINDS:
            sys.exit(f"there is no campaign of kind {kind}. {choices(kind, KINDS)}")
    options.organic = options.organic or PARTS[options.part]
    parts = {"kinds": kinds, "curves": curves, "organic": organic, "fans": fans, "scores": scores}
    parts[options.part](options)


if __name__ == "__main__":
    main()
