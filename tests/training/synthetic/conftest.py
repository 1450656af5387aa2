"""A small world of accounts; a catalogue of feeds over six days, and groups that act on them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from vigie.training.synthetic import population
from vigie.training.synthetic.accounts import OBSERVED_AT, World, generate
from vigie.training.synthetic.coordinated_actions import ActorGroup
from vigie.training.synthetic.feeds import DAY, FeedCatalogue, feed_catalogue

DAYS = 6


@pytest.fixture(scope="session")
def world() -> World:
    return generate(ordinary=60, inauthentic=60, seed=11, posts_per_account=80)


@pytest.fixture(scope="session")
def feeds() -> FeedCatalogue:
    end = int(OBSERVED_AT.timestamp())
    return feed_catalogue(
        np.random.default_rng(3), start=end - DAYS * DAY, end=end, items=4_000, languages=population.LANGUAGE_SHARES
    )  # fmt: skip


@pytest.fixture(scope="session")
def group(feeds: FeedCatalogue) -> Callable[..., ActorGroup]:
    """Return a function that makes a group of people of one language, in as many cells, who act on all days."""

    def make(size: int, *, cells: int = 1, days: float = DAYS) -> ActorGroup:
        people = population.people(np.random.default_rng(4), feeds, size, language=1, first=1_000)
        end = feeds.start + int(days * DAY)
        return ActorGroup("made", people, np.arange(size) % cells, 1, feeds.start, end)

    return make
