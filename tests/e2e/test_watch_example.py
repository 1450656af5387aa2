"""The story of operations, told by the example: observed, recognised, confirmed, forgotten, and back in another operation."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_a_crisis_from_its_first_hour_until_its_accounts_come_back(
    serve: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The service judges when it is asked to: alerts do not depend on how fast the batches come.
    monkeypatch.setenv("VIGIE_JUDGE_SECONDS", "3600")
    store = tmp_path / "store"
    address = serve("--store", store)
    example = tmp_path / "example"
    made = [sys.executable, "-m", "vigie", "example", "--out", str(example)]
    subprocess.run(made, check=True, capture_output=True)  # noqa: S603
    told = subprocess.run(  # noqa: S603
        [sys.executable, EXAMPLES / "watch.py", address, example / "accounts.jsonl"],
        check=True, capture_output=True, text=True, timeout=300,
    ).stdout  # fmt: skip
    assert "x: 0 accounts and 0 posts are new" in told
    whole = (
        r"in campaign \d+, 54 accounts publish the same contents|Campaign \d+ has grown by \d+ to 54 accounts"
    )
    assert re.search(rf"alert: .*({whole})\.", told)
    assert "54 accounts (50 on X and 4 on Facebook) published the same contents" in told
    assert "28,398 views" in told
    first, _, later = told.partition("the operation is purged")
    assert "of the known campaign “An earlier flood”" in first
    assert "line " in first.partition("confirmed;")[2].splitlines()[0]
    assert "objects for OpenCTI" in first
    assert (
        "20 accounts of the operation have an id, a name or a biography of the known campaign “Harbour flood”"
        in later
    )
    # Of the first operation no file is left, and none of its posts anywhere.
    (left,) = (store / "operations").iterdir()
    for file in [path for path in store.rglob("*") if path.is_file() and left not in path.parents]:
        content = file.read_bytes()
        assert b"WimbazuNadoha" not in content
        assert b"corpus-7-p0" not in content
