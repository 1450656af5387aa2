"""Questions to what an operation has seen and to what the last judgement says of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import Field
from sqlalchemy import JSON, ColumnElement, Connection, Row, Text, cast, func, select, type_coerce

from vigie.errors import OperationNotFoundError
from vigie.features.coordination.report.types import AccountName, Campaign, Group, NetworkReport
from vigie.features.i18n import Language, Message, message
from vigie.features.json_object import JsonObject
from vigie.models.verdict import AccountResult
from vigie.serving.operations import corpus, decisions, judgement, labels, records, result_pages, tables
from vigie.serving.operations.continuity import Members
from vigie.serving.operations.decisions import HIGHEST_TRACK, AccountSubject, Decision, TrackSubject
from vigie.serving.operations.judgement import Drawing, Kind, Tie
from vigie.serving.operations.labels import Label

# Posts shown with an account, the newest first.
POSTS_SHOWN = 200

SortedBy = Literal["coordinated", "inauthentic", "posts"]


def _doc(text: str) -> object:
    return Field(description=text)


@dataclass(frozen=True, slots=True)
class RankedAccount:
    """An account with both verdicts in numbers."""

    platform: str
    account_id: str
    handle: str | None
    inauthentic: Annotated[float | None, _doc("Probability; null where the model abstains.")]
    inauthentic_band: str
    coordinated: float | None
    coordinated_band: str
    group: Annotated[int | None, _doc("Number over time of its group.")]
    campaign: Annotated[int | None, _doc("Number over time of its campaign.")]
    posts: int
    known: Annotated[
        dict[str, Tie],
        _doc(
            "Known campaigns that it matches, by itself (id, name, biography) or by a content alone: beside the scores, and no "
            "part of them."
        ),
    ]
    decisions: Annotated[list[Decision], _doc("The last decision on the account, for each target.")]
    created_at: Annotated[datetime | None, _doc("When it was created; null where that is not known.")]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Some accounts of an operation, in order."""

    judged_revision: int
    total: Annotated[int, _doc("Accounts that the filters leave.")]
    accounts: list[RankedAccount]
    next_offset: Annotated[int | None, _doc("Where the next page begins; null on the last one.")]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which accounts are asked for; None: whichever.

    Attributes:
        band: Of the score that is sorted by.
        platform: Its platform.
        handle: The start of its handle.
        group: Number over time of its group.
        campaign: Number over time of its campaign.
        known: A known campaign that it matches.
        created: The day on which it was created, in UTC.
        label: What the decisions label it as.
    """

    band: str | None = None
    platform: str | None = None
    handle: str | None = None
    group: int | None = None
    campaign: int | None = None
    known: str | None = None
    created: date | None = None
    label: Label | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What an account showed of itself when it was observed."""

    observed_at: datetime
    profile: JsonObject


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that an operation knows of an account."""

    platform: str
    account_id: str
    handle: str | None
    first_observed_at: datetime
    last_observed_at: datetime
    profile: Annotated[JsonObject, _doc("The newest value known of each field.")]
    history: Annotated[list[Seen], _doc("Each time that something had changed, the newest first.")]
    judged_revision: int
    result: Annotated[
        AccountResult | None, _doc("Both verdicts; null for an account that came after the last judgement.")
    ]
    group: int | None
    campaign: int | None
    posts: Annotated[list[JsonObject], _doc(f"The latest {POSTS_SHOWN}, in the fields of the contract.")]
    posts_left_out: int
    rhythm: Annotated[
        list[list[int]], _doc("All its posts by day of the week, Monday first, and by hour, both in UTC.")
    ]
    decisions: Annotated[list[Decision], _doc("Every decision on the account, the newest first.")]


@dataclass(frozen=True, slots=True)
class Recognised:
    """An earlier campaign that members of a group or campaign match.

    Attributes:
        campaign: Its name.
        tie: Whether they match it themselves, or by a content that they published.
        accounts: How many do.
    """

    campaign: str
    tie: Tie
    accounts: int


@dataclass(frozen=True, slots=True)
class Tracked:
    """A group or a campaign over time."""

    track: Annotated[int, _doc("Its number, which stays while its members come and go.")]
    born_at: datetime
    seen_at: Annotated[datetime, _doc("Last judgement that found it.")]
    is_found: Annotated[bool, _doc("Whether the last judgement found it.")]
    merged_into: int | None
    members: Annotated[int, _doc("Members when it was last found.")]
    group: Annotated[Group | None, _doc("What the last judgement says, for a group.")] = None
    campaign: Annotated[Campaign | None, _doc("What the last judgement says, for a campaign.")] = None
    decisions: Annotated[
        list[Decision], _doc("The last decision on it, for each target: it stays while members come and go.")
    ] = field(default_factory=list)


def ranking(connection: Connection, by: SortedBy, filters: Filters, offset: int, most: int) -> Ranking:
    """Return accounts in the order of a score, the highest first; those without it come last.

    Args:
        connection: Of the operation.
        by: What is sorted by.
        filters: Which accounts.
        offset: How many are skipped.
        most: How many are returned.
    """
    verdicts, accounts = tables.verdicts, tables.accounts
    joined = verdicts.join(accounts, accounts.c.key == verdicts.c.account)
    wanted = []
    if filters.band is not None:
        of = "coordinated_band" if by == "coordinated" else "inauthentic_band"
        wanted.append(verdicts.c[of] == filters.band)
    if filters.platform is not None:
        wanted.append(accounts.c.platform == filters.platform.lower())
    if filters.handle is not None:
        wanted.append(accounts.c.handle.startswith(filters.handle, autoescape=True))
    if filters.group is not None:
        wanted.append(verdicts.c.track == filters.group)
    if filters.campaign is not None:
        wanted.append(verdicts.c.campaign_track == filters.campaign)
    if filters.known is not None:
        wanted.append(cast(verdicts.c.known, Text).contains(f"{json.dumps(filters.known)}:", autoescape=True))
    if filters.created is not None:
        wanted.append(_created_on(connection, filters.created))
    if filters.label is not None:
        wanted.append(_is_one_of(connection, labels.labelled(connection, filters.label)))
    total = int(connection.execute(select(func.count()).select_from(joined).where(*wanted)).scalar_one())
    rows = connection.execute(
        select(
            accounts.c.platform,
            accounts.c.account_id,
            accounts.c.handle,
            *(
                verdicts.c[name]
                for name in (
                    "inauthentic",
                    "inauthentic_band",
                    "coordinated",
                    "coordinated_band",
                    "track",
                    "campaign_track",
                    "posts",
                    "known",
                )
            ),
            _created_at(connection),
        )
        .select_from(joined)
        .where(*wanted)
        .order_by(verdicts.c[by].desc().nulls_last(), verdicts.c.account)
        .offset(offset)
        .limit(most)
    ).all()
    after = offset + len(rows)
    subjects = [AccountSubject(row.platform, row.account_id) for row in rows]
    decided = decisions.standing(connection, subjects)
    created = _times([row[-1] for row in rows])
    return Ranking(
        judged_revision=judged_revision(connection),
        total=total,
        accounts=[
            RankedAccount(*(*row[:-2], row.known or {}, decided.get(subject, []), created_at))
            for row, subject, created_at in zip(rows, subjects, created, strict=True)
        ],
        next_offset=after if after < total else None,
    )


def _is_one_of(connection: Connection, keys: Sequence[bytes]) -> ColumnElement[bool]:
    """Return whether an account is one of some: in one value, since databases bound how many a query has."""
    listed, account = json.dumps([key.hex() for key in keys]), tables.verdicts.c.account
    if connection.dialect.name == "postgresql":
        every = select(func.json_array_elements_text(cast(listed, JSON)).column_valued("key"))
        return func.encode(account, "hex").in_(every)
    values = func.json_each(listed).table_valued("value")
    return func.lower(func.hex(account)).in_(select(values.c.value))


def _created_on(connection: Connection, day: date) -> ColumnElement[bool]:
    """Return whether an account was created on a day, by its profile."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    # The last day that there is has no next one.
    first, last = (1e6 * (start.timestamp() + seconds) for seconds in (0, 86_400))
    moment = _created_at(connection)
    on_day: ColumnElement[bool] = (moment >= first) & (moment < last)
    return on_day


def _created_at(connection: Connection) -> ColumnElement[float]:
    """Return when an account was created, by its profile: microseconds since 1970."""
    profile = tables.accounts.c.profile
    # SQLite has no type for JSON: what is cast to it becomes a number.
    is_typed = connection.dialect.name == "postgresql"
    shown = cast(profile, JSON) if is_typed else type_coerce(profile, JSON)
    moment: ColumnElement[float] = shown["created_at"].as_float()
    return moment


def creations(connection: Connection, kind: Kind, track: int) -> list[datetime]:
    """Return when the members of a group or campaign were created (UTC), as far as that is known.

    Args:
        connection: Of the operation.
        kind: A group or a campaign.
        track: Its number over time.
    """
    accounts, verdicts = tables.accounts, tables.verdicts
    moments = connection.execute(
        select(_created_at(connection))
        .select_from(accounts)
        .join(verdicts, verdicts.c.account == accounts.c.key)
        .where(_is_member(kind, track))
    ).scalars()
    return _times(moments.all()).drop_nulls().to_list()


def _times(moments: Sequence[float | None]) -> pl.Series:
    """Return microseconds since 1970 as times."""
    return pl.from_epoch(pl.Series(moments, dtype=pl.Float64).cast(pl.Int64), "us").dt.replace_time_zone(
        "UTC"
    )


def named(connection: Connection, platform: str, account_id: str) -> AccountName:
    """Return an account by its own names.

    Raises:
        OperationNotFoundError: The operation has not seen it.
    """
    table = tables.accounts
    key = records.account_key(platform.strip().lower(), account_id)
    found = connection.execute(
        select(table.c.platform, table.c.account_id, table.c.handle).where(table.c.key == key)
    ).first()
    if found is None:
        raise OperationNotFoundError(message("operations.error.unseen_account"))
    return AccountName(*found)


def dossier(connection: Connection, platform: str, account_id: str, language: Language) -> Dossier:
    """Return all that is known of an account.

    Raises:
        OperationNotFoundError: The operation has not seen it.
    """
    key = records.account_key(platform.strip().lower(), account_id)
    account = connection.execute(select(tables.accounts).where(tables.accounts.c.key == key)).first()
    if account is None:
        raise OperationNotFoundError(message("operations.error.unseen_account"))
    verdict = connection.execute(select(tables.verdicts).where(tables.verdicts.c.account == key)).first()
    history = connection.execute(
        select(tables.versions.c.observed_at, tables.versions.c.profile)
        .where(tables.versions.c.account == key)
        .order_by(tables.versions.c.observed_at.desc(), tables.versions.c.id.desc())
    ).all()
    posts = corpus.posts_of(connection, account.platform, account.account_id)
    return Dossier(
        platform=account.platform,
        account_id=account.account_id,
        handle=account.handle,
        first_observed_at=account.first_observed_at,
        last_observed_at=account.last_observed_at,
        profile=_profile(account.profile),
        history=[Seen(observed_at, _profile(shown)) for observed_at, shown in history],
        judged_revision=judged_revision(connection),
        result=_result(connection, account, verdict, language),
        group=verdict.track if verdict else None,
        campaign=verdict.campaign_track if verdict else None,
        posts=[records.known(post) for post in posts.head(POSTS_SHOWN).iter_rows(named=True)],
        posts_left_out=max(0, posts.height - POSTS_SHOWN),
        rhythm=_rhythm(posts),
        decisions=decisions.history(connection, AccountSubject(account.platform, account.account_id)),
    )


def tracked(
    connection: Connection, kind: Kind, language: Language, told: NetworkReport | None = None
) -> list[Tracked]:
    """Return the groups or campaigns of an operation: those found last first, the strongest first.

    Args:
        connection: Of the operation.
        kind: Groups or campaigns.
        language: Of what is told.
        told: What :func:`vigie.serving.operations.judgement.network` returned, where it is at hand.
    """
    told = told or judgement.network(connection, language)
    table = tables.tracks
    rows = connection.execute(
        select(table).where(table.c.kind == kind).order_by(table.c.number.nulls_last(), table.c.id)
    ).all()
    decided = decisions.standing(connection, [TrackSubject(kind, row.id) for row in rows])
    return [_tracked(row, told, decided.get(TrackSubject(kind, row.id), [])) for row in rows]


def one_tracked(
    connection: Connection, kind: Kind, track: int, language: Language, told: NetworkReport | None = None
) -> Tracked:
    """Return a group or a campaign; arguments as :func:`tracked`.

    Raises:
        OperationNotFoundError: There is none by that number.
    """
    table = tables.tracks
    row = connection.execute(select(table).where(table.c.kind == kind, table.c.id == track)).first()
    if row is None:
        raise OperationNotFoundError(Message(f"operations.error.no_track.{kind}", {"track": track}))
    decided = decisions.standing(connection, [TrackSubject(kind, track)])
    told = told or judgement.network(connection, language)
    return _tracked(row, told, decided.get(TrackSubject(kind, track), []))


def members(connection: Connection, kind: Kind, track: int) -> Members:
    """Return the keys of the accounts of a group or a campaign, as they were when it was last found.

    Raises:
        OperationNotFoundError: There is none by that number.
    """
    table = tables.tracks
    wanted = select(table.c.members).where(table.c.kind == kind, table.c.id == track)
    # The database refuses a number that it cannot hold.
    found = connection.execute(wanted).scalar() if abs(track) <= HIGHEST_TRACK else None
    if found is None:
        raise OperationNotFoundError(Message(f"operations.error.no_track.{kind}", {"track": track}))
    return Members(found)


def every_members(connection: Connection, kind: Kind) -> dict[int, Members]:
    """Return the members of all groups or campaigns by number over time, see :func:`members`."""
    table = tables.tracks
    rows = connection.execute(select(table.c.id, table.c.members).where(table.c.kind == kind))
    return {track: Members(held) for track, held in rows}


def member_names(connection: Connection, kind: Kind, track: int) -> pl.DataFrame:
    """Return the accounts that the last judgement counts to a group or campaign: ``platform``, ``account_id``.

    Args:
        connection: Of the operation.
        kind: A group or a campaign.
        track: Its number over time; nobody is of one that was not found.
    """
    accounts, verdicts = tables.accounts, tables.verdicts
    found = connection.execute(
        select(accounts.c.platform, accounts.c.account_id)
        .join(verdicts, verdicts.c.account == accounts.c.key)
        .where(_is_member(kind, track))
    ).all()
    return pl.DataFrame(found, {"platform": pl.String, "account_id": pl.String}, orient="row")


def posts_of_track(connection: Connection, kind: Kind, track: int) -> int:
    """Return how many posts the accounts of a group or campaign had at the last judgement; arguments as of :func:`recognised`."""
    counted = select(func.coalesce(func.sum(tables.verdicts.c.posts), 0)).where(_is_member(kind, track))
    return int(connection.execute(counted).scalar_one())


def recognised(connection: Connection, kind: Kind, track: int) -> list[Recognised]:
    """Return the earlier campaigns that members of a group or campaign match, those of most members first.

    Args:
        connection: Of the operation.
        kind: A group or a campaign.
        track: Its number over time.
    """
    known = tables.verdicts.c.known
    own = select(known).where(_is_member(kind, track), cast(known, Text) != "{}")
    counted = Counter(tie for ties in connection.execute(own).scalars() for tie in (ties or {}).items())
    ordered = sorted(counted.items(), key=lambda each: (-each[1], each[0]))
    return [Recognised(campaign, tie, accounts) for (campaign, tie), accounts in ordered]


def _is_member(kind: Kind, track: int) -> ColumnElement[bool]:
    verdicts = tables.verdicts
    return (verdicts.c.track if kind == "group" else verdicts.c.campaign_track) == track


def drawing(connection: Connection, kind: Kind, track: int) -> Drawing:
    """Return a group or a campaign as it is drawn; errors as of :func:`stored_drawing`."""
    return judgement.DRAWING.validate_json(stored_drawing(connection, kind, track))


def stored_drawing(connection: Connection, kind: Kind, track: int) -> bytes:
    """Return a group or a campaign as it is drawn: the JSON of a :class:`vigie.serving.operations.judgement.Drawing`.

    Raises:
        OperationNotFoundError: There is none by that number, or the last judgement did not find it.
    """
    table = tables.tracks
    number = connection.execute(
        select(table.c.number).where(table.c.kind == kind, table.c.id == track)
    ).scalar_one_or_none()
    drawn = None if number is None else judgement.drawing(connection, kind, number)
    if drawn is None:
        raise OperationNotFoundError(Message(f"operations.error.not_drawn.{kind}", {"track": track}))
    return drawn


def _tracked(row: Row[Any], told: NetworkReport | None, decided: list[Decision]) -> Tracked:
    found: Mapping[str, Any] = {}
    if told is not None and row.number is not None:
        several = told.groups if row.kind == "group" else told.campaigns
        found = {row.kind: several[row.number]}
    return Tracked(
        track=row.id,
        born_at=row.born_at,
        seen_at=row.seen_at,
        is_found=row.number is not None,
        merged_into=row.merged_into,
        members=len(row.members),
        decisions=decided,
        **found,
    )


def judged_revision(connection: Connection) -> int:
    """Return the state of the operation that the last judgement read."""
    return int(connection.execute(select(tables.state.c.judged_revision)).scalar_one())


def _result(
    connection: Connection, account: Row[Any], verdict: Row[Any] | None, language: Language
) -> AccountResult | None:
    if verdict is None:
        return None
    named = (account.platform, account.account_id)
    results = result_pages.read(connection, [verdict.part], language)
    return next((result for result in results if (result.platform, result.account_id) == named), None)


def _rhythm(posts: pl.DataFrame) -> list[list[int]]:
    """Return how many posts fall into each hour of each day of the week."""
    time = pl.col("created_at").dt
    place = (time.weekday() - 1).cast(pl.Int64) * 24 + time.hour().cast(pl.Int64)
    counted = dict(posts.select(place=place)["place"].value_counts().iter_rows())
    return [[counted.get(day * 24 + hour, 0) for hour in range(24)] for day in range(7)]


def _profile(text: str) -> JsonObject:
    return records.known(records.profile_columns(pl.Series([text])).row(0, named=True))
