"""Domains that look like a known one: the next address of a network that was blocked, or a copy of its pattern.

Networks that imitate newspapers take their names: ``gazette.ltd`` is known, and ``gazette.de`` is the newspaper. A domain
therefore looks like a known one only where it is of no country and of none of the old generic domains, where newspapers are; or
where some letters are those of another script (accents are none: newspapers have them). That misses ``example.ws`` to accuse
nobody who reads ``example.de``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA

# Suffixes of two parts end in one of these, below a country.
_SECOND = frozenset(
    {
        "ac",
        "co",
        "com",
        "edu",
        "gob",
        "gouv",
        "gov",
        "mil",
        "ne",
        "net",
        "or",
        "org",
        "asso",
        "in",
        "nic",
        "ltd",
        "plc",
    }
)
# Generic domains older than 2012, when they became many.
_OLD = frozenset(
    {
        "aero", "arpa", "asia", "biz", "cat", "com", "coop", "edu", "gov", "info", "int", "jobs", "mil", "mobi", "museum",
        "name", "net", "org", "post", "pro", "tel", "travel", "xxx",
    }
)  # fmt: skip
# Letters of other scripts, and signs, that are read as Latin ones (a part of Unicode's table of confusables, UTS 39).
_READ_AS = str.maketrans(
    {
        "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "у": "y", "х": "x", "і": "l", "ј": "j", "ѕ": "s", "һ": "h",
        "ԁ": "d", "ԛ": "q", "ѡ": "w", "ь": "b", "в": "b", "к": "k", "м": "m", "н": "h", "т": "t", "г": "r", "п": "n",
        "α": "a", "ο": "o", "ρ": "p", "ν": "v", "ι": "l", "κ": "k", "υ": "u", "τ": "t", "ε": "e", "η": "n", "ω": "w",
        "ı": "l", "ł": "l", "ø": "o", "đ": "d", "0": "o", "1": "l", "i": "l", "3": "e", "5": "s",
    }
)  # fmt: skip
# Shortest names that are compared: shorter ones are often the same by chance.
LEAST, LEAST_AFFIXED, LEAST_MISSPELT = 4, 5, 6
_AFFIX = re.compile(r"[-_]")


@dataclass(frozen=True, slots=True)
class Registered:
    """The part of a host that somebody registered: its name, and the suffix that it was registered under."""

    name: str
    suffix: str


def registered(host: str) -> Registered | None:
    """Return the registered part of a host; None where there is none.

    >>> registered("news.example.co.uk")
    Registered(name='example', suffix='co.uk')
    """
    parts = host.split(".")
    if len(parts) < 2:
        return None
    taken = 2 if len(parts) > 2 and len(parts[-1]) == 2 and parts[-2] in _SECOND else 1
    name = parts[-taken - 1]
    if name.startswith("xn--"):
        try:
            name = name.encode("ascii").decode("idna")
        except UnicodeError:
            return None
    return Registered(name, ".".join(parts[-taken:]))


def with_parents(host: str) -> list[str]:
    """Return a host and the domains that it lies below, without the last.

    >>> with_parents("a.example.org")
    ['a.example.org', 'example.org']
    """
    parts = host.split(".")
    return [".".join(parts[place:]) for place in range(len(parts) - 1)]


def skeleton(name: str) -> str:
    """Return a name as it looks: letters of other scripts as Latin ones, without accents.

    >>> skeleton("lеmоndе") == skeleton("lemonde")
    True
    """
    return without_accents(name).translate(_READ_AS).replace("rn", "m").replace("vv", "w")


def without_accents(name: str) -> str:
    """Return a name in lower case, its letters without accents.

    >>> without_accents("Libération")
    'liberation'
    """
    parts = unicodedata.normalize("NFKD", name.lower())
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def near(hosts: Sequence[str], known: Sequence[str]) -> pl.DataFrame:
    """Return which hosts look like a known domain.

    Args:
        hosts: In the form of resolvers, each once.
        known: Domains, the same.

    Returns:
        ``host`` and ``known``, one row per host: the known domain whose name is nearest. Known domains and their
        subdomains look like none.
    """
    own = set(known)
    names: dict[str, str] = {}
    for domain in sorted(known):
        part = registered(domain)
        # What lies below a registered part is compared with nothing: a suffix that we do not know may be shared by a city.
        if part is not None and domain == f"{_ascii(part.name)}.{part.suffix}" and len(part.name) >= LEAST:
            names.setdefault(part.name, domain)
    young: dict[str, list[str]] = {}
    other_scripts: dict[str, list[str]] = {}
    for host in hosts:
        part = registered(host)
        if part is None or not own.isdisjoint(with_parents(host)):
            continue
        if not without_accents(part.name).isascii():
            other_scripts.setdefault(part.name, []).append(host)
        elif len(part.suffix) > 2 and "." not in part.suffix and part.suffix not in _OLD:
            young.setdefault(part.name, []).append(host)
    found: dict[str, str] = {}
    looks = {skeleton(name): domain for name, domain in names.items()}
    for name, which in (*other_scripts.items(), *young.items()):
        nearest = names.get(name) or looks.get(skeleton(name)) or _affixed(name, names)
        if nearest:
            found |= dict.fromkeys(which, nearest)
    rest = [name for name, which in young.items() if which[0] not in found and len(name) >= LEAST_MISSPELT]
    against = [name for name in names if len(name) >= LEAST_MISSPELT]
    if rest and against:
        distance = process.cdist(rest, against, scorer=OSA.distance, score_cutoff=1, dtype=np.uint8)
        for row, column in zip(*np.nonzero(distance <= 1), strict=True):
            for host in young[rest[row]]:
                found.setdefault(host, names[against[column]])
    return pl.DataFrame(
        {"host": list(found), "known": list(found.values())}, schema={"host": pl.String, "known": pl.String}
    )


def _affixed(name: str, names: dict[str, str]) -> str | None:
    """Return the known domain whose name stands in another with words before or behind: ``example-news``."""
    parts = _AFFIX.split(name)
    ends = {
        "-".join(parts[start:stop])
        for start in range(len(parts))
        for stop in range(start + 1, len(parts) + 1)
        if stop - start < len(parts)
    }
    return next(
        (
            names[part]
            for part in sorted(ends, key=len, reverse=True)
            if len(part) >= LEAST_AFFIXED and part in names
        ),
        None,
    )


def _ascii(name: str) -> str:
    return name if name.isascii() else name.encode("idna").decode("ascii")
