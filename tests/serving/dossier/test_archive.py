"""A dossier's file follows from its members alone, and what comes from outside is read within bounds."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile

import pytest

from vigie.errors import DossierError
from vigie.serving.dossier import archive

MEMBERS = {"README.txt": b"read me", "inputs/posts.parquet": b"PAR1", "notes/fr/note.html": b"<p>" * 1_000}


def written(members: dict[str, bytes]) -> bytes:
    file = BytesIO()
    archive.write(file, members)
    return file.getvalue()


def refused(path: Path, content: bytes, match: str) -> None:
    path.write_bytes(content)
    with pytest.raises(DossierError, match=match), archive.opened(path):
        pass


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dossier.zip"


def zipped(*members: tuple[str, bytes], compression: int = ZIP_DEFLATED) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", compression) as made:
        for name, content in members:
            made.writestr(name, content)
    return file.getvalue()


def test_the_same_members_give_the_same_bytes_and_are_read_as_they_were(path: Path) -> None:
    assert written(MEMBERS) == written(MEMBERS)
    path.write_bytes(written(MEMBERS))
    with archive.opened(path) as held:
        assert held.names == tuple(MEMBERS)
        assert {name: held.read(name) for name in held.names} == MEMBERS
        with pytest.raises(DossierError, match=r"holds no figures\.json"):
            held.read("figures.json")
        with pytest.raises(DossierError, match="larger than 3 bytes"):
            held.read("README.txt", 3)


@pytest.mark.parametrize(
    "name", ["../outside", "/etc/passwd", "notes//x", "notes/../../x", "C:\\x", "a\nb", ".hidden", "x/"]
)
def test_a_name_that_leads_elsewhere_is_refused(path: Path, name: str) -> None:
    refused(path, zipped((name, b"")), "no dossier holds such a name")


def test_members_of_one_name_and_other_compressions_are_refused(path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = zipped(("figures.json", b"1"), ("figures.json", b"2"))
    refused(path, twice, "two members of one name")
    refused(path, zipped(("figures.json", b"1"), compression=ZIP_BZIP2), "compressed otherwise")


def test_what_would_unpack_to_more_than_a_dossier_holds_is_refused_before_it_is_unpacked(path: Path) -> None:
    stated = struct.pack("<L", archive.LARGEST_MEMBER + 1)
    bomb = bytearray(zipped(("figures.json", b"\0" * 1_000)))
    directory = bomb.index(b"PK\x01\x02")
    bomb[directory + 24 : directory + 28] = stated
    refused(path, bytes(bomb), "at most 1,073,741,824")
    refused(path, zipped(*((f"member{number}", b"") for number in range(300))), "300 members")
    refused(path, zipped(*((f"member{number}", b"") for number in range(3_000))), "names more members")


def test_a_member_that_holds_more_than_it_states_is_refused(path: Path) -> None:
    bomb = bytearray(zipped(("figures.json", b"\0" * 1_000)))
    directory = bomb.index(b"PK\x01\x02")
    bomb[directory + 24 : directory + 28] = struct.pack("<L", 10)
    path.write_bytes(bytes(bomb))
    with archive.opened(path) as held, pytest.raises(DossierError, match="is damaged"):
        held.read("figures.json")


@pytest.mark.parametrize(
    "content", [b"", b"no archive", b"PK\x05\x06", written(MEMBERS)[:-1], written(MEMBERS) + b"behind it"]
)
def test_what_is_no_whole_archive_is_refused(path: Path, content: bytes) -> None:
    refused(path, content, "is no dossier")


def test_an_archive_of_the_large_form_is_refused(path: Path) -> None:
    whole = written(MEMBERS)
    refused(path, whole[:-22] + b"PK\x06\x07" + b"\0" * 16 + whole[-22:], "is no dossier")


def test_more_than_a_dossier_may_hold_is_not_written() -> None:
    with pytest.raises(DossierError, match="at most 256"):
        written({f"member{number}": b"" for number in range(257)})
