"""What accounts share and may have from elsewhere: from an application, an agency, or an occasion."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from vigie.features.coordination.report import applications, occasions, one_occasion, signatures, syndication
from vigie.features.coordination.report.applications import SharedPosts
from vigie.features.coordination.report.occasions import Occasion
from vigie.features.coordination.report.one_occasion import OneOccasion
from vigie.features.coordination.report.shared_posts import SharedActs
from vigie.features.coordination.report.signatures import Signature
from vigie.features.coordination.report.syndication import Syndication
from vigie.features.similarity import url_canonical


@dataclass(frozen=True)
class GivenContents:
    """What is known of the contents that the accounts of a group share.

    Attributes:
        shared: Where the posts lead that hold them; None where there are none, or none with a link.
        occasion: When these were published, and with what; None where nothing is shared at the same moments.
        syndication: Where the posts of each account lead, and whom they name; None where these are nowhere and nobody.
        one_occasion: Whether these posts are of one occasion; None as ``occasion``.
        signature: Which client published these posts; None where none is known.
    """

    shared: SharedPosts | None = None
    occasion: Occasion | None = None
    syndication: Syndication | None = None
    one_occasion: OneOccasion | None = None
    signature: Signature | None = None


# Of accounts that share nothing at the same moments.
NOTHING = GivenContents()


def by_group(posts: pl.DataFrame, acts: pl.DataFrame, people: pl.DataFrame) -> dict[int, GivenContents]:
    """Return what is known of the contents of each group; groups that share nothing at the same moments are left out.

    All groups are measured at once, as a table of few rows costs as much as one of thousands.

    Args:
        posts: Posts of the members: contract columns, ``group`` and ``row`` of the author, and ``post`` (number). An account is of
            one group.
        acts: What they acted on: ``group``, ``trace``, ``account``, ``object``, ``post``, ``time`` (seconds since 1970).
        people: ``group``, ``row``, ``handle``, ``display_name`` and ``description`` of the members.
    """
    written = url_canonical.with_sites(posts)
    shared = SharedActs.of(written, acts)
    if shared.acts.is_empty():
        return {}
    moments = occasions.by_group(written, shared)
    sites, agencies = applications.by_group(written, shared), syndication.by_group(shared, people)
    alone, signed = one_occasion.by_group(shared, moments), signatures.by_group(written, shared, moments)
    return {
        group: GivenContents(
            sites.get(group), occasion, agencies.get(group), alone.get(group), signed.get(group)
        )
        for group, occasion in moments.items()
    }
