# ruff: noqa: INP001, T201 - a script, not a package, that prints
"""A crisis from its first hour to the day when a part of its accounts comes back: what operations are for.

From the root of the repository, with ``vigie serve --store watches`` running and ``vigie example --out example`` done:

    python examples/watch.py http://127.0.0.1:8000 example/accounts.jsonl

Nobody in the collection exists. Where the service asks for an API key, set ``VIGIE_KEY``.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

from vigie.client import Client

# Accounts of the flood that a partner is said to have reported before, and that come back in the end.
_REPORTED, _BACK = 8, 20


def main(url: str, path: str) -> None:
    """Print the story."""
    key = os.environ.get("VIGIE_KEY")
    collected = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    with Client(url, key) as vigie, httpx2.Client(base_url=url, headers=headers, timeout=300) as http:
        first = _opened(vigie, "Harbour crisis")
        # Two collectors, each of a platform, send what they see; each sends its last hour twice.
        for platform in ("x", "facebook"):
            own = [each for each in collected if each["platform"] == platform]
            for part in (own[: len(own) // 2], own, own[-20:]):
                seen = vigie.operation(first).observe(part).content
                print(
                    f"{platform}: {seen['accounts']['new']} accounts and {seen['posts']['new']} posts are new"
                )
        watch = vigie.operation(first)
        watch.judge()
        for alert in watch.alerts():
            print(f"alert: {alert['sentence']}")
        campaign = watch.campaigns()["found"][0]
        told = campaign["campaign"]
        if told is None:
            sys.exit("no campaign was found")
        print(told["sentence"])
        content = told["contents"][0]
        by = content["first_account"]["handle"]
        print(f"first content: {content['accounts']} accounts, @{by} first, at {content['first_time']}")
        print(f"audience: {told['audience']['sentence']}")

        # A partner's bundle names some of the accounts: they were seen before.
        bundle = _bundle([each["handle"] for each in told["accounts"][:_REPORTED]])
        http.post("/v1/known-campaigns", params={"format": "json"}, content=bundle).raise_for_status()
        last = watch.alerts()
        seen_before = [alert["id"] for alert in last][-1]
        watch.judge()
        for alert in watch.alerts(since=seen_before):
            print(f"alert: {alert['sentence']}")

        at = f"/v1/operations/{first}"
        decided = {
            "subject": {"kind": "campaign", "track": campaign["track"]}, "target": "coordinated",
            "decision": "confirmed", "by": "A. Analyst", "why": "same pictures within seconds, for two days",
        }  # fmt: skip
        receipt = http.post(f"{at}/decisions", json=decided).raise_for_status().json()["receipt"]
        print(f"confirmed; line {receipt[:12]} of the chain of decisions")
        stix = http.get(
            f"{at}/campaigns/{campaign['track']}/stix", params={"tlp": "amber"}
        ).raise_for_status()
        print(f"STIX: {len(stix.json()['objects'])} objects for OpenCTI")
        remember = f"{at}/campaigns/{campaign['track']}/remember"
        http.post(remember, json={"name": "Harbour flood"}).raise_for_status()
        print(f"the operation is {watch.purge()['state']}: what is left is its title, counts and digests")

        second = vigie.operation(_opened(vigie, "Harbour, a year later"))
        members = {account["account_id"] for account in told["accounts"][:_BACK]}
        every = {account["account_id"] for account in told["accounts"]}
        second.observe(
            [each for each in collected if each["account_id"] in members or each["account_id"] not in every]
        )
        second.judge()
        for alert in second.alerts():
            if alert["known"]:
                print(f"alert: {alert['sentence']}")


def _opened(vigie: Client, title: str) -> str:
    return vigie.open_operation(title, "an invented decree", datetime.now(UTC) + timedelta(days=30))["id"]


def _bundle(handles: list[str]) -> bytes:
    """Return an invented partner's STIX bundle: a campaign that uses channels."""
    number = "00000000-0000-4000-8000-0000000000"
    campaign = {"type": "campaign", "id": f"campaign--{number}00", "name": "An earlier flood"}
    channels = [
        {"type": "channel", "id": f"channel--{number}{place + 1:02}", "name": f"x.com/{handle}"}
        for place, handle in enumerate(handles)
    ]
    uses = [
        {
            "type": "relationship", "id": f"relationship--{number}{place + 50:02}", "relationship_type": "uses",
            "source_ref": campaign["id"], "target_ref": channel["id"],
        }
        for place, channel in enumerate(channels)
    ]  # fmt: skip
    objects: list[dict[str, Any]] = [campaign, *channels, *uses]
    return json.dumps({"type": "bundle", "id": f"bundle--{number}99", "objects": objects}).encode()


if __name__ == "__main__":
    main(*sys.argv[1:])
