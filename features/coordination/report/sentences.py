"""A group in words: who did what with whom, and what that does not say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from vigie.features.coordination import traces
from vigie.features.coordination.detector import ANY
from vigie.features.coordination.report.group_metrics import Figures, own
from vigie.features.i18n.formatting import duration, number
from vigie.features.i18n.languages import LANGUAGES

Sentence = dict[str, str]

_PLATFORMS = {
    "x": "X", "facebook": "Facebook", "instagram": "Instagram", "telegram": "Telegram", "tiktok": "TikTok",
    "youtube": "YouTube", "vk": "VK", "bluesky": "Bluesky", "mastodon": "Mastodon",
}  # fmt: skip


def say(english: str, french: str) -> Sentence:
    """Return a sentence in both languages."""
    return {"english": english, "french": french}


def percent(share: float) -> int:
    """Return a share in whole percent."""
    return round(100 * share)


def sentences(
    members: pl.DataFrame, lead: list[dict[str, Any]], figures: Figures, linked: pl.DataFrame
) -> tuple[str, str]:
    """Return who did what with whom, on how many days, and what that does not say."""
    known = sorted(_PLATFORMS.get(name, name) for name in members["platform"].drop_nulls().unique().to_list())
    by_pairs = (
        own(linked).group_by("trace").len().sort("len", "trace", descending=[True, False])["trace"].to_list()
    )
    names = [f"@{one['handle']}" for one in lead if one["handle"]][:3]
    where = ({"english": f" on {_list(known, 'and')}", "french": f" sur {_list(known, 'et')}"} if known else
             {"english": "", "french": ""})  # fmt: skip
    did = {
        "english": _list([_did(name)[0] for name in by_pairs], "and"),
        "french": _list([_did(name)[1] for name in by_pairs], "et"),
    }
    after = ("", "")
    if names:
        after = (f", most often after {_list(names, 'and')}", f", le plus souvent après {_list(names, 'et')}")
    one_day, one_object = figures.days == 1, figures.objects == 1
    english = (
        f"{members.height} accounts{where['english']} {did['english']} at the same moments as one another: up to "
        f"{figures.objects} object{'' if one_object else 's'} on {figures.days} day{'' if one_day else 's'} for one "
        f"pair{after[0]}; this makes them synchronous, not inauthentic: fans, newsrooms and activists can "
        "be synchronous too."
    )
    french = (
        f"{members.height} comptes{where['french']} {did['french']} aux mêmes moments les uns que les autres : "
        f"jusqu’à {figures.objects} objet{'' if one_object else 's'} en {figures.days} jour{'' if one_day else 's'} "
        f"pour une paire{after[1]} ; cela les dit synchrones, non inauthentiques : des admirateurs, "
        "des rédactions et des militants peuvent l’être aussi."
    )
    return english, french


def pair(partner: str, figures: Mapping[str, Any]) -> Sentence:
    """Return what an account did with a partner, how often, and what chance would give, in both languages.

    Args:
        partner: Handle of the other account, or its id.
        figures: ``trace``, ``window`` (seconds), ``objects``, ``days``, ``expected``, ``p_class``, ``p_author``.
    """
    did, fait = _did(figures["trace"])
    days, objects = figures["days"], figures["objects"]
    near = {language: duration(figures["window"], language) for language in LANGUAGES}
    chance = {language: number(figures["expected"], language, 2) for language in LANGUAGES}
    p, author = f"{figures['p_class']:.1g}", f"{figures['p_author']:.1g}"
    return say(
        f"With {partner}, it {did} within {near['en']} of each other: {objects} objects on {days} "
        f"day{'' if days == 1 else 's'}; chance would give {chance['en']} (p = {p}; {author} where both wait for the "
        "same authors). They are synchronous.",
        f"Avec {partner} : les deux comptes {fait} à moins de {near['fr']} d’écart, {objects} objets en {days} "
        f"jour{'' if days == 1 else 's'} ; le hasard en donnerait {chance['fr']} (p = {p} ; {author} si tous deux guettent "
        "les mêmes auteurs). Ils sont synchrones.",
    )


def _did(trace: str) -> tuple[str, str]:
    if trace == ANY:
        return "acted on the same things", "ont agi sur les mêmes objets"
    known = traces.TRACES.get(trace)
    return (
        (known.english, known.french) if known else (f"acted alike ({trace})", f"ont agi de même ({trace})")
    )


def _list(parts: list[str], last: str) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"
