"""Floods of few posts per account: how much of a campaign is found, and which ordinary people are taken for it.

Every figure is on invented corpora (vigie.training.synthetic) and no field accuracy. The floods come from generators unlike
each other: a scheduler's ``waves`` of re-encoded pictures with edited words, a ``trickle`` of pictures over 30 hours,
templates of which one of five ``slots`` is filled anew, ``forms`` in four languages with long blanks between clauses in any
order, ``paraphrases`` with all five places filled anew, these three with hardly any picture, the ``crisis_flood`` that the
project's own tests know, and ``first_hour``: one post per account, one text by 30 accounts within seconds among 3,000 people.
Fans, a union's kit and a newsroom stand beside each but the last. One person in twenty passes on one content of a flood.

Parts, all by default:
  floods   each kind at several sizes of campaign : ordinary people. "Copied twice" are members that published two contents or
           more which other members published too; the next columns say what share of them is in the campaign that holds most
           of them, and what share of that campaign are members. "In any" is the share of all members in a group or campaign.
  organic  corpora without a campaign: groups and campaigns that hold ordinary people.
  bad      collections that are not as a detector wishes them: what is found in each, and what should be.
  large    floods of thousands of accounts beside 2,000 people: processor time, memory, and what is found.

--scores adds the score of coordination: members that are high with a campaign or a group as the first reason, and ordinary
people that are high.

Examples:
  python benchmarks/campaigns.py floods --seeds 1 --scores
  python benchmarks/campaigns.py floods --kinds trickle,paraphrases
  python benchmarks/campaigns.py organic bad
  python benchmarks/campaigns.py large --kinds waves,trickle
  python benchmarks/campaigns.py --full --scores              1,640 accounts, larger and longer organic corpora; an hour
"""

import argparse
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from vigie.errors import choices
from vigie.features.coordination.comparison import Comparison, Limits, compare
from vigie.models.engine import Models, ScoringEngine, ScoringResult
from vigie.models.evidence_basis import CAMPAIGN, FEATURE
from vigie.models.verdict import CoordinationVerdict
from vigie.training.synthetic import text
from vigie.training.synthetic.campaigns import Campaign
from vigie.training.synthetic.corpus import SyntheticCorpus, corpus
from vigie.training.synthetic.floods import first_hour, flooded, passed_on

KEYS = ["platform", "account_id"]
BENIGN = ("fans", "union_kit", "newsroom")
KINDS = ("waves", "trickle", "slots", "forms", "paraphrases", "crisis_flood", "first_hour")
# Accounts of the campaign per ordinary person.
RATIOS = {"1:2": 0.5, "2:1": 2.0, "8:1": 8.0, "33:1": 33.0}
ACCOUNTS, ACCOUNTS_FULL = 400, 1_640
# People, days of a corpus without a campaign.
ORGANIC, ORGANIC_FULL = (800, 3), (1_500, 14)
ORGANIC_SEEDS = 20
# Accounts of large floods, and people beside each.
LARGE, LARGE_PEOPLE = (1_000, 2_000, 4_000, 8_000, 10_500), 2_000
PERSON = "people"
PARTS = ("floods", "organic", "bad", "large")
NONE = "–"


@dataclass(frozen=True)
class Found:
    """What vigie finds in a corpus.

    Attributes:
        kind: Kind of the planted group of each account, :data:`PERSON` where there is none.
        members: Accounts of planted campaigns.
        copied: Members that published two contents or more which others of their campaign published.
        groups: Accounts of each group.
        campaigns: Accounts of each campaign.
        high: Accounts whose score is high; None where nothing was scored.
        by_evidence: High accounts whose first reason is their campaign or group.
        alternatives: Benign explanations of the largest campaign, with what speaks for and against each.
    """

    kind: dict[int, str]
    members: set[int]
    copied: set[int]
    groups: list[set[int]]
    campaigns: list[set[int]]
    high: set[int] | None
    by_evidence: set[int]
    alternatives: tuple[str, ...] = ()

    @property
    def people(self) -> set[int]:
        """Accounts of no planted group."""
        return {row for row, kind in self.kind.items() if kind == PERSON}

    @property
    def together(self) -> set[int]:
        """Accounts in any group or campaign."""
        return set().union(*self.groups, *self.campaigns)

    def origins(self, accounts: set[int]) -> str:
        """Return how many of some accounts are of which kind, most first."""
        return ", ".join(
            f"{count} {kind}" for kind, count in Counter(self.kind[row] for row in accounts).most_common()
        )


def find(made: SyntheticCorpus, engine: ScoringEngine | None) -> Found:
    """Return what vigie finds in a corpus, scores too where there is an engine."""
    accounts = made.accounts.with_row_index("row")
    rows = accounts.select("row", *KEYS)
    posts = made.posts.join(rows, on=KEYS, how="left", maintain_order="left").drop(KEYS)
    high: set[int] | None = None
    by_evidence: set[int] = set()
    alternatives: tuple[str, ...] = ()
    if engine is None:
        compared: Comparison | None = compare(accounts, posts, Limits())
    else:
        result = engine.score(accounts, posts, ["coordinated"])
        compared = None if result.coordination is None else result.coordination.comparison
        high, by_evidence = judged(result)
        alternatives = explanations(result)
    planted = rows.join(made.groups, on=KEYS)
    campaign = planted.filter(~pl.col("benign"))
    contents = made.acts.join(campaign.select("row", "account_id", "group"), on=["account_id", "group"])
    copied = (
        contents.filter(pl.col("account_id").n_unique().over("group", "object") > 1)
        .group_by("row")
        .agg(pl.col("object").n_unique())
        .filter(pl.col("object") > 1)
    )
    return Found(
        dict.fromkeys(rows["row"].to_list(), PERSON) | dict(planted.select("row", "kind").iter_rows()),
        set(campaign["row"].to_list()),
        set(copied["row"].to_list()),
        [] if compared is None else parts(compared.groups, "group"),
        [] if compared is None else parts(compared.campaigns.members, "campaign"),
        high,
        by_evidence,
        alternatives,
    )


def parts(table: pl.DataFrame, name: str) -> list[set[int]]:
    """Return the accounts of each group of a table, the largest first."""
    held = table.group_by(name, maintain_order=True).agg("account")["account"].to_list()
    return sorted(map(set, held), key=len, reverse=True)


def judged(result: ScoringResult) -> tuple[set[int], set[int]]:
    """Return the rows whose score of coordination is high, and those whose first reason is a campaign or a group."""
    verdicts = result.coordination_verdicts(top=1, language="en")
    high = {
        row: verdict
        for row, verdict in zip(result.rows, verdicts, strict=True)
        if isinstance(verdict, CoordinationVerdict) and verdict.band == "high"
    }
    evidence = {
        row
        for row, verdict in high.items()
        if verdict.reasons and verdict.reasons[0].feature in (CAMPAIGN, FEATURE)
    }
    return set(high), evidence


def explanations(result: ScoringResult) -> tuple[str, ...]:
    """Return the benign explanations of the largest campaign, with how much speaks for and against each."""
    return tuple(
        f"{each.name} +{len(each.evidence_for)} -{len(each.evidence_against)}"
        for campaign in result.campaigns("en")[:1]
        for each in campaign.benign_alternatives
    )


def planted(kind: str, accounts: int, ordinary: int, seed: int) -> SyntheticCorpus:
    """Return a corpus with one flood and the benign groups."""
    if kind == "first_hour":
        return first_hour(seed=seed)
    if kind == "crisis_flood":
        campaign = Campaign(kind, accounts=accounts)
        return corpus(organic=ordinary, campaigns=[campaign], benign=BENIGN, days=3, seed=seed)
    return flooded(
        corpus(organic=ordinary, benign=BENIGN, days=3, seed=seed), kind, accounts=accounts, seed=seed
    )


def flood_row(found: Found) -> dict[str, float | None]:
    """Return the figures of one corpus with one flood; None where there is nothing to divide by."""
    main = max(found.campaigns, key=lambda one: len(one & found.members), default=set())
    main = main if main & found.members else set()
    benign = {row for row in main if found.kind[row] in BENIGN}
    figures: dict[str, float | None] = {
        "accounts": len(found.kind),
        "members": len(found.members),
        "copied twice": len(found.copied),
        "of these in one campaign": share(found.copied & main, found.copied),
        "purity": share(main & found.members, main),
        "members in any": share(found.members & found.together, found.members),
        "ordinary in any /1,000": thousandths(found.people & found.together, found.people),
        "kit, fans, news in it": len(benign),
        "campaigns": len(found.campaigns),
        "groups": len(found.groups),
    }
    if found.high is not None:
        figures["members high by evidence"] = share(found.by_evidence & found.members, found.members)
        figures["ordinary high /1,000"] = thousandths(found.high & found.people, found.people)
        figures["benign high"] = len(found.high - found.people - found.members)
    return figures


def share(part: set[int], whole: set[int]) -> float | None:
    """Return what part of accounts that is; None where there are none."""
    return len(part) / len(whole) if whole else None


def thousandths(part: set[int], whole: set[int]) -> float | None:
    """Return how many in a thousand that is; None where there are none."""
    return 1_000 * len(part) / len(whole) if whole else None


def floods(options: argparse.Namespace, engine: ScoringEngine | None) -> None:
    """Print how much of each flood is found."""
    accounts = ACCOUNTS_FULL if options.full else ACCOUNTS
    rows: list[list[str]] = []
    names: list[str] = []
    for kind in options.kinds or KINDS:
        ratios = {"1:100": 0.0} if kind == "first_hour" else RATIOS
        for ratio, value in ratios.items():
            ordinary = round(accounts / value) if value else 0
            figures = [
                flood_row(find(planted(kind, accounts, ordinary, seed), engine)) for seed in options.seeds
            ]
            names = list(figures[0])
            rows.append([kind, ratio, *(over_seeds([each[name] for each in figures]) for name in names)])
            progress(rows[-1])
    show(
        f"Floods, campaign : ordinary people, means over seeds {', '.join(map(str, options.seeds))} (least–most)",
        ("flood", "ratio", *names),
        rows,
    )


def over_seeds(values: Sequence[float | None]) -> str:
    """Return the mean of some figures, and the least and the most where these differ."""
    known = [value for value in values if value is not None]
    if not known:
        return NONE
    whole = all(float(value).is_integer() and value > 1 for value in known if value)
    form = "{:,.0f}" if whole else "{:.2f}"
    mean, least, most = (form.format(value) for value in (np.mean(known), min(known), max(known)))
    return mean if least == most else f"{mean} ({least}–{most})"


def organic(options: argparse.Namespace, engine: ScoringEngine | None) -> None:
    """Print the groups and campaigns of corpora without a campaign."""
    people, days = ORGANIC_FULL if options.full else ORGANIC
    rows: list[list[str]] = []
    totals = Counter[str]()
    for seed in range(1, options.worlds + 1):
        found = find(corpus(organic=people, benign=BENIGN, days=days, seed=seed), engine)
        everything = [*found.groups, *found.campaigns]
        held = [one for one in everything if one & found.people]
        mostly = [one for one in held if 2 * len(one & found.people) > len(one)]
        taken = found.people & found.together
        counts = {
            "groups": len(found.groups),
            "campaigns": len(found.campaigns),
            "with ordinary people": len(held),
            "mostly ordinary": len(mostly),
            "ordinary people in any": len(taken),
        }
        if found.high is not None:
            counts["ordinary high"] = len(found.high & found.people)
        totals.update(counts)
        rows.append(
            [str(seed), *map(str, counts.values()), "; ".join(found.origins(one) for one in held) or NONE]
        )
        progress(rows[-1])
    names = list(totals)
    rows.append(["all", *(str(totals[name]) for name in names), ""])
    show(
        f"{options.worlds} corpora without a campaign, {people} people, {days} days, beside {', '.join(BENIGN)}",
        ("seed", *names, "who is in those with ordinary people"),
        rows,
    )


def bad(options: argparse.Namespace, engine: ScoringEngine | None) -> None:
    """Print what is found in collections that are not as a detector wishes them."""
    rows: list[list[str]] = []
    for name, expected, make in cases(options.seeds[0]):
        try:
            found = find(make(), engine)
        except Exception as error:  # noqa: BLE001 - a row says what broke, the next ones still run
            rows.append([name, expected, *[NONE] * 7, f"{type(error).__name__}: {error}"])
            continue
        seen = [
            f"{label}: {found.origins(one)}"
            for label, listed in (("campaign", found.campaigns), ("group", found.groups))
            for one in listed[:3]
        ]
        more = max(0, len(found.campaigns) - 3) + max(0, len(found.groups) - 3)
        said = "; ".join(seen) + (f"; {more} more" if more else "")
        explained = f" [{', '.join(found.alternatives)}]" if found.alternatives else ""
        high = NONE if found.high is None else str(len(found.high & found.people))
        rows.append(
            [name, expected, f"{len(found.kind):,}", str(len(found.groups)), str(len(found.campaigns)),
             NONE if not found.members else f"{len(found.members & found.together)} of {len(found.members)}",
             str(len(found.people & found.together)), high, NONE if found.high is None else str(len(found.high - found.people)),
             (said or "nothing") + explained]
        )  # fmt: skip
        progress(rows[-1])
    show(
        f"Bad input, seed {options.seeds[0]}; in brackets what else may explain the largest campaign",
        ("collection", "should be", "accounts", "groups", "campaigns", "members in any", "people in any",
         "people high", "others high", "found"),
        rows,
    )  # fmt: skip


def large(options: argparse.Namespace, engine: ScoringEngine | None) -> None:
    """Print what floods of thousands of accounts cost, and how much of each is found."""
    rows: list[list[str]] = []
    for accounts in LARGE:
        for kind in options.kinds or ("waves", "trickle", "slots"):
            made = planted(kind, accounts, LARGE_PEOPLE, options.seeds[0])
            began = time.process_time()
            found = find(made, engine)
            spent = time.process_time() - began
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
            main = max(found.campaigns, key=lambda one: len(one & found.members), default=set())
            rows.append(
                [kind, f"{accounts:,}", f"{made.posts.height:,}", f"{spent:.1f}", f"{peak:.2f}",
                 f"{len(main & found.members) / accounts:.4f}", str(len(main & found.people))]
            )  # fmt: skip
            progress(rows[-1])
    show(
        f"Large floods beside {LARGE_PEOPLE:,} people, seed {options.seeds[0]}",
        ("flood", "members", "posts", "CPU s", "peak GB so far", "in one campaign", "people in it"),
        rows,
    )


def cases(seed: int) -> Iterator[tuple[str, str, Callable[[], SyntheticCorpus]]]:
    """Yield name, what should be found, and the corpus of each bad input."""
    people = corpus(organic=ORGANIC[0], days=3, seed=seed)
    many = corpus(organic=1_500, days=3, seed=seed)
    flood = flooded(people, "waves", accounts=ACCOUNTS, seed=seed)
    yield "campaign alone", "1 campaign", lambda: alone(flood)
    yield (
        "two campaigns in one", "2 campaigns, pure",
        lambda: flooded(flooded(people, "trickle", accounts=200, seed=seed), "waves", accounts=200, seed=seed),
    )  # fmt: skip
    yield "one picture posted by everyone", "nothing", lambda: everyone_posts(people, seed)
    yield "the same, beside a campaign", "1 campaign", lambda: everyone_posts(flood, seed)
    yield "all-zero hash on every own post", "nothing", lambda: hashed(people, pl.lit("0" * 64))
    yield "the same, beside a campaign", "1 campaign, by words", lambda: hashed(flood, pl.lit("0" * 64))
    yield "hashes of two kinds, by account", "1 or 2 campaigns", lambda: two_hashes(flood)
    yield (
        "a kit of 2,000 union members", "named as activists",
        lambda: flooded(people, "kit", accounts=2_000, seed=seed),
    )  # fmt: skip
    yield "a meme copied by 600 of 1,500", "nothing", lambda: passed_on(many, people=600, seed=seed)
    yield (
        "three memes copied by 600 of 1,500", "nothing",
        lambda: passed_on(many, people=600, contents=3, seed=seed),
    )  # fmt: skip
    yield "one hour of a collection", "members that copied", lambda: busiest_hour(flood)
    yield "times by day only", "1 campaign", lambda: by_day(flood)


def alone(made: SyntheticCorpus) -> SyntheticCorpus:
    """Return the planted accounts of a corpus without anybody else."""
    return cut(made, made.posts.join(made.groups, on=KEYS, how="semi"), made.groups)


def cut(made: SyntheticCorpus, posts: pl.DataFrame, kept: pl.DataFrame) -> SyntheticCorpus:
    """Return the corpus with some posts and some accounts only."""
    accounts, labels, groups = (
        table.join(kept, on=KEYS, how="semi", maintain_order="left")
        for table in (made.accounts, made.labels, made.groups)
    )
    acts = made.acts.join(posts, on="post_id", how="semi", maintain_order="left")
    return SyntheticCorpus(accounts, posts, labels, groups, acts)


def everyone_posts(made: SyntheticCorpus, seed: int) -> SyntheticCorpus:
    """Return the corpus in which the last own post of every account holds one picture, re-encoded."""
    rng = np.random.default_rng([seed, 7])
    copies = np.repeat(text.pictures(rng, 1), made.posts.height, axis=0)
    digits = text.digits(text.reencoded(rng, copies))
    last = pl.int_range(pl.len()).over(*KEYS, "kind") == pl.len().over(*KEYS, "kind") - 1
    shown = pl.when(last & (pl.col("kind") == "original")).then(pl.concat_list(digits))
    return replace(made, posts=made.posts.with_columns(media_hashes=shown.otherwise("media_hashes")))


def hashed(made: SyntheticCorpus, digits: pl.Expr) -> SyntheticCorpus:
    """Return the corpus in which every own post has one hash."""
    own = pl.col("kind") == "original"
    lists = pl.when(own).then(pl.concat_list(digits)).otherwise("media_hashes")
    return replace(made, posts=made.posts.with_columns(media_hashes=lists))


def two_hashes(made: SyntheticCorpus) -> SyntheticCorpus:
    """Return the corpus in which half of the accounts have hashes of 16 digits, the others of 64."""
    short = pl.col("media_hashes").list.eval(pl.element().str.slice(0, 16))
    half = pl.col("account_id").str.extract(r"(\d)$").cast(pl.Int64) % 2 == 0
    lists = pl.when(half).then(short).otherwise("media_hashes")
    return replace(made, posts=made.posts.with_columns(media_hashes=lists))


def busiest_hour(made: SyntheticCorpus) -> SyntheticCorpus:
    """Return the posts of the hour in which the campaign posts most, and their accounts."""
    hour = pl.col("created_at").dt.truncate("1h")
    mine = made.posts.join(made.groups, on=KEYS, how="semi")
    busiest = mine.group_by(hour).len().sort("len", "created_at", descending=True)["created_at"][0]
    posts = made.posts.filter(hour == busiest)
    return cut(made, posts, posts)


def by_day(made: SyntheticCorpus) -> SyntheticCorpus:
    """Return the corpus with times cut to the day, as some archives have them."""
    times = (pl.col(name).dt.truncate("1d") for name in ("created_at", "target_created_at"))
    return replace(made, posts=made.posts.with_columns(*times, time_resolution=pl.lit("day")))


def progress(row: Sequence[str]) -> None:
    """Say on standard error which row is done."""
    print(" · ".join(row), file=sys.stderr, flush=True)


def show(title: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print one table."""
    table = Table(title=title, title_justify="left")
    for name in names:
        words = name in ("flood", "collection", "should be", "found") or name.startswith("who")
        table.add_column(name, justify="left" if words else "right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(width=220).print(table)


def main() -> None:
    """Print the tables of the parts asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", nargs="*", help=f"{', '.join(PARTS)}; all by default")
    parser.add_argument("--kinds", type=lambda given: given.split(","), help="floods, with commas between")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5], help="default: 1 to 5")
    parser.add_argument("--worlds", type=int, default=ORGANIC_SEEDS, help="corpora without a campaign")
    parser.add_argument("--scores", action="store_true", help="score too, which takes longer")
    parser.add_argument("--full", action="store_true", help="1,640 accounts, larger organic corpora")
    options = parser.parse_args()
    for given, allowed in ((options.part, PARTS), (options.kinds or (), KINDS)):
        for name in given:
            if name not in allowed:
                sys.exit(f"there is no {name}. {choices(name, allowed)}")
    engine = ScoringEngine(Models.load(None, None)) if options.scores else None
    tables = {"floods": floods, "organic": organic, "bad": bad, "large": large}
    for part in options.part or PARTS:
        tables[part](options, engine)


if __name__ == "__main__":
    main()
