"""Events tell counts and where to ask, the same each time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, get_args

from sqlalchemy import select

from vigie.serving.operations import tables
from vigie.serving.operations.webhooks.events import Type, message, type_of


def test_an_event_has_the_shape_of_cloudevents_and_says_nothing_of_persons(
    watched: Any, alert: Callable[..., str]
) -> None:
    name = alert("campaign_grew", track=4)
    with watched.catalogue.database(watched.id).reading() as connection:
        row = connection.execute(select(tables.alerts)).one()
    made = message(watched.id, row)
    assert made == message(watched.id, row)
    assert made.id == name
    assert json.loads(made.body) == {
        "specversion": "1.0",
        "id": name,
        "source": f"/v1/operations/{watched.id}",
        "type": "vigie.campaign.grown",
        "subject": "campaigns/4",
        "time": watched.catalogue.clock().isoformat(),
        "datacontenttype": "application/json",
        "data": {
            "operation": watched.id, "alert": row.id, "track": 4, "other": None, "accounts": 12, "joined": 5, "left": 0,
            "address": f"/v1/operations/{watched.id}/campaigns/4",
        },
    }  # fmt: skip


def test_every_kind_of_alert_has_a_type() -> None:
    kinds = [
        f"{what}_{change}"
        for what in ("group", "campaign")
        for change in ("new", "grew", "split", "merged", "rested", "back")
    ]
    kinds += ["known_returned", "known_reused", "burst_posts", "burst_hashtag", "burst_content"]
    assert [type_of(kind) for kind in kinds] == list(get_args(Type))
