"""Files, modules and links that the documents name exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("features", "models", "training", "serving")
PAGES = sorted(
    [
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "deploy/README.md")),
    ]
)
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_IMPORT = re.compile(r"^from (vigie[\w.]*) import (.+)$", re.MULTILINE)
_FOLDERS = (*ROOMS, "tests", "docs", "src", "deploy", "examples", "benchmarks", "requirements")
_REPOSITORY_PATH = re.compile(rf"(?:{'|'.join(_FOLDERS)})/[\w./-]*")
# Words in capitals in a path stand for a name of the reader's own.
_PLACEHOLDER = re.compile(r"\b[A-Z]{3,}\b")


def page_id(page: Path) -> str:
    return str(page.relative_to(ROOT))


def defined(module: str) -> set[str] | None:
    """Return the names that a module defines or imports, its submodules included; None where there is none."""
    path = ROOT / "src" / Path(*module.split("."))
    file = path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"
    if not file.is_file():
        return None
    names = {child.stem for child in path.glob("*")} if path.is_dir() else set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
        else:
            names |= {
                name.id
                for name in ast.walk(node)
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
            }
            # Names offered on demand are listed in __all__.
            names |= {
                value.value
                for value in ast.walk(node)
                if isinstance(value, ast.Constant) and isinstance(value.value, str)
            }
    return names


def exists(dotted: str) -> bool:
    parts = dotted.split(".")
    if defined(dotted) is not None:
        return True
    for cut in range(len(parts) - 1, 0, -1):
        names = defined(".".join(parts[:cut]))
        if names is not None:
            return parts[cut] in names
    return False


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_modules_and_files_named_in_code_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    missing = []
    for code in _CODE.findall(text):
        dotted = re.match(r"vigie(?:\.\w+)+", code)
        if dotted and dotted[0].split(".")[1] in (*ROOMS, "cli", "errors") and not exists(dotted[0]):
            missing.append(dotted[0])
        path = _REPOSITORY_PATH.fullmatch(code)
        if path and not _PLACEHOLDER.search(code) and not (ROOT / code).exists():
            missing.append(code)
    for module, names in _IMPORT.findall(text):
        missing += [
            f"{module}.{name.strip()}" for name in names.split(",") if not exists(f"{module}.{name.strip()}")
        ]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_links_inside_the_repository_lead_somewhere(page: Path) -> None:
    targets = [link.partition("#")[0] for link in _LINK.findall(page.read_text(encoding="utf-8"))]
    local = [
        target for target in targets if target and "://" not in target and not target.startswith("mailto:")
    ]
    assert not [target for target in local if not (page.parent / target).exists()]


def test_a_module_that_moved_away_is_noticed() -> None:
    assert exists("vigie.features.catalogue.Feature")
    assert exists("vigie.training.train_model")
    assert not exists("vigie.features.synchrony.company")
    assert not exists("vigie.features.catalogue.Features")
