"""Bundles that are allowed, by the digest of all that they hold.

A bundle checks itself: each file by its digest, and the index by its version. That finds damage, and not a bundle that somebody
else wrote. A file of pins names the bundles that its owner allows, one a line, ``sha256:`` and 64 hexadecimal digits, then any
words. ``vigie pin`` writes such lines. Whoever is to serve a bundle reads the file each time it loads one.
"""

from __future__ import annotations

import re
from pathlib import Path

from vigie.errors import ConfigError

_LINE = re.compile(r"sha256:[0-9a-f]{64}")


def line(digest: str, name: str, version: str) -> str:
    """Return the line that allows a bundle.

    >>> line("0" * 64, "vigie-inauthentic", "000000000000")[60:]
    '00000000000  vigie-inauthentic 000000000000'
    """
    return f"sha256:{digest}  {name} {version}"


def read(path: Path) -> frozenset[str]:
    """Return the digests that a file of pins allows; empty lines, and those that begin with ``#``, are passed over.

    Raises:
        ConfigError: It cannot be read, or a line holds no digest.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"the file of pins {path} cannot be read ({error}); no bundle is allowed"
        ) from error
    allowed = set()
    for number, text in enumerate(lines, 1):
        if not text.strip() or text.startswith("#"):
            continue
        pin = text.split()[0]
        if not _LINE.fullmatch(pin):
            raise ConfigError(
                f"line {number} of {path}: {pin[:80]} is no pin; write sha256: and 64 hexadecimal digits, as vigie pin does"
            )
        allowed.add(pin.removeprefix("sha256:"))
    return frozenset(allowed)
