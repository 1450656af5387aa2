"""Bundles replaced while the service runs: looked for, checked, rehearsed and only then used; or refused, and told.

A folder named in the settings may be a symbolic link that is replaced at once (``vigie promote`` does so). What lies
there is loaded beside what is in use, so a bundle that is broken, half copied, absent or of another target never
reaches a client: the one in use stays.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Literal

import structlog

from vigie.errors import BundleCorruptError, VigieError
from vigie.features.i18n.languages import LANGUAGES
from vigie.features.ingest.parsing import from_requests
from vigie.features.window.windows import LEAST_ACCOUNTS
from vigie.models.bundle import Bundle
from vigie.models.bundle import load as load_bundle
from vigie.serving import engine
from vigie.serving.api.schemas.responses import EXAMPLE
from vigie.serving.engine import Models
from vigie.serving.metrics import Metrics

Role = Literal["champion", "challenger"]
# The folder that is meant in the end, and name, inode, size and times of each file in it.
_Stamp = tuple[Path, tuple[tuple[str, int, int, int, int], ...]]

_log = structlog.get_logger("vigie.serving")


@dataclass(frozen=True)
class LoadedBundle:
    """A bundle in use, and since when."""

    bundle: Bundle
    since: datetime


@dataclass(frozen=True)
class RejectedBundle:
    """A bundle that was not taken: when, and why, without paths of this machine."""

    at: datetime
    reason: str


class WatchedBundle:
    """Where the bundle of a target comes from, and what became of what was put there.

    One thread looks and writes; any may read, since all it holds is immutable.

    Attributes:
        role: Whether clients are answered with it.
        target: What its bundle scores.
        folder: Where it lies; None for the bundle that ships, which is never replaced.
        held: What is in use; None before the first.
        refusal: Why what lies there now is not in use; None where it is.
    """

    def __init__(self, role: Role, target: str, folder: Path | None, metrics: Metrics) -> None:
        self.role = role
        self.target = target
        self.folder = folder
        self.held: LoadedBundle | None = None
        self.refusal: RejectedBundle | None = None
        self._metrics = metrics
        # Nothing yet: the first look loads what is there, since it may have been replaced during the start.
        self._seen: _Stamp | None = None

    def hold(self, bundle: Bundle) -> None:
        """Take note that a bundle is in use from now on."""
        self.held, self.refusal = LoadedBundle(bundle, datetime.now(UTC)), None
        self._metrics.uses(self.role, self.target, bundle.name, bundle.version)

    def look(self, use: Callable[[Bundle], None]) -> None:
        """Use what lies in the folder, if it changed since the last look and can be trusted; else refuse it once.

        Args:
            use: Rehearses a bundle and puts it to use, or raises.
        """
        if self.folder is None:
            return
        stamp = _stamp(self.folder)
        if stamp == self._seen:
            return
        self._seen = stamp
        start = perf_counter()
        try:
            # Loading leaves LightGBM's number of threads alone (scoring.ONE_AT_A_TIME), so it needs no turn.
            bundle = load_bundle(stamp[0], self.target)
            if self.held is not None and self.held.bundle.version == bundle.version:
                self.refusal = None
                return
            use(bundle)
        except VigieError as error:
            said = str(error).replace(str(stamp[0]), stamp[0].name)
            self._refuse(f"{error.slug}: {said}")
        except Exception as error:  # noqa: BLE001 - whatever a bundle can do wrong, the one in use must stay
            self._refuse(f"{BundleCorruptError.slug}: it cannot be used ({type(error).__name__})")
        else:
            self.hold(bundle)
            self._metrics.reloads.labels(self.role, self.target, "loaded").inc()
            _log.info(
                "bundle loaded",
                role=self.role,
                target=self.target,
                name=bundle.name,
                version=bundle.version,
                seconds=round(perf_counter() - start, 3),
            )

    def _refuse(self, reason: str) -> None:
        self.refusal = RejectedBundle(datetime.now(UTC), reason)
        self._metrics.reloads.labels(self.role, self.target, "refused").inc()
        _log.warning(
            "bundle refused", role=self.role, target=self.target, folder=str(self.folder), reason=reason
        )


def rehearse(models: Models) -> None:
    """Answer invented accounts in each language: no client waits for what is done once, or meets a model that fails.

    There are as many accounts as coordination is judged among, so that both models speak.
    """
    example = EXAMPLE["accounts"][0]
    accounts = [example | {"account_id": f"{number}"} for number in range(LEAST_ACCOUNTS)]
    batch = from_requests(accounts, datetime.now(UTC))
    for language in LANGUAGES:
        together = engine.corpus(models, batch.accounts, batch.posts, top=5, language=language)
        engine.described(together, models, language)
        judged = engine.judge(models, batch)
        engine.results(models, batch, judged, top=5, language=language, verdicts=together.verdicts)


@contextmanager
def every(seconds: float, look: Callable[[], None]) -> Iterator[None]:
    """Call ``look`` again and again in a thread of its own, for the time of the body; never if ``seconds`` is 0."""
    if seconds == 0:
        yield
        return
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(seconds):
            look()

    thread = threading.Thread(target=run, name="reload", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _stamp(folder: Path) -> _Stamp:
    """Return what changes when a folder or what a link leads to is replaced, or any file of it is written.

    Every file counts, not the index alone: a bundle refused because it was half copied must be looked at again.
    """
    try:
        meant = folder.resolve()
        with os.scandir(meant) as entries:
            files = [(entry.name, entry.stat()) for entry in entries]
    except (OSError, RuntimeError):  # absent, closed to us, or a link to itself
        return folder.absolute(), ()
    return meant, tuple(
        sorted((name, at.st_ino, at.st_size, at.st_mtime_ns, at.st_ctime_ns) for name, at in files)
    )
