"""The card of the ``inauthentic`` model: what it learnt from what, how good it is where it matters, who should not use it."""

from __future__ import annotations

from typing import Any

import polars as pl

from vigie.training.evaluation.accounts import MODEL, RANDOM, Evaluation
from vigie.training.fitting.booster import FULL_MASS
from vigie.training.metrics import Estimate
from vigie.training.report.model_card.blocks import Block, files, listed, say, shown
from vigie.training.report.model_card.sections import complaints, made, sources, strengths, use

# What is known of a public set and does not hold of others.
_KNOWN = {
    "coordination": say(
        "In `coordination` all trolls come from one archive and nearly all ordinary accounts from another; one feature "
        "alone ranks it well (above), so its figure measures the archives too.",
        "Dans `coordination`, tous les trolls viennent d'une même archive et presque tous les comptes ordinaires d'une "
        "autre ; une seule variable suffit à bien les classer (ci-dessus) : son chiffre mesure donc aussi les archives.",
    )
}


def cards(
    index: dict[str, Any],
    evaluation: Evaluation,
    chosen: dict[str, pl.DataFrame],
    leaks: dict[str, pl.DataFrame],
    permuted: dict[str, pl.DataFrame],
    corpus: pl.DataFrame,
) -> dict[str, str]:
    """Return the card of a run in every language, Markdown, by its file name in the bundle.

    Args:
        index: The bundle's index.
        evaluation: Figures on unseen sources.
        chosen: Sizes or trials tried per part, see :class:`vigie.training.pipelines.inauthentic.Fitted`.
        leaks: Which-source-is-this table per part.
        permuted: AUC with shuffled labels per part.
        corpus: ``source``, ``y``, ``kind``, ``strength``, ``len``.
    """
    return files(
        [
            say("# {name}", "# {name}", name=index["name"]),
            say(
                "Scores how likely an account is inauthentic: bought follower, spambot, troll of an operation, LLM persona. It "
                "speaks only to artificial diffusion. A score is not attribution, says nothing about who is behind an "
                "account, and coordination is another question. A person decides.",
                "Estime la probabilité qu'un compte soit inauthentique : abonné acheté, robot de spam, troll d'une opération, "
                "persona animé par un LLM. Le score ne porte que sur la diffusion artificielle. Il ne vaut pas attribution, "
                "ne dit rien de qui se trouve derrière un compte, et le comportement coordonné est une autre question. La "
                "décision revient à une personne.",
            ),
            *use(),
            *_figures(evaluation),
            *_intervals(evaluation.intervals),
            *_missing(index["missing_fields"]),
            *_posts(evaluation.posts_curve),
            *_sizes(index["parts"], chosen),
            *_leaks(leaks, permuted),
            *sources(index["data"]),
            *_accounts(corpus),
            *strengths(corpus, index["config"]["strengths"]),
            *made(index),
            *_limits(index),
            *complaints(index["target"]),
        ]
    )


def _figures(evaluation: Evaluation) -> list[Block]:
    mean = evaluation.means.filter(pl.col("model") == MODEL).row(0, named=True)
    random = evaluation.means.filter(pl.col("model") == RANDOM).row(0, named=True)
    gains = evaluation.gains.select(
        "baseline", "sources", "auc", "low_over_sources", "high_over_sources", auc_low="low", auc_high="high",
        wide="auc", wide_low="low_over_sources", wide_high="high_over_sources",
    )  # fmt: skip
    return [
        say(
            "## Figures on sources the model never saw", "## Chiffres sur des sources non vues à l'apprentissage"
        ),
        say(
            "Mean AUC over {number} sources: **{mean}** over accounts, {wide} when the sources are resampled too. On a "
            "random split it would read {random:.3f}: that figure is optimistic and means little.",
            "AUC moyenne sur {number} sources : **{mean}** en rééchantillonnant les comptes, {wide} en rééchantillonnant "
            "aussi les sources. Avec un découpage aléatoire, elle serait de {random:.3f} : ce chiffre est optimiste et ne dit "
            "pas grand-chose.",
            number=evaluation.table["source"].n_unique(),
            mean=Estimate(mean["auc"], mean["low"], mean["high"]),
            wide=Estimate(mean["auc"], mean["low_over_sources"], mean["high_over_sources"]),
            random=random["auc"],
        ),
        shown(
            evaluation.table, source=("source (never seen)", "source (non vue)"), model=("model", "modèle"),
            accounts=("accounts scored", "comptes notés"), positives=("inauthentic", "inauthentiques"),
            abstained=("abstained", "abstentions"), auc=("AUC", "AUC"),
            average_precision=("AUPRC", "AUPRC"), recall_at_1=("recall at 1 % FPR", "rappel à 1 % de faux positifs"),
            calibration_error=("calibration error", "erreur de calibration"),
        ),
        say(
            "Intervals are 95 %: campaigns (else kinds) are resampled whole, then accounts inside them; where accounts are few, "
            "Student's t widens them, past 0 and 1 too. The sizes were chosen on these same sources, which flatters a little.",
            "Intervalles à 95 % : les campagnes (à défaut, les types de comptes) sont rééchantillonnées en bloc, puis les "
            "comptes de chacune ; si les comptes sont peu nombreux, le t de Student les élargit, y compris au-delà de 0 et de 1. "
            "Les tailles ont été choisies sur ces mêmes sources, ce qui flatte un peu les chiffres.",
        ),
        say(
            "Gain in mean AUC over each baseline, with 95 % intervals over accounts, then with the sources resampled too:",
            "Gain d'AUC moyenne sur chaque modèle de référence, avec l'intervalle à 95 % sur les comptes, puis en "
            "rééchantillonnant aussi les sources :",
        ),
        shown(
            gains, baseline=("baseline", "modèle de référence"), sources=("sources", "sources"),
            auc=("gain, over accounts", "gain, sur les comptes"), wide=("gain, over sources", "gain, sur les sources"),
        ),
        say(
            "Baselines without input on a source (a profile model where there are no profiles) rank it at .5 or worse: read "
            "the gains by kind of source.",
            "Un modèle de référence privé de données sur une source (un modèle de profil là où il n'y a pas de profils) y obtient "
            "0,5 ou moins : lire les gains par type de source.",
        ),
        say(
            "How easy each source is: the one feature that ranks it best, chosen on the source itself.",
            "Facilité de chaque source : la variable qui, à elle seule, la classe le mieux, choisie sur la source elle-même.",
        ),
        shown(
            evaluation.best_single, source=("source", "source"), feature=("feature", "variable"), auc=("AUC", "AUC")
        ),
    ]  # fmt: skip


def _intervals(intervals: pl.DataFrame) -> list[Block]:
    return [
        say("## What the intervals are worth", "## Ce que valent les intervalles"),
        say(
            "The 90 % interval stated with a score is the spread between models that each miss one source, and of the "
            "calibration. With so few sources it is no guarantee. On unseen sources, classes weighing alike:",
            "L'intervalle à 90 % qui accompagne un score est la dispersion entre des modèles privés chacun d'une source, et "
            "celle de la calibration. Avec si peu de sources, il ne garantit rien. Sur des sources non vues, les deux classes "
            "pesant autant :",
        ),
        shown(
            intervals, source=("source", "source"),
            half_width=("median half-width, log-odds", "demi-largeur médiane, en logit"),
            excludes_even=("share that leaves even odds out", "part excluant une chance sur deux"),
            wrong_when_excluding=("of these, on the wrong side", "dont du mauvais côté"),
        ),
    ]  # fmt: skip


def _missing(fields: dict[str, dict[str, float]]) -> list[Block]:
    frame = pl.DataFrame(
        [(name, entry["log_odds"]) for name, entry in fields.items()],
        schema={"field": pl.String, "log_odds": pl.Float64}, orient="row",
    )  # fmt: skip
    return [
        say("## Missing evidence", "## Éléments manquants"),
        say(
            "A missing feature never adds. What a missing field of the profile adds in the mean over the training sources is "
            "taken off. For one account the score may still rise, where what is hidden spoke for it. Taken off, in log-odds:",
            "Une variable manquante n'ajoute jamais au score. Ce qu'un champ manquant du profil y ajoute en moyenne sur les "
            "sources d'apprentissage en est retranché. Pour un compte donné, le score peut néanmoins monter, si l'élément "
            "masqué plaidait en sa faveur. Retranché, en logit :",
        ),
        say("Nothing.", "Rien.")
        if frame.is_empty()
        else shown(frame, field=("field", "champ"), log_odds=("taken off", "retranché")),
    ]


def _posts(curve: pl.DataFrame) -> list[Block]:
    if curve.is_empty():
        return []
    return [
        say(
            "## Score against number of posts supplied", "## Score selon le nombre de publications fournies"
        ),
        say(
            "The same accounts, cut to fewer posts, scored by models that never saw their source (posts -1: all; 0: profile "
            "alone).",
            "Les mêmes comptes, réduits à moins de publications, notés par des modèles qui n'ont pas vu leur source "
            "(publications -1 : toutes ; 0 : profil seul).",
        ),
        shown(
            curve, source=("source", "source"), y=("inauthentic", "inauthentique"), posts=("posts", "publications"),
            accounts=("accounts", "comptes"), abstained=("abstained", "abstentions"),
            probability=("mean probability", "probabilité moyenne"), flagged=("share at ½ or more", "part à ½ ou plus"),
        ),
    ]  # fmt: skip


def _sizes(parts: dict[str, dict[str, Any]], chosen: dict[str, pl.DataFrame]) -> list[Block]:
    blocks: list[Block] = [say("## Size", "## Taille")]
    for part, entry in parts.items():
        size = {"part": part, "trees": entry["trees"], "leaves": entry["leaves"]}
        if f"size_{part}" in chosen:
            blocks += [
                say(
                    "**{part}**: {trees} trees of {leaves} leaves taken, the smallest within one standard error of the best on "
                    "unseen sources.",
                    "**{part}** : {trees} arbres de {leaves} feuilles retenus, la plus petite taille à moins d'une erreur type de "
                    "la meilleure sur des sources non vues.",
                    **size,
                ),
                shown(
                    chosen[f"size_{part}"], leaves=("leaves", "feuilles"), trees=("trees", "arbres"),
                    mean=("mean AUC", "AUC moyenne"), error=("error of the loss", "erreur type de la perte"),
                    kilobytes=("kB", "ko"),
                ),
            ]  # fmt: skip
        else:
            blocks.append(
                say(
                    "**{part}**: {trees} trees of {leaves} leaves taken, out of {trials} trials of a search nested in the "
                    "split.",
                    "**{part}** : {trees} arbres de {leaves} feuilles retenus, parmi {trials} essais d'une recherche imbriquée "
                    "dans le découpage.",
                    trials=chosen[f"trials_{part}"].height,
                    **size,
                )
            )
    return blocks


def _leaks(told: dict[str, pl.DataFrame], permuted: dict[str, pl.DataFrame]) -> list[Block]:
    blocks: list[Block] = [
        say("## Leaks", "## Fuites"),
        say(
            "How well the data set can be told among ordinary accounts (0.5 not at all, 1 always). Where it is high, in-set "
            "figures measure the data set; that is why only unseen sources count here.",
            "Dans quelle mesure on devine le jeu de données parmi les comptes ordinaires (0,5 : pas du tout ; 1 : toujours). "
            "Quand c'est facile, les chiffres obtenus à l'intérieur d'un jeu mesurent le jeu : c'est pourquoi seules comptent "
            "ici les sources non vues.",
        ),
    ]
    for part, table in told.items():
        blocks += [
            say(
                "**{part}**, all features together and the ten that tell most:",
                "**{part}**, toutes les variables ensemble et les dix plus révélatrices :",
                part=part,
            ),
            shown(
                _worst(table), feature=("feature", "variable"), auc=("worst AUC over sources", "pire AUC parmi les sources")
            ),
        ]  # fmt: skip
    noise = pl.concat(table.select("source", "auc", part=pl.lit(part)) for part, table in permuted.items())
    return [
        *blocks,
        say(
            "Labels shuffled inside each source, AUC on unseen sources: about 0.5 is right. It is a check of the code, not of "
            "the data.",
            "Étiquettes permutées à l'intérieur de chaque source, AUC sur les sources non vues : environ 0,5 est attendu. Cela "
            "vérifie le code, pas les données.",
        ),
        shown(noise, part=("part", "partie"), source=("source", "source"), auc=("AUC", "AUC")),
    ]


def _worst(table: pl.DataFrame) -> pl.DataFrame:
    grouped = (
        table.group_by("feature").agg(pl.col("auc").max()).sort("auc", "feature", descending=[True, False])
    )
    together = grouped.filter(pl.col("feature") == "all features")
    return pl.concat([together, grouped.filter(pl.col("feature") != "all features").head(10)])


def _accounts(corpus: pl.DataFrame) -> list[Block]:
    counts = corpus.group_by("source", "y", "kind", maintain_order=True).agg(pl.col("len").sum())
    return [
        say(
            "Accounts it learnt from. Each class of each source has the same weight, less where it has fewer than {full} accounts "
            "or weak labels (below). People found in two sets are kept once.",
            "Comptes utilisés à l'apprentissage. Chaque classe de chaque source a le même poids, moindre si elle compte moins de "
            "{full} comptes ou si ses étiquettes sont faibles (ci-dessous). Une personne présente dans deux jeux n'est gardée "
            "qu'une fois.",
            full=FULL_MASS,
        ),
        shown(
            counts, source=("source", "source"), y=("inauthentic", "inauthentique"), kind=("kind", "type"),
            len=("accounts", "comptes"),
        ),
    ]  # fmt: skip


def _limits(index: dict[str, Any]) -> list[Block]:
    return [
        say("## Limits", "## Limites"),
        listed(
            say(
                "It knows accounts as they were when they were seen (see the data), not what came since. On a platform that is "
                "not in the data expect abstentions and wide intervals.",
                "Il connaît les comptes tels qu'ils étaient lors de leur observation (voir les données), non ce qui est "
                "apparu depuis. Sur une plateforme absente des données, s'attendre à des abstentions et à des "
                "intervalles larges.",
            ),
            say(
                "Human experts agree only so far on what is a bot (Fleiss κ of .3 to .5 in published sets).",
                "Les experts eux-mêmes ne s'accordent que partiellement sur ce qu'est un robot (κ de Fleiss de 0,3 à 0,5 dans "
                "les jeux publiés).",
            ),
            say(
                "Calibration moves between sources (see the calibration errors): read the interval, not the third digit.",
                "La calibration varie d'une source à l'autre (voir les erreurs de calibration) : lire l'intervalle, pas la "
                "troisième décimale.",
            ),
            say(
                "Probabilities are stated at an assumed prevalence of {prior:.1%}. Where such accounts are rarer, a "
                "larger share of those flagged is wrongly so.",
                "Les probabilités supposent une prévalence de {prior:.1%}. Là où ces comptes sont plus rares, une plus "
                "grande part des comptes signalés l'est à tort.",
                prior=index["assumed_prevalence"],
            ),
            *(
                say(
                    "Accounts of {name} without a label were taken as ordinary; some {share:.1%} of them are thought not to be.",
                    "Les comptes de {name} sans étiquette ont été tenus pour ordinaires ; on estime que {share:.1%} d'entre eux "
                    "ne le sont pas.",
                    name=name,
                    share=share,
                )
                for name, share in index["config"]["unlabelled"].items()
            ),
            *(_KNOWN[entry["name"]] for entry in index["data"] if entry["name"] in _KNOWN),
            say(
                "The beneficiary is not the author: decoy campaigns exist.",
                "Le bénéficiaire n'est pas l'auteur : il existe des campagnes-leurres.",
            ),
            say(
                "Do not use it to sanction anyone without a person looking at the reasons and the posts.",
                "Ne pas s'en servir pour sanctionner quiconque sans qu'une personne ait examiné les raisons et les publications.",
            ),
        ),
    ]
