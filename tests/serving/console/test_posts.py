"""Each number of a page leads to as many posts as it says, and the table holds those that the page shows."""

from __future__ import annotations

import csv
import re
from html import unescape
from io import StringIO
from typing import Any

import httpx2
import pytest

from vigie.serving.console import tracks
from vigie.serving.console.page import query

# A number within a link to posts.
_LINK = re.compile(r'<a[^>]* href="([^"]*/posts\?[^"]*)"[^>]*>(.*?)</a>', re.DOTALL)


def linked(page: str) -> list[tuple[str, str]]:
    """Return the address and the words of each link to posts."""
    return [
        (unescape(address), unescape(re.sub("<[^>]+>", " ", words))) for address, words in _LINK.findall(page)
    ]


def total(browser: httpx2.Client, address: str) -> int:
    answer = browser.get(address)
    assert answer.status_code == 200, address
    found = re.search(r'<p class="soft">([\d,]+) posts?', answer.text)
    assert found, address
    return int(found[1].replace(",", ""))


def last_number(words: str) -> int:
    return int(re.findall(r"\d[\d,]*", words)[-1].replace(",", ""))


def test_bars_and_hashtags_of_an_operation_lead_to_the_posts_that_they_count(opened: Any, kept: Any) -> None:
    browser = opened()
    links = linked(browser.get(kept.at).text)
    bars = [each for each in links if "since=" in each[0] and "platform=" in each[0]]
    tags = [each for each in links if "hashtag=" in each[0]]
    assert len(bars) > 5
    assert tags
    for address, words in [*bars[:4], *tags[:4]]:
        assert total(browser, address) == last_number(words), address


def test_numbers_of_a_content_lead_to_the_posts_that_they_count(opened: Any, kept: Any) -> None:
    browser = opened()
    page = browser.get(f"{kept.at}/contents/{kept.contents[0]}").text
    links = linked(page)
    wordings = [each for each in links if "wording=" in each[0]]
    bars = [each for each in links if "since=" in each[0]]
    assert wordings
    assert bars
    for address, words in [*wordings[:3], *bars[:3]]:
        assert total(browser, address) == last_number(words), address


def test_posts_of_a_campaign_and_of_an_account_are_as_many_as_their_pages_say(opened: Any, kept: Any) -> None:
    browser, track = opened(), kept.tracks["campaigns"][0]
    page = browser.get(f"{kept.at}/campaigns/{track}").text
    address, words = next(each for each in linked(page) if each[0].endswith(f"posts?campaign={track}"))[:2]
    assert words.strip().isdecimal()
    assert total(browser, address) == last_number(words)
    rows = [each for each in linked(browser.get(f"{kept.at}/accounts").text) if "account_id=" in each[0]]
    for address, words in rows[:3]:
        assert total(browser, address) == last_number(words), address


def test_the_rhythm_of_an_account_leads_to_the_posts_of_an_hour_of_the_week(opened: Any, kept: Any) -> None:
    browser, one = opened(), kept.accounts[0]
    page = browser.get(
        f"{kept.at}/account", params={"platform": one["platform"], "id": one["account_id"]}
    ).text
    squares = [each for each in linked(page) if "weekday=" in each[0]]
    assert squares
    for address, words in squares[:3]:
        assert total(browser, address) == last_number(words), address


def test_creation_days_and_earlier_campaigns_lead_to_their_accounts(opened: Any, kept: Any) -> None:
    browser, track = opened(), kept.tracks["campaigns"][0]
    page = unescape(browser.get(f"{kept.at}/campaigns/{track}").text)
    days = re.findall(
        rf'href="([^"]*/accounts\?campaign={track}&created=[^"]+)"><title>[^<]* · (\d+)</title>', page
    )
    assert days
    for address, count in days[:3]:
        assert f'<p class="soft">{count} account' in browser.get(address).text
    assert '<p class="soft">0 accounts' in browser.get(f"{kept.at}/accounts?known=none").text


def test_each_layer_of_a_network_leads_to_its_pairs_and_each_pair_to_posts(opened: Any, kept: Any) -> None:
    browser, track = opened(), kept.tracks["campaigns"][0]
    page = unescape(browser.get(f"{kept.at}/campaigns/{track}").text)
    layers = re.findall(r'href="([^"]*/pairs\?trace=[^"]+)"[^>]*>([\d,]+)</a>', page)
    assert layers
    for address, count in layers:
        listed = unescape(browser.get(address).text)
        assert f'<p class="soft">{count} drawn link' in listed
        first = re.search(r'href="([^"]*/pair\?[^"]+)"', listed)
        assert first
        assert '<div class="card shared">' in browser.get(first[1]).text
        table = browser.get(address.replace("/pairs?", "/pairs.csv?")).content.decode("utf-8-sig")
        assert len(table.splitlines()) - 1 == int(count.replace(",", ""))
    assert "No drawn pair" in browser.get(f"{kept.at}/campaigns/{track}/pairs?trace=none").text


def test_a_network_of_many_accounts_has_a_page_of_its_own(
    opened: Any, kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, at = opened(), f"{kept.at}/campaigns/{kept.tracks['campaigns'][0]}"
    whole = browser.get(f"{at}/network").text
    (beside,) = re.findall(r'<div class="network".*?</svg>', browser.get(at).text, re.DOTALL)
    assert beside in whole
    monkeypatch.setattr(tracks, "BESIDE", 1)
    page = browser.get(at).text
    assert '<div class="network"' not in page
    assert f'<a href="{at}/network">' in page
    assert '<div class="network"' in browser.get(f"{at}/network").text


def test_the_labels_of_an_operation_lead_to_the_accounts_that_bear_them(opened: Any, kept: Any) -> None:
    browser = opened()
    # Other tests decide on accounts of the same operation.
    ranked = browser.get(f"/v1/operations/{kept.operation}/accounts").json()["accounts"]
    one = next(each for each in ranked if not each["decisions"])
    subject = {"kind": "account", "platform": one["platform"], "account_id": one["account_id"]}
    said = {
        "subject": subject,
        "target": "inauthentic",
        "decision": "false_positive",
        "by": "Ann",
        "why": "looked",
    }
    made = browser.post(f"/v1/operations/{kept.operation}/decisions", json={**said, "after": None})
    assert made.status_code == 201, made.text
    labels = re.findall(r'href="([^"]*label=[^"]*)">(\d+)</a>', browser.get(f"{kept.at}/adaptation").text)
    assert labels
    for address, count in labels:
        page = browser.get(unescape(address)).text
        assert f'<p class="soft">{count} account' in page
        assert "Accounts that decisions label" in page
    assert "False positive" in browser.get(f"{kept.at}/accounts.csv?label=ordinary").text


def test_what_is_drawn_is_told_in_a_table_that_leads_to_as_much(opened: Any, kept: Any) -> None:
    browser, one = opened(), kept.accounts[0]
    account = query(platform=one["platform"], id=one["account_id"])
    for address in (
        kept.at,
        f"{kept.at}/campaigns/{kept.tracks['campaigns'][0]}",
        f"{kept.at}/account?{account}",
    ):
        page = browser.get(address).text
        for figure in re.findall(r"<figure class=\"(?:bars|calendar|rhythm)\">.*?</figure>", page, re.DOTALL):
            drawn, _, told = figure.partition("<details")
            places = [
                re.findall(r'<a [^>]*href="([^"]+)"[^>]*>(?:<title>|\d)', part) for part in (drawn, told)
            ]
            assert places[0]
            assert sorted(places[0]) == sorted(places[1])
            assert 'aria-hidden="true"' in drawn
            assert "tabindex" not in re.sub(r'<div class="wide"[^>]*>', "", told)


def test_a_table_holds_the_posts_that_the_filters_of_the_page_leave(opened: Any, kept: Any) -> None:
    browser = opened("fr")
    address = f"posts?campaign={kept.tracks['campaigns'][0]}&sort=earliest&hashtag=&since="
    answer = browser.get(f"{kept.at}/{address.replace('posts', 'posts.csv')}")
    assert answer.headers["content-disposition"] == 'attachment; filename="posts.csv"'
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    times = [row["Heure (UTC)"] for row in rows]
    assert times == sorted(times)
    assert f"{len(rows)} publications" in browser.get(f"{kept.at}/{address}").text
    assert not any(value.startswith(("=", "+", "@")) for row in rows for value in row.values())


@pytest.mark.parametrize("wrong", ["since=yesterday", "weekday=7", "sort=bots", "campaign=x", "offset=-1"])
def test_a_filter_that_is_none_is_named(opened: Any, kept: Any, wrong: str) -> None:
    answer = opened().get(f"{kept.at}/posts?{wrong}")
    assert answer.status_code == 422
    assert wrong.partition("=")[0] in answer.text
