"""The log is JSON on stderr, one object a line; a quiet one holds what went wrong alone."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog

from vigie.serving.logging import configure


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize(("quiet", "events"), [(False, ["request", "unexpected"]), (True, ["unexpected"])])
def test_each_event_is_one_line_of_json(
    quiet: bool, events: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    configure(quiet=quiet)
    log = structlog.get_logger("vigie.serving")
    log.info("request", route="/v1/score")
    log.error("unexpected", where="é\n")
    written = capsys.readouterr()
    lines = [json.loads(line) for line in written.err.splitlines()]
    assert [line["event"] for line in lines] == events
    assert {"timestamp", "level"} <= set(lines[-1])
    assert written.out == ""
