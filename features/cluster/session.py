"""A session on a Spark Connect server, and what its errors mean (needs ``vigie[cluster]``)."""

from __future__ import annotations

import re
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from vigie.errors import ClusterError, ExtensionError, InputError
from vigie.version import VERSION

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Where Spark Connect listens unless told otherwise.
_PORT = 15_002
# Seconds to wait for a server: its client tries for ten minutes.
_PATIENCE_S = 10
# Characters of an error of the engine that are shown.
_SHOWN = 300
# The last line of a Python traceback, which says what went wrong.
_RAISED = re.compile(r"^(?:[\w.]+\.)?(\w+(?:Error|Exception)): (.+)$", re.MULTILINE)
# What an error of the connection is about.
_DETAILS = re.compile(r'^\s*details = "(.+)"$', re.MULTILINE)


@contextmanager
def connected(remote: str) -> Iterator[SparkSession]:
    """Yield a session on a server, closed when the body ends.

    Args:
        remote: Address, ``sc://HOST`` or ``sc://HOST:PORT``, with the parameters of Spark Connect behind ``/;``.

    Raises:
        InputError: That is no such address.
        ExtensionError: The client is not installed.
        ClusterError: Nobody answers there, or the engine cannot do what the body asks of it.
    """
    host, port = _address(remote)
    if find_spec("pyspark") is None:
        raise ExtensionError(
            "a cluster is spoken to by pyspark-client, which is not installed; pip install 'vigie[cluster]'"
        )
    try:
        socket.create_connection((host, port), _PATIENCE_S).close()
    except OSError as error:
        raise ClusterError(
            f"no Spark Connect server answers at {host}:{port} ({error.strerror or error}); start one there, or name "
            "another with --remote"
        ) from error
    with warnings.catch_warnings():
        # pandas is asked for by the client and used by nothing here: tables travel as Arrow.
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        from pyspark.sql.connect.session import SparkSession
    with _explained(f"{host}:{port}"):
        session: SparkSession = SparkSession.builder.remote(remote).create()  # type: ignore[no-redef, unused-ignore]
        try:
            session.conf.set("spark.sql.session.timeZone", "UTC")
            yield session
        finally:
            session.stop()


def _address(remote: str) -> tuple[str, int]:
    """Return host and port of an address.

    Raises:
        InputError: It is none of a Spark Connect server.

    >>> _address("sc://spark.example/;token=secret")
    ('spark.example', 15002)
    """
    try:
        parts = urlsplit(remote)
        host, port = parts.hostname, parts.port or _PORT
    except ValueError:
        host = None
    if not host or parts.scheme != "sc":
        # What stands behind the host may hold a token.
        raise InputError(
            f"--remote {remote.partition('/;')[0][:60]!r} is no address of a Spark Connect server; write sc://HOST or "
            "sc://HOST:PORT"
        )
    return host, port


@contextmanager
def _explained(server: str) -> Iterator[None]:
    """Raise the errors of the engine and of its connection as one of vigie."""
    from grpc import RpcError
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        raise ClusterError(f"the engine at {server} failed: {reason(str(error))}") from error
    except RpcError as error:
        raise ClusterError(
            f"the connection to {server} broke: {reason(str(error))}. Look whether the server still runs, and try again"
        ) from error


def reason(said: str) -> str:
    r"""Return what an error of an engine comes to, without the traceback of its machines.

    >>> reason("An exception was thrown. Traceback (most recent call last):\n  File a.py\nValueError: too long\n SQLSTATE")
    'ValueError: too long'
    """
    raised = _RAISED.findall(said)
    kind, what = raised[-1] if raised else ("", said.strip().partition("\n")[0])
    if details := _DETAILS.search(said):
        kind, what = "", details[1]
    if kind == "ModuleNotFoundError":
        return f"Python of the executors has {what[0].lower() + what[1:]}; install vigie {VERSION} on every one of them"
    plain = "".join(character if character.isprintable() else " " for character in what)
    return (f"{kind}: " if kind else "") + plain[:_SHOWN]
