"""What a feature is, and the list of all of them.

A feature is one function, named as its column, that returns a Polars expression. One decorator line states its
unit, range, need of posts, direction and source; its label and its sentence are entries of the message domain
``features``. Each group has a module of its own, in :mod:`vigie.features.account` for one account alone and in
:mod:`vigie.features.window` for an account among the others of a comparison window, and is registered on import.
Training, the service, the command line, the docs and a cluster all read this one list.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from vigie.features.i18n import Message

Table = Literal["accounts", "posts", "window", "collection"]
GROUPS: tuple[str, ...] = (
    "profile", "name", "timing", "content", "action_sequence", "audience", "coordination", "campaign",
)  # fmt: skip
# Groups that are measured among other accounts: inside a comparison window, or over the whole collection.
_TABLES: dict[str, Table] = {"coordination": "window", "campaign": "collection"}
# Column prefixes that are older than the name of their group; columns change only with the bundle format.
_PREFIXES = {"rhythm": "timing", "sequence": "action_sequence"}

Unit = Literal[
    "count", "share", "ratio", "days", "seconds", "hours", "bits", "yes/no", "per day", "characters", "index",
    "log10 rarity",
]  # fmt: skip


@dataclass(frozen=True)
class Feature:
    """One measurement on one account, as of ``observed_at``, alone or among the others of a comparison window.

    Attributes:
        name: Column name, ``prefix_quantity_unit``.
        group: One of :data:`GROUPS`.
        doc: First line of the function's docstring.
        table: Where the expression is evaluated: on one row per account; on that account's prepared posts; on its
            posts in a comparison window, with what the other accounts did
            (:mod:`vigie.features.coordination.shared_activity`); or on what the whole collection shares
            (:mod:`vigie.features.coordination.campaigns`).
        unit: Unit of the value. Values are raw, never logarithms, so that a person can read them. The exception is
            ``log10 rarity``: chance alone brings such a value to about one account in 10 to that power; below 0
            where chance brings each account several such partners.
        low: Smallest value it can take.
        high: Largest value it can take, or None.
        needs_posts: Fewer prepared posts than this give a missing value (posts features only).
        evidence: Boolean column of the prepared posts that marks the posts that show it, or "".
        monotone: +1 if more of it may never lower the score, -1 if it may never raise it, 0 if free.
        leak: Why it stays out of the verdict model ("" where it is allowed in): see the leak register.
        source: Citation keys of the methods, entries of ``docs/reference/bibliography.md``.
        expression: The Polars expression.
    """

    name: str
    group: str
    doc: str
    table: Table
    unit: Unit
    low: float
    high: float | None
    needs_posts: int
    evidence: str
    monotone: int
    leak: str
    source: tuple[str, ...]
    expression: pl.Expr = field(repr=False, compare=False)

    @property
    def label(self) -> Message:
        """Return its name for tables and plots, a noun such as "share of reposts"."""
        return Message(f"features.label.{self.name}")


CATALOGUE: dict[str, Feature] = {}

Definition = Callable[[], pl.Expr]


def feature(
    *,
    unit: Unit,
    needs_posts: int = 0,
    low: float = 0.0,
    high: float | None = None,
    evidence: str = "",
    monotone: int = 0,
    leak: str = "",
    source: str | tuple[str, ...] = "vigie",
) -> Callable[[Definition], Definition]:
    """Register the decorated function as a feature; see :class:`Feature` for the arguments.

    A feature of the group ``coordination`` is evaluated in a comparison window, another with ``needs_posts`` above zero on
    prepared posts, any other on accounts. Shares and yes/no are bounded by 1 unless ``high`` says otherwise.

    Raises:
        ValueError: The name is taken, or does not start with the prefix of a group.
    """

    def register(definition: Definition) -> Definition:
        name = definition.__name__
        prefix = name.split("_", 1)[0]
        group = _PREFIXES.get(prefix, prefix)
        if name in CATALOGUE or group not in GROUPS:
            raise ValueError(
                f"feature {name!r} is registered already, or its group is not one of {', '.join(GROUPS)}"
            )
        expression = definition()
        if needs_posts:
            expression = pl.when(pl.len() >= needs_posts).then(expression)
        CATALOGUE[name] = Feature(
            name=name,
            group=group,
            doc=(inspect.getdoc(definition) or "").split("\n", 1)[0],
            table=_TABLES.get(group, "posts" if needs_posts else "accounts"),
            unit=unit,
            low=low,
            high=1.0 if high is None and unit in ("share", "yes/no") else high,
            needs_posts=needs_posts,
            evidence=evidence,
            monotone=monotone,
            leak=leak,
            source=(source,) if isinstance(source, str) else source,
            expression=expression.cast(pl.Float64).alias(name),
        )
        return definition

    return register
