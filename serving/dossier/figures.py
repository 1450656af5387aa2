"""The figures of a dossier: what was found, as the service and ``groups.json`` tell it, and how two computations differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl
from pydantic import TypeAdapter, ValidationError

from vigie.errors import DossierError
from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.report.types import NetworkReport
from vigie.models.engine import ScoringEngine
from vigie.serving.json_encoding import encoded
from vigie.serving.note import scores, subjects

# Words are not figures: another version may say the same otherwise.
_WORDS = frozenset({"sentence", "notes", "for", "against"})


@dataclass(frozen=True, slots=True)
class Score:
    """Both scores of a member of a campaign or group; a probability is null where the model abstains."""

    platform: str
    account_id: str
    inauthentic_band: str | None
    inauthentic: float | None
    coordinated_band: str | None
    coordinated: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Campaigns, groups and pairs, and the scores of their members."""

    network: NetworkReport
    scores: list[Score]


@dataclass(frozen=True)
class Difference:
    """A figure that comes out otherwise.

    Attributes:
        place: Where it stands, such as ``network.groups.0.density``.
        sealed: What the dossier says.
        again: What came out now.
    """

    place: str
    sealed: str
    again: str


_FIGURES = TypeAdapter(Figures)
_ABSENT = object()


def judged(engine: ScoringEngine, compared: Comparison, told: NetworkReport) -> pl.DataFrame:
    """Return the scores of all members of campaigns and groups, see :func:`vigie.serving.note.scores.of`."""
    members = {row for one in subjects.of(compared, told) for row in one.members}
    return scores.of(engine, compared.accounts, compared.posts, members, "en")


def written(compared: Comparison, told: NetworkReport, judgement: pl.DataFrame) -> bytes:
    """Return figures as they are sealed.

    Args:
        compared: The comparison.
        told: What is told of it, in English.
        judgement: What :func:`judged` returned.
    """
    names = compared.accounts.select(
        account=pl.col("row").cast(pl.Int64), platform="platform", account_id="account_id"
    )
    rows = judgement.join(names, on="account").sort("platform", "account_id")
    listed = rows.select("platform", "account_id", *scores.SCHEMA.names()[1:]).iter_rows()
    return encoded(Figures, Figures(told, [Score(*row) for row in listed]), indent=1)


def differences(sealed: bytes, again: bytes) -> list[Difference]:
    """Return the figures of a dossier that come out otherwise, in their order.

    Args:
        sealed: What the dossier holds.
        again: What :func:`written` returned.

    Raises:
        DossierError: What the dossier holds are no figures.
    """
    try:
        _FIGURES.validate_json(sealed, by_alias=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part)[:40] for part in first["loc"][:6])
        raise DossierError(f"figures.json does not parse: {place}: {first['msg']}") from None
    return list(_differing(json.loads(sealed), json.loads(again), ""))


def _differing(sealed: Any, again: Any, place: str) -> Iterator[Difference]:
    if isinstance(sealed, dict) and isinstance(again, dict):
        for name in dict.fromkeys([*sealed, *again]):
            if name not in _WORDS:
                yield from _differing(
                    sealed.get(name, _ABSENT), again.get(name, _ABSENT), _inside(place, name)
                )
    elif isinstance(sealed, list) and isinstance(again, list):
        for index in range(max(len(sealed), len(again))):
            first, second = (side[index] if index < len(side) else _ABSENT for side in (sealed, again))
            yield from _differing(first, second, _inside(place, str(index)))
    elif sealed != again:
        yield Difference(place, _shown(sealed), _shown(again))


def _inside(place: str, name: str) -> str:
    return f"{place}.{name[:80]}" if place else name


def _shown(value: Any) -> str:
    return "nothing" if value is _ABSENT else json.dumps(value)[:120]
