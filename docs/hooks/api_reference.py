# ruff: noqa: INP001 - loaded by MkDocs from its path
"""MkDocs hook: one page per public module of the rooms, listed in the navigation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOMS = ("features", "models", "training", "serving")
# Run by MLflow, not imported: loading it loads MLflow whole.
_NOT_IMPORTED = {"vigie.training.registry.mlflow_pyfunc"}


def modules(root: Path) -> list[str]:
    """Return the errors, and the public modules of the rooms, packages before what they hold."""
    names = []
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            parts = ["vigie", *path.relative_to(root).with_suffix("").parts]
            if parts[-1] == "__init__":
                parts.pop()
            if not any(part.startswith("_") for part in parts):
                names.append(".".join(parts))
    return ["vigie.errors", *sorted(set(names) - _NOT_IMPORTED)]


def page_of(module: str, packages: set[str]) -> str:
    """Return the page of a module."""
    path = module.removeprefix("vigie.").replace(".", "/")
    return f"api/{path}/index.md" if module in packages else f"api/{path}.md"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the pages in the navigation."""
    names = modules(Path(config.config_file_path).parent)
    packages = _packages(names)
    tree: dict[str, Any] = {}
    for name in names:
        branch = tree
        for part in name.split(".")[1:]:
            branch = branch.setdefault(part, {})
    entries = _entries("vigie", tree, packages)
    nav: list[Any] = config.nav or []
    position = next(index for index, entry in enumerate(nav) if "Explanation" in entry)
    nav.insert(position, {"API": ["api/index.md", *entries]})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages."""
    names = modules(Path(config.config_file_path).parent)
    packages = _packages(names)
    for name in names:
        content = f"---\ntitle: {name}\n---\n\n::: {name}\n"
        files.append(File.generated(config, page_of(name, packages), content=content))
    files.append(File.generated(config, "api/index.md", content=_INDEX))
    return files


_INDEX = """# API reference

The pages below are made from the docstrings of the code.

| package | holds |
|---|---|
| [`vigie.features`](features/index.md) | what is measured on accounts and between accounts, without any model |
| [`vigie.models`](models/index.md) | the trained model: bundle, scoring, verdicts |
| [`vigie.training`](training/index.md) | how a model is trained, evaluated and registered; synthetic corpora |
| [`vigie.serving`](serving/index.md) | the HTTP service and the scoring of files |
| [`vigie.errors`](errors.md) | the errors that a caller may meet |

A notebook needs three functions: `configuration`, `train_model` and `judge_bundle` of
[`vigie.training.api`](training/api.md).
"""


def _packages(names: list[str]) -> set[str]:
    return {name.rpartition(".")[0] for name in names} - {"vigie"}


def _entries(prefix: str, tree: dict[str, Any], packages: set[str]) -> list[Any]:
    entries: list[Any] = []
    for part, branch in tree.items():
        name = f"{prefix}.{part}"
        page = page_of(name, packages)
        if name in packages:
            entries.append({part: [page, *_entries(name, branch, packages)]})
        else:
            entries.append({part: page})
    return entries
