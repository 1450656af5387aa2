"""The button judges what came in since, for who may decide, and leads back to the operation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2

from vigie.cli.demo import requests
from vigie.serving.settings import Settings


def test_what_came_in_is_judged_at_once(
    served: Callable[[Settings], str],
    hostile: Any,
    flood: Any,
    token_in: Callable[[str], str],
    tmp_path: Path,
) -> None:
    address = served(Settings(store=str(tmp_path / "store"), judge_seconds=3600))
    with httpx2.Client(base_url=address, headers={"accept": "text/html"}, timeout=120) as browser:
        name = browser.post("/v1/operations", json=hostile.opening).json()["id"]
        at = f"/console/operations/{name}"
        assert "Judge it now" not in browser.get(at).text
        assert f'href="/console/try?operation={name}"' in browser.get(at).text
        assert f'<option value="{name}" selected>' in browser.get(f"/console/try?operation={name}").text
        sent = {"accounts": requests(flood.accounts, flood.posts)}
        browser.post(f"/v1/operations/{name}/accounts", json=sent).raise_for_status()
        waiting = browser.get(at).text
        assert "Judge it now" in waiting
        assert browser.post(f"{at}/judgements").status_code == 403
        made = browser.post(f"{at}/judgements", data={"token": token_in(waiting)})
        assert (made.status_code, made.headers["location"]) == (303, at)
        judged = browser.get(at).text
        assert "Last judged on" in judged
        assert "Judge it now" not in judged
