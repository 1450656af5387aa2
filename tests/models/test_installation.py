"""A bundle is installed whole or not at all, at once, and installing it again changes nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from vigie.errors import BundleCorruptError, BundlePlaceError, BundleTargetError
from vigie.models import bundle
from vigie.models.installation import exclusive, install, installed, kept_versions


def variant(folder: Path, prevalence: float) -> Path:
    """Write the bundle that ships with another prevalence, so that its version differs."""
    shutil.copytree(bundle.default_folder(), folder)
    index = json.loads((folder / "bundle.json").read_text()) | {"assumed_prevalence": prevalence}
    index["version"] = bundle.version_of(index)
    (folder / "bundle.json").write_text(json.dumps(index))
    return folder


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return variant(tmp_path_factory.mktemp("one") / "bundle", 0.2)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return variant(tmp_path_factory.mktemp("two") / "bundle", 0.3)


def test_a_place_becomes_a_link_to_a_folder_named_by_the_version(one: Path, tmp_path: Path) -> None:
    place = tmp_path / "models" / "inauthentic"
    kept = install(one, place)
    version = bundle.load(one).version
    assert kept == tmp_path / "models" / "inauthentic.versions" / version
    assert place.is_symlink()
    assert bundle.load(place).version == installed(place) == version


def test_the_one_before_is_kept_beside(one: Path, two: Path, tmp_path: Path) -> None:
    place = tmp_path / "inauthentic"
    before = install(one, place)
    install(two, place)
    assert bundle.load(place).version == bundle.load(two).version
    assert bundle.load(before).version == bundle.load(one).version


def test_installing_again_changes_nothing_and_leaves_nothing_behind(one: Path, tmp_path: Path) -> None:
    place = tmp_path / "inauthentic"
    kept = install(one, place)
    written = {path: path.stat().st_mtime_ns for path in kept.iterdir()}
    assert install(one, place) == kept
    assert {path: path.stat().st_mtime_ns for path in kept.iterdir()} == written
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inauthentic", "inauthentic.versions"]
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_both_can_be_moved_together(one: Path, tmp_path: Path) -> None:
    install(one, tmp_path / "here" / "inauthentic")
    (tmp_path / "here").rename(tmp_path / "there")
    assert installed(tmp_path / "there" / "inauthentic") == bundle.load(one).version


def test_a_broken_bundle_is_refused_and_the_old_one_stays(one: Path, two: Path, tmp_path: Path) -> None:
    place = tmp_path / "inauthentic"
    install(one, place)
    broken = tmp_path / "broken"
    shutil.copytree(two, broken)
    (broken / "card.md").write_text("something else")
    with pytest.raises(BundleCorruptError):
        install(broken, place)
    assert installed(place) == bundle.load(one).version


def test_a_copy_that_was_damaged_is_replaced(one: Path, tmp_path: Path) -> None:
    place = tmp_path / "inauthentic"
    (install(one, place) / "card.md").write_text("damaged")
    assert installed(place) is None
    install(one, place)
    assert installed(place) == bundle.load(one).version


def test_a_plain_bundle_folder_is_kept_and_a_link_takes_its_place(
    one: Path, two: Path, tmp_path: Path
) -> None:
    place = tmp_path / "inauthentic"
    shutil.copytree(one, place)
    install(two, place)
    assert installed(place) == bundle.load(two).version
    (before,) = (tmp_path / "inauthentic.versions").glob("before-*/inauthentic")
    assert bundle.load(before).version == bundle.load(one).version


def test_an_empty_folder_is_a_place(one: Path, tmp_path: Path) -> None:
    (tmp_path / "inauthentic").mkdir()
    install(one, tmp_path / "inauthentic")
    assert installed(tmp_path / "inauthentic") == bundle.load(one).version


def test_a_folder_or_file_of_something_else_is_left_alone(one: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").write_text("")
    (tmp_path / "file").write_text("")
    for name in ("photos", "file"):
        with pytest.raises(BundlePlaceError, match="is there and is not a bundle"):
            install(one, tmp_path / name)
    assert (tmp_path / "photos" / "a.png").exists()


def test_a_bundle_of_another_target_is_refused(one: Path, tmp_path: Path) -> None:
    place = tmp_path / "coordinated"
    install(bundle.default_folder("coordinated"), place)
    with pytest.raises(BundleTargetError, match="holds a bundle for 'coordinated'"):
        install(one, place)


def test_nobody_sees_a_place_without_a_whole_bundle_while_it_is_swapped(
    one: Path, two: Path, tmp_path: Path
) -> None:
    place = tmp_path / "inauthentic"
    install(one, place)
    versions, faults, stop = {bundle.load(one).version, bundle.load(two).version}, [], threading.Event()

    def watch() -> None:
        while not stop.is_set():
            try:
                seen = json.loads((place / "bundle.json").read_text())["version"]
            except (OSError, ValueError) as error:
                faults.append(str(error))
            else:
                faults.extend({seen} - versions)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for turn in range(4):
        install((one, two)[turn % 2], place)
    stop.set()
    watcher.join()
    assert faults == []


_INSTALLER = """
import sys
from pathlib import Path
from vigie.models.installation import exclusive
with exclusive(Path(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.readline()
"""


def test_two_processes_do_not_install_at_one_place_at_once_and_a_killed_one_leaves_no_lock(
    tmp_path: Path,
) -> None:
    place = tmp_path / "models" / "inauthentic"
    command = [sys.executable, "-c", _INSTALLER, str(place)]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        with pytest.raises(BundlePlaceError, match="another process is installing"), exclusive(place):
            pass
        process.kill()
        process.wait()
    with exclusive(place):
        pass


def test_the_versions_kept_are_listed_the_one_put_there_last_first(
    one: Path, two: Path, tmp_path: Path
) -> None:
    place = tmp_path / "inauthentic"
    assert kept_versions(place) == []
    first, second = install(one, place), install(two, place)
    assert kept_versions(place) == [second, first]
    install(one, place)
    assert kept_versions(place) == [first, second]
    (second / "card.md").write_text("damaged")
    assert kept_versions(place) == [first, second]
    (second / "bundle.json").unlink()
    assert kept_versions(place) == [first]
