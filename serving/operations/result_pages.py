"""Results of accounts as a judgement keeps them: in pages, so that one account is read without all of them.

A page is two documents: what comparing accounts says of each, and what each is by itself, a line of JSON after its key. A line is
what a later judgement takes over as it stands, of an account that has not changed: it is neither read as JSON nor written anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field, TypeAdapter
from sqlalchemy import Connection

from vigie.features.i18n import Language
from vigie.models.verdict import Abstention, AccountResult, Coverage, Verdict
from vigie.serving.operations import documents

# Results of a page.
SIZE = 200
# Bytes of a key, in hexadecimal digits.
_KEY = 32


@dataclass(frozen=True, slots=True)
class Alone:
    """What an account is by itself.

    Attributes:
        coverage: What there was to judge it by.
        inauthentic: The verdict on its inauthenticity.
    """

    coverage: Coverage
    inauthentic: Annotated[Verdict | Abstention, Field(discriminator="status")]


_RESULTS, _ALONE = TypeAdapter(list[AccountResult]), TypeAdapter(Alone)


def line(key: bytes, alone: Alone) -> bytes:
    """Return what an account is by itself as it is kept, after its key."""
    return key.hex().encode() + _ALONE.dump_json(alone, by_alias=True)


def keep(
    connection: Connection, compared: Sequence[AccountResult], alone: Sequence[bytes], language: Language
) -> None:
    """Keep the results of all accounts, in the language of their sentences.

    Args:
        connection: Of the operation, writing; without the documents of an earlier judgement.
        compared: What comparing says of each account, in order.
        alone: What each is by itself, in the same order: what :func:`line` returned.
        language: Language of their sentences.
    """
    for page, start in enumerate(range(0, len(compared), SIZE)):
        some = list(compared[start : start + SIZE])
        documents.keep(connection, f"results-{page}", language, _RESULTS.dump_json(some, by_alias=True))
        documents.keep(connection, f"alone-{page}", language, b"\n".join(alone[start : start + SIZE]))


def read(connection: Connection, pages: Sequence[int], language: Language) -> list[AccountResult]:
    """Return the results of some pages, in their order."""
    results: list[AccountResult] = []
    for page in pages:
        stored = documents.read(connection, f"results-{page}", language)
        if stored is None:
            continue
        compared = _RESULTS.validate_json(stored, by_alias=True)
        lines = _lines(connection, page, language)
        # An earlier version kept both together.
        results += [_whole(*each) for each in zip(compared, lines, strict=True)] if lines else compared
    return results


def alone(connection: Connection, pages: Sequence[int], language: Language) -> dict[bytes, bytes]:
    """Return what the accounts of some pages are by themselves: what :func:`line` returned of each, by key."""
    lines = (each for page in pages for each in _lines(connection, page, language))
    return {bytes.fromhex(each[:_KEY].decode()): each for each in lines}


def _lines(connection: Connection, page: int, language: Language) -> list[bytes]:
    stored = documents.read(connection, f"alone-{page}", language)
    return stored.split(b"\n") if stored else []


def _whole(compared: AccountResult, alone: bytes) -> AccountResult:
    told = _ALONE.validate_json(alone[_KEY:], by_alias=True)
    return replace(compared, coverage=told.coverage, inauthentic=told.inauthentic)
