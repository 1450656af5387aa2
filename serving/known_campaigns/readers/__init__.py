"""Readers of known campaigns: STIX bundles, Meta's indicators, tables of accounts, domains and media hashes."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path, PurePath

from vigie.errors import EmptyInputError, RequestTooLargeError, UnknownFormatError, choices
from vigie.serving.known_campaigns.readers import meta, sheets, stix_bundle, tables
from vigie.serving.known_campaigns.readers.imported import Imported
from vigie.serving.known_campaigns.types import Source
from vigie.serving.stix import bundle

LARGEST = 256_000_000
_TABLES = (".csv", ".tsv", ".txt", ".xlsx")


def read(
    path: Path, *, name: str | None = None, source: str | None = None, platform: str | None = None
) -> Imported:
    """Return the campaigns that a file tells of.

    Args:
        path: A STIX bundle (.json), Meta's indicators, or a table (.csv, .tsv, .txt, .xlsx).
        name: What the campaign is called, where the file does not say it; None: the name of the file.
        source: Who says so, where the file does not say it; None: the name of the file.
        platform: Of accounts without one.

    Raises:
        UnknownFormatError: By its suffix.
        InputError: It cannot be read.
        EmptyInputError: It names nothing that could be known again.
    """
    _suffix(path.name)
    if path.stat().st_size > LARGEST:
        raise RequestTooLargeError(f"{path} has more than {LARGEST:,} bytes; give it in parts")
    return parsed(str(path), path.read_bytes(), name=name, source=source, platform=platform)


def parsed(
    file: str,
    content: bytes,
    *,
    name: str | None = None,
    source: str | None = None,
    platform: str | None = None,
) -> Imported:
    """Return the campaigns that the content of a file tells of.

    Args:
        file: Name of the file, which messages say; its suffix tells what it is.
        content: Its bytes.
        name: As of :func:`read`.
        source: As of :func:`read`.
        platform: As of :func:`read`.

    Raises:
        UnknownFormatError: As of :func:`read`.
        InputError: As of :func:`read`.
        EmptyInputError: As of :func:`read`.
    """
    suffix, stem = _suffix(file), PurePath(file).stem
    origin = Source(name=source or stem, file=PurePath(file).name, sha256=hashlib.sha256(content).hexdigest())
    if suffix == ".json":
        made = stix_bundle.campaigns(bundle.of_bytes(content, file), origin, platform=platform)
    else:
        (table, *others) = sheets.read(origin.file or file, content)
        if meta.is_meta(table):
            made = meta.campaigns(table, name or stem, replace(origin, name=source or f"Meta, {stem}"))
        else:
            found = [tables.assets(each, platform=platform) for each in (table, *others)]
            made = tables.as_campaigns(found, name or stem, origin)
    if not any(each.accounts or each.indicators for each in made.campaigns):
        raise EmptyInputError(
            f"{file} names nothing that could be known again: no account, domain, page, media hash or text. A table needs a "
            f"header with names such as {', '.join(tables.EXAMPLES)}"
        )
    return made


def _suffix(file: str) -> str:
    """Return the suffix of a file that can be read.

    Raises:
        UnknownFormatError: It is none.
    """
    suffix = PurePath(file).suffix.lower()
    if suffix not in (".json", *_TABLES):
        raise UnknownFormatError(
            f"{file} ends in {suffix or 'nothing'}. {choices(suffix, ('.json', *_TABLES))}"
        )
    return suffix
