"""Alerts are given once each, by both clients."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2

from vigie.client import AsyncClient, Client


def answer(request: httpx2.Request) -> httpx2.Response:
    """Answer with alerts up to the fifth, two at a time."""
    since = int(request.url.params["since"])
    alerts = [{"id": number} for number in range(since + 1, 6)][:2]
    return httpx2.Response(200, json={"alerts": alerts, "last": since})


def test_each_loop_goes_on_after_the_last_alert_that_was_given() -> None:
    with Client("http://a.example", transport=httpx2.MockTransport(answer)) as client:
        alerts = client.operation("op_1").alerts(since=1)
        for alert in alerts:
            if alert["id"] == 4:
                break
        assert alerts.last == 4
        assert [alert["id"] for alert in alerts] == [5]
        assert list(alerts) == []


def test_the_client_that_does_not_block_gives_the_same() -> None:
    async def given() -> Any:
        async with AsyncClient("http://a.example", transport=httpx2.MockTransport(answer)) as client:
            alerts = client.operation("op_1").alerts()
            return [alert["id"] async for alert in alerts], [alert async for alert in alerts], alerts.last

    assert asyncio.run(given()) == ([1, 2, 3, 4, 5], [], 5)
