"""How much of an operator any evidence could find: the ceiling of what benchmarks/operators.py measures.

Cohorts of each operator are hidden among ordinary people, beside the two controls of benchmarks/operators.py: accounts of one
operator that never met, and decoys, ordinary people of another topic. An account is found if it has more than 99 % of the ordinary
people of its window. Of these, accounts that stand in a group or a campaign that chance gives once in 1,000 accounts are put aside,
but for the first column: data sets without labels hold accounts that one scheduler runs, and these rightly come first.

Rows, means over windows, in brackets 95 % intervals over accounts of the operator:
  model, all        found by the model that saw nothing of the operator, nobody put aside
  model             the same with those accounts put aside
  met               did one thing within an hour of another of their cohort, found or not
  partner           found if told which accounts are the cohort: what an account shares with them, all traces together, against what
                    ordinary people share with whomever. A rule that does not know the operator cannot know this
  one trace         found if told also which single trace says most of this operator
  any trace         found in one trace or another
  and minutes       the same, with activity in the same ten minutes or half hours beyond what the hourly rates of both explain
  and tastes        the same, with sites and authors that both like, and all hashtags and words
  topic             found by any of these if ordinary people are told the cohort too: what they share with it, not with whomever
  minutes or model  found as in "and minutes", or by the model, which also asks whether partners stand out
The pace (minute, hour, day) and with whom something is shared (the closest partner, the third, or as many as the cohort has) are those
that find most of the operator. Behind the oblique is the share of ordinary people who have as much. What is chosen after the fact
flatters, so a figure says what an operator leaves only as far as it is above those of the controls.

Example:
  python benchmarks/ceiling.py data/coordination data/io-thailand data/election data/protest --unlabelled election protest
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
from operators import DECOY, decoys, held_out, measured
from rich.console import Console
from rich.table import Table

from vigie.features import text
from vigie.features.coordination import activity_overlap, standing, traces
from vigie.features.coordination.parts import ONE
from vigie.features.ingest import dataset
from vigie.features.similarity import url_canonical
from vigie.models.metrics import SHARE, Estimate
from vigie.training import config
from vigie.training.data import windows
from vigie.training.data.hidden_cohorts import TARGET, Plan, hide
from vigie.training.evaluation.windows import HIDDEN, PROVEN

# Share of ordinary people that may have as much as an account that is found.
FALSE = 0.01
ALL = "all"
MINUTES = {"ten_minutes": (600, 14_400), "half_hour": (1_800, 14_400)}
TASTES = ("rare_domain", "site", "reposted_author", "hashtag", "word")
THINGS = (
    *(name for name in traces.BUILT_IN if name not in (*TASTES, "fast_repost")),
    "quote",
    "run_of_words",
)
# Words of a run that two accounts both published; letters of a word that counts alone.
RUN, LETTERS = 4, 4
# With whom something is shared: the closest partner, the third closest, or as many partners as the cohort has.
PARTNERS = ("closest", "third", "many")
DRAWS, SEED = 1_000, 7


def acts(posts: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return the acts of each trace: ``account``, ``object``, ``time``, ``post`` and ``author``.

    Args:
        posts: What :func:`vigie.features.coordination.traces.read` returned.
    """
    found = {name: traces.acts(posts, name) for name in (*THINGS, *TASTES) if name in traces.BUILT_IN}
    act = pl.col("act")
    said = text.prose(pl.col("text")).str.to_lowercase().str.extract_all(r"\w+")
    words = done(posts.filter(act.ne_missing("repost")), said)
    run = [pl.col("object").shift(-place).over("post") for place in range(RUN)]
    sites = pl.col("page_list").list.eval(url_canonical.host(pl.element()))
    authors = pl.coalesce("target_account_id", pl.col("text").str.extract(r"^RT @(\w+)").str.to_lowercase())
    found |= {
        "quote": done(posts.filter(act == "quote"), pl.concat_list("target_post_id")),
        "run_of_words": words.with_columns(object=pl.concat_str(run, separator=" ")).drop_nulls("object"),
        "word": words.filter(pl.col("object").str.len_chars() >= LETTERS),
        "hashtag": done(posts, pl.col("hashtag_list").list.eval(pl.element().str.to_lowercase())),
        "site": done(posts, sites),
        "reposted_author": done(posts.filter(act == "repost"), pl.concat_list(authors)),
    }
    return {name: some for name, some in found.items() if some.height}


def done(posts: pl.DataFrame, things: pl.Expr) -> pl.DataFrame:
    """Return posts as acts on each of some things."""
    each = posts.select("account", "time", "post", author=pl.lit(None, pl.Int64), object=things)
    return each.explode("object", empty_as_null=True, keep_nulls=False).drop_nulls("object")


def pairs(posts: pl.DataFrame, accounts: int) -> Iterator[tuple[str, int, pl.DataFrame]]:
    """Yield, by trace and pace, ``first``, ``second`` and ``value``: how much that few did they both did."""
    of_trace = acts(posts)
    named = [
        some.with_columns(object=pl.concat_str(pl.lit(name), pl.col("object").cast(pl.String), separator=" "))
        for name, some in of_trace.items()
        if name in THINGS
    ]
    if named:
        of_trace[ALL] = pl.concat(
            [some.select("account", "object", "time", "post", "author") for some in named]
        )
    for name, some in of_trace.items():
        for pace, close in standing.shared_at_paces(some, np.array([float(accounts)]), ONE).items():
            yield name, pace, close.pairs
    for name, (fine, coarse) in MINUTES.items():
        tested = activity_overlap.pairs(posts, fine, coarse, least_p=0.05)
        for pace in standing.PACES:
            yield name, pace, tested.select("first", "second", value=-pl.col("p").clip(1e-300).log10())


def partners(value: np.ndarray, many: int) -> np.ndarray:
    """Return what each account shares with partners, one column for each of :data:`PARTNERS`.

    Args:
        value: What it shares with each partner, a row for each account.
        many: Partners whose sum is the last column.
    """
    most = -np.sort(-np.pad(value, ((0, 0), (0, 3))), axis=1)
    return np.column_stack([most[:, 0], most[:, 2], most[:, :many].sum(axis=1)])


def looked_at(
    posts: pl.DataFrame, hidden: np.ndarray, ordinary: np.ndarray
) -> tuple[pl.DataFrame, np.ndarray]:
    """Return who is found and how (``row``, ``told``, ``trace``, ``pace``, ``partner``), and who met another of the cohort.

    Args:
        posts: As traces read them.
        hidden: Which accounts are the cohort.
        ordinary: Which are the people they are set against.
    """
    met, found = np.zeros(len(hidden), np.bool_), []
    for trace, pace, some in pairs(posts, len(hidden)):
        first, second = some["first"].to_numpy(), some["second"].to_numpy()
        value = np.zeros((len(hidden), len(hidden)))
        value[first, second] = value[second, first] = some["value"].to_numpy()
        whomever, cohort = (partners(some_of, int(hidden.sum()) - 1) for some_of in (value, value[:, hidden]))
        if (trace, pace) == (ALL, traces.HOUR):
            met = cohort[:, 0] > 0
        of_told = {"known": np.where(hidden[:, None], cohort, whomever), "topic": cohort}
        for told, known in of_told.items():
            most = np.sort(known[ordinary], axis=0)[::-1][int(FALSE * ordinary.sum())]
            who, partner = np.nonzero((known > most) & (hidden | ordinary)[:, None])
            found.append(
                pl.DataFrame({"row": who, "partner": np.array(PARTNERS)[partner]}).with_columns(
                    told=pl.lit(told), trace=pl.lit(trace), pace=pl.lit(pace)
                )
            )
    return pl.concat(found), met


def seen(
    folders: Sequence[Path], table: pl.DataFrame, place: Path, unlabelled: Sequence[str], aside: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the hidden accounts of some windows, and all accounts that something finds.

    Args:
        folders: Dataset directories.
        table: What :func:`vigie.training.data.hidden_cohorts.hide` returned.
        place: Where it may be written.
        unlabelled: Names of data sets whose accounts without a label are ordinary.
        aside: ``scenario`` and ``account_id`` of accounts that are put aside.

    Returns:
        ``scenario``, ``account_id`` and ``met`` of the hidden; the columns of :func:`looked_at` with ``scenario``, ``account_id``,
        ``y`` (hidden or ordinary) and ``share``, the part of the window's hidden or ordinary accounts that one is.
    """
    table.write_parquet(place)
    hidden_in, found_in = [], []
    keys = ["platform", "account_id"]
    for name, _, _, accounts, posts in windows.each_window(
        windows.load(folders, place, unlabelled=unlabelled)
    ):
        put = aside.filter(pl.col("scenario") == name)["account_id"].implode()
        people = accounts.sort("account_id").with_row_index("row")
        people = people.select(pl.col("row").cast(pl.Int64), *keys, "y", put=pl.col("account_id").is_in(put))
        hidden, ordinary = (
            people["y"].to_numpy(),
            people.select(~pl.col("y") & ~pl.col("put")).to_series().to_numpy(),
        )
        if hidden.sum() * (1 + HIDDEN) > len(hidden):
            continue
        own = posts.join(people.select(pl.col("row").cast(pl.UInt32), *keys), on=keys, how="inner").drop(keys)
        found, met = looked_at(traces.read(own, names=traces.BUILT_IN).posts, hidden, ordinary)
        share = pl.when("y").then(1 / hidden.sum()).otherwise(1 / ordinary.sum())
        named = people.select("row", "account_id", "y", scenario=pl.lit(name), share=share)
        hidden_in.append(
            named.with_columns(met=pl.Series(met)).filter("y").select("scenario", "account_id", "met")
        )
        found_in.append(found.join(named, on="row").drop("row"))
    return pl.concat(hidden_in), pl.concat(found_in)


def most_found(
    found: pl.DataFrame, told: str, wanted: Sequence[str], way: Sequence[str] = ("pace", "partner")
) -> pl.DataFrame:
    """Return who is found by any of some traces, in the way that finds most of the hidden.

    Args:
        found: What :func:`seen` returned of one operator.
        told: ``known`` or ``topic``.
        wanted: The traces.
        way: Columns of which one value each is chosen.

    Returns:
        ``scenario``, ``account_id``, ``y`` and ``share`` of each once.
    """
    some = found.filter((pl.col("told") == told) & pl.col("trace").is_in(list(wanted)))
    ways = [one.unique(["scenario", "account_id"]) for _, one in some.group_by(*way, maintain_order=True)]
    return max(ways, key=lambda one: one.filter("y")["share"].sum(), default=some)


def estimate(hidden: pl.DataFrame, found: pl.DataFrame) -> Estimate:
    """Return the share of the hidden that is found, a mean over windows, with an interval over resampled accounts."""
    is_found = hidden.join(
        found.select("scenario", "account_id", "share"),
        on=["scenario", "account_id"],
        how="left",
        maintain_order="left",
    )["share"]
    window = hidden["scenario"].rank("dense").to_numpy() - 1
    account = hidden["account_id"].rank("dense").to_numpy() - 1
    number = int(account.max()) + 1
    drawn = np.random.default_rng(SEED).multinomial(number, np.full(number, 1 / number), size=DRAWS)
    weight = np.vstack([np.ones(number), drawn])[:, account]
    each = np.zeros((int(window.max()) + 1, 2, DRAWS + 1))
    np.add.at(each, (window, 0), weight.T * is_found.is_not_null().to_numpy()[:, None])
    np.add.at(each, (window, 1), weight.T)
    part = np.divide(each[:, 0], each[:, 1], out=np.full(each[:, 0].shape, np.nan), where=each[:, 1] > 0)
    return Estimate.of(np.nanmean(part, axis=0), number, SHARE)


def by_model(rows: pl.DataFrame, aside: pl.DataFrame) -> pl.DataFrame:
    """Return the hidden accounts that a score puts above 99 % of the ordinary people who are not put aside."""
    kept = rows.join(aside, on=["scenario", "account_id"], how="anti")
    most = (
        kept.filter(~pl.col("y"))
        .group_by("scenario")
        .agg(most=pl.col("score").sort(descending=True).get((pl.len() * FALSE).floor().cast(pl.Int64)))
    )
    return kept.join(most, on="scenario").filter(pl.col("y") & (pl.col("score") > pl.col("most"))).select(
        "scenario", "account_id", share=1.0
    )  # fmt: skip


def rows(
    hidden: pl.DataFrame, found: pl.DataFrame, ranked: pl.DataFrame, aside: pl.DataFrame
) -> dict[str, str]:
    """Return the column of the table for the cohorts of one operator.

    Args:
        hidden: Its hidden accounts; see :func:`seen`.
        found: What finds accounts of these windows.
        ranked: The score of each account; see :func:`operators.ranked`.
        aside: Who is put aside.
    """
    windows_, accounts = (hidden[name].n_unique() for name in ("scenario", "account_id"))
    told = {
        "model, all": by_model(ranked, aside.clear()),
        "model": by_model(ranked, aside),
        "met": hidden.filter("met").with_columns(share=1.0),
    }
    everything = (*THINGS, *MINUTES, *TASTES)
    best = {
        "partner": most_found(found, "known", [ALL]),
        "one trace": most_found(found, "known", THINGS, ("trace", "pace", "partner")),
        "any trace": most_found(found, "known", THINGS),
        "and minutes": most_found(found, "known", (*THINGS, *MINUTES)),
        "and tastes": most_found(found, "known", everything),
        "topic": most_found(found, "topic", everything),
    }
    price = {name: some.filter(~pl.col("y"))["share"].sum() / windows_ for name, some in best.items()}
    either = pl.concat([told["model"], best["and minutes"].filter("y")], how="diagonal")
    either = either.unique(["scenario", "account_id"])
    return (
        {"windows, accounts": f"{windows_}, {accounts}"}
        | {name: str(estimate(hidden, some)) for name, some in told.items()}
        | {name: f"{estimate(hidden, some.filter('y'))} / {price[name]:.3f}" for name, some in best.items()}
        | {"minutes or model": str(estimate(hidden, either))}
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument(
        "--unlabelled", nargs="*", default=[], help="data sets whose accounts without a label are ordinary"
    )
    parser.add_argument("--cohort", type=int, default=20)
    options = parser.parse_args()
    settings = config.shipped(TARGET).model_copy(
        update={"unlabelled": dict.fromkeys(options.unlabelled, 0.0)}
    )
    plan = Plan(cohorts=(options.cohort,), placebos=(options.cohort,), ratios=())
    names = {str(dataset.open(folder).manifest["name"]): folder for folder in options.folders}
    with tempfile.TemporaryDirectory() as made:
        place = Path(made) / "windows.parquet"
        unreal = list(decoys(options.folders, options.unlabelled, Path(made)))
        publics = [names[folder.name] for folder in unreal]
        unlabelled = [folder.name for folder in unreal if folder.name in options.unlabelled]
        shown = hide(options.folders, plan, unlabelled=options.unlabelled)
        hidden = hide([*unreal, *publics], replace(plan, placebos=()), unlabelled=unlabelled)
        hidden = hidden.filter(pl.col("operator").str.strip_prefix(DECOY) != pl.col("public"))
        real = measured(options.folders, shown, settings, place)
        decoy = measured([*unreal, *publics], hidden, settings, place)
        proven = pl.concat([real.rows, decoy.rows]).filter(
            ~pl.col("y") & (pl.col("evidence_rarity") >= PROVEN)
        )
        aside = proven.select("scenario", "account_id").unique()
        parts = [
            seen(options.folders, shown, place, options.unlabelled, aside),
            seen([*unreal, *publics], hidden, place, unlabelled, aside),
        ]
    about, found = (pl.concat(some) for some in zip(*parts, strict=True))
    ranked = held_out(real, decoy, settings)
    cohorts = pl.when(pl.col("operator").str.starts_with(DECOY)).then(pl.lit("decoys"))
    cohorts = cohorts.when("placebo").then(pl.col("operator") + ", never met").otherwise("operator")
    about = about.join(
        pl.concat([shown, hidden]).select("scenario", cohorts=cohorts).unique(), on="scenario"
    ).sort("cohorts", "scenario", "account_id")
    each = {
        str(name): rows(some, found.join(some, on="scenario", how="semi"), ranked, aside)
        for (name,), some in about.group_by("cohorts", maintain_order=True)
    }
    table = Table(title=f"Cohorts of {options.cohort} accounts")
    table.add_column("found")
    for name in each:
        table.add_column(name, justify="right")
    for row in next(iter(each.values())):
        table.add_row(row, *(column[row] for column in each.values()))
    Console(width=180).print(table)


if __name__ == "__main__":
    main()
