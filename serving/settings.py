"""What a deployment may set, by environment variable or by the command line."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

MOST_REASONS = 50
# What an account costs beside its posts, in posts: its features, its verdicts and their sentences.
ACCOUNT_WORK = 20


class Settings(BaseSettings):
    """Settings of the service; each is read from the environment as ``VIGIE_`` and its name.

    Attributes:
        bundle: Folder of the model of inauthenticity; None: the one that ships.
        coordinated_bundle: Folder of the model of coordination; None: the one that ships.
        baseline: File of rates of ordinary accounts, made by ``vigie baseline``; None: those that ship.
        challenger: Folder of another model of inauthenticity, to compare with the first; None: none.
        coordinated_challenger: The same of coordination.
        shadow_share: Share of the requests that the challengers are compared on.
        reload_seconds: Time between two looks at these folders for a bundle that replaces the one in use; 0: never.
        drift_hours: Time over which drift is judged; after half of it, the oldest half is forgotten at once.
        max_body_mb: Largest request body, in megabytes.
        max_work: Most work of a request: one for each post and :data:`ACCOUNT_WORK` for each account. Features read the
            most recent 200 posts of an account, so more than that only costs time.
        max_list_accounts: Most accounts in a request for a test of a group, which reads profiles only.
        max_meetings: Most meetings of two actions that are compared per trace and window; where a request holds more,
            the busiest objects are left out, and a note says so.
        threads: Requests scored at once; the others wait.
    """

    model_config = SettingsConfigDict(env_prefix="VIGIE_", extra="ignore")

    bundle: Path | None = None
    coordinated_bundle: Path | None = None
    baseline: Path | None = None
    challenger: Path | None = None
    coordinated_challenger: Path | None = None
    shadow_share: float = Field(default=0.1, ge=0, le=1)
    reload_seconds: float = Field(default=10, ge=0)
    drift_hours: float = Field(default=24, gt=0, le=24 * 366)
    max_body_mb: float = Field(default=64, gt=0)
    max_work: int = Field(default=400_000, ge=1 + ACCOUNT_WORK)
    max_list_accounts: int = Field(default=20_000, ge=1, le=100_000)
    max_meetings: int = Field(default=5_000_000, ge=1)
    threads: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)

    def folders(self) -> tuple[dict[str, Path | None], dict[str, Path | None]]:
        """Return the folders of the champions and of the challengers, by target."""
        return (
            {"inauthentic": self.bundle, "coordinated": self.coordinated_bundle},
            {"inauthentic": self.challenger, "coordinated": self.coordinated_challenger},
        )

    @property
    def max_body_bytes(self) -> int:
        """Largest request body, in bytes."""
        return int(self.max_body_mb * 1_000_000)
