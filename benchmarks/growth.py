"""How the CPU of features, synchrony, copies and a whole comparison grows: with posts, accounts, and the size of a group and of a burst.

The crowd is that of `benchmarks/crowd.py`. Along each axis one thing grows and the rest stays; every size is measured in a process of
its own, without its start. The exponent is the slope of the logarithm of the CPU on that of the size, over all sizes; for a group and a
burst, of what they cost beyond the crowd.

Run: python benchmarks/growth.py [--largest 120000] [--axes posts accounts group burst] [--write]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace

import numpy as np
from crowd import PER_ACCOUNT, Size, crowd
from dated import shown
from network import measured
from rich.table import Table

# CPU seconds that the largest size must cost for an exponent to be more than noise.
LEAST_S = 0.3
WORK = ("features", "synchrony", "copies", "comparison")


def axes(largest: int) -> dict[str, list[Size]]:
    """Return the sizes along each axis, rising; the first of a group and of a burst is none."""
    posts = [largest // 8, largest // 4, largest // 2, largest]
    few = Size(largest // 4, largest // 4 // PER_ACCOUNT)
    return {
        "posts": [Size(count, count // PER_ACCOUNT) for count in posts],
        "accounts": [replace(few, accounts=few.accounts * by // 4) for by in (1, 2, 4, 8, 16)],
        # A larger one is a burst, which pairs with nobody.
        "group": [replace(few, group=count) for count in (0, 25, 50, 100, 200)],
        "burst": [
            replace(few, accounts=few.posts, burst=count)
            for count in (0, *(few.posts // by for by in (32, 16, 8, 4)))
        ],
    }


def spent(size: Size) -> dict[str, float]:
    """Return the CPU seconds of each work on a crowd."""
    from vigie.features import pipeline
    from vigie.features.coordination import baselines, comparison, copy_groups, detector, published_contents

    accounts, posts = crowd(size)
    ordinary = baselines.shipped()
    seconds: dict[str, float] = {}
    pipeline.compute(accounts.head(2), posts.filter(posts["row"] < 2).drop("account_id"))

    def lap(name: str, begin: float) -> None:
        seconds[name] = time.process_time() - begin

    begin = time.process_time()
    pipeline.compute(accounts, posts.drop("account_id"))
    lap("features", begin)
    begin = time.process_time()
    network = detector.detect_pairs(posts, baseline=ordinary, platforms=["x"])
    lap("synchrony", begin)
    begin = time.process_time()
    copy_groups.detect(published_contents.contents(network.published, network.texts), ordinary.copy_rate)
    lap("copies", begin)
    begin = time.process_time()
    comparison.compare_posts(accounts, posts, comparison.Limits(), baseline=ordinary)
    lap("comparison", begin)
    return seconds


def exponent(sizes: list[int], seconds: list[float]) -> float:
    """Return the slope of the logarithm of the seconds on that of the sizes."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def curve(axis: str, sizes: list[Size]) -> Table:
    """Return the table of an axis: a row per size, and one of exponents."""
    grown = [int(getattr(size, axis)) for size in sizes]
    table = Table(
        title=f"Growth with {'the size of a ' if axis in ('group', 'burst') else ''}{axis}",
        caption=f"CPU seconds. {sizes[0].posts:,} posts of {sizes[0].accounts:,} accounts at first.",
        title_justify="left",
    )
    for name in (axis, *WORK, "peak MB"):
        table.add_column(name, justify="right")
    found: list[dict[str, float]] = []
    for size, count in zip(sizes, grown, strict=True):
        told = json.dumps([size.posts, size.accounts, size.group, size.burst])
        cost = measured(sys.executable, __file__, "--alone", told)
        found.append(json.loads(cost.said))
        table.add_row(f"{count:,}", *(f"{found[-1][name]:.2f}" for name in WORK), f"{cost.peak / 1e6:,.0f}")
    beyond = {name: found[0][name] if grown[0] == 0 else 0.0 for name in WORK}
    rising = [place for place, count in enumerate(grown) if count]
    slopes: list[str] = []
    for name in WORK:
        seconds = [found[place][name] - beyond[name] for place in rising]
        told = min(seconds) > 0 and max(seconds) >= LEAST_S
        slopes.append(f"{exponent([grown[place] for place in rising], seconds):.2f}" if told else "–")
    table.add_row("exponent", *slopes, "")
    return table


def main() -> None:
    """Print a table per axis."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--largest", type=int, default=120_000, help="posts of the largest crowd")
    parser.add_argument(
        "--axes", nargs="+", choices=("posts", "accounts", "group", "burst"), help="default: all"
    )
    parser.add_argument("--write", action="store_true", help="put the tables into the documentation")
    parser.add_argument("--alone", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        print(json.dumps(spent(Size(*options.alone))))
        return
    for axis, sizes in axes(options.largest).items():
        if options.axes is None or axis in options.axes:
            shown(curve(axis, sizes), write=options.write)


if __name__ == "__main__":
    main()
