"""Applications and sites that publish the same posts for their users: a horoscope every morning, a prayer, the weather.

Such users publish the same texts at the same moments and do not know each other. What tells them from a campaign: what they
share leads to the one site that publishes it and addresses nobody, by hashtag, mention or answer, where a campaign wants to be
seen; and a good part of what each of them publishes is its own. An application, a radio or an employer signs with its name, and
then a hashtag is part of the signature.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from vigie.features.coordination.report.shared_posts import SharedActs, has_addressee, has_hashtag, names
from vigie.features.similarity import url_canonical

# Share of the shared posts that lead to one site, at least, and of the other posts, at most.
OF_ONE_SITE, OF_THE_OTHERS = 0.9, 0.1
# Share of the shared posts that address somebody, at most.
ADDRESSED = 0.1
# Letters of the name of a site, at least, from which a post that holds them names the site.
_NAME = 4
# Share of its posts that a member shares with others, in the median, at most: the rest is a life of its own.
ASIDE = 2 / 3


@dataclass(frozen=True)
class SharedPosts:
    """What leads where among the posts of a group.

    Attributes:
        site: Site to which most of the posts lead that members share with each other.
        share: Share of these posts that lead there.
        elsewhere: Share of the other posts of the members that do; None where there are none.
        addressed: Share of the shared posts with a mention, an author that they answer, quote or repost, or a hashtag where they
            do not name the site.
        part: Share of its posts that the median member shares with others.
    """

    site: str
    share: float
    elsewhere: float | None
    addressed: float
    part: float

    @property
    def are_of_an_application(self) -> bool:
        """Whether one site explains what is shared, and nothing else that the members publish."""
        return (
            self.share >= OF_ONE_SITE
            and self.addressed <= ADDRESSED
            and self.part <= ASIDE
            and self.elsewhere is not None
            and self.elsewhere <= OF_THE_OTHERS
        )


def shared_posts(posts: pl.DataFrame, shared: SharedActs) -> SharedPosts | None:
    """Return what leads where among the posts of a group.

    Args:
        posts: Its posts: contract columns, ``row`` of the author and ``post`` (number).
        shared: What its members share.

    Returns:
        None where no shared post has a link.
    """
    told = posts.select("post", shared=pl.col("post").is_in(shared.acts["post"].unique().implode()))
    sites = (
        url_canonical.with_sites(posts)
        .select("post", site="sites")
        .explode("site", empty_as_null=False, keep_nulls=False)
        .drop_nulls()
        .unique()
        .join(told, on="post")
    )
    named = sites.filter("shared")["site"].value_counts().sort("count", "site", descending=[True, False])
    if named.is_empty():
        return None
    site = named["site"][0]
    there = sites.filter(pl.col("site") == site)["shared"]
    common, others = int(told["shared"].sum()), int((~told["shared"]).sum())
    name = _name(site)
    signed = pl.lit(value=False) if name is None else names(name)
    addressed = posts.filter(told["shared"]).select((has_hashtag() & ~signed) | has_addressee()).to_series()
    return SharedPosts(
        site=site,
        share=int(there.sum()) / common,
        elsewhere=int((~there).sum()) / others if others else None,
        addressed=float(addressed.mean()),  # type: ignore[arg-type]  # of a share
        part=shared.part,
    )


def _name(site: str) -> str | None:
    """Return what a site is called: the label before its suffix, in letters and digits; None where that is too short to tell.

    A short label before the last is taken for a part of the suffix, as in ``news.example.co.uk``.
    """
    labels = site.split(":")[0].split(".")
    before = 3 if len(labels) > 2 and len(labels[-2]) < _NAME else 2
    name = "".join(filter(str.isalnum, labels[-before])) if len(labels) >= before else ""
    return name if len(name) >= _NAME else None
