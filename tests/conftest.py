"""Models, a registry with two published ones, other bundles, a PostgreSQL and engines of our own."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import polars as pl
import pytest

from vigie.features import schema
from vigie.features.coordination.comparison import Comparison, Limits, compare
from vigie.models import bundle
from vigie.models.adaptation.collection import ScoredCollection
from vigie.models.engine import Models
from vigie.training.report import run_record
from vigie.training.synthetic.accounts import generate

# A worker of pytest-xdist has no main module that was found somewhere. pyspark takes it for its own doctests, and ends it.
sys.modules["__main__"].__spec__ = sys.modules["__main__"].__spec__ or ModuleSpec("__main__", None)

GATES = [
    {"figure": "auc.mean", "end": "low", "at_least": 0.7, "why": "ranks sources it never saw"},
    {"figure": "champion.gain.auc", "end": "low", "at_least": -0.01, "why": "no worse than what is in use"},
]


@dataclass(frozen=True)
class Shelf:
    """An MLflow store with a weak and a strong model, each with its record and judged accounts.

    Attributes:
        uri: The store.
        runs: Name of the model (``weak``, ``strong``) to its run.
        bundles: The same to the version of its bundle.
    """

    uri: str
    runs: dict[str, str]
    bundles: dict[str, str]

    def stock(self, name: str, *models: str) -> None:
        """Register models as versions 1, 2, … of a new name; nobody is champion yet."""
        import mlflow

        # A model's own address is read with that of the process, which other tests set as they like.
        mlflow.set_tracking_uri(self.uri)
        client = mlflow.MlflowClient()
        client.create_registered_model(name)
        for model in models:
            source = client.search_model_versions(f"run_id = '{self.runs[model]}'")[0].source
            client.create_model_version(name, source, self.runs[model])


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Return the store; what MLflow warns of there is not ours to mend."""
    from vigie.training.registry import mlflow_tracking

    root = tmp_path_factory.mktemp("shelf")
    uri = f"sqlite:///{root}/mlflow.db"
    runs, bundles = {}, {}
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.chdir(root)  # MLflow keeps artifacts beside the working folder
        for model, skill in (("weak", 0.8), ("strong", 2.5)):
            folder = root / f"{model}.vigie"
            bundles[model] = _bundle(folder, skill)
            _record(folder, f"shelf-{model}", skill)
            runs[model], _ = mlflow_tracking.publish(folder, uri, lambda step: None)
    return Shelf(uri, runs, bundles)


def _bundle(folder: Path, skill: float) -> str:
    """Write the bundle that ships with another prevalence, so that its version differs."""
    shipped = bundle.load()
    made = {"format", "version", "feature_set", "fingerprints", "files"}
    index = {key: value for key, value in shipped.index.items() if key not in made}
    files = {name: (bundle.default_folder() / name).read_text() for name in shipped.index["files"]}
    bundle.save(folder, index | {"assumed_prevalence": skill / 10}, files)
    return bundle.load(folder).version


def _record(folder: Path, name: str, skill: float) -> None:
    """Write what a promotion reads of a training's record beside its bundle."""
    content: dict[str, object] = {
        "target": "inauthentic",
        "name": name,
        "config": {"parts": {}, "bootstrap_draws": 100, "seed": 7},
        "figures": {"auc.mean": {"value": 0.8, "low": 0.75, "high": 0.85}},
        "gates": GATES,
        "version": "0" * 12,
        "feature_set": "0" * 12,
        "manifests": [{"name": "invented", "format": "generic"}],
        "standing": {"champion": None, "gain": None, "passed": [], "failed": []},
        "run_id": None,
    }
    place = run_record.record_path(folder)
    place.mkdir()
    (place / "record.json").write_text(json.dumps(content))
    _judged(skill).write_parquet(place / "judged.parquet")


def _judged(skill: float) -> pl.DataFrame:
    """Return 400 accounts of one source, a quarter of them positive, told apart with some skill."""
    truth = np.arange(400) % 4 == 0
    return pl.DataFrame(
        {
            "scheme": "unseen source", "source": "invented", "scenario": pl.Series([None] * 400, dtype=pl.String),
            "platform": "x", "account_id": [str(number) for number in range(400)], "y": truth,
            "kind": ["troll" if value else "ordinary" for value in truth],
            "campaign": pl.Series([None] * 400, dtype=pl.String), "strength": "weak",
            "log_odds": truth * skill + np.random.default_rng(5).normal(size=400),
        }
    ).with_columns(flagged=pl.col("log_odds") >= 2)  # fmt: skip


@pytest.fixture
def remade(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes the bundle that ships under another name, with entries of its index changed."""

    def write(name: str, target: str = "inauthentic", /, **changed: Any) -> Path:
        shipped, folder = bundle.load(target=target), tmp_path / name
        files = {
            file: (bundle.default_folder(target) / file).read_text("utf-8") for file in shipped.index["files"]
        }
        bundle.save(folder, shipped.index | changed, files)
        return folder

    return write


@pytest.fixture(scope="session")
def models() -> Models:
    """The models that ship, loaded once."""
    return Models.load(None, None)


@pytest.fixture(scope="session")
def readers() -> Callable[..., Comparison]:
    """Return a function that compares twelve readers of a text of the day, who publish it, and forty others.

    Of the readers, ``tag`` follows the text, ``handle`` begins the handle, and ``description`` is the biography.
    """
    words = ["".join(letters) for letters in np.random.default_rng(3).choice(list("abdeilmnorstu"), (900, 6))]

    def compared(
        tag: str = "",
        handle: str = "h",
        description: str = "",
        since: datetime = datetime(2024, 5, 14, 8, tzinfo=UTC),
    ) -> Comparison:
        rng = np.random.default_rng(4)

        def prose(length: int) -> str:
            return " ".join(rng.choice(words, length))

        of_day = [prose(12) + tag for _ in range(6)]
        people = [
            {
                "row": row, "platform": "x", "account_id": f"id-{row}", "handle": f"{handle if row < 12 else 'h'}{row}",
                "description": description if row < 12 else prose(3),
                "created_at": since - timedelta(days=int(rng.integers(30, 3_000))),
                "observed_at": since + timedelta(days=9),
            }
            for row in range(52)
        ]  # fmt: skip
        written = [
            {
                "row": row,
                "text": prose(9),
                "created_at": since + timedelta(hours=17 * day + int(rng.integers(0, 9))),
            }
            for row in range(52)
            for day in range(6)
        ] + [
            {"row": row, "text": of_day[day], "created_at": since + timedelta(days=day, seconds=9 * row)}
            for row in range(12)
            for day in range(6)
        ]
        columns = {"row": pl.UInt32(), **schema.schema("posts")}
        posts = pl.DataFrame(written, schema=columns).drop("platform", "account_id").with_columns(
            post_id=pl.int_range(pl.len()).cast(pl.String), kind=pl.lit("original")
        )  # fmt: skip
        return compare(
            pl.DataFrame(people, schema={"row": pl.UInt32, **schema.schema("accounts")}), posts, Limits()
        )

    return compared


@dataclass(frozen=True)
class LabelledCollection:
    """A collection, and a class of its accounts that a feature tells and that the model as it is knows nothing of.

    Attributes:
        scored: The collection.
        truth: Whether each account is of the class.
    """

    scored: ScoredCollection
    truth: pl.Series

    @classmethod
    def of(cls, scored: ScoredCollection) -> LabelledCollection:
        """Return a collection whose class are the accounts with long handles."""
        length = scored.accounts["handle"].str.len_chars()
        return cls(scored, length > length.median())

    def labels(self, number: int = 120, truth: pl.Series | None = None) -> pl.DataFrame:
        """Return labels of some accounts, as they are read from a file."""
        accounts = self.scored.accounts.with_columns(y=self.truth if truth is None else truth)
        return accounts.sample(number, seed=2).select(
            line="row", name="account_id", by=pl.lit("account_id"), platform="platform", y="y"
        )


@pytest.fixture(scope="session")
def labelled_collection(models: Models) -> LabelledCollection:
    """An invented collection that a head can be fitted on."""
    made = generate(ordinary=110, inauthentic=110, seed=6, posts_per_account=30)
    accounts = made.accounts.with_row_index("row")
    keys = ["platform", "account_id"]
    posts = made.posts.join(accounts.select("row", *keys), on=keys).drop(keys)
    return LabelledCollection.of(ScoredCollection.of("harbour", accounts, posts, models.inauthentic))


@dataclass(frozen=True)
class PostgreSQL:
    """A server of our own.

    Attributes:
        address: Of the database that it begins with.
        folder: Where its log lies.
        data: Where it keeps its tables.
        port: Where it listens.
        user: How its programs are started: it refuses to run as root.
    """

    address: str
    folder: Path
    data: Path
    port: int
    user: dict[str, Any]

    def control(self, action: str, *options: str) -> None:
        """Start, stop or restart it, and wait until that is done."""
        listens = f"-h 127.0.0.1 -p {self.port} -k {self.folder} -c fsync=off"
        command = [
            _postgres_tool("pg_ctl"),
            action,
            "--wait",
            "--timeout=120",
            "--pgdata",
            str(self.data),
            "-m",
            "immediate",
        ]
        if action != "stop":
            command += ["--options", listens, "--log", str(self.folder / "log")]
        done = subprocess.run(  # noqa: S603
            [*command, *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            **self.user,
        )
        assert done.returncode == 0, (self.folder / "log").read_text()[-3000:]

    def database(self) -> str:
        """Return the address of a new database."""
        import psycopg

        name = f"test_{secrets.token_hex(6)}"
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.address.replace("/postgres", f"/{name}")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL that was started for the tests; they are skipped where it is not installed."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    initdb, user = _postgres_tool("initdb"), _unprivileged()
    # Not pytest's folder: only its owner may enter that one.
    folder = Path(tempfile.mkdtemp(prefix="vigie-postgres-"))
    if user:
        os.chown(folder, user["user"], user["group"])
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = int(bound.getsockname()[1])
    server = PostgreSQL(f"postgresql://vigie@127.0.0.1:{port}/postgres", folder, folder / "data", port, user)
    made = ["--username=vigie", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    subprocess.run(  # noqa: S603
        [initdb, "--pgdata", str(server.data), *made], check=True, capture_output=True, cwd=folder, **user
    )
    try:
        server.control("start")
        yield server
    finally:
        server.control("stop")
        shutil.rmtree(folder)


def _postgres_tool(name: str) -> str:
    """Return the path of a tool of PostgreSQL; Debian keeps them off the path."""
    places = [*map(str, Path("/usr/lib/postgresql").glob("*/bin")), os.environ.get("PATH", "")]
    found = shutil.which(name, path=os.pathsep.join(places))
    if found is None:
        pytest.skip(f"PostgreSQL is not installed: no {name} on the path or in /usr/lib/postgresql")
    return found


def _unprivileged() -> dict[str, Any]:
    """Return how to start a process as somebody else than root, whom PostgreSQL refuses to run as."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@pytest.fixture(scope="session", params=["sail", "spark"])
def remote(request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of an engine that was started for the tests: Sail where its package is, Apache Spark where SPARK_HOME is."""
    if find_spec("pyspark") is None:
        pytest.skip(
            "pyspark-client is not installed: nothing is tested on an engine (pip install 'vigie[cluster]')"
        )
    port = free_port()
    with listening(_sail(port) if request.param == "sail" else spark_connect(port, "local[2]"), port):
        yield f"sc://127.0.0.1:{port}"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return int(bound.getsockname()[1])


@contextmanager
def listening(command: Sequence[str], port: int) -> Iterator[None]:
    """Run a process of an engine, and its children, while the body does; it listens when the body begins."""
    place = {"PYTHONPATH": str(Path(__file__).parents[1] / "src"), "PYSPARK_PYTHON": sys.executable}
    # One thread for each function: an engine starts as many functions as it has cores.
    calm = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "SPARK_LOCAL_IP": "127.0.0.1"}
    with (
        tempfile.TemporaryDirectory() as folder,
        (Path(folder) / "log").open("wb") as log,
        subprocess.Popen(  # noqa: S603
            command, stdout=log, stderr=log, cwd=folder, env=os.environ | place | calm, start_new_session=True
        ) as server,
    ):
        try:
            _wait_for(port, server, Path(folder) / "log")
            yield
        finally:
            os.killpg(server.pid, signal.SIGKILL)


def _sail(port: int) -> list[str]:
    """Return how Sail is started."""
    if find_spec("pysail") is None:
        pytest.skip("pysail is not installed: nothing is tested on Sail")
    return [sys.executable, "-m", "pysail", "spark", "server", "--ip", "127.0.0.1", "--port", str(port)]


def spark_program(name: str) -> str:
    """Return a program of the Apache Spark that SPARK_HOME names."""
    program = shutil.which(name, path=f"{os.environ.get('SPARK_HOME', '')}/bin")
    if program is None or shutil.which("java") is None:
        pytest.skip("SPARK_HOME names no Apache Spark, or there is no Java: nothing is tested on Spark")
    return program


def spark_connect(port: int, master: str, **more: object) -> list[str]:
    """Return how the Connect server of Apache Spark is started."""
    settings = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": port,
        "spark.driver.memory": "1g",
        "spark.sql.shuffle.partitions": 4,
        "spark.ui.enabled": "false",
        **more,
    }
    options = [option for name, value in settings.items() for option in ("--conf", f"{name}={value}")]
    main = ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    return [spark_program("spark-submit"), *main, "--master", master, *options, "spark-internal"]


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server listens."""
    for _ in range(1_500):
        if server.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.2)
    pytest.fail(f"the engine did not start: {log.read_text(errors='replace')[-2000:]}")


PAYLOADS = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</title><svg onload=alert(1)>", "' onmouseover='alert(1)",
    '" autofocus onfocus="alert(1)', "{{ 7 * 7 }}", "javascript:alert(1)", "\u202egnp.exe\u2066", "&lt;script&gt;alert(1)&lt;/script&gt;",
    "</textarea><iframe srcdoc='<script>alert(1)</script>'>", "<a href=javascript:alert(1)>a</a>", "<style>*{display:none}</style>",
)  # fmt: skip


class Hostile:
    """What people who attack a page write into all that they can."""

    opening: ClassVar = {
        "title": f"Harbour {PAYLOADS[0]}", "legal_basis": PAYLOADS[1], "expires_at": "2090-01-01T00:00:00Z",
        "theme": {"keywords": list(PAYLOADS), "hashtags": [PAYLOADS[2]]},
    }  # fmt: skip

    @staticmethod
    def accounts(accounts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return accounts of a request with payloads in all that a person writes, and in the ids too."""
        for place, account in enumerate(accounts):
            payload = PAYLOADS[place % len(PAYLOADS)]
            named = {
                "handle": f"{payload}{place}",
                "display_name": payload,
                "description": payload,
                "location": payload,
            }
            account |= named | {"account_id": f"{account['account_id']}/..?a=<b>&{payload}"}
            for post in account["posts"]:
                post |= {
                    "text": f"{payload if place % 2 else PAYLOADS[0]} {post['text']}",
                    "hashtags": [payload],
                    "urls": [
                        "javascript:alert(1)",
                        f'https://evil.example/"><script>alert({place})</script>',
                    ],
                    "permalink": 'https://evil.example/"onmouseover="alert(1)',
                }
        return accounts


@pytest.fixture(scope="session")
def hostile() -> Hostile:
    return Hostile()
