"""A session needs a server that answers, at an address of Spark Connect, and tells what an engine's error comes to."""

from __future__ import annotations

import socket

import pytest

from vigie.errors import ClusterError, ExtensionError, InputError
from vigie.features.cluster import session
from vigie.features.cluster.session import connected, reason
from vigie.version import VERSION


@pytest.mark.parametrize("address", ["spark.example", "http://spark.example", "sc://", "sc://host:port", ""])
def test_an_address_that_is_none_of_spark_connect_is_refused(address: str) -> None:
    with pytest.raises(InputError, match="write sc://HOST"), connected(address):
        pass


def test_a_token_in_an_address_is_not_told() -> None:
    with pytest.raises(InputError) as refused, connected("http://spark.example/;token=secret"):
        pass
    assert "secret" not in str(refused.value)


def test_without_the_client_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "find_spec", lambda name: None)
    with pytest.raises(ExtensionError, match=r"vigie\[cluster\]"), connected("sc://127.0.0.1"):
        pass


def test_a_server_that_is_not_there_is_told_at_once_by_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "find_spec", lambda name: name)
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
    told = f"no Spark Connect server answers at 127.0.0.1:{port} "
    with pytest.raises(ClusterError, match=told), connected(f"sc://127.0.0.1:{port}/;token=secret"):
        pass


def test_an_engine_that_fails_is_told_without_its_traceback(remote: str) -> None:
    with pytest.raises(ClusterError, match="failed: ") as failed, connected(remote) as opened:
        opened.read.parquet("nowhere://bucket/accounts.parquet").count()
    assert "\n" not in str(failed.value)
    assert len(str(failed.value)) < 500


def test_times_of_a_session_are_utc(remote: str) -> None:
    with connected(remote) as opened:
        assert opened.conf.get("spark.sql.session.timeZone") == "UTC"


def test_executors_without_vigie_are_told_what_to_install() -> None:
    said = "Traceback (most recent call last):\n  File \"x\"\nModuleNotFoundError: No module named 'vigie'\n SQLSTATE: 38000"
    assert reason(said) == (
        f"Python of the executors has no module named 'vigie'; install vigie {VERSION} on every one of them"
    )


def test_an_error_of_the_connection_is_told_by_its_details() -> None:
    said = '<_InactiveRpcError of RPC that terminated with:\n\tstatus = StatusCode.X\n\tdetails = "larger than max"\n>'
    assert reason(said) == "larger than max"


def test_the_reason_of_a_long_error_is_short_and_holds_no_control_character() -> None:
    assert reason("a\x1b[31m" + "b" * 900) == "a [31m" + "b" * 294
