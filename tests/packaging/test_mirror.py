"""Tests mirror modules one to one: a module that does something has its test file, and no test file is left over."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("features", "models", "training", "serving")


def place_of_tests(module: Path) -> Path:
    """Return where the tests of a module lie; those of a package are named as its folder.

    >>> place_of_tests(Path("features/i18n/message.py")).as_posix()
    'tests/features/i18n/test_message.py'
    >>> place_of_tests(Path("features/ingest/readers/__init__.py")).as_posix()
    'tests/features/ingest/readers/test_readers.py'
    """
    name = module.parent.name if module.stem == "__init__" else module.stem
    return Path("tests") / module.parent / f"test_{name}.py"


def functions(file: Path) -> Iterator[str]:
    """Yield the names of all functions and methods that a file defines; types and constants alone have none."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


def files(root: Path, pattern: str) -> list[Path]:
    """Return the files of all rooms below a folder."""
    return sorted(file for room in ROOMS for file in (root / room).rglob(pattern))


def untested(root: Path) -> list[str]:
    """Return the modules that do something and have no tests at their place."""

    def tested(place: Path) -> bool:
        return place.is_file() and any(name.startswith("test_") for name in functions(place))

    modules = [file.relative_to(root) for file in files(root, "*.py") if any(functions(file))]
    return [
        f"{module.as_posix()} has functions but no tests: write {place_of_tests(module).as_posix()}"
        for module in modules
        if not tested(root / place_of_tests(module))
    ]


def left_over(root: Path) -> list[str]:
    """Return the test files that mirror no module."""
    places = {root / place_of_tests(file.relative_to(root)) for file in files(root, "*.py")}
    return [
        f"{test.relative_to(root).as_posix()} mirrors no module: move its tests to the file of what they test"
        for test in files(root / "tests", "test_*.py")
        if test not in places
    ]


def test_every_module_that_does_something_has_tests_at_its_place() -> None:
    assert files(ROOT, "*.py")
    assert untested(ROOT) == []


def test_every_test_file_of_a_room_mirrors_a_module() -> None:
    assert files(ROOT / "tests", "test_*.py")
    assert left_over(ROOT) == []


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes files, named by their path, into an empty repository."""

    def write(**texts: str) -> Path:
        for name, text in texts.items():
            file = tmp_path / f"{name.replace('__', '/')}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return tmp_path

    return write


@pytest.mark.parametrize(
    "source",
    ["def f(): ...", "async def f(): ...", "class A:\n    def f(self): ...", "if True:\n    def f(): ..."],
)
def test_a_function_of_any_kind_asks_for_tests(tree: Callable[..., Path], source: str) -> None:
    root = tree(models__a=source)
    assert untested(root) == ["models/a.py has functions but no tests: write tests/models/test_a.py"]
    tree(tests__models__test_a="def helper(): ...")
    assert len(untested(root)) == 1, "a file without a test is none"
    tree(tests__models__test_a="def test_a(): ...")
    assert untested(root) == left_over(root) == []


def test_types_and_constants_alone_ask_for_no_tests_and_may_have_some(tree: Callable[..., Path]) -> None:
    root = tree(models__a="LEAST = 3\n\nclass A:\n    name: str\n", serving__b="")
    assert untested(root) == []
    tree(tests__models__test_a="def test_a(): ...")
    assert left_over(root) == []


def test_a_test_file_of_no_module_is_left_over(tree: Callable[..., Path]) -> None:
    root = tree(models__a="", tests__models__test_b="def test_b(): ...", tests__serving__test_a="")
    assert [fault.split(" ")[0] for fault in left_over(root)] == [
        "tests/models/test_b.py", "tests/serving/test_a.py",
    ]  # fmt: skip
