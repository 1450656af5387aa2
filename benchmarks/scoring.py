"""Accounts per second and peak memory of ``vigie score``.

Run: python benchmarks/scoring.py [--accounts 5000] [DATASET ...]
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from vigie.features.ingest import dataset
from vigie.features.ingest.reader import Log
from vigie.training.synthetic.accounts import generate

# The child says its own peak and the processor time that it took. Linux hands the parent's peak down in getrusage, so the
# kernel's own count of the program is read where there is one; macOS counts in bytes.
_CHILD = """
import json, pathlib, re, resource, sys
from vigie.cli import app
try:
    app(sys.argv[1:])
except SystemExit as end:
    code = end.code
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
status = pathlib.Path("/proc/self/status")
if status.exists():
    peak = int(re.findall(r"VmHWM:\\s+(\\d+)", status.read_text())[0]) * 1024
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"code": code, "peak": peak, "cpu": used.ru_utime + used.ru_stime}))
"""


@dataclass(frozen=True)
class Cost:
    """What a command took.

    Attributes:
        seconds: From start to end.
        cpu: Seconds of processor time.
        peak: Bytes at its largest.
    """

    seconds: float
    cpu: float
    peak: int


def measure(*command: str) -> Cost:
    """Return what a command of vigie took."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, *command], capture_output=True, text=True, check=True
    )
    seconds = time.perf_counter() - start
    said = json.loads(done.stdout.splitlines()[-1])
    if said["code"]:
        sys.exit(done.stderr)
    return Cost(seconds, said["cpu"], said["peak"])


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("datasets", nargs="*", type=Path, help="dataset directories; none: an invented one")
    parser.add_argument("--accounts", type=int, default=5000, help="accounts of the invented dataset")
    options = parser.parse_args()
    table = Table(title="vigie score, start included", title_justify="left")
    columns = ("dataset", "accounts", "posts", "reasons", "seconds", "accounts/s", "posts/s", "peak MB")
    for name in columns:
        table.add_column(name, justify="left" if name == "dataset" else "right")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        paths = options.datasets or [folder / "invented"]
        if not options.datasets:
            half = options.accounts // 2
            world = generate(ordinary=half, inauthentic=options.accounts - half, seed=1)
            read = Log().read(world.accounts, world.posts, world.labels)
            dataset.write(read, paths[0], name="invented", form="invented", now=datetime.now(UTC))
            del world, read
        for path in paths:
            held = dataset.open(path).manifest["tables"]
            accounts, posts = (held.get(name, {"rows": 0})["rows"] for name in ("accounts", "posts"))
            for reasons in (5, 0):
                out = str(folder / "out.parquet")
                cost = measure("score", str(path), "--out", out, "--top-reasons", str(reasons))
                table.add_row(
                    path.name, f"{accounts:,}", f"{posts:,}", str(reasons), f"{cost.seconds:.1f}",
                    f"{accounts / cost.seconds:,.0f}", f"{posts / cost.seconds:,.0f}", f"{cost.peak / 1e6:,.0f}",
                )  # fmt: skip
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
