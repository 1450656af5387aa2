"""Where a command reads and works: on this machine, or on an engine beyond it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigie.errors import InputError, choices

if TYPE_CHECKING:
    from vigie.serving.batch.inputs import Accounts

ENGINES = ("local", "spark")
EngineName = Annotated[
    str,
    typer.Option("--engine", help="Where accounts are worked on: local, or spark (Apache Spark or Sail)."),
]
Remote = Annotated[
    str | None,
    typer.Option("--remote", help="Spark Connect server of --engine spark: sc://HOST or sc://HOST:PORT."),
]


def check(engine: str, remote: str | None, path: str) -> None:
    """Check that the options on engines go together.

    Raises:
        InputError: There is no such engine, or one option lacks or excludes the other.
    """
    if engine not in ENGINES:
        raise InputError(f"--engine is {engine}. {choices(engine, ENGINES)}")
    if engine == "spark" and remote is None:
        raise InputError(
            "--engine spark needs --remote, the Spark Connect server: sc://HOST or sc://HOST:PORT"
        )
    if engine == "local" and remote is not None:
        raise InputError("--remote goes with --engine spark; add it, or leave --remote out")
    if engine == "local" and "://" in path:
        raise InputError(
            f"{path[:200]} is not on this machine; --engine spark reads what its server can reach"
        )


@contextmanager
def accounts_of(path: str, remote: str | None, out: Path, key: Sequence[str]) -> Iterator[Accounts]:
    """Yield the accounts of a folder or file, on the engine of a server where one is named.

    On this machine, results are kept until the body ends: where it does not, the next run with the same arguments goes on.

    Args:
        path: The folder or file.
        remote: The server; None: this machine.
        out: The file that results are for.
        key: All that results hang on beside the accounts.

    Raises:
        InputError: See :func:`vigie.serving.batch.unfinished.opened`.
        DatasetError: There are no accounts, or not those that were written.
        ClusterError: The engine cannot be reached, or failed.
    """
    if remote is None:
        from vigie.features import on_disk
        from vigie.serving.batch import unfinished

        with unfinished.opened(Path(path), out, key) as given, on_disk.within(given.folder):
            yield given
        return
    from vigie.features.cluster.session import connected
    from vigie.serving.batch import cluster_input

    with connected(remote) as session:
        yield cluster_input.find(session, path, datetime.now(UTC))
