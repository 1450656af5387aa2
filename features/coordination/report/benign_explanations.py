"""Ordinary explanations of a group, each with what speaks for and against it: never left out of a description."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from vigie.features.coordination import traces
from vigie.features.coordination.report import display_text, one_source, profile_traits, unknown_authors
from vigie.features.coordination.report.applications import SharedPosts
from vigie.features.coordination.report.avowed_members import AvowedMembers
from vigie.features.coordination.report.branches import Branches
from vigie.features.coordination.report.group_metrics import ALPHA_HOMOGENEITY, GroupMetrics
from vigie.features.coordination.report.occasions import Occasion
from vigie.features.coordination.report.one_occasion import OneOccasion
from vigie.features.coordination.report.open_community import OpenCommunity
from vigie.features.coordination.report.signatures import Signature
from vigie.features.coordination.report.syndication import Syndication
from vigie.features.coordination.report.types import SharedTrait
from vigie.features.i18n import Decimal, Duration, Frequency, Listing, Message, Percent, message

_LINKS = {"co_url", "rare_domain"}
_COPIES = {"text_duplicate", "text_meaning", "media_duplicate"}
# Traces of groups that publish what one site does.
OF_A_FEED = frozenset({*_LINKS, *_COPIES, traces.ANY})
_MATERIAL = _COPIES | {"hashtag_sequence", "rare_hashtag"}
# Members that share a trait of the profile, and more than all others who do, before it speaks against strangers.
_LEAST_SHARING = 3
# Share of a group's posts in six hours from which an event may have brought it together.
_BUSY = 0.5
# Share of a group's links to one site, and of its handles with one word, of accounts that are openly one newsroom.
ONE_SITE, COMMON_WORD = 0.9, 0.5
# Share of the pairs that waiting for the same authors does not explain, below which members do no more.
_WAITING = 0.5
# Share of the members who say that they are automated, from which the group says so.
DECLARED = 0.5
# Share of the handles with one word, and of the biographies that hold it, from which accounts say that they are of one house.
OPEN_HANDLES, OPEN_BIOGRAPHIES = 0.8, 0.5

# Names of the explanations by which accounts have what they share from elsewhere, see :func:`of_given_contents`.
GIVEN = ("application", "occasion", "live_event", "syndication", "one_occasion")
# Name of the explanation where nothing tells a crowd from a campaign, see :func:`of_one_source`.
ONE_SOURCE = "one_source"
# Name of the explanation of accounts that repost posts by unknown authors.
UNKNOWN_AUTHORS = "unknown_authors"
# Name of the explanation of accounts that wait for the same authors, see :func:`follow_the_same`.
FOLLOWERS = "followers"
# Name of the explanation of accounts that joined a platform together and say who they are, see :func:`of_open_community`.
OPEN_COMMUNITY = "open_community"
# Name of the explanation of accounts that say in their biographies what they are members of, see :func:`of_avowed_members`.
MEMBERS = "members"
# Name of what explains a member of a campaign that merely copied it, see :mod:`vigie.features.coordination.report.copiers`.
COPIER = "copier"

_Evidence = tuple[list[Message], list[Message]]


@dataclass(frozen=True)
class Explanation:
    """An ordinary explanation.

    Attributes:
        name: Its name.
        title: Who the accounts would be.
        supporting: What speaks for it.
        opposing: What speaks against it.
    """

    name: str
    title: Message
    supporting: list[Message]
    opposing: list[Message]


def considered(metrics: GroupMetrics) -> tuple[list[Explanation], list[str]]:
    """Return the explanations that something speaks for, and the names of the others that were considered."""
    rules: dict[str, Callable[[GroupMetrics], _Evidence]] = {
        "fan_club": _fan_club,
        UNKNOWN_AUTHORS: lambda metrics: _unknown_authors(metrics.unattributed),
        FOLLOWERS: _followers,
        "newsroom_feed": _newsroom_feed,
        "organisation": lambda metrics: organisation(metrics.token, metrics.named, metrics.branches),
        "live_event": _live_event,
        "activists": _activists,
        "declared_bots": _declared_bots,
        "application": lambda metrics: _application(metrics.shared, metrics.signature),
        "occasion": lambda metrics: _occasion(metrics.occasion),
        "syndication": lambda metrics: _syndication(metrics.syndication),
        "one_occasion": lambda metrics: _one_occasion(metrics.one_occasion),
        ONE_SOURCE: lambda metrics: of_one_source(metrics.referred, metrics.one_occasion),
        "one_person": lambda metrics: one_person(metrics.one_name),
    }
    plausible: list[Explanation] = []
    others: list[str] = []
    for name, rule in rules.items():
        supporting, opposing = rule(metrics)
        if supporting:
            against = [
                *opposing,
                *unlike_strangers(
                    metrics.creation, metrics.handle, metrics.bio, metrics.profile, metrics.size
                ),
            ]
            plausible.append(Explanation(name, Message(f"coordination.benign.{name}"), supporting, against))
        else:
            others.append(name)
    return plausible, others


def of_given_contents(
    shared: SharedPosts | None,
    occasion: Occasion | None,
    syndication: Syndication | None = None,
    one_occasion: OneOccasion | None = None,
    signature: Signature | None = None,
) -> dict[str, tuple[list[Message], list[Message]]]:
    """Return the explanations by which accounts have what they share from elsewhere, with what speaks for and against each.

    Args:
        shared: Where the posts lead that the accounts share.
        occasion: When they published what they share, and with what.
        syndication: Where the posts of each lead.
        one_occasion: Whether what they share is of one occasion.
        signature: Which client published it.
    """
    found = (
        _application(shared, signature),
        _occasion(occasion),
        _words_of_an_event(occasion),
        _syndication(syndication),
        _one_occasion(one_occasion),
    )
    return {name: evidence for name, evidence in zip(GIVEN, found, strict=True) if evidence[0]}


def of_one_source(referred: float, one: OneOccasion | None) -> _Evidence:
    """Return what speaks for and against people who take the same things from one source.

    Args:
        referred: Share of the pairs of the accounts that only the rates of ordinary collections do not explain.
        one: When they published what they share; None where they share nothing at the same moments.
    """
    if referred <= one_source.MOSTLY or not (one is None or one.is_slow):
        return [], []
    return [message("coordination.one_source.no_closer")], [
        message("coordination.one_source.looks_like_a_campaign")
    ]


def of_open_community(community: OpenCommunity) -> _Evidence:
    """Return what speaks for and against a community that joined together and says who it is."""
    supporting = [
        message("coordination.open_community.named", share=Percent(community.named), word=community.word)
    ]
    if community.speaks_to_itself:
        supporting += [
            message("coordination.open_community.inward", share=Percent(community.inward)),
            message("coordination.open_community.own_words", share=Percent(community.own_words)),
        ]
    if community.is_convened:
        supporting += [
            message("coordination.open_community.signed", share=Percent(community.signed)),
            message(
                "coordination.open_community.joined",
                count=len(community.joined),
                accounts=community.accounts,
            ),
        ]
    return supporting, [message("coordination.open_community.looks_like_a_campaign")]


def of_avowed_members(members: AvowedMembers) -> _Evidence:
    """Return what speaks for and against members of one body, trade or movement that they name."""
    supporting = [
        message("coordination.members.named", share=Percent(members.named), words=Listing(members.words)),
        message("coordination.members.lives", share=Percent(members.others)),
    ]
    if members.days is not None:
        days = message("group_test.days", count=members.days)
        supporting.append(message("coordination.members.apart", days=days))
    return supporting, [message("coordination.members.looks_like_a_campaign")]


def is_open_about_one_house(
    token: tuple[str, float] | None, named: float | None, branches: Branches | None
) -> bool:
    """Return whether accounts say in their handles and biographies that they belong together.

    Args:
        token: The word that most handles share, and the share of the handles.
        named: Share of the biographies that hold it.
        branches: What they say of the branches of a body that they are.
    """
    return _is_one_word(token, named) or _are_branches(branches)


def _is_one_word(token: tuple[str, float] | None, named: float | None) -> bool:
    """Return whether most handles hold one word, and biographies hold it too."""
    return token is not None and token[1] >= OPEN_HANDLES and named is not None and named >= OPEN_BIOGRAPHIES


def _are_branches(branches: Branches | None) -> bool:
    """Return whether accounts name the branches of a body that they are."""
    return branches is not None and branches.named >= OPEN_BIOGRAPHIES


def unlike_strangers(
    creation: float | None,
    handle: float | None,
    bio: float | None,
    profile: Mapping[str, SharedTrait],
    size: int,
) -> Iterator[Message]:
    """Yield what speaks against any gathering of unrelated people.

    Args:
        creation: p of the creation-date scan; None where not tested.
        handle: p of the shapes of handles.
        bio: p of the empty biographies.
        profile: What the accounts share before they act.
        size: How many they are.
    """
    tests = {
        "coordination.homogeneous.creation": creation,
        "coordination.homogeneous.handles": handle,
        "coordination.homogeneous.biographies": bio,
    }
    for key, p in tests.items():
        if p is not None and p < ALPHA_HOMOGENEITY:
            yield Message(key, {"often": Frequency(p, "draws")})
    for name, trait in profile.items():
        sharing, outside = trait.sharing or 0, trait.outside or 0
        if sharing >= max(_LEAST_SHARING, outside + 1):
            whose = "_outside" if outside else "_all" if sharing == size else ""
            yield Message(
                f"coordination.trait_shared{whose}",
                {
                    "sharing": sharing, "size": size, "did": profile_traits.did(name),
                    "object": profile_traits.shown(name, trait.object or ""), "outside": outside,
                },
            )  # fmt: skip


def _fan_club(metrics: GroupMetrics) -> _Evidence:
    supporting, opposing = [], []
    if metrics.one_author:
        supporting.append(message("coordination.fans.one_author"))
    if metrics.author_share is not None and metrics.author_share < 0.5:
        supporting.append(message("coordination.fans.explained", share=Percent(1 - metrics.author_share)))
    if metrics.authors is not None and metrics.authors >= 3 and not metrics.one_author:
        opposing.append(message("coordination.fans.several_authors", authors=metrics.authors))
    if metrics.layers & _COPIES:
        opposing.append(message("coordination.copies"))
    return supporting, opposing


def _unknown_authors(unattributed: float) -> _Evidence:
    if unattributed <= unknown_authors.MOSTLY:
        return [], []
    return [message("coordination.unknown_authors.reposts", share=Percent(unattributed))], []


def follow_the_same(metrics: GroupMetrics) -> bool:
    """Return whether members meet, by all that they do together and by nothing alone, as often as followers of the same authors do."""
    waits = metrics.author_share is not None and metrics.author_share < _WAITING
    return metrics.layers == {traces.ANY} and waits and not metrics.author_significant


def _followers(metrics: GroupMetrics) -> _Evidence:
    if metrics.author_share is None or not follow_the_same(metrics):
        return [], []
    share = Percent(1 - metrics.author_share)
    return [message("coordination.fans.explained", share=share)], []


def _newsroom_feed(metrics: GroupMetrics) -> _Evidence:
    supporting, opposing = [], []
    one_site = metrics.site_share is not None and metrics.site_share >= ONE_SITE
    if one_site and metrics.site_share is not None:
        supporting.append(message("coordination.newsroom.one_site", share=Percent(metrics.site_share)))
    if (
        metrics.token is not None
        and metrics.token[1] >= COMMON_WORD
        and (one_site or metrics.layers & _LINKS)
    ):
        word, share = metrics.token
        supporting.append(message("coordination.newsroom.common_word", share=Percent(share), word=word))
    elif supporting:
        unsaid = "unknown" if metrics.nameless else "no_common_word"
        opposing.append(message(f"coordination.newsroom.{unsaid}"))
    if metrics.site_share is not None and metrics.site_share < 0.5:
        opposing.append(message("coordination.newsroom.many_sites"))
    return supporting, opposing


def _live_event(metrics: GroupMetrics) -> _Evidence:
    supporting, opposing = [], []
    if metrics.days <= 1:
        supporting.append(message("coordination.event.one_day"))
    if metrics.busy_share is not None and metrics.busy_share >= _BUSY:
        supporting.append(message("coordination.event.six_hours", share=Percent(metrics.busy_share)))
    repeated, _ = _words_of_an_event(metrics.occasion)
    if supporting:
        supporting.extend([*repeated, *_created_apart(metrics)])
        if metrics.layers & _COPIES and not repeated:
            opposing.append(message("coordination.copies"))
    return supporting, opposing


def _words_of_an_event(occasion: Occasion | None) -> _Evidence:
    if occasion is None or not occasion.is_live or occasion.pace is None:
        return [], []
    return [
        message("coordination.event.in_turn", count=occasion.texts, pace=Duration(occasion.pace)),
        message("coordination.application.aside", share=Percent(occasion.part)),
    ], []


def _created_apart(metrics: GroupMetrics) -> list[Message]:
    if metrics.creation is None or metrics.creation < 0.05:
        return []
    return [message("coordination.created_apart")]


def _activists(metrics: GroupMetrics) -> _Evidence:
    if not metrics.layers & _MATERIAL:
        return [], []
    opposing = [message("coordination.activists.within_minute")] if metrics.shortest <= traces.MINUTE else []
    return [message("coordination.activists.material"), *_created_apart(metrics)], opposing


def _declared_bots(metrics: GroupMetrics) -> _Evidence:
    if not metrics.declared:
        return [], []
    supporting = [message("coordination.bots.declared", share=Percent(metrics.declared))]
    return supporting, [] if metrics.declared >= DECLARED else [message("coordination.bots.most_silent")]


def organisation(
    token: tuple[str, float] | None, named: float | None, branches: Branches | None
) -> _Evidence:
    """Return what speaks for and against accounts of one house; arguments as :func:`is_open_about_one_house`."""
    supporting = []
    if token is not None and named is not None and _is_one_word(token, named):
        word, share = token
        supporting = [
            message("coordination.newsroom.common_word", share=Percent(share), word=word),
            message("coordination.organisation.biographies", share=Percent(named), word=word),
        ]
    if branches is not None and _are_branches(branches):
        words = Listing(branches.words)
        supporting += [
            message("coordination.organisation.handles", share=Percent(branches.share), words=words),
            message("coordination.organisation.branches", share=Percent(branches.named)),
        ]
    return supporting, []


def one_person(name: str | None) -> _Evidence:
    """Return what speaks for one person on several networks; argument as :func:`.one_person.one_name` returns it."""
    return ([] if name is None else [message("coordination.one_person.one_name", name=name)]), []


def _application(shared: SharedPosts | None, signature: Signature | None) -> _Evidence:
    if shared is not None and shared.are_of_an_application:
        site = display_text.plain_name(shared.site)
        return [
            message("coordination.application.one_site", share=Percent(shared.share), site=site),
            message("coordination.application.aside", share=Percent(shared.part)),
        ], []
    if signature is None or not signature.is_of_an_application:
        return [], []
    client = display_text.plain_name(signature.client)
    supporting = [
        message("coordination.application.one_client", share=Percent(signature.share), client=client)
    ]
    if signature.is_named:
        supporting.append(message("coordination.application.named", share=Percent(signature.named)))
    else:
        supporting += [
            message("coordination.one_occasion.of_the_day", share=Percent(signature.occasion.dated)),
            message("coordination.application.aside", share=Percent(signature.occasion.part)),
        ]
    return supporting, [message("coordination.application.looks_like_a_campaign")]


def _occasion(occasion: Occasion | None) -> _Evidence:
    if occasion is None:
        return [], []
    if occasion.is_routine:
        when = message(
            "coordination.occasion.routine",
            share=Percent(occasion.at_hours),
            days=Decimal(occasion.days, 0),
        )
    elif occasion.is_one_sitting:
        when = message("coordination.occasion.sitting", share=Percent(occasion.sitting))
    elif occasion.is_appointed:
        when = message("coordination.occasion.fixed_hours", share=Percent(occasion.fixed_hours))
    else:
        return [], []
    aside = message("coordination.application.aside", share=Percent(occasion.part))
    if occasion.is_words_alone:
        return [message("coordination.occasion.words_alone"), when, aside], []
    life = message("coordination.occasion.other_hours", share=Percent(occasion.outside))
    return [message("coordination.occasion.one_addressee"), when, aside, life], []


def _syndication(syndication: Syndication | None) -> _Evidence:
    if syndication is None or not syndication.is_of_an_agency:
        return [], []
    if not syndication.is_on_sites:
        named = message("coordination.syndication.named", share=Percent(syndication.named))
        return [named], [message("coordination.syndication.invented_places")]
    supporting = [
        message("coordination.syndication.home", share=Percent(syndication.home)),
        message("coordination.syndication.apart", share=Percent(syndication.apart)),
    ]
    return supporting, [message("coordination.syndication.invented_sites")]


def _one_occasion(one: OneOccasion | None) -> _Evidence:
    if one is None or not one.is_all:
        return [], []
    occasion = one.occasion
    if one.is_short:
        when = message("coordination.occasion.sitting", share=Percent(occasion.sitting))
    elif one.is_one_day:
        when = message("coordination.one_occasion.one_day", share=Percent(one.waking))
    elif one.is_repeated:
        when = message("coordination.occasion.fixed_hours", share=Percent(occasion.fixed_hours))
    else:
        when = message(
            "coordination.occasion.routine",
            share=Percent(occasion.at_hours),
            days=Decimal(occasion.days, 0),
        )
    supporting = [message("coordination.one_occasion.aimed", share=Percent(one.aimed)), when]
    if occasion.is_of_the_day:
        supporting += [
            message(
                "coordination.one_occasion.of_the_day"
                if occasion.kept is None
                else "coordination.one_occasion.at_each_hour",
                share=Percent(occasion.dated),
            ),
            message("coordination.occasion.other_hours", share=Percent(occasion.outside)),
        ]
    if one.is_in_turn and occasion.pace is not None:
        supporting.append(
            message("coordination.event.in_turn", count=occasion.texts, pace=Duration(occasion.pace))
        )
    return supporting, [message("coordination.one_occasion.looks_like_a_campaign")]
