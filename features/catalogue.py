"""What a feature is, and the list of all of them.

A feature is one function, named as its column, that returns a Polars expression; one decorator line says
its unit, range, need, direction, sentences and source. Families live in modules of their own
(``profile``, ``name``, ``rhythm``, ``content``, ``sequence``, ``audience``; ``conduct``,
``coordination`` and ``resemblance`` for an account in a pool of others) and are registered on import.
Training, the service, the command line, the docs and a cluster all read this one list.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

Table = Literal["accounts", "posts", "window", "neighbours"]
GROUPS: dict[str, tuple[str, str]] = {
    "profile": ("profile", "profil"),
    "name": ("name", "nom"),
    "timing": ("posting rhythm", "rythme de publication"),
    "content": ("content", "contenu"),
    "action_sequence": ("sequence of actions", "suite des actions"),
    "audience": ("audience", "audience"),
    "behaviour": ("behaviour in a window", "comportement dans une fenêtre"),
    "coordination": ("coordination", "coordination"),
    "neighbours": ("resemblance to others", "ressemblance à d’autres"),
}
# Groups that are measured inside a pool of accounts: on its posts, and on what a model says of conduct.
_TABLES: dict[str, Table] = {"behaviour": "window", "coordination": "window", "neighbours": "neighbours"}
# Column prefixes that are older than the name of their group; columns change only with the bundle format.
_PREFIXES = {
    "rhythm": "timing",
    "sequence": "action_sequence",
    "conduct": "behaviour",
    "resemblance": "neighbours",
}

Unit = Literal[
    "count", "share", "ratio", "days", "seconds", "hours", "bits", "yes/no", "per day", "characters", "index"
]


@dataclass(frozen=True)
class Feature:
    """One measurement on one account, as of ``observed_at``, alone or among the others of its pool.

    Attributes:
        name: Column name, ``family_quantity_unit``.
        group: Family, a key of :data:`GROUPS`.
        doc: First line of the function's docstring.
        table: Where the expression is evaluated: one row per account, that account's prepared posts, or its
            posts with what others of the pool did (:mod:`vigie.features.coordination.shared_activity`), or who resembles it in
            the pool (:mod:`vigie.features.window.neighbours`).
        unit: Unit of the value; values are raw, never logarithms, so that a person can read them.
        low: Smallest value it can take.
        high: Largest value it can take, or None.
        needs_posts: Fewer prepared posts than this give a missing value (posts features only).
        english: Sentence with ``{value}``.
        french: The same in French.
        evidence: Boolean column of the prepared posts that tells which posts show it, or "".
        monotone: +1 if more of it may never lower the score, -1 if it may never raise it, 0 if free.
        leak: Why it stays out of the verdict model ("" where it is allowed in): see the leak register.
        source: Paper or tool the method comes from.
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
    english: str
    french: str
    evidence: str
    monotone: int
    leak: str
    source: str
    expression: pl.Expr = field(repr=False, compare=False)


CATALOGUE: dict[str, Feature] = {}

Definition = Callable[[], pl.Expr]


def feature(
    *,
    unit: Unit,
    english: str,
    french: str,
    needs_posts: int = 0,
    low: float = 0.0,
    high: float | None = None,
    evidence: str = "",
    monotone: int = 0,
    leak: str = "",
    source: str = "vigie",
) -> Callable[[Definition], Definition]:
    """Register the decorated function as a feature; see :class:`Feature` for the arguments.

    A feature of the groups ``conduct``, ``coordination`` and ``resemblance`` is evaluated in a pool, another with
    ``needs_posts`` above zero on prepared posts, any other on accounts.
    Shares, yes/no and ratios of parts are bounded by 1 unless ``high`` says otherwise.

    Raises:
        ValueError: The name is taken, does not start with a group, or a sentence lacks ``{value}``.
    """

    def register(definition: Definition) -> Definition:
        name = definition.__name__
        prefix = name.split("_", 1)[0]
        group = _PREFIXES.get(prefix, prefix)
        if name in CATALOGUE or group not in GROUPS:
            raise ValueError(
                f"feature {name!r} is registered already, or its group is not one of {list(GROUPS)}"
            )
        for sentence in (english, french):
            if "{value}" not in sentence and unit != "yes/no":
                raise ValueError(f"feature {name!r}: the sentence {sentence!r} does not carry {{value}}")
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
            english=english,
            french=french,
            evidence=evidence,
            monotone=monotone,
            leak=leak,
            source=source,
            expression=expression.cast(pl.Float64).alias(name),
        )
        return definition

    return register
