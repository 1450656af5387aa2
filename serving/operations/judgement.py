"""What an operation shows: both verdicts of every account, groups, campaigns, contents and the course of time.

A judgement reads all that the operation holds and asks the scoring engine as ``vigie network`` and ``vigie score`` ask it of a
file, so that all three say the same. Its answers are kept and are what questions are answered from; each says which state of
the operation it read. Batches are kept at the cost of the batch. Judging is done when something changed, not at each batch:
accounts by themselves are judged where they changed (:mod:`vigie.serving.operations.standing`), and what is found out of single
texts and of pairs of them is found out once (:mod:`vigie.serving.operations.compared_texts`). The rest of comparing costs what the
whole costs: an account more changes what chance gives every other one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from pydantic import Field, TypeAdapter
from sqlalchemy import Connection, delete, insert, select, update

from vigie.features.coordination.comparison import Comparison, Limits
from vigie.features.coordination.report.network import reports
from vigie.features.coordination.report.types import AccountName, NetworkReport
from vigie.features.i18n import Language, message
from vigie.features.i18n.languages import LANGUAGES
from vigie.features.json_object import JsonObject
from vigie.models.engine import ScoringEngine, ScoringResult, answers
from vigie.models.verdict import ABSTAINED, AccountResult
from vigie.serving import network_layout
from vigie.serving.first_meetings import first_meetings
from vigie.serving.network_layout import Placed
from vigie.serving.operations import (
    adaptation,
    alerts,
    bursts,
    compared_texts,
    copied,
    corpus,
    documents,
    records,
    result_pages,
    standing,
    tables,
)
from vigie.serving.operations.bursts import Burst
from vigie.serving.operations.continuity import Members, Step, follow
from vigie.serving.operations.copied import Found
from vigie.serving.operations.corpus import Corpus
from vigie.serving.operations.recall import Recall
from vigie.serving.operations.standing import Stood
from vigie.serving.operations.store import Database

_TOP_REASONS = 5
# Hashtags counted over time.
_MOST_TAGS = 50
# Members that are new to a group, and their share of it, for its growth to be told.
_GROWTH, _GROWTH_SHARE = 3, 0.2

Kind = Literal["group", "campaign"]
# By what an account matches a known campaign: itself, or a content that it published.
Tie = Literal["account", "content"]
_OF_ACCOUNT = ("account_id", "handle", "earlier_handle", "biography")


def _doc(text: str) -> object:
    return Field(description=text)


@dataclass(frozen=True, slots=True)
class Hour:
    """What was posted within an hour."""

    start: datetime
    platform: str
    posts: int
    accounts: int
    hashtags: Annotated[dict[str, int], _doc("Of the 50 most used of the operation, those of this hour.")]


@dataclass(frozen=True, slots=True)
class Node(AccountName):
    """An account of a drawing."""

    group: Annotated[int | None, _doc("Number over time of its group.")]
    x: Annotated[float, _doc("From the left.")]
    y: Annotated[float, _doc("From the top.")]


@dataclass(frozen=True, slots=True)
class Link:
    """Two accounts that act together more often than chance explains."""

    first: Annotated[int, _doc("Place in nodes.")]
    second: int
    traces: Annotated[list[str], _doc("On which they do; contents: they share the contents of a campaign.")]
    since: Annotated[
        list[datetime | None],
        _doc("When they first did, for each of traces; empty in what an earlier version has judged."),
    ] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Cell:
    """The accounts of a drawing that are of one group, placed or not."""

    group: Annotated[int | None, _doc("Number over time of the group; null for those of none.")]
    accounts: int


@dataclass(frozen=True, slots=True)
class CellLink:
    """Pairs beyond chance whose accounts are of two groups."""

    first: Annotated[int, _doc("Place in cells.")]
    second: int
    pairs: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """The accounts of a group or a campaign with their places on a page."""

    width: float
    height: float
    nodes: list[Node]
    links: Annotated[list[Link], _doc("Those that are among the clearest of one of their accounts.")]
    pairs: Annotated[int, _doc("Pairs beyond chance among these accounts, drawn or not.")]
    accounts_left_out: Annotated[int, _doc("Accounts without a place: those with the fewest pairs.")]
    cells: Annotated[
        list[Cell],
        _doc("All accounts by group, the largest first; empty in what an earlier version has judged."),
    ] = field(default_factory=list)
    cell_links: list[CellLink] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a judgement read, and when it was made."""

    revision: Annotated[int, _doc("State of the operation that was judged.")]
    at: datetime
    models: Annotated[dict[str, str], _doc("Version by target.")]
    accounts: int
    posts: int
    platforms: dict[str, int]
    first_time: datetime | None
    last_time: datetime | None
    notes: Annotated[
        list[str], _doc("What was capped, skipped or left out, and what this collection cannot show.")
    ]
    seconds: float
    adapted_from: Annotated[
        str | None,
        _doc(
            "Version of the model of inauthenticity that decisions of the operation adapted; null where it judged as it is."
        ),
    ] = None


_NETWORK = TypeAdapter(NetworkReport)
_HOURS = TypeAdapter(list[Hour])
_JUDGED = TypeAdapter(Judged)
DRAWING = TypeAdapter(Drawing)


def judge(
    database: Database,
    engine: ScoringEngine,
    limits: Limits,
    now: datetime,
    progress: Callable[[str], None] = lambda _: None,
    recall: Recall | None = None,
) -> Judged:
    """Judge all that an operation holds, and keep what is found.

    Args:
        database: Of the operation.
        engine: The models.
        limits: How much is looked at.
        now: Clock of the service.
        progress: Called with the name of each step as it begins, and may raise to end the work.
        recall: Known campaigns that accounts are compared with, beside the scores; None: with none.

    Returns:
        What was judged, in English.

    Raises:
        StoreError: The database does not answer.
    """
    start = datetime.now(UTC)
    with database.reading() as connection:
        held = corpus.read(connection)
        names = corpus.names(connection)
        outdated = adaptation.is_left_out(connection, engine.models.inauthentic)
        engine = adaptation.judging(connection, engine)
        stood = standing.read(connection, held, engine.models.inauthentic)
        before = compared_texts.kept(connection)
    texts = before.texts if before is not None else None
    result = engine.score(held.accounts.drop("key"), held.posts, ["coordinated"], limits, progress, texts)
    progress("accounts")
    alone = engine.score(*stood.changed(held), ["inauthentic"], limits, progress)
    progress("report")
    reported = _reported(result)
    compared = result.coordination.comparison if result.coordination else None
    contents = list(copied.find(compared)) if compared is not None else []
    hours = list(_hours(held))
    bursting = _bursting(held, contents, now)
    told = {
        language: Judged(
            revision=held.revision,
            at=now,
            models={target: bundle.version for target, bundle in result.models.bundles.items()},
            accounts=held.accounts.height,
            posts=held.posts.height,
            platforms=dict(held.accounts["platform"].value_counts(sort=True).iter_rows()),
            first_time=held.posts["created_at"].min(),  # type: ignore[arg-type]  # a column of times
            last_time=held.posts["created_at"].max(),  # type: ignore[arg-type]
            notes=list(
                dict.fromkeys(
                    [
                        *([message("operations.adaptation_outdated").say(language)] if outdated else ()),
                        *(note.say(language) for note in result.notes),
                        *(reported[language].notes if language in reported else ()),
                    ]
                )
            ),
            seconds=round((datetime.now(UTC) - start).total_seconds(), 3),
            adapted_from=engine.models.inauthentic.adapted_from,
        )
        for language in LANGUAGES
    }
    found = recall.matches(held.accounts, held.posts, names) if recall is not None else None
    every = stood.with_new(held, alone, _TOP_REASONS)
    coordinated = result.coordination_verdicts_in(LANGUAGES, top=_TOP_REASONS)
    verdicts = {
        language: answers(
            held.batch(),
            result.rows,
            (),
            (),
            coordinated[language],
            found.by_account(language) if found is not None else None,
        )
        for language in LANGUAGES
    }
    places = dict(_places(compared)) if compared is not None else {}
    met = _met(places, compared) if compared is not None else pl.DataFrame()
    with database.writing() as connection:
        if connection.execute(select(tables.state.c.judged_revision)).scalar_one() > held.revision:
            return told["en"]  # another process has judged a later state meanwhile
        connection.execute(
            delete(tables.documents).where(~tables.documents.c.name.startswith(compared_texts.NAME))
        )
        for language in LANGUAGES:
            documents.keep(connection, "judged", language, _JUDGED.dump_json(told[language]))
            if language in reported:
                made = _NETWORK.dump_json(reported[language], by_alias=True)
                documents.keep(connection, "network", language, made)
            lines = [each.lines[language] for each in every]
            result_pages.keep(connection, verdicts[language], lines, language)
        copied.keep(connection, contents)
        documents.keep(connection, "hours", "", _HOURS.dump_json(hours))
        numbers = _followed(connection, reported.get("en"), now)
        alerts.note_bursts(connection, bursting, now)
        if compared is None or compared.network.texts is None:
            compared_texts.forget(connection)
        else:
            compared_texts.keep(connection, compared.network.texts, before)
        if compared is not None:
            for name, placed in places.items():
                drawn = _drawn(placed, met, compared, numbers)
                documents.keep(connection, name, "", DRAWING.dump_json(drawn))
        known = _recognised(connection, held, verdicts["en"], now)
        _keep_verdicts(connection, held, stood.basis, every, verdicts["en"], numbers, known)
        connection.execute(update(tables.state).values(judged_revision=held.revision))
    return told["en"]


def judged(connection: Connection, language: Language) -> Judged | None:
    """Return what the last judgement read; None before the first."""
    stored = documents.read(connection, "judged", language)
    return None if stored is None else _JUDGED.validate_json(stored)


def network(connection: Connection, language: Language) -> NetworkReport | None:
    """Return the groups and campaigns of the last judgement; None where accounts could not be compared."""
    stored = documents.read(connection, "network", language)
    return None if stored is None else _NETWORK.validate_json(stored, by_alias=True)


def hours(connection: Connection) -> list[Hour]:
    """Return what was posted hour by hour, by platform."""
    stored = documents.read(connection, "hours")
    return [] if stored is None else _HOURS.validate_json(stored)


def drawing(connection: Connection, kind: Kind, number: int) -> bytes | None:
    """Return a group or a campaign as it is drawn, by its number in the last judgement: the JSON of a :class:`Drawing`."""
    return documents.read(connection, f"drawing-{kind}-{number}")


def _reported(result: ScoringResult) -> Mapping[Language, NetworkReport]:
    """Return the report in every language; in none where accounts could not be compared."""
    found = result.coordination
    if found is None or found.comparison is None:
        return {}
    evidence = found.scores.evidence
    return reports(
        found.comparison, LANGUAGES, result.models.population(), evidence.campaigns, evidence.groups
    )


def _places(compared: Comparison) -> Iterator[tuple[str, Placed]]:
    """Yield where the accounts of each group and campaign stand, under the name of its document."""
    members: Mapping[Kind, pl.DataFrame] = {"group": compared.groups, "campaign": compared.campaigns.members}
    for kind, table in members.items():
        for (number,), own in table.group_by(kind, maintain_order=True):
            yield f"drawing-{kind}-{number}", network_layout.place(own["account"].to_list(), compared)


def _met(places: Mapping[str, Placed], compared: Comparison) -> pl.DataFrame:
    """Return when the accounts of all pairs that are drawn first met."""
    pairs = [_of_rows(placed) for placed in places.values()]
    return first_meetings(compared, pl.concat(pairs).unique()) if pairs else pl.DataFrame()


def _drawn(
    placed: Placed, met: pl.DataFrame, compared: Comparison, numbers: Mapping[Kind, Mapping[int, int]]
) -> Drawing:
    """Return placed accounts by their own names, with the numbers over time of their groups."""
    groups = dict(compared.groups.select("account", "group").iter_rows())
    tracks = numbers.get("group", {})
    people = compared.accounts.select("row", *records.ACCOUNT, "handle")
    names = {row: own for row, *own in people.filter(pl.col("row").is_in(placed.rows.implode())).iter_rows()}
    since = _since(placed, met)
    return Drawing(
        width=network_layout.WIDTH,
        height=placed.height,
        nodes=[
            Node(*(*names[row], tracks.get(groups.get(row, -1)), x, y))
            for row, (x, y) in zip(placed.rows, placed.where.tolist(), strict=True)
        ],
        links=[
            Link(first, second, traces, [since.get((first, second, trace)) for trace in traces])
            for first, second, traces in placed.drawn.iter_rows()
        ],
        pairs=placed.pairs,
        accounts_left_out=placed.left_out,
        cells=[Cell(tracks.get(group), accounts) for group, accounts in placed.cells.iter_rows()],
        cell_links=[CellLink(*row) for row in placed.between.iter_rows()],
    )


def _of_rows(placed: Placed) -> pl.DataFrame:
    """Return the pairs that are drawn, as rows of their accounts."""
    return placed.drawn.select(
        placed.rows.gather(placed.drawn[side]).alias(side) for side in ("first", "second")
    )


def _since(placed: Placed, met: pl.DataFrame) -> dict[tuple[int, int, str], datetime]:
    """Return when accounts first met, by their places among those placed and by trace."""
    own = placed.drawn.select(at_first="first", at_second="second").hstack(_of_rows(placed))
    rows = met.join(own, on=["first", "second"]).select("at_first", "at_second", "trace", "time")
    return {
        (first, second, trace): datetime.fromtimestamp(time, UTC)
        for first, second, trace, time in rows.iter_rows()
    }


def _hours(held: Corpus) -> Iterator[Hour]:
    """Yield what was posted in each hour and on each platform, in order."""
    posts = held.posts.join(held.accounts.select("row", "platform"), on="row").select(
        "row", "platform", "hashtags", start=pl.col("created_at").dt.truncate("1h")
    )
    tags = posts.select("start", "platform", tag="hashtags").explode("tag").drop_nulls("tag")
    most = tags["tag"].value_counts(sort=True).sort("count", "tag", descending=[True, False]).head(_MOST_TAGS)
    counted = (
        tags.join(most, on="tag", how="semi")
        .group_by("start", "platform", "tag")
        .len()
        .sort("len", "tag", descending=[True, False])
        .group_by("start", "platform", maintain_order=True)
        .agg("tag", "len")
    )
    each = (
        posts.drop_nulls("start")
        .group_by("start", "platform")
        .agg(number=pl.len(), accounts=pl.col("row").n_unique())
        .join(counted, on=["start", "platform"], how="left")
        .sort("start", "platform")
    )
    for start, platform, number, accounts, tag, count in each.iter_rows():
        yield Hour(start, platform, number, accounts, dict(zip(tag or (), count or (), strict=True)))


def _bursting(held: Corpus, contents: Sequence[Found], now: datetime) -> list[Burst]:
    """Return the bursts of the last 24 hours of what is held, posts that claim to come from the future left out."""
    posts = (
        held.posts.filter(pl.col("created_at") <= now)
        .join(held.accounts.select("row", "platform"), on="row", maintain_order="left")
        .select(
            "hashtags",
            "platform",
            account=pl.col("row").cast(pl.Int64),
            post="post_id",
            time=pl.col("created_at").dt.epoch("s"),
        )
    )
    tags = (
        posts.explode("hashtags", empty_as_null=True, keep_nulls=False)
        .with_columns(object=pl.col("hashtags").str.strip_chars("#").str.to_lowercase())
        .filter(pl.col("object") != "")
    )
    used = tags.select(
        pl.lit("hashtag").alias("what"), "object", pl.concat_str(pl.lit("#"), "object").alias("name"),
        pl.lit(None, pl.String).alias("content"), "account", "platform", "post", "time",
    )  # fmt: skip
    published = [_publications(contents).filter(pl.col("time") <= now.timestamp())] if contents else []
    acts = pl.concat([used, *published])
    return bursts.find(acts, posts.drop("hashtags"))


def _publications(contents: Sequence[Found]) -> pl.DataFrame:
    """Return the publications of contents, as :func:`vigie.serving.operations.bursts.find` reads them."""
    named = pl.DataFrame(
        [(each.content.id, each.content.object) for each in contents],
        {"object": pl.String, "name": pl.String},
        orient="row",
    )
    of = np.repeat(np.arange(len(contents)), [each.content.posts for each in contents])
    return (
        pl.concat([each.posts for each in contents])
        .hstack(named[of])
        .select(
            pl.lit("content").alias("what"), "object", "name", pl.col("object").alias("content"), account="row",
            platform="platform", post="post_id", time=pl.col("created_at").dt.epoch("s"),
        )
    )  # fmt: skip


def _followed(
    connection: Connection, made: NetworkReport | None, now: datetime
) -> dict[Kind, dict[int, int]]:
    """Give each group and campaign its number over time, note what changed as alerts, and return the numbers.

    Args:
        connection: Of the operation, writing.
        made: What was found; None where accounts could not be compared, which is as nothing found.
        now: Clock of the service.

    Returns:
        Track by number, for groups and for campaigns.
    """
    # Both count on one row of numbers: campaigns first, since a reader asks for them first.
    found: Mapping[Kind, Sequence[Any]] = {
        "campaign": made.campaigns if made else (),
        "group": made.groups if made else (),
    }
    numbers: dict[Kind, dict[int, int]] = {}
    for kind, several in found.items():
        table = tables.tracks
        known = connection.execute(select(table).where(table.c.kind == kind)).all()
        rested = {row.id for row in known if row.number is None}
        members = [
            frozenset(records.account_key(each.platform, each.account_id).hex() for each in group.accounts)
            for group in several
        ]
        connection.execute(update(table).where(table.c.kind == kind).values(number=None))
        numbers[kind] = {}
        for step in follow({row.id: Members(row.members) for row in known}, members):
            track = _stepped(connection, kind, step, members, now)
            if step.number is not None:
                numbers[kind][step.number] = track
            alert = _alert(step, track in rested, members)
            if alert is not None:
                connection.execute(
                    insert(tables.alerts).values(
                        at=now,
                        kind=f"{kind}_{alert}",
                        track=track,
                        data={
                            "other": step.other,
                            "joined": step.joined,
                            "left": step.left,
                            "accounts": len(members[step.number]) if step.number is not None else 0,
                        },
                    )
                )
    return numbers


def _stepped(
    connection: Connection, kind: Kind, step: Step, members: Sequence[Members], now: datetime
) -> int:
    """Keep what became of a group, and return its number over time."""
    table = tables.tracks
    if step.number is None:
        assert step.track is not None  # noqa: S101 - what is not found was known
        connection.execute(update(table).where(table.c.id == step.track).values(merged_into=step.other))
        return step.track
    values = {
        "number": step.number,
        "seen_at": now,
        "members": sorted(members[step.number]),
        "merged_into": None,
    }
    if step.track is not None:
        connection.execute(update(table).where(table.c.id == step.track).values(**values))
        return step.track
    made = connection.execute(insert(table).values(kind=kind, born_at=now, **values))
    return int(made.inserted_primary_key[0])  # type: ignore[index]  # the database gives it


def _alert(step: Step, was_resting: bool, members: Sequence[Members]) -> str | None:
    """Return what is worth telling of a step; None where nothing is."""
    match step.change:
        case "born" | "split":
            return "new" if step.change == "born" else "split"
        case "merged" | "rested":
            return None if was_resting else step.change
        case "kept":
            if was_resting:
                return "back"
            size = len(members[step.number or 0])
            return "grew" if step.joined >= max(_GROWTH, _GROWTH_SHARE * size) else None


def _recognised(
    connection: Connection, held: Corpus, told: Sequence[AccountResult], now: datetime
) -> list[dict[str, Tie]]:
    """Return the known campaigns that each account matches; alerts tell of those that nobody matched so before.

    What a source only names or calls amplified is no match that is told of: anybody may link to it. Who published a content of a
    campaign is told apart from who is one of its accounts: people pick up what a campaign spreads.
    """
    table = tables.verdicts
    before = {
        row.account: row.known or {} for row in connection.execute(select(table.c.account, table.c.known))
    }
    known: list[dict[str, Tie]] = []
    every, fresh = Counter[tuple[str, Tie]](), Counter[tuple[str, Tie]]()
    for key, result in zip(held.accounts["key"], told, strict=True):
        ties: dict[str, Tie] = {}
        for match in result.matches or ():
            if match.role == "used" and ties.get(match.campaign) != "account":
                ties[match.campaign] = "account" if match.how in _OF_ACCOUNT else "content"
        known.append(ties)
        every.update(ties.items())
        fresh.update(tie for tie in ties.items() if before.get(key, {}).get(tie[0]) != tie[1])
    for (campaign, tie), joined in sorted(fresh.items()):
        connection.execute(
            insert(tables.alerts).values(
                at=now,
                kind="known_returned" if tie == "account" else "known_reused",
                data={"campaign": campaign, "accounts": every[campaign, tie], "joined": joined, "left": 0},
            )
        )
    return known


def _keep_verdicts(
    connection: Connection,
    held: Corpus,
    basis: Sequence[bytes],
    alone: Sequence[Stood],
    told: Sequence[AccountResult],
    numbers: Mapping[Kind, Mapping[int, int]],
    known: Sequence[Mapping[str, Tie]],
) -> None:
    """Keep both verdicts of each account in numbers."""
    counts = dict(held.posts.group_by("row").len().iter_rows())
    rows: list[JsonObject] = []
    for place, (key, row, result) in enumerate(
        zip(held.accounts["key"], held.accounts["row"], told, strict=True)
    ):
        compared = result.coordinated
        group = compared.group if compared is not None else None
        campaign = compared.campaign if compared is not None else None
        rows.append(
            {
                "account": key,
                "inauthentic": alone[place].probability,
                "inauthentic_band": alone[place].band,
                "coordinated": getattr(compared, "probability", None),
                "coordinated_band": getattr(compared, "band", ABSTAINED),
                "track": None if group is None else numbers.get("group", {}).get(group),
                "campaign_track": None if campaign is None else numbers.get("campaign", {}).get(campaign),
                "posts": counts.get(row, 0),
                "part": place // result_pages.SIZE,
                "basis": basis[place],
                "known": dict(known[place]),
            }
        )
    connection.execute(delete(tables.verdicts))
    if rows:
        connection.execute(insert(tables.verdicts), rows)
