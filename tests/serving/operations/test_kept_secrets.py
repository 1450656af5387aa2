"""A secret of a deployment is made once, whichever process asks first, and each table has its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from vigie.serving.operations import tables
from vigie.serving.operations.kept_secrets import kept_secret
from vigie.serving.operations.store import Store


def test_processes_that_ask_at_once_get_one_secret(address: str, opened: Callable[[str], Store]) -> None:
    stores = [opened(address) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda each: kept_secret(each.catalogue, tables.console_secret), stores))
    assert len(set(found)) == 1
    assert len(found[0]) == 32
    assert kept_secret(stores[0].catalogue, tables.digest_key) != found[0]
