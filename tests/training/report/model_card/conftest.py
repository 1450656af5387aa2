"""The cards of synthetic runs, and how a test reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from vigie.training.evaluation import accounts, baselines, windows
from vigie.training.fitting import leave_operator_out
from vigie.training.pipelines import coordinated as pipeline
from vigie.training.report.model_card import coordinated as coordinated_card
from vigie.training.report.model_card import inauthentic as inauthentic_card

CardBuilder = Callable[..., dict[str, str]]


def estimates(**values: float) -> dict[str, float]:
    return {
        f"{name}{end}": value + shift
        for name, value in values.items()
        for end, shift in (("", 0.0), ("_low", -0.0125), ("_high", 0.0125))
    }


def bundle_index(
    target: str, name: str, data: str, others: tuple[str, ...] = ("coordination",), **entries: Any
) -> dict[str, Any]:
    part = {"trees": 400, "leaves": 8}
    entry = {
        "name": data,
        "format": "generic",
        "licence": "CC BY 4.0",
        "tables": {"accounts": {"rows": 12_345}, "posts": {"rows": 1_234_567}, "labels": {"rows": 12_000}},
        "observed_at": {"first": "2013-03-30T13:36:40+00:00", "last": "2017-05-17T01:34:51+00:00"},
    }
    return {
        "name": name,
        "target": target,
        "assumed_prevalence": 0.015,
        "bands": {"low": 0.0, "elevated": 0.25, "high": 0.8125},
        "floors": {"accounts": 20, "posts": 4},
        "pool": {"hours": 72},
        "missing_fields": {"location": {"log_odds": 0.0312}},
        "parts": {"profile": part, "posts": part},
        "config": {"seed": 7, "strengths": {"weak": 0.25}, "unlabelled": {data: 0.02}},
        "data": [entry, *({"name": other, "licence": None, "observed_at": None} for other in others)],
    } | entries


def inauthentic(
    name: str = "vigie-inauthentic",
    data: str = "set-1",
    others: tuple[str, ...] = ("coordination",),
    missing: dict[str, dict[str, float]] | None = None,
) -> dict[str, str]:
    """Return the card of a synthetic run."""
    models = [
        accounts.MODEL, accounts.PLAIN, accounts.GROUPED, accounts.LATER, accounts.RANDOM, *baselines.baselines(("a",))
    ]  # fmt: skip
    mean = {"auc": 0.897, "low": 0.884, "high": 0.907, "low_over_sources": 0.831, "high_over_sources": 0.95}
    held_out = {"accounts": 3_626, "positives": 2_898, "abstained": 0.111, "calibration_error": 0.222}
    metrics = estimates(auc=0.976, average_precision=0.8, recall_at_1=0.563)
    curve = {"accounts": 659, "abstained": 0.0, "probability": 0.069, "flagged": 0.0312}
    found = accounts.Evaluation(
        table=pl.DataFrame([{"model": model, "source": data, **held_out, **metrics} for model in models]),
        means=pl.DataFrame([{"model": model, **mean} for model in models]),
        gains=pl.DataFrame([{"baseline": models[-1], "sources": "all", **mean, "low_over_sources": -0.003}]),
        held_out=pl.DataFrame(),
        posts_curve=pl.DataFrame([{"source": data, "y": True, "posts": -1, **curve}]),
        intervals=pl.DataFrame(
            [{"source": data, "half_width": 1.453, "excludes_even": 0.151, "wrong_when_excluding": None}]
        ),
        best_single=pl.DataFrame([{"source": data, "feature": "profile_posts_per_day", "auc": 0.992}]),
        held_out_models={},
    )
    size = [{"leaves": 2, "trees": 50, "mean": 0.866, "error": 0.003, "kilobytes": 23.122}]
    told = pl.DataFrame(
        [{"feature": name, "source": data, "auc": 0.75} for name in ("all features", "content_url_share")]
    )
    noise = pl.DataFrame([{"source": data, "auc": 0.4876}])
    counts = pl.DataFrame(
        [(data, True, "bought follower", "platform", 3_351), (data, True, data, None, 20), (data, False, None, "expert", 729)],
        schema=["source", "y", "kind", "strength", "len"], orient="row",
    )  # fmt: skip
    return inauthentic_card.cards(
        bundle_index(
            "inauthentic", name, data, others, **({} if missing is None else {"missing_fields": missing})
        ),
        found,
        {"size_profile": pl.DataFrame(size), "trials_posts": pl.DataFrame({"trial": range(31)})},
        {"profile": told, "posts": told},
        {"profile": noise, "posts": noise},
        counts,
    )


def coordinated(name: str = "vigie-coordinated", data: str = "set-1") -> dict[str, str]:
    """Return the card of a synthetic run of the model of comparison windows."""
    models = [
        windows.MODEL, pipeline.EVIDENCE_ONLY, pipeline.LOGISTIC,
    ]  # fmt: skip
    metrics = estimates(average_precision=0.615, auc=0.971, recall_at_1=0.626, recall_at_01=0.37)
    schemes = leave_operator_out.SCHEMES
    flagged = {"rows": 9_283, "flagged": 0.003, "low": 0.0, "high": 0.008, "accounts ever flagged": 0.025}
    recovered = {"f1": 0.211, "precision": 0.467, "recall": 0.159, "pools with a group": 125, "pools": 240}
    found = windows.Evaluation(
        table=pl.DataFrame([{"model": m, "scheme": scheme, **metrics} for m in models for scheme in schemes]),
        operators=pl.DataFrame([{"scheme": schemes[0], "operator": data, "pools": 70, **metrics}]),
        campaigns=pl.DataFrame([{"scheme": schemes[0], "campaign": data, "pools": 35, **metrics}]),
        ratios=pl.DataFrame(
            [
                {
                    "scheme": schemes[1],
                    "ratio": "up to 2:1",
                    "pools": 9,
                    **metrics,
                    "flagged": 0.8,
                    "flagged_ordinary": 0.0,
                }
            ]
        ),
        cohorts=pl.DataFrame([{"scheme": schemes[0], "cohort": n, "pools": 12, **metrics} for n in (3, 40)]),
        backgrounds=pl.DataFrame(
            [
                {"scheme": scheme, "accounts of": of, **flagged, "flagged": share}
                for scheme in schemes
                for of, share in ((data, 0.003), ("crowd", 0.0125), ("operation", 0.7))
            ]
        ),
        recovery=pl.DataFrame(
            [
                {"by": by, **recovered}
                for by in (*(f"flagged accounts, {scheme}" for scheme in schemes), "synchronous groups")
            ]
        ),
        rules=pl.DataFrame([{"rule": "coortweet", "coordinated flagged": 0.06, "ordinary flagged": 0.012}]),
        abstained=pl.DataFrame([{"y": False, "rows": 87_688, "abstained": 0.0}]),
        alone=pl.DataFrame(
            [
                {
                    "scheme": schemes[1],
                    "control": control,
                    "rows": 480,
                    "flagged": 0.0,
                    "average_precision": precision,
                    "prevalence": chance,
                }
                for control, precision, chance in (("lone", None, None), ("placebo", 0.048, 0.045))
            ]
        ),
        threshold=1.5,
        gains={},
        elevated=0.5,
    )
    counts = pl.DataFrame(
        [(True, "troll", data, "platform", 67), (False, "person", data, "expert", 707)],
        schema=["y", "kind", "campaign", "strength", "len"], orient="row",
    )  # fmt: skip
    return coordinated_card.cards(
        bundle_index("coordinated", name, data),
        found,
        counts,
        pl.DataFrame({"scenario": ["a"] * 203 + ["b"] * 621}),
    )


@pytest.fixture(params=["inauthentic", "coordinated"])
def target(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make_card(target: str) -> CardBuilder:
    return {"inauthentic": inauthentic, "coordinated": coordinated}[target]


@pytest.fixture
def inauthentic_cards() -> CardBuilder:
    return inauthentic


@pytest.fixture
def coordinated_cards() -> CardBuilder:
    return coordinated
