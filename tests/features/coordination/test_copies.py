"""Whether two accounts share more contents than chance gives, against SciPy."""

from __future__ import annotations

import pytest
from scipy.stats import poisson
from tests.features.coordination.floods import crowd, events, flood

from vigie.features.coordination import copy_groups, published_contents


def test_p_is_that_of_a_poisson_count() -> None:
    contents = published_contents.contents(events(flood(20) + crowd(1_000, 500)))
    tested = copy_groups.detect(contents)
    for pair in tested.pairs.head(20).iter_rows(named=True):
        expected = tested.rate * pair["posts_first"] * pair["posts_second"]
        assert pair["expected"] == pytest.approx(expected)
        assert pair["p"] == pytest.approx(poisson.sf(pair["objects"] - 1, expected))
