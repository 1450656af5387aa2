"""The text of a LightGBM model, checked before LightGBM reads it.

LightGBM trusts its own text: an index out of range, a loop of children or a wrong size ends the process that reads it, or
never ends. What LightGBM writes for the models of this project has a narrow form, so that anything else is refused: one
header, trees of numbered nodes without categories or linear leaves, nothing twice, nothing out of order. What follows the
trees (importances, parameters) is not read when scoring, and is not handed on.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import chain

from vigie.errors import BundleCorruptError

# What vigie.training.config allows: a larger model was not made by it, and could cost any time per account.
MOST_LEAVES, MOST_TREES = 64, 2000
# Log-odds beyond any that can be fitted; sums of them stay finite.
_LARGEST_LEAF = 1e6
_LARGEST_COUNT = 2**31 - 1
# Bits of a decision: 1 category, 2 missing goes left, 4 zero counts as missing, 8 NaN counts as missing.
_DECISIONS = frozenset({0, 2, 8, 10})

_INTEGER = r"-?[0-9]{1,10}"
_NUMBER = r"-?[0-9]{1,20}(?:\.[0-9]{1,30})?(?:e[+-][0-9]{1,3})?"


def _list_of(token: str) -> str:
    """Return the pattern of any number of tokens with a space between them."""
    return f"((?:{token}(?: {token})*)?)"


_INTEGERS, _NUMBERS = _list_of(_INTEGER), _list_of(_NUMBER)
# A split that parts the missing values from all others has the threshold inf.
_THRESHOLDS = _list_of(rf"(?:inf|{_NUMBER})")
_RANGES = _list_of(rf"(?:none|\[{_NUMBER}:{_NUMBER}\])")
_HEADER = re.compile(
    "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=([0-9]{1,5})\n"
    f"objective=binary sigmoid:1\nfeature_names=([a-z0-9_ ]*)\n(?:monotone_constraints={_INTEGERS}\n)?"
    f"feature_infos={_RANGES}\ntree_sizes={_INTEGERS}\n\n"
)
_TREE = re.compile(
    f"Tree=([0-9]{{1,5}})\nnum_leaves=([0-9]{{1,5}})\nnum_cat=0\nsplit_feature={_INTEGERS}\nsplit_gain={_NUMBERS}\n"
    f"threshold={_THRESHOLDS}\ndecision_type={_INTEGERS}\nleft_child={_INTEGERS}\nright_child={_INTEGERS}\n"
    f"leaf_value={_NUMBERS}\nleaf_weight={_NUMBERS}\nleaf_count={_INTEGERS}\ninternal_value={_NUMBERS}\n"
    f"internal_weight={_NUMBERS}\ninternal_count={_INTEGERS}\nis_linear=0\nshrinkage=({_NUMBER})\n\n\n"
)
_END = "end of trees\n"


class _Fault(ValueError):
    """What is wrong, as the end of a sentence."""


def checked(text: str, file: str, features: Sequence[str]) -> str:
    """Return the part of a model's text that LightGBM needs, after every number in it is checked.

    Args:
        text: What LightGBM wrote.
        file: Its name, for the error.
        features: Names of the inputs, in order.

    Raises:
        BundleCorruptError: LightGBM would not have written it for such a model, or it could not be used safely.
    """
    try:
        return _checked(text, features)
    except _Fault as fault:
        raise BundleCorruptError(
            f"{file} is not a model that vigie trains: {fault}; copy the bundle again or train it anew"
        ) from None


def _checked(text: str, features: Sequence[str]) -> str:
    header = _HEADER.match(text)
    if header is None:
        raise _Fault("its header has another form")
    last, names, monotone, ranges, sizes = header.groups()
    if tuple(names.split(" ")) != tuple(features):
        raise _Fault("it names other features than the index of the bundle")
    if int(last) != len(features) - 1 or len(ranges.split(" ")) != len(features):
        raise _Fault(f"it has another number of features than {len(features)}")
    if monotone is not None and len(monotone.split(" ")) != len(features):
        raise _Fault("monotone_constraints has another length than the features")
    stated = _integers(sizes)
    if not 1 <= len(stated) <= MOST_TREES:
        raise _Fault(f"it has {len(stated)} trees, of 1 to {MOST_TREES} allowed")
    place = header.end()
    for number, size in enumerate(stated):
        found = _TREE.match(text, place)
        if found is None:
            raise _Fault(f"tree {number} has another form")
        if found.end() - place != size or int(found[1]) != number:
            raise _Fault(f"tree {number} has another size or number than the header says")
        try:
            _check_tree(len(features), *found.groups()[1:])
        except _Fault as fault:
            raise _Fault(f"tree {number}: {fault}") from None
        place = found.end()
    if not text.startswith(_END, place):
        raise _Fault("it does not end after its last tree")
    return text[: place + len(_END)]


def _check_tree(
    features: int,
    num_leaves: str,
    split_feature: str,
    split_gain: str,
    threshold: str,
    decision_type: str,
    left_child: str,
    right_child: str,
    leaf_value: str,
    leaf_weight: str,
    leaf_count: str,
    internal_value: str,
    internal_weight: str,
    internal_count: str,
    shrinkage: str,
) -> None:
    """Check that the nodes are a tree, and each number what it may be; arguments are the values of its lines."""
    leaves = int(num_leaves)
    if not 1 <= leaves <= MOST_LEAVES:
        raise _Fault(f"it has {leaves} leaves, of 1 to {MOST_LEAVES} allowed")
    nodes = leaves - 1
    read, decisions = _integers(split_feature), _integers(decision_type)
    left, right = _integers(left_child), _integers(right_child)
    of_nodes, of_leaves = _integers(internal_count), _integers(leaf_count)
    values, weights, thresholds = _numbers(leaf_value), _numbers(leaf_weight), _numbers(threshold)
    real = [_numbers(line) for line in (split_gain, internal_value, internal_weight)]
    of_splits: tuple[Sequence[float], ...] = (read, decisions, left, right, of_nodes, thresholds, *real)
    if any(len(line) != nodes for line in of_splits):
        raise _Fault(f"a line has another length than its {nodes} splits")
    # LightGBM writes no weight for the one leaf of a tree without splits.
    if len(values) != leaves or len(of_leaves) != leaves or len(weights) != (leaves if nodes else 0):
        raise _Fault(f"a line has another length than its {leaves} leaves")
    if not all(0 <= each < features for each in read):
        raise _Fault("split_feature is out of range")
    if not _DECISIONS.issuperset(decisions):
        raise _Fault("decision_type is of a kind that is not trained")
    if not all(math.isfinite(each) for each in chain(*real, weights, _numbers(shrinkage))):
        raise _Fault("a number is too large")
    if not all(abs(each) <= _LARGEST_LEAF for each in values):
        raise _Fault("leaf_value is beyond any log-odds")
    # Nodes are numbered in the order of their splits: a child comes after its parent, so that nothing loops.
    if sorted(left + right) != [*range(-leaves, 0), *range(1, nodes)][: 2 * nodes] or any(
        0 <= child <= node for side in (left, right) for node, child in enumerate(side)
    ):
        raise _Fault("its children are not each node and leaf once, after their parent")
    # Explanations weigh the branches by these counts.
    count = [*of_nodes, *reversed(of_leaves)]  # leaf n is child -1 - n: counted from the end
    if not all(1 <= each <= _LARGEST_COUNT for each in count) or any(
        count[node] != count[left[node]] + count[right[node]] for node in range(nodes)
    ):
        raise _Fault("its counts do not add up")


def _integers(line: str) -> list[int]:
    return [int(each) for each in line.split()]


def _numbers(line: str) -> list[float]:
    return [float(each) for each in line.split()]
