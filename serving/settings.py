"""What a deployment may set, by environment variable or by the command line."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from vigie.serving.access.settings import AccessSettings, Networks

MOST_REASONS = 50
# What an account costs beside its posts, in posts: its features, its verdicts and their sentences.
ACCOUNT_WORK = 20


def processors() -> int:
    """Return how many processors this process may use: those given to it, and the quota of its container."""
    given = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        return max(1, min(given, round(int(quota) / int(period))))
    except (OSError, ValueError):  # no container, or one without a quota ("max")
        return given


class Settings(AccessSettings):
    """Settings of the service; each is read from the environment as ``VIGIE_`` and its name.

    Those of who may ask are in :class:`vigie.serving.access.settings.AccessSettings`.

    Attributes:
        bundle: Folder of the model of inauthenticity; None: the one that ships.
        coordinated_bundle: Folder of the model of coordination; None: the one that ships.
        baseline: File of rates of ordinary accounts, made by ``vigie baseline``; None: those that ship.
        challenger: Folder of another model of inauthenticity, to compare with the first; None: none.
        coordinated_challenger: The same of coordination.
        shadow_share: Share of the requests that the challengers are compared on.
        pins: File of the bundles that these folders may hold, made with ``vigie pin``; None: any.
        trusted_keys: File of public keys, PEM, one of which must have signed the bundles in these folders with ``vigie sign``; None:
            none need be signed.
        reload_seconds: Time between two looks at these folders for a bundle that replaces the one in use; 0: never.
        drift_hours: Time over which drift is judged; after half of it, the oldest half is forgotten at once.
        max_body_mb: Largest request body, in megabytes.
        max_work: Most work of a request: one for each post and :data:`ACCOUNT_WORK` for each account. Features read the
            most recent 200 posts of an account, so more than that only costs time.
        max_list_accounts: Most accounts in a request for a test of a group, which reads profiles only.
        max_meetings: Most meetings of two actions that are compared per trace and window; where a request holds more,
            the busiest objects are left out, and a note says so.
        max_meetings_in_all: Most meetings that are compared over all traces and windows; where a request holds more, it is
            compared as far as that, and accounts are not scored as coordinated by what was left out.
        max_in_flight_mb: Most megabytes of all bodies that are held at one time.
        max_waits: Times as long as it is worked on that a large request may wait for others, and a fourth of what a small one
            may; which would wait longer is told to come back.
        store: Where operations are kept: a folder, or the address of a PostgreSQL database; None: none are kept.
        judge_seconds: Least time between two judgements of an operation.
        webhook_allow: Networks that webhooks may go to beside public addresses, also without encryption: ``10.1.0.0/16``, with
            commas between several.
        threads: Small requests that are worked on at once; of large ones it is one in each process.
        workers: Processes that answer. Threads and megabytes in flight are shared out among them; the rest is of each.
        state: Folder in which counts of what was seen are kept over restarts; None: they are lost.
    """

    model_config = SettingsConfigDict(env_prefix="VIGIE_", extra="ignore")

    bundle: Path | None = None
    coordinated_bundle: Path | None = None
    baseline: Path | None = None
    challenger: Path | None = None
    coordinated_challenger: Path | None = None
    shadow_share: float = Field(default=0.1, ge=0, le=1)
    pins: Path | None = None
    trusted_keys: Path | None = None
    reload_seconds: float = Field(default=10, ge=0)
    drift_hours: float = Field(default=24, gt=0, le=24 * 366)
    max_body_mb: float = Field(default=64, gt=0)
    max_work: int = Field(default=400_000, ge=1 + ACCOUNT_WORK)
    max_list_accounts: int = Field(default=20_000, ge=1, le=100_000)
    max_meetings: int = Field(default=5_000_000, ge=1)
    max_meetings_in_all: int = Field(default=20_000_000, ge=1)
    max_in_flight_mb: float = Field(default=128, gt=0)
    max_waits: float = Field(default=1, ge=0)
    store: str | None = None
    judge_seconds: float = Field(default=30, ge=0)
    webhook_allow: Networks = ()
    threads: int = Field(default_factory=processors, ge=1)
    workers: int = Field(default=1, ge=1, le=256)
    state: Path | None = None

    def folders(self) -> tuple[dict[str, Path | None], dict[str, Path | None]]:
        """Return the folders of the champions and of the challengers, by target."""
        return (
            {"inauthentic": self.bundle, "coordinated": self.coordinated_bundle},
            {"inauthentic": self.challenger, "coordinated": self.coordinated_challenger},
        )

    def of_a_worker(self) -> Settings:
        """Return the settings of each of the processes."""
        return self.model_copy(
            update={
                "threads": max(1, self.threads // self.workers),
                "max_in_flight_mb": self.max_in_flight_mb / self.workers,
            }
        )

    @property
    def max_body_bytes(self) -> int:
        """Largest request body, in bytes."""
        return int(self.max_body_mb * 1_000_000)

    @property
    def max_in_flight_bytes(self) -> int:
        """Most bytes of all bodies that are held at one time."""
        return int(self.max_in_flight_mb * 1_000_000)
