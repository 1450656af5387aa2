"""Files go to the posts that name them, and to no other."""

from __future__ import annotations

import polars as pl
import pytest

from vigie.features import media
from vigie.features.i18n import LANGUAGES
from vigie.features.media import hash_table


def table(*files: str | tuple[str, str]) -> pl.DataFrame:
    """Return hashes of files, each with its own unless one is given."""
    named = [(name, name) if isinstance(name, str) else name for name in files]
    rows = [{"file": name, "kind": "pdq", "hash": digits} for name, digits in named]
    return pl.DataFrame(rows, schema=hash_table.SCHEMA)


def posts(
    *media_of: list[str] | None, ids: list[str] | None = None, accounts: list[str] | None = None
) -> pl.DataFrame:
    many = len(media_of)
    return pl.DataFrame(
        {
            "platform": ["x"] * many,
            "account_id": accounts or ["7"] * many,
            "post_id": ids or [f"p{row}" for row in range(many)],
            "_media": list(media_of),
        },
        schema_overrides={"_media": pl.List(pl.String), "post_id": pl.String},
    )


def given(hashes: pl.DataFrame, of: pl.DataFrame) -> dict[int, list[str]]:
    """Return the files of each post that has one."""
    return {
        row["post"]: [each.removeprefix("pdq:") for each in row["media_hashes"]]
        for row in media.match(hashes, of).hashes.to_dicts()
    }


def counts(hashes: pl.DataFrame, of: pl.DataFrame) -> tuple[int, int]:
    found = media.match(hashes, of)
    return found.unmatched, found.ambiguous


@pytest.mark.parametrize(
    ("file", "named"),
    [
        ("photos/a.jpg", "photos/a.jpg"),
        ("photos/a.jpg", "./photos/a.jpg"),
        ("photos/a.jpg", r"photos\a.jpg"),
        ("photos/a.jpg", "export/photos/a.jpg"),
        ("deep/er/a.jpg", "a.jpg"),
        ("EabC3x_Yz01.jpg", "https://pbs.example/media/EabC3x_Yz01?format=png&name=large"),
        ("EabC3x_Yz01.png", "https://pbs.example/media/EabC3x_Yz01.jpg:large"),
        ("sub/EabC3x_Yz01", "https://pbs.example/media/EabC3x_Yz01.jpg#x"),
        ("3_1234567890.mp4", "3_1234567890"),
    ],
)
def test_a_file_goes_to_the_post_that_names_it(file: str, named: str) -> None:
    assert given(table("other.jpg", file), posts(["unlike.jpg"], [named])) == {1: [file]}


@pytest.mark.parametrize(
    ("file", "named"),
    [
        ("EabC3x_Yz01.jpg", "https://pbs.example/media/EabC3x_Yz012"),
        ("a.jpg", "https://a.jpg/"),
        ("a.jpg", "https://pages.example/b?next=/a.jpg"),
        ("a.jpg", ""),
        ("a.jpg", "A.jpg"),
    ],
)
def test_a_name_that_is_another_gives_nothing(file: str, named: str) -> None:
    assert given(table(file), posts([named])) == {}
    assert counts(table(file), posts([named])) == (1, 0)


@pytest.mark.parametrize(
    ("file", "post_id"),
    [
        ("1234567.jpg", "1234567"), ("1234567_1.jpg", "1234567"), ("sub/1234567-ab cd.webp", "1234567"),
        ("123_456_2.jpg", "123_456"), ("-ab_c-9.mp4", "-ab_c-9"), ("42_1.jpg", "42"), ("42.jpg", "42"),
    ],
)  # fmt: skip
def test_a_file_that_is_named_after_a_post_goes_to_it(file: str, post_id: str) -> None:
    assert given(table(file), posts(None, [], ids=["9999999", post_id])) == {1: [file]}


@pytest.mark.parametrize(
    ("file", "post_id"),
    [("12345678.jpg", "1234567"), ("1234567a.jpg", "1234567"), ("x_1234567.jpg", "1234567"), ("2024-05-03.jpg", "2024")],
)  # fmt: skip
def test_a_file_that_only_resembles_an_id_goes_nowhere(file: str, post_id: str) -> None:
    assert given(table(file), posts(None, ids=[post_id])) == {}


def test_the_longest_id_that_a_name_begins_with_is_meant() -> None:
    assert given(table("123_456_1.jpg"), posts(None, None, ids=["123", "123_456"])) == {1: ["123_456_1.jpg"]}


def test_an_id_that_several_accounts_have_a_post_of_gives_nothing_and_is_counted() -> None:
    ids, file = ["1234567", "1234567"], table("1234567.jpg")
    assert given(file, posts(None, None, ids=ids, accounts=["7", "8"])) == {}
    assert counts(file, posts(None, None, ids=ids, accounts=["7", "8"])) == (1, 1)
    assert given(file, posts(None, None, ids=ids)) == {0: ["1234567.jpg"], 1: ["1234567.jpg"]}, (
        "one post, read twice"
    )


def test_what_a_record_says_goes_before_what_the_file_is_called() -> None:
    assert given(table("1234567_1.jpg"), posts(["1234567_1.jpg"], None, ids=["7654321", "1234567"])) == {
        0: ["1234567_1.jpg"]
    }


def test_a_path_goes_before_a_base_name() -> None:
    files = table("one/a.jpg", "two/a.jpg")
    assert given(files, posts(["two/a.jpg"], ["one/a.jpg"])) == {0: ["two/a.jpg"], 1: ["one/a.jpg"]}


def test_a_base_name_of_different_pictures_gives_nothing_and_is_counted() -> None:
    files = table("one/a.jpg", "two/a.jpg", "b.jpg")
    assert given(files, posts(["a.jpg"], ["b.jpg"])) == {1: ["b.jpg"]}
    assert counts(files, posts(["a.jpg"], ["b.jpg"])) == (2, 2)
    by_stem = posts(["https://pictures.example/a.png"])
    assert given(files, by_stem) == {}
    assert counts(files, by_stem) == (3, 2)


def test_a_picture_that_was_saved_twice_is_one() -> None:
    assert given(table(("one/a.jpg", "aa"), ("two/a.jpg", "aa")), posts(["a.jpg"])) == {0: ["aa"]}


def test_a_word_that_many_addresses_end_in_gives_nothing() -> None:
    addresses = [[f"https://i.example/vi/{video}/hqdefault.jpg"] for video in ("one", "two")]
    assert given(table("hqdefault.jpg"), posts(*addresses)) == {}
    assert counts(table("hqdefault.jpg"), posts(*addresses)) == (1, 1)
    assert given(table("hqdefault.jpg"), posts(addresses[0])) == {0: ["hqdefault.jpg"]}


def test_a_picture_that_moves_between_hosts_and_folders_is_still_itself() -> None:
    addresses = [
        [f"https://{place}/31415926_n.jpg?sig={place}"] for place in ("a.example/v", "b.example/v/s640")
    ]
    assert given(table("31415926_n.jpg"), posts(*addresses)) == {0: ["31415926_n.jpg"], 1: ["31415926_n.jpg"]}


def test_hashes_of_a_post_are_distinct_in_the_order_of_the_files() -> None:
    files = table(("a.jpg", "cc"), ("b.jpg", "aa"), ("c.jpg", "cc"))
    assert given(files, posts(["c.jpg", "b.jpg", "a.jpg"], ["b.jpg"])) == {0: ["cc", "aa"], 1: ["aa"]}


def test_a_video_and_its_picture_both_belong_to_the_post_that_names_their_key() -> None:
    assert given(table("3_1234567890.jpg", "3_1234567890.mp4"), posts(["3_1234567890"])) == {
        0: ["3_1234567890.jpg", "3_1234567890.mp4"]
    }


@pytest.mark.parametrize(
    ("seconds", "hashed", "taken"),
    [([0, 5, 10], [True] * 3, 5), ([0, 5, 10], [True, False, True], 10), ([0, 5], [True, False], 0), ([0], [True], 0)],
)  # fmt: skip
def test_a_video_counts_by_one_frame_beyond_its_opening(
    seconds: list[int], hashed: list[bool], taken: int
) -> None:
    frames = pl.DataFrame(
        [
            {
                "file": "v.mp4",
                "kind": "pdq" if has else None,
                "hash": f"{second}" if has else None,
                "frame_s": second,
            }
            for second, has in zip(seconds, hashed, strict=True)
        ],
        schema=hash_table.SCHEMA,
    )
    assert given(frames, posts(["v.mp4"])) == {0: [str(taken)]}


def test_a_hash_names_its_kind() -> None:
    found = media.match(table(("a.jpg", "0f" * 32)), posts(["a.jpg"])).hashes
    assert found["media_hashes"].to_list() == [["pdq:" + "0f" * 32]]


def test_nothing_on_either_side_gives_nothing() -> None:
    for hashes, of in ((table(), posts(["a.jpg"])), (table("a.jpg"), posts()), (table("a.jpg"), posts(None))):
        found = media.match(hashes, of).hashes
        assert found.height == 0
        assert dict(found.schema) == {"post": pl.UInt32(), "media_hashes": pl.List(pl.String)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_notes_count_what_belongs_to_posts_and_what_does_not(language: str) -> None:
    files = table("one/a.jpg", "two/a.jpg", "b.jpg", "c.jpg")
    notes = media.match(files, posts(["a.jpg"], ["b.jpg"])).notes()
    assert [note.values["count"] for note in notes] == [1, 3, 2]
    assert all(note.say("fr" if language == "fr" else "en") for note in notes)
    assert len(media.match(table("b.jpg"), posts(["b.jpg"])).notes()) == 1
