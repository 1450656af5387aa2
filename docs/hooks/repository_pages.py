# ruff: noqa: INP001 - loaded by MkDocs from its path
"""MkDocs hook: show files that live outside ``docs/`` (model cards, contributing guide …) as pages of the site.

Links are written for readers of the repository. On the site they lead to the page made of the same file.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

# File in the repository -> page of the site, both relative to their roots.
PAGES = {
    "CHANGELOG.md": "project/changelog.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "SECURITY.md": "project/security.md",
    "deploy/README.md": "how-to/deploy.md",
    "models/default/inauthentic/card.md": "reference/model-cards/inauthentic.md",
    "models/default/inauthentic/card.fr.md": "reference/model-cards/inauthentic.fr.md",
    "models/default/coordinated/card.md": "reference/model-cards/coordinated.md",
    "models/default/coordinated/card.fr.md": "reference/model-cards/coordinated.fr.md",
}
_LINK = re.compile(r"(\]\()([^)\s:#]+)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages."""
    root = Path(config.config_file_path).parent
    for source, page in PAGES.items():
        files.append(File.generated(config, page, content=(root / source).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Return the page with its links between files of the repository as links between pages."""
    sources = {site: source for source, site in PAGES.items()}
    here = page.file.src_uri
    in_repository = sources.get(here, f"docs/{here}")

    def on_site(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(in_repository), link[2]))
        site = PAGES.get(target) or target.removeprefix("docs/")
        if site == target:  # outside the site: left as it is, and the strict build reports it
            return link[0]
        return f"{link[1]}{posixpath.relpath(site, posixpath.dirname(here) or '.')}"

    return _LINK.sub(on_site, markdown)
