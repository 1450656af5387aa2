"""Bundles replaced while the service runs: polled for, checked, warmed up and only then used; or refused, and told.

A folder named in the settings may be a symbolic link that is replaced at once (``vigie promote`` does so). What lies
there is loaded beside what is in use, so a bundle that is broken, half copied, absent or of another target never
reaches a client: the one in use stays.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Literal

import structlog

from vigie.errors import BundleCorruptError, BundleError, VigieError
from vigie.features.i18n.languages import LANGUAGES
from vigie.features.ingest.parsing import from_requests
from vigie.features.window.windows import LEAST_ACCOUNTS
from vigie.models import bundle as bundles
from vigie.models import installation, rehearsal
from vigie.models.bundle import Bundle
from vigie.models.engine import ScoringEngine, answers
from vigie.serving.api.schemas.requests import EXAMPLE
from vigie.serving.api.schemas.responses import RejectedBundle
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


class WatchedBundle:
    """Where the bundle of a target comes from, and what became of what was put there.

    One thread looks and writes; any may read, since all it holds is immutable.

    Attributes:
        role: Whether clients are answered with it.
        target: What its bundle scores.
        folder: Where it lies; None for the bundle that ships, which is never replaced.
        pins: File of the bundles that are allowed; None: all are.
        trusted_keys: File of the keys one of which must have signed it; None: none need have.
        held: What is in use; None before the first.
        refusal: Why what lies there now is not in use; None where it is.
    """

    def __init__(
        self,
        role: Role,
        target: str,
        folder: Path | None,
        metrics: Metrics,
        pins: Path | None = None,
        trusted_keys: Path | None = None,
    ) -> None:
        self.role = role
        self.target = target
        self.folder = folder
        self.pins = pins
        self.trusted_keys = trusted_keys
        self.held: LoadedBundle | None = None
        self.refusal: RejectedBundle | None = None
        self._metrics = metrics
        # Nothing yet: the first poll loads what is there, since it may have been replaced during the start.
        self._stamp: _Stamp | None = None
        self._fell_back = False
        metrics.watch(
            role,
            target,
            refused=lambda: self.refusal is not None,
            fallback=lambda: self._fell_back and self.refusal is not None,
        )

    def hold(self, bundle: Bundle) -> None:
        """Record that a bundle is in use from now on."""
        self.held = LoadedBundle(bundle, datetime.now(UTC))
        if not self._fell_back:
            self.refusal = None
        self._metrics.uses(self.role, self.target, bundle.name, bundle.version)

    def fall_back(self, bundle: Bundle, error: VigieError) -> None:
        """Record that an older bundle is used at the start, since the one in the folder cannot be."""
        self._fell_back = True
        self._stamp = None if self.folder is None else _stamp(self.folder, self.pins, self.trusted_keys)
        self._refuse(f"{error.slug}: {error}")
        _log.warning("older bundle used", role=self.role, target=self.target, version=bundle.version)

    def poll(self, use: Callable[[Bundle], None]) -> None:
        """Use what lies in the folder, if it changed since the last look and can be trusted; else refuse it once.

        Args:
            use: Warms a bundle up and puts it to use, or raises.
        """
        if self.folder is None:
            return
        stamp = _stamp(self.folder, self.pins, self.trusted_keys)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        start = perf_counter()
        try:
            bundle = load_bundle(stamp[0], self.target, self.pins, self.trusted_keys)
            if self.held is not None and self.held.bundle.version == bundle.version:
                self.refusal = None
                return
            use(bundle)
        except VigieError as error:
            self._refuse(f"{error.slug}: {error}")
        except Exception as error:  # noqa: BLE001 - whatever a bundle can do wrong, the one in use must stay
            self._refuse(f"{BundleCorruptError.slug}: it cannot be used ({type(error).__name__})")
        else:
            self._fell_back = False
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
        if self.folder is not None:
            for folder in (self.folder.resolve(), self.folder):
                reason = reason.replace(str(folder), folder.name)
        self.refusal = RejectedBundle(datetime.now(UTC), reason)
        self._metrics.reloads.labels(self.role, self.target, "refused").inc()
        _log.warning(
            "bundle refused", role=self.role, target=self.target, folder=str(self.folder), reason=reason
        )


def load_champion(watched: WatchedBundle) -> Bundle:
    """Return the bundle that a service starts with, checked.

    Where the one in the folder cannot be used and ``vigie promote`` kept others beside it, the last of these that can be
    is taken, and the refusal is told: a service that starts again after a crash must answer.

    Raises:
        BundleError: It cannot be used, and no other lies beside it.
    """
    try:
        return load_bundle(watched.folder, watched.target, watched.pins, watched.trusted_keys)
    except BundleError as error:
        if watched.folder is None:
            raise
        for folder in installation.kept_versions(watched.folder):
            try:
                bundle = load_bundle(folder, watched.target, watched.pins, watched.trusted_keys)
            except BundleError:
                continue
            watched.fall_back(bundle, error)
            return bundle
        raise


def load_bundle(
    folder: Path | None, target: str, pins: Path | None = None, trusted_keys: Path | None = None
) -> Bundle:
    """Return a bundle that may answer: checked, rehearsed and, where it is from outside, allowed and tried in a process of its own.

    Raises:
        BundleError: It cannot be used.
        ConfigError: The file of pins or of keys cannot be read.
    """
    # One that ships is as trusted as the code that reads it.
    loaded = (
        bundles.load(None, target)
        if folder is None
        else bundles.load(folder, target, tried=True, pins=pins, trusted_keys=trusted_keys)
    )
    rehearsal.check(loaded)
    return loaded


def warm_up(engine: ScoringEngine) -> None:
    """Score synthetic accounts and say it in each language: no client waits for what is done once, or meets a model that fails.

    There are as many accounts as coordination is judged among, so that both models speak.
    """
    example = EXAMPLE["accounts"][0]
    accounts = [example | {"account_id": f"{number}"} for number in range(LEAST_ACCOUNTS)]
    batch = from_requests(accounts, datetime.now(UTC))
    result = engine.score(batch.accounts, batch.posts)
    for language in LANGUAGES:
        result.groups(language)
        inauthentic = result.verdicts(top=5, language=language)
        coordinated = result.coordination_verdicts(top=5, language=language)
        answers(batch, result.rows, result.coverages(language), inauthentic, coordinated)


def _stamp(folder: Path, *told: Path | None) -> _Stamp:
    """Return what changes when a folder or what a link leads to is replaced, or any file of it, or of those told, is written.

    Every file counts, not the index alone: a bundle refused because it was half copied must be looked at again.
    """
    try:
        meant = folder.resolve()
        with os.scandir(meant) as entries:
            files = [(entry.name, entry.stat()) for entry in entries]
        files += [(f"/{place}", path.stat()) for place, path in enumerate(told) if path is not None]
    except (OSError, RuntimeError):  # absent, closed to us, or a link to itself
        return folder.absolute(), ()
    return meant, tuple(
        sorted((name, at.st_ino, at.st_size, at.st_mtime_ns, at.st_ctime_ns) for name, at in files)
    )
