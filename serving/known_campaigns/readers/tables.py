"""Known campaigns of a table: a row is an account, or names a domain, a page, a media hash or a text.

Columns are known by the names of the contract, those that collectors use, and words that reports use, in English and French.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

import polars as pl

from vigie.features import schema
from vigie.features.ingest import ids, timestamps
from vigie.serving.known_campaigns import addresses, lookalike_domains
from vigie.serving.known_campaigns.readers.imported import Imported, LeftOut
from vigie.serving.known_campaigns.types import Indicator, IndicatorKind, KnownAccount, KnownCampaign, Source

EXAMPLES = ("account_id", "handle", "domain", "url", "media_hash", "text", "first_seen", "campaign")
_ACCOUNT = ("platform", "account_id", "handle", "display_name", "description", "created_at")
_WORDS: dict[str, tuple[str, ...]] = {
    "platform": ("network", "social_network", "plateforme", "site_name"),
    "account_id": ("twitter_id", "channel_id", "page_id", "uid", "account", "id_compte", "identifiant_numerique", "numero_du_compte"),
    "handle": ("user_name", "login", "account_login", "pseudo", "identifiant", "nom_d_utilisateur", "username_x"),
    "display_name": ("nom_affiche", "nom", "title"),
    "description": ("biography", "biographie", "profile_description"),
    "created_at": (
        "created", "created_utc", "creation_utc", "created_on", "create_date", "creation_date", "date_created", "date_de_creation",
        "registered", "registration_date",
    ),
    "domain": ("domain_name", "domains", "hostname", "host", "website", "domaine", "nom_de_domaine", "site"),
    "url": (
        "link", "address", "indicator", "indicators", "ioc", "profile_url", "account_url", "adresse_du_profil", "adresse",
        "lien", "channel",
    ),
    "media": ("media_hash", "media_hashes", "pdq", "phash", "perceptual_hash", "picture_hash", "image_hash"),
    "text": ("message", "post", "content", "texte", "post_text"),
    "hashtag": ("hashtags", "mot_diese"),
    "first_seen": ("first_seen_at", "first_observed_at", "first_act_utc", "premier_acte_utc", "premiere_observation", "date"),
    "last_seen": ("last_seen_at", "last_observed_at", "last_act_utc", "dernier_acte_utc", "derniere_observation"),
    "campaign": ("operation", "network_name", "campagne", "cluster"),
}  # fmt: skip
_SLASHED = re.compile(r"^(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?:\D.*)?$")
# Days since 1899-12-30, as spreadsheets store dates: 2000 to 2064.
_SERIAL = re.compile(r"^(?:3[6-9]|[45]\d)\d{3}(?:\.\d+)?$")
_FIRST_DAY = datetime(1899, 12, 30, tzinfo=timezone.utc)  # noqa: UP017  read beside the serial numbers


@dataclass(frozen=True)
class Assets:
    """What a table holds.

    Attributes:
        accounts: Accounts, each with the campaign that its row names.
        indicators: The same of all else.
        hashtags: Hashtags, in order.
        left_out: What cannot be known again, by reason.
    """

    accounts: tuple[tuple[str | None, KnownAccount], ...]
    indicators: tuple[tuple[str | None, Indicator], ...]
    hashtags: tuple[str, ...]
    left_out: Counter[LeftOut]


def assets(table: pl.DataFrame, *, platform: str | None = None) -> Assets:
    """Return what the rows of a table name.

    Args:
        table: Text.
        platform: Of accounts without one.
    """
    named = _named(table)
    accounts: list[tuple[str | None, KnownAccount]] = []
    indicators: list[tuple[str | None, Indicator]] = []
    hashtags: list[str] = []
    left_out: Counter[LeftOut] = Counter()
    for row in named.iter_rows(named=True):
        campaign = row.get("campaign")
        first, last = row.get("first_seen"), row.get("last_seen")
        account = _account(row, platform)
        if account is not None:
            accounts.append((campaign, replace(account, first_seen=first, last_seen=last)))
        registered = first or row.get("created_at")
        found: list[tuple[IndicatorKind, str]] = []
        for name in ("domain", "url"):
            if row.get(name) and not (name == "url" and account is not None):
                address = addresses.named(row[name])
                found += [("domain", address.domain)] if address.domain else []
                found += [("page", address.page)] if address.page else []
                if not (address.domain or address.page):
                    left_out["address"] += 1
        found += [("media", row["media"])] if row.get("media") else []
        found += [("text", row["text"])] if row.get("text") and account is None else []
        indicators += [
            (campaign, Indicator(kind=kind, value=value, first_seen=registered, last_seen=last))
            for kind, value in found
        ]
        hashtags += [tag.removeprefix("#") for tag in (row.get("hashtag") or "").replace(",", " ").split()]
        if account is None and not found and not row.get("hashtag"):
            left_out["row"] += 1
    return Assets(tuple(accounts), tuple(indicators), tuple(dict.fromkeys(hashtags)), left_out)


def as_campaigns(found: Sequence[Assets], name: str, source: Source, *, by_campaign: bool = True) -> Imported:
    """Return the campaigns that tables tell of.

    Args:
        found: What they hold.
        name: Of the campaign of rows that name none; stands before the number of rows that give theirs by number alone.
        source: Who says so.
        by_campaign: Whether rows go to the campaigns that they name; else all go to one.
    """
    accounts: dict[str, list[KnownAccount]] = {name: []}
    indicators: dict[str, list[Indicator]] = {name: []}

    def called(campaign: str | None) -> str:
        if campaign is None or not by_campaign:
            return name
        return f"{name} {campaign}" if campaign.isdigit() else campaign

    for each in found:
        for campaign, account in each.accounts:
            accounts.setdefault(called(campaign), []).append(account)
        for campaign, indicator in each.indicators:
            indicators.setdefault(called(campaign), []).append(indicator)
    tags = tuple(dict.fromkeys(tag for each in found for tag in each.hashtags))
    return Imported(
        tuple(
            KnownCampaign(
                name=campaign,
                source=source,
                accounts=tuple(dict.fromkeys(accounts.get(campaign, ()))),
                indicators=tuple(dict.fromkeys(indicators.get(campaign, ()))),
                hashtags=tags if campaign == name else (),
            )
            for campaign in dict.fromkeys([*accounts, *indicators])
            if not by_campaign or accounts.get(campaign) or indicators.get(campaign)
        ),
        sum((each.left_out for each in found), Counter[LeftOut]()),
    )


def _named(table: pl.DataFrame) -> pl.DataFrame:
    """Return a table under our names, times parsed and rounded ids gone; columns of other names are left out."""
    known = {name: name for name in (*_ACCOUNT, *_WORDS)}
    for field in schema.ACCOUNT_FIELDS:
        if field.name in _ACCOUNT:
            known |= dict.fromkeys(field.aliases, field.name)
    known |= {word: name for name, words in _WORDS.items() for word in words}
    chosen: dict[str, str] = {}
    for column in table.columns:
        name = known.get(_folded(column))
        if name is not None and name not in chosen:
            chosen[name] = column
    renamed = table.select(pl.col(column).alias(name) for name, column in chosen.items())
    if "account_id" in renamed.columns:
        number = ids.of_texts(pl.col("account_id"))
        renamed = renamed.with_columns(
            pl.when(~ids.scientific(pl.col("account_id"))).then(number).alias("account_id")
        )
        for column, rows in ids.cut({"account_id": renamed["account_id"]}).items():
            renamed = renamed.with_columns(pl.when(~rows).then(column).alias(column))
    if "platform" in renamed.columns:
        renamed = renamed.with_columns(schema.platform(pl.col("platform")).alias("platform"))
    times = [name for name in ("created_at", "first_seen", "last_seen") if name in renamed.columns]
    return renamed.with_columns(_times(renamed[name]) for name in times)


def _account(row: dict[str, object], platform: str | None) -> KnownAccount | None:
    """Return the account of a row, by its columns or by the address of its profile."""
    values = {name: row.get(name) for name in _ACCOUNT}
    of = values["platform"] or platform
    login = addresses.named(str(values["handle"])).account if "/" in str(values["handle"]) else None
    named = login or (addresses.named(str(row["url"])).account if row.get("url") else None)
    handle = addresses.handle(str(values["handle"])) if values["handle"] and login is None else None
    number = values["account_id"]
    if number is not None and not str(number).isdigit() and handle is None and addresses.handle(str(number)):
        handle, number = addresses.handle(str(number)), None
    if named is not None:
        of, handle, number = named.platform, handle or named.handle, number or named.account_id
    if handle is None and number is None:
        return None
    return KnownAccount(**{**values, "platform": of, "handle": handle, "account_id": number})  # type: ignore[arg-type]  # by name


def _times(column: pl.Series) -> pl.Series:
    """Return times; days between slashes are read where one of the column shows which part is the day."""
    parts = [found for text in column.drop_nulls() if (found := _SLASHED.match(text))]
    first = any(int(part[1]) > 12 for part in parts)
    second = any(int(part[2]) > 12 for part in parts)
    order = r"$3-$2-$1" if first and not second else r"$3-$1-$2" if second and not first else None
    text = column.to_frame().select(pl.col(column.name).str.strip_chars())
    if order is not None:
        padded = text.select(pl.col(column.name).str.replace_all(r"\b(\d)([/.])", "0$1$2"))
        text = padded.select(pl.col(column.name).str.replace(_SLASHED.pattern, order))
    serial = pl.col(column.name).str.contains(_SERIAL.pattern)
    days = pl.col(column.name).cast(pl.Float64, strict=False) * timedelta(days=1).total_seconds()
    return text.select(
        pl.when(serial)
        .then(pl.lit(_FIRST_DAY, schema.TIME) + pl.duration(seconds=days))
        .otherwise(timestamps.parse(pl.col(column.name)))
        .cast(schema.TIME)
        .alias(column.name)
    ).to_series()


def _folded(name: str) -> str:
    """Return the name of a column in lower case without accents, words joined by underscores.

    >>> _folded("Date de création")
    'date_de_creation'
    """
    return re.sub(r"[\W_]+", "_", lookalike_domains.without_accents(name)).strip("_")
