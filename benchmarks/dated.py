"""Tables of benchmarks in the documentation, each with its date, its command and the machine in words.

A benchmark draws a table for people; with ``--write`` it also takes the place of that table in docs/reference/benchmarks.md.
"""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "benchmarks.md"


def shown(table: Table, *, write: bool) -> None:
    """Print a table, and put it into the page where that is asked for: in place of the one that this command made before.

    Args:
        table: With a title, and a caption where something is to be explained.
        write: Whether it goes into the page.
    """
    from rich.console import Console

    Console(width=140).print(table)
    if not write:
        return
    name = f"{Path(sys.argv[0]).stem}: {table.title}"
    start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(start)
    _, _, after = rest.partition(end)
    if not rest:
        before, after = f"{page}\n", ""
    PAGE.write_text(f"{before}{start}{section(table)}{end}{after}", encoding="utf-8")


def section(table: Table) -> str:
    """Return a table as Markdown, with what it was made by, when and where."""
    given = [word for word in sys.argv[1:] if word != "--write"]
    command = " ".join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *map(_nameless, given)])
    heads = [str(column.header) for column in table.columns]
    ruled = ["---:" if column.justify == "right" else "---" for column in table.columns]
    rows = zip(*(map(str, column.cells) for column in table.columns), strict=True)
    lines = [f"| {' | '.join(cells)} |" for cells in (heads, ruled, *rows)]
    caption = f"{table.caption}\n\n" if table.caption else ""
    made = f"{datetime.now(UTC).date()}, {machine()}: `{command}`"
    return f"## {table.title}\n\n{caption}" + "\n".join(lines) + f"\n\n{made}\n"


def machine() -> str:
    """Return the machine and the versions in words, without its name; and how busy it was."""
    import polars as pl

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    busy = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, Polars {pl.__version__}, load {busy:.0f} at the end"
    )


def _nameless(word: str) -> str:
    """Return an argument without the folders of this machine."""
    return Path(word).name if os.sep in word else word
