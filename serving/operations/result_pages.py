"""Results of accounts as a judgement keeps them: in pages, so that one account is read without all of them."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import TypeAdapter
from sqlalchemy import Connection

from vigie.features.i18n import Language
from vigie.models.verdict import AccountResult
from vigie.serving.operations import documents

# Results of a page.
SIZE = 200
_RESULTS = TypeAdapter(list[AccountResult])


def keep(connection: Connection, results: Sequence[AccountResult], language: Language) -> None:
    """Keep the results of all accounts, in the language of their sentences.

    Args:
        connection: Of the operation, writing; without the documents of an earlier judgement.
        results: In the order of the accounts.
        language: Language of their sentences.
    """
    for page, start in enumerate(range(0, len(results), SIZE)):
        some = list(results[start : start + SIZE])
        documents.keep(connection, f"results-{page}", language, _RESULTS.dump_json(some, by_alias=True))


def read(connection: Connection, pages: Sequence[int], language: Language) -> list[AccountResult]:
    """Return the results of some pages, in their order."""
    stored = (documents.read(connection, f"results-{page}", language) for page in pages)
    return [
        result
        for each in stored
        if each is not None
        for result in _RESULTS.validate_json(each, by_alias=True)
    ]
