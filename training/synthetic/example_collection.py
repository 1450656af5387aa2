"""The invented collection that ``vigie demo`` sends and ``vigie example`` writes: a flood among people who have reasons.

Within two days a flood of X accounts, and a handful of Facebook ones, pushes pictures, a video, texts and hashtags about an
invented crisis. Most of its accounts are a few weeks old and hardly anybody reads them. Ordinary people post on the crisis
too, some of them with its first hashtag. The fans of one idol, a newsroom and a union with a kit of material act together
as well, for ordinary reasons. Nobody here exists.
"""

from __future__ import annotations

import polars as pl

from vigie.training.synthetic.corpus import SyntheticCorpus, corpus
from vigie.training.synthetic.floods import flooded

# What each account is, by the kind of its planted group; everybody else is one of the people.
ROLES = {"waves": "flood", "fans": "fans", "newsroom": "newsroom", "union_kit": "activists"}
PEOPLE = "people"
_PEOPLE, _FLOOD, _DAYS, _SEED = 240, 54, 3, 7
# Share of the flood on Facebook, and of its accounts that are weeks old.
_FACEBOOK, _FRESH = 0.15, 0.85


def example_collection() -> SyntheticCorpus:
    """Return the collection: three days of about 400 accounts."""
    around = corpus(organic=_PEOPLE, benign=["fans", "newsroom", "union_kit"], days=_DAYS, seed=_SEED)
    return flooded(around, "waves", accounts=_FLOOD, facebook=_FACEBOOK, fresh=_FRESH, seed=_SEED)


def roles(made: SyntheticCorpus) -> pl.DataFrame:
    """Return what every account of the collection is in truth: ``platform``, ``account_id``, ``handle``, ``role``.

    Args:
        made: What :func:`example_collection` returned.

    Returns:
        ``role`` is one of the values of :data:`ROLES`, or :data:`PEOPLE`; rows in the order of the accounts.
    """
    keys = ["platform", "account_id"]
    role = pl.col("kind").replace_strict(ROLES, default=PEOPLE, return_dtype=pl.String)
    return (
        made.accounts.select(*keys, "handle")
        .join(made.groups.select(*keys, "kind"), on=keys, how="left", maintain_order="left")
        .select(*keys, "handle", role=role)
    )
