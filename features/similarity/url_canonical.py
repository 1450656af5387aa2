"""One name for one page: URLs without what only tells who shared them."""

from __future__ import annotations

import polars as pl

# Longer URLs are cut: no page needs them, and a hostile one must not cost minutes.
MAX_CHARACTERS = 2_000
# Parameters that tell the sharer or the campaign of an advertiser, not the page.
_TRACKING = (
    r"utm_[a-z_]+|fbclid|gclid|dclid|msclkid|yclid|igshid|igsh|mc_cid|mc_eid|ref_src|ref_url|s_cid|cmpid|"
    r"ocid|_ga|si|share_id|feature|spm|xtor|at_medium|at_campaign|at_custom[0-9]"
)


def canonical(url: pl.Expr) -> pl.Expr:
    """Return the canonical form of http and https URLs; null for anything else.

    ``url:`` and an id, as anonymised archives give, stands for a page and stays.

    Scheme, user, ``www.``, ``m.``, default port, fragment, tracking parameters and a last slash go; the host
    is in lower case; parameters keep their order. Punycode hosts stay as they are.

    >>> pages = ["HTTPS://www.Example.org:443/a/?utm_source=x&id=3#top", "http://example.org/a?id=3", "javascript:1"]
    >>> pl.DataFrame({"u": pages}).select(canonical(pl.col("u"))).to_series().to_list()
    ['example.org/a?id=3', 'example.org/a?id=3', None]
    """
    return url.map_batches(_pages, return_dtype=pl.String, is_elementwise=True)


def _pages(urls: pl.Series) -> pl.Series:
    """Return the page of each URL: found once for each distinct one, as most links of a corpus are repeated."""
    given = pl.LazyFrame({"url": urls})
    # Lazy, as Polars then finds once what several parts are cut from.
    pages = given.unique().drop_nulls().with_columns(page=_page(pl.col("url")))
    return given.join(pages, on="url", how="left", maintain_order="left").collect()["page"].alias(urls.name)


def _page(url: pl.Expr) -> pl.Expr:
    cut = url.str.strip_chars().str.slice(0, MAX_CHARACTERS)
    web = cut.str.contains(r"(?i)^https?://[^/?#\s]+")
    rest = cut.str.replace(r"(?i)^https?://", "").str.replace(r"#.*$", "").str.replace(r"^[^/?#@]*@", "")
    host = rest.str.extract(r"^([^/?]+)").str.to_lowercase().str.replace(r":(80|443)$", "")
    host = host.str.replace(r"^(www\d?|m|mobile|amp)\.", "").str.strip_suffix(".")
    path = rest.str.extract(r"^[^/?]+([^?]*)").str.replace(r"/+$", "")
    query = rest.str.extract(r"\?(.*)$").fill_null("")
    kept = pl.concat_str(pl.lit("&"), query).str.replace_all(rf"(?i)&(?:{_TRACKING})=[^&]*", "")
    kept = kept.str.replace_all(r"&(?:&|$)", "").str.strip_chars("&")
    page = pl.concat_str(
        host, path, pl.when(kept != "").then(pl.concat_str(pl.lit("?"), kept)).otherwise(pl.lit(""))
    )
    return pl.when(web).then(page).when(cut.str.contains(r"^url:[A-Za-z0-9_-]+$")).then(cut)


def with_sites(posts: pl.DataFrame) -> pl.DataFrame:
    """Return posts with ``sites``, the hosts of their links in order (null for what is no link), unless they have it already.

    To find them costs a few posts as much as thousands: who looks at posts in several lots finds the sites of all first.

    Args:
        posts: ``urls`` (lists, null where not known).
    """
    if "sites" in posts.columns:
        return posts
    return posts.with_columns(sites=pl.col("urls").list.eval(host(canonical(pl.element()))))


def host(page: pl.Expr) -> pl.Expr:
    """Return the host of a canonical URL."""
    return page.str.extract(r"^([^/?]+)")
