"""A file goes to the reader of its kind, with its digest; one that names nothing is refused with what it needs."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from vigie.errors import EmptyInputError, UnknownFormatError
from vigie.serving.known_campaigns import readers


def test_each_file_goes_to_its_reader(tmp_path: Path, report: dict[str, Any]) -> None:
    bundle, table, meta = tmp_path / "b.json", tmp_path / "Harbour.csv", tmp_path / "Q1.csv"
    bundle.write_text(json.dumps(report))
    table.write_text("domain\ngazette[.]ltd\n")
    meta.write_text("Tactic,Technique,Procedure,Indicator\n0. Acquiring assets,t,p,gazette[.]ltd\n")
    assert [each.name for each in readers.read(bundle).campaigns] == ["Harbour", "Other"]
    (of_table,) = readers.read(table).campaigns
    assert (of_table.name, of_table.source.name, of_table.source.file) == (
        "Harbour",
        "Harbour",
        "Harbour.csv",
    )
    assert of_table.source.sha256 == hashlib.sha256(table.read_bytes()).hexdigest()
    (of_meta,) = readers.read(meta, name="Network").campaigns
    assert (of_meta.name, of_meta.source.name) == ("Network", "Meta, Q1")


def test_a_file_that_names_nothing_is_refused_with_the_columns_that_it_needs(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("colour\nred\n")
    with pytest.raises(EmptyInputError, match="account_id, handle, domain"):
        readers.read(tmp_path / "t.csv")
    with pytest.raises(UnknownFormatError, match=r"\.xlsx"):
        readers.read(tmp_path / "t.pdf")
