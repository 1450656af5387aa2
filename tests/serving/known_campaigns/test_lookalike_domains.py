"""Domains that look like a known one are found, and the newspaper that a network imitates is never one of them."""

from __future__ import annotations

import pytest

from vigie.serving.known_campaigns import lookalike_domains

KNOWN = ["gazette.ltd", "gazettte.today", "morning-post.cfd", "gaze.city.ltd", "abc.top"]


def near(host: str) -> str | None:
    found = lookalike_domains.near([host], KNOWN)
    return found["known"].item() if found.height else None


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("gazette.press", "gazette.ltd"),  # the same name
        ("www2.gazette.press", "gazette.ltd"),
        ("gazetta.live", "gazette.ltd"),  # a letter
        ("gazette-news.live", "gazette.ltd"),  # a word
        ("xn--gzette-ggc.fr".replace("xn--gzette-ggc", "gаzette".encode("idna").decode()), "gazette.ltd"),
    ],
)  # fmt: skip
def test_the_next_address_of_a_known_network_is_found(host: str, known: str) -> None:
    assert near(host) == known


@pytest.mark.parametrize(
    "host",
    [
        "gazette.de", "gazette.com", "gazette.co.uk", "gazetté.fr".encode("idna").decode(), "gazettes.org",
        "gazette.ltd", "m.gazette.ltd", "abc.news", "abd.news", "harbour.news", "post.live", "localhost",
    ],
)  # fmt: skip
def test_newspapers_known_domains_and_short_names_look_like_none(host: str) -> None:
    assert near(host) is None
