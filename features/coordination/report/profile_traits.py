"""What accounts share before they act: traits of their profiles, and what they publish with. One function per trait.

A trait turns accounts into objects that they share: creations in one chain, a rare shape of handle, a
biography, a picture, an application. There is nothing to time, so they find no pair: they describe a group that its acts
have found.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import polars as pl

from vigie.features import text
from vigie.features.coordination.report import display_text, profile_tests
from vigie.features.coordination.report.types import SharedTrait
from vigie.features.i18n import Message, Moment, Value, message
from vigie.features.similarity import near_duplicate_text, perceptual_hash

Definition = Callable[[pl.DataFrame], pl.DataFrame]

# How the ends of a chain of creations are written.
_TO_THE_MINUTE = "%Y-%m-%d %H:%M"
# Minutes between one creation and the next in a chain.
_CHAIN = 10
# Signs of a shape of handle that tells anything, and accounts that share a rare one at most: a share of those with
# a handle, and a number where that is less.
_TELLING_SIGNS, _RARE_SHARE, _RARE = 5, 0.01, 20
# Characters of a biography that can be shared, and of an object that are shown.
_LEAST_BIOGRAPHY, _SHOWN = 20, 120
# Applications of the platforms themselves: everybody publishes with them.
_OFFICIAL = (
    r"(?i)^(twitter|tweetdeck|x|facebook|instagram|threads|tiktok|youtube|telegram|mastodon|bluesky)\b"
)


TRAITS: dict[str, Definition] = {}


def trait(define: Definition) -> Definition:
    """Register the decorated function as a trait of profiles.

    It goes from accounts (contract columns, ``row``, and ``client``: the one that most of their posts name) to ``account``,
    ``object`` (text) and ``shown``: the object as a reader knows it. What the accounts have in common is said by the
    message ``coordination.trait.NAME``.
    """
    TRAITS[define.__name__] = define
    return define


def did(name: str) -> Message:
    """Return what accounts that share a trait have in common, as the verb of a sentence."""
    return Message(f"coordination.trait.{name}")


def shown(name: str, shared_object: str) -> Value:
    """Return what members share as a sentence shows it: in quotation marks; of creations in a chain the first, as a time."""
    if name != creation_burst.__name__ or not shared_object:
        return message("coordination.quoted", text=shared_object)
    return Moment(datetime.strptime(shared_object.partition(" – ")[0], _TO_THE_MINUTE))


def shared(
    accounts: pl.DataFrame, groups: pl.DataFrame, posts: pl.DataFrame | None
) -> dict[int, dict[str, SharedTrait]]:
    """Return what the accounts of each group share, by group and trait.

    Args:
        accounts: Contract columns and ``row``.
        groups: ``account`` and ``group``.
        posts: Contract columns and ``row`` of the author; None where there are none.

    Returns:
        By group and trait; the object is cut to be shown. Members are None where fewer than two carry one, object,
        sharing and outside where nothing is shared.
    """
    people = accounts.unique("row", keep="first", maintain_order=True).join(
        _clients(posts), on="row", how="left", maintain_order="left"
    )
    traits: dict[int, dict[str, SharedTrait]] = {int(group): {} for group in groups["group"].unique()}
    held = pl.concat(
        define(people).with_columns(trait=pl.lit(place, pl.Int64))
        for place, define in enumerate(TRAITS.values())
    )
    names = list(TRAITS)
    for place, group, *values in _of_groups(held, groups).iter_rows():
        traits[group][names[place]] = SharedTrait(*values)
    return traits


def _clients(posts: pl.DataFrame | None) -> pl.DataFrame:
    """Return ``row`` and the ``client`` that most posts of each account name; without those that name none."""
    if posts is None or "client" not in posts.columns:
        return pl.DataFrame(schema={"row": pl.UInt32, "client": pl.String})
    named = posts.select(pl.col("row").cast(pl.UInt32), pl.col("client").str.strip_chars()).drop_nulls()
    return named.filter(pl.col("client") != "").group_by("row").agg(pl.col("client").mode().sort().first())


def _of_groups(held: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return ``trait``, ``group`` and the fields of :class:`SharedTrait`, in order, a row per trait and group; sorted by both.

    All traits are counted at once, as a table of few rows costs as much as one of thousands.

    Args:
        held: What the traits returned, with ``trait`` (place among :data:`TRAITS`).
        groups: ``account`` and ``group``.
    """
    key = ("trait", "group")
    holders = held.lazy().drop_nulls("object").sort("account")
    home = groups.lazy().select("account", "group")
    inside = holders.join(home, on="account", maintain_order="left")
    each = (
        inside.group_by(*key, "object", maintain_order=True)
        .agg(sharing=pl.len(), shown=pl.col("shown").first())
        .join(
            holders.group_by("trait", "object").agg(everyone=pl.len()),
            on=["trait", "object"],
            maintain_order="left",
        )
    )
    several = each.filter(pl.col("sharing") > 1)
    # Of two objects with as many members, the one that fewer others share tells more.
    most = several.sort("sharing", "everyone", "object", descending=[True, False, False]).unique(
        key, keep="first", maintain_order=True
    )
    name = display_text.plain(display_text.cut(display_text.line(pl.col("shown")), _SHOWN))
    return (
        pl.LazyFrame({"trait": range(len(TRAITS))}, schema={"trait": pl.Int64})
        .join(home.select("group").unique(), how="cross")
        .join(inside.group_by(key).agg(known=pl.len()), on=key, how="left")
        .join(several.group_by(key).agg(members=pl.col("sharing").sum()), on=key, how="left")
        .join(most, on=key, how="left")
        .select(
            "trait",
            "group",
            known=pl.col("known").fill_null(0),
            members=pl.when(pl.col("known") >= 2).then(pl.col("members").fill_null(0)),
            object=name,
            sharing="sharing",
            outside=pl.col("everyone") - pl.col("sharing"),
        )
        .sort(key)
        .collect()
    )


@trait
def creation_burst(accounts: pl.DataFrame) -> pl.DataFrame:
    """Creations in a chain: each within ten minutes of the one before on the platform.

    A creation at midnight sharp is one of which only the day is known.
    """
    created = pl.col("created_at")
    moment = accounts.filter(created.dt.time() != pl.time(0)).sort("platform", "created_at", "row")
    opens = (created.diff() > pl.duration(minutes=_CHAIN)) | (
        pl.col("platform") != pl.col("platform").shift()
    )
    chained = moment.with_columns(chain=opens.fill_null(True).cum_sum())
    ends = (side.dt.to_string(_TO_THE_MINUTE).over("chain") for side in (created.min(), created.max()))
    return _select(chained, pl.col("chain"), pl.format("{} – {} UTC", *ends))


@trait
def handle_shape(accounts: pl.DataFrame) -> pl.DataFrame:
    """Shapes of handles (see :func:`vigie.features.coordination.report.profile_tests.shape`) that few accounts have.

    A shape that is common, or too short to tell anything, counts as one of its own for each account.
    """
    named = accounts.filter(pl.col("handle").is_not_null()).with_columns(
        shape=profile_tests.shape(pl.col("handle"))
    )
    rare = pl.len().over("shape") <= pl.max_horizontal(pl.lit(_RARE), _RARE_SHARE * pl.len())
    telling = pl.col("shape").str.len_chars() >= _TELLING_SIGNS
    own = pl.format("of {} alone", "row")
    return _select(named, pl.when(rare & telling).then("shape").otherwise(own), pl.col("shape"))


@trait
def shared_biography(accounts: pl.DataFrame) -> pl.DataFrame:
    """Biographies of one cluster of near-duplicates; those too short for it, of one normal form."""
    said = text.visible(pl.col("description"))
    form = text.letters(said.str.normalize("NFKC"))
    long_enough = display_text.line(said).str.len_chars() >= _LEAST_BIOGRAPHY
    same = pl.when(long_enough & (form != "")).then(pl.concat_str(pl.lit("words "), form))
    near = near_duplicate_text.clusters(accounts["description"]).cast(pl.String)
    return _select(accounts, pl.coalesce(near, same), said)


@trait
def shared_avatar(accounts: pl.DataFrame) -> pl.DataFrame:
    """Pictures whose perceptual hashes differ by few bits."""
    return _select(accounts, pl.lit(perceptual_hash.clusters(accounts["avatar_hash"])), pl.col("avatar_hash"))


@trait
def common_client(accounts: pl.DataFrame) -> pl.DataFrame:
    """Applications that accounts publish with, those of the platforms themselves left out."""
    own = ~pl.col("client").str.contains(_OFFICIAL)
    return _select(accounts, pl.when(own).then(pl.col("client").str.to_lowercase()), pl.col("client"))


def _select(accounts: pl.DataFrame, target: pl.Expr, name: pl.Expr) -> pl.DataFrame:
    return accounts.select(
        account=pl.col("row").cast(pl.Int64), object=target.cast(pl.String), shown=name.cast(pl.String)
    )
