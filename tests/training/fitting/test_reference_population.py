"""What a training keeps of the accounts it learnt on is what they were, with scores by models that had not seen them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from vigie.features.pipeline import FEATURES, compute
from vigie.models import bundle
from vigie.models.drift.psi import population
from vigie.training.data import corpus as data
from vigie.training.data import windows
from vigie.training.data.truncated_views import FULL
from vigie.training.fitting.reference_population import for_accounts, for_windows
from vigie.training.synthetic.accounts import generate

_KEYS = ["platform", "account_id"]


@pytest.fixture(scope="module")
def corpus() -> data.Corpus:
    made = generate(ordinary=60, inauthentic=40, seed=5, posts_per_account=30)
    labels = made.labels.select(*_KEYS, y="value")
    accounts = made.accounts.with_row_index("row").join(labels, on=_KEYS, how="left", maintain_order="left")
    posts = made.posts.join(accounts.select("row", *_KEYS), on=_KEYS).drop(_KEYS)
    return data.Corpus(accounts, posts, (), pl.DataFrame())


def rows(corpus: data.Corpus) -> pl.DataFrame:
    table = compute(corpus.accounts, corpus.posts).table.select("row", *FEATURES)
    full = table.join(corpus.accounts.select("row", "y"), on="row", maintain_order="left")
    views = [full.with_columns(view=pl.lit(name)) for name in (FULL, "last 20")]
    return pl.concat(views)


def kept(index: dict[str, Any], sketch: dict[str, Any]) -> Any:
    found = population(replace(bundle.load(target=index["target"]), index=index | {"sketch": sketch}))
    assert found.classes is not None
    return found


def test_each_account_counts_once_with_its_class_and_held_out_score(corpus: data.Corpus) -> None:
    shipped = bundle.load()
    # A third of the accounts was not judged, and on one in ten of the others the model abstained.
    number = pl.col("row") % 10
    held_out = corpus.accounts.filter(pl.col("row") % 3 > 0).select(
        "row", log_odds=pl.when(number > 0).then(pl.lit(-1.1))
    )
    found = kept(shipped.index, for_accounts(shipped.index, rows(corpus), corpus, held_out))
    assert (found.classes.ordinary.accounts, found.classes.positive.accounts) == (60, 40)
    both = [found.classes.ordinary, found.classes.positive]
    assert sum(tally.scores.sum() for tally in both) == held_out["log_odds"].count()
    assert sum(tally.abstained.sum() for tally in both) == held_out["log_odds"].null_count()
    place = np.searchsorted(found.layout.score_edges, -1.1, side="right")
    assert sum(tally.scores[place] for tally in both) == held_out["log_odds"].count()
    assert found.trained("x", None) == 100
    spoken = {language: found.trained(None, language) for _, language in found.slices}
    assert spoken["en"] > 20
    assert sum(spoken.values()) == 100


def test_each_account_of_each_pool_counts_once(corpus: data.Corpus) -> None:
    shipped = bundle.load(target="coordinated")
    names = {name for part in shipped.parts.values() for name in part.features}
    twice = pl.concat([corpus.accounts.select("account_id", "y")] * 2)
    table = twice.with_columns(pl.lit(1.0).alias(name) for name in names)
    posts = corpus.posts.join(corpus.accounts.select("row", *_KEYS), on="row")
    given = windows.Corpus(corpus.accounts.drop("row"), posts, pl.DataFrame(), ())
    found = kept(shipped.index, for_windows(shipped.index, table, given, np.full(200, -2.0)))
    assert (found.classes.ordinary.accounts, found.classes.positive.accounts) == (120, 80)
    assert found.classes.ordinary.scores.sum() == 120
    assert found.trained("x", None) == 200
