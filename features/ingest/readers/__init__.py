"""Readers of collectors' formats: one file each, one line each in :data:`SOURCES`, or an entry point elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from vigie.errors import UnknownFormatError, choices
from vigie.features import extensions
from vigie.features.ingest import mapping
from vigie.features.ingest.mapping import Plan, Signature
from vigie.features.ingest.reader import Log, Options, Read, Source, file_by_file
from vigie.features.ingest.readers import (
    bot_or_not,
    coordination,
    coortweet,
    cresci,
    generic,
    io_archive,
    nyu,
    recognising,
    stored,
    tables,
    tweetbotornot,
    x_api_v1,
    x_api_v2,
)
from vigie.features.ingest.readers.bluesky import BLUESKY
from vigie.features.ingest.readers.facebook import FACEBOOK
from vigie.features.ingest.readers.mastodon import MASTODON
from vigie.features.ingest.readers.telegram import DESKTOP, TELETHON
from vigie.features.ingest.readers.tiktok_research import TIKTOK_RESEARCH
from vigie.features.ingest.readers.twibot_22 import TWIBOT_22
from vigie.features.ingest.readers.x_graphql import X_GRAPHQL
from vigie.features.ingest.readers.youtube import YOUTUBE

# Entry points through which other packages add readers: modules that call :func:`register`.
ENTRY_POINTS = "vigie.readers"


# Formats of JSON whose records a function unfolds.
UNFOLDED = (DESKTOP, TELETHON, BLUESKY, MASTODON, X_GRAPHQL, FACEBOOK, YOUTUBE, TIKTOK_RESEARCH, TWIBOT_22)


def _mapped(plan: Plan) -> Source:
    """Return the format that a mapping of the package tells."""
    ready = tables.READY.get(plan.name, tables.AS_IT_IS)
    return file_by_file(
        plan.name,
        plan.doc,
        generic.PATTERNS,
        partial(generic.parts, plan=plan, ready=ready),
        check=partial(generic.check, plan=plan, ready=ready),
        newest_is_seen=plan.observed_newest,
    )


SOURCES: dict[str, Source] = {
    source.name: source
    for source in (
        Source("cresci", "MIB sets of 2015 and 2017: users CSV files, tweets.parquet.", cresci.read),
        Source(
            "coordination",
            "accounts.csv and posts_*.parquet of an operation among people.",
            coordination.read,
        ),
        Source(
            "coortweet", "Example data of the CooRTweet package, Parquet, without labels.", coortweet.read
        ),
        Source("bot-or-not", "dataset.posts&users.N.json with dataset.bots.N.txt.", bot_or_not.read),
        Source("tweetbotornot", "Profiles of tweetbotornot, label bot.", tweetbotornot.read),
        Source("nyu", "bots_data.csv and nonbots_data.csv of NYU 2017.", nyu.read),
        file_by_file(
            "x-api-v1",
            "Users and statuses of the Twitter API v1.1, JSON or JSON lines.",
            x_api_v1.PATTERNS,
            x_api_v1.parts,
            newest_is_seen=True,
        ),
        file_by_file(
            "x-api-v2",
            "Pages of the X API v2: data, includes, meta.",
            x_api_v2.PATTERNS,
            x_api_v2.parts,
            newest_is_seen=True,
        ),
        Source(
            "io-archive", "Users and tweets of Twitter's information-operations archive.", io_archive.read
        ),
        file_by_file("dataset", "Folders that `vigie import` wrote.", stored.PATTERNS, stored.parts),
        Source(
            "generic",
            "Any CSV, JSON or Parquet file, with --mapping map.toml.",
            generic.EACH.read,
            generic.EACH,
        ),
        *(one.source for one in UNFOLDED),
        *(_mapped(plan) for plan in mapping.shipped().values()),
    )
}


# How files of a format are known. Sets of research data are read by name alone.
RECOGNISE: Mapping[str, Sequence[Signature]] = {
    "x-api-v1": x_api_v1.RECOGNISE,
    "x-api-v2": x_api_v2.RECOGNISE,
    "generic": generic.RECOGNISE,
    **{one.name: one.recognise for one in UNFOLDED},
    **{
        name: (plan.recognise, *tables.ALSO.get(name, ()))
        for name, plan in mapping.shipped().items()
        if plan.recognise is not None
    },
}
SOURCES[recognising.NAME] = recognising.auto(SOURCES, RECOGNISE)


def register(source: Source) -> None:
    """Add a format, as a module of another package does that an entry point names.

    Raises:
        ValueError: A format has that name already.
    """
    if source.name in SOURCES:
        raise ValueError(f"a format called {source.name} is registered already")
    SOURCES[source.name] = source


def sources() -> dict[str, Source]:
    """Return all formats by name, those of other packages last.

    Raises:
        ExtensionError: A reader of another package cannot be loaded.
    """
    extensions.load(ENTRY_POINTS)
    return SOURCES


def find(name: str) -> Source:
    """Return the format of that name.

    Raises:
        UnknownFormatError: There is none.
        ExtensionError: A reader of another package cannot be loaded.

    >>> find("x-api-v2").name
    'x-api-v2'
    """
    known = sources()
    if name not in known:
        raise UnknownFormatError(f"no format is called {name}. {choices(name, known)}")
    return known[name]


__all__ = ["SOURCES", "Log", "Options", "Read", "Source", "find", "register", "sources"]
