"""The client speaks of operations with a real server that keeps them."""

from __future__ import annotations

import asyncio
import inspect
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pandas as pd
import polars as pl
import pytest

from vigie.client import AsyncClient, Chunks, Client
from vigie.errors import AnswerError

EXAMPLES = Path(__file__).parents[2] / "examples"
ACCOUNTS: list[dict[str, Any]] = json.loads((EXAMPLES / "first-request.json").read_bytes())["accounts"]
LATER = datetime.now(UTC) + timedelta(days=1)


# Reasons of whoever decides.
SAID = {"by": "Ann", "why": "Called two of them."}


class Recorder(httpx2.HTTPTransport):
    """Sends, and keeps what was asked.

    Attributes:
        asked: Methods and paths.
    """

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[tuple[str, str]] = set()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request."""
        self.asked.add((request.method, request.url.path))
        return super().handle_request(request)


async def done(told: Any) -> Any:
    """Return what either client tells."""
    return await told if inspect.isawaitable(told) else told


async def story(vigie: Any, title: str) -> None:
    """Decide, export, be told and remember, with either client."""
    made = await done(vigie.open_operation(title, "a decree", LATER))
    watch = vigie.operation(made["id"])
    await done(watch.observe(ACCOUNTS))
    await done(watch.judge())
    (track,) = (await done(watch.groups()))["found"]
    number = track["track"]

    subject = {"kind": "group", "track": number}
    first = await done(watch.decide(subject, target="coordinated", decision="confirmed", **SAID))
    with pytest.raises(AnswerError, match="the last one is") as conflict:
        await done(watch.decide(subject, target="coordinated", decision="cannot_tell", **SAID))
    assert (conflict.value.answered, conflict.value.problem["type"]) == (409, "/problems/decision-conflict")
    after = {**SAID, "after": first["id"]}
    await done(watch.decide(subject, target="coordinated", decision="confirmed", **after))
    others = [
        {"subject": {"kind": "account", "platform": "x", "account_id": each["account_id"]}, "target": "inauthentic",
         "decision": "cannot_tell", **SAID}
        for each in ACCOUNTS[:2]
    ]  # fmt: skip
    both = await done(watch.decide_all(others))
    taken_back = await done(watch.withdraw([each["id"] for each in both], **SAID))
    assert [each["withdraws"] for each in taken_back] == [each["id"] for each in both]
    assert len((await done(watch.decisions())).content) == 6
    since = (await done(watch.decisions(since=first["id"]))).to_polars()
    assert since["after"].to_list()[0] == first["id"]

    case = await done(watch.cases.open("Harbour pictures", [subject], by="Ann", note="Seen this morning."))
    (entry,) = case["entries"]
    added = {"by": "Ben", "note": "Two were called.", "state": "investigating"}
    assert (await done(watch.cases.add(case["id"], entry["id"], **added)))["state"] == "investigating"
    with pytest.raises(AnswerError, match="answered 409"):
        await done(watch.cases.add(case["id"], entry["id"], **added))
    assert [each["id"] for each in await done(watch.cases.all("investigating"))] == [case["id"]]
    assert len((await done(watch.cases.get(case["id"])))["entries"]) == 2
    labels = (await done(watch.labels())).to_polars()
    assert labels.height == 5
    assert labels["value"].all()

    criterion = {"criterion": "foreign_involvement", "answer": "not_met"}
    await done(watch.assess("groups", number, **criterion, **SAID))
    assessed = await done(watch.assessment("groups", number, "fr"))
    assert [each["said"] and each["said"]["by"] for each in assessed["criteria"]].count("Ann") == 1

    written = await done(watch.write_note("groups", number, fields={"author": "Unit A"}, by="Ann"))
    assert written["last"] == (await done(watch.assessment("groups", number)))["written"]["last"]

    assert len((await done(watch.drawing("groups", number)))["nodes"]) == 5
    bundle = json.loads(await done(watch.stix("groups", number, tlp="green")))
    assert bundle["type"] == "bundle"
    assert json.loads(await done(watch.shared(tlp="green")))["type"] == "bundle"
    tested = await done(watch.group_test([{"kind": "group", "track": number}], "fr"))
    assert (tested["accounts"], tested["verdict"]) == (5, "not_testable")
    assert (await done(watch.note("fr"))).startswith(b"<!doctype html>")
    assert any(
        name.endswith(".csv")
        for name in zipfile.ZipFile(io.BytesIO(await done(watch.note_archive()))).namelist()
    )
    assert (await done(watch.technical_note("groups", number, "fr"))).startswith(b"<!doctype html>")
    assert zipfile.is_zipfile(io.BytesIO(await done(watch.technical_note_archive("groups", number))))
    assert b"<graphml" in await done(watch.graphml())
    assert zipfile.ZipFile(io.BytesIO(await done(watch.dossier("groups", number)))).testzip() is None
    copied = (await done(watch.contents())).content
    listed = (await done(watch.posts(content=copied[0]["id"]))).content
    assert len(listed) == copied[0]["posts"]
    for each in copied[:1]:
        published = (await done(watch.content(each["id"])))["published"]
        assert len(published["posts"]) == each["posts"]
        assert json.loads(await done(watch.content_stix(each["id"], tlp="green")))["type"] == "bundle"
    for absent in (watch.stix, watch.dossier):
        with pytest.raises(AnswerError, match="answered 404"):
            await done(absent("campaigns", 77))

    hooks = watch.webhooks
    keyed = await done(hooks.add("http://127.0.0.1:9/told", kinds=["vigie.group.created"]))
    hook = keyed["webhook"]["id"]
    assert [each["id"] for each in await done(hooks.all())] == [hook]
    assert (await done(hooks.rotate(hook)))["secret"] != keyed["secret"]
    assert await done(hooks.dead_letters(hook)) == []
    assert (await done(hooks.send_again(hook)))["is_enabled"]
    assert (await done(hooks.get(hook)))["kinds"] == ["vigie.group.created"]
    assert await done(hooks.remove(hook)) is None
    with pytest.raises(AnswerError, match="answered 404"):
        await done(hooks.get(hook))

    await done(watch.remember("groups", number, title))
    table = b"platform,handle\nx,quay_watch\n"
    told = await done(vigie.remember_campaigns(table, "csv", name="Quay", source="a report"))
    assert [each["accounts"] for each in told["campaigns"]] == [1]
    known = {(each["name"], each["source"]) for each in await done(vigie.known_campaigns())}
    assert {("Quay", "a report"), (title, made["id"])} <= known
    left = await done(vigie.forget_campaign("Quay", "a report"))
    assert ("Quay", "a report") not in {(each["name"], each["source"]) for each in left}


def test_both_clients_decide_export_are_told_and_remember(
    serve: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_WEBHOOK_ALLOW", "127.0.0.0/8")
    address = serve("--store", tmp_path / "store")
    recorder = Recorder()
    with Client(address, transport=recorder) as vigie:
        asyncio.run(story(vigie, "Harbour"))

    async def again() -> None:
        async with AsyncClient(address) as other:
            await story(other, "Quay vote")

    asyncio.run(again())
    # What is decided, exported, registered and remembered: the client asks all routes of it.
    routes = {
        (method.upper(), path)
        for path, methods in httpx2.get(f"{address}/openapi.json").json()["paths"].items()
        for method, route in methods.items()
        if set(route["tags"])
        & {"decisions", "exports", "assessments", "cases", "webhooks", "known campaigns"}
    }
    assert len(routes) >= 20
    assert {route for route in routes if not _is_asked(route, recorder.asked)} == set()


def _is_asked(route: tuple[str, str], asked: set[tuple[str, str]]) -> bool:
    pattern = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(route[1])))
    return any(method == route[0] and pattern.fullmatch(path) for method, path in asked)


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
