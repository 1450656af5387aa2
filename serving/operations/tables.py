"""The tables of a store: one catalogue of operations, and for each operation tables of its own.

Times are microseconds since 1970, in UTC. Everything that is of persons lies in the tables of an operation.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Time(TypeDecorator[datetime]):
    """A time with its zone, kept as a whole number: databases differ in what they keep of zones."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return microseconds since 1970."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Return the time in UTC."""
        return None if value is None else _EPOCH + value * _MICROSECOND


def _identity() -> BigInteger:
    """Return the type of a number that the database gives; SQLite counts in its own integer alone."""
    return BigInteger().with_variant(Integer, "sqlite")


CATALOGUE = MetaData()
OPERATION = MetaData()

operations = Table(
    "operations",
    CATALOGUE,
    Column("id", String(32), primary_key=True),
    Column("title", Text, nullable=False),
    Column("theme", JSON, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("opened_at", Time, nullable=False),
    Column("expires_at", Time, nullable=False),
    Column("retention_days", Integer),
    Column("created_by", Text, nullable=False),
    Column("closed_at", Time),
    Column("purged_at", Time),
    # Counts that remain when the store of the operation is dropped.
    Column("summary", JSON),
)

# What is known of earlier campaigns, for all operations.
known_campaigns = Table(
    "known_campaigns",
    CATALOGUE,
    Column("name", String(300), primary_key=True),
    Column("source", String(300), primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("added_at", Time, nullable=False),
    Column("added_by", Text, nullable=False),
)

# The key of the digests that are kept of campaigns confirmed here.
digest_key = Table(
    "digest_key",
    CATALOGUE,
    Column("id", Integer, primary_key=True),
    Column("secret", LargeBinary(32), nullable=False),
)

# The secret of the forms of the console.
console_secret = Table(
    "console_secret",
    CATALOGUE,
    Column("id", Integer, primary_key=True),
    Column("secret", LargeBinary(32), nullable=False),
)

# Who is signed in to the console: digests of what browsers hold and of the keys that they showed.
console_sessions = Table(
    "console_sessions",
    CATALOGUE,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("key_id", String(16), nullable=False),
    Column("key_digest", String(64), nullable=False),
    Column("ends_at", Time, nullable=False),
)

# One row: where the work on an operation stands.
state = Table(
    "state",
    OPERATION,
    Column("id", Integer, primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("judged_revision", BigInteger, nullable=False),
    # Until when no process begins a judgement: one is at it, or has just been. And when that was said.
    Column("busy_until", Time),
    Column("busy_since", Time),
)

accounts = Table(
    "accounts",
    OPERATION,
    Column("key", LargeBinary(16), primary_key=True),
    Column("platform", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("handle", Text),
    Column("profile", Text, nullable=False),
    # When fields of the profile were last seen, those that were not at the last observation.
    Column("seen", Text),
    Column("first_observed_at", Time, nullable=False),
    Column("last_observed_at", Time, nullable=False),
    Index("accounts_by_handle", "platform", "handle"),
)

# What an account was seen as, each time that something about it had changed.
versions = Table(
    "versions",
    OPERATION,
    Column("id", _identity(), primary_key=True),
    Column("account", LargeBinary(16), nullable=False),
    Column("observed_at", Time, nullable=False),
    Column("profile", Text, nullable=False),
    Index("versions_by_account", "account", "observed_at"),
)

# Where each post lies, and a digest that tells whether it has changed.
posts = Table(
    "posts",
    OPERATION,
    Column("key", LargeBinary(16), primary_key=True),
    Column("account", LargeBinary(16), nullable=False),
    Column("content", LargeBinary(16), nullable=False),
    Column("segment", BigInteger, nullable=False),
    Index("posts_by_account", "account"),
    Index("posts_by_segment", "segment"),
)

# The posts themselves, in the columns of the contract: one Parquet file for those that came together.
segments = Table(
    "segments",
    OPERATION,
    Column("id", _identity(), primary_key=True),
    Column("received_at", Time, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("posts", LargeBinary, nullable=False),
    Index("segments_by_time", "received_at"),
)

# Requests that named an Idempotency-Key, with what was answered.
requests = Table(
    "requests",
    OPERATION,
    Column("key", String(255), primary_key=True),
    Column("body", LargeBinary(32), nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("received_at", Time, nullable=False),
)

# What the last judgement says, as the API answers it; by name and language.
documents = Table(
    "documents",
    OPERATION,
    Column("name", String(64), primary_key=True),
    Column("language", String(8), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

# Both verdicts of each account in numbers, to rank and to filter by.
verdicts = Table(
    "verdicts",
    OPERATION,
    Column("account", LargeBinary(16), primary_key=True),
    Column("inauthentic", Float),
    Column("inauthentic_band", String(32), nullable=False),
    Column("coordinated", Float),
    Column("coordinated_band", String(32), nullable=False),
    Column("track", BigInteger),
    Column("campaign_track", BigInteger),
    Column("posts", Integer, nullable=False),
    Column("part", Integer, nullable=False),
    # The known campaigns that it matches, each with by what.
    Column("known", JSON),
    # Digest of what the verdict on the account by itself was made of.
    Column("basis", LargeBinary(16)),
    Index("verdicts_by_coordinated", "coordinated"),
    Index("verdicts_by_inauthentic", "inauthentic"),
    Index("verdicts_by_track", "track"),
)

# Groups and campaigns over time: the same one keeps its number while its members come and go.
tracks = Table(
    "tracks",
    OPERATION,
    Column("id", _identity(), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("born_at", Time, nullable=False),
    Column("seen_at", Time, nullable=False),
    # Number in the documents of the last judgement; null where it is not in them.
    Column("number", Integer),
    # The track that holds its members now, where it was merged.
    Column("merged_into", BigInteger),
    Column("members", JSON, nullable=False),
)

alerts = Table(
    "alerts",
    OPERATION,
    Column("id", _identity(), primary_key=True),
    Column("at", Time, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("track", BigInteger),
    Column("data", JSON, nullable=False),
    Index("alerts_by_time", "at"),
)

# What people decided; corrections are further rows.
decisions = Table(
    "decisions",
    OPERATION,
    Column("id", _identity(), primary_key=True),
    Column("at", Time, nullable=False),
    # Digest of what it is about, to look it up by.
    Column("subject", LargeBinary(16), nullable=False),
    Column("about", JSON, nullable=False),
    Column("target", String(16)),
    Column("decision", String(16), nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("members", JSON, nullable=False),
    # The decision on the same subject that it follows.
    Column("after", BigInteger),
    # Key of its digest in the chain: without it nothing of the entry can be guessed from the digest.
    Column("salt", LargeBinary(32), nullable=False),
    # Digest of its line in the chain; null until it has one.
    Column("receipt", String(64)),
    # The decision that it takes back.
    Column("withdraws", BigInteger),
    Index("decisions_by_subject", "subject"),
)

# One row at most: the head that decisions made, as entries of the index of an adapted model.
adaptation = Table(
    "adaptation",
    OPERATION,
    Column("id", Integer, primary_key=True),
    Column("at", Time, nullable=False),
    Column("by", Text, nullable=False),
    Column("version", String(64), nullable=False),
    Column("entries", JSON, nullable=False),
)

# What was done in cases, an entry each; the first entry of a case has its number as its own.
case_entries = Table(
    "case_entries",
    OPERATION,
    Column("id", _identity(), primary_key=True),
    Column("case", BigInteger, nullable=False),
    Column("at", Time, nullable=False),
    Column("by", Text, nullable=False),
    Column("note", Text, nullable=False),
    # Of the first entry alone.
    Column("title", Text),
    Column("state", String(16)),
    Column("subjects", JSON, nullable=False),
    Column("files", JSON, nullable=False),
    Index("case_entries_by_case", "case", "id"),
)

# What people wrote into the technical notes on groups and campaigns; the last entry of a field stands.
note_fields = Table(
    "note_fields",
    OPERATION,
    Column("id", _identity(), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("track", BigInteger, nullable=False),
    Column("name", String(16), nullable=False),
    Column("at", Time, nullable=False),
    Column("by", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index("note_fields_by_track", "kind", "track", "id"),
)

# The chain of all decisions of all operations, without what they were about: it stays when an operation is forgotten.
decision_log = Table(
    "decision_log",
    CATALOGUE,
    # Numbered without gaps by who appends.
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("operation", String(32), nullable=False),
    Column("at", Time, nullable=False),
    Column("subject_kind", String(16), nullable=False),
    Column("decision", String(16), nullable=False),
    Column("by", Text, nullable=False),
    Column("content", String(64), nullable=False, unique=True),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
)

# Addresses that are told of alerts, and how far each is told.
webhooks = Table(
    "webhooks",
    OPERATION,
    Column("id", String(32), primary_key=True),
    Column("url", Text, nullable=False),
    Column("kinds", JSON, nullable=False),
    Column("secret", Text, nullable=False),
    # The secret before the last rotation, which signs too for a while.
    Column("former_secret", Text),
    Column("former_until", Time),
    Column("created_at", Time, nullable=False),
    Column("is_enabled", Boolean, nullable=False),
    # The last alert of which a delivery was made, where it is of a kind that is asked for.
    Column("queued", BigInteger, nullable=False),
    # Failed attempts in a row, and when the next one is due.
    Column("failures", Integer, nullable=False),
    Column("next_at", Time),
    # When the last attempt failed: the rest until the next one is counted from then.
    Column("failed_at", Time),
    # Until when another process delivers to it.
    Column("busy_until", Time),
    Column("last_answer", Text),
    Column("delivered_at", Time),
)

# What was not delivered yet, and what is no longer tried. What was delivered leaves.
deliveries = Table(
    "deliveries",
    OPERATION,
    Column("id", _identity(), primary_key=True),
    Column("webhook", String(32), nullable=False),
    Column("alert", BigInteger, nullable=False),
    Column("queued_at", Time, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("given_up_at", Time),
    Index("deliveries_by_webhook", "webhook", "id"),
)
