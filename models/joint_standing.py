"""The joint standing told as what it joins.

A model that reads the joint standing alone would give one reason where an account has several. The joint standing is a sum
(:mod:`vigie.features.coordination.standing`), so what it adds to a score is shared out over its addends in proportion to them: each
standing is told with its own sentence and posts, and what is left with the joint standing is that partners stand out too. The
shares add up to what was shared out, and nothing that an account does not stand out in has a share. What lowers a score is that
it stands out too little: what it does not stand out in at all has equal shares in that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from vigie.features.coordination import standing
from vigie.features.coordination.shared_activity import are_compared
from vigie.features.pipeline import FeatureMatrix
from vigie.models.scoring import Scores

JOINT = "coordination_joint_standing_index"
SCHEDULE = "coordination_schedule_standing_index"
# The features that the joint standing adds up, in the order of its addends.
PARTS = (*(f"coordination_{name}_index" for name in standing.ADDED), SCHEDULE)


def told_by(features: Iterable[str]) -> tuple[str, ...]:
    """Return the features that reasons may name where a model reads some: these, and what the joint standing is shared out over.

    >>> told_by(["coordination_lead_share"])
    ('coordination_lead_share',)
    >>> len(told_by([JOINT]))
    6
    """
    read = tuple(features)
    return read + tuple(name for name in PARTS if JOINT in read and name not in read)


def shared_out(scores: Scores, matrix: FeatureMatrix) -> Scores:
    """Return the scores of a window with what the joint standing adds shared out over what it joins.

    Args:
        scores: Scores of all accounts of the window; returned as they are where the model does not read the joint standing.
        matrix: Features of the same accounts, in order.
    """
    if JOINT not in scores.features:
        return scores
    place = scores.features.index(JOINT)
    values = matrix.values([*PARTS, JOINT])
    posts = matrix.coverage["used"].to_numpy().astype(np.int64)
    parts = standing.addends(
        values[:, :-2], values[:, -2], np.nan_to_num(values[:, -1]), posts, are_compared(posts)
    )
    added = scores.contributions[:, [place]]
    raised = np.where(added > 0, parts, parts <= 0)
    # Where there is nothing to share out over, the joint standing has it all.
    raised[:, -1] = np.where(raised.any(axis=1), raised[:, -1], 1)
    shares = added * (raised / raised.sum(axis=1, keepdims=True))
    features = told_by(scores.features)
    new = len(features) - len(scores.features)
    contributions = np.column_stack([scores.contributions, np.zeros((len(added), new))])
    contributions[:, [features.index(name) for name in PARTS]] += shares[:, :-1]
    contributions[:, place] = shares[:, -1]
    seen = matrix.values(list(features[len(scores.features) :]))
    return replace(
        scores,
        features=features,
        values=np.column_stack([scores.values, seen]),
        contributions=contributions,
    )
