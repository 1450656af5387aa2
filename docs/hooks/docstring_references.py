# ruff: noqa: INP001 - loaded by Griffe from its path
"""Griffe extension: docstrings as the site shows them.

References (``:func:`name```) become links. A name is looked up in the object itself, then in its parents. Citations
(``[Pacheco2021]``) become links to the bibliography. A full name or a citation that does not exist makes the strict build
fail. Doctests become blocks of code.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

_CITATION = re.compile(r"\[([A-Z][A-Za-z]+\d{4}[a-z]?)\](?![\[(])")
_DOCTEST = re.compile(r"^>>> .*(?:\n.+)*", re.MULTILINE)
_ROLE = re.compile(r":(?:mod|func|class|meth|data|attr|exc|obj):`~?([\w.]+)`")


class DocstringReferences(griffe.Extension):
    """Rewrites every docstring of a package once it is loaded."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Rewrite the docstrings of the package."""
        self._rewrite(pkg)

    def _rewrite(self, item: griffe.Object) -> None:
        if item.docstring:
            linked = _ROLE.sub(lambda role: _link(item, role[1]), item.docstring.value)
            linked = _CITATION.sub(lambda key: f"[{key[1]}][{key[1].lower()}]", linked)
            item.docstring.value = _DOCTEST.sub(r"```pycon\n\g<0>\n```", linked)
        for member in item.members.values():
            if not member.is_alias:
                self._rewrite(member)  # type: ignore[arg-type]  # not an alias


def _link(item: griffe.Object, name: str) -> str:
    path = name if name.startswith("vigie.") else _resolved(item, name)
    if path is None or any(part.startswith("_") for part in path.split(".")):
        return f"`{name}`"
    if _exists(item, path) and not _has_entry(item, path):
        return f"`{name}`"
    return f"[`{name}`][{path}]"


def _exists(item: griffe.Object, path: str) -> bool:
    owner, _, name = path.rpartition(".")
    try:
        # Griffe has no member for one of several names assigned at once.
        return name in item.modules_collection[owner].members or name in item.modules_collection[owner].source
    except KeyError:
        return False


def _has_entry(item: griffe.Object, path: str) -> bool:
    """Return whether the site has a place to link to: only what has a docstring is shown."""
    owner, _, name = path.rpartition(".")
    member = item.modules_collection[owner].members.get(name)
    return member is not None and bool(member.docstring)


def _resolved(item: griffe.Object, name: str) -> str | None:
    """Return the full path of a name as seen from an object; None where it is not of this package."""
    first, _, rest = name.partition(".")
    scope: griffe.Object | None = item
    while scope is not None:
        if first in scope.members:
            member = scope.members[first]
            path = member.target_path if isinstance(member, griffe.Alias) else member.path
            return f"{path}.{rest}" if rest else path
        scope = scope.parent
    return None
