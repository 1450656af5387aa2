"""What is remembered of campaigns: accounts, domains, pages, pictures and texts, each with what its source says of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from vigie.models.known_match import Role

IndicatorKind = Literal["account_id", "handle", "domain", "page", "media", "text", "biography"]


# Name of a source that are the people who work with this service.
CONFIRMED_HERE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Who says so.

    Attributes:
        name: Title of a report, or what whoever imported it called it; :data:`CONFIRMED_HERE`.
        file: Name of the file that was read; None for a group confirmed here.
        sha256: Digest of that file.
        published: When it was published, or last changed.
        marking: How far it may be shared, such as ``TLP:CLEAR``.
    """

    name: str
    file: str | None = None
    sha256: str | None = None
    published: datetime | None = None
    marking: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAccount:
    """An account as a source tells of it.

    Attributes:
        platform: In the contract's spelling; None where the source does not say it.
        account_id: The platform's own id.
        handle: Without @.
        display_name: Name shown beside the handle.
        description: Biography; empty text: known to be empty.
        created_at: When it was created.
        role: What the source says it has to do with the campaign.
        first_seen: From when it was seen in the campaign.
        last_seen: Until when; None: as of the publication.
    """

    platform: str | None = None
    account_id: str | None = None
    handle: str | None = None
    display_name: str | None = None
    description: str | None = None
    created_at: datetime | None = None
    role: Role = "used"
    first_seen: datetime | None = None
    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """Something else by which a campaign is known again.

    Attributes:
        kind: What it is.
        value: In normal form (:mod:`vigie.serving.known_campaigns.addresses`), or its keyed digest.
        platform: Of an account's id or handle.
        role: As of an account.
        first_seen: As of an account; of a domain also when it was registered.
        last_seen: As of an account.
    """

    kind: IndicatorKind
    value: str
    platform: str | None = None
    role: Role = "used"
    first_seen: datetime | None = None
    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCampaign:
    """A campaign of a source.

    Attributes:
        name: What its source calls it.
        source: Who says so.
        accounts: Its accounts; none where only digests are kept.
        indicators: What else it is known by; digests where ``key`` is given.
        hashtags: Those it used, for a reader: a hashtag is no match, as anybody writes it.
        narratives: What it told, in the words of its source.
        key: Name of the key of the digests; None where nothing is digested.
    """

    name: str
    source: Source
    accounts: tuple[KnownAccount, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    hashtags: tuple[str, ...] = ()
    narratives: tuple[str, ...] = ()
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """All campaigns that are remembered."""

    format: Literal["vigie-memory/1"] = "vigie-memory/1"
    campaigns: tuple[KnownCampaign, ...] = ()
