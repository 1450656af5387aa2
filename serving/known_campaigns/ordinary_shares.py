"""How many ordinary accounts match a known campaign, by way of matching: what a match is worth.

Measured by ``benchmarks/known_campaigns.py`` on thirteen collections of ordinary people, politicians and newsrooms. Links were
matched with the three campaigns that VIGINUM published (of 3,727 accounts that link to sites, 2 matched, by one news agency that
a report names; no domain looked like a known one). Texts and biographies were matched with 23,700 to 33,900 of other
collections, as if those were campaigns (2 of 44,632 accounts; 0 of 15,242). Handles, ids and pictures could not be measured:
in these collections they are digests, or absent.
"""

from __future__ import annotations

from collections.abc import Mapping

from vigie.models.known_match import How

# Upper ends of exact 95 % bounds (Clopper and Pearson).
ORDINARY_SHARES: Mapping[How, float] = {
    "domain": 0.0017, "lookalike_domain": 0.0008, "text": 0.00014, "biography": 0.0002,
}  # fmt: skip
