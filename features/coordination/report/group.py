"""A group in metrics and in words: who did what with whom, and what else would explain it.

Nothing here says that a group is inauthentic. Its verdict is ``synchronous`` or ``strong``; ``strong`` asks for
several objects, several days, several traces or unusually homogeneous profiles, and pairs that remain significant
where both accounts wait for the same authors. What speaks for and against ordinary explanations is listed with
every group.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from vigie.features.coordination import communities
from vigie.features.coordination.detector import ALPHA, SEVERAL_AUTHORS
from vigie.features.coordination.report import (
    audience,
    benign_explanations,
    branches,
    common_word,
    display_text,
    given_contents,
    group_metrics,
    one_person,
    one_source,
    profile_tests,
    profile_traits,
    sentences,
    shared_posts,
    unknown_authors,
)
from vigie.features.coordination.report.audience import Surroundings
from vigie.features.coordination.report.group_metrics import ALPHA_HOMOGENEITY, Acted, GroupMetrics
from vigie.features.coordination.report.profile_tests import Profiles, ProfileTests, Reference
from vigie.features.coordination.report.types import (
    Alternative,
    Audience,
    GroupDescription,
    Layer,
    Leader,
    Member,
    SharedTrait,
)
from vigie.features.group_test.report import LEAST_EXCESS, LEAST_SHAPED
from vigie.features.i18n import Language
from vigie.features.schema import TIME
from vigie.features.similarity import url_canonical

# Objects, days and traces that a strong group has at least.
LEAST_OBJECTS, LEAST_DAYS, LEAST_LAYERS = 3, 2, 2

# Share of empty biographies beyond which they tell something beside ordinary accounts of elsewhere.
_MOSTLY = 0.5
# Leaders named in the sentence.
_NAMED = 3
_NAMES = ("platform", "account_id", "handle")


def describe(
    groups: pl.DataFrame,
    pairs: pl.DataFrame,
    accounts: pl.DataFrame,
    posts: pl.DataFrame | None,
    language: Language,
    reference: Reference | None = None,
    events: pl.DataFrame | None = None,
) -> list[GroupDescription]:
    """Return what is known of every group, the strongest first. What could not be computed is None.

    Args:
        groups: What :func:`vigie.features.coordination.communities.detect_groups` returned.
        pairs: The significant pairs of all traces and windows.
        accounts: Contract columns and ``row``; members are compared with those outside their group.
        posts: Contract columns and ``row`` of the author; None where there are none.
        language: Language of the sentences.
        reference: Ordinary accounts to compare with where the corpus holds too few others.
        events: The actions that the pairs were counted from; None: when the accounts acted together is not told, nor whether
            an application publishes for them.
    """
    return MeasuredGroups.of(groups, pairs, accounts, posts, events).describe(language, reference)


@dataclass(frozen=True)
class MeasuredGroups:
    """The groups of a comparison, measured once for all that is told of them.

    Attributes:
        each: The groups, the strongest first.
        groups: ``account``, ``group``.
        people: What :func:`people_of` returned.
        accounts: Contract columns and ``row``.
        posts: Contract columns and ``row`` of the author; None where there are none.
        events: The actions that the pairs were counted from; None: not known.
    """

    each: tuple[_Measured, ...]
    groups: pl.DataFrame
    people: pl.DataFrame
    accounts: pl.DataFrame
    posts: pl.DataFrame | None
    events: pl.DataFrame | None

    @classmethod
    def of(
        cls,
        groups: pl.DataFrame,
        pairs: pl.DataFrame,
        accounts: pl.DataFrame,
        posts: pl.DataFrame | None,
        events: pl.DataFrame | None = None,
    ) -> MeasuredGroups:
        """Return groups that were measured; arguments as :func:`describe`."""
        people = people_of(accounts, groups)
        each = () if groups.is_empty() else tuple(_measured(groups, pairs, people, posts, events))
        return cls(each, groups, people, accounts, posts, events)

    def openly_explained(self, reference: Reference | None = None) -> dict[int, str]:
        """Return the groups that something ordinary explains which their accounts do not hide, with its name.

        They are one person on several platforms; or they wait for one author or two, as fans do; or they share the links of one
        site and name it in their handles, or no profile is known; or they say that they are of one house, or automated; or an
        application, an agency, an occasion, an event or whatever other source gives them what they share, or it is not known
        whose posts they repost, and their profiles are as unlike as those of others.

        Args:
            reference: Ordinary accounts to compare with where the corpus holds too few others.
        """
        named = {each.number: _open_explanation(each.metrics) for each in self.each}
        profiles = self._profiles(reference)
        for each in self.each:
            given = _given(each.metrics)
            if named[each.number] is None and given is not None:
                named[each.number] = None if _are_alike(profiles(each.number), each.metrics.size) else given
        return {number: name for number, name in named.items() if name is not None}

    def describe(self, language: Language, reference: Reference | None = None) -> list[GroupDescription]:
        """Return what is known of every group, the strongest first; arguments as :func:`describe`."""
        return self.describe_in([language], reference)[language]

    def describe_in(
        self, languages: Sequence[Language], reference: Reference | None = None
    ) -> dict[Language, list[GroupDescription]]:
        """Return what is known of every group in several languages, as :meth:`describe` returns it in one."""
        described: dict[Language, list[GroupDescription]] = {language: [] for language in languages}
        if not self.each:
            return described
        profiles = self._profiles(reference)
        traits = profile_traits.shared(self.accounts, self.groups, self.posts)
        linked, seen = (
            pl.concat(tables) for tables in zip(*((one.linked, one.seen) for one in self.each), strict=True)
        )
        layers, acted = group_metrics.layers(linked, seen), group_metrics.acted(linked, seen)
        positions = group_metrics.positions(self.people.drop_nulls("group"), linked)
        placed = _by_group(positions)
        leads, relays = (_by_group(some) for some in group_metrics.leaders(positions))
        joined = dict(linked.group_by("group").agg(pl.struct("first", "second").n_unique()).iter_rows())
        periods: dict[int, tuple[datetime, datetime]] = {}
        if self.events is not None:
            home = self.groups.select("account", "group")
            periods = group_metrics.periods(seen, self.events.join(home, on="account"))
        reached = self._audiences()
        for one in self.each:
            told = _described(
                one,
                placed[one.number],
                leads.get(one.number, positions.clear()),
                relays.get(one.number, positions.clear()),
                joined.get(one.number, 0),
                acted[one.number],
                layers.get(one.number, {}),
                profiles(one.number),
                traits[one.number],
                periods.get(one.number),
                Audience(None, None, None, None)
                if one.posts is None
                else reached.get(one.number, audience.NO_POST),
                languages,
            )
            for language, description in told.items():
                described[language].append(description)
        return described

    def _audiences(self) -> dict[int, Audience]:
        """Return what the own posts of each group reached; groups without any are left out."""
        written = [one.posts for one in self.each if one.posts is not None]
        if self.posts is None or not written:
            return {}
        posts = pl.concat(written)
        if "target_post_id" in posts.columns:
            reactions = audience.reactions(self.posts, self.groups)
            posts = posts.join(reactions, on="post_id", how="left", maintain_order="left")
        return audience.by_group(posts, Surroundings.of(self.accounts, self.posts, self.groups["account"]))

    def _profiles(self, reference: Reference | None) -> Callable[[int], ProfileTests]:
        """Return what tells of a group how much more alike its members are than other accounts."""
        profiles, home = Profiles(self.people, reference), self.people["group"].fill_null(-1).to_numpy()
        return lambda number: profiles.tested(home == number)


def _are_alike(tests: ProfileTests, size: int) -> bool:
    """Return whether profiles are more alike than those of others, in as many accounts as campaigns ask of a trait.

    How many biographies are empty differs by country, so beside ordinary accounts of elsewhere most must be.
    """
    creation, handles, bios = tests.creation, tests.handles, tests.bios
    shaped = (handles.count or 0) / size
    in_series = shaped >= LEAST_SHAPED and profile_tests.is_series(handles.shape, shaped, handles.reference)
    empty = bios.empty_share or 0.0
    silent = empty - (bios.empty_share_others or 0.0) >= LEAST_EXCESS
    silent = silent and (bios.reference == "corpus" or empty > _MOSTLY)
    together = creation.within_31_days >= LEAST_EXCESS * size
    ps = (creation.p if together else None, handles.p if in_series else None, bios.p if silent else None)
    return any(p is not None and p < ALPHA_HOMOGENEITY for p in ps)


def _open_explanation(metrics: GroupMetrics) -> str | None:
    """Return the name of the ordinary explanation that the accounts do not hide; profiles are not asked."""
    if metrics.one_name is not None:
        return "one_person"
    few = metrics.authors is not None and metrics.authors < SEVERAL_AUTHORS
    if metrics.one_author or (few and not metrics.author_significant):
        return "fan_club"
    if metrics.declared is not None and metrics.declared >= benign_explanations.DECLARED:
        return "declared_bots"
    if _is_one_newsroom(metrics):
        return "newsroom_feed"
    return "organisation" if _is_one_house(metrics) else None


def _is_one_house(metrics: GroupMetrics) -> bool:
    """Return whether the members say that they belong together."""
    return benign_explanations.is_open_about_one_house(metrics.token, metrics.named, metrics.branches)


def _given(metrics: GroupMetrics) -> str | None:
    """Return the name of the explanation by which the members have from elsewhere what they share."""
    found = benign_explanations.of_given_contents(
        metrics.shared, metrics.occasion, metrics.syndication, metrics.one_occasion, metrics.signature
    )
    alike, _ = benign_explanations.of_one_source(metrics.referred, metrics.one_occasion)
    if found or alike:
        return next(iter(found), benign_explanations.ONE_SOURCE)
    if metrics.unattributed > unknown_authors.MOSTLY:
        return benign_explanations.UNKNOWN_AUTHORS
    return benign_explanations.FOLLOWERS if benign_explanations.follow_the_same(metrics) else None


def _measured(
    groups: pl.DataFrame,
    pairs: pl.DataFrame,
    people: pl.DataFrame,
    posts: pl.DataFrame | None,
    events: pl.DataFrame | None,
) -> Iterator[_Measured]:
    """Yield each group with what it is described by, the strongest first; people as :func:`people_of` returned them."""
    linked = communities.edges(pairs).with_columns(
        # Objects that are referred to a baseline have no author to wait for.
        author_holds=(pl.col("p_author_corrected") < ALPHA) | (pl.col("decided_by") == "reference"),
        percentile=100 * pl.col("weight").rank("max") / pl.len(),
    )
    published = None if posts is None else _published(posts, groups)
    home = groups.lazy().select("account", "group")
    inside = (
        linked.lazy()
        .join(home.rename({"account": "first"}), on="first")
        .join(home.rename({"account": "second", "group": "other"}), on="second")
        .filter(pl.col("group") == pl.col("other"))
        .collect()
    )
    seen = pairs.join(
        inside.select("trace", "first", "second", "group"), on=["trace", "first", "second"], how="inner"
    )
    contents = (
        {}
        if published is None or events is None
        else given_contents.by_group(published, _acts(events, seen, home), people)
    )
    words, bodies = common_word.by_group(people), branches.by_group(people)
    referred = one_source.referred(inside)
    members, own, tested = (_by_group(table) for table in (people, inside, seen))
    written = None if published is None else _by_group(published)
    acted = group_metrics.by_group(people.drop_nulls("group"), inside, seen, published)
    reposting = [
        number
        for number, each in acted.items()
        if each.authors is None and unknown_authors.may_wait(each.layers, each.days)
    ]
    unattributed = (
        unknown_authors.by_group(events, groups.filter(pl.col("group").is_in(reposting)))
        if reposting and events is not None
        else {}
    )
    for number, stability in groups.select("group", "stability").unique().sort("group").iter_rows():
        given, word = contents.get(number, given_contents.NOTHING), words.get(number)
        yield _Measured(
            number=number,
            stability=stability,
            members=members[number],
            linked=own.get(number, inside.clear()),
            seen=tested.get(number, seen.clear()),
            posts=None if published is None or written is None else written.get(number, published.clear()),
            metrics=replace(
                acted[number],
                token=None if word is None else (word.word, word.share),
                named=None if word is None else word.named,
                branches=bodies.get(number),
                shared=given.shared,
                occasion=given.occasion,
                syndication=given.syndication,
                one_occasion=given.one_occasion,
                signature=given.signature,
                one_name=one_person.one_name(members[number]),
                referred=referred.get(number, 0.0),
                nameless=all(
                    members[number][name].null_count() == members[number].height
                    for name in ("handle", "description")
                ),
                unattributed=unattributed.get(number, 0.0),
            ),
        )


def _acts(events: pl.DataFrame, seen: pl.DataFrame, home: pl.LazyFrame) -> pl.DataFrame:
    """Return what members did on the traces that join their group."""
    joining = seen.lazy().select("group", "trace").unique()
    return (
        events.lazy()
        .join(home, on="account")
        .join(joining, on=["group", "trace"], how="semi")
        .select("group", "trace", "account", "object", "post", "time")
        .collect()
    )


def _by_group(table: pl.DataFrame) -> dict[int, pl.DataFrame]:
    """Return the rows of each group, in order; those of none are left out."""
    parts = table.drop_nulls("group").partition_by("group", as_dict=True, maintain_order=True)
    return {int(str(number)): part for (number,), part in parts.items()}


@dataclass(frozen=True)
class _Measured:
    """What one group is described by; its metrics are those of its acts alone."""

    number: int
    stability: float
    members: pl.DataFrame
    linked: pl.DataFrame
    seen: pl.DataFrame
    posts: pl.DataFrame | None
    metrics: GroupMetrics


def _described(
    group: _Measured,
    placed: pl.DataFrame,
    leads: pl.DataFrame,
    relays: pl.DataFrame,
    joined: int,
    acted: Acted,
    layers: dict[str, Layer],
    tests: ProfileTests,
    traits: Mapping[str, SharedTrait],
    period: tuple[datetime, datetime] | None,
    reached: Audience,
    languages: Sequence[Language],
) -> dict[Language, GroupDescription]:
    """Return a group in each language: measured once, said in each."""
    metrics = group.metrics.with_profile(tests, traits)
    plausible, others = benign_explanations.considered(metrics)
    size = group.members.height
    platforms = dict(sorted(Counter(group.members["platform"].drop_nulls()).items()))
    named = [f"@{display_text.plain_name(handle)}" for handle in leads["handle"].drop_nulls()[:_NAMED]]
    sentence = sentences.group(size, platforms, named, acted, period)
    unsaid = GroupDescription(
        group=group.number,
        verdict="strong" if _is_strong(metrics) else "synchronous",
        size=size,
        platforms=platforms,
        layers=layers,
        days=metrics.days,
        objects=metrics.objects,
        authors=metrics.authors,
        author_significant_share=metrics.author_share,
        leads=[Leader(*row) for row in leads[[*_NAMES, "net"]].iter_rows()],
        relays=[Leader(*row) for row in relays[[*_NAMES, "net"]].iter_rows()],
        accounts=[Member(*row) for row in placed[[*_NAMES, "percentile", "net"]].iter_rows()],
        density=2 * joined / (size * (size - 1)),
        stability=group.stability,
        creation=tests.creation,
        handles=tests.handles,
        bios=tests.bios,
        profile=dict(traits),
        alternatives_without_evidence=others,
        sentence="",
        audience=reached,
        benign_alternatives=[],
    )
    return {
        language: replace(
            unsaid,
            sentence=sentence.say(language),
            audience=audience.said(reached, size, language),
            benign_alternatives=[
                Alternative(
                    name=one.name,
                    sentence=one.title.say(language),
                    evidence_for=[each.say(language) for each in one.supporting],
                    evidence_against=[each.say(language) for each in one.opposing],
                )
                for one in plausible
            ],
        )
        for language in languages
    }


def _is_strong(metrics: GroupMetrics) -> bool:
    acts = {sentences.SAME_ACT.get(name, name) for name in metrics.layers}
    return (
        metrics.objects >= LEAST_OBJECTS
        and metrics.days >= LEAST_DAYS
        and (len(acts) >= LEAST_LAYERS or metrics.homogeneous)
        and metrics.author_significant
        and not metrics.one_author
        and metrics.one_name is None
        and not _is_one_newsroom(metrics)
        and not _is_one_house(metrics)
        and (metrics.homogeneous or _given(metrics) is None)
    )


def _is_one_newsroom(metrics: GroupMetrics) -> bool:
    """Return whether accounts that say so in their handles share the links of one site: they hide nothing.

    Where no profile is known, they may have said so.
    """
    if metrics.site_share is None or metrics.site_share < benign_explanations.ONE_SITE:
        return False
    if metrics.nameless:
        return metrics.layers <= benign_explanations.OF_A_FEED
    return metrics.token is not None and metrics.token[1] >= benign_explanations.COMMON_WORD


def people_of(accounts: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return all accounts with their group and what tests read; members without a record have nulls."""
    columns = {
        "platform": pl.String(), "account_id": pl.String(), "handle": pl.String(), "display_name": pl.String(),
        "description": pl.String(), "created_at": TIME, "observed_at": TIME,
    }  # fmt: skip
    known = accounts.select(
        pl.col("row").cast(pl.Int64),
        *(
            pl.col(name).cast(kind) if name in accounts.columns else pl.lit(None, kind).alias(name)
            for name, kind in columns.items()
        ),
    ).unique("row", keep="first", maintain_order=True)
    return (
        known.join(
            groups.select(pl.col("account").alias("row"), "group"), on="row", how="full", coalesce=True
        )
        .sort("row")
        .with_columns(
            created=pl.col("created_at").dt.epoch("s"),
            observed=pl.col("observed_at").dt.epoch("s"),
            empty=profile_tests.empty(pl.col("description")),
            shape=profile_tests.shape(pl.col("handle")),
            declared=pl.any_horizontal(
                profile_tests.declares_automation(pl.col("handle", "display_name", "description"))
            ),
        )
    )


def _published(posts: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return the posts of members, with their group."""
    published = shared_posts.of_members(posts, groups)
    return url_canonical.with_sites(published) if "urls" in posts.columns else published
