"""Groups and pairs as typed results: accounts by their own ids, sentences in one language, the proof with post ids.

What ``vigie network`` writes and what the service answers is made here, once. Nothing in it says that an
account is inauthentic: a group is synchronous, and ordinary explanations stand beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace

import polars as pl

from vigie.features.coordination import clock_offsets
from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.report import campaign, judged_campaigns, pair_evidence, sentences
from vigie.features.coordination.report.group import MeasuredGroups
from vigie.features.coordination.report.judged_campaigns import JudgedCampaigns
from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.coordination.report.types import (
    AccountName,
    Companions,
    Counts,
    Group,
    NetworkReport,
    Pair,
    PairStatistics,
    Partner,
    PartnerAction,
    SharedAction,
)
from vigie.features.coordination.traces import ANY
from vigie.features.i18n import Language, Message, message

# Pairs listed with each group, and outside any, the most surprising first; the others are counted.
PAIRS_OF_GROUP, PAIRS_UNGROUPED = 20, 50
# Partners listed with each account, and objects shared with each.
PARTNERS, _OBJECTS = 3, 5

_NAMES = ("platform", "account_id", "handle")
_STATISTICS = tuple(item.name for item in fields(PairStatistics))
_PAIR = ["first", "second"]
_KEY = ["trace", "window", *_PAIR]


def note() -> Message:
    """Return what a group and a score of coordination do not say."""
    return message("coordination.note")


def report(
    compared: Comparison,
    language: Language,
    reference: Reference | None = None,
    judged: JudgedCampaigns | None = None,
) -> NetworkReport:
    """Return what a comparison found, accounts by their own ids.

    A pair of accounts is listed once, with the trace and window of its lowest p-value.

    Args:
        compared: The comparison.
        language: Language of the sentences.
        reference: Ordinary accounts to compare members with where the corpus holds too few others.
        judged: What :func:`vigie.features.coordination.report.judged_campaigns.judged` found before; None: it is asked, which draws
            ordinary lists by the thousand.
    """
    return reports(compared, [language], reference, judged)[language]


def reports(
    compared: Comparison,
    languages: Sequence[Language],
    reference: Reference | None = None,
    judged: JudgedCampaigns | None = None,
    measured: MeasuredGroups | None = None,
) -> dict[Language, NetworkReport]:
    """Return what a comparison found in several languages: measured once, said in each.

    Args:
        compared: As in :func:`report`.
        languages: Languages of the sentences.
        reference: As in :func:`report`.
        judged: As in :func:`report`.
        measured: The groups, as they were measured before; None: they are measured.
    """
    found = judged or judged_campaigns.judged(compared, reference)
    compared = replace(compared, campaigns=compared.campaigns.without(found.copiers))
    network, groups = compared.network, compared.groups
    accounts, posts = compared.accounts, compared.posts
    significant = network.significant()
    people = _people(accounts)
    strongest = _strongest(significant, groups)
    most = pl.when(pl.col("group").is_null()).then(PAIRS_UNGROUPED).otherwise(PAIRS_OF_GROUP)
    shown = strongest.filter(pl.int_range(pl.len()).over("group") < most)
    listed: dict[int | None, list[Pair]] = {}
    evidence = pair_evidence.shared(network, posts, shown)
    for group, pair in zip(shown["group"], _pairs(shown, evidence, posts, people), strict=True):
        listed.setdefault(group, []).append(pair)
    total = dict(strongest.group_by("group").len().iter_rows())
    ungrouped = listed.get(None, [])
    counts = Counts(
        accounts=accounts.height,
        posts=int(posts["created_at"].is_not_null().sum()),
        pairs=network.pairs.select(_PAIR).unique().height,
        pairs_beyond_chance=strongest.height,
    )
    notes = (*network.notes, *compared.campaigns.notes, *clock_offsets.notes(network.events, accounts))

    held = measured or MeasuredGroups.of(groups, significant, accounts, posts, network.events)
    described = held.describe_in(languages, reference)
    campaigns = campaign.describe_in(compared, found, languages, reference)
    return {
        language: NetworkReport(
            campaigns=campaigns[language],
            groups=[
                Group(
                    **{item.name: getattr(group, item.name) for item in fields(group)},
                    pairs=listed.get(group.group, []),
                    pairs_left_out=total.get(group.group, 0) - len(listed.get(group.group, [])),
                )
                for group in described[language]
            ],
            ungrouped=ungrouped,
            ungrouped_left_out=total.get(None, 0) - len(ungrouped),
            counts=counts,
            notes=[each.say(language) for each in notes],
        )
        for language in languages
    }


def companions(compared: Comparison, language: Language) -> dict[int, Companions]:
    """Return, by row of the account, its campaign, its group and the partners of its most significant pairs.

    Args:
        compared: The comparison.
        language: Language of the sentences.

    Returns:
        Accounts with a significant pair or in a campaign; of each at most :data:`PARTNERS` partners.
    """
    return companions_in(compared, [language])[language]


def companions_in(
    compared: Comparison, languages: Sequence[Language]
) -> dict[Language, dict[int, Companions]]:
    """Return what :func:`companions` returns in several languages: found once, said in each."""
    network, groups = compared.network, compared.groups
    accounts, posts = compared.accounts, compared.posts
    strongest = _strongest(network.significant(), groups)
    sides = pl.concat(
        strongest.lazy().with_columns(account=pl.col(own), partner=pl.col(other))
        for own, other in (_PAIR, _PAIR[::-1])
    ).sort("account", "p", "partner", maintain_order=True)
    place = pl.int_range(pl.len()).over("account")
    kept = (
        sides.with_columns(total=pl.len().over("account"))
        .filter(place < PARTNERS)
        .collect(engine="in-memory")
    )
    shown = kept.select(strongest.columns).unique(_PAIR, keep="first", maintain_order=True)
    people = _people(accounts)
    evidence = pair_evidence.shared(network, posts, shown, most=_OBJECTS)
    both = shown.select(_PAIR).iter_rows()
    pairs = dict(zip(both, _pairs(shown, evidence, posts, people), strict=True))
    home = dict(groups.select("account", "group").iter_rows())
    total = dict(kept.select("account", "total").iter_rows())
    partners: dict[int, list[tuple[Pair, bool]]] = {}
    for row in kept.iter_rows(named=True):
        pair = pairs[row["first"], row["second"]]
        partners.setdefault(row["account"], []).append((pair, row["account"] == row["first"]))
    campaigns = dict(compared.campaigns.members.select("account", "campaign").iter_rows())
    return {
        language: {
            account: Companions(
                campaigns.get(account),
                home.get(account),
                [
                    _from_one_side(pair, is_first=is_first, language=language)
                    for pair, is_first in partners.get(account, ())
                ],
                total.get(account, 0) - len(partners.get(account, ())),
            )
            for account in dict.fromkeys([*partners, *campaigns])
        }
        for language in languages
    }


def _from_one_side(pair: Pair, *, is_first: bool, language: Language) -> Partner:
    """Return a pair as one of its accounts sees it."""
    partner = pair.second if is_first else pair.first
    leads, follows = pair.first_leads, pair.second_leads
    actions = [
        (one.first_post_id, one.first_time, one.second_post_id, one.second_time) for one in pair.shared
    ]
    return Partner(
        **{name: getattr(pair, name) for name in _STATISTICS},
        partner=partner,
        sentence=sentences.partner(partner.shown, pair).say(language),
        leads=leads if is_first else follows,
        follows=follows if is_first else leads,
        shared=[
            PartnerAction(
                one.trace, one.object, one.kind, one.accounts, *(ids if is_first else ids[2:] + ids[:2])
            )
            for one, ids in zip(pair.shared, actions, strict=True)
        ],
    )


def _people(accounts: pl.DataFrame) -> dict[int, AccountName]:
    """Return the names of each account by its row."""
    names = accounts.select(_NAMES).iter_rows()
    return dict(zip(accounts["row"].to_list(), (AccountName(*name) for name in names), strict=True))


def _strongest(significant: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return each pair of accounts where it is most surprising, with the ``group`` that holds both or null."""
    home = groups.lazy().select("account", "group")
    return (
        # Of equals, a trace of its own says more than all groups.
        significant.lazy()
        .sort("p", -pl.col("objects"), pl.col("trace") == ANY, *_KEY)
        .unique(_PAIR, keep="first", maintain_order=True)
        .join(home.rename({"account": "first"}), on="first", how="left", maintain_order="left")
        .join(
            home.rename({"account": "second", "group": "other"}),
            on="second",
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.when(pl.col("group") == pl.col("other")).then("group").alias("group"))
        .collect(engine="in-memory")
    )


def _pairs(
    shown: pl.DataFrame, evidence: pl.DataFrame, posts: pl.DataFrame, people: dict[int, AccountName]
) -> Iterator[Pair]:
    """Yield each pair of a table, in order, with what both shared."""
    actions = evidence.with_columns(
        *(
            pl.from_epoch(f"{side}_time", "s").dt.replace_time_zone("UTC").alias(f"{side}_time")
            for side in _PAIR
        ),
        *(posts["post_id"].gather(evidence[f"{side}_post"]).alias(f"{side}_post_id") for side in _PAIR),
    ).select(
        *_KEY, "object_trace", "object", "kind", "accounts", "first_post_id", "first_time", "second_post_id",
        "second_time",
    )  # fmt: skip
    shared: dict[tuple[str, int, int, int], list[SharedAction]] = {}
    for trace, window, first, second, *values in actions.iter_rows():
        shared.setdefault((trace, window, first, second), []).append(SharedAction(*values))
    for row in shown.iter_rows(named=True):
        ahead = row["first_leads"] - row["second_leads"]
        yield Pair(
            **{name: row[name] for name in _STATISTICS},
            first=people[row["first"]],
            second=people[row["second"]],
            first_leads=row["first_leads"],
            second_leads=row["second_leads"],
            leads="first" if ahead > 0 else "second" if ahead < 0 else None,
            shared=shared.get((row["trace"], row["window"], row["first"], row["second"]), []),
        )
