"""Applications and sites that publish the same posts for their users: a horoscope every morning, a prayer, the weather.

Such users publish the same texts at the same moments and do not know each other. What tells them from a campaign: what they
share leads to the one site that publishes it and addresses nobody, by hashtag, mention or answer, where a campaign wants to be
seen; and a good part of what each of them publishes is its own. An application, a radio or an employer signs with its name, and
then a hashtag is part of the signature.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from vigie.features.coordination.report.shared_posts import SharedActs, names
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


def by_group(posts: pl.DataFrame, shared: SharedActs) -> dict[int, SharedPosts]:
    """Return what leads where among the posts of each group; groups of which no shared post has a link are left out.

    Args:
        posts: Their posts: contract columns, ``group`` and ``row`` of the author, and ``post`` (number).
        shared: What their members share.
    """
    told = posts.select("group", "post", shared=pl.col("post").is_in(shared.posts["post"].implode()))
    sites = (
        url_canonical.with_sites(posts)
        .lazy()
        .select("post", site="sites")
        .explode("site", empty_as_null=False, keep_nulls=False)
        .drop_nulls()
        .unique()
        .join(told.lazy(), on="post")
        .collect()
    )
    main = (
        sites.lazy()
        .filter("shared")
        .group_by("group", "site")
        .len()
        .sort("group", "len", "site", descending=[False, True, False])
        .unique("group", keep="first", maintain_order=True)
        .select("group", "site")
        .collect()
    )
    if main.is_empty():
        return {}
    names_of = {site: _name(site) for site in main["site"]}
    signed = names(pl.col("site").replace_strict(names_of, return_dtype=pl.String))
    own, others = pl.col("shared").sum(), (~pl.col("shared")).sum()
    each = (
        main.lazy()
        .join(sites.lazy().group_by("group", "site").agg(there=own, elsewhere=others), on=["group", "site"])
        .join(told.lazy().group_by("group").agg(common=own, others=others), on="group")
        .join(
            shared.told.lazy()
            .join(main.lazy(), on="group")
            .select("group", addressed=(pl.col("tagged") & ~signed) | pl.col("addressed"))
            .group_by("group")
            .agg(pl.col("addressed").mean()),
            on="group",
        )
        .select("group", "site", "there", "common", "elsewhere", "others", "addressed")
        .collect()
    )
    return {
        group: SharedPosts(
            site=site,
            share=there / common,
            elsewhere=elsewhere / others if others else None,
            addressed=addressed,
            part=shared.parts[group],
        )
        for group, site, there, common, elsewhere, others, addressed in each.iter_rows()
    }


def _name(site: str) -> str | None:
    """Return what a site is called: the label before its suffix, in letters and digits; None where that is too short to tell.

    A short label before the last is taken for a part of the suffix, as in ``news.example.co.uk``.
    """
    labels = site.split(":")[0].split(".")
    before = 3 if len(labels) > 2 and len(labels[-2]) < _NAME else 2
    name = "".join(filter(str.isalnum, labels[-before])) if len(labels) >= before else ""
    return name if len(name) >= _NAME else None
