"""Readers of known campaigns: STIX bundles, Meta's indicators, tables of accounts, domains and media hashes."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

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
    suffix = path.suffix.lower()
    if suffix not in (".json", *_TABLES):
        raise UnknownFormatError(
            f"{path} ends in {suffix or 'nothing'}. {choices(suffix, ('.json', *_TABLES))}"
        )
    if path.stat().st_size > LARGEST:
        raise RequestTooLargeError(f"{path} has more than {LARGEST:,} bytes; give it in parts")
    content = path.read_bytes()
    origin = Source(name=source or path.stem, file=path.name, sha256=hashlib.sha256(content).hexdigest())
    if suffix == ".json":
        made = stix_bundle.campaigns(bundle.read(path), origin, platform=platform)
    else:
        (table, *others) = sheets.read(path.name, content)
        if meta.is_meta(table):
            made = meta.campaigns(
                table, name or path.stem, replace(origin, name=source or f"Meta, {path.stem}")
            )
        else:
            found = [tables.assets(each, platform=platform) for each in (table, *others)]
            made = tables.as_campaigns(found, name or path.stem, origin)
    if not any(each.accounts or each.indicators for each in made.campaigns):
        raise EmptyInputError(
            f"{path} names nothing that could be known again: no account, domain, page, media hash or text. A table needs a "
            f"header with names such as {', '.join(tables.EXAMPLES)}"
        )
    return made
