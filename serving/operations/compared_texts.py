"""What comparing the texts of an operation found out, kept for the next judgement.

The normal form of a text, what it is compared by, and how similar two texts are depend on these texts alone. So they are found
out once, when a text comes in, and are of use until it is forgotten.

They are kept by appending: a judgement writes what is new to it, and which texts it no longer compared. Texts and forms are
numbered as they came in. A table lies in parts, each at least twice as long as the next one: the short parts at its end are put
together with what is appended, so that a row is written anew as often as the table doubles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import uuid4

import numpy as np
import polars as pl
from pydantic import TypeAdapter
from sqlalchemy import Connection, delete

from vigie.features.similarity.medoid_clustering import Ints
from vigie.features.similarity.minhash import Sketch
from vigie.features.similarity.near_duplicate_text import SimilarTexts
from vigie.serving.operations import documents, tables
from vigie.version import VERSION

# Rows of a document: databases bound what is kept at once.
ROWS = 1_000_000
# Begins the names of the documents; the judgement's own begin otherwise.
NAME = "texts"
# Who found it out: another version may find another normal form.
_BY = [VERSION, pl.__version__, np.__version__]
# Texts and the number of the form of each; forms with what they are compared by; pairs of forms; texts no longer compared.
_TABLES = ("of", "forms", "pairs", "gone")
# Share of the texts from which those that are no longer compared are not carried along.
_MOST_GONE = 0.5
# No type: the version is looked at before anything else is expected of it.
_HEAD = TypeAdapter(dict[str, Any])


@dataclass(frozen=True)
class KeptTexts:
    """Texts as they are kept.

    Attributes:
        texts: Those that the last judgement compared.
        state: Names what lies in the store: it is another one whenever that changes.
        rows: Rows of each part, by table.
        numbers: ``text``, ``number`` and ``form`` (the number of its form, null where it has none) of each that was compared.
        forms: Number of each form, in the order of the forms.
    """

    texts: SimilarTexts
    state: str
    rows: Mapping[str, list[int]]
    numbers: pl.DataFrame
    forms: Ints


def keep(connection: Connection, texts: SimilarTexts, before: KeptTexts | None) -> None:
    """Keep texts that were compared.

    Args:
        connection: Of the operation, writing.
        texts: All that were compared.
        before: What :func:`kept` returned when they were compared: of them, what is new is written.
    """
    head = _head(connection)
    if before is None or before.state != head.get("state") or _are_mostly_gone(texts, before):
        forget(connection)
        rows, added = {name: list[int]() for name in _TABLES}, _all(texts)
    else:
        rows, added = {name: list(parts) for name, parts in before.rows.items()}, _added(texts, before)
    for name in _TABLES:
        _append(connection, name, rows[name], added[name])
    documents.forget(connection, NAME)
    head = {
        "by": _BY,
        "state": uuid4().hex,
        "crowded": texts.crowded,
        "verified": texts.verified,
        "rows": rows,
    }
    documents.keep(connection, NAME, "", _HEAD.dump_json(head))


def read(connection: Connection) -> SimilarTexts | None:
    """Return the texts that the last judgement compared; None where there are none of this version of vigie."""
    held = kept(connection)
    return None if held is None else held.texts


def kept(connection: Connection) -> KeptTexts | None:
    """Return the texts that the last judgement compared as they are kept; None where there are none of this version of vigie."""
    head = _head(connection)
    # Versions before this one kept no rows.
    if head.get("by") != _BY or "rows" not in head:
        return None
    of, forms, pairs, gone = (_table(connection, name, head["rows"][name]) for name in _TABLES)
    texts = of.with_row_index("number").filter(~pl.col("number").is_in(gone["number"].implode()))
    # In order, those alone that a text has.
    present = texts["form"].drop_nulls().unique()
    ordered = forms.with_row_index("number")[present].sort("form")
    numbers = ordered["number"].to_numpy().astype(np.int64)
    at = np.full(forms.height, -1, np.int32)
    at[numbers] = np.arange(len(numbers), dtype=np.int32)
    first, second = (at[pairs[side].to_numpy()] for side in ("first", "second"))
    similarity, both = pairs["similarity"].to_numpy(), (first >= 0) & (second >= 0)
    alike, unlike = both & (similarity > 0), both & (similarity == 0)
    keys = np.stack([ordered[name].to_numpy() for name in ordered.columns if name.startswith("key_")])
    return KeptTexts(
        SimilarTexts(
            texts.select("text", place=pl.lit(pl.Series(at.astype(np.int64))).gather("form")),
            ordered["form"],
            first[alike],
            second[alike],
            similarity[alike],
            head["crowded"],
            head["verified"],
            (first[unlike], second[unlike]),
            Sketch(keys, np.stack([ordered[name].to_numpy() for name in ("low", "high")])),
        ),
        head["state"],
        head["rows"],
        texts.select("text", "number", "form"),
        numbers,
    )


def forget(connection: Connection) -> None:
    """Forget the texts: some of their posts are no longer kept."""
    connection.execute(delete(tables.documents).where(tables.documents.c.name.startswith(NAME)))


def _head(connection: Connection) -> dict[str, Any]:
    stored = documents.read(connection, NAME)
    return _HEAD.validate_json(stored) if stored is not None else {}


def _are_mostly_gone(texts: SimilarTexts, before: KeptTexts) -> bool:
    """Return whether most of what is kept would be texts that are no longer compared."""
    return sum(before.rows["of"]) * (1 - _MOST_GONE) > texts.places.height


def _all(texts: SimilarTexts) -> dict[str, pl.DataFrame]:
    """Return the rows of each table that keep texts of which nothing is kept."""
    places = np.arange(len(texts.forms))
    return {
        "of": texts.places.select("text", form="place").sort("text"),
        "forms": _sketched(texts, places),
        "pairs": _pairs(texts, places),
        "gone": pl.DataFrame(schema={"number": pl.UInt32}),
    }


def _added(texts: SimilarTexts, before: KeptTexts) -> dict[str, pl.DataFrame]:
    """Return the rows of each table that keep texts beside those that are kept."""
    known = texts.places.join(before.numbers, on="text", how="left", maintain_order="left")
    # A form is known by the texts that have it.
    numbers = np.full(len(texts.forms), -1)
    told = known.drop_nulls("form")
    numbers[told["place"].to_numpy()] = told["form"].to_numpy()
    new = np.flatnonzero(numbers < 0)
    numbers[new] = sum(before.rows["forms"]) + np.arange(len(new))
    fresh = known.filter(pl.col("number").is_null()).sort("text")
    return {
        "of": fresh.select("text", form=pl.lit(pl.Series(numbers)).gather("place")),
        "forms": _sketched(texts, new),
        "pairs": _pairs(texts, numbers).join(_pairs(before.texts, before.forms), on=_PAIR, how="anti"),
        "gone": before.numbers.filter(~pl.col("number").is_in(known["number"].drop_nulls().implode()))
        .select("number")
        .sort("number"),
    }


_PAIR = ("first", "second")


def _sketched(texts: SimilarTexts, places: Ints) -> pl.DataFrame:
    """Return some forms with what they are compared by."""
    sketch = texts.sketch.of(places)
    columns = {f"key_{band}": keys for band, keys in enumerate(sketch.keys)}
    columns |= dict(zip(("low", "high"), sketch.bits, strict=True))
    return pl.DataFrame({"form": texts.forms[places], **columns})


def _pairs(texts: SimilarTexts, numbers: Ints) -> pl.DataFrame:
    """Return the pairs that were compared in full, by the numbers of their forms; of those not similar, a similarity of 0."""
    unlike, other = texts.unlike
    sides = np.append(texts.first, unlike), np.append(texts.second, other)
    return pl.DataFrame(
        {
            **{name: numbers[side].astype(np.int32) for name, side in zip(_PAIR, sides, strict=True)},
            "similarity": np.append(texts.similarity, np.zeros(len(unlike), np.int32)),
        }
    )


def _append(connection: Connection, name: str, rows: list[int], added: pl.DataFrame) -> None:
    """Append rows to a table, put together with the parts at its end that are no longer than twice as many.

    Args:
        connection: Of the operation, writing.
        name: Of the table.
        rows: Rows of each part, which are changed to what they are afterwards.
        added: The rows; none are written only where the table has no part yet, which tells its columns.
    """
    if added.is_empty() and rows:
        return
    while rows and rows[-1] < 2 * added.height and rows[-1] + added.height <= ROWS:
        added = pl.concat([_part(connection, name, len(rows) - 1), added])
        documents.forget(connection, _named(name, len(rows) - 1))
        rows.pop()
    for start in range(0, max(added.height, 1), ROWS):
        part = added[start : start + ROWS]
        file = BytesIO()
        # The document is compressed.
        part.write_parquet(file, compression="uncompressed", statistics=False)
        documents.keep(connection, _named(name, len(rows)), "", file.getvalue())
        rows.append(part.height)


def _table(connection: Connection, name: str, rows: list[int]) -> pl.DataFrame:
    return pl.concat([_part(connection, name, place) for place in range(len(rows))])


def _part(connection: Connection, name: str, place: int) -> pl.DataFrame:
    stored = documents.read(connection, _named(name, place))
    assert stored is not None  # noqa: S101 - kept together
    return pl.read_parquet(BytesIO(stored))


def _named(name: str, place: int) -> str:
    return f"{NAME}-{name}-{place}"
