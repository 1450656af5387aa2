"""What a reader of known campaigns returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from vigie.serving.known_campaigns.types import KnownCampaign

LeftOut = Literal["address", "account", "row", "tactic", "indicator"]


@dataclass(frozen=True)
class Imported:
    """Campaigns of a file.

    Attributes:
        campaigns: What it tells of.
        left_out: What it holds that cannot be known again, by reason, and how often.
    """

    campaigns: tuple[KnownCampaign, ...]
    left_out: Mapping[LeftOut, int] = field(default_factory=dict)
