"""Counters start at nothing, name one model per role and target, and add up."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vigie.serving.metrics import OUTCOMES, STAGES, Metrics


def test_every_outcome_and_stage_is_there_from_the_start() -> None:
    text = Metrics().text().decode()
    for outcome in OUTCOMES:
        assert f'vigie_accounts_total{{outcome="{outcome}"}} 0.0' in text
    for stage in STAGES:
        assert f'vigie_stage_seconds_total{{stage="{stage}"}} 0.0' in text


def test_a_model_takes_the_place_of_the_one_before_it() -> None:
    metrics = Metrics()
    for version in ("a", "b", "b"):
        metrics.uses("champion", "inauthentic", "vigie", version)
    metrics.uses("champion", "coordinated", "vigie", "c")
    lines = [line for line in metrics.text().decode().splitlines() if line.startswith("vigie_model_info{")]
    assert len(lines) == 2
    assert 'version="a"' not in "".join(lines)


def test_time_spent_is_added_also_where_the_work_fails() -> None:
    metrics = Metrics()

    def fail() -> None:
        with metrics.stage("model"):
            raise ValueError("somebody")

    with pytest.raises(ValueError, match="somebody"):
        fail()
    metrics.add_stages({"model": 2.0, "features": 1.0})
    spent = metrics.registry.get_sample_value
    assert (spent("vigie_stage_seconds_total", {"stage": "model"}) or 0) > 2
    assert spent("vigie_stage_seconds_total", {"stage": "features"}) == 1


def test_memory_and_start_of_the_process_are_told() -> None:
    value = Metrics().registry.get_sample_value
    assert (value("process_resident_memory_bytes") or 0) > 1e6
    assert (value("process_start_time_seconds") or 0) > 1e9


def test_counters_and_histograms_of_other_processes_and_of_earlier_ones_are_added() -> None:
    def counted(requests: int) -> dict[str, Any]:
        metrics = Metrics()
        for _ in range(requests):
            metrics.requests.labels("/v1/score", "200").inc()
            metrics.latency.labels("/v1/score").observe(0.02)
        read: dict[str, Any] = json.loads(json.dumps(metrics.snapshot()))
        return read

    metrics = Metrics()
    metrics.uses("champion", "inauthentic", "vigie", "a")
    metrics.restore(counted(1))
    metrics.requests.labels("/v1/score", "200").inc(2)
    metrics.gather([counted(4), counted(8)])
    metrics.gather([counted(4), counted(8)])
    told = dict(line.rsplit(" ", 1) for line in metrics.text().decode().splitlines() if line[0] != "#")
    assert told['vigie_requests_total{route="/v1/score",status="200"}'] == "15.0"
    assert told['vigie_request_seconds_bucket{le="0.025",route="/v1/score"}'] == "13.0"
    assert told['vigie_request_seconds_bucket{le="0.01",route="/v1/score"}'] == "0.0"
    assert told['vigie_request_seconds_count{route="/v1/score"}'] == "13.0"
    assert told['vigie_model_info{name="vigie",role="champion",target="inauthentic",version="a"}'] == "1.0"
    # What goes on to the next process is what was counted here, not what others did.
    later = Metrics()
    later.restore(metrics.snapshot())
    assert 'vigie_requests_total{route="/v1/score",status="200"} 3.0' in later.text().decode()
