"""Sections that the cards of both targets share: who may use the model, its data, its labels, its commands, complaints."""

from __future__ import annotations

import shlex
from typing import Any

import polars as pl

from vigie.features.schema import STRENGTHS
from vigie.training.report.model_card.blocks import Block, Command, Said, listed, say, shown


def use(*unfit: Said) -> list[Block]:
    """Return who should use a model, and who should not.

    Args:
        unfit: What must not be done with this target only.
    """
    return [
        say("## Who should use it", "## À qui s'adresse ce modèle"),
        listed(
            say(
                "Analysts of information manipulation who choose which accounts to examine first, and decide with other "
                "evidence.",
                "Aux analystes des manipulations de l'information qui choisissent quels comptes examiner en premier et "
                "tranchent à l'aide d'autres éléments.",
            ),
            say(
                "Collection tools that rank many accounts for a review budget.",
                "Aux outils de collecte qui classent un grand nombre de comptes selon le temps d'examen disponible.",
            ),
            say(
                "Researchers who measure it on their own labels (`vigie evaluate`) before they use it.",
                "Aux chercheurs qui le mesurent sur leurs propres étiquettes (`vigie evaluate`) avant de s'en servir.",
            ),
        ),
        say("## Who should not", "## À qui il ne s'adresse pas"),
        listed(
            say(
                "Anyone who would suspend, report, publish or name an account on its score alone.",
                "À qui suspendrait, signalerait, publierait ou nommerait un compte sur la seule foi de son score.",
            ),
            say(
                "Anyone who asks who is behind an account, or for which country: that is attribution, of which it says "
                "nothing.",
                "À qui cherche qui se trouve derrière un compte, ou pour quel État il agit : c'est l'attribution, dont il ne "
                "dit rien.",
            ),
            say(
                "Anyone who judges whether what is said is true, lawful or acceptable.",
                "À qui veut juger si un propos est vrai, licite ou acceptable.",
            ),
            say(
                "Anyone who decides on a person's rights: employment, credit, entry to a country, prosecution.",
                "À qui décide des droits d'une personne : emploi, crédit, entrée sur un territoire, poursuites.",
            ),
            say(
                "Anyone who would count the share of such accounts among a population: thresholds and calibration move "
                "from source to source.",
                "À qui voudrait estimer la part de tels comptes dans une population : seuils et calibration varient d'une "
                "source à l'autre.",
            ),
            *unfit,
        ),
    ]


def sources(manifests: list[dict[str, Any]]) -> list[Block]:
    """Return the data sets of a bundle: what they hold, when it was seen and what it may be used for.

    Args:
        manifests: Entry ``data`` of the bundle's index.
    """
    frame = pl.DataFrame(
        [
            {name: entry.get(name) for name in ("name", "format", "licence")}
            | {name: entry.get("tables", {}).get(name, {}).get("rows") for name in ("accounts", "posts", "labels")}
            | {end: ((entry.get("observed_at") or {}).get(end) or "")[:10] or None for end in ("first", "last")}
            for entry in manifests
        ],
        schema={"name": pl.String, "format": pl.String, "licence": pl.String, "accounts": pl.Int64,
                "posts": pl.Int64, "labels": pl.Int64, "first": pl.String, "last": pl.String},
    )  # fmt: skip
    return [
        say("## Data", "## Données"),
        say(
            "Sets as they were imported. The licence is what was stated at the import (`vigie import --licence`); – where "
            "nothing was.",
            "Jeux de données tels qu'importés. La licence est celle indiquée à l'import (`vigie import --licence`) ; – si "
            "rien n'a été indiqué.",
        ),
        shown(
            frame, name=("data set", "jeu de données"), format=("format", "format"), licence=("licence", "licence"),
            accounts=("accounts", "comptes"), posts=("posts", "publications"), labels=("labels", "étiquettes"),
            first=("accounts seen from", "comptes observés du"), last=("to", "au"),
        ),
        say(
            "The bundle holds trees, quantiles and counts, no account and no post. vigie is under Apache-2.0; whether a model "
            "learnt from these data may be passed on depends on their licences too.",
            "Le paquet contient des arbres, des quantiles et des effectifs, aucun compte ni aucune publication. vigie est sous "
            "licence Apache-2.0 ; le droit de diffuser un modèle appris sur ces données dépend aussi de leurs licences.",
        ),
    ]  # fmt: skip


def strengths(counts: pl.DataFrame, weights: dict[str, float] | None = None) -> list[Block]:
    """Return how strong the labels are: how many accounts of each class owe theirs to whom.

    Args:
        counts: ``strength`` (null: not stated), ``y``, ``len``.
        weights: Weight of a label in the training by its strength, 1 where not named; None where all weigh alike.
    """
    ranks = pl.DataFrame({"strength": STRENGTHS}).with_row_index("rank")
    grouped = (
        counts.with_columns(pl.col("strength").fill_null("weak"))
        .group_by("strength")
        .agg(yes=pl.col("len").filter("y").sum(), no=pl.col("len").filter(~pl.col("y")).sum())
    )
    frame = (
        ranks.join(grouped, on="strength", how="left")
        .sort("rank")
        .with_columns(pl.col("yes", "no").fill_null(0))
    )
    titles = {
        "strength": ("strength", "force"),
        "yes": ("accounts of the class", "comptes de la classe"),
        "no": ("ordinary accounts", "comptes ordinaires"),
    }
    if weights is not None:
        weight = pl.col("strength").replace_strict(weights, default=1.0, return_dtype=pl.Float64)
        frame = frame.with_columns(weight=weight)
        titles["weight"] = ("weight in the training", "poids à l'apprentissage")
    return [
        say("## Strength of the labels", "## Force des étiquettes"),
        say(
            "No figure here can be truer than the labels. From the strongest to the weakest, a label comes from: the "
            "*platform* that removed or named the account; a *state* service that exposed it; an *expert* who looked at it; "
            "or is *weak*: a rule, a list, a crowd, or nothing stated.",
            "Aucun chiffre de cette fiche ne vaut mieux que les étiquettes. De la plus forte à la plus faible, une étiquette "
            "vient de la *plateforme* qui a retiré ou désigné le compte ; d'un service de l'*État* qui l'a exposé ; d'un "
            "*expert* qui l'a examiné ; ou elle est *faible* : règle, liste, vote, ou origine non indiquée.",
        ),
        shown(frame, **titles),
    ]  # fmt: skip


def made(index: dict[str, Any]) -> list[Block]:
    """Return how the figures were made, and how to make them again or on other data.

    Args:
        index: The bundle's index.
    """
    target = index["target"]
    folders = " ".join(f"--data {shlex.quote(entry['name'])}" for entry in index["data"])
    pools = " --pools pools.parquet" if target == "coordinated" else ""
    return [
        say("## How the figures were made", "## Comment les chiffres ont été obtenus"),
        say(
            "By the training itself, on accounts held out from each fit; none is copied from elsewhere unless the text says "
            "so. The command, each data set in the folder of its name:",
            "Par l'apprentissage lui-même, sur des comptes tenus à l'écart de chaque ajustement ; aucun n'est repris d'ailleurs "
            "sauf mention contraire. La commande, chaque jeu de données étant dans le dossier qui porte son nom :",
        ),
        Command(f"vigie train {target} {folders}{pools} --config config.toml --out my.vigie"),
        say(
            "The configuration stands in `bundle.json` under `config`, the SHA-256 of every table under `data`. Seed {seed}: "
            "the same command, data and seed give the same model and figures. The record beside the bundle (`my.vigie.run`) "
            "holds every table, every held-out score and a report. The same figures on your own labels:",
            "La configuration figure dans `bundle.json` sous `config`, le SHA-256 de chaque table sous `data`. Graine {seed} : "
            "mêmes commande, données et graine donnent le même modèle et les mêmes chiffres. Le dossier voisin du paquet "
            "(`my.vigie.run`) contient toutes les tables, tous les scores de comptes tenus à l'écart et un rapport. Les mêmes "
            "chiffres sur vos propres étiquettes :",
            seed=index["config"]["seed"],
        ),
        Command(f"vigie evaluate my.vigie --data mine{pools}"),
    ]  # fmt: skip


def complaints(target: str) -> list[Block]:
    """Return what to do about an account that was wrongly flagged as a target."""
    return [
        say("## If an account is wrongly flagged", "## Si un compte est signalé à tort"),
        say(
            "Write to whoever runs the service that gave the score. They check the account, and if it is no case they enter it "
            "in the registry of false positives:",
            "Écrivez au responsable du service qui a donné le score. Il vérifie le compte et, si le signalement est "
            "infondé, l'inscrit au registre des faux positifs :",
        ),
        Command(
            f'vigie registry add flagged.jsonl --registry confirmed --target {target} --by "who" --reason "why"'
        ),
        say(
            "Accounts in the registry are never learnt from, and every later model is replayed on them: a model that flags one "
            "again shows it in the figure `registry.flagged`.",
            "Les comptes du registre ne servent jamais à l'apprentissage, et chaque modèle suivant leur est appliqué : s'il en "
            "signale un de nouveau, le chiffre `registry.flagged` le montre.",
        ),
    ]  # fmt: skip
