"""Known campaigns of a STIX bundle, as VIGINUM and other users of OpenCTI publish them.

Not all that stands in a bundle is the campaign's: it also names whom the campaign imitates, targets and spreads. What is kept
says which (:data:`vigie.models.known_match.Role`). Objects that a bundle only puts under attack (``targets``) are left out, and
identities and locations always.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from vigie.features.ingest import timestamps
from vigie.features.json_object import JsonObject
from vigie.models.known_match import Role
from vigie.serving.known_campaigns import addresses
from vigie.serving.known_campaigns.readers import sheets, tables
from vigie.serving.known_campaigns.readers.imported import Imported, LeftOut
from vigie.serving.known_campaigns.types import Indicator, KnownAccount, KnownCampaign, Source
from vigie.serving.stix.bundle import Bundle

_CAMPAIGNS = ("campaign", "intrusion-set", "incident")
_OWN = frozenset({"uses", "belongs-to", "related-to", "attributed-to", "part-of"})
_STRENGTH: dict[Role, int] = {"used": 2, "amplified": 1, "named": 0}
_PLATFORMS = {
    "twitter": "x",
    "facebook": "facebook",
    "telegram": "telegram",
    "vk": "vk",
    "instagram": "instagram",
}


@dataclass
class _Assets:
    accounts: list[KnownAccount] = field(default_factory=list)
    indicators: list[Indicator] = field(default_factory=list)
    hashtags: list[str] = field(default_factory=list)
    narratives: list[str] = field(default_factory=list)


def campaigns(given: Bundle, origin: Source, *, platform: str | None = None) -> Imported:
    """Return the campaigns of a bundle.

    A thing belongs to the campaigns that it has a relation with; one that has none belongs to that of the title of the report,
    or else to that which most others belong to.

    Args:
        given: The bundle.
        origin: Its file; what the bundle's report says takes the place of its name.
        platform: Of accounts without one.

    Raises:
        InputError: An attached file cannot be read.
    """
    report = next(given.of_type("report"), None)
    source = _source(given, report, origin)
    owners = [each for each in given.of_type(*_CAMPAIGNS) if each.get("name")]
    ties = _ties(given, {each["id"] for each in owners})
    most = Counter(owner for tied in ties.values() for owner, role in tied.items() if role == "used")
    titled = [each for each in owners if each["name"].casefold() in source.name.casefold()]
    main = max((each["id"] for each in titled or owners), key=lambda owner: most[owner], default=None)
    kept: dict[str | None, _Assets] = {owner["id"]: _Assets() for owner in owners} or {None: _Assets()}
    left_out: Counter[LeftOut] = Counter()
    for each in given.objects:
        for owner, role in (ties.get(each["id"]) or {main: "named"}).items():
            _add(kept[owner], each, role, platform, left_out)
    found = [
        _campaign(given.by_id[owner]["name"] if owner else source.name, source, assets)
        for owner, assets in kept.items()
    ]
    attached = [
        tables.assets(sheet, platform=platform)
        for file in given.files()
        if sheets.is_sheet(file.name)
        for sheet in sheets.read(file.name, file.data)
    ]
    if attached:
        place = next((index for index, owner in enumerate(kept) if owner == main), 0)
        (listed,) = tables.as_campaigns(attached, found[place].name, source, by_campaign=False).campaigns
        found[place] = replace(
            found[place],
            accounts=(*found[place].accounts, *listed.accounts),
            indicators=(*found[place].indicators, *listed.indicators),
        )
    return Imported(tuple(each for each in found if each.accounts or each.indicators), left_out)


def _source(given: Bundle, report: JsonObject | None, origin: Source) -> Source:
    """Return what a report says of itself: its author and title, when it was published, how far it may go."""
    if report is None:
        return origin
    author = given.by_id.get(str(report.get("created_by_ref")), {}).get("name")
    title = str(report.get("name", origin.name))
    markings = (given.by_id.get(ref, {}).get("name") for ref in report.get("object_marking_refs", ()))
    return replace(
        origin,
        name=f"{author}, {title}" if author else title,
        published=time(report.get("published")),
        marking=next((str(name) for name in markings if str(name).startswith("TLP")), None),
    )


def _ties(given: Bundle, owners: set[str]) -> dict[str, dict[str | None, Role]]:
    """Return what each object has to do with which campaigns, of several ties the strongest."""
    ties: dict[str, dict[str | None, Role]] = {}

    def tie(thing: str, owner: str | None, role: Role) -> None:
        held = ties.setdefault(thing, {})
        if _STRENGTH[role] > _STRENGTH.get(held.get(owner, "named"), 0) or owner not in held:
            held[owner] = role

    related = list(given.relations())
    for each in related:
        if each.source in owners and each.kind == "uses":
            tie(each.target, each.source, "used")
        elif each.target in owners and each.kind in _OWN:
            tie(each.source, each.target, "used")
    for each in related:
        if each.kind == "belongs-to":
            for owner, role in dict(ties.get(each.source, {})).items():
                tie(each.target, owner, role)
    for each in related:
        if each.kind == "amplifies" and each.target not in ties:
            for owner in dict(ties.get(each.source, {})):
                tie(each.target, owner, "amplified")
    return ties


def _add(
    assets: _Assets, each: JsonObject, role: Role, platform: str | None, left_out: Counter[LeftOut]
) -> None:
    """Add an object to the assets of a campaign, if it can be known again."""
    match each["type"]:
        case "channel":
            _add_address(assets, str(each.get("name", "")), role, left_out)
        case "user-account":
            account = _account(each, role, platform)
            if account is None:
                left_out["account"] += 1
            else:
                assets.accounts.append(account)
        case "domain-name" | "hostname" | "url":
            _add_address(assets, str(each.get("value", "")), role, left_out)
        case "media-content" | "text":
            text = str(each.get("content") or each.get("value") or "")
            if text:
                assets.indicators.append(Indicator(kind="text", value=text, role=role))
            url = str(each.get("url", ""))
            if "/" in url:
                _add_address(assets, url, role, left_out)
        case "narrative":
            assets.narratives.append(str(each.get("name")))
        case _:
            pass
    assets.hashtags += [label for label in each.get("labels", ()) if str(label).startswith("#")]


def _add_address(assets: _Assets, text: str, role: Role, left_out: Counter[LeftOut]) -> None:
    named = addresses.named(text)
    if named.account:
        account = named.account
        assets.accounts.append(
            KnownAccount(
                platform=account.platform, handle=account.handle, account_id=account.account_id, role=role
            )
        )
    elif named.domain:
        assets.indicators.append(Indicator(kind="domain", value=named.domain, role=role))
    elif named.page:
        assets.indicators.append(Indicator(kind="page", value=named.page, role=role))
    else:
        left_out["address"] += 1


def _account(each: JsonObject, role: Role, platform: str | None) -> KnownAccount | None:
    """Return a ``user-account``, whose fields hold addresses, names and ids as somebody filled them."""
    stated = str(each.get("account_type", "")).lower()
    of = _PLATFORMS.get(stated, stated) or platform
    texts = [str(each[name]) for name in ("account_login", "user_id") if each.get(name)]
    named = next((found for text in texts if "/" in text and (found := addresses.named(text).account)), None)
    if named:
        return KnownAccount(
            platform=named.platform, handle=named.handle, account_id=named.account_id, role=role,
            display_name=each.get("display_name"),
        )  # fmt: skip
    user = str(each.get("user_id", "")).strip()
    number = user if user.isdigit() or user.startswith(("did:", "UC")) else None
    login = next(
        (bare for text in texts if text.strip() != number and (bare := addresses.handle(text))), None
    )
    if number is None and login is None:
        return None
    return KnownAccount(
        platform=of, account_id=number, handle=login, display_name=each.get("display_name"), role=role
    )


def _campaign(name: str, source: Source, assets: _Assets) -> KnownCampaign:
    return KnownCampaign(
        name=name,
        source=source,
        accounts=tuple(dict.fromkeys(assets.accounts)),
        indicators=tuple(dict.fromkeys(assets.indicators)),
        hashtags=tuple(dict.fromkeys(assets.hashtags)),
        narratives=tuple(dict.fromkeys(assets.narratives)),
    )


def time(text: object) -> datetime | None:
    """Return a time of a STIX object in UTC; None where there is none.

    >>> time("2024-02-09T12:29:29.000Z").year
    2024
    """
    if not isinstance(text, str):
        return None
    parsed: datetime | None = pl.select(timestamps.parse(pl.lit(text))).item()
    return parsed
