"""What moved, how far, and what to do about it, in a few sentences of English and French."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from vigie.features.catalogue import CATALOGUE
from vigie.features.i18n.formatting import number
from vigie.features.i18n.languages import LANGUAGES, Language
from vigie.features.schema import ACCOUNT_FIELDS
from vigie.models.drift.histograms import OTHER, UNKNOWN, Histogram
from vigie.models.drift.psi import LEAST_ACCOUNTS, Comparison, Population, compare

# Least share of the accounts for a platform or language the model never saw, and rise of the abstentions, to be told.
_WORTH_TELLING = 0.1
_MOST_NAMED = 3
_FIELDS = {field.name for field in ACCOUNT_FIELDS} - {"observed_at"}
# From the mildest to the gravest; "unknown" where too little was seen.
LEVELS = ("unknown", "none", "watch", "act")


# A word that is the same in both languages, one for each, or a number and its digits.
Word = str | Mapping[Language, str] | tuple[float, int]


@dataclass(frozen=True)
class Said:
    """One sentence in both languages, its words left open."""

    english: str
    french: str

    def spoken(self, **words: Word) -> dict[str, str]:
        """Return the sentence in each language, with its words and its numbers as people write them there."""
        return {
            language: template.format(**{name: _written(word, language) for name, word in words.items()})
            for language, template in zip(LANGUAGES, (self.english, self.french), strict=True)
        }


def _written(word: Word, language: Language) -> str:
    match word:
        case str():
            return word
        case (value, digits):
            return number(value, language, digits)
        case _:
            return word[language]


_TOO_FEW = Said(
    "{seen} accounts were seen; at least {least} are needed to tell drift from chance. Wait for more.",
    "{seen} comptes ont été vus ; il en faut au moins {least} pour distinguer une dérive du hasard. Attendez-en davantage.",
)
_LOST = Said(
    "The field {field} is missing in {now} % of the accounts ({then} % expected): check the collector.",
    "Le champ {field} manque à {now} % des comptes ({then} % attendus) : vérifiez le collecteur.",
)
_LOST_MANY = Said(
    "{count} fields are missing in more of the accounts than expected: {names}. Check the collector.",
    "{count} champs manquent à plus de comptes qu'attendu : {names}. Vérifiez le collecteur.",
)
_EACH_LOST = Said("{field} ({now} %, {then} % expected)", "{field} ({now} %, {then} % attendus)")
_FEW_POSTS = Said(
    "{now} % of the accounts come with too few posts to measure ({then} % expected): check that the collector sends them.",
    "{now} % des comptes arrivent avec trop peu de messages pour être mesurés ({then} % attendus) : vérifiez que le "
    "collecteur les envoie.",
)
_FEATURE_LOST = Said(
    "{feature} cannot be measured in {now} % of the accounts ({then} % expected): check what the collector sends.",
    "{feature} ne peut être mesuré pour {now} % des comptes ({then} % attendus) : vérifiez ce que le collecteur envoie.",
)
_NEW_PLATFORM = Said(
    "{share} % of the accounts are of the platform {name}, of which the model learnt on {trained} labelled accounts: "
    "do not rely on their scores, and retrain with labelled accounts of {name}.",
    "{share} % des comptes viennent de la plateforme {name} (comptes étiquetés de celle-ci à l'apprentissage : {trained}) : "
    "ne vous fiez pas à leurs scores, et réentraînez le modèle avec des comptes étiquetés de la plateforme {name}.",
)
_NEW_LANGUAGE = Said(
    "{share} % of the accounts mostly post in the language {name}, of which the model learnt on {trained} labelled "
    "accounts: label some that post in it, and evaluate the model on them.",
    "{share} % des comptes publient surtout dans la langue {name} (comptes étiquetés à l'apprentissage : {trained}) : "
    "étiquetez-en qui publient dans cette langue et évaluez le modèle dessus.",
)
_MOVED = Said(
    "{count} of {all} features moved, most of all {names}.",
    "{count} des {all} mesures ont bougé, surtout {names}.",
)
_WHERE = Said("They moved most on the {kind} {name}.", "Elles ont le plus bougé pour la {kind} {name}.")
_KINDS: dict[str, dict[Language, str]] = {
    "platform": {"en": "platform", "fr": "plateforme"},
    "language": {"en": "language", "fr": "langue"},
}
_SCORES = Said(
    "Scores moved beyond what any mix of the two classes explains: index {psi} ({chance} by chance), mean log-odds {now} "
    "where {expected} is expected.",
    "Les scores ont bougé plus qu'aucun mélange des deux classes ne l'explique : indice {psi} ({chance} par hasard), "
    "log-cote moyenne {now} pour {expected} attendue.",
)
_ABSTAINS = Said(
    "The model abstains on {now} % of the accounts ({then} % expected).",
    "Le modèle s'abstient sur {now} % des comptes ({then} % attendus).",
)
_RETRAIN = Said(
    "Label a sample of these accounts, evaluate the model on it, and retrain with it.",
    "Étiquetez un échantillon de ces comptes, évaluez le modèle dessus et réentraînez-le avec.",
)
_WATCH = Said(
    "Nothing to do yet: look again in some days; if it grows, label a sample and evaluate the model on it.",
    "Rien à faire encore : regardez de nouveau dans quelques jours ; si cela croît, étiquetez un échantillon et évaluez le "
    "modèle dessus.",
)
_NOTHING = Said(
    "What was seen looks like what the model learnt on. Nothing to do.",
    "Ce qui a été vu ressemble à ce que le modèle a appris. Rien à faire.",
)
_QUANTILES_ONLY = Said(
    "This model holds only quantiles of the ordinary accounts it learnt on: features are compared with those alone, "
    "so that accounts of the target among those seen count as moved; missing fields and scores cannot be compared. Train it "
    "anew to compare them.",
    "Ce modèle ne tient que des quantiles des comptes ordinaires qu'il a appris : les mesures ne sont comparées qu'à "
    "ceux-ci, si bien que des comptes de la cible parmi ceux vus comptent comme une dérive ; champs manquants et scores ne "
    "peuvent être comparés. Réentraînez-le pour les comparer.",
)


def report(reference: Population, seen: Histogram) -> dict[str, Any]:
    """Return what drifted, for JSON: ``level``, sentences, and every comparison.

    Raises:
        HistogramError: The sketch is of another bundle.
    """
    found = compare(reference, seen)
    advice = advise(reference, seen, found)
    return {
        "model": reference.layout.identity,
        "reference": "labelled accounts" if reference.classes else "quantiles of ordinary accounts",
        "reference_accounts": reference.classes.accounts if reference.classes else None,
        "level": advice.pop("level"),
        "advice": advice,
        "comparisons": [each.to_json() for each in found],
    }


def advise(reference: Population, seen: Histogram, found: Sequence[Comparison]) -> dict[str, str]:
    """Return ``level`` (one of :data:`LEVELS`) and what to do, in ``en`` and ``fr``.

    Args:
        reference: What the model learnt on.
        seen: What it saw.
        found: What :func:`vigie.models.drift.psi.compare` returned for both.
    """
    whole = found[0]
    if whole.accounts < LEAST_ACCOUNTS:
        return _told("unknown", [_TOO_FEW.spoken(seen=(whole.accounts, 0), least=(LEAST_ACCOUNTS, 0))])
    lost, unexplained = _lost(whole.features)
    causes = [*lost, *_untaught(reference, seen, 0, _NEW_PLATFORM)]
    # A feature rarely reads the language: a new one alone is to be watched.
    languages = [] if causes else list(_untaught(reference, seen, 1, _NEW_LANGUAGE))
    signs = [*unexplained, *languages, *_moved(found), *_of_scores(whole)]
    levels = {*whole.features["level"], whole.score["level"]}
    if causes:
        return _told("act", [*causes, *signs])
    if reference.classes is None:
        return _told("watch" if signs else "none", [*signs, _QUANTILES_ONLY.spoken()])
    if "large" in levels or _abstains(whole):
        return _told("act", [*signs, _RETRAIN.spoken()])
    if signs:
        return _told("watch", [*signs, _WATCH.spoken()])
    return _told("none", [_NOTHING.spoken()])


def _told(level: str, sentences: Sequence[dict[str, str]]) -> dict[str, str]:
    return {"level": level} | {
        language: " ".join(each[language] for each in sentences) for language in LANGUAGES
    }


def _lost(features: pl.DataFrame) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Return which fields of accounts, or posts, are missing more than they were, what explains most first.

    Returns:
        Sentences on fields and posts, and on features whose absence no lost field explains.
    """
    shares = {
        name: (then, now)
        for name, then, now in features.select("feature", "missing_then", "missing_now").iter_rows()
    }
    rose = pl.col("missing_moved") & (pl.col("missing_now") > pl.col("missing_then"))
    unexplained = set(features.filter(rose)["feature"])

    def said(sentence: Said, names: Collection[str], **words: Word) -> dict[str, str]:
        then, now = (100 * sum(shares[name][side] for name in names) / len(names) for side in (0, 1))
        return sentence.spoken(then=(then, 0), now=(now, 0), **words)

    # A field is lost where all that read it is missing more; of two that explain the same, the one that explains more.
    of_posts = {name for name in shares if CATALOGUE[name].table != "accounts"}
    readers = {
        field: names for field in _FIELDS if (names := _readers(field, shares)) <= unexplained and names
    }
    found: dict[str, set[str]] = {}
    while readers:
        field = min(readers, key=lambda name: (-len(readers[name] & unexplained), name))
        if not readers[field] & unexplained:
            break
        names = readers.pop(field)
        found[field] = names
        unexplained -= names
    lost = [said(_LOST, names, field=field) for field, names in found.items()]
    if len(lost) > 1:
        each = [said(_EACH_LOST, names, field=field) for field, names in sorted(found.items())]
        listed: dict[Language, str] = {
            language: ", ".join(one[language] for one in each) for language in LANGUAGES
        }
        lost = [_LOST_MANY.spoken(count=(len(found), 0), names=listed)]
    if of_posts and 2 * len(of_posts & unexplained) >= len(of_posts):
        lost.append(said(_FEW_POSTS, of_posts & unexplained))
        unexplained -= of_posts
    return lost, [said(_FEATURE_LOST, {name}, feature=name) for name in sorted(unexplained)[:_MOST_NAMED]]


def _readers(field: str, names: Iterable[str]) -> set[str]:
    """Return the features of accounts, out of some, that read a field."""
    return {
        name
        for name in names
        if CATALOGUE[name].table == "accounts" and field in CATALOGUE[name].expression.meta.root_names()
    }


def _untaught(reference: Population, seen: Histogram, side: int, sentence: Said) -> Iterator[dict[str, str]]:
    """Yield of which platforms (side 0) or languages (side 1) many accounts are though the model hardly learnt any."""
    if reference.classes is None:
        return
    for name in sorted({key[side] for key in seen.counts} - {OTHER, UNKNOWN}):
        where = (name, None) if side == 0 else (None, name)
        share, trained = seen.total(*where).accounts / seen.accounts, reference.trained(*where) or 0
        rarer = 2 * trained < share * reference.classes.accounts
        if trained < LEAST_ACCOUNTS and rarer and share >= _WORTH_TELLING:
            yield sentence.spoken(name=name, share=(100 * share, 0), trained=(trained, 0))


def _moved(found: Sequence[Comparison]) -> Iterator[dict[str, str]]:
    """Yield which features moved most, and in which slice most of them did."""
    moved = pl.col("level").is_in(["moderate", "large"])
    features = found[0].features.filter(moved)
    if features.is_empty():
        return
    named = {
        language: ", ".join(
            f"{name} ({number(index, language, 2)})"
            for name, index in features.select("feature", "psi").head(_MOST_NAMED).iter_rows()
        )
        for language in LANGUAGES
    }
    yield _MOVED.spoken(count=(features.height, 0), all=(found[0].features.height, 0), names=named)
    named_slices = [each for each in found[1:] if not each.name.endswith((f" {OTHER}", f" {UNKNOWN}"))]
    counts = {each.name: each.features.filter(moved).height for each in named_slices}
    most = max(counts, key=lambda name: counts[name], default="")
    if counts.get(most):
        kind, name = most.split(" ", 1)
        yield _WHERE.spoken(kind=_KINDS[kind], name=name)


def _of_scores(whole: Comparison) -> Iterator[dict[str, str]]:
    """Yield how scores and abstentions moved."""
    score = whole.score
    if score["level"] in ("moderate", "large"):
        yield _SCORES.spoken(
            psi=(score["psi"], 2), chance=(score["psi_by_chance"], 2),
            now=(score["mean_now"], 2), expected=(score["mean_expected"], 2),
        )  # fmt: skip
    if _abstains(whole):
        yield _ABSTAINS.spoken(now=(100 * whole.abstained["now"], 0), then=(100 * whole.abstained["then"], 0))


def _abstains(whole: Comparison) -> bool:
    """Return whether the model abstains much more than expected."""
    then, now = whole.abstained["then"], whole.abstained["now"]
    return (
        then is not None and now is not None and now - then >= _WORTH_TELLING and whole.abstained["p"] < 0.01
    )
