"""Groups and pairs as JSON: accounts by their own ids, sentences in one language, the proof with post ids.

What ``vigie network`` writes and what the service answers is made here, once. Nothing in it says that an
account is inauthentic: a group is synchronous, and ordinary explanations stand beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from vigie.features.coordination import clock_offsets
from vigie.features.coordination.detector import ANY, Network
from vigie.features.coordination.report import group as describe
from vigie.features.coordination.report import pair_evidence, sentences
from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.i18n.languages import Language

# Pairs listed with each group, and outside any, the most surprising first; the others are counted.
PAIRS_OF_GROUP, PAIRS_UNGROUPED = 20, 50
# Partners listed with each account, and objects shared with each.
PARTNERS, _OBJECTS = 3, 5

NOTE: dict[Language, str] = {
    "en": (
        "Coordination is neither inauthenticity nor attribution: synchronous accounts may be fans, a newsroom "
        "or activists, and who is behind them is another question. A person decides, with other evidence."
    ),
    "fr": (
        "La coordination n’est ni l’inauthenticité ni l’attribution : des comptes synchrones peuvent être des "
        "admirateurs, une rédaction ou des militants, et qui est derrière eux est une autre question. C’est une "
        "personne qui décide, avec d’autres éléments."
    ),
}
_SPOKEN: dict[Language, str] = {"en": "english", "fr": "french"}
_NAMES = ("platform", "account_id", "handle")
_FIGURES = (
    "trace", "window", "objects", "days", "authors", "first_leads", "second_leads", "expected", "p_class",
    "p_class_corrected", "expected_author", "p_author", "p_author_corrected",
)  # fmt: skip
_PAIR = ["first", "second"]
_KEY = ["trace", "window", *_PAIR]


def report(
    network: Network,
    together: pl.DataFrame,
    accounts: pl.DataFrame,
    posts: pl.DataFrame,
    language: Language,
    reference: Reference | None = None,
) -> dict[str, Any]:
    """Return what a network holds, ready for JSON.

    Args:
        network: The network.
        together: What :func:`vigie.features.coordination.communities.find` returned for its significant pairs.
        accounts: Contract columns and ``row``.
        posts: The posts the network was built from, in the same order: contract columns and ``row`` of the
            author.
        language: Language of the sentences.
        reference: Ordinary accounts to compare members with where the corpus holds too few others.

    Returns:
        ``groups`` (what :func:`vigie.features.coordination.report.group.describe` tells, sentences in the language,
        with the most surprising ``pairs`` inside and ``pairs_left_out``), ``ungrouped`` (significant pairs of
        accounts that share no group) and ``ungrouped_left_out``, ``counts``, ``notes``. A pair of accounts is
        listed once, with the trace and window in which it is most surprising.
    """
    significant = network.significant()
    people = _people(accounts)
    strongest = _strongest(significant, together)
    most = pl.when(pl.col("group").is_null()).then(PAIRS_UNGROUPED).otherwise(PAIRS_OF_GROUP)
    shown = strongest.filter(pl.int_range(pl.len()).over("group") < most)
    listed: dict[int | None, list[dict[str, Any]]] = {}
    for row, pair in _listed(shown, pair_evidence.shared(network, posts, shown), posts, people):
        listed.setdefault(row["group"], []).append(pair)
    total = dict(strongest.group_by("group").len().rows())

    def of(group: int | None) -> tuple[list[dict[str, Any]], int]:
        mine = listed.get(group, [])
        return mine, total.get(group, 0) - len(mine)

    groups = []
    for told in describe.describe(together, significant, accounts, posts, reference):
        inside, left_out = of(int(str(told["group"])))
        groups.append(
            _spoken(_identified(told, people), language) | {"pairs": inside, "pairs_left_out": left_out}
        )
    ungrouped, left_out = of(None)
    return {
        "groups": groups,
        "ungrouped": ungrouped,
        "ungrouped_left_out": left_out,
        "counts": {
            "accounts": accounts.height,
            "posts": posts["created_at"].is_not_null().sum(),
            "pairs": network.pairs.select(_PAIR).unique().height,
            "pairs_beyond_chance": strongest.height,
        },
        "notes": [
            note.say(language) for note in (*network.notes, *clock_offsets.notes(network.events, accounts))
        ],
    }


def partners(
    network: Network, together: pl.DataFrame, accounts: pl.DataFrame, posts: pl.DataFrame, language: Language
) -> dict[int, dict[str, Any]]:
    """Return, by row of the account, its group and the partners with which its pairs are most surprising.

    Args:
        network: The network.
        together: What :func:`vigie.features.coordination.communities.find` returned for its significant pairs.
        accounts: Contract columns and ``row``.
        posts: The posts the network was built from, in the same order.
        language: Language of the sentences.

    Returns:
        For accounts with a significant pair: ``group`` (None outside any), ``partners`` (at most
        :data:`PARTNERS`: the ``partner``'s names, the figures of the pair with both p-values, who leads, the
        ``sentence``, and what both ``shared`` with times and post ids) and ``partners_left_out``.
    """
    strongest = _strongest(network.significant(), together)
    sides = pl.concat(
        strongest.with_columns(account=pl.col(mine), partner=pl.col(other))
        for mine, other in (_PAIR, _PAIR[::-1])
    ).sort("account", "p_class", "partner", maintain_order=True)
    kept = sides.filter(pl.int_range(pl.len()).over("account") < PARTNERS)
    shown = kept.select(strongest.columns).unique(maintain_order=True)
    people = _people(accounts)
    proof = pair_evidence.shared(network, posts, shown, most=_OBJECTS)
    told = {(row["first"], row["second"]): pair for row, pair in _listed(shown, proof, posts, people)}
    home = dict(together.select("account", "group").iter_rows())
    total = dict(sides.group_by("account").len().iter_rows())
    found: dict[int, dict[str, Any]] = {}
    for row in kept.iter_rows(named=True):
        entry = found.setdefault(
            row["account"],
            {"group": home.get(row["account"]), "partners": [], "partners_left_out": total[row["account"]]},
        )
        pair = told[row["first"], row["second"]]
        entry["partners"].append(
            _from_one_side(pair, row["account"] == row["first"], people[row["partner"]], language)
        )
        entry["partners_left_out"] -= 1
    return found


def _from_one_side(
    pair: dict[str, Any], is_first: bool, partner: dict[str, Any], language: Language
) -> dict[str, Any]:
    """Return a pair as one of its accounts sees it."""
    own, other = _PAIR if is_first else _PAIR[::-1]
    called = f"@{partner['handle']}" if partner["handle"] else str(partner["account_id"])
    shared = [
        {name: thing[name] for name in ("trace", "object", "kind", "accounts")}
        | {name: thing[f"{own}_{name}"] for name in ("post_id", "time")}
        | {f"partner_{name}": thing[f"{other}_{name}"] for name in ("post_id", "time")}
        for thing in pair["shared"]
    ]
    return {
        "partner": partner,
        "sentence": sentences.pair(called, pair)[_SPOKEN[language]],
        **{name: pair[name] for name in _FIGURES if name not in ("first_leads", "second_leads")},
        "leads": pair[f"{own}_leads"],
        "follows": pair[f"{other}_leads"],
        "shared": shared,
    }


def _people(accounts: pl.DataFrame) -> dict[int, dict[str, Any]]:
    """Return the names of each account by its row."""
    names = accounts.select(_NAMES).iter_rows(named=True)
    return dict(zip(accounts["row"].to_list(), names, strict=True))


def _strongest(significant: pl.DataFrame, together: pl.DataFrame) -> pl.DataFrame:
    """Return each pair of accounts where it is most surprising, with the ``group`` that holds both or null."""
    home = together.select("account", "group")
    return (
        # Of equals, a trace of its own says more than all together.
        significant.sort("p_class", -pl.col("objects"), pl.col("trace") == ANY, *_KEY)
        .unique(_PAIR, keep="first", maintain_order=True)
        .join(home.rename({"account": "first"}), on="first", how="left", maintain_order="left")
        .join(
            home.rename({"account": "second", "group": "other"}),
            on="second",
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.when(pl.col("group") == pl.col("other")).then("group").alias("group"))
    )


def _listed(
    shown: pl.DataFrame, proof: pl.DataFrame, posts: pl.DataFrame, people: dict[int, dict[str, Any]]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each pair as a row of the table and as JSON, in order, with what both shared."""
    stated = proof.with_columns(
        *(
            pl.from_epoch(f"{side}_time", "s").dt.to_string("%Y-%m-%dT%H:%M:%SZ").alias(f"{side}_time")
            for side in _PAIR
        ),
        *(posts["post_id"].gather(proof[f"{side}_post"]).alias(f"{side}_post_id") for side in _PAIR),
    ).select(
        *_KEY,
        pl.struct(
            pl.col("object_trace").alias("trace"), "object", "kind", "accounts", "first_post_id", "first_time",
            "second_post_id", "second_time",
        ).alias("shared"),
    )  # fmt: skip
    of_pair = stated.group_by(_KEY, maintain_order=True).agg("shared")
    for row in shown.join(of_pair, on=_KEY, how="left", maintain_order="left").iter_rows(named=True):
        ahead = row["first_leads"] - row["second_leads"]
        yield (
            row,
            (
                {side: people[row[side]] for side in _PAIR}
                | {name: row[name] for name in _FIGURES}
                | {
                    "leads": "first" if ahead > 0 else "second" if ahead < 0 else None,
                    "shared": row["shared"],
                }
            ),
        )


def _identified(told: dict[str, Any], people: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """Return a described group with the accounts' own ids in the place of rows."""

    def named(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            people[entry["account"]]
            | {name: value for name, value in entry.items() if name not in ("account", *_NAMES)}
            for entry in entries
        ]

    return told | {name: named(told[name]) for name in ("accounts", "leads", "relays")}


def _spoken(value: Any, language: Language) -> Any:
    """Return a structure with each English and French pair as one text: ``sentence`` where it has company."""
    if isinstance(value, list):
        return [_spoken(part, language) for part in value]
    if not isinstance(value, dict):
        return value
    both = [value.get(name) for name in _SPOKEN.values()]
    if not all(isinstance(said, str) for said in both):
        return {name: _spoken(part, language) for name, part in value.items()}
    english, french = _SPOKEN.values()
    if value.keys() == {english, french}:
        return value[_SPOKEN[language]]
    other = french if _SPOKEN[language] == english else english
    return {
        "sentence" if name == _SPOKEN[language] else name: _spoken(part, language)
        for name, part in value.items()
        if name != other
    }
