"""The model registry: who is champion, who challenges, who was champion before, and their records and bundles.

Champion, challenger and ``previous`` are aliases of a registered model in MLflow. The line of champions is a tag of
the model, so that one can go back more than one step; every promotion and rollback is a tag of its version that
says who did it, when and why.

Promotions of a model exclude each other, on all machines that use the registry: while one runs, a registered model
named ``NAME.promotion-lock`` exists, whose tags say who runs it and since when. MLflow refuses a second model of a
name, so that of two promotions one alone makes the lock. A promotion that is killed leaves its lock; whoever knows
that it no longer runs breaks it.
"""

from __future__ import annotations

import json
import os
import re
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from vigie.errors import PromotionRunningError, RegistryError, choices
from vigie.features.json_object import JsonObject
from vigie.training.registry.mlflow_tracking import CHALLENGER, CHAMPION, store, without_password
from vigie.training.report import run_record
from vigie.training.report.run_record import RecordContent

os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

PREVIOUS = "previous"
ALIASES = (CHAMPION, CHALLENGER, PREVIOUS)
RECORD, HELD_OUT = "record.json", "judged.parquet"
# Tag of a registered model: numbers of its champions, JSON, the present one last.
_LINE = "vigie.champions"
# Tags of promotions and rollbacks; other tags of a version say what its training made.
_EVENT = re.compile(r"vigie\.\d{4}-\d\d-\d\dT[\d:.]+Z\.\w+")
_LOCK = ".promotion-lock"
_RUN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Version:
    """A registered version of a model.

    Attributes:
        name: Of the model.
        number: Of the version.
        run_id: The run that made it.
    """

    name: str
    number: str
    run_id: str

    def __str__(self) -> str:
        """Return ``vigie-inauthentic version 3``."""
        return f"{self.name} version {self.number}"


@dataclass(frozen=True)
class PromotionEvent:
    """A promotion or a rollback, as its version remembers it.

    Attributes:
        at: When.
        by: Who.
        reason: Why; required of what is forced.
        failing: Gates that failed and were overruled, as sentences.
    """

    at: datetime
    by: str
    reason: str = ""
    failing: list[str] = field(default_factory=list)

    @classmethod
    def from_json(cls, text: str) -> PromotionEvent:
        """Return the event that a tag holds."""
        content = json.loads(text)
        return cls(
            datetime.fromisoformat(content["at"]), content["by"], content["reason"], content["failing"]
        )


class Registry:
    """The registry of an MLflow server or store.

    Every method raises :class:`vigie.errors.RegistryError` when the registry does not answer, or lacks what is
    asked for.
    """

    def __init__(self, uri: str | None) -> None:
        """Talk to a server or store.

        Args:
            uri: Its address; None for MLflow's own setting, else ``sqlite:///mlflow.db``.
        """
        import mlflow

        self._locked: set[str] = set()
        self._address = store(uri)
        self._shown = without_password(self._address)
        with self._asking("opening the registry"):
            self._client = mlflow.MlflowClient()

    def find(self, reference: str, name: str | None) -> Version:
        """Return the version that somebody means.

        Args:
            reference: Id of a run, number of a version, or one of :data:`ALIASES`.
            name: Of the model; None if there is one only, or a run is named.
        """
        if _RUN.fullmatch(reference):
            return self._of_run(reference, name)
        name = name or self._only_name()
        number = self._number(name, reference) or reference
        with self._asking(
            f"looking for {name} version {reference} (a number, the id of a run, or one of {', '.join(ALIASES)})"
        ):
            return _version(self._client.get_model_version(name, number))

    def holder(self, name: str, alias: str) -> Version | None:
        """Return the version that has an alias; null if none has."""
        number = self._number(name, alias)
        if number is None:
            return None
        with self._asking(f"reading {name} version {number}"):
            return _version(self._client.get_model_version(name, number))

    def champion(self, name: str) -> Version:
        """Return the champion, which must exist."""
        version = self.holder(name, CHAMPION)
        if version is None:
            raise RegistryError(f"{name} has no champion yet; make one: vigie promote RUN --name {name}")
        return version

    def champion_if_any(self, name: str) -> Version | None:
        """Return the champion of a name, which may be new to the registry."""
        return self.holder(name, CHAMPION) if name in self._names() else None

    def record(self, version: Version) -> RecordContent:
        """Return the record of the training that made a version.

        Raises:
            RecordError: It does not parse.
        """
        with self._downloaded(version, RECORD) as path:
            return run_record.read(path.parent)

    def held_out(self, version: Version) -> pl.DataFrame:
        """Return what a version said of labelled accounts it had not seen."""
        with self._downloaded(version, HELD_OUT) as path:
            try:
                return pl.read_parquet(path)
            except pl.exceptions.PolarsError as error:
                raise RegistryError(
                    f"{HELD_OUT} of {version} cannot be read ({error}); publish its training again"
                ) from error

    # An index may be of another version of vigie: its shape is not known.
    def index(self, version: Version) -> JsonObject:
        """Return ``bundle.json`` of a version, whether or not this version of vigie can load the bundle."""
        with tempfile.TemporaryDirectory() as scratch:
            path = self._artifact(version, "/bundle.json", Path(scratch))
            content: JsonObject = json.loads(path.read_text(encoding="utf-8"))
        return content

    def bundle(self, version: Version, folder: Path) -> Path:
        """Download the bundle of a version into a folder, and return where it lies, unchecked."""
        return self._artifact(version, "", folder)

    def promote(self, version: Version, event: PromotionEvent) -> None:
        """Make a version the champion, and the champion before it ``previous``.

        What is done is written before the alias moves, and the line of champions after: were it cut off in
        between, the line is put right by the next move. A champion is no challenger any more.
        """
        with self.lock(version.name, event.by), self._asking(f"promoting {version}"):
            line = self._line(version.name)
            self._remember(version, "promoted", event)
            self._crown(version.name, [*line, version.number])
            if self._number(version.name, CHALLENGER) == version.number:
                self._client.delete_registered_model_alias(version.name, CHALLENGER)

    def rollback(self, name: str, event: PromotionEvent) -> Version:
        """Give the alias back to the champion before, and return it; again, to the one before that."""
        with self.lock(name, event.by), self._asking(f"rolling back {name}"):
            present = self.champion(name)
            held = {
                str(version.version) for version in self._client.search_model_versions(f"name = '{name}'")
            }
            # A version may have been deleted since it was champion.
            line = [number for number in self._line(name)[:-1] if number in held]
            if not line:
                raise RegistryError(
                    f"{present} is the first champion of its line: there is none to go back to. Promote another "
                    f"version: vigie promote VERSION --name {name}"
                )
            self._remember(present, "rolled_back", event)
            self._crown(name, line)
            return _version(self._client.get_model_version(name, line[-1]))

    @contextmanager
    def lock(self, name: str, by: str, *, break_lock: bool = False) -> Iterator[None]:
        """Keep every other promotion and rollback of a model out while the block runs.

        A block inside another one of the same registry and name takes no second lock.

        Args:
            name: Of the model.
            by: Who takes the lock.
            break_lock: Whether a lock that is there is taken over: only where its promotion no longer runs.

        Raises:
            PromotionRunningError: Another promotion or rollback of the model holds the lock.
        """
        if name in self._locked:
            yield
            return
        self._acquire(name, by, break_lock=break_lock)
        self._locked.add(name)
        try:
            yield
        finally:
            self._locked.discard(name)
            with self._asking(f"releasing the lock of {name}"):
                self._client.delete_registered_model(name + _LOCK)

    def _acquire(self, name: str, by: str, *, break_lock: bool) -> None:
        """Make the lock of a model, or say who holds it."""
        from mlflow.exceptions import MlflowException

        since = datetime.now(UTC).isoformat(timespec="seconds")
        tags = {"by": by, "since": since, "host": socket.gethostname(), "process": str(os.getpid())}
        with self._asking(f"locking {name}"):
            if break_lock and (name + _LOCK) in self._registered():
                self._client.delete_registered_model(name + _LOCK)
            try:
                self._client.create_registered_model(name + _LOCK, tags=tags)
            except MlflowException as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
                raise PromotionRunningError(self._holder_of_lock(name)) from error

    def _holder_of_lock(self, name: str) -> str:
        """Return who holds the lock of a model, and what to do."""
        from mlflow.exceptions import MlflowException

        try:
            tags = self._client.get_registered_model(name + _LOCK).tags
        except MlflowException:
            return f"another promotion of {name} ran until a moment ago; try again"
        return (
            f"another promotion of {name} is running since {tags.get('since', 'an unknown time')} (by {tags.get('by', '?')} "
            f"on {tags.get('host', '?')}, process {tags.get('process', '?')}). Wait until it is done. If it was cut off and "
            "runs no longer, break its lock: --break-lock"
        )

    def events(self, version: Version) -> dict[str, PromotionEvent]:
        """Return the promotions and rollbacks of a version by tag, oldest first."""
        with self._asking(f"reading the tags of {version}"):
            tags = self._client.get_model_version(version.name, version.number).tags
        return {key: PromotionEvent.from_json(tags[key]) for key in sorted(tags) if _EVENT.fullmatch(key)}

    def _crown(self, name: str, line: list[str]) -> None:
        """Make the last of a line the champion, and the one before it ``previous``."""
        self._client.set_registered_model_alias(name, CHAMPION, line[-1])
        self._client.set_registered_model_tag(name, _LINE, json.dumps(line))
        if len(line) > 1:
            self._client.set_registered_model_alias(name, PREVIOUS, line[-2])
        else:
            self._client.delete_registered_model_alias(name, PREVIOUS)

    def _line(self, name: str) -> list[str]:
        """Return the numbers of the champions, the present one last, whatever was done by hand or cut off."""
        model = self._model(name)
        line: list[str] = json.loads(model.tags.get(_LINE, "[]"))
        present = _numbers(model).get(CHAMPION)
        if present is None:
            return line
        while line and present in line and line[-1] != present:
            line.pop()
        return line if present in line else [*line, present]

    def _remember(self, version: Version, verb: str, event: PromotionEvent) -> None:
        moment = event.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        text = json.dumps(asdict(event) | {"at": moment}, ensure_ascii=False)
        self._client.set_model_version_tag(version.name, version.number, f"vigie.{moment}.{verb}", text)

    def _of_run(self, run_id: str, name: str | None) -> Version:
        with self._asking(f"looking for the version of run {run_id}"):
            registered = self._client.search_model_versions(f"run_id = '{run_id}'")
        matching = [version for version in registered if name in (None, version.name)]
        if not matching:
            raise RegistryError(
                f"run {run_id} has no registered version{f' of {name}' if name else ''} in {self._shown}; publish "
                "it first, or give the number of a version"
            )
        names = sorted({version.name for version in matching})
        if len(names) > 1:
            raise RegistryError(f"run {run_id} is registered as {', '.join(names)}; say which: --name NAME")
        return _version(max(matching, key=lambda version: int(version.version)))

    def _model(self, name: str) -> Any:
        names = self._names()
        if name not in names:
            raise RegistryError(f"{name} is not in {self._shown}. {choices(name, names)}")
        with self._asking(f"reading {name}"):
            return self._client.get_registered_model(name)

    def _number(self, name: str, alias: str) -> str | None:
        """Return the number of the version that has an alias; None if none has."""
        return _numbers(self._model(name)).get(alias)

    def _only_name(self) -> str:
        names = self._names()
        if len(names) != 1:
            raise RegistryError(
                f"{self._shown} holds {len(names)} models ({', '.join(names) or 'train one first'}); say which: "
                "--name NAME"
            )
        return names[0]

    def _names(self) -> list[str]:
        with self._asking("listing the models"):
            return [name for name in self._registered() if not name.endswith(_LOCK)]

    def _registered(self) -> list[str]:
        """Return the names of all registered models, locks among them."""
        return sorted(str(model.name) for model in self._client.search_registered_models(max_results=1000))

    @contextmanager
    def _downloaded(self, version: Version, name: str) -> Iterator[Path]:
        """Lend a file at the root of a version's run."""
        with tempfile.TemporaryDirectory() as scratch:
            with self._asking(
                f"fetching {name} of {version} (if it is not there, an older vigie trained it: publish its training "
                "again, or train its configuration anew)"
            ):
                path = Path(self._client.download_artifacts(version.run_id, name, scratch))
            yield path

    def _artifact(self, version: Version, path: str, folder: Path) -> Path:
        """Download the bundle of a logged model, or one of its files."""
        from mlflow.artifacts import download_artifacts
        from mlflow.models import get_model_info

        model = f"models:/{version.name}/{version.number}"
        with self._asking(f"downloading the bundle of {version}"):
            logged = get_model_info(model).flavors["python_function"]["artifacts"]["bundle"]["path"]
            return Path(download_artifacts(artifact_uri=f"{model}/{logged}{path}", dst_path=str(folder)))

    @contextmanager
    def _asking(self, what: str) -> Iterator[None]:
        """Turn what MLflow raises into one paragraph."""
        import mlflow
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        # MLflow has one address for the whole process, and others may have set theirs since.
        mlflow.set_tracking_uri(self._address)
        try:
            yield
        except (MlflowException, SQLAlchemyError, OSError) as error:
            reason = str(error).strip().splitlines()[0].replace(self._address, self._shown)
            raise RegistryError(f"{what}. {self._shown} said: {reason}") from error


def _numbers(model: Any) -> dict[str, str]:
    """Return the number of the version that has each alias: stores in a database give integers, the others text."""
    return {alias: str(number) for alias, number in model.aliases.items()}


def _version(entry: Any) -> Version:
    return Version(entry.name, str(entry.version), entry.run_id or "")
