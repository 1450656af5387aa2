"""Media meet exactly when a brute-force count of bits says so."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import polars as pl
import pytest

from vigie.features.similarity import medoid_clustering, perceptual_hash
from vigie.features.similarity.perceptual_hash import near, normal_form


def written(number: int, bits: int = 256) -> str:
    return f"{number:0{bits // 4}x}"


def drawn(generator: np.random.Generator, bits: int) -> int:
    return int.from_bytes(generator.bytes(bits // 8), "big")


def flipped(number: int, places: list[int]) -> int:
    for place in places:
        number ^= 1 << place
    return number


def together(hashes: Sequence[str | None]) -> list[int | None]:
    found: list[int | None] = perceptual_hash.clusters(pl.Series(hashes, dtype=pl.String)).to_list()
    return found


def brute(hashes: list[str], bound: int) -> list[int]:
    """Every pair of distinct hashes, bit by bit."""
    distinct = sorted(set(hashes))
    close = [
        (a, b, distance)
        for a, b in combinations(range(len(distinct)), 2)
        if (distance := (int(distinct[a], 16) ^ int(distinct[b], 16)).bit_count()) <= bound
    ]
    bits = len(distinct[0]) * 4
    columns = np.array(close, np.int64).reshape(-1, 3).T
    label = medoid_clustering.groups(columns[0], columns[1], bits - columns[2], len(distinct))
    return [int(label[distinct.index(one)]) for one in hashes]


@pytest.mark.parametrize("gathered", [0, 10**9])  # band by band, and all pairs side by side
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(("bits", "most"), [(64, 5), (256, 40)])
def test_clusters_are_those_of_brute_force(
    seed: int, bits: int, most: int, gathered: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(perceptual_hash, "_GATHERED", gathered)
    monkeypatch.setattr(perceptual_hash, "_FEW", 0)
    generator = np.random.default_rng(seed)
    originals = [drawn(generator, bits) for _ in range(6)]
    hashes = [
        written(flipped(originals[generator.integers(6)], generator.choice(bits, generator.integers(0, most), False).tolist()), bits)
        for _ in range(80)
    ]  # fmt: skip
    assert together([*hashes]) == brute(hashes, perceptual_hash.BOUNDS[bits])


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize(("bits", "bound"), [(64, 3), (256, 31)])
def test_the_bound_is_met_exactly_wherever_the_bits_are(seed: int, bits: int, bound: int) -> None:
    generator = np.random.default_rng(seed)
    original = drawn(generator, bits)
    places = generator.permutation(bits).tolist()
    for count, met in ((bound, True), (bound + 1, False)):
        a, b = together([written(original, bits), written(flipped(original, places[:count]), bits)])
        assert (a == b) is met


def test_two_bits_in_every_band_but_one_still_meet() -> None:
    original = drawn(np.random.default_rng(5), 256)
    places = [16 * band + place for band in range(16) for place in (3, 9)][:31]
    a, b = together([written(original), written(flipped(original, places))])
    assert a == b


def test_hashes_of_different_lengths_never_meet() -> None:
    a, b = together(["f0e1d2c3b4a59687", "f0e1d2c3b4a59687" * 4])
    assert a != b


@pytest.mark.parametrize(("kind", "bits"), perceptual_hash.KINDS.items())
def test_a_hash_meets_its_like_with_or_without_its_kind(kind: str, bits: int) -> None:
    original = drawn(np.random.default_rng(11), bits)
    near = flipped(original, [0, bits // 2])
    found = together([
        written(original, bits), f"{kind}:{written(near, bits)}", f"{kind}:{written(original, bits).upper()}",
    ])  # fmt: skip
    assert len(set(found)) == 1


def test_hashes_of_different_kinds_never_meet_even_when_their_digits_are_equal() -> None:
    digits = {bits: written(drawn(np.random.default_rng(12), bits), bits) for bits in (64, 256)}
    kinds = [
        f"pdq:{digits[256]}", f"sha256:{digits[256]}", f"phash:{digits[256]}", f"dhash:{digits[256]}",
        f"phash:{digits[64]}", f"dhash:{digits[64]}", f"pdq:{digits[64]}", f"PDQ:{digits[256]}",
    ]  # fmt: skip
    assert len(set(together([*kinds]))) == len(kinds)


def test_a_digest_meets_only_itself() -> None:
    original = drawn(np.random.default_rng(13), 256)
    digests = [f"sha256:{written(number)}" for number in (original, original ^ 1, original)]
    a, b, c = together([*digests])
    assert a == c != b


def test_case_and_spaces_around_do_not_matter() -> None:
    a, b = together(["F0E1D2C3B4A59687", " f0e1d2c3b4a59687 "])
    assert a == b


@pytest.mark.parametrize("bits", [64, 256])
def test_blank_pictures_meet_only_when_equal(bits: int) -> None:
    full = (1 << bits) - 1
    blank = [written(number, bits) for number in (0, 1, 2, full, full - 1)]
    assert len(set(together([*blank]))) == 5
    assert len(set(together([blank[0]] * 3))) == 1


def test_a_chain_is_broken() -> None:
    original = drawn(np.random.default_rng(7), 256)
    chain = [written(flipped(original, list(range(20 * step)))) for step in range(4)]
    found = together([*chain])
    assert 1 < len(set(found)) < 4
    for one, other in combinations(range(4), 2):
        if found[one] == found[other]:
            assert (int(chain[one], 16) ^ int(chain[other], 16)).bit_count() <= 2 * 31


def test_ids_and_hashes_of_other_lengths_are_exact() -> None:
    a, b, c, d, e = together(["phash:123", "phash:123", "phash:124", "f0e1d2c3b4", "f0e1d2c3b5"])
    assert a == b
    assert len({a, c, d, e}) == 4


def test_missing_and_empty_are_null() -> None:
    assert together([None, "", "  "]) == [None, None, None]
    assert together([]) == []
    assert perceptual_hash.clusters(pl.Series([None, None])).to_list() == [None, None]


def test_one_picture_shared_by_everyone_is_one_cluster() -> None:
    assert set(together([written(drawn(np.random.default_rng(1), 256))] * 50_000)) == {0}


def test_order_of_the_rows_does_not_matter() -> None:
    generator = np.random.default_rng(2)
    original = drawn(generator, 256)
    hashes = pl.Series(
        [written(flipped(original, generator.choice(256, 25, False).tolist())) for _ in range(60)]
    )
    order = generator.permutation(60)
    assert (
        perceptual_hash.clusters(hashes)[order].to_list() == perceptual_hash.clusters(hashes[order]).to_list()
    )


def test_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(3)
    original = drawn(generator, 256)
    hashes = pl.Series(
        [written(flipped(original, generator.choice(256, 18, False).tolist())) for _ in range(60)]
    )
    expected = perceptual_hash.clusters(hashes).to_list()
    monkeypatch.setattr(perceptual_hash, "_FEW", 0)
    monkeypatch.setattr(perceptual_hash, "_GATHERED", 0)
    spans = medoid_clustering.spans
    monkeypatch.setattr(medoid_clustering, "spans", lambda start, end: spans(start, end, 5))
    assert perceptual_hash.clusters(hashes).to_list() == expected


@pytest.mark.parametrize("bits", [64, 256])
@pytest.mark.parametrize("some", [1, 12, 400])
def test_copies_too_many_for_all_pairs_are_still_one_picture(
    bits: int, some: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = np.random.default_rng(9)
    originals = [drawn(generator, bits) for _ in range(3)]
    # A hash that differs in one bit or two is within the bound of every copy.
    copies = [
        written(flipped(original, generator.choice(bits, most, False).tolist()), bits)
        for original in originals
        for most in (1, 0, *[1] * 60)
    ]
    others = [written(drawn(generator, bits), bits) for _ in range(20)]
    twins = [written(drawn(generator, bits) | 1, bits)]
    twins.append(written(int(twins[0], 16) ^ 1, bits))
    hashes = [*copies, *others, *twins]
    expected = together([*hashes])
    monkeypatch.setattr(perceptual_hash, "_HELD", 40)
    monkeypatch.setattr(perceptual_hash, "_SOME", some)
    assert together([*hashes]) == expected
    assert len(set(expected)) == 3 + 20 + 1


def test_a_hash_is_near_a_known_one_within_the_bound_and_of_its_kind_only() -> None:
    known = pl.Series(["f0e1d2c3b4a59687", "sha256:ab", "0" * 16])
    given = pl.Series(
        ["F0E1D2C3B4A59680", "f0e1d2c3b4a59678", "sha256:ab", "dhash:f0e1d2c3b4a59687", "0" * 16, None]
    )
    found = near(given, known)
    assert sorted(found.rows()) == [("F0E1D2C3B4A59680", "f0e1d2c3b4a59687"), ("sha256:ab", "sha256:ab")]
    assert near(given.clear(), known).is_empty()


def test_every_known_hash_is_compared_with() -> None:
    known = pl.Series([f"{place:032x}{'5a' * 16}" for place in range(1, 200)])
    assert near(known[-3:], known).filter(pl.col("hash") == pl.col("known")).height == 3


def test_a_normal_form_names_its_kind() -> None:
    given = pl.Series([" F0E1D2C3B4A59687", "pdq:" + "AB" * 32, "sha256:Ab", "", None])
    assert normal_form(given).to_list() == [
        "phash:f0e1d2c3b4a59687",
        "pdq:" + "ab" * 32,
        "sha256:Ab",
        None,
        None,
    ]


def copied(generator: np.random.Generator, original: int, copies: int, bits: int, flips: int) -> list[str]:
    """Return copies of a picture, each with so many bits of its own changed."""
    return [
        written(flipped(original, generator.choice(bits, flips, False).tolist()), bits) for _ in range(copies)
    ]


def variants(hashes: Sequence[str | None]) -> list[int | None]:
    found: list[int | None] = perceptual_hash.variants(pl.Series(hashes, dtype=pl.String)).to_list()
    return found


@pytest.mark.parametrize(("bits", "few", "flips"), [(256, 10, 28), (64, 1, 3)])
def test_copies_far_from_each_other_are_variants_of_the_picture_that_is_not_there(
    bits: int, few: int, flips: int
) -> None:
    generator = np.random.default_rng(1)
    original = drawn(generator, bits)
    close = copied(generator, original, 2 * perceptual_hash._LEAST_COPIES, bits, few)
    far = copied(generator, original, 20, bits, flips)
    assert len(set(together(close + far))) > 1
    assert len(set(variants(close + far))) == 1


def test_pictures_beyond_the_bound_stay_apart_however_many_copies_each_has() -> None:
    generator = np.random.default_rng(2)
    one = drawn(generator, 256)
    other = flipped(one, list(range(0, 80, 2)))
    found = variants([*copied(generator, one, 12, 256, 8), *copied(generator, other, 12, 256, 8)])
    assert len(set(found[:12])) == len(set(found[12:])) == 1
    assert found[0] != found[12]


def test_clusters_whose_centres_are_within_the_bound_are_one() -> None:
    generator = np.random.default_rng(3)
    one = drawn(generator, 256)
    other = flipped(one, list(range(perceptual_hash.BOUNDS[256])))
    hashes = [*copied(generator, one, 12, 256, 6), *copied(generator, other, 12, 256, 6)]
    assert len(set(together(hashes))) > 1
    assert len(set(variants(hashes))) == 1


@pytest.mark.parametrize("seed", range(5))
def test_variants_do_not_depend_on_the_order_of_the_rows(seed: int) -> None:
    generator = np.random.default_rng(seed)
    hashes = [one for _ in range(4) for one in copied(generator, drawn(generator, 256), 9, 256, 18)]
    order = generator.permutation(len(hashes))
    assert variants([hashes[place] for place in order]) == [variants(hashes)[place] for place in order]


def test_a_few_copies_ids_and_blank_pictures_are_as_in_clusters() -> None:
    generator = np.random.default_rng(4)
    few = copied(generator, drawn(generator, 256), perceptual_hash._LEAST_COPIES - 1, 256, 6)
    many = copied(generator, drawn(generator, 256), 9, 256, 2)
    hashes = [*few, *many, "phash:1", "sha256:ab", "0" * 64, "0" * 63 + "1", "", None]
    assert variants(hashes) == together(hashes)
