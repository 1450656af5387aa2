"""One name for one page: URLs without what only tells who shared them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import polars as pl

# Longer URLs are cut: no page needs them, and a hostile one must not cost minutes.
MAX_CHARACTERS = 2_000
# Parameters that tell the sharer or the campaign of an advertiser, not the page.
_TRACKING = (
    r"utm_[a-z_]+|fbclid|gclid|dclid|msclkid|yclid|twclid|ttclid|wbraid|gbraid|srsltid|igshid|igsh|mibextid|mc_cid|mc_eid|"
    r"mkt_tok|_hs[a-z]+|hss_channel|ref_src|ref_url|s_cid|cmpid|ocid|_ga|si|share_id|share_url|rdid|sr_share|smid|smtyp|"
    r"__twitter_impression|guccounter|guce_[a-z_]+|pk_[a-z_]+|mtm_[a-z_]+|wt_z?mc|feature|spm|xtor|at_[a-z_]+[0-9]?"
)
# Parameters that ask for the page as telephones get it.
_SMALL = r"amp=1|outputtype=amp"
# Addresses of a page within that of a service that leads to it, as it is or with its signs escaped.
_WITHIN = r"(?i)^(?:[^/?]*\.)?(?:google\.[a-z.]+/amp|cdn\.ampproject\.org/[civ])/(?:s/)?(.+)"
_ESCAPED = r"(?i)^lm?\.(?:facebook|instagram)\.com/(?:l\.php)?\?(?:.*&)?u=https?%3a%2f%2f([^&]+)"
_ESCAPES = {"%2f": "/", "%3a": ":", "%3f": "?", "%3d": "=", "%26": "&", "%25": "%", "%2d": "-"}
# Sites under several names, and the path of a video in several forms.
_SITES = {
    r"(?:twitter|fxtwitter|vxtwitter|fixupx)\.com": "x.com",
    r"telegram\.(?:me|dog)": "t.me",
    r"music\.youtube\.com|youtube-nocookie\.com": "youtube.com",
    r"([a-z-]{2,12})\.m\.(wikipedia\.org)": "${1}.${2}",
}
_VIDEO = r"^(?:youtu\.be|youtube\.com/(?:shorts|live|embed|v))/([A-Za-z0-9_-]{11})(?:[/?].*)?$"
_WATCHED = r"^youtube\.com/watch\?(?:.*&)?v=([A-Za-z0-9_-]{11})(?:&.*)?$"
# Posts, whose parameters say who shared them, and from where, in a letter; and channels as they are shown to whoever is no member.
_SHARED_POST = r"^(x\.com/[^/?]+/status/[0-9]+|instagram\.com/(?:p|reel|tv)/[^/?]+)\?.*$"
_PREVIEW = r"^t\.me/s/"


def canonical(url: pl.Expr) -> pl.Expr:
    """Return the canonical form of http and https URLs; null for anything else.

    ``url:`` and an id, as anonymised archives give, stands for a page and stays.

    Scheme, user, ``www.``, ``m.``, default port, fragment, tracking parameters and a last slash go; the host
    is in lower case; parameters keep their order. Punycode hosts stay as they are. A page that a service leads to, or shows to
    telephones, is the page; of the names of a site, and the forms of a video's address, one stands for all. Where a
    shortened address leads, nobody asks.

    >>> pages = ["HTTPS://www.Example.org:443/a/?utm_source=x&id=3#top", "http://example.org/a?id=3", "javascript:1"]
    >>> pl.DataFrame({"u": pages}).select(canonical(pl.col("u"))).to_series().to_list()
    ['example.org/a?id=3', 'example.org/a?id=3', None]
    """
    return url.map_batches(_pages, return_dtype=pl.String, is_elementwise=True)


def canonical_of_each(urls: pl.Expr) -> pl.Expr:
    """Return lists with the canonical form of each URL, as :func:`canonical`: found once for all lists.

    Args:
        urls: Lists; null stays null.
    """
    return urls.map_batches(_page_lists, return_dtype=pl.List(pl.String))


def _page_lists(urls: pl.Series) -> pl.Series:
    """Return lists of pages; ``list.eval`` alone would find them some thousand posts at a time, and anew each time."""
    pages = _pages(urls.explode(empty_as_null=False, keep_nulls=False))
    count = pl.col("urls").list.len()
    end = count.cum_sum()
    placed = pl.element().map_batches(pages.gather, return_dtype=pl.String, is_elementwise=True)
    lists = pl.LazyFrame({"urls": urls}).select(pl.int_ranges(end - count, end).list.eval(placed))
    return lists.collect(engine="in-memory").to_series().alias(urls.name)


def _pages(urls: pl.Series) -> pl.Series:
    """Return the page of each URL: found once for each distinct one, as most links of a corpus are repeated."""
    given = pl.LazyFrame({"url": urls})
    pages = given.unique().drop_nulls()
    for step in _steps():
        pages = pages.with_columns(**step)
    pages = pages.select("url", "page")
    found = given.join(pages, on="url", how="left", maintain_order="left").collect(engine="in-memory")
    return found["page"].alias(urls.name)


# To make them costs a few links more than to find their pages.
@cache
def _steps() -> tuple[Mapping[str, pl.Expr], ...]:
    """Return what leads from ``url`` to ``page``.

    Step by step, as Polars would find anew for each part what several parts are cut from.
    """
    cut, rest, kept = pl.col("cut"), pl.col("rest"), pl.col("kept")
    given = cut.str.replace(r"(?i)^https?://", "").str.replace(r"#.*$", "").str.replace(r"^[^/?#@]*@", "")
    within = pl.col("given").str.replace(_WITHIN, "${1}")
    escaped = pl.col("given").str.extract(_ESCAPED).str.replace_many(_ESCAPES, ascii_case_insensitive=True)
    host = rest.str.extract(r"^([^/?]+)").str.to_lowercase().str.replace(r":(80|443)$", "")
    host = host.str.replace(r"^(www\d?|m|mobile|amp)\.", "").str.strip_suffix(".")
    for name, one in _SITES.items():
        host = host.str.replace(rf"^(?:{name})$", one)
    path = rest.str.replace(r"(?s)\?.*", "").str.replace(r"^[^/]+", "").str.replace(r"(?:/amp)?/*$", "")
    query = rest.str.extract(r"\?(.*)$").fill_null("")
    asked = pl.concat_str(pl.lit("&"), query).str.replace_all(
        rf"(?i)&(?:(?:{_TRACKING})=[^&]*|(?:{_SMALL})\b)", ""
    )
    asked = asked.str.replace_all(r"&(?:&|$)", "").str.strip_chars("&")
    page = pl.concat_str(
        "host", "path", pl.when(kept != "").then(pl.concat_str(pl.lit("?"), kept)).otherwise(pl.lit(""))
    )
    page = page.str.replace(_VIDEO, "youtube.com/watch?v=${1}").str.replace(
        _WATCHED, "youtube.com/watch?v=${1}"
    )
    page = page.str.replace(_SHARED_POST, "${1}").str.replace(_PREVIEW, "t.me/")
    web = cut.str.contains(r"(?i)^https?://[^/?#\s]+")
    named = cut.str.contains(r"^url:[A-Za-z0-9_-]+$")
    return (
        {"cut": pl.col("url").str.strip_chars().str.slice(0, MAX_CHARACTERS)},
        {"given": given},
        {"rest": pl.coalesce(escaped, within)},
        {"host": host, "path": path, "kept": asked},
        {"page": pl.when(web).then(page).when(named).then(cut)},
    )


def with_sites(posts: pl.DataFrame) -> pl.DataFrame:
    """Return posts with ``sites``, the hosts of their links in order (null for what is no link), unless they have it already.

    To find them costs a few posts as much as thousands: who looks at posts in several lots finds the sites of all first.

    Args:
        posts: ``urls`` (lists, null where not known).
    """
    if "sites" in posts.columns:
        return posts
    return posts.with_columns(sites=canonical_of_each(pl.col("urls")).list.eval(host(pl.element())))


def host(page: pl.Expr) -> pl.Expr:
    """Return the host of a canonical URL."""
    return page.str.extract(r"^([^/?]+)")
