"""How the cells of a field are written, where the cells alone cannot say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Form:
    """What a mapping states of the cells of one field.

    Attributes:
        separator: What stands between the elements of a list; None: seen from the cell.
        values: Word of the file, in lower case, to value of the contract.
        formats: How times are written, in the codes of ``strftime``; the first that fits counts.
        zone: IANA name of the zone of times that state none; None: UTC.
        html: Whether texts are HTML, also where no tag says so.
        words: Whether labels may be words such as bot and human.
    """

    separator: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    formats: tuple[str, ...] = ()
    zone: str | None = None
    html: bool = False
    words: bool = False


# Nothing stated.
PLAIN = Form()
