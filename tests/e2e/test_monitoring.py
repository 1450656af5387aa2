"""Alerts fire when they should and lead to their paragraph; alerts and dashboard ask for metrics that the service tells."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
RULES: list[dict[str, Any]] = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text())["groups"][
    0
]["rules"]
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "vigie.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
# Told by Prometheus itself, node_exporter and blackbox_exporter.
_ELSEWHERE = re.compile(r"up|node_filesystem_\w+_bytes|probe_ssl_earliest_cert_expiry")
_OF_PROMETHEUS = {"instance", "job"}
_METRIC = re.compile(r"\b(?:vigie|process|node|probe)_\w+|\bup\b")


@pytest.fixture(scope="module")
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not installed")
    return found


@pytest.fixture(scope="module")
def told(address: str) -> dict[str, set[str]]:
    """Names of the samples that a service tells, each with the names of its labels, where it has any yet."""
    assert httpx2.get(f"{address}/v1/model").status_code == 200
    text = httpx2.get(f"{address}/metrics").text
    kinds = dict(re.findall(r"^# TYPE (\S+) (\w+)$", text, re.MULTILINE))
    suffixes = {"histogram": ("_bucket", "_sum", "_count")}
    names = {name + end: set[str]() for name, kind in kinds.items() for end in suffixes.get(kind, ("",))}
    for name, labels in re.findall(r"^(\w+)\{(.*)\} ", text, re.MULTILINE):
        names[name] |= set(re.findall(r'(\w+)="', labels))
    return names


def expressions() -> Iterator[str]:
    """Yield what alerts and panels ask for, with the variables of Grafana as Prometheus could have them."""
    yield from (rule["expr"] for rule in RULES)
    queries = [target["expr"] for panel in PANELS for target in panel["targets"]]
    queries += [one["expr"] for one in DASHBOARD["annotations"]["list"]]
    yield from (query.replace("$__rate_interval", "5m").replace("$instance", ".*") for query in queries)


def test_every_metric_that_is_asked_for_is_told(told: dict[str, set[str]]) -> None:
    asked = {name for expression in expressions() for name in _METRIC.findall(expression)}
    assert {name for name in asked if not _ELSEWHERE.fullmatch(name)} <= set(told)


def test_every_label_that_is_asked_for_is_told(told: dict[str, set[str]]) -> None:
    for expression in expressions():
        for name, matchers in re.findall(r"(\w+)\{([^}]*)\}", expression):
            asked = set(re.findall(r'(\w+)(?:=~|!~|!=|=)"', matchers)) - _OF_PROMETHEUS
            assert not told.get(name) or asked <= told[name], expression


def test_prometheus_takes_every_expression(promtool: str, tmp_path: Path) -> None:
    rules = [{"record": f"asked:{number}", "expr": one} for number, one in enumerate(expressions())]
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}))
    for command in (["rules", str(file)], ["config", str(DEPLOY / "prometheus" / "prometheus.yaml")]):
        done = subprocess.run([promtool, "check", *command], capture_output=True, text=True, check=False)  # noqa: S603
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_fires_when_it_should_and_none_on_a_quiet_day(promtool: str) -> None:
    file = DEPLOY / "prometheus" / "alerts.test.yaml"
    done = subprocess.run([promtool, "test", "rules", file], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    quiet, *cases = yaml.safe_load(file.read_text())["tests"]
    names = {rule["alert"] for rule in RULES}
    assert {
        one["alertname"] for case in cases for one in case["alert_rule_test"] if one["exp_alerts"]
    } == names
    assert {one["alertname"] for one in quiet["alert_rule_test"]} == names


def test_every_alert_leads_to_its_paragraph() -> None:
    runbook = (ROOT / "docs" / "how-to" / "runbook.md").read_text(encoding="utf-8")
    paragraphs = re.findall(r"^### (Vigie\w+)$", runbook, re.MULTILINE)
    assert paragraphs == [rule["alert"] for rule in RULES]
    for rule in RULES:
        assert rule["annotations"]["runbook_url"] == f"docs/how-to/runbook.md#{rule['alert'].lower()}"


def test_the_panels_of_the_dashboard_are_explained_and_do_not_lie_on_each_other() -> None:
    assert all(panel["description"] for panel in PANELS)
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells
