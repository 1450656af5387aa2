"""Two texts side by side, with the words that both hold in the same order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORD = re.compile(r"\S+")
# Words of a text that are compared: beyond them the work grows faster than what is seen.
MOST = 200
# Letters from which a single word in common says something: shorter ones stand in many texts.
LONG = 6


@dataclass(frozen=True)
class Run:
    """Words in a row that the other text holds too, or not."""

    text: str
    shared: bool


def runs(first: str, second: str) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
    """Return both texts in runs of words.

    >>> [(run.text, run.shared) for run in runs("Share this now", "share THIS later")[0]]
    [('Share this', True), ('now', False)]
    """
    texts = [_WORD.findall(text)[:MOST] for text in (first, second)]
    forms = [[word.casefold() for word in words] for words in texts]
    shared: tuple[set[int], set[int]] = (set(), set())
    for block in SequenceMatcher(None, forms[0], forms[1], autojunk=False).get_matching_blocks():
        if block.size > 1 or len("".join(forms[0][block.a : block.a + block.size])) >= LONG:
            shared[0].update(range(block.a, block.a + block.size))
            shared[1].update(range(block.b, block.b + block.size))
    return _runs(texts[0], shared[0]), _runs(texts[1], shared[1])


def _runs(words: Sequence[str], shared: set[int]) -> tuple[Run, ...]:
    made: list[tuple[list[str], bool]] = []
    for place, word in enumerate(words):
        if not made or made[-1][1] != (place in shared):
            made.append(([], place in shared))
        made[-1][0].append(word)
    return tuple(Run(" ".join(some), is_shared) for some, is_shared in made)
