"""The answer on a list of accounts: a verdict, a sentence, every test, and what else may explain it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import polars as pl

from vigie.features.coordination.report import display_text, profile_tests
from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.coordination.report.types import AccountName, ReferenceSource
from vigie.features.group_test import trait_tests
from vigie.features.group_test.beside import p_beside, p_biographies_beside
from vigie.features.group_test.ordinary_lists import Floats
from vigie.features.group_test.trait_tests import LEAST, Measurement
from vigie.features.group_test.types import BenignExplanation, GroupTest, Trait, TraitTest, Verdict
from vigie.features.i18n import Frequency, Language, Listing, Message, Percent, Value, message

# Corrected p-value from which a list is called homogeneous.
SIGNIFICANCE = 0.005
# Share of a list that shows a trait beyond the median of ordinary lists, from which the trait says something of the list: among a
# thousand people a week with twenty creations is significant, and twenty people are no list.
LEAST_EXCESS = 0.1
# The same of shapes of handles: which are usual differs by language and year, so a shape of few accounts is a fashion.
LEAST_SHAPED = 1 / 3
# Accounts named with a trait.
_NAMED = 20
# Letters of a word from which it names an account.
_NAME = 5
# Ordinary explanations, and the traits that each may explain.
_BENIGN: dict[str, tuple[Trait, ...]] = {
    "selection": (
        "creation_bursts", "creation_chains", "handle_shapes", "empty_biographies", "shared_biographies", "shared_pictures",
    ),
    "joined_together": ("creation_bursts", "creation_chains"),
    "organisation": ("creation_chains", "handle_shapes", "shared_biographies", "shared_pictures"),
    "defaults": ("handle_shapes", "empty_biographies", "shared_biographies", "shared_pictures"),
    "newcomers": ("creation_bursts", "empty_biographies"),
}  # fmt: skip


def describe(
    accounts: pl.DataFrame, reference: Reference, language: Language, notes: Sequence[Message] = ()
) -> GroupTest:
    """Return whether the profiles of a list are more alike than those of ordinary accounts.

    Args:
        accounts: ``row`` and the contract's columns.
        reference: Ordinary accounts.
        language: Language of the sentences.
        notes: What was left out before.
    """
    once, repeated = _distinct(accounts)
    if repeated:
        notes = [*notes, message("group_test.same_profile", count=repeated)]
    measured = trait_tests.measure(once, reference)
    corrected = holm([each.p for each in measured])
    known = [p for p in corrected if p is not None]
    joint = min(known) if known else None
    verdict: Verdict = "not_testable"
    if joint is not None:
        verdict = "homogeneous" if joint < SIGNIFICANCE else "ordinary"
    significant = [
        each
        for each, p in sorted(zip(measured, corrected, strict=True), key=lambda pair: pair[1] or 0.0)
        if p is not None and p < SIGNIFICANCE
    ]
    return GroupTest(
        verdict=verdict,
        sentence=_sentence(once.height, verdict, joint, significant, len(known)).say(language),
        accounts=once.height,
        platforms=dict(once.group_by("platform").len().sort("platform").iter_rows()),
        p=joint,
        correction="holm",
        significance_level=SIGNIFICANCE,
        reference=message(
            "group_test.reference",
            platforms=Listing(tuple(display_text.platform(name) for name in reference.platforms)),
        ).say(language),
        tests=[_described(each, p, once, language) for each, p in zip(measured, corrected, strict=True)],
        benign_explanations=_explanations([each.trait for each in significant], language),
        caveats=[
            Message(f"group_test.caveat.{name}").say(language)
            for name in ("meaning", "selection", "platform")
        ],
        notes=[each.say(language) for each in notes],
    )


def telling_traits(accounts: pl.DataFrame, reference: Reference, others: pl.DataFrame) -> list[Measurement]:
    """Return the traits in which a list is more alike than ordinary accounts, and than others collected with it.

    A trait counts that at least one account in ten has beyond what ordinary lists show (:data:`LEAST_EXCESS`). A few accounts
    of other platforms must not hide what the rest of a list shows: where most are of the platforms of the reference, these alone
    are compared.

    Towns, papers and branches of a party present themselves alike, in the open. So a biography that holds a name of its own
    account counts for nothing, and of the shapes of handles only those with digits count, as handles in series have, of a third of
    the accounts at least.

    Args:
        accounts: As in :func:`describe`.
        reference: As there.
        others: Accounts of the collection outside the list: the same columns. Where few of them tell, the reference decides.
    """
    once, _ = _distinct(accounts)
    compared = pl.col("platform").is_in(list(reference.platforms))
    if 2 * once.filter(compared).height > once.height:
        once, others = once.filter(compared), others.filter(compared)
    unnamed = pl.when(~_names_itself()).then("description")
    measured = trait_tests.measure(once.with_columns(description=unnamed), reference, others)
    telling = []
    for each, p in zip(measured, holm([one.p for one in measured]), strict=True):
        shaped = each.trait == "handle_shapes"
        if p is None or p >= SIGNIFICANCE or _excess(each) < (LEAST_SHAPED if shaped else LEAST_EXCESS):
            continue
        beside = (
            p_biographies_beside(each, others)
            if each.trait == "shared_biographies"
            else p_beside(each, once, others)
        )
        source: ReferenceSource = "bundle" if beside is None else "corpus"
        if shaped and not profile_tests.is_series(each.object, _share(each) or 0.0, source):
            continue
        if beside is None or beside < SIGNIFICANCE:
            telling.append(each)
    return telling


def _names_itself() -> pl.Expr:
    """Return whether a biography holds a word of the handle or of the name shown, of at least :data:`_NAME` letters."""
    said, *names = (
        pl.col(name)
        .fill_null("")
        .str.replace_all(r"(\p{Ll})(\p{Lu})", "${1} ${2}")
        .str.to_lowercase()
        .str.extract_all(rf"\p{{L}}{{{_NAME},}}")
        for name in ("description", "handle", "display_name")
    )
    return said.list.set_intersection(pl.concat_list(names)).list.len() > 0


def holm(ps: Sequence[float | None]) -> list[float | None]:
    """Return p-values after Holm's correction; None stays None and counts for no test.

    >>> holm([0.01, None, 0.04, 0.03])
    [0.03, None, 0.06, 0.06]
    """
    tested = sorted((p, place) for place, p in enumerate(ps) if p is not None)
    raised = accumulate((min(1.0, p * (len(tested) - rank)) for rank, (p, _) in enumerate(tested)), max)
    found: list[float | None] = [None] * len(ps)
    for (_, place), p in zip(tested, raised, strict=True):
        found[place] = p
    return found


def _distinct(accounts: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Return each account once, and how many rows were another under another id.

    Two rows are one account if they were created at the same moment and have one handle, or, where no handle was
    collected and the time of day is known, one display name.
    """
    created, handle, name = pl.col("created_at"), pl.col("handle"), pl.col("display_name")
    by_handle = (
        created.is_not_null() & (handle != "") & ~pl.struct("platform", created, handle).is_first_distinct()
    )
    timed = (created.dt.time() != pl.time(0)) & handle.is_null()
    by_name = timed & (name != "") & ~pl.struct("platform", created, name).is_first_distinct()
    once = accounts.filter(~(by_handle | by_name).fill_null(value=False))
    return once, accounts.height - once.height


def _sentence(
    accounts: int, verdict: Verdict, joint: float | None, significant: Sequence[Measurement], tests: int
) -> Message:
    if joint is None:
        return message("group_test.not_testable", count=accounts, least=LEAST)
    if verdict == "ordinary":
        return message("group_test.ordinary", count=accounts, often=Frequency(joint, "draws"), tests=tests)
    return message(
        "group_test.homogeneous",
        count=accounts,
        what=Listing(tuple(seen(each) for each in significant)),
        often=Frequency(joint, "draws"),
        tests=tests,
    )


def seen(measured: Measurement) -> Message:
    """Return what accounts have in common, as a part of a sentence."""
    values: dict[str, Value] = {
        "count": measured.accounts or 0,
        "known": measured.known,
        "share": Percent(_share(measured) or 0),
        "object": measured.object or "",
    }
    if measured.span is not None:
        values["days"] = message("group_test.days", count=measured.span)
    return Message(f"group_test.seen.{measured.trait}", values)


def _described(
    measured: Measurement, corrected: float | None, accounts: pl.DataFrame, language: Language
) -> TraitTest:
    ordinary = measured.ordinary
    rows = measured.rows.head(_NAMED)
    named = accounts.join(rows.cast(pl.UInt32).to_frame(), on="row", how="semi").sort("row")
    return TraitTest(
        trait=measured.trait,
        title=Message(f"group_test.title.{measured.trait}").say(language),
        sentence=_told(measured).say(language),
        known=measured.known,
        accounts=measured.accounts,
        share=_share(measured),
        object=measured.object,
        spans=measured.spans,
        ordinary_median=None if ordinary is None else _median(ordinary),
        ordinary_most=None if ordinary is None else trait_tests.most(ordinary),
        p=measured.p,
        p_corrected=corrected,
        reference=measured.reference,
        reason=None if measured.reason is None else measured.reason.say(language),
        members=[AccountName(*row) for row in named.select("platform", "account_id", "handle").iter_rows()],
        members_left_out=len(measured.rows) - named.height,
    )


def _told(measured: Measurement) -> Message:
    """Return what was seen and what ordinary lists give, or why there is no test."""
    if measured.accounts is None:
        return measured.reason or message("group_test.not_in_reference")
    if measured.reason is not None or measured.ordinary is None or measured.p is None:
        return message(
            "group_test.untested",
            seen=seen(measured),
            reason=measured.reason or message("group_test.not_in_reference"),
        )
    return message(
        "group_test.tested",
        seen=seen(measured),
        size=measured.known,
        median=round(_median(measured.ordinary)),
        most=round(trait_tests.most(measured.ordinary)),
        often=Frequency(measured.p, "draws"),
    )


def _explanations(significant: Sequence[Trait], language: Language) -> list[BenignExplanation]:
    """Return the ordinary explanations of significant traits."""
    found = []
    for name, explained in _BENIGN.items():
        traits = [trait for trait in significant if trait in explained]
        if traits:
            found.append(BenignExplanation(name, Message(f"group_test.benign.{name}").say(language), traits))
    return found


def _excess(measured: Measurement) -> float:
    """Return the share of a list that shows a trait beyond the median of ordinary lists, of a trait that was tested."""
    if measured.accounts is None or measured.ordinary is None:
        return 0.0
    return (measured.accounts - _median(measured.ordinary)) / measured.known


def _share(measured: Measurement) -> float | None:
    return None if measured.accounts is None else measured.accounts / measured.known


def _median(ordinary: Floats) -> float:
    return float(pl.Series(ordinary).median())  # type: ignore[arg-type]  # a number
