"""What the service counts about itself, in Prometheus' form; nothing about the accounts it judges.

Where a service has several processes, counters and histograms are sums over them; a gauge says of itself what it means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from time import perf_counter
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.registry import Collector

from vigie.features.json_object import JsonObject

STAGES = ("validation", "features", "model", "explanation", "network", "group_test")
OUTCOMES = ("scored", "abstained", "compared", "refused")
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


# Name, labels and value.
_Sample = tuple[str, Mapping[str, str], float]


class Metrics(Collector):
    """Counters of one application, in a registry of its own."""

    media_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "vigie_requests", "Requests answered.", ["route", "status"], registry=self.registry
        )
        self.latency = Histogram(
            "vigie_request_seconds",
            "Seconds from request to answer.",
            ["route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.accounts = Counter(
            "vigie_accounts", "Accounts answered, by outcome.", ["outcome"], registry=self.registry
        )
        self.stages = Counter(
            "vigie_stage_seconds", "Seconds spent, by stage of an answer.", ["stage"], registry=self.registry
        )
        self.reloads = Counter(
            "vigie_model_reloads",
            "Bundles found in a watched folder, by what became of them.",
            ["role", "target", "outcome"],
            registry=self.registry,
        )
        self.audit_unwritten = Counter(
            "vigie_audit_unwritten",
            "Entries that could not be written to the audit log; their answers were withheld.",
            registry=self.registry,
        )
        self._models = Gauge(
            "vigie_model_info",
            "1 for each model in use.",
            ["role", "target", "name", "version"],
            registry=self.registry,
        )
        self._refused = Gauge(
            "vigie_model_refused",
            "1 while a watched folder holds a bundle that was refused.",
            ["role", "target"],
            registry=self.registry,
        )
        self._fallback = Gauge(
            "vigie_model_fallback",
            "1 while an older version answers, since the one in the folder could not be used at the start.",
            ["role", "target"],
            registry=self.registry,
        )
        self.certificate_refused = Gauge(
            "vigie_certificate_refused",
            "1 while the files of the certificate hold a pair that cannot be used; the one before it is served.",
            registry=self.registry,
        )
        ProcessCollector(registry=self.registry)
        self._in_use: dict[tuple[str, str], tuple[str, str]] = {}
        self._added = (
            self.requests, self.latency, self.accounts, self.stages, self.reloads, self.audit_unwritten,
        )  # fmt: skip
        self._earlier: Sequence[JsonObject] = ()
        self._others: Sequence[JsonObject] = ()
        for outcome in OUTCOMES:
            self.accounts.labels(outcome)
        for stage in STAGES:
            self.stages.labels(stage)

    def uses(self, role: str, target: str, name: str, version: str) -> None:
        """Tell which model is in use, instead of the one before it."""
        before, now = self._in_use.get((role, target)), (name, version)
        self._models.labels(role, target, *now).set(1)
        if before not in (None, now):
            self._models.remove(role, target, *before)
        self._in_use[role, target] = now

    def watch(
        self, role: str, target: str, *, refused: Callable[[], bool], fallback: Callable[[], bool]
    ) -> None:
        """Tell of a watched folder whether what lies there was refused, and whether an older version answers instead."""
        self._refused.labels(role, target).set_function(refused)
        self._fallback.labels(role, target).set_function(fallback)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time that the body takes to a stage."""
        start = perf_counter()
        try:
            yield
        finally:
            self.stages.labels(name).inc(perf_counter() - start)

    def add_stages(self, seconds: Mapping[str, float]) -> None:
        """Add times that were taken elsewhere, by stage."""
        for name, spent in seconds.items():
            self.stages.labels(name).inc(spent)

    def text(self) -> bytes:
        """Return every counter in the text format."""
        return generate_latest(self)

    def collect(self) -> Iterator[Metric]:
        """Yield every counter, those of other processes added."""
        summed = {family.name for metric in self._added for family in metric.describe()}
        for family in self.registry.collect():
            if family.name in summed:
                yield _sum(family, (*self._earlier, *self._others))
            else:
                yield family

    def snapshot(self) -> JsonObject:
        """Return the counters of this process, and of those before it."""
        return {
            family.name: [[sample.name, sample.labels, sample.value] for sample in family.samples]
            for metric in self._added
            for family in (_sum(each, self._earlier) for each in metric.collect())
        }

    def restore(self, earlier: JsonObject) -> None:
        """Go on from counters of a process that ended."""
        self._earlier = (*self._earlier, earlier)

    def gather(self, others: Sequence[JsonObject]) -> None:
        """Add the counters of other processes to what is told."""
        self._others = tuple(others)


def _sum(family: Metric, snapshots: Iterable[Mapping[str, Any]]) -> Metric:
    """Return a counter or histogram with what snapshots hold of it added."""
    values: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}
    own = ((sample.name, sample.labels, sample.value) for sample in family.samples)
    given: Iterable[_Sample] = chain(own, *(each.get(family.name, ()) for each in snapshots))
    for name, labels, value in given:
        key = name, tuple(labels.items())
        if name.endswith("_created"):  # a time: counted since the first
            values[key] = min(values.get(key, value), value)
        else:
            values[key] = values.get(key, 0) + value
    summed = Metric(family.name, family.documentation, family.type)
    for (name, named), value in values.items():
        summed.add_sample(name, dict(named), value)
    return summed
