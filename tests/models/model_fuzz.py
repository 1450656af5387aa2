"""Mutates a small LightGBM model and loads and asks each mutant, in a process that may be lost: ``model_fuzz.py SEED COUNT``.

Prints how many mutants were refused and how many answered. A mutant that takes more than some seconds ends the process by a signal,
as one that breaks the memory does.
"""

from __future__ import annotations

import json
import random
import re
import signal
import sys
from collections import Counter
from collections.abc import Callable

import lightgbm
import numpy as np

from vigie.errors import BundleCorruptError
from vigie.models import lightgbm_io

FEATURES = ("first", "second", "third", "fourth")
_HOSTILE = (
    "-1", "0", "1", "3", "4", "7", "255", "-9", "99999", "2147483647", "2147483648", "-2147483648", "99999999999999999999",
    "1e308", "1e999", "-1e308", "nan", "inf", "-inf", "1e-320", "", " ", "0x10", "1_0", "\u0661", "none", "[0:1]", "tree",
)  # fmt: skip
_TOKEN = re.compile(r"[-+.\w]+")
_PATIENCE_S = 5


def small_model() -> str:
    """Return the text of a model of a few trees, with missing values."""
    random_ = np.random.default_rng(1)
    x = random_.normal(size=(300, len(FEATURES)))
    x[random_.random(x.shape) < 0.1] = np.nan
    y = np.nan_to_num(x[:, 0]) + random_.normal(size=300) > 0
    options = {
        "objective": "binary",
        "num_leaves": 6,
        "min_data_in_leaf": 5,
        "num_threads": 1,
        "verbosity": -1,
    }
    data = lightgbm.Dataset(x, y.astype(float), feature_name=list(FEATURES))
    return str(lightgbm.train(options, data, num_boost_round=4).model_to_string())


def with_sizes(text: str) -> str:
    """Return a model whose header states the sizes that its trees have."""
    trees = re.split(r"(?=^Tree=)", text.partition("end of trees")[0], flags=re.MULTILINE)[1:]
    sizes = " ".join(str(len(tree.encode())) for tree in trees)
    return re.sub(r"^tree_sizes=.*$", f"tree_sizes={sizes}", text, count=1, flags=re.MULTILINE)


def _bytes(text: str, chance: random.Random) -> str:
    """Replace, drop or repeat some characters."""
    place, length = chance.randrange(len(text)), chance.choice((1, 1, 2, 10, 500))
    kept = chance.choice(("", chr(chance.randrange(128)), text[place : place + length] * 2))
    return text[:place] + kept + text[place + length :]


def _token(text: str, chance: random.Random) -> str:
    """Replace a number or a name by a hostile one, or by another of the text."""
    tokens = list(_TOKEN.finditer(text))
    found = chance.choice(tokens)
    return (
        text[: found.start()]
        + chance.choice((*_HOSTILE, chance.choice(tokens).group()))
        + text[found.end() :]
    )


def _lines(text: str, chance: random.Random) -> str:
    """Drop, repeat, swap or cut lines."""
    lines = text.split("\n")
    first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(4):
        case 0:
            del lines[first]
        case 1:
            lines.insert(second, lines[first])
        case 2:
            lines[first], lines[second] = lines[second], lines[first]
        case _:
            values = lines[first].split(" ")
            lines[first] = " ".join(values[: chance.randrange(len(values) + 1)] * chance.choice((1, 2)))
    return "\n".join(lines)


_MUTATIONS: tuple[Callable[[str, random.Random], str], ...] = (_bytes, _token, _token, _lines)


def mutant(text: str, chance: random.Random) -> str:
    """Return a model with one to three mutations, half of the time with sizes that fit."""
    for _ in range(chance.choice((1, 1, 2, 3))):
        text = chance.choice(_MUTATIONS)(text, chance)
    return with_sizes(text) if chance.random() < 0.5 else text


def main(seed: int, count: int) -> None:
    """Load and ask mutants."""
    text, chance = small_model(), random.Random(seed)  # noqa: S311
    seen = np.random.default_rng(2).normal(size=(20, len(FEATURES)))
    seen[::3, 0] = np.nan
    seen[1, :] = (np.inf, -np.inf, 1e308, -0.0)
    outcomes: Counter[str] = Counter()
    for _ in range(count):
        signal.alarm(_PATIENCE_S)
        try:
            booster = lightgbm_io.load(mutant(text, chance), "model.txt", FEATURES)
        except BundleCorruptError:
            outcomes["refused"] += 1
            continue
        added, base = lightgbm_io.contributions(booster, seen)
        if not np.allclose(
            added.sum(axis=1) + base, lightgbm_io.margins(booster, seen), rtol=1e-6, atol=1e-6
        ):
            outcomes["unexplained"] += 1
        outcomes["answered"] += 1
    sys.stdout.write(json.dumps(outcomes))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
