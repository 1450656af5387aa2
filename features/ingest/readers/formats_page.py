"""The page of the documentation that lists the formats, written from the formats themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vigie.features.ingest.mapping import Signature
from vigie.features.ingest.reader import Source
from vigie.features.ingest.readers import samples

_HEAD = """# Formats

Written by `make docs` from the code. `vigie import auto` looks at each file, says which of these formats it is and by what
it knew it, and reads it so; files of several formats may stand in one import. Formats without a word in the third column
are read by name alone.

| format | reads | known by | example |
|---|---|---|---|
"""
_SAMPLES = """
## What the files look like

The first lines of an invented file of each format that is known by its columns or keys; `vigie formats NAME` prints the whole.
"""


def markdown(sources: Mapping[str, Source], recognise: Mapping[str, Sequence[Signature]]) -> str:
    """Return the page.

    Args:
        sources: Name to format.
        recognise: Name to what files of a format have.
    """
    rows = (
        f"| `{name}` | {source.doc} | {_known_by(recognise.get(name, ()))} | `{_example(name)}` |\n"
        for name, source in sources.items()
    )
    shown = (
        f"\n### {name}\n\n```text\n{samples.head(file)}\n```\n"
        for name, file in samples.files().items()
        if name in sources
    )
    return _HEAD + "".join(rows) + _SAMPLES + "".join(shown)


def _known_by(signatures: Sequence[Signature]) -> str:
    """Return the columns or keys, those of one signature in one line."""
    several: list[str] = []
    for one in signatures:
        names = [f"`{name}`" for name in one.columns or one.keys]
        names += [f"`{name}` = {' or '.join(words)}" for name, words in one.values.items()]
        without = f", without {', '.join(f'`{name}`' for name in one.none_of)}" if one.none_of else ""
        several.append(", ".join(names) + without)
    return " <br>or ".join(several)


def _example(name: str) -> str:
    mapped = " --mapping map.toml" if name == "generic" else ""
    return f"vigie import {name} collected{mapped} --out data/march"
