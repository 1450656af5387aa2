"""Ordinary explanations of a group, each with what speaks for and against it: never left out of a description."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vigie.features.coordination import traces
from vigie.features.coordination.report import profile_traits
from vigie.features.coordination.report.group_metrics import ALPHA_LIKENESS, Figures
from vigie.features.coordination.report.sentences import Sentence, percent, say

_ALTERNATIVES = {
    "fan_club": ("Fans who wait for one author", "Des admirateurs qui guettent un même auteur"),
    "newsroom_feed": ("Accounts of one newsroom", "Les comptes d’une même rédaction"),
    "live_event": ("People who follow a live event", "Des personnes qui suivent un événement en direct"),
    "activists": ("Activists with shared material", "Des militants qui partagent un même matériel"),
    "declared_bots": ("Accounts that say they are automated", "Des comptes qui se disent automatisés"),
}
_LINKS = {"co_url", "rare_domain"}
_COPIES = {"text_duplicate", "text_meaning", "media_duplicate"}
_MATERIAL = _COPIES | {"hashtag_sequence", "rare_hashtag"}
# Members that share a profile's trait, and more than all others who do, before it speaks against strangers.
_LEAST_SHARING = 3
# Share of a group's posts in six hours from which an event may have brought it together.
_BUSY = 0.5


def considered(figures: Figures) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the ordinary explanations that something speaks for, with what speaks against; and the others' names."""
    rules: dict[str, Callable[[Figures], tuple[list[Sentence], list[Sentence]]]] = {
        "fan_club": _fan_club,
        "newsroom_feed": _newsroom_feed,
        "live_event": _live_event,
        "activists": _activists,
        "declared_bots": _declared_bots,
    }
    found: list[dict[str, Any]] = []
    for name, rule in rules.items():
        pro, contra = rule(figures)
        if pro:
            english, french = _ALTERNATIVES[name]
            found.append(
                {
                    "name": name,
                    "english": english,
                    "french": french,
                    "for": pro,
                    "against": contra + _unlike(figures),
                }
            )
    return found, [name for name in rules if name not in {each["name"] for each in found}]


def _unlike(figures: Figures) -> list[Sentence]:
    """Return what speaks against any gathering of unrelated people."""
    tests = (
        (
            figures.creation,
            "Creation dates bunch more than in random draws of other accounts",
            "Les dates de création se regroupent plus que dans des tirages d’autres comptes",
        ),
        (
            figures.handle,
            "Handles share a shape more often than in random draws of other accounts",
            "Les identifiants ont plus souvent une même forme que dans des tirages d’autres comptes",
        ),
        (
            figures.bio,
            "More biographies are empty than in random draws of other accounts",
            "Plus de biographies sont vides que dans des tirages d’autres comptes",
        ),
    )
    unlikely = [
        say(f"{english} (p = {p:.2g}).", f"{french} (p = {p:.2g}).")
        for p, english, french in tests
        if p is not None and p < ALPHA_LIKENESS
    ]
    return unlikely + _same(figures)


def _same(figures: Figures) -> list[Sentence]:
    """Return what of their profiles several members share and few others do."""
    found = []
    for name, told in figures.profile.items():
        sharing, outside = told["sharing"] or 0, told["outside"] or 0
        if sharing >= max(_LEAST_SHARING, outside + 1):
            trace, shown = profile_traits.TRACES[name], told["object"]
            others = (f" ({outside} outside the group too)", f" ({outside} hors du groupe aussi)")
            english, french = others if outside else ("", "")
            found.append(
                say(
                    f"{sharing} of the {figures.size} accounts {trace.english}: “{shown}”{english}.",
                    f"{sharing} des {figures.size} comptes {trace.french} : « {shown} »{french}.",
                )
            )
    return found


def _fan_club(figures: Figures) -> tuple[list[Sentence], list[Sentence]]:
    pro, contra = [], []
    if figures.one_author:
        pro.append(say("Most pairs boost a single author.", "La plupart des paires relaient un seul auteur."))
    if figures.author_share is not None and figures.author_share < 0.5:
        pro.append(
            say(
                f"Waiting for the same authors explains {percent(1 - figures.author_share)} % of the pairs.",
                f"L’attente des mêmes auteurs explique {percent(1 - figures.author_share)} % des paires.",
            )
        )
    if figures.authors is not None and figures.authors >= 3 and not figures.one_author:
        contra.append(
            say(
                f"One pair boosts up to {figures.authors} authors.",
                f"Une paire relaie jusqu’à {figures.authors} auteurs.",
            )
        )
    if figures.layers & _COPIES:
        contra.append(
            say(
                "The accounts also publish the same texts or pictures.",
                "Les comptes publient aussi les mêmes textes ou images.",
            )
        )
    return pro, contra


def _newsroom_feed(figures: Figures) -> tuple[list[Sentence], list[Sentence]]:
    pro, contra = [], []
    one_site = figures.site_share is not None and figures.site_share >= 0.9
    if one_site and figures.site_share is not None:
        pro.append(
            say(
                f"{percent(figures.site_share)} % of the links go to one site.",
                f"{percent(figures.site_share)} % des liens vont vers un seul site.",
            )
        )
    if figures.token is not None and figures.token[1] >= 0.5 and (one_site or figures.layers & _LINKS):
        word, share = figures.token
        pro.append(
            say(
                f"{percent(share)} % of the handles hold “{word}”.",
                f"{percent(share)} % des identifiants contiennent « {word} ».",
            )
        )
    elif pro:
        contra.append(say("The handles share no word.", "Les identifiants n’ont pas de mot commun."))
    if figures.site_share is not None and figures.site_share < 0.5:
        contra.append(say("No site receives half of the links.", "Aucun site ne reçoit la moitié des liens."))
    return pro, contra


def _live_event(figures: Figures) -> tuple[list[Sentence], list[Sentence]]:
    pro, contra = [], []
    if figures.days <= 1:
        pro.append(say("The pairs met on a single day.", "Les paires se sont rencontrées un seul jour."))
    if figures.busy_share is not None and figures.busy_share >= _BUSY:
        pro.append(
            say(
                f"{percent(figures.busy_share)} % of the posts fall within six hours.",
                f"{percent(figures.busy_share)} % des messages tiennent en six heures.",
            )
        )
    if pro:
        pro.extend(_apart(figures))
        if figures.layers & _COPIES:
            contra.append(
                say(
                    "The accounts publish the same texts or pictures.",
                    "Les comptes publient les mêmes textes ou images.",
                )
            )
    return pro, contra


def _apart(figures: Figures) -> list[Sentence]:
    if figures.creation is None or figures.creation < 0.05:
        return []
    return [
        say(
            "The accounts were created as far apart as other accounts.",
            "Les comptes ont été créés à des dates aussi dispersées que les autres.",
        )
    ]


def _activists(figures: Figures) -> tuple[list[Sentence], list[Sentence]]:
    if not figures.layers & _MATERIAL:
        return [], []
    pro = [
        say(
            "The accounts use the same texts, pictures or hashtags, as a shared kit would have them do.",
            "Les comptes emploient les mêmes textes, images ou hashtags, comme le ferait un kit militant.",
        ),
        *_apart(figures),
    ]
    contra = []
    if figures.shortest <= traces.MINUTE:
        contra.append(
            say(
                "They meet within a minute; people who act by hand spread over hours.",
                "Ils se rencontrent en moins d’une minute ; des personnes agissant à la main s’étalent sur des "
                "heures.",
            )
        )
    return pro, contra


def _declared_bots(figures: Figures) -> tuple[list[Sentence], list[Sentence]]:
    if not figures.declared:
        return [], []
    said = say(
        f"{percent(figures.declared)} % of the accounts say that they are automated.",
        f"{percent(figures.declared)} % des comptes se disent automatisés.",
    )
    if figures.declared >= 0.5:
        return [said], []
    rest = say("Most accounts do not say so.", "La plupart des comptes ne le disent pas.")
    return [said], [rest]
