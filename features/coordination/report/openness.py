"""How open the members of a campaign are about what they share: what they say of themselves, and where their contents are from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.report import (
    benign_explanations,
    branches,
    common_word,
    given_contents,
    one_person,
    shared_posts,
)
from vigie.features.coordination.report.branches import Branches
from vigie.features.coordination.report.given_contents import GivenContents
from vigie.features.i18n import Message


@dataclass(frozen=True)
class Openness:
    """What the members of a campaign say of themselves, and where and when they have its contents from.

    Attributes:
        declared: Share of the members who say that they are automated; None where none could.
        token: The word that most handles share, and the share of the handles.
        named: Share of the biographies that hold it.
        branches: What they say of the branches that they are; None where their handles share few words.
        contents: What is known of the contents of several members.
        one_name: The name that all members have, each on a platform of its own.
    """

    declared: float | None
    token: tuple[str, float] | None
    named: float | None
    branches: Branches | None
    contents: GivenContents
    one_name: str | None

    @property
    def said(self) -> str | None:
        """Name of the explanation that the members state themselves."""
        if self.declared is not None and self.declared >= benign_explanations.DECLARED:
            return "declared_bots"
        if self.one_name is not None:
            return "one_person"
        is_open = benign_explanations.is_open_about_one_house(self.token, self.named, self.branches)
        return "organisation" if is_open else None

    @property
    def is_by_hand(self) -> bool:
        """Whether the contents are published no faster than people copy."""
        return self.contents.one_occasion is None or self.contents.one_occasion.is_slow

    @property
    def given(self) -> Mapping[str, tuple[list[Message], list[Message]]]:
        """What speaks for and against contents that members have from elsewhere, by explanation."""
        contents = self.contents
        return benign_explanations.of_given_contents(
            contents.shared,
            contents.occasion,
            contents.syndication,
            contents.one_occasion,
            contents.signature,
        )


def by_campaign(compared: Comparison, people: pl.DataFrame) -> dict[int, Openness]:
    """Return how open the members of each campaign are; people as :func:`people_of` returned them, campaigns as groups."""
    campaigns = compared.campaigns
    home = campaigns.members.select("account", group="campaign")
    contents = given_contents.by_group(
        shared_posts.of_members(compared.posts, home), campaigns.posts().rename({"campaign": "group"}), people
    )
    words, bodies = common_word.by_group(people), branches.by_group(people)
    found: dict[int, Openness] = {}
    for number in campaigns.members["campaign"].unique(maintain_order=True):
        members = people.filter(pl.col("group") == number)
        says = members["declared"].drop_nulls()
        word = words.get(number)
        found[number] = Openness(
            declared=int(says.sum()) / members.height if len(says) else None,
            token=None if word is None else (word.word, word.share),
            named=None if word is None else word.named,
            branches=bodies.get(number),
            contents=contents.get(number, given_contents.NOTHING),
            one_name=one_person.one_name(members),
        )
    return found
