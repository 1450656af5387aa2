"""One page has one name, and what is no page has none."""

from __future__ import annotations

import polars as pl
import pytest

from vigie.features.similarity import url_canonical


def canonical(url: str | None) -> str | None:
    found: str | None = (
        pl.DataFrame({"u": [url]}, schema={"u": pl.String})
        .select(url_canonical.canonical(pl.col("u")))
        .item()
    )
    return found


@pytest.mark.parametrize(
    "same",
    [
        "https://example.org/a?id=3",
        "http://EXAMPLE.org/a/?id=3",
        "https://www.example.org/a?id=3#comments",
        "https://m.example.org:443/a?utm_source=x&id=3&fbclid=abc",
        "https://user:secret@example.org/a?id=3&gclid=1",
        "  https://example.org./a?id=3 ",
        "https://example.org/a?twclid=2&id=3&_hsenc=1&_hsmi=2&mkt_tok=x",
        "https://example.org/a?ttclid=2&gbraid=1&wbraid=1&srsltid=3&mibextid=y&id=3&pk_campaign=z",
        "https://example.org/a/amp?id=3",
        "https://example.org/a?id=3&amp=1",
        "https://example.org/a?outputType=amp&id=3",
        "https://www.google.com/amp/s/www.example.org/a?id=3",
        "https://example-org.cdn.ampproject.org/c/s/example.org/a?id=3",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fa%3Fid%3D3%26fbclid%3Dz&h=AT0",
    ],
)
def test_variants_of_one_page_have_one_name(same: str) -> None:
    assert canonical(same) == "example.org/a?id=3"


@pytest.mark.parametrize(
    "other", ["https://example.org/A?id=3", "https://example.org/a?id=4", "https://fr.example.org/a?id=3"]
)
def test_other_pages_keep_other_names(other: str) -> None:
    assert canonical(other) != "example.org/a?id=3"


@pytest.mark.parametrize(
    ("page", "forms"),
    [
        (
            "youtube.com/watch?v=dQw4w9WgXcQ",
            [
                "https://youtu.be/dQw4w9WgXcQ?si=x",
                "https://m.youtube.com/watch?app=desktop&v=dQw4w9WgXcQ&t=3s",
                "https://youtube.com/shorts/dQw4w9WgXcQ",
                "https://www.youtube.com/embed/dQw4w9WgXcQ?rel=0",
            ],
        ),
        (
            "x.com/ann/status/1234567890123456789",
            [
                "https://twitter.com/ann/status/1234567890123456789?s=20&t=Abc",
                "https://mobile.twitter.com/ann/status/1234567890123456789",
                "https://fxtwitter.com/ann/status/1234567890123456789",
            ],
        ),
        ("t.me/channel/12", ["https://t.me/s/channel/12", "https://telegram.me/channel/12"]),
        ("fr.wikipedia.org/wiki/Loup", ["https://fr.m.wikipedia.org/wiki/Loup"]),
    ],
)
def test_of_the_names_and_forms_of_an_address_one_stands_for_all(page: str, forms: list[str]) -> None:
    assert {canonical(form) for form in forms} == {page}


@pytest.mark.parametrize(
    "address",
    [
        "example.org/amplify",
        "example.org/clamp",
        "example.org/a?outputType=ample",
        "x.com/search?q=harbour",
        "youtube.com/playlist?list=1",
        "example.org/a?outlet=amp&s=20",
    ],
)
def test_what_only_resembles_such_a_form_stays(address: str) -> None:
    assert canonical(f"https://{address}") == address


@pytest.mark.parametrize(
    "nothing", [None, "", "javascript:alert(1)", "data:text/html,x", "ftp://example.org/a", "http://", "x"]
)
def test_what_is_no_page_has_no_name(nothing: str | None) -> None:
    assert canonical(nothing) is None


def test_an_anonymised_id_stands_for_its_page() -> None:
    assert canonical("url:23678") == "url:23678"


def test_punycode_stays_and_ten_kilobytes_are_cut() -> None:
    assert canonical("https://xn--e1afmkfd.example/") == "xn--e1afmkfd.example"
    long = canonical("https://example.org/" + "a" * 10_000)
    assert long is not None
    assert len(long) <= url_canonical.MAX_CHARACTERS


def test_sites_of_posts_stand_in_the_order_of_their_links_and_are_found_once() -> None:
    links = [["https://www.a.example/1", "javascript:1", "https://b.example"], [], None]
    posts = url_canonical.with_sites(pl.DataFrame({"urls": links}))
    assert posts["sites"].to_list() == [["a.example", None, "b.example"], [], None]
    assert url_canonical.with_sites(posts) is posts


def test_the_host_is_what_stands_before_the_path() -> None:
    pages = pl.DataFrame({"u": ["example.org/a?id=3", "example.org?x=1", "example.org"]})
    assert pages.select(url_canonical.host(pl.col("u"))).to_series().to_list() == ["example.org"] * 3


def test_repeated_and_missing_urls_keep_their_places() -> None:
    given = ["https://b.example/1", None, "https://www.b.example/1/", "ftp://no", "https://b.example/1", None]
    found = pl.DataFrame({"u": given}).select(page=url_canonical.canonical(pl.col("u")), u="u")
    assert found["page"].to_list() == ["b.example/1", None, "b.example/1", None, "b.example/1", None]
    assert found["u"].to_list() == given


def test_urls_of_ten_kilobytes_are_cut() -> None:
    long = "https://b.example/?" + "&utm_x=1" * 1_250
    given = pl.DataFrame({"u": [f"{long}&id={place}" for place in range(1_000)]})
    found = given.select(url_canonical.canonical(pl.col("u"))).to_series().unique().to_list()
    assert len(found) == 1
    assert found[0].startswith("b.example")
    assert len(found[0]) <= url_canonical.MAX_CHARACTERS


def test_lists_keep_their_form_and_their_pages_are_those_of_each_link() -> None:
    links = [["https://www.a.example/1", "javascript:1"], [], None, [None], ["http://a.example/1/"]]
    posts = pl.DataFrame({"urls": links}, schema={"urls": pl.List(pl.String)})
    lists = posts.select(url_canonical.canonical_of_each(pl.col("urls")))["urls"]
    assert lists.to_list() == [["a.example/1", None], [], None, [None], ["a.example/1"]]
    # Of a part of a table too, and of none.
    assert posts[3:].select(url_canonical.canonical_of_each(pl.col("urls")))["urls"].to_list() == [
        [None],
        ["a.example/1"],
    ]
    assert posts.clear().select(url_canonical.canonical_of_each(pl.col("urls"))).is_empty()


def test_pages_of_lists_are_found_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    pages = url_canonical._pages

    def counted(urls: pl.Series) -> pl.Series:
        asked.append(len(urls))
        return pages(urls)

    monkeypatch.setattr(url_canonical, "_pages", counted)
    posts = pl.DataFrame({"urls": [["https://a.example/1"]] * 20_000})
    url_canonical.with_sites(posts)
    assert asked == [20_000]
