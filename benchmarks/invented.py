"""A dataset directory of as many invented posts as asked for, in bounded memory.

Worlds of 2,000 accounts and some 220,000 posts each are invented one after the other, of other seeds, and given to the
writer that ``vigie import`` uses: 30 million posts take no more memory than one. The same arguments give the same dataset.

Run: python benchmarks/invented.py FOLDER --posts 30_000_000
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from vigie.features.ingest.dataset_writer import Writer
from vigie.features.ingest.reader import Log, Part, Read
from vigie.training.synthetic.accounts import OBSERVED_AT, generate

_ACCOUNTS = 2_000


def write(folder: Path, posts: int, *, accounts_together: int = _ACCOUNTS) -> None:
    """Write a dataset of so many posts, and all the accounts whose posts they are.

    Args:
        folder: Where it goes; must not exist.
        posts: How many.
        accounts_together: Accounts of a world.
    """
    log = Log()
    with Writer(folder, name="invented", form="invented", now=OBSERVED_AT) as writer:
        writer.add(Read(_parts(posts, accounts_together, log), log))
        writer.finish()


def _parts(posts: int, accounts_together: int, log: Log) -> Iterator[Part]:
    """Yield accounts and posts, world by world, and count them."""
    seed, half = 0, accounts_together // 2
    while posts > 0:
        seed += 1
        world = generate(ordinary=half, inauthentic=accounts_together - half, seed=seed)
        some = world.posts.head(posts)
        posts -= some.height
        known = world.accounts.join(some, on=["platform", "account_id"], how="semi", maintain_order="left")
        for table, rows in (("accounts", known), ("posts", some)):
            log.seen[table] += rows.height
            yield Part(table, rows)


def main() -> None:
    """Write the dataset asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="folder to make")
    parser.add_argument("--posts", type=int, default=300_000, help="how many (default 300,000)")
    options = parser.parse_args()
    write(options.folder, options.posts)


if __name__ == "__main__":
    main()
