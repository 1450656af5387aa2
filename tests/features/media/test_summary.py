"""Every reason has a sentence in every language, and each file is counted once."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import pytest

from vigie.features.i18n import LANGUAGES, Language
from vigie.features.media import hash_table, summary
from vigie.features.media.refusal import Reason


def table(*rows: Mapping[str, object]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=hash_table.SCHEMA)


def test_files_frames_and_refusals_are_counted_the_most_frequent_reason_first() -> None:
    hashes = table(
        {"file": "a.jpg", "hash": "aa"},
        {"file": "b.jpg", "refused": Reason.EMPTY},
        {"file": "c.jpg", "refused": Reason.PLAIN},
        {"file": "d.jpg", "refused": Reason.PLAIN},
        {"file": "v.mp4", "frame_s": 0.0, "refused": Reason.PLAIN},
        {"file": "v.mp4", "frame_s": 5.0, "hash": "bb"},
        {"file": "v.mp4", "frame_s": 10.0, "hash": "cc"},
    )
    assert [sentence.say("en") for sentence in summary.told(hashes, "media")] == [
        "5 files in media; files with a hash: 2; without: 3.",
        "Frames of 1 video were hashed: 2.",
        "2 files have no hash: they show too little, such as one colour, to be told from others (for example c.jpg).",
        "1 file has no hash: it is empty (b.jpg).",
    ]


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_sentence_with_an_example(reason: Reason, language: Language, count: int) -> None:
    hashes = table(*({"file": f"f{place}", "refused": reason} for place in range(count)))
    sentence = list(summary.told(hashes, "media"))[-1].say(language)
    assert sentence.startswith(f"{count} ")
    assert "f0" in sentence
