"""The page of the adapted model: what decisions can make of it, what that was worth, and who may do it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2

from vigie.cli.demo import requests
from vigie.serving.access.scopes import Scope
from vigie.serving.settings import Settings

TokenIn = Callable[[str], str]


def test_a_model_is_fitted_by_decisions_its_gain_is_shown_and_it_is_taken_back(
    served: Callable[[Settings], str], labelled_collection: Any, hostile: Any, token_in: TokenIn, tmp_path: Path
) -> None:  # fmt: skip
    scored = labelled_collection.scored
    names = scored.accounts.select("row", "platform", "account_id")
    sent = requests(scored.accounts.drop("row"), scored.posts.join(names, on="row").drop("row"))
    decisions = [
        {
            "subject": {"kind": "account", "platform": row["platform"], "account_id": row["name"]},
            "target": "inauthentic", "decision": "confirmed" if row["y"] else "false_positive", "by": "Ann",
            "why": "I looked", "after": None,
        }
        for row in labelled_collection.labels().iter_rows(named=True)
    ]  # fmt: skip
    address = served(Settings(store=str(tmp_path / "store"), judge_seconds=3600))
    with httpx2.Client(base_url=address, headers={"accept": "text/html"}, timeout=120) as browser:
        name = browser.post("/v1/operations", json=hostile.opening).json()["id"]
        browser.post(f"/v1/operations/{name}/accounts", json={"accounts": sent}).raise_for_status()
        at = f"/console/operations/{name}/adaptation"
        before = browser.get(at).text
        assert "inauthentic 0, ordinary 0" in before
        token = {"token": token_in(before)}
        refused = browser.post(at, data=token)
        assert refused.status_code == 422
        assert "at least 20" in refused.text
        decided = browser.post(f"/v1/operations/{name}/decisions/several", json={"decisions": decisions})
        assert decided.status_code == 201, decided.text
        made = browser.post(at, data=token)
        assert (made.status_code, made.headers["location"]) == (303, at), made.text
        gain = browser.get(f"/v1/operations/{name}/adaptation").json()["gain"]
        shown = browser.get(at).text
        assert f"{100 * gain['value']:.4g} more" in shown
        assert "Judge by the model as it is" in shown
        assert browser.post(f"{at}/end", data=token).headers["location"] == at
        assert "The model as it is judges this operation." in browser.get(at).text


def test_fitting_needs_the_scope_that_manages_operations(
    opened: Any, kept: Any, key_file: Path, make_key: Callable[..., str], token_in: TokenIn
) -> None:
    key = {"X-API-Key": make_key(Scope.DECIDE)}
    browser = opened(keys=key_file)
    page = browser.get(f"{kept.at}/adaptation", headers=key).text
    assert "needs a key with the scope admin" in page
    assert "Fit the model</button>" not in page
    token = {"token": token_in(browser.get("/console/sign-in").text)}
    for address in (f"{kept.at}/adaptation", f"{kept.at}/adaptation/end"):
        assert browser.post(address, data=token, headers=key).status_code == 403
