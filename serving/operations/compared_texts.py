"""What comparing the texts of an operation found out, kept for the next judgement.

The normal form of a text, what it is compared by, and how similar two texts are depend on these texts alone. So they are found
out once, when a text comes in, and are of use until it is forgotten. They lie among the documents of the judgement, whose
texts they are of, and go with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np
import polars as pl
from pydantic import TypeAdapter
from sqlalchemy import Connection, delete

from vigie.features.similarity.minhash import Sketch
from vigie.features.similarity.near_duplicate_text import SimilarTexts
from vigie.serving.operations import documents, tables
from vigie.version import VERSION

# Rows of a document: databases bound what is kept at once.
ROWS = 1_000_000
_NAME = "texts"
# Who found it out: another version may find another normal form.
_BY = [VERSION, pl.__version__, np.__version__]
# No type: the version is looked at before anything else is expected of it.
_HEAD = TypeAdapter(dict[str, Any])


def keep(connection: Connection, texts: SimilarTexts) -> None:
    """Keep texts that were compared.

    Args:
        connection: Of the operation, writing; without the documents of an earlier judgement.
        texts: All that were compared.
    """
    several = {
        # One at least: the columns of an empty table are kept too.
        name: [table.slice(start, ROWS) for start in range(0, max(table.height, 1), ROWS)]
        for name, table in _tables(texts)
    }
    head = {
        "by": _BY,
        "crowded": texts.crowded,
        "verified": texts.verified,
        "parts": {name: len(parts) for name, parts in several.items()},
    }
    documents.keep(connection, _NAME, "", _HEAD.dump_json(head))
    for name, parts in several.items():
        for place, part in enumerate(parts):
            file = BytesIO()
            # The document is compressed.
            part.write_parquet(file, compression="uncompressed", statistics=False)
            documents.keep(connection, f"{_NAME}-{name}-{place}", "", file.getvalue())


def read(connection: Connection) -> SimilarTexts | None:
    """Return the texts that the last judgement compared; None where there are none of this version of vigie."""
    stored = documents.read(connection, _NAME)
    head = _HEAD.validate_json(stored) if stored is not None else {}
    if head.get("by") != _BY:
        return None
    texts, forms, pairs = (_table(connection, name, head["parts"][name]) for name in ("of", "forms", "pairs"))
    first, second, similarity = (pairs[name].to_numpy() for name in ("first", "second", "similarity"))
    alike = similarity > 0
    form, *sketch = forms
    *keys, low, high = (each.to_numpy() for each in sketch)
    return SimilarTexts(
        texts,
        form,
        first[alike],
        second[alike],
        similarity[alike],
        head["crowded"],
        head["verified"],
        (first[~alike], second[~alike]),
        Sketch(np.stack(keys), np.stack([low, high])),
    )


def forget(connection: Connection) -> None:
    """Forget the texts: some of their posts are no longer kept."""
    connection.execute(delete(tables.documents).where(tables.documents.c.name.startswith(f"{_NAME}-")))
    connection.execute(delete(tables.documents).where(tables.documents.c.name == _NAME))


def _tables(texts: SimilarTexts) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield the tables that texts are kept as, in an order that does not depend on when each came in."""
    yield "of", texts.places.sort("text")
    columns = {f"key_{band}": keys for band, keys in enumerate(texts.sketch.keys)}
    columns |= dict(zip(("low", "high"), texts.sketch.bits, strict=True))
    yield "forms", pl.DataFrame({"form": texts.forms, **columns})
    unlike, _ = texts.unlike
    pairs = {
        "first": np.append(texts.first, unlike),
        "second": np.append(texts.second, texts.unlike[1]),
        "similarity": np.append(texts.similarity, np.zeros(len(unlike), np.int32)),
    }
    yield "pairs", pl.DataFrame(pairs)


def _table(connection: Connection, name: str, parts: int) -> pl.DataFrame:
    stored = (documents.read(connection, f"{_NAME}-{name}-{place}") for place in range(parts))
    return pl.concat([pl.read_parquet(BytesIO(each)) for each in stored if each is not None])
