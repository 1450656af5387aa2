"""Addresses of reports are mended and read as an account, a domain or a page, and as nothing where they name nobody."""

from __future__ import annotations

import pytest

from vigie.serving.known_campaigns import addresses
from vigie.serving.known_campaigns.addresses import AccountAddress, Named


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("hxxps://news[.]example[.]org/a", "https://news.example.org/a"),
        ("news(.)example{.}org", "news.example.org"),
        ("news [dot] example [dot] org", "news.example.org"),
        ("hxxp[:]//example.org", "http://example.org"),
        ("desk[at]example[.]org", "desk@example.org"),
        ("https://example.org/expo", "https://example.org/expo"),
    ],
)
def test_defanged_addresses_are_mended_and_others_left_alone(text: str, mended: str) -> None:
    assert addresses.refanged(text) == mended


@pytest.mark.parametrize(
    ("text", "platform", "handle", "number"),
    [
        ("twitter.com/Ann_Other", "x", "Ann_Other", None),
        ("hxxps://x[.]com/Ann_Other?s=20", "x", "Ann_Other", None),
        ("https://t.me/s/harbour_news", "telegram", "harbour_news", None),
        ("www.tiktok[.]com/@harbour", "tiktok", "harbour", None),
        ("https://www.facebook.com/profile.php?id=1000123", "facebook", None, "1000123"),
        ("https://www.youtube.com/channel/UCabcdef", "youtube", None, "UCabcdef"),
        ("bsky.app/profile/did:plc:abc", "bluesky", None, "did:plc:abc"),
    ],
)
def test_the_address_of_a_profile_names_the_account(
    text: str, platform: str, handle: str | None, number: str | None
) -> None:
    assert addresses.named(text) == Named(account=AccountAddress(platform, handle, number))


@pytest.mark.parametrize(
    "text", ["x.com/hashtag/news", "https://t.me/joinchat/abc", "x.com/Ann_Other/status/12"]
)
def test_pages_of_a_platform_are_no_accounts(text: str) -> None:
    assert addresses.named(text).account is None


def test_a_site_is_a_domain_and_what_lies_on_it_a_page() -> None:
    assert addresses.named("https://www.News[.]example/").domain == "news.example"
    assert addresses.named("news.example (a copy)").domain == "news.example"
    assert addresses.named("news.example/1?utm_source=x").page == "news.example/1"


@pytest.mark.parametrize(
    "text", ["github.com", "t.co", "37 Accounts", "à remplir", "desk@example.org", "javascript:1", ""]
)
def test_hosts_that_anybody_uses_and_texts_that_are_no_address_name_nothing(text: str) -> None:
    assert addresses.named(text) == Named()
