"""French for the words that tables hold as values: models, splits, kinds of accounts, strengths of labels."""

from __future__ import annotations

import polars as pl

from vigie.features.i18n.languages import Language

# Columns whose values are words of ours; names out of the data that are not among them stay as they are.
COLUMNS = ("model", "baseline", "sources", "scheme", "by", "background", "kind", "strength", "feature")
FRENCH = {
    # models of inauthentic accounts, and splits
    "vigie, no discount on missing evidence": "vigie, sans décote pour éléments manquants",
    "vigie, grouped split: campaigns and kinds unseen, sources seen (optimistic)": (
        "vigie, découpage par groupes : campagnes et types non vus, sources vues (optimiste)"
    ),
    "vigie, time split: the later third unseen, sources seen (optimistic)": (
        "vigie, découpage temporel : dernier tiers non vu, sources vues (optimiste)"
    ),
    "vigie, random split (optimistic)": "vigie, découpage aléatoire (optimiste)",
    "one-split stump": "arbre à une seule coupure",
    "depth-3 tree": "arbre de profondeur 3",
    "BotometerLite forest": "forêt BotometerLite",
    "forest, all features": "forêt, toutes les variables",
    "all features": "toutes les variables",
    "all": "toutes",
    "with profiles": "avec profils",
    "without profiles": "sans profils",
    # models of coordinated accounts, and schemes
    "vigie, without resemblance; accounts left alone not taught": (
        "vigie, sans ressemblance ni apprentissage des comptes isolés"
    ),
    "vigie, coordination features only": "vigie, variables de coordination seules",
    "vigie, conduct of single accounts only": "vigie, conduite de chaque compte seule",
    "logistic regression, coordination features": "régression logistique, variables de coordination",
    "accounts unseen": "comptes non vus",
    "campaign unseen": "campagne non vue",
    "flagged accounts, accounts unseen": "comptes signalés, comptes non vus",
    "flagged accounts, campaign unseen": "comptes signalés, campagne non vue",
    "synchronous groups": "groupes synchrones",
    "operation": "opération",
    # kinds of accounts
    "person": "personne",
    "bought follower": "abonné acheté",
    "spambot": "robot de spam",
    "LLM persona": "persona animé par un LLM",
    "declared automation": "automate déclaré",
    "unlabelled": "sans étiquette",
    # strengths of labels
    "platform": "plateforme",
    "state": "État",
    "expert": "expert",
    "weak": "faible",
}


def translated(frame: pl.DataFrame, language: Language) -> pl.DataFrame:
    """Return a table with the words of ours in a language."""
    if language == "en":
        return frame
    words = [name for name in COLUMNS if frame.schema.get(name) == pl.String]
    return frame.with_columns(pl.col(name).replace(FRENCH) for name in words)
