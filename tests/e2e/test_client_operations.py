"""The client speaks of operations with a real server that keeps them."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

from vigie.client import AsyncClient, Chunks, Client
from vigie.errors import AnswerError

EXAMPLES = Path(__file__).parents[2] / "examples"
ACCOUNTS: list[dict[str, Any]] = json.loads((EXAMPLES / "first-request.json").read_bytes())["accounts"]
LATER = datetime.now(UTC) + timedelta(days=1)


def test_an_operation_lives_from_its_opening_to_its_purge(serve: Callable[..., str], tmp_path: Path) -> None:
    address = serve("--store", tmp_path / "store")
    with Client(address, chunks=Chunks(accounts=15)) as vigie:
        made = vigie.open_operation("Harbour", "a decree", LATER, theme={"hashtags": ["HarbourVote"]})
        watch = vigie.operation(made["id"])
        assert watch.change(title="Harbour vote")["title"] == "Harbour vote"
        assert [each["title"] for each in vigie.operations()] == ["Harbour vote"]

        profiles = pl.DataFrame([{k: v for k, v in each.items() if k != "posts"} for each in ACCOUNTS])
        posts = [
            {"platform": each["platform"], "account_id": each["account_id"], **post}
            for each in ACCOUNTS
            for post in each["posts"]
        ]
        bad = {"platform": "x", "account_id": "7", "followers_count": -1}
        first = watch.observe([*ACCOUNTS, bad]).to_polars()
        assert first["index"].to_list() == list(range(41))
        assert first["status"].to_list() == ["new"] * 40 + ["rejected"]
        assert "followers_count" in first["error"][40]
        assert first["posts_new"].sum() == len(posts)
        again = watch.observe(profiles, pd.DataFrame(posts))
        assert set(again.to_polars()["status"]) == {"known"}
        assert watch.observe_posts(posts).content["posts"] == {
            "new": 0, "known": len(posts), "changed": 0, "rejected": 0,
        }  # fmt: skip

        assert watch.judge()["accounts"] == 40
        assert watch.judgement("fr")["posts"] == len(posts)
        ranked = watch.accounts().to_polars()
        assert set(ranked["account_id"]) == {each["account_id"] for each in ACCOUNTS}
        (track,) = watch.groups()["found"]
        assert watch.group(track["track"], "fr")["members"] == 5
        inside = watch.accounts(group=track["track"])
        assert len(inside.content) == 5
        dossier = watch.account("x", str(inside.content[0]["account_id"]))
        assert dossier["group"] == track["track"]
        assert {alert["track"] for alert in watch.alerts()} >= {track["track"]}
        assert sum(hour["posts"] for hour in watch.timeline()["hours"]) == len(posts)
        assert watch.contents().to_polars().height == len(watch.contents().content)
        for campaign in watch.campaigns()["found"]:
            assert watch.campaign(campaign["track"])["track"] == campaign["track"]
        among = vigie.score(ACCOUNTS[:1], operation=made["id"]).content["results"]
        assert among[0]["account_id"] == ACCOUNTS[0]["account_id"]

        async def asked() -> list[Any]:
            async with AsyncClient(address) as other:
                same = other.operation(made["id"])
                return [
                    [each["id"] for each in await other.operations()],
                    (await same.accounts()).content,
                    (await same.groups())["found"],
                    await same.account("x", str(inside.content[0]["account_id"])),
                    (await same.observe(ACCOUNTS[:2])).content["accounts"]["known"],
                ]

        assert asyncio.run(asked()) == [
            [made["id"]], watch.accounts().content, watch.groups()["found"], dossier, 2,
        ]  # fmt: skip

        assert watch.close()["state"] == "closed"
        with pytest.raises(AnswerError, match="answered 409"):
            watch.observe(ACCOUNTS[:1])
        assert watch.purge()["state"] == "purged"

    done = subprocess.run(  # noqa: S603
        [sys.executable, str(EXAMPLES / "operation.py"), address],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "group 1 holds 5 accounts" in done.stdout
    assert "The operation is purged." in done.stdout
