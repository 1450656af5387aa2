"""What a key may be used for; the one list of it."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum


class Scope(StrEnum):
    """One thing that a key may be used for."""

    SCORE = "score"
    """Accounts scored: ``/v1/score``."""

    NETWORK = "network"
    """Accounts compared with each other: ``/v1/network``, ``/v1/group-tests``."""

    MODEL = "model"
    """What answers and how it does: ``/v1/model``, ``/v1/features``, ``/v1/drift``, ``/v2/models``, ``/metrics``."""

    OBSERVE = "observe"
    """What collectors saw, sent into operations."""

    DECIDE = "decide"
    """What was found in operations, read and decided upon."""

    ADMIN = "admin"
    """Everything."""


def allows(granted: Collection[Scope], needed: Scope) -> bool:
    """Return whether what was granted covers what is needed.

    >>> allows({Scope.SCORE}, Scope.NETWORK), allows({Scope.ADMIN}, Scope.NETWORK)
    (False, True)
    """
    return needed in granted or Scope.ADMIN in granted
