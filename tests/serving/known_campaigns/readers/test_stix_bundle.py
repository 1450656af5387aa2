"""A bundle is read with what it says of each thing: used, amplified, or no more than named."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from vigie.serving.known_campaigns.readers import stix_bundle
from vigie.serving.known_campaigns.readers.imported import Imported
from vigie.serving.known_campaigns.types import Indicator, KnownAccount, Source
from vigie.serving.stix import bundle


def read(report: dict[str, Any]) -> Imported:
    return stix_bundle.campaigns(bundle.of_json(report, "b"), Source(name="b.json", file="b.json"))


def test_the_report_is_the_source(report: dict[str, Any]) -> None:
    source = read(report).campaigns[0].source
    assert (source.name, source.marking) == ("Desk, Harbour: a network", "TLP:CLEAR")
    assert source.published == datetime(2024, 2, 9, 12, tzinfo=UTC)


def test_things_belong_to_the_campaigns_that_they_are_tied_to(report: dict[str, Any]) -> None:
    harbour, other = read(report).campaigns
    assert (harbour.name, other.name) == ("Harbour", "Other")
    puppet = KnownAccount(platform="x", handle="Puppet_1")
    assert puppet in harbour.accounts
    assert puppet in other.accounts
    assert KnownAccount(platform="x", account_id="42", handle="puppet_2") in other.accounts


def test_what_a_bundle_only_names_or_says_to_be_spread_is_kept_as_that(report: dict[str, Any]) -> None:
    harbour = read(report).campaigns[0]
    assert Indicator(kind="domain", value="gazette.ltd", role="used") in harbour.indicators
    assert Indicator(kind="page", value="gazette.ltd/1", role="named") in harbour.indicators
    assert Indicator(kind="domain", value="agency.example", role="amplified") in harbour.indicators
    assert KnownAccount(platform="telegram", handle="some_source", role="named") in harbour.accounts
    assert harbour.narratives == ("The harbour is lost",)


def test_a_name_of_two_words_is_no_account(report: dict[str, Any]) -> None:
    made = read(report)
    assert made.left_out == {"account": 1}
    assert not any("Ann" in str(each) for campaign in made.campaigns for each in campaign.accounts)


def test_the_attached_list_is_read_with_its_profiles(report: dict[str, Any]) -> None:
    listed = [each for each in read(report).campaigns[0].accounts if each.created_at]
    assert [(each.account_id, each.handle) for each in listed] == [
        ("1234567890123456789", "quiet_boat"), (None, "second_boat"),
    ]  # fmt: skip
    assert listed[0].description == "All about boats and the old harbour of ours"
    assert [each.created_at for each in listed] == [
        datetime(2023, 5, 2, tzinfo=UTC), datetime(2023, 3, 15, 12, tzinfo=UTC),
    ]  # fmt: skip


def test_times_of_a_bundle_are_utc() -> None:
    assert stix_bundle.time("2024-02-09T12:00:00.000Z") == datetime(2024, 2, 9, 12, tzinfo=UTC)
    assert stix_bundle.time(None) is None
