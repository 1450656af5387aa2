"""From an import to a dataset, in bounded memory, whole or not at all.

A row that breaks a rule of the contract is set aside with file and line. Several records of one account or post
become one (see :mod:`vigie.features.ingest.latest`), also with those of the dataset that rows are added to: its files
stay as they are, and a list says which of their rows newer ones replace, so that the cost is that of what is new.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import polars as pl

from vigie.errors import DatasetError, InputError
from vigie.features import media, schema, whole_files
from vigie.features.ingest import latest, validation
from vigie.features.ingest.latest import KEYS
from vigie.features.ingest.opening import SourceFile
from vigie.features.ingest.reader import MEDIA, Log, Part, Read, travelling
from vigie.features.ingest.runs import REJECTS, Runs, part_of
from vigie.features.ingest.stored_dataset import (
    MANIFEST,
    NAMES,
    POSITION,
    STORED_FILE,
    SUPERSEDED,
    SUPERSEDED_SCHEMA,
    Dataset,
    digest,
)
from vigie.features.json_object import JsonObject
from vigie.version import VERSION

_OWNER = ("platform", "account_id")
# Accounts of which there is no more than when they were seen.
_NOTHING_KNOWN = pl.all_horizontal(
    pl.col(name).is_null() for name in schema.schema("accounts") if name not in (*_OWNER, "observed_at")
)
# Hashes of the pictures of posts.
_HASHED = pl.Schema({**dict.fromkeys(KEYS["posts"], pl.String()), "_found": schema.TEXTS})
# How many reasons a manifest lists per table; the rest is in the set-aside rows.
_REASONS = 50


@dataclass
class _Tally:
    """What became of rows while they were joined.

    Attributes:
        kept: Table to rows that the dataset did not hold before.
        twice: Table to rows that are a further record of another.
        stubs: Accounts known by their posts alone.
        strangers: Labels of accounts that are not there.
        late: Posts dated after their account was observed.
    """

    kept: dict[str, int] = field(default_factory=lambda: dict.fromkeys(schema.TABLES, 0))
    twice: dict[str, int] = field(default_factory=lambda: dict.fromkeys(schema.TABLES, 0))
    stubs: int = 0
    strangers: int = 0
    late: int = 0

    def count(self, table: str, came: int, recalled: int, made: int) -> None:
        """Count the rows that came of a part, those of them that the dataset held, and those made of them."""
        self.kept[table] += made - recalled
        self.twice[table] += came - made


class Writer:
    """Takes what readers give and makes a dataset of it, or adds it to one.

    Use as a context: where an error ends it, what was read of whole files stays for the next try.
    """

    def __init__(
        self,
        out: Path,
        *,
        name: str,
        form: str,
        licence: str | None = None,
        replace: bool = False,
        add_to: Dataset | None = None,
        now: datetime | None = None,
        settings: Sequence[str] = (),
        hashes: pl.DataFrame | None = None,
    ) -> None:
        """Open the place where rows are gathered, beside the dataset.

        Args:
            out: Folder of the dataset.
            name: Name of the dataset.
            form: Format it is read from.
            licence: What the data may be used for.
            replace: Whether a dataset already there is replaced.
            add_to: The dataset in that folder, where rows are added to it.
            now: Clock for "in the future"; None: that of the machine.
            settings: All else that the rows hang on: an earlier try with other settings is not gone on with.
            hashes: Hashes of pictures that the collector saved (:func:`vigie.features.media.table_of`); those of a post
                join what its record holds.

        Raises:
            DatasetError: The folder holds something else, or a dataset and it is neither replaced nor added to, or
                another import writes there.
        """
        self._base = add_to
        if add_to is None:
            _allow(out, replace)
        self._out, self._replace, self._name, self._form, self._licence = out, replace, name, form, licence
        self._now = now or datetime.now(UTC)
        out.parent.mkdir(parents=True, exist_ok=True)
        added_to = str(self._base.manifest["imports"]) if self._base else "new"
        self._runs = Runs(out.parent / f".{out.name}.import", [name, form, added_to, *settings])
        self._recalled: dict[str, pl.DataFrame] = {}
        self._hashes, self._hashed = hashes, pl.DataFrame(schema=_HASHED)
        earlier = self._base.manifest["files"] if self._base else []
        self._read = {one["sha256"] for one in (*earlier, *self._runs.files)}
        self._unread: list[str] = []
        self._complete = False

    def __enter__(self) -> Writer:
        """Return the writer."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the place."""
        self._runs.close(remove=self._complete)

    def holds(self, content: str) -> bool:
        """Return whether a file of that digest was read before, for the dataset or by an earlier try."""
        return content in self._read

    def skip(self) -> None:
        """Note that a file was read before."""
        self._runs.log.note("files whose content was imported before, not read again: {}")

    def changed(self) -> None:
        """Note that a file changed while it was read: it counts as not read, so that the next import reads it."""
        self._runs.log.note(
            "files that changed while they were read: {}; what was read of them is kept, and they are read again when "
            "they are imported again"
        )

    def add(self, read: Read) -> None:
        """Take all rows of an import that break no rule."""
        self._runs.newest_is_seen |= read.newest_is_seen
        try:
            for part in read.parts:
                self._take(part, read)
        finally:
            self._runs.absorb(read.log)

    def unread(self, name: str, error: InputError) -> None:
        """Note that a file could not be read to its end, and why; rows that came before stay."""
        self._unread.append(name)
        self._runs.log.note(f"{name} could not be read in full, and is tried again next time: {error}")

    def add_whole(self, read: Read) -> None:
        """Take an import whose files are read together, and note them as read to their end."""
        self.add(read)
        for path in dict.fromkeys(read.log.files):
            file = SourceFile(path)
            self.done(file.name, file.digest())

    def done(self, name: str, content: str) -> None:
        """Note that a file, and its digest, was read to its end."""
        self._read.add(content)
        self._runs.done(name, content)

    def finish(self) -> Dataset:
        """Join what was read and put the dataset into place.

        Raises:
            OSError: The folder cannot be written.
        """
        folder = self._runs.folder / "dataset"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        superseded = self._recall()
        tally = _Tally()
        if self._hashes is not None:
            self._match(self._hashes)
        if self._runs.newest_is_seen:
            self._runs.newest.filled(self._runs.log)
        pieces: dict[str, list[Path]] = {}
        for number in range(self._runs.parts):
            for table, rows in self._joined(number, tally).items():
                if rows.height:
                    pieces.setdefault(table, []).append(folder / f"{table}.{number:02}")
                    rows.write_parquet(pieces[table][-1])
        for table, lazy in ((REJECTS, self._runs.scan(REJECTS)), (SUPERSEDED, superseded.lazy())):
            if lazy.select(pl.len()).collect().item():
                pieces[table] = [folder / f"{table}.00"]
                lazy.sink_parquet(pieces[table][0])
        imports = (self._base.manifest["imports"] if self._base else 0) + 1
        stored = {table: _merged(table, files, imports, folder) for table, files in pieces.items()}
        if self._base:
            for file in folder.iterdir():
                whole_files.put(file, self._out / file.name)
        manifest = self._manifest(self._out if self._base else folder, stored, imports, tally)
        (folder / MANIFEST).write_text(
            json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )
        if self._base:
            # From here on the dataset holds the new rows; before, the new files were not part of it.
            whole_files.put(folder / MANIFEST, self._out / MANIFEST)
            for old in self._base.files(SUPERSEDED) if SUPERSEDED in stored else ():
                old.unlink()
        else:
            whole_files.put(folder, self._out, replace=self._replace)
        self._complete = True
        return Dataset(self._out, manifest)

    def _take(self, part: Part, read: Read) -> None:
        """Keep the rows of a part that break no rule."""
        if part.table == NAMES:
            self._runs.hold(NAMES, part.rows)
            return
        rows = travelling(part.rows)
        unstated = pl.col("observed_at").is_null() & read.newest_is_seen
        judged = (
            rows.with_columns(
                pl.when(unstated).then(pl.lit(self._now)).otherwise("observed_at").alias("observed_at")
            )
            if part.table == "accounts"
            else rows
        )
        _, faults = validation.check(judged, part.table, self._now)
        read.log.set_aside(rows, part.table, faults)
        good = rows
        if faults.height:
            numbered = rows.with_row_index("index")
            good = numbered.join(faults, on="index", how="anti", maintain_order="left").drop("index")
        self._runs.newest.see(Part(part.table, good))
        self._runs.hold(part.table, good)

    def _recall(self) -> pl.DataFrame:
        """Take those rows of the dataset that new rows speak of, to be joined with them.

        Returns:
            The places of all rows of the dataset that newer ones replace (:data:`SUPERSEDED_SCHEMA`).
        """
        replaced = [pl.DataFrame(schema=SUPERSEDED_SCHEMA)]
        if self._base is None:
            return replaced[0]
        replaced.append(self._base.superseded())
        owners = _hashes(
            pl.concat([self._runs.scan(table).select(_OWNER) for table in schema.TABLES]), _OWNER
        )
        posts = _hashes(self._runs.scan("posts"), KEYS["posts"])
        for table in (*schema.TABLES, NAMES):
            keys, wanted = (KEYS["posts"], posts) if table == "posts" else (_OWNER, owners)
            found = (
                self._base.placed(table)
                .with_columns(_hash=pl.struct(keys).hash())
                .join(wanted.lazy(), on="_hash", how="semi", maintain_order="left")
                .drop("_hash")
                .collect()
            )
            replaced.append(found.select(table=pl.lit(table), file=STORED_FILE, position=POSITION))
            self._recalled[table] = found.drop(STORED_FILE, POSITION)
        return pl.concat(replaced)

    def _match(self, hashes: pl.DataFrame) -> None:
        """Find out which pictures are whose, and note how many are nobody's."""
        posts = (
            self._runs.scan("posts")
            .group_by(KEYS["posts"], maintain_order=True)
            .agg(pl.col(MEDIA).drop_nulls().explode().drop_nulls().unique(maintain_order=True))
            .collect()
        )
        matched = media.match(hashes, posts)
        self._hashed = posts[matched.hashes["post"]].select(
            *KEYS["posts"], _found=matched.hashes["media_hashes"]
        )
        for note in matched.notes():
            self._runs.log.note(note.say("en"))

    def _joined(self, number: int, tally: _Tally) -> dict[str, pl.DataFrame]:
        """Return the finished rows of one part of the accounts, and count what was joined."""
        held = {table: self._held_before(table, number) for table in schema.TABLES}
        came = {table: self._runs.part(table, number) for table in schema.TABLES}
        # What an earlier import made of posts alone says nothing that newer posts do not.
        alone = held["accounts"].filter(_NOTHING_KNOWN)
        known = held | {"accounts": held["accounts"].filter(~_NOTHING_KNOWN)}
        every = {table: pl.concat([known[table], came[table]]) for table in schema.TABLES}
        posts = self._with_hashes(latest.posts(every["posts"]))
        newest = self._runs.newest.expression
        accounts = every["accounts"].with_columns(pl.col("observed_at").fill_null(newest))
        authors = posts.group_by(_OWNER, maintain_order=True).agg(
            observed_at=pl.col("recorded_at").max().fill_null(newest)
        )
        stubs = (
            pl.concat([alone.select(authors.columns), authors])
            .group_by(_OWNER, maintain_order=True)
            .agg(pl.col("observed_at").max())
            .join(accounts, on=_OWNER, how="anti", maintain_order="left")
        )
        accounts = pl.concat([accounts, travelling(schema.conform(stubs, "accounts"))])
        kept = latest.accounts(accounts)
        torn = latest.torn(every["labels"])
        aside = Log()
        aside.set_aside(every["labels"], "labels", torn)
        self._runs.absorb(aside)
        agreed = (
            every["labels"].with_row_index("index").join(torn, on="index", how="anti", maintain_order="left")
        )
        labels = agreed.drop("index").unique(KEYS["labels"], keep="last", maintain_order=True)

        tally.stubs += stubs.height
        tally.strangers += labels.join(kept, on=_OWNER, how="anti").height
        seen = kept.select(*_OWNER, seen="observed_at")
        tally.late += posts.join(seen, on=_OWNER).filter(pl.col("created_at") > pl.col("seen")).height
        made = {"accounts": kept, "posts": posts, "labels": labels}
        for table, came_in in (("accounts", accounts), ("posts", every["posts"]), ("labels", agreed)):
            tally.count(table, came_in.height, held[table].height, made[table].height)
        earlier = pl.concat([self._held_names(number), self._runs.part(NAMES, number)])
        names = latest.names(accounts, earlier)
        return {table: rows.select(list(schema.schema(table))) for table, rows in made.items()} | {
            NAMES: names
        }

    def _with_hashes(self, posts: pl.DataFrame) -> pl.DataFrame:
        """Return posts with the hashes of their pictures, behind those that their records hold."""
        found = posts.join(self._hashed, on=KEYS["posts"], how="left", maintain_order="left")["_found"]
        every = pl.concat_list(
            pl.col("media_hashes").fill_null([]), found.fill_null(pl.Series([[]], dtype=schema.TEXTS))
        )
        return posts.with_columns(
            media_hashes=pl.when(pl.col("media_hashes").is_not_null() | found.is_not_null()).then(
                every.list.unique(maintain_order=True)
            )
        )

    def _held_before(self, table: str, number: int) -> pl.DataFrame:
        """Return the rows that the dataset held already, of one part of the accounts."""
        return travelling(self._of_part(self._recalled.get(table, schema.empty(table)), number))

    def _held_names(self, number: int) -> pl.DataFrame:
        return self._of_part(self._recalled.get(NAMES, pl.DataFrame(schema=latest.NAMES_SCHEMA)), number)

    def _of_part(self, rows: pl.DataFrame, number: int) -> pl.DataFrame:
        return rows.filter(part_of() == number) if self._runs.parts > 1 else rows

    def _notes(self, tally: _Tally) -> list[str]:
        log = self._runs.log
        for table, which in (
            ("accounts", "each field is that of the record observed last that knows it"),
            ("posts", "each field is that of the latest record that knows it"),
            ("labels", "the same label"),
        ):
            log.note(
                f"further records of {table} that are there already ({', '.join(KEYS[table])}): {{}}; {which}",
                tally.twice[table],
            )
        log.note(
            "accounts known by their posts alone: {}; nothing is known of their profiles, and they count as observed "
            "at the newest time in the files",
            tally.stubs,
        )
        log.note("labels kept whose account is not among the accounts: {}", tally.strangers)
        log.note("posts dated after their account was observed, which no feature reads: {}", tally.late)
        return log.notes

    def _manifest(self, root: Path, stored: dict[str, JsonObject], imports: int, tally: _Tally) -> JsonObject:
        before: JsonObject = self._base.manifest if self._base else {"files": [], "tables": {}, "earlier": []}
        files = {table: list(held["files"]) for table, held in before["tables"].items()}
        if SUPERSEDED in stored:  # the new list holds those of earlier imports
            files[SUPERSEDED] = []
        for table, file in stored.items():
            files.setdefault(table, []).append(file)
        tables = {
            table: {"files": files[table]}
            for table in (*schema.TABLES, NAMES, REJECTS, SUPERSEDED)
            if table in files
        }
        whole = Dataset(root, {"tables": tables})
        for table, held in tables.items():
            held["rows"] = whole.placed(table).select(pl.len()).collect().item()
        aside = self._runs.scan(REJECTS)
        return {
            "name": self._base.manifest["name"] if self._base else self._name,
            "format": self._form,
            "vigie": VERSION,
            "licence": self._licence or before.get("licence"),
            "written_at": self._now.isoformat(timespec="seconds"),
            "imports": imports,
            "files": [*before["files"], *self._runs.files],
            "tables": tables,
            "counts": {table: self._counts(table, tally, aside) for table in schema.TABLES},
            "labels": _label_counts(whole.labels()),
            "observed_at": _span(whole.accounts()),
            "notes": self._notes(tally),
            "unread": self._unread,
            "earlier": [*before["earlier"], {key: before[key] for key in _OF_IMPORT}] if self._base else [],
        }

    def _counts(self, table: str, tally: _Tally, aside: pl.LazyFrame) -> JsonObject:
        """Return rows read, kept and set aside, and for each field at fault how many rows and one reason."""
        faults = (
            aside.filter(pl.col("table") == table)
            .group_by(pl.col("field").fill_null("row"), maintain_order=True)
            .agg(pl.len(), pl.col("reason").first())
            .sort("len", descending=True, maintain_order=True)
            .collect()
        )
        return {
            "read": self._runs.log.seen[table],
            "kept": tally.kept[table],
            "twice": tally.twice[table],
            "set_aside": faults["len"].sum(),
            "reasons": {
                name: {"rows": rows, "example": reason}
                for name, rows, reason in faults.head(_REASONS).iter_rows()
            },
        }


# What a manifest says of its last import; of the imports before, a list keeps it.
_OF_IMPORT = ("format", "written_at", "counts", "notes")


def _allow(out: Path, replace: bool) -> None:
    if out.exists() and not out.is_dir():
        raise DatasetError(f"{out} is a file; name a folder to make")
    if not out.exists() or not any(out.iterdir()):
        return
    if not (out / MANIFEST).is_file():
        raise DatasetError(f"{out} holds other things than a dataset; name a new folder")
    if not replace:
        raise DatasetError(
            f"{out} holds a dataset already; name a new folder, or say --replace, or --append to add to it"
        )


def _merged(table: str, pieces: Sequence[Path], imports: int, folder: Path) -> JsonObject:
    """Make one file of the pieces of a table; return its name, rows and digest."""
    final = folder / (f"{table}.parquet" if imports == 1 else f"{table}-{imports:04}.parquet")
    if len(pieces) == 1:
        os.replace(pieces[0], final)
    else:
        pl.scan_parquet(list(pieces)).sink_parquet(final)
        for piece in pieces:
            piece.unlink()
    rows = pl.scan_parquet(final).select(pl.len()).collect().item()
    return {"name": final.name, "rows": rows, "sha256": digest(final)}


def _hashes(rows: pl.LazyFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Return a number for each distinct key, ``_hash``: what a hundred million rows are looked up by in memory."""
    return rows.select(_hash=pl.struct(keys).hash()).unique().collect()


def _label_counts(labels: pl.LazyFrame) -> dict[str, dict[str, int]]:
    counted = labels.group_by("target", "value").len().sort("target", "value").collect()
    found: dict[str, dict[str, int]] = {}
    for target, value, rows in counted.iter_rows():
        found.setdefault(target, {})[str(value).lower()] = rows
    return found


def _span(accounts: pl.LazyFrame) -> dict[str, str] | None:
    first, last = (
        accounts.select(first=pl.col("observed_at").min(), last=pl.col("observed_at").max()).collect().row(0)
    )
    return {"first": first.isoformat(), "last": last.isoformat()} if first else None
