"""What the whole collection shows of an account: its campaign before its group before its partner, with posts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest
from tests.features.coordination.report.collected import compared_links

from vigie.features import schema
from vigie.features.coordination.comparison import Comparison, Limits, compare
from vigie.features.coordination.report.judged_campaigns import JudgedCampaigns
from vigie.features.i18n import LANGUAGES, Language, Period
from vigie.features.i18n.message import written
from vigie.models import collection_evidence
from vigie.models.collection_evidence import FEATURES, NOTHING, CollectionEvidence
from vigie.models.evidence_basis import log_bayes_factor
from vigie.training.synthetic.campaigns import Campaign
from vigie.training.synthetic.corpus import corpus
from vigie.training.synthetic.floods import flooded


@cache
def compared() -> Comparison:
    """Return people beside a flood, and accounts that repost each other at once."""
    made = corpus(
        organic=60,
        campaigns=[
            Campaign("crisis_flood", accounts=60),
            Campaign("mutual_repost", accounts=30, camouflage=0.0, start_day=0),
        ],
        days=3,
        seed=2,
    )
    accounts = made.accounts.with_row_index("row")
    keys = ["platform", "account_id"]
    return compare(accounts, made.posts.join(accounts.select("row", *keys), on=keys).drop(keys), Limits())


@cache
def evidence() -> CollectionEvidence:
    return CollectionEvidence.of(compared(), None)


def test_every_member_of_a_campaign_or_group_has_evidence_of_that_kind() -> None:
    found = compared()
    in_campaign = set(found.campaigns.members.drop_nulls("log_rarity")["account"])
    in_group = set(found.groups["account"]) - in_campaign
    kinds = {kind: {row for row, one in evidence().accounts.items() if one.kind == kind} for kind in FEATURES}
    assert in_campaign
    assert kinds["campaign"] == in_campaign
    assert in_group
    assert kinds["group"] == in_group
    significant = found.network.significant()
    paired = set(significant["first"]) | set(significant["second"])
    assert kinds["partner"] == paired - in_campaign - in_group


def test_a_campaign_is_told_without_those_who_merely_copied_it(monkeypatch: pytest.MonkeyPatch) -> None:
    members = compared().campaigns.members.filter(pl.col("campaign") == 0).drop_nulls("log_rarity")
    members = members.filter(~pl.col("account").is_in(compared().groups["account"].implode()))
    one, other = members["account"][:2]
    copied = JudgedCampaigns(frozenset({0}), {}, frozenset({one}))
    monkeypatch.setattr(collection_evidence, "judged", lambda *_: copied)
    found = CollectionEvidence.of(compared(), None)
    assert found.campaigns.copiers == {one}
    counted = evidence().accounts[other].accounts - 1
    assert {found.accounts[row].accounts for row in (one, other)} == {counted}
    assert f"of the contents of a campaign of {counted} accounts" in found.accounts[one].sentence.say("en")
    without = compared().campaigns.without(found.campaigns.copiers)
    assert set(without.members["account"]) == set(compared().campaigns.members["account"]) - {one}
    assert without.copiers.rows() == [(0, one)]
    assert one not in set(without.pairs["first"]) | set(without.pairs["second"]) | set(
        without.posts()["account"]
    )


def test_members_of_a_strong_campaign_are_told_what_makes_it_strong(monkeypatch: pytest.MonkeyPatch) -> None:
    why = "41 of the 56 accounts change words in the middle of texts"
    rows = compared().campaigns.members.filter(campaign=0).drop_nulls("log_rarity")["account"]
    told = [evidence().accounts[row] for row in rows]
    assert {one.strong for one in told} == {True}
    assert all(why in one.sentence.say("en") for one in told)
    # Of a campaign that nothing more joins, those in a group of their own are told so.
    monkeypatch.setattr(collection_evidence, "judged", lambda *_: JudgedCampaigns(frozenset(), {}))
    found = CollectionEvidence.of(compared(), None)
    in_group = set(compared().groups["account"])
    for row in rows:
        said = found.accounts[row].sentence.say("en")
        assert ("also belongs to a group" in said) is (row in in_group)
        assert ("Activists" in said) is (row not in in_group)


def test_who_published_contents_of_a_strong_campaign_with_one_post_is_told_so() -> None:
    found = compared()
    content = evidence().campaigns.strong and found.campaigns.posts().filter(campaign=0)
    assert isinstance(content, pl.DataFrame)
    thing, post = content.select("object", "post").row(0)
    outside = next(row for row in found.accounts["row"] if row not in set(found.campaigns.members["account"]))
    more = pl.DataFrame(
        [(outside, post, 0, True, thing.split(" ")[0], thing, thing)],
        schema=found.campaigns.contents.schema,
        orient="row",
    )
    campaigns = replace(found.campaigns, contents=pl.concat([found.campaigns.contents, more]))
    told = CollectionEvidence.of(replace(found, campaigns=campaigns), None).beside
    assert (told[outside].count, told[outside].accounts) == (1, 56)
    assert "1 of the contents of a campaign of 56 accounts" in told[outside].sentence.say("en")
    assert outside not in evidence().beside


def test_posts_that_show_it_are_the_accounts_own_within_the_times_told() -> None:
    posts = compared().posts
    times = dict(posts.select("post_id", "created_at").iter_rows())
    owner = dict(posts.select("post_id", "row").iter_rows())
    for row, one in evidence().accounts.items():
        assert 1 <= len(one.post_ids) <= 5
        assert {owner[name] for name in one.post_ids} == {row}
        assert all(one.first.replace(microsecond=0) <= times[name] for name in one.post_ids)
        assert one.rarity >= 0
        assert one.rarity >= 2 or not one.strong


def test_the_table_has_a_row_for_each_account_with_evidence() -> None:
    table = evidence().table()
    told = {row: rest for row, *rest in table.iter_rows()}
    assert table.columns == ["row", "evidence", "evidence_strong", "evidence_rarity"]
    assert told == {row: [one.kind, one.strong, one.rarity] for row, one in evidence().accounts.items()}
    assert NOTHING.table().is_empty()
    assert NOTHING.table().schema == table.schema


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentence_tells_how_many_when_and_with_whom(language: Language) -> None:
    for one in list(evidence().accounts.values())[:40]:
        said = one.sentence.say(language)
        assert written(Period(one.first, one.last), language) in said[:1].lower() + said[1:]
        assert one.partner in said
        assert "{" not in said


@pytest.mark.parametrize(
    ("language", "explained"),
    [
        ("en", "elevated at most: “Accounts of one newsroom”."),
        ("fr", "au plus modéré\u202f: «\u202fLes comptes d’une même rédaction\u202f»."),
    ],
)
def test_the_sentence_says_what_ordinary_explains_a_group(language: Language, explained: str) -> None:
    one = next(one for one in evidence().accounts.values() if one.kind == "group")
    plain = one.sentence.say(language)
    told = replace(one, explanation="newsroom_feed").sentence.say(language)
    assert told.startswith(plain)
    assert told.endswith(explained)


def test_rows_without_evidence_are_told_as_such() -> None:
    found = evidence()
    row, one = next(iter(found.accounts.items()))
    rows = pl.Series([row, 10_000])
    assert found.kinds(rows).tolist() == [one.kind, ""]
    rarity = found.rarity(rows, one.kind)
    assert rarity[0] == one.rarity
    assert np.isnan(rarity[1])
    assert not found.decides(10_000)
    assert one.log_odds == pytest.approx(log_bayes_factor(np.array([one.rarity]))[0])


def test_people_who_share_nothing_show_nothing() -> None:
    made = corpus(organic=30, days=3, seed=5)
    accounts = made.accounts.with_row_index("row")
    keys = ["platform", "account_id"]
    posts = made.posts.join(accounts.select("row", *keys), on=keys).drop(keys)
    assert CollectionEvidence.of(compare(accounts, posts, Limits()), None) is NOTHING


def test_a_kit_is_no_strong_evidence_and_a_flood_is() -> None:
    base = corpus(organic=100, campaigns=[Campaign("crisis_flood", accounts=150)], days=3, seed=1)
    made = flooded(base, "kit", accounts=200, seed=1)
    accounts = made.accounts.with_row_index("row")
    keys = ["platform", "account_id"]
    posts = made.posts.join(accounts.select("row", *keys), on=keys).drop(keys)
    kinds = dict(accounts.join(made.groups.select(*keys, "kind"), on=keys).select("row", "kind").iter_rows())
    whole = compare(accounts, posts, Limits())
    found = CollectionEvidence.of(whole, None)
    by_kind = {
        kind: [
            one.strong
            for row, one in found.accounts.items()
            if kinds.get(row) == kind and one.kind == "campaign"
        ]
        for kind in ("crisis_flood", "kit")
    }
    assert len(by_kind["kit"]) > 100
    assert not any(by_kind["kit"])
    assert sum(by_kind["crisis_flood"]) > 0.9 * len(by_kind["crisis_flood"]) > 0
    # Of the flood alone, posts of a member say more than its closest pair.
    members = whole.campaigns.members.drop_nulls("log_rarity")
    by_pair = dict(members.select("account", "log_rarity").iter_rows())
    raised = {
        kind: [
            one.rarity > by_pair[row]
            for row, one in found.accounts.items()
            if kinds.get(row) == kind and one.kind == "campaign"
        ]
        for kind in by_kind
    }
    assert sum(raised["crisis_flood"]) > 0.5 * len(raised["crisis_flood"])
    assert not any(raised["kit"])


def test_fans_and_a_newsroom_show_their_groups_and_are_no_strong_evidence() -> None:
    made = corpus(
        organic=200, campaigns=[Campaign("mutual_repost", accounts=20, camouflage=0.0)],
        benign=["fans", "newsroom"], days=3, seed=7,
    )  # fmt: skip
    accounts = made.accounts.with_row_index("row")
    keys = ["platform", "account_id"]
    posts = made.posts.join(accounts.select("row", *keys), on=keys).drop(keys)
    kinds = dict(accounts.join(made.groups.select(*keys, "kind"), on=keys).select("row", "kind").iter_rows())
    found = CollectionEvidence.of(compare(accounts, posts, Limits()), None)
    shown = {
        kind: [one.strong for row, one in found.accounts.items() if kinds.get(row) == kind]
        for kind in ("fans", "newsroom", "mutual_repost")
    }
    assert len(shown["fans"]) > 10
    assert len(shown["newsroom"]) > 5
    assert not any(shown["fans"])
    assert not any(shown["newsroom"])
    named = {
        kind: {one.explanation for row, one in found.accounts.items() if kinds.get(row) == kind}
        for kind in shown
    }
    assert named == {"fans": {"fan_club"}, "newsroom": {"newsroom_feed"}, "mutual_repost": {""}}
    assert len(shown["mutual_repost"]) > 10
    assert all(shown["mutual_repost"])


def test_readers_of_a_text_of_the_day_have_evidence_that_an_occasion_explains(
    readers: Callable[..., Comparison],
) -> None:
    found = CollectionEvidence.of(readers(), None)
    assert set(found.accounts) == set(range(12))
    assert {(one.kind, one.strong, one.explanation) for one in found.accounts.values()} == {
        ("campaign", False, "occasion")
    }
    assert "a lesson or a prayer" in found.accounts[0].sentence.say("en")
    tagged = CollectionEvidence.of(readers(tag=" #crisis"), None).accounts
    assert {(one.strong, one.explanation) for one in tagged.values()} == {(False, "one_source")}
    assert "take the same material" in tagged[0].sentence.say("en")
    # Nothing shows the source of a campaign by hand; the occasion was seen.
    assert "A possible explanation" in tagged[0].sentence.say("en")
    assert "An ordinary explanation fits" in found.accounts[0].sentence.say("en")


def test_what_explains_people_explains_pairs_of_them_outside_any_group(
    readers: Callable[..., Comparison],
) -> None:
    def partners(**about: str) -> set[tuple[str, bool, str]]:
        whole = readers(**about)
        nobody = replace(
            whole.campaigns,
            **{name: getattr(whole.campaigns, name).clear() for name in ("pairs", "members", "groups")},
        )
        found = CollectionEvidence.of(replace(whole, groups=whole.groups.clear(), campaigns=nobody), None)
        assert len(found.accounts) == 12
        return {(one.kind, one.strong, one.explanation) for one in found.accounts.values()}

    assert partners() == {("partner", False, "occasion")}
    assert partners(tag=" #crisis") == {("partner", True, "")}


def test_one_person_on_two_networks_has_partners_that_are_explained(
    readers: Callable[..., Comparison],
) -> None:
    whole = readers(tag=" #crisis")
    nobody = replace(
        whole.campaigns,
        **{name: getattr(whole.campaigns, name).clear() for name in ("pairs", "members", "groups")},
    )

    def partners(name: str) -> set[tuple[str, bool, str]]:
        two = whole.network.pairs.filter(pl.col("first").is_in([0, 1]) & pl.col("second").is_in([0, 1]))
        people = whole.accounts.with_columns(
            platform=pl.when(pl.col("row") == 1).then(pl.lit("bluesky")).otherwise("platform"),
            handle=pl.when(pl.col("row") == 0)
            .then(pl.lit("ana_lopes"))
            .when(pl.col("row") == 1)
            .then(pl.lit(name))
            .otherwise("handle"),
        )
        alone = replace(whole.network, pairs=two)
        found = CollectionEvidence.of(
            replace(whole, accounts=people, network=alone, groups=whole.groups.clear(), campaigns=nobody),
            None,
        )
        return {(one.kind, one.strong, one.explanation) for one in found.accounts.values()}

    assert partners("analopes.bsky.social") == {("partner", False, "one_person")}
    assert partners("somebody") == {("partner", True, "")}


def test_a_group_of_a_campaign_of_one_house_is_of_that_house_whatever_joins_it(
    readers: Callable[..., Comparison], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = readers(handle="Pizzona_", description="Your Pizzona in town", tag=" #pizza")
    # Two of three of the group do not say so, but the campaign does.
    silent = pl.col("row") < 2
    people = whole.accounts.with_columns(
        handle=pl.when(silent).then(pl.lit("somebody")).otherwise("handle"),
    )
    few = whole.groups.filter(pl.col("account") < 3)
    monkeypatch.setattr(collection_evidence, "_WORDS", frozenset())
    found = CollectionEvidence.of(replace(whole, accounts=people, groups=few), None)
    assert {(one.strong, one.explanation) for one in found.accounts.values()} == {(False, "organisation")}


def test_that_accounts_were_created_together_goes_after_all_else_that_they_show() -> None:
    found = compared()
    row = next(row for row, one in evidence().accounts.items() if one.kind == "group")
    member = found.campaigns.members.drop_nulls("log_rarity").head(1)
    joined = member.with_columns(
        account=pl.lit(row, pl.Int64), campaign=pl.lit(99, pl.Int64), created_together=pl.lit(value=True)
    )
    post = found.posts.with_row_index("post").filter(pl.col("row") == row)["post"][0]
    more = pl.DataFrame(
        [(account, post, 0, True, "co_url", "co_url page", "co_url page") for account in (row, -1)],
        schema=found.campaigns.contents.schema,
        orient="row",
    )
    campaigns = replace(
        found.campaigns,
        members=pl.concat(
            [found.campaigns.members, joined, joined.with_columns(account=pl.lit(-1, pl.Int64))]
        ),
        contents=pl.concat([found.campaigns.contents, more]),
    )
    shown = CollectionEvidence.of(replace(found, campaigns=campaigns), None).accounts
    assert shown[row].kind == "group"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentence_says_that_accounts_were_created_together(language: Language) -> None:
    one = next(one for one in evidence().accounts.values() if one.kind == "campaign")
    told = replace(one, founded_on="created_together", accounts=77).sentence.say(language)
    assert "77" in told
    assert told != one.sentence.say(language)


def test_an_occasion_explains_no_accounts_that_were_created_months_before() -> None:
    found = compared_links()
    (told,) = {one.created_before for one in CollectionEvidence.of(found, None).accounts.values()}
    assert not told
    earlier = found.accounts.with_columns(pl.col("created_at") - pl.duration(days=200))
    shown = CollectionEvidence.of(replace(found, accounts=earlier), None).accounts
    assert len(shown) == 40
    for one in shown.values():
        assert "months before these posts" in one.sentence.say("en")
        assert "occasion brings" not in one.sentence.say("en")
    unknown = found.accounts.with_columns(created_at=pl.lit(None, schema.TIME))
    missing = CollectionEvidence.of(replace(found, accounts=unknown), None).accounts
    assert all("occasion brings" in one.sentence.say("en") for one in missing.values())
