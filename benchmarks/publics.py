"""Real people who are taken for coordinated, by kind of public, and what happens when a collector cuts their posts.

Reads a folder of data sets through vigie's own readers and scores each for coordination with the bundle that ships. Sets of
people on one topic, at one event, of one trade or scene hold hardly anybody operated: their share of high scores is a
false-positive rate, an upper bound where rings may remain. Sets of known operations stand beside them. Where labels say who
is operated, a set has a row for each side. Sets that are absent are skipped and named. The data are not of this repository.

Columns: accounts; those scored and those abstained from; high and elevated scores, with their share of the scored; accounts
in a group or in a campaign; high scores of accounts in no group and no campaign that name no partner ("bare"). The worst
and the mean are those of the ordinary sets with 50 scored accounts or more.

Stresses, several at once if wanted, cut the posts as collectors do:
  text      texts reduced to content words: no links, mentions, hashtag signs, punctuation, capitals, short words
  no-text   no texts at all
  links     links removed, from the list of links and from the texts
  minutes   times cut to the minute, and said to be so
  targets   no ids, authors or times of what is reposted, answered or quoted

Examples:
  python benchmarks/publics.py DATA_FOLDER
  python benchmarks/publics.py DATA_FOLDER --sets raid-hashtag-2019,topic-election-2017 --format-stress minutes targets
  python benchmarks/publics.py DATA_FOLDER --accounts 2000           a seeded sample of the accounts of larger sets;
                                                                    groups that it cuts apart are not found
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from vigie.errors import VigieError, choices
from vigie.features.ingest.parsing import Batch, from_tables
from vigie.features.ingest.reader import Options, Read
from vigie.features.ingest.readers import find
from vigie.models.engine import Models, ScoringEngine
from vigie.models.verdict import CoordinationVerdict
from vigie.training.evaluation.format_stress import FORMATS

KEYS = ["platform", "account_id"]
NONE = "–"
# Scored accounts from which a set counts for the worst and the mean.
LEAST = 50


@dataclass(frozen=True)
class Public:
    """A data set.

    Attributes:
        kind: What people it holds.
        reader: The reader that it needs.
        files: Its files inside its folder.
        operated: Whether its accounts are known to be operated, where no label says who is.
    """

    kind: str
    reader: str = "generic"
    files: tuple[str, ...] = ("accounts.parquet", "posts.parquet")
    operated: bool = False


_LABELLED = ("accounts.parquet", "posts.parquet", "labels.parquet")
PUBLICS: dict[str, Public] = {
    "topic-election-2017": Public("topic"),
    "topic-demonetization-2016": Public("topic"),
    "topic-protest-2013": Public("topic"),
    "topic-vaccine-2021": Public("topic"),
    "topic-vaccine-profiles-2021": Public("topic"),
    "topic-vaccins-fr-2021": Public("topic"),
    "topic-fringe-links-2020": Public("topic"),
    "event-conference-2018": Public("event"),
    "raid-hashtag-2019": Public("raid"),
    "elected-ar-2019": Public("elected"),
    "elected-de-2018": Public("elected"),
    "newsrooms-bo-2021": Public("newsrooms"),
    "rhythm-newsrooms-2020": Public("newsrooms"),
    "telegram-scene": Public("scene"),
    "coortweet": Public("topic", "coortweet", ("german_elections.parquet",)),
    "io-thailand-2020": Public("operation", files=_LABELLED, operated=True),
    "coordination": Public(
        "operation, people", "coordination",
        ("accounts.csv", "posts_ira.parquet", "posts_organic_e13.parquet", "posts_organic_archives.parquet"),
    ),
    "bot-or-not-en": Public(
        "bots, people", "bot-or-not",
        tuple(f"dataset.{part}.{n}.{end}" for n in (30, 32) for part, end in (("posts&users", "json"), ("bots", "txt"))),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Side:
    """What the engine says of one side of a set.

    Attributes:
        name: The set, and the side where it has two.
        kind: What people it holds.
        operated: Whether they are known to be operated.
        accounts: Accounts, those refused left out.
        scored: Accounts with a score.
        high: Accounts with a high score.
        elevated: Accounts with an elevated score.
        grouped: Accounts in a group.
        campaign: Accounts in a campaign.
        bare: Accounts with a high score, no group, no campaign and no partner.
        sampled: From how many accounts these were drawn; None where all were read.
    """

    name: str
    kind: str
    operated: bool
    accounts: int
    scored: int
    high: int
    elevated: int
    grouped: int
    campaign: int
    bare: int
    sampled: int | None

    @property
    def rate(self) -> float:
        """Share of the scored that are high; 0 where nobody is scored."""
        return self.high / self.scored if self.scored else 0.0

    def row(self) -> list[str]:
        """Return the cells of the table."""
        sampled = "" if self.sampled is None else f" (of {self.sampled:,})"
        return [
            self.name, self.kind, f"{self.accounts:,}{sampled}", f"{self.scored:,}",
            of(self.high, self.scored), of(self.elevated, self.scored), str(self.grouped), str(self.campaign),
            str(self.bare), f"{self.accounts - self.scored:,}",
        ]  # fmt: skip


def of(part: int, whole: int) -> str:
    """Return a count with its share."""
    return f"{part} ({part / whole:.1%})" if whole else NONE


def read(folder: Path, name: str) -> Read | None:
    """Return a set as its reader gives it; None where a file of it is absent."""
    public = PUBLICS[name]
    paths = [folder / name / file for file in public.files]
    if not all(path.is_file() for path in paths):
        return None
    return find(public.reader).read(paths, Options(name=name))


def sample(read: Read, accounts: int | None, seed: int) -> tuple[pl.DataFrame, int | None]:
    """Return the accounts of a set, or a sample of those with posts, and from how many it was drawn."""
    posting = read.accounts.join(read.posts, on=KEYS, how="semi", maintain_order="left")
    if accounts is None or posting.height <= accounts:
        return read.accounts, None
    chosen = np.sort(np.random.default_rng(seed).permutation(posting.height)[:accounts])
    return posting[chosen], posting.height


def scored(engine: ScoringEngine, name: str, held: Read, options: argparse.Namespace) -> list[Side]:
    """Return what the engine says of a set, one side each where labels tell two."""
    accounts, whole = sample(held, options.accounts, options.seed)
    posts = held.posts.join(accounts, on=KEYS, how="semi", maintain_order="left")
    for stress in options.format_stress:
        posts = FORMATS[stress](posts)
    batch = from_tables(accounts, posts, datetime.now(UTC))
    result = engine.score(batch.accounts, batch.posts, ["coordinated"])
    verdicts = result.coordination_verdicts(top=0, language="en")
    table = pl.DataFrame(
        {
            "row": result.rows,
            "band": [each.band if isinstance(each, CoordinationVerdict) else None for each in verdicts],
            "group": [each.group is not None for each in verdicts],
            "campaign": [each.campaign is not None for each in verdicts],
            "partner": [bool(each.partners) for each in verdicts],
        },
        schema_overrides={"row": pl.UInt32, "band": pl.String},
    ).with_columns(operated=operated(batch, held, PUBLICS[name]))
    both = table["operated"].n_unique() > 1
    return [
        side(name, part, whole, split=both, operated=bool(said))
        for (said,), part in table.group_by("operated", maintain_order=True)
    ]


def operated(batch: Batch, held: Read, public: Public) -> pl.Series:
    """Return whether each account is known to be operated: by its labels, else by its set."""
    positive = held.labels.filter("value").select(KEYS).unique().with_columns(operated=True)
    joined = batch.accounts.select(KEYS).join(positive, on=KEYS, how="left", maintain_order="left")
    return joined["operated"].fill_null(public.operated)


def side(name: str, table: pl.DataFrame, whole: int | None, *, split: bool, operated: bool) -> Side:
    """Return the figures of accounts of one side."""
    kind = PUBLICS[name].kind
    if split:
        first, second = kind.split(", ")
        kind = first if operated else second
    high = table.filter(pl.col("band") == "high")
    bare = high.filter(~pl.col("group") & ~pl.col("campaign") & ~pl.col("partner"))
    return Side(
        name, kind, operated, table.height, table["band"].drop_nulls().len(), high.height,
        table.filter(pl.col("band") == "elevated").height, int(table["group"].sum()),
        int(table["campaign"].sum()), bare.height, whole,
    )  # fmt: skip


def show(sides: Sequence[Side], stresses: Sequence[str], skipped: Sequence[str]) -> None:
    """Print the table, and which sets are not in it."""
    cut = f"posts cut: {', '.join(stresses)}" if stresses else "posts as they were collected"
    table = Table(title=f"Scores of coordination by kind of public, {cut}", title_justify="left")
    for name in ("set", "people", "accounts", "scored", "high", "elevated", "in a group", "in a campaign",
                 "high, bare", "abstained"):  # fmt: skip
        table.add_column(name, justify="left" if name in ("set", "people") else "right", no_wrap=True)
    ordinary = [one for one in sides if not one.operated]
    for one in [*ordinary, *(one for one in sides if one.operated)]:
        table.add_row(*one.row(), end_section=one is (ordinary or sides)[-1])
    judged = [one for one in ordinary if one.scored >= LEAST]
    if judged:
        worst = max(judged, key=lambda one: one.rate)
        elevated = float(np.mean([one.elevated / one.scored for one in judged]))
        total = [sum(getattr(one, name) for one in judged) for name in ("grouped", "campaign", "bare")]
        table.add_section()
        table.add_row("worst of the ordinary", worst.kind, worst.name, "", f"{worst.rate:.1%}")
        mean = float(np.mean([one.rate for one in judged]))
        table.add_row("mean, a set each", f"{len(judged)} sets", "", "", f"{mean:.1%}", f"{elevated:.1%}",
                      *map(str, total))  # fmt: skip
    Console(width=160).print(table)
    if skipped:
        print(f"absent, skipped: {', '.join(skipped)}")


def main() -> None:
    """Score every set and print one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="holds one folder per set")
    parser.add_argument("--sets", type=lambda given: given.split(","), help="sets, with commas between")
    parser.add_argument("--format-stress", choices=tuple(FORMATS), nargs="+", default=[])
    parser.add_argument("--accounts", type=int, help="at most that many accounts of a set")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    options = parser.parse_args()
    for name in options.sets or ():
        if name not in PUBLICS:
            sys.exit(f"there is no set {name}. {choices(name, PUBLICS)}")
    engine = ScoringEngine(Models.load(None, None))
    sides: list[Side] = []
    skipped: list[str] = []
    for name in options.sets or PUBLICS:
        try:
            held = read(options.folder, name)
        except VigieError as error:
            sys.exit(f"{name} cannot be read: {error}")
        if held is None:
            skipped.append(name)
            continue
        sides += scored(engine, name, held, options)
        print(f"{name} · {' · '.join(sides[-1].row()[2:])}", file=sys.stderr, flush=True)
    if not sides:
        sys.exit(f"{options.folder} holds none of {', '.join(PUBLICS)}")
    show(sides, options.format_stress, skipped)


if __name__ == "__main__":
    main()
