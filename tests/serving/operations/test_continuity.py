"""Groups over time: which is which, by the members they share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.serving.operations.continuity import SAME, Step, follow


def group(members: str) -> frozenset[str]:
    return frozenset(members)


def test_the_first_group_is_born() -> None:
    assert follow({}, [group("abc")]) == [Step("born", None, 0, joined=3)]


def test_a_group_stays_the_same_while_members_come_and_go() -> None:
    assert follow({4: group("abcd")}, [group("bcdef")]) == [Step("kept", 4, 0, None, joined=2, left=1)]


def test_a_group_of_which_too_few_are_left_is_another() -> None:
    steps = follow({4: group("abcdefg")}, [group("gxyz")])
    assert [step.change for step in steps] == ["born", "rested"]


def test_a_group_that_comes_back_is_the_one_it_was() -> None:
    assert follow({4: group("abc"), 5: group("xyz")}, [group("abc")]) == [
        Step("kept", 4, 0),
        Step("rested", 5, None),
    ]


def test_of_two_groups_in_one_the_greater_goes_on_and_the_other_has_merged() -> None:
    steps = follow({1: group("abcdef"), 2: group("xyz")}, [group("abcdefxyz")])
    assert steps == [Step("kept", 1, 0, None, joined=3), Step("merged", 2, None, 1)]


def test_of_a_group_in_two_the_nearer_goes_on_and_the_other_has_split_from_it() -> None:
    steps = follow({1: group("abcdefgh")}, [group("ab"), group("cdefgh")])
    assert steps == [Step("split", None, 0, 1, joined=2), Step("kept", 1, 1, None, left=2)]


def test_the_likest_is_the_same_whatever_the_order() -> None:
    before = {1: group("abcd"), 2: group("cdef")}
    for found in ([group("abcd"), group("cdef")], [group("cdef"), group("abcd")]):
        steps = follow(before, found)
        assert all(found[step.number or 0] == before[step.track or 0] for step in steps)


_groups = st.lists(st.frozensets(st.sampled_from("abcdefghijkl"), min_size=1, max_size=6), max_size=5)


@given(_groups, _groups)
def test_every_group_found_is_told_once_and_no_track_is_two_groups(
    held: list[frozenset[str]], found: list[frozenset[str]]
) -> None:
    before = dict(enumerate(held, 10))
    steps = follow(before, found)
    assert [step.number for step in steps if step.number is not None] == list(range(len(found)))
    tracks = [step.track for step in steps if step.track is not None]
    assert sorted(tracks) == sorted(before)
    for step in steps:
        if step.change == "kept":
            was, now = before[step.track or 0], found[step.number or 0]
            assert len(was & now) / len(was | now) >= SAME
            assert (step.joined, step.left) == (len(now - was), len(was - now))
        assert (step.other is None) == (step.change in ("born", "kept", "rested"))


@pytest.mark.parametrize("size", [1, 2, 50])
def test_nothing_that_changed_is_nothing_told(size: int) -> None:
    members = frozenset(map(str, range(size)))
    assert follow({3: members}, [members]) == [Step("kept", 3, 0)]
