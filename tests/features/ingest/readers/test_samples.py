"""Samples of formats are there, small, and shown by their first lines."""

from __future__ import annotations

from pathlib import Path

from vigie.features.ingest.readers import samples


def test_samples_go_by_the_names_of_formats_and_are_small() -> None:
    found = samples.files()
    assert {"minet", "telegram-desktop", "x-api-v2"} <= set(found)
    assert max(file.stat().st_size for file in found.values()) < 10_000


def test_the_head_of_a_sample_is_a_few_lines_long_ones_cut(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a" * 600 + "\n1\n2\n3\n", encoding="utf-8")
    assert samples.head(file) == "a" * 500 + "…\n1\n2\n…"
    file.write_text("a\n1\n", encoding="utf-8")
    assert samples.head(file) == "a\n1"
