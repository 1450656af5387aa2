"""A dataset on disk: the tables of one import, what was set aside, and a manifest that proves them.

::

    NAME/
    ├── accounts.parquet   posts.parquet   labels.parquet   (each only if it has rows)
    ├── rejects.parquet                                     (only if something was set aside)
    └── manifest.json      name, format, licence, source files and tables with digests, counts, notes

Writing is atomic: a dataset is there whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

import vigie
from vigie.errors import DatasetCorruptError, DatasetError, DatasetNotFoundError
from vigie.features import schema
from vigie.features.ingest import validation
from vigie.features.ingest.reader import REJECT_SCHEMA, Read, written
from vigie.features.json_object import JsonObject

MANIFEST = "manifest.json"
REJECTS = "rejects"
_KEYS = {
    "accounts": ["platform", "account_id"],
    "posts": ["platform", "account_id", "post_id"],
    "labels": ["platform", "account_id", "target", "source"],
}
# How many reasons a manifest lists per table; the rest is in the set-aside rows.
_REASONS = 50


@dataclass(frozen=True)
class Dataset:
    """A dataset that was checked on opening.

    Attributes:
        path: Its folder.
        manifest: What :func:`write` noted.
    """

    path: Path
    manifest: JsonObject

    def accounts(self) -> pl.LazyFrame:
        """Return the accounts, lazily; empty where the dataset has none."""
        return self._scan("accounts")

    def posts(self) -> pl.LazyFrame:
        """Return the posts, lazily; empty where the dataset has none."""
        return self._scan("posts")

    def labels(self) -> pl.LazyFrame:
        """Return the labels, lazily; empty where the dataset has none."""
        return self._scan("labels")

    def rejects(self) -> pl.LazyFrame:
        """Return the rows set aside, lazily."""
        if REJECTS not in self.manifest["tables"]:
            return pl.LazyFrame(schema=REJECT_SCHEMA)
        return pl.scan_parquet(self.path / f"{REJECTS}.parquet")

    def _scan(self, table: str) -> pl.LazyFrame:
        if table not in self.manifest["tables"]:
            return schema.empty(table).lazy()
        scanned = pl.scan_parquet(self.path / f"{table}.parquet")
        held = scanned.collect_schema()
        # A dataset may be older than a field of the contract.
        return scanned.select(
            pl.col(name) if name in held else pl.lit(None, dtype).alias(name)
            for name, dtype in schema.schema(table).items()
        )


def write(
    read: Read,
    out: Path,
    *,
    name: str,
    form: str,
    licence: str | None = None,
    replace: bool = False,
    now: datetime | None = None,
) -> Dataset:
    """Write an import as a dataset.

    Rows that break a rule of the contract are set aside, duplicates dropped and counted.

    Args:
        read: The import.
        out: Folder to make.
        name: Name of the dataset.
        form: Format it was read from.
        licence: What the data may be used for.
        replace: Whether a dataset already there is replaced.
        now: Clock for "in the future"; None: that of the machine.

    Raises:
        DatasetError: The folder holds something else, or a dataset and ``replace`` is not set.
    """
    _allow(out, replace)
    moment = now or datetime.now(UTC)
    notes = list(read.notes)
    rejects = [read.rejects]
    tables: dict[str, pl.DataFrame] = {}
    for table in schema.TABLES:
        frame = read.table(table)
        good, faults = validation.check(frame, table, moment)
        rejects.append(_set_aside(frame, table, faults))
        if table == "labels":
            agreed, against = _agreeing(good)
            rejects.append(_set_aside(good, table, against))
            good = agreed
        tables[table] = _distinct(good, table, notes)
    _strangers(tables, notes)
    aside = pl.concat(rejects)
    stored = {table: frame for table, frame in (*tables.items(), (REJECTS, aside)) if frame.height}
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as scratch:
        folder = Path(scratch) / "dataset"
        folder.mkdir()
        for table, frame in stored.items():
            frame.write_parquet(folder / f"{table}.parquet")
        manifest = {
            "name": name,
            "format": form,
            "vigie": vigie.__version__,
            "licence": licence,
            "written_at": moment.isoformat(timespec="seconds"),
            "files": [{"name": path.name, "sha256": _digest(path)} for path in read.files],
            "tables": {
                table: {"rows": frame.height, "sha256": _digest(folder / f"{table}.parquet")}
                for table, frame in stored.items()
            },
            "counts": {
                table: _counts(table, read.seen[table], frame.height, aside)
                for table, frame in tables.items()
            },
            "labels": _label_counts(tables["labels"]),
            "observed_at": _span(tables["accounts"]),
            "notes": notes,
        }
        (folder / MANIFEST).write_text(
            json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )
        _put(folder, out, Path(scratch) / "old")
    return Dataset(out, manifest)


def open(path: Path) -> Dataset:
    """Return a dataset after checking that its tables are those that were written.

    Raises:
        DatasetNotFoundError: There is no dataset.
        DatasetCorruptError: The manifest does not parse, or a table is missing or differs.
    """
    file = path / MANIFEST
    if not file.is_file():
        raise DatasetNotFoundError(f"{path} holds no {MANIFEST}; make the dataset with `vigie import`")
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
        expected = {table: held["sha256"] for table, held in manifest["tables"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DatasetCorruptError(f"{file} does not parse ({error}); import the dataset again") from error
    for table, digest in expected.items():
        stored = path / f"{table}.parquet"
        if not stored.is_file():
            raise DatasetCorruptError(f"{stored} is missing; import the dataset again")
        if _digest(stored) != digest:
            raise DatasetCorruptError(
                f"{stored} was changed or cut short since it was written; import the dataset again"
            )
    return Dataset(path, manifest)


def _allow(out: Path, replace: bool) -> None:
    if out.exists() and not out.is_dir():
        raise DatasetError(f"{out} is a file; name a folder to make")
    if not out.exists() or not any(out.iterdir()):
        return
    if not (out / MANIFEST).is_file():
        raise DatasetError(f"{out} holds other things than a dataset; name a new folder")
    if not replace:
        raise DatasetError(f"{out} holds a dataset already; name a new folder, or say --replace")


def _put(folder: Path, out: Path, old: Path) -> None:
    """Move a finished folder into place; what was there is removed only after."""
    if out.exists():
        os.replace(out, old)
    try:
        os.replace(folder, out)
    except OSError:
        if old.exists():
            os.replace(old, out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _set_aside(frame: pl.DataFrame, table: str, faults: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that break a rule in the form of the set-aside table; their line is not known here."""
    joined = faults.group_by("index", maintain_order=True).agg(
        pl.col("field").str.join(", "), pl.col("reason").str.join("; ")
    )
    rows = frame[joined["index"].to_list()]
    return joined.select(
        pl.lit(None, dtype=pl.String).alias("file"),
        pl.lit(None, dtype=pl.Int64).alias("line"),
        pl.lit(table).alias("table"),
        "field",
        "reason",
        pl.Series("row", [written(row) for row in rows.iter_rows(named=True)], dtype=pl.String),
    )


def _distinct(frame: pl.DataFrame, table: str, notes: list[str]) -> pl.DataFrame:
    """Return one row per key: of an account the one observed last, else the first."""
    keys = _KEYS[table]
    if table == "accounts":
        kept = frame.sort("observed_at", maintain_order=True).unique(keys, keep="last", maintain_order=True)
    else:
        kept = frame.unique(keys, keep="first", maintain_order=True)
    if kept.height < frame.height:
        which = "the record observed last was kept" if table == "accounts" else "the first was kept"
        notes.append(f"{frame.height - kept.height:,} {table} were there twice ({', '.join(keys)}); {which}")
    return kept


def _agreeing(labels: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split the labels into those on which a source agrees with itself and the faults of the others."""
    torn = pl.col("value").n_unique().over(_KEYS["labels"]) > 1
    indexed = labels.with_row_index("index").with_columns(torn=torn)
    faults = indexed.filter("torn").select(
        "index", field=pl.lit("value"), reason=pl.lit("the source labels this account both true and false")
    )
    return indexed.filter(~pl.col("torn")).drop("index", "torn"), faults


def _strangers(tables: dict[str, pl.DataFrame], notes: list[str]) -> None:
    """Note the posts and labels of accounts that the dataset does not hold; they are kept."""
    for table in ("posts", "labels"):
        unknown = tables[table].join(tables["accounts"], on=["platform", "account_id"], how="anti").height
        if unknown:
            notes.append(f"{table} kept whose account is not among the accounts: {unknown:,}")


def _counts(table: str, seen: int, kept: int, aside: pl.DataFrame) -> JsonObject:
    """Return rows read, kept and set aside, and for each field at fault how many rows and one reason."""
    mine = aside.filter(pl.col("table") == table)
    faults = (
        mine.group_by(pl.col("field").fill_null("row"), maintain_order=True)
        .agg(pl.len(), pl.col("reason").first())
        .sort("len", descending=True, maintain_order=True)
        .head(_REASONS)
    )
    reasons = {field: {"rows": rows, "example": reason} for field, rows, reason in faults.iter_rows()}
    return {"read": seen, "kept": kept, "set_aside": mine.height, "reasons": reasons}


def _label_counts(labels: pl.DataFrame) -> dict[str, dict[str, int]]:
    counted = labels.group_by("target", "value").len().sort("target", "value")
    found: dict[str, dict[str, int]] = {}
    for target, value, rows in counted.iter_rows():
        found.setdefault(target, {})[str(value).lower()] = rows
    return found


def _span(accounts: pl.DataFrame) -> dict[str, str] | None:
    if accounts.is_empty():
        return None
    first, last = accounts.select(first=pl.col("observed_at").min(), last=pl.col("observed_at").max()).row(0)
    return {"first": first.isoformat(), "last": last.isoformat()}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
