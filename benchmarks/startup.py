"""What starting takes: from the command to a ready service, the memory it then holds, single commands, and the installed size.

Every start is that of a fresh process. The size is that of the packages in requirements/run.txt, as the environment that runs this
holds them.

Run: python benchmarks/startup.py [--rounds 5] [--write]
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from dated import shown
from network import measured
from rich.table import Table

_LOCKED = Path(__file__).parents[1] / "requirements" / "run.txt"


def ready() -> tuple[float, float, int]:
    """Return the seconds and the CPU seconds until a service is ready, and the bytes that it holds then."""
    from serving import processor, serving  # noqa: TID251  # the benchmark beside this one

    begin = time.perf_counter()
    with serving(None) as (_, process):
        seconds = time.perf_counter() - begin
        status = Path(f"/proc/{process}/status").read_text()
        held = int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) * 1024
        return seconds, processor(process), held


def installed() -> list[tuple[str, int]]:
    """Return the locked packages that are installed, with their bytes, the largest first."""
    names = re.findall(r"^([A-Za-z0-9_.-]+)==", _LOCKED.read_text(), flags=re.MULTILINE)
    sizes = []
    # Some are locked twice, for older and for newer Python.
    for name in dict.fromkeys(names):
        try:
            files = distribution(name).files or []
        except PackageNotFoundError:  # for another system
            continue
        places = (Path(str(file.locate())) for file in files)
        sizes.append((name, sum(place.stat().st_size for place in places if place.is_file())))
    return sorted(sizes, key=lambda sized: -sized[1])


def main() -> None:
    """Print two tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="starts of each; the least counts")
    parser.add_argument("--write", action="store_true", help="put the tables into the documentation")
    options = parser.parse_args()
    table = Table(
        title="Starting",
        caption=f"The least of {options.rounds} starts.",
        title_justify="left",
    )
    for name in ("what", "seconds", "CPU s", "MB"):
        table.add_column(name, justify="left" if name == "what" else "right")
    # Before this process grows: Linux hands its peak memory down to its children.
    for name, command in {
        "vigie --help": ("-m", "vigie", "--help"),
        "vigie score --help": ("-m", "vigie", "score", "--help"),
        "import vigie.client": ("-c", "import vigie.client"),
    }.items():
        costs = [measured(sys.executable, *command) for _ in range(options.rounds)]
        least = min(costs, key=lambda cost: cost.cpu)
        wall = min(cost.wall for cost in costs)
        table.add_row(name, f"{wall:.1f}", f"{least.cpu:.2f}", f"{least.peak / 1e6:,.0f}")
    starts = [ready() for _ in range(options.rounds)]
    seconds, cpu, held = (min(column) for column in zip(*starts, strict=True))
    table.add_row("vigie serve, until it is ready", f"{seconds:.1f}", f"{cpu:.2f}", f"{held / 1e6:,.0f}")
    shown(table, write=options.write)
    sizes = installed()
    whole = Table(
        title="Installed size",
        caption=f"{len(sizes)} packages of requirements/run.txt, without bytecode.",
        title_justify="left",
    )
    whole.add_column("package")
    whole.add_column("MB", justify="right")
    for name, size in sizes[:8]:
        whole.add_row(name, f"{size / 1e6:,.0f}")
    whole.add_row("the others", f"{sum(size for _, size in sizes[8:]) / 1e6:,.0f}")
    whole.add_row("together", f"{sum(size for _, size in sizes) / 1e6:,.0f}")
    shown(whole, write=options.write)


if __name__ == "__main__":
    main()
