"""Accounts compared with each other: what ``POST /v1/network`` sends, and what scores read of coordination."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from vigie.features import text
from vigie.features.coordination import communities
from vigie.features.coordination.detector import Network, build
from vigie.features.coordination.report.network import NOTE, report
from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.coordination.traces import shortened
from vigie.features.i18n.languages import Language
from vigie.features.i18n.message import Note, counted
from vigie.features.ingest.parsing import Batch, Ignored
from vigie.features.preprocessing import MAX_POSTS, select

# Links, pictures and hashtags of a post that are read. Pairs of accounts grow with the square of what they
# share, so a request of many posts reads fewer: 200 accounts with the same 1,000 links each took 42 s and 2 GB.
_MOST_OF_A_POST, _MOST_OF_A_REQUEST = 10, 100_000
_MOST_IGNORED = 20


@dataclass(frozen=True)
class Compared:
    """Accounts that were compared with each other.

    Attributes:
        accounts: Contract columns and ``row``.
        posts: Their posts as they were read, with ``row``.
        network: Their synchronous pairs.
        together: Their groups.
        notes: What was left out, in both languages.
    """

    accounts: pl.DataFrame
    posts: pl.DataFrame
    network: Network
    together: pl.DataFrame
    notes: tuple[Note, ...]


def compare(accounts: pl.DataFrame, posts: pl.DataFrame) -> Compared:
    """Return accounts compared with each other by their posts, read as scores read them."""
    kept, counts = select(accounts, posts)
    # The id tells an account's acts on its own posts.
    named = kept.join(accounts.select("row", "account_id"), on="row", how="left", maintain_order="left")
    found = build(named)
    together = communities.find(found.significant())
    return Compared(accounts, named, found, together, tuple(_unread(counts)))


def network(batch: Batch, language: Language, reference: Reference | None) -> dict[str, Any]:
    """Return what the accounts of a batch did together.

    Args:
        batch: What was handed in; at least one account of it can be read.
        language: Language of the sentences.
        reference: Ordinary accounts to compare profiles with where the batch holds too few.
    """
    posts, cut = bounded(batch.posts)
    found = compare(batch.accounts, posts)
    said = report(found.network, found.together, found.accounts, found.posts, language, reference)
    left_out = [*_dropped(batch), *found.notes, *cut, *_too_few(batch, found.posts)]
    notes = [note.say(language) for note in left_out] + said["notes"]
    return {"language": language, "note": NOTE[language], **said, "notes": notes}


def ignored(of_request: list[str], batch: Batch) -> list[dict[str, Any]]:
    """Return the unknown fields of a request, its accounts and their posts, each once."""
    found = [Ignored(name, None) for name in of_request]
    found += [field for fields in batch.ignored.values() for field in fields]
    return [asdict(field) for field in dict.fromkeys(found)][:_MOST_IGNORED]


def bounded(posts: pl.DataFrame) -> tuple[pl.DataFrame, list[Note]]:
    """Return the posts of a request with as many links, pictures and hashtags as are read, and what was cut."""
    most = max(1, min(_MOST_OF_A_POST, _MOST_OF_A_REQUEST // max(posts.height, 1)))
    body = text.visible(pl.col("text"))
    given = {
        "urls": (pl.coalesce("urls", body.str.extract_all(text.URL)), most),
        "media_hashes": (pl.col("media_hashes"), most),
        "hashtags": (pl.coalesce("hashtags", body.str.extract_all(text.HASHTAG)), _MOST_OF_A_POST),
    }
    longer = posts.select((things.list.len() > least).alias(name) for name, (things, least) in given.items())
    cut = [
        shortened(count, given[name][1], name)
        for name, count in longer.sum().row(0, named=True).items()
        if count
    ]
    kept = posts.with_columns(
        pl.when(things.list.len() > least).then(things.list.head(least)).otherwise(name).alias(name)
        for name, (things, least) in given.items()
    )
    return kept, cut


def _dropped(batch: Batch) -> Iterator[Note]:
    """Yield which posts could not be read, by field; the reason is in English in both languages."""
    reasons: dict[str, tuple[int, str]] = {}
    for posts in (part for parts in batch.dropped.values() for part in parts):
        count, reason = reasons.get(posts.field, (0, posts.reason))
        reasons[posts.field] = (count + posts.count, reason)
    for count, reason in reasons.values():
        yield counted(
            count,
            Note(
                "{count} post was left out, the first because {reason}",
                "{count} publication a été écartée, pour cette raison (en anglais) : {reason}",
            ),
            Note(
                "{count} posts were left out, the first because {reason}",
                "{count} publications ont été écartées, la première pour cette raison (en anglais) : {reason}",
            ),
            reason=reason,
        )


def _unread(counts: pl.DataFrame) -> Iterator[Note]:
    """Yield which posts were read but do not count."""
    said = {
        "duplicate": Note("the same post_id stands earlier already", "le même post_id figure déjà plus haut"),
        "after_observation": Note("posted after observed_at", "date postérieure à observed_at"),
        "older": Note(
            "older than the most recent {most} of the account", "au-delà des {most} plus récentes du compte"
        ).filled(most=MAX_POSTS),
    }
    for name, count in counts.select(pl.col(list(said)).sum()).row(0, named=True).items():
        if count:
            yield counted(
                count,
                Note("{count} post was left out: {why}", "{count} publication a été écartée : {why}"),
                Note("{count} posts were left out: {why}", "{count} publications ont été écartées : {why}"),
                why=said[name],
            )


def _too_few(batch: Batch, posts: pl.DataFrame) -> Iterator[Note]:
    authors = posts["row"].n_unique()
    if authors < 2:
        yield Note(
            "{authors} of the {read} accounts read have posts that count; two at least are needed to compare",
            "comptes ayant des publications qui comptent : {authors}, sur {read} lus ; il en faut au moins deux pour "
            "comparer",
        ).filled(authors=authors, read=batch.accounts.height)
