"""Which accounts match a known campaign, and by what: their ids and names, the links, pictures and texts of their posts.

Matches are evidence beside a score. No feature reads them, and no probability is changed by them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from vigie.errors import InputError
from vigie.features import schema, text
from vigie.features.coordination.report import display_text
from vigie.features.i18n import Language, Message, Moment, Value, message
from vigie.features.similarity import near_duplicate_text, perceptual_hash, url_canonical
from vigie.models.known_match import How, KnownMatch
from vigie.serving.known_campaigns import addresses, lookalike_domains, normal_forms
from vigie.serving.known_campaigns.digests import Key, of_account
from vigie.serving.known_campaigns.ordinary_shares import ORDINARY_SHARES
from vigie.serving.known_campaigns.types import CONFIRMED_HERE, IndicatorKind, Memory

# Posts named with a match, and characters of what was seen in a sentence.
POSTS_NAMED, _SHOWN = 5, 120
_SEEN = pl.Schema(
    {
        "row": pl.UInt32(), "how": pl.String(), "kind": pl.String(), "field": pl.String(), "platform": pl.String(),
        "value": pl.String(), "post_id": pl.String(), "created_at": schema.TIME,
    }
)  # fmt: skip
_KNOWN = pl.Schema(
    {
        "campaign": pl.UInt32(), "kind": pl.String(), "platform": pl.String(), "known": pl.String(), "form": pl.String(),
        "role": pl.String(), "known_id": pl.String(), "known_from": schema.TIME, "known_until": schema.TIME,
        "digested": pl.Boolean(),
    }
)  # fmt: skip
# Kinds that are known in many variants: all that an account shows of a campaign is one match.
_CONTENTS = ("media", "text", "biography")
# Fields of an account, and what they show.
_FIELDS: dict[str, IndicatorKind] = {
    "account_id": "account_id", "handle": "handle", "description": "biography", "avatar_hash": "media",
}  # fmt: skip
_EQUAL = ("account_id", "handle", "domain", "page")
# Strongest first, as they are told.
_ORDER: tuple[How, ...] = (
    "account_id", "handle", "earlier_handle", "biography", "page", "media", "text", "domain", "lookalike_domain",
)  # fmt: skip


@dataclass(frozen=True)
class Matches:
    """What accounts share with known campaigns.

    Attributes:
        table: One row per account, way, campaign and thing known: ``row``, ``how``, ``campaign`` (its place in the memory),
            ``value``, ``known`` (null where only a digest is kept), ``role``, ``field``, ``posts``, ``post_ids``,
            ``known_from``, ``known_until`` and ``other_id`` (whether a handle is known of an account with another id).
        memory: What they were compared with.
    """

    table: pl.DataFrame
    memory: Memory

    def by_account(self, language: Language) -> dict[int, list[KnownMatch]]:
        """Return the matches of each account that has one, by its row, those that tell most first."""
        found: dict[int, list[KnownMatch]] = {}
        for row in self.table.iter_rows(named=True):
            found.setdefault(row["row"], []).append(self._told(row, language))
        return found

    def accounts_by_campaign(self) -> list[tuple[str, int]]:
        """Return how many accounts match each campaign, by name, the largest number first."""
        names = [each.name for each in self.memory.campaigns]
        named = self.table.select(
            "row", name=pl.col("campaign").replace_strict(range(len(names)), names, return_dtype=pl.String)
        )
        counts = (
            named.group_by("name").agg(pl.col("row").n_unique()).sort("row", "name", descending=[True, False])
        )
        return list(counts.iter_rows())

    def _told(self, row: dict[str, Any], language: Language) -> KnownMatch:
        campaign = self.memory.campaigns[row["campaign"]]
        until = row["known_until"] or campaign.source.published
        by_name = campaign.source.name != CONFIRMED_HERE
        source = campaign.source.name if by_name else message("known.confirmed_here").say(language)
        said: dict[str, Value] = {
            "value": display_text.plain_name(row["value"][:_SHOWN]),
            "count": row["posts"],
            "tie": Message(f"known.tie.{row['role']}", {"source": source, "campaign": campaign.name}),
            "when": message("known.as_of", time=Moment(until)) if until else "",
        }
        if row["how"] == "lookalike_domain":
            said["known"] = row["known"]
        kept = ("how", "value", "known", "role", "field", "posts", "post_ids", "known_from")
        return KnownMatch(
            **{name: row[name] for name in kept},
            campaign=campaign.name,
            source=source,
            sentence=Message(_key(row), said).say(language),
            known_until=until,
            ordinary_share=ORDINARY_SHARES.get(row["how"]),
        )


def matches(
    accounts: pl.DataFrame,
    posts: pl.DataFrame,
    memory: Memory,
    *,
    key: Key | None = None,
    names: pl.DataFrame | None = None,
) -> Matches:
    """Return what accounts share with known campaigns.

    Args:
        accounts: Contract columns and ``row``.
        posts: Contract columns and ``row`` of the author.
        memory: Known campaigns.
        key: That of the digests, where some are kept as such.
        names: Names that accounts were seen under, as a dataset keeps them (``platform``, ``account_id``, ``handle``).

    Raises:
        InputError: Campaigns are kept as digests of a key that is not this one.
    """
    known = _known(memory, key)
    shown = pl.concat(list(seen(accounts, posts, names)))
    plain, digests = known.filter(~pl.col("digested")), known.filter("digested")
    found = [_equal(shown, plain), _near(shown, plain), _lookalike(shown, plain)]
    if digests.height and key is not None:
        found.append(_by_digest(shown, digests, key))
    return Matches(_summed(pl.concat(found), accounts), memory)


def _known(memory: Memory, key: Key | None) -> pl.DataFrame:
    """Return all that is known, one row each, in normal form."""
    rows = []
    for place, campaign in enumerate(memory.campaigns):
        if campaign.key is not None and (key is None or key.name != campaign.key):
            raise InputError(
                f"the campaign {campaign.name!r} is kept as digests of the key {campaign.key}; "
                + ("give that key" if key is None else f"the key given is {key.name}")
            )
        own = [(each, None) for each in campaign.indicators]
        for account in campaign.accounts:
            own += [(each, account.account_id) for each in of_account(account)]  # type: ignore[misc]
        rows += [
            (
                place, each.kind, each.platform, each.value, each.value, each.role, number,
                each.first_seen, each.last_seen, campaign.key is not None,
            )
            for each, number in own
        ]  # fmt: skip
    table = pl.DataFrame(rows, schema=_KNOWN, orient="row")
    return pl.concat(
        [table.filter("digested")]
        + [
            part.with_columns(normal_forms.of(kind[0], part["form"]).alias("form")).drop_nulls("form")
            for kind, part in table.filter(~pl.col("digested")).group_by("kind", maintain_order=True)
        ]
    )


def seen(accounts: pl.DataFrame, posts: pl.DataFrame, names: pl.DataFrame | None) -> Iterator[pl.DataFrame]:
    """Yield what accounts and posts show by which they may be known.

    Args:
        accounts: As in :func:`matches`.
        posts: As in :func:`matches`.
        names: As in :func:`matches`.

    Yields:
        Tables with ``row``, ``how``, ``kind`` (of an indicator), ``field``, ``platform``, ``value``, ``post_id`` and
        ``created_at``, the last two null for a field of an account.
    """
    own = accounts.select(
        pl.col("row").cast(pl.UInt32),
        *("platform", "account_id", "handle", "description", "url", "avatar_hash"),
    ).with_columns(post_id=pl.lit(None, pl.String), created_at=pl.lit(None, schema.TIME))
    for name, kind in _FIELDS.items():
        yield _shaped(own, name, name, kind)
    if names is not None:
        earlier = names.join(
            own.select("row", "platform", "account_id", now="handle"), on=["platform", "account_id"]
        ).filter(pl.col("handle").str.to_lowercase() != pl.col("now").str.to_lowercase())
        timed = earlier.with_columns(post_id=pl.lit(None, pl.String), created_at=pl.lit(None, schema.TIME))
        yield _shaped(timed, "handle", "handle", "handle", "earlier_handle")
    published = (
        posts.drop("platform", strict=False)
        .with_columns(pl.col("row").cast(pl.UInt32))
        .join(own.select("row", "platform"), on="row", how="left", maintain_order="left")
    )
    links = [
        published.with_columns(link=text.listed(published, "urls", text.URL)).explode("link").with_columns(field=pl.lit("urls")),
        own.with_columns(link="url", field=pl.lit("url")),
        own.with_columns(link=pl.col("description").str.extract_all(text.URL), field=pl.lit("description")).explode("link"),
    ]  # fmt: skip
    columns = ("row", "platform", "post_id", "created_at", "link", "field")
    every = pl.concat(each.select(columns) for each in links).drop_nulls("link")
    every = every.with_columns(page=url_canonical.canonical(pl.col("link"))).drop_nulls("page")
    yield every.select(
        "row", pl.lit("page").alias("how"), pl.lit("page").alias("kind"), "field", "platform",
        pl.col("page").alias("value"), "post_id", "created_at",
    )  # fmt: skip
    hosts = every.with_columns(host=url_canonical.host(pl.col("page"))).drop_nulls("host")
    distinct = hosts["host"].unique()
    ascii_hosts = [addresses.ascii_host(host) for host in distinct]
    hosts = hosts.join(pl.DataFrame({"host": distinct, "value": ascii_hosts}), on="host")
    yield hosts.select(
        "row", pl.lit("domain").alias("how"), pl.lit("domain").alias("kind"), "field", "platform", "value", "post_id", "created_at",
    )  # fmt: skip
    yield _shaped(published, "text", "text", "text")
    pictures = published.explode("media_hashes").rename({"media_hashes": "picture"})
    yield _shaped(pictures, "picture", "media_hashes", "media")


def _shaped(
    table: pl.DataFrame, column: str, field: str, kind: IndicatorKind, how: How | None = None
) -> pl.DataFrame:
    return (
        table.drop_nulls(column)
        .filter(pl.col(column) != "")
        .select(
            "row",
            pl.lit(how or kind).alias("how"),
            pl.lit(kind).alias("kind"),
            pl.lit(field).alias("field"),
            "platform",
            pl.col(column).alias("value"),
            "post_id",
            "created_at",
        )
    )


def _equal(shown: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return what is seen and known in the same form: ids, handles, pages, domains and what lies below them."""
    wanted = known.filter(pl.col("kind").is_in(_EQUAL))
    forms = _with_parents(shown.filter(pl.col("kind").is_in(wanted["kind"].unique().implode())))
    joined = forms.join(wanted, on=["kind", "form"], suffix="_known")
    same = pl.col("platform") == pl.col("platform_known")
    # The id of an account means something on its platform only.
    return joined.filter(
        ~pl.col("kind").is_in(("account_id", "handle")) | same | (pl.col("platform_known").is_null() & (pl.col("kind") == "handle"))
    ).select(*_SEEN, *_columns_of_known())  # fmt: skip


def _with_parents(shown: pl.DataFrame) -> pl.DataFrame:
    """Return what is seen with its ``form``; a host has one row for each domain that it lies below."""
    parts = [
        part.with_columns(
            normal_forms.of("handle" if kind == ("handle",) else "page", part["value"]).alias("form")
        )
        for kind, part in shown.filter(pl.col("kind") != "domain").group_by("kind", maintain_order=True)
    ]
    hosts = shown.filter(pl.col("kind") == "domain")
    distinct = hosts["value"].unique().to_list()
    below = pl.DataFrame(
        {"value": distinct, "form": [lookalike_domains.with_parents(host) for host in distinct]},
        schema={"value": pl.String, "form": pl.List(pl.String)},
    ).explode("form")
    return pl.concat([*parts, hosts.join(below, on="value", maintain_order="left")])


def _near(shown: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return what is seen and nearly the same as what is known: pictures, texts and biographies."""
    found = []
    for kind in ("media", "text", "biography"):
        here, there = (table.filter(pl.col("kind") == kind) for table in (shown, known))
        if here.is_empty() or there.is_empty():
            continue
        if kind == "media":
            pairs = perceptual_hash.near(here["value"], there["known"]).rename({"hash": "value"})
        else:
            pairs = near_duplicate_text.near(here["value"], there["known"]).rename({"text": "value"})
        found.append(
            here.join(pairs.select("value", "known"), on="value")
            .join(there, on=["kind", "known"], suffix="_known")
            .select(*_SEEN, *_columns_of_known())
        )
    return pl.concat([_none(), *found])


def _lookalike(shown: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return hosts that look like a domain that a campaign used."""
    domains = known.filter((pl.col("kind") == "domain") & (pl.col("role") == "used"))
    hosts = shown.filter(pl.col("kind") == "domain")
    if domains.is_empty() or hosts.is_empty():
        return _none()
    every = known.filter(pl.col("kind") == "domain")["form"].unique().to_list()
    pairs = lookalike_domains.near(hosts["value"].unique().sort().to_list(), every)
    return (
        hosts.join(pairs.rename({"host": "value", "known": "form"}), on="value")
        .join(domains, on=["kind", "form"], suffix="_known")
        .with_columns(how=pl.lit("lookalike_domain"))
        .select(*_SEEN, *_columns_of_known())
    )


def _by_digest(shown: pl.DataFrame, known: pl.DataFrame, key: Key) -> pl.DataFrame:
    """Return what is seen whose digest is known."""
    wanted = shown.filter(pl.col("kind").is_in(known["kind"].unique().implode()))
    equal = _with_parents(wanted.filter(pl.col("kind").is_in(_EQUAL)))
    others = [
        part.with_columns(normal_forms.of(kind[0], part["value"]).alias("form"))
        for kind, part in wanted.filter(~pl.col("kind").is_in(_EQUAL)).group_by("kind", maintain_order=True)
    ]
    formed = pl.concat([equal, *others]).drop_nulls("form")
    of_account_only = pl.when(pl.col("kind").is_in(("account_id", "handle"))).then("platform")
    formed = formed.with_columns(of=of_account_only)
    # A source may tell a handle without its platform.
    anywhere = formed.filter(pl.col("kind") == "handle").with_columns(of=pl.lit(None, pl.String))
    formed = pl.concat([formed, anywhere])
    distinct = formed.select("kind", "of", "form").unique()
    digests = [key.digest(*row) for row in distinct.iter_rows()]
    keyed = distinct.with_columns(digest=pl.Series(digests, dtype=pl.String))
    return (
        formed.join(keyed, on=["kind", "of", "form"], nulls_equal=True)
        .drop("form")
        .join(known.with_columns(digest="form"), on=["kind", "digest"], suffix="_known")
        .with_columns(known=pl.lit(None, pl.String), known_id=pl.lit(None, pl.String))
        .select(*_SEEN, *_columns_of_known())
    )


def _columns_of_known() -> Iterable[str]:
    return ("campaign", "known", "form", "role", "known_id", "known_from", "known_until")


def _none() -> pl.DataFrame:
    return pl.DataFrame(schema={**_SEEN, **{name: _KNOWN[name] for name in _columns_of_known()}})


def _summed(found: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Return each match once, with the posts that show it, strongest first."""
    ids = accounts.select(pl.col("row").cast(pl.UInt32), own_id="account_id")
    handles = pl.col("how").is_in(("handle", "earlier_handle"))
    other = handles & (pl.col("known_id") != pl.col("own_id"))
    thing = pl.when(~pl.col("kind").is_in(_CONTENTS)).then(pl.coalesce("known", "form"))
    post = pl.col("post_id").unique(maintain_order=True).drop_nulls()
    return (
        found.sort("created_at", "post_id", maintain_order=True)
        .join(ids, on="row", how="left", maintain_order="left")
        .group_by("row", "how", "campaign", "role", thing.alias("thing"), maintain_order=True)
        .agg(
            pl.col("known").first(),
            pl.col("value").first(),
            pl.col("field").first(),
            post.len().alias("posts").cast(pl.Int64),
            post.head(POSTS_NAMED).alias("post_ids"),
            pl.col("known_from").min(),
            pl.col("known_until").max(),
            other.fill_null(False).all().alias("other_id"),
        )
        .sort(
            "row",
            pl.col("how").replace_strict(
                {how: place for place, how in enumerate(_ORDER)}, return_dtype=pl.Int64
            ),
            -pl.col("posts"),
            "campaign",
            "thing",
            nulls_last=True,
        )
        .drop("thing")
    )


def _key(row: dict[str, Any]) -> str:
    """Return the key of the sentence on a match."""
    how: How = row["how"]
    if how in ("domain", "lookalike_domain", "page", "media") and not row["posts"]:
        return f"known.{how}_of_profile"
    return "known.handle_of_other" if row["other_id"] else f"known.{how}"
