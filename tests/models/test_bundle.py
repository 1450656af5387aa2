"""A bundle that was altered, truncated, half copied or made for other features is refused with a clear message."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from vigie.errors import BundleCorruptError, BundleFeatureSetError, BundleNotFoundError, BundleVersionError
from vigie.features.versioning import fingerprints
from vigie.models import bundle


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    shutil.copytree(bundle.default_folder(), folder)
    return folder


def _edit(folder: Path, **changes: object) -> None:
    """Change the index and give it the version that goes with the change, as its author would."""
    index = json.loads((folder / "bundle.json").read_text()) | changes
    index["version"] = bundle.version_of(index)
    (folder / "bundle.json").write_text(json.dumps(index))


def test_the_bundle_that_ships_loads_and_is_small() -> None:
    shipped = bundle.load()
    assert set(shipped.parts) == {"profile", "posts"}
    assert shipped.card.startswith("# vigie-inauthentic")
    assert sum(path.stat().st_size for path in bundle.default_folder().iterdir()) < 4_000_000


def test_the_bundle_that_ships_holds_no_pickle_and_no_code() -> None:
    assert {path.suffix for path in bundle.default_folder().iterdir()} <= {".json", ".txt", ".md"}


def test_the_floors_are_the_numbers_alone(remade: Callable[..., Path]) -> None:
    switched = bundle.load(remade("switched", floors={"acts": 5, "posts": 20, "posts_count_needed": False}))
    assert switched.floors() == {"acts": 5, "posts": 20}


def test_a_missing_folder_names_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BundleNotFoundError, match="vigie train --help"):
        bundle.load(tmp_path)


@pytest.mark.parametrize("name", ["profile.txt", "posts.0.txt", "card.md"])
def test_an_altered_file_is_refused_by_name(copy: Path, name: str) -> None:
    (copy / name).write_text((copy / name).read_text().replace("0", "1", 1) + " ")
    with pytest.raises(BundleCorruptError, match=name):
        bundle.load(copy)


def test_a_truncated_model_is_refused(copy: Path) -> None:
    content = (copy / "posts.txt").read_bytes()
    (copy / "posts.txt").write_bytes(content[: len(content) // 2])
    with pytest.raises(BundleCorruptError, match="altered or truncated"):
        bundle.load(copy)


def test_a_missing_file_is_refused(copy: Path) -> None:
    (copy / "profile.1.txt").unlink()
    with pytest.raises(BundleCorruptError, match=r"profile\.1\.txt"):
        bundle.load(copy)


def test_a_truncated_index_is_refused(copy: Path) -> None:
    text = (copy / "bundle.json").read_text()
    (copy / "bundle.json").write_text(text[: len(text) // 2])
    with pytest.raises(BundleCorruptError, match="truncated or not JSON"):
        bundle.load(copy)


def test_an_index_without_an_entry_is_refused(copy: Path) -> None:
    index = json.loads((copy / "bundle.json").read_text())
    del index["parts"]["posts"]["calibration"]
    _edit(copy, parts=index["parts"])
    with pytest.raises(BundleCorruptError, match="calibration"):
        bundle.load(copy)


def test_an_altered_calibration_or_discount_is_refused(copy: Path) -> None:
    index = json.loads((copy / "bundle.json").read_text())
    index["parts"]["profile"]["calibration"]["slope"] = -5
    (copy / "bundle.json").write_text(json.dumps(index))
    with pytest.raises(BundleCorruptError, match="was altered"):
        bundle.load(copy)


def test_a_file_outside_the_folder_is_not_read(copy: Path) -> None:
    (copy.parent / "secret").write_text("secret")
    _edit(copy, files={"../secret": "0"})
    with pytest.raises(BundleCorruptError, match="missing"):
        bundle.load(copy)


def test_another_format_is_refused_with_what_this_version_reads(copy: Path) -> None:
    _edit(copy, format=99)
    with pytest.raises(BundleVersionError, match="reads format 1"):
        bundle.load(copy)


def test_another_feature_set_is_refused_with_the_features_at_fault(copy: Path) -> None:
    index = json.loads((copy / "bundle.json").read_text())
    marks = index["fingerprints"] | {"content_url_share": "0" * 12, "content_unheard_of": "0" * 12}
    _edit(copy, fingerprints=marks)
    with pytest.raises(
        BundleFeatureSetError,
        match=r"unknown here: content_unheard_of; computed otherwise: content_url_share",
    ):
        bundle.load(copy)


def test_a_feature_that_the_leak_register_keeps_from_models_is_refused(copy: Path) -> None:
    index = json.loads((copy / "bundle.json").read_text())
    leak = "content_emoji_mean_count"
    _edit(copy, fingerprints=index["fingerprints"] | {leak: fingerprints()[leak]})
    with pytest.raises(BundleFeatureSetError, match=rf"kept from models by the leak register: {leak}"):
        bundle.load(copy)


def test_the_card_comes_in_the_languages_a_bundle_has(copy: Path, tmp_path: Path) -> None:
    index = json.loads((copy / "bundle.json").read_text())
    files = {name: (copy / name).read_text() for name in index["files"]}
    english = {name: text for name, text in files.items() if name != "card.fr.md"}
    bundle.save(tmp_path / "old", index, english)
    assert bundle.load(tmp_path / "old").cards == {"en": files["card.md"]}
    bundle.save(tmp_path / "new", index, english | {"card.fr.md": "# La fiche\n"})
    loaded = bundle.load(tmp_path / "new")
    assert loaded.cards == {"en": files["card.md"], "fr": "# La fiche\n"}
    assert loaded.card == files["card.md"]


def test_a_bundle_stays_where_the_new_one_cannot_take_its_place(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bundle.load(copy)
    files = {name: (copy / name).read_text() for name in before.index["files"]}
    real = os.replace

    def refuse(old: Path, new: Path) -> None:
        if new == copy and not copy.exists() and "before" not in Path(old).parts:
            raise OSError(28, "No space left on device")
        real(old, new)

    monkeypatch.setattr(os, "replace", refuse)
    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(OSError, match="No space"):
        bundle.save(copy, before.index | {"assumed_prevalence": 0.3}, files)
    assert bundle.load(copy).version == before.version


def test_saving_replaces_a_bundle_whole_and_gives_the_same_version_for_the_same_model(
    copy: Path, tmp_path: Path
) -> None:
    index = json.loads((copy / "bundle.json").read_text())
    files = {path.name: path.read_text() for path in copy.iterdir() if path.name != "bundle.json"}
    (copy / "left-over").write_text("x")
    bundle.save(copy, index, files)
    assert not (copy / "left-over").exists()
    assert bundle.load(copy).version == index["version"]
    files["profile.txt"] = files["posts.txt"]
    bundle.save(tmp_path / "other", index, files)
    assert json.loads((tmp_path / "other" / "bundle.json").read_text())["version"] != index["version"]


@pytest.mark.parametrize("slope", [0, -0.5])
def test_a_calibration_that_ranks_nobody_is_refused_whatever_its_digests(copy: Path, slope: float) -> None:
    index = json.loads((copy / "bundle.json").read_text())
    index["parts"]["profile"]["calibration"]["slope"] = slope
    _edit(copy, parts=index["parts"])
    with pytest.raises(BundleCorruptError, match="slope: input should be greater than 0"):
        bundle.load(copy)


def test_a_model_that_would_break_lightgbm_is_refused_whatever_its_digests(copy: Path) -> None:
    index = json.loads((copy / "bundle.json").read_text())
    files = {name: (copy / name).read_text() for name in index["files"]}
    looping = files["posts.1.txt"].replace("left_child=-1", "left_child=0", 1)
    bundle.save(copy, index, files | {"posts.1.txt": looping})
    with pytest.raises(BundleCorruptError, match=r"posts\.1\.txt is not a model that vigie trains"):
        bundle.load(copy)


def _adaptation() -> dict[str, object]:
    curves = {"slope": 1.0, "intercept": 0.0, "heights": [[-0.5, 0.5]]}
    fitted = {"features": ["profile_listed_count"], "knots": [[0.0, 2.0]], "members": [curves, curves]}
    return {"parent": {"name": "a", "version": "1"}, "head": curves | fitted}


def test_an_adapted_bundle_is_told_by_its_format(remade: Callable[..., Path]) -> None:
    folder = remade("adapted", adaptation=_adaptation())
    found = bundle.load(folder)
    assert found.index["format"] == bundle.ADAPTED_FORMAT
    assert found.head is not None
    assert found.head.features == ("profile_listed_count",)
    assert bundle.load().head is None


def test_a_head_under_the_first_format_is_refused(copy: Path) -> None:
    _edit(copy, adaptation=_adaptation())
    with pytest.raises(BundleVersionError, match="reads format 1, and 2 of a bundle that was adapted"):
        bundle.load(copy)


def test_an_altered_head_is_refused(remade: Callable[..., Path]) -> None:
    folder = remade("adapted", adaptation=_adaptation())
    text = (folder / "bundle.json").read_text()
    (folder / "bundle.json").write_text(text.replace('"slope": 1.0', '"slope": 1.5', 1))
    with pytest.raises(BundleCorruptError, match="was altered"):
        bundle.load(folder)
