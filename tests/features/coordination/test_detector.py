"""From posts to pairs over every trace: a planted operation is found, an organic world is not, dirty input is survived."""

from __future__ import annotations

import gc
import weakref
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from vigie.features import on_disk, schema
from vigie.features.coordination import detector, traces
from vigie.features.coordination.trace_comparison import Bounds
from vigie.features.i18n import Duration, Listing, message
from vigie.training.synthetic.accounts import generate

START = datetime(2024, 5, 1, tzinfo=UTC)


def table(rows: list[dict[str, object]]) -> pl.DataFrame:
    columns = {
        name: dtype
        for name, dtype in schema.schema("posts").items()
        if name not in ("platform", "account_id")
    }
    return pl.DataFrame(rows, schema={"row": pl.UInt32, **columns})


def world(seed: int) -> pl.DataFrame:
    made = generate(ordinary=150, inauthentic=0, seed=seed, posts_per_account=60)
    keys = ["platform", "account_id"]
    accounts = made.accounts.with_row_index("row")
    return made.posts.join(accounts.select("row", *keys), on=keys).drop(keys).select(table([]).columns)


def operation(members: int, acts: int, spread: int, seed: int = 1) -> pl.DataFrame:
    """Members copy one new text each time, links and all, within ``spread`` seconds."""
    generator = np.random.default_rng(seed)
    words = [
        "harbour",
        "ferry",
        "market",
        "council",
        "storm",
        "bridge",
        "lantern",
        "orchard",
        "signal",
        "winter",
    ]
    rows: list[dict[str, object]] = []
    for act in range(acts):
        text = f"The {' '.join(generator.permutation(words))} and the {words[act % 10]} https://news{act}.example/a"
        moment = START + timedelta(hours=9 * act)
        for member in range(members):
            when = moment + timedelta(seconds=int(generator.integers(0, spread)))
            rows.append(
                {
                    "row": 900 + member,
                    "post_id": f"op-{act}-{member}",
                    "created_at": when,
                    "text": text,
                    "kind": "original",
                }
            )
    return table(rows)


def test_a_planted_operation_is_found_among_an_organic_world_and_nobody_else() -> None:
    found = detector.detect_pairs(
        pl.concat([world(1), operation(members=12, acts=8, spread=40)])
    ).significant()
    assert traces.ANY in set(found["trace"])
    everyone = set(found["first"]) | set(found["second"])
    assert everyone == set(range(900, 912))


@pytest.mark.parametrize("seed", range(2, 5))
def test_an_organic_world_has_next_to_no_significant_pair(seed: int) -> None:
    assert detector.detect_pairs(world(seed)).significant().height <= 1


def test_a_copied_post_counts_once_when_all_traces_are_put_together() -> None:
    found = detector.detect_pairs(operation(members=4, acts=5, spread=5)).pairs
    together = found.filter((pl.col("trace") == traces.ANY) & (pl.col("window") == 60))
    assert together["objects"].to_list() == [5] * 6


def test_windows_finer_than_the_clock_are_skipped_and_said_so() -> None:
    rough = operation(members=4, acts=5, spread=5).with_columns(
        time_resolution=pl.lit("day"), created_at=pl.col("created_at").dt.truncate("1d")
    )
    found = detector.detect_pairs(rough)
    assert set(found.pairs["window"]) == {traces.DAY}
    note = message(
        "coordination.windows_skipped", count=3, trace=traces.title("co_url"),
        windows=Listing((Duration(60), Duration(600), Duration(3_600))), resolution=Duration(86_400),
    )  # fmt: skip
    assert note in found.notes
    assert "1\u202fmin, 10\u202fmin, and 1\u202fh" in note.say("en")
    assert "1\u202fmin, 10\u202fmin et 1\u202fh" in note.say("fr")
    assert "1\u202fj" in note.say("fr")


def test_one_window_finer_than_the_clock_is_one_window() -> None:
    rough = operation(members=4, acts=5, spread=5).with_columns(time_resolution=pl.lit("minute"))
    reposts = rough.with_columns(kind=pl.lit("repost"), target_post_id=pl.col("post_id").str.slice(0, 4))
    skipped = [
        note
        for note in detector.detect_pairs(reposts).notes
        if note.values.get("trace") == traces.title("co_repost")
    ]
    assert skipped == [
        message(
            "coordination.windows_skipped", count=1, trace=traces.title("co_repost"),
            windows=Listing((Duration(10),)), resolution=Duration(60),
        )
    ]  # fmt: skip
    assert "the window of 10\u202fs was skipped" in skipped[0].say("en")


def test_bursts_are_capped_and_said_so() -> None:
    texts = [
        f"Everybody says {word} words about the storm at the harbour tonight"
        for word in ("the same", "very other")
    ]
    crowd = table(
        [
            {
                "row": row,
                "post_id": f"{row}-{act}",
                "created_at": START + timedelta(hours=act),
                "text": text,
                "kind": "original",
            }
            for row in range(400)
            for act, text in enumerate(texts)
        ]
    )
    found = detector.detect_pairs(crowd)
    assert found.pairs.is_empty()
    note = message(
        "coordination.burst", count=800, trace=traces.title("text_duplicate"), window=Duration(60), cap=200
    )
    assert note in found.notes
    assert "800 actions" in note.say("en")
    assert "800 actions" in note.say("fr")


def test_posts_without_a_time_are_counted_and_nothing_gives_nothing() -> None:
    timeless = operation(members=3, acts=3, spread=5).with_columns(created_at=pl.lit(None, schema.TIME))
    found = detector.detect_pairs(timeless)
    assert found.pairs.is_empty()
    (note,) = found.notes
    assert (note.key, note.values["count"]) == ("coordination.left_out.no_time", 9)
    assert note.say("en") == "9 posts without a time were left out."
    assert note.say("fr").startswith("9 publications")
    assert detector.detect_pairs(table([])).pairs.is_empty()


def test_one_account_alone_is_synchronous_with_nobody() -> None:
    alone = operation(members=1, acts=500, spread=5)
    assert detector.detect_pairs(alone).pairs.is_empty()


def pair(first: int, second: int, **values: float | None) -> dict[str, object]:
    """Return a pair that chance hardly gives and waiting for one author explains."""
    columns = detector.detect_pairs(table([])).pairs.columns
    made: dict[str, object] = dict.fromkeys(columns, 0)
    return made | {
        "trace": "co_reply", "first": first, "second": second, "objects": 3, "days": 3, "authors": 1,
        "p_class_corrected": 0.005, "p_author_corrected": 0.5, "p_reference_corrected": None,
    } | values  # fmt: skip


def counting(*pairs: dict[str, object]) -> list[tuple[int, int]]:
    """Return which pairs count."""
    made = pl.DataFrame(pairs, detector.detect_pairs(table([])).pairs.schema)
    return detector.Network(made, pl.DataFrame(), ()).significant().select("first", "second").rows()


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ({}, False),
        ({"p_class_corrected": 5e-5}, True),
        ({"p_class_corrected": 5e-5, "days": 2}, False),
        ({"authors": 3}, True),
        ({"authors": 3, "days": 2}, False),
        ({"p_author_corrected": 0.005, "days": 1}, True),
        ({"authors": None, "days": 1}, True),
        ({"authors": None, "days": 1, "p_class_corrected": 0.02}, False),
    ],
)
def test_a_pair_that_waited_for_one_author_must_return_and_show_more(
    values: dict[str, float | None], counts: bool
) -> None:
    assert counting(pair(0, 1, **values)) == [(0, 1)] * counts


def test_a_pair_that_returned_counts_with_two_partners_in_common() -> None:
    def sure(first: int, second: int) -> dict[str, object]:
        return pair(first, second, p_class_corrected=1e-9)

    one = [sure(0, 2), sure(1, 2)]
    assert (0, 1) not in counting(pair(0, 1), *one)
    assert (0, 1) in counting(pair(0, 1), *one, sure(0, 3), sure(1, 3))
    assert (0, 1) not in counting(pair(0, 1), *one, sure(0, 3), pair(1, 3))
    assert (0, 1) not in counting(pair(0, 1, days=2), *one, sure(0, 3), sure(1, 3))


def crowd(accounts: int, objects: int = 2) -> pl.DataFrame:
    """Return accounts that link to the same pages, each within a minute of the others."""
    return table(
        [
            {
                "row": row, "post_id": f"{row}-{act}", "kind": "original", "urls": [f"https://a.example/{act}"],
                "created_at": START + timedelta(hours=act, seconds=row % 60),
            }
            for row in range(accounts)
            for act in range(objects)
        ]
    )  # fmt: skip


def meetings(posts: pl.DataFrame, cap: int) -> int:
    """Return how many meetings of two links there are within a minute, by going over all of them."""
    acts = traces.events(traces.read(posts)[0], "co_url")
    times: dict[object, list[int]] = {}
    for page, time in acts.select("object", "time").iter_rows():
        times.setdefault(page, []).append(time)
    near = [[sum(abs(one - other) <= 60 for other in each) for one in each] for each in times.values()]
    return sum(count - 1 for each in near for count in each if count <= cap) // 2


def test_the_cap_is_halved_until_the_meetings_fit_and_that_is_said() -> None:
    posts = crowd(100)
    free = detector.detect_pairs(posts, names=["co_url"])
    assert free.caps["co_url", 60] == 200
    assert not [note for note in free.notes if "burst" in note.key]
    every = meetings(posts, 200)
    assert every == 2 * 100 * 99 / 2
    enough = detector.detect_pairs(posts, names=["co_url"], bounds=Bounds(meetings=every))
    assert enough.pairs.equals(free.pairs)
    bounded = detector.detect_pairs(posts, names=["co_url"], bounds=Bounds(meetings=every - 1))
    cap = bounded.caps["co_url", 60]
    assert cap in (100, 50)
    assert meetings(posts, cap) < every
    (note,) = [note for note in bounded.notes if note.values.get("window") == Duration(60) and
               note.values["trace"] == traces.title("co_url")]  # fmt: skip
    assert note.key == "coordination.burst_capped"
    assert (note.values["count"], note.values["cap"]) == (200, cap)


def test_a_comparison_beyond_its_budget_ends_before_what_is_too_much_and_says_so() -> None:
    posts = crowd(100)
    free = detector.detect_pairs(posts, names=["co_url", "rare_domain"])
    assert free.is_whole
    first = meetings(posts, 200)
    whole = detector.detect_pairs(posts, names=["co_url", "rare_domain"], bounds=Bounds(budget=10**9))
    assert (whole.is_whole, whole.pairs.equals(free.pairs), whole.notes) == (True, True, free.notes)
    cut = detector.detect_pairs(posts, names=["co_url", "rare_domain"], bounds=Bounds(budget=2 * first - 1))
    assert not cut.is_whole
    (note,) = [note for note in cut.notes if note.key == "coordination.too_costly"]
    assert (note.values["made"], note.values["meetings"]) == (1, first)
    assert note.values["count"] == len(free.caps) - 1
    # What was compared is what it would be without a budget; what was not is not there.
    kept = list(cut.caps)
    assert cut.pairs.equals(free.pairs.filter(trace=kept[0][0], window=kept[0][1]))
    assert f"{first:,}" in note.say("en")


def test_objects_of_few_are_compared_however_many_share_another() -> None:
    few = table(
        [
            {
                "row": 500 + row, "post_id": f"{row}-{act}", "kind": "original", "urls": [f"https://few.example/{act}"],
                "created_at": START + timedelta(hours=9 * act, seconds=row),
            }
            for row in range(3)
            for act in range(4)
        ]
    )  # fmt: skip
    bounded = detector.detect_pairs(pl.concat([few, crowd(100)]), bounds=Bounds(meetings=50))
    met = bounded.pairs.filter(trace="co_url", window=60)
    assert set(met["first"]) | set(met["second"]) == {500, 501, 502}
    assert met["objects"].to_list() == [4] * 3


def test_what_all_traces_together_leave_out_is_named_in_words() -> None:
    notes = detector.detect_pairs(crowd(400)).notes
    (note,) = [
        note
        for note in notes
        if note.values["trace"] == message("coordination.trace_any") and note.values["window"] == Duration(60)
    ]
    assert "all traces together" in note.say("en")
    assert "toutes traces confondues" in note.say("fr")


def test_a_pair_that_ordinary_rates_do_not_explain_counts_and_tells_who_decided() -> None:
    made = pl.DataFrame(
        [
            pair(0, 1, p_class_corrected=1e-9, p_class=1e-12, p_reference_corrected=1e-9),
            pair(0, 2, p_class_corrected=0.9, expected=4.0, p_reference_corrected=1e-5, p_reference=1e-8,
                 expected_reference=0.01),
            pair(0, 3, p_class_corrected=0.9, p_reference_corrected=0.02),
        ],
        detector.detect_pairs(table([])).pairs.schema,
    )  # fmt: skip
    network = detector.Network(made, pl.DataFrame(), ())
    told = network.significant().select("second", "decided_by", "p", "expected").rows()
    assert told == [(1, "collection", 1e-12, 0.0), (2, "reference", 1e-8, 0.01)]
    assert network.significant_in_collection()["second"].to_list() == [1]


def test_the_acts_on_a_trace_are_put_in_order_once_unless_they_are_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = detector.detect_pairs(operation(3, 4, 30))
    done = found.acts_on("text_duplicate")
    assert found.acts_on("text_duplicate") is done
    assert done.events["object_trace"].unique().to_list() == ["text_duplicate"]
    assert done.events["post"].is_sorted()
    # Each action is told by the place of its event.
    of_event = done.events[done.actions.post]
    assert of_event["account"].to_list() == done.actions.account.tolist()
    assert of_event["time"].to_list() == done.actions.time.tolist()
    monkeypatch.setattr(detector, "_HELD", 0)
    again = detector.detect_pairs(operation(3, 4, 30))
    assert again.acts_on("text_duplicate") is not again.acts_on("text_duplicate")


def test_the_acts_on_all_traces_together_are_those_that_pairs_were_counted_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = detector.detect_pairs(operation(3, 4, 30))
    made = detector.any_trace(found.events)
    with monkeypatch.context() as patched:
        patched.delattr(detector, "any_trace")
        assert (
            found.acts_on("any")
            .events.select(made.columns)
            .sort(made.columns)
            .equals(made.sort(made.columns))
        )
    # Where they are many they are made anew, and are the same.
    monkeypatch.setattr(detector, "_HELD", 0)
    again = detector.detect_pairs(operation(3, 4, 30))
    assert again.mixed is None
    assert again.acts_on("any").events.equals(found.acts_on("any").events)


def test_of_many_acts_those_of_one_trace_are_held_where_they_lie_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = detector.detect_pairs(operation(3, 4, 30))
    monkeypatch.setattr(detector, "_HELD", 0)
    with on_disk.within(tmp_path):
        done = found.acts_on("text_duplicate")
        assert found.acts_on("text_duplicate") is done
        found.acts_on("any")
        assert found.acts_on("text_duplicate") is not done


def test_all_traces_together_name_the_trace_of_each_object() -> None:
    done = detector.detect_pairs(operation(3, 4, 30)).acts_on("any")
    assert done.events.height
    named = done.events.select(pl.concat_str("object_trace", pl.lit(" "), "name"))
    assert named.to_series().to_list() == done.events["object"].to_list()


def test_posts_are_let_go_of_before_all_traces_are_compared_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held: list[weakref.ref[pl.DataFrame]] = []
    read, any_trace = traces.read, detector.any_trace

    def reading(*given: object, **more: object) -> traces.Prepared:
        prepared = read(*given, **more)  # type: ignore[arg-type]  # as they come
        held.append(weakref.ref(prepared.posts))
        return prepared

    def together(*given: object) -> pl.DataFrame:
        gc.collect()
        assert held[0]() is None
        return any_trace(*given)  # type: ignore[arg-type]  # as they come

    monkeypatch.setattr(traces, "read", reading)
    monkeypatch.setattr(detector, "any_trace", together)
    assert detector.detect_pairs(operation(3, 4, 30)).pairs.height
    assert held
