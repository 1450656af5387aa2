"""The card of the ``coordinated`` model: what it learnt from what, how good it is, who should not use it."""

from __future__ import annotations

from typing import Any

import polars as pl

from vigie.features.window.windows import LEAST_POSTS
from vigie.training.evaluation.windows import MODEL, MOST_FALSE, Evaluation
from vigie.training.fitting.leave_campaign_out import ACCOUNTS, CAMPAIGN
from vigie.training.metrics import Estimate
from vigie.training.report.model_card.blocks import Block, Shown, files, listed, say, shown
from vigie.training.report.model_card.sections import complaints, made, sources, strengths, use

_METRICS = {
    "average_precision": ("AP", "précision moyenne"),
    "auc": ("AUC", "AUC"),
    "recall_at_1": ("recall at 1 % FPR", "rappel à 1 % de faux positifs"),
    "recall_at_01": ("recall at 0.1 % FPR", "rappel à 0,1 % de faux positifs"),
}
_SCHEME = ("scheme", "découpage")


def cards(
    index: dict[str, Any],
    evaluation: Evaluation,
    accounts: pl.DataFrame,
    pools: pl.DataFrame,
    alone: pl.DataFrame,
) -> dict[str, str]:
    """Return the card of a run in every language, Markdown, by its file name in the bundle.

    Args:
        index: The bundle's index.
        evaluation: Figures on what the model never saw.
        accounts: ``y``, ``kind``, ``campaign``, ``strength``, ``len``.
        pools: ``scenario`` and one row per account.
        alone: ``scheme``, ``rows`` and share ``flagged`` of coordinated accounts left alone in their pool.
    """
    return files(
        [
            say("# {name}", "# {name}", name=index["name"]),
            say(
                "Scores how likely an account acts in concert with others of its collection. Coordination is neither "
                "inauthenticity nor attribution: fans, newsrooms and activists act in concert too. A person decides.",
                "Estime la probabilité qu'un compte agisse de concert avec d'autres de la même collecte. Un comportement "
                "coordonné n'est ni une preuve d'inauthenticité ni une attribution : fans, rédactions et militants "
                "agissent aussi de concert. La décision revient à une personne.",
            ),
            say(
                "It compares accounts inside windows of {hours} hours, abstains where fewer than {accounts} accounts have "
                "{least} posts in one, and on accounts with fewer than {posts}.",
                "Il compare les comptes dans des fenêtres de {hours} heures, s'abstient quand moins de {accounts} comptes y ont "
                "{least} publications, et sur les comptes qui en ont moins de {posts}.",
                hours=index["pool"]["hours"],
                accounts=index["floors"]["accounts"],
                least=LEAST_POSTS,
                posts=index["floors"]["posts"],
            ),
            *use(
                say(
                    "Anyone who collected suspects only: without ordinary accounts of the same collection there is nothing to "
                    "compare with.",
                    "À qui n'a collecté que des suspects : sans comptes ordinaires de la même collecte, il n'y a pas de "
                    "point de comparaison.",
                )
            ),
            *_figures(evaluation, pools),
            *_false_positives(index, evaluation),
            *_alone(alone),
            *_groups(evaluation),
            *_reads(),
            *sources(index["data"]),
            *_accounts(accounts),
            *strengths(accounts),
            *made(index),
            *_limits(index, accounts),
            *complaints(index["target"]),
        ]
    )


def _table(frame: pl.DataFrame, **keys: tuple[str, str]) -> Shown:
    return shown(frame, **keys, **_METRICS)


def _figures(evaluation: Evaluation, pools: pl.DataFrame) -> list[Block]:
    ours = {
        row["scheme"]: Estimate(*(row[f"average_precision{end}"] for end in ("", "_low", "_high")))
        for row in evaluation.table.filter(pl.col("model") == MODEL).iter_rows(named=True)
    }
    sizes, cohorts = pools.group_by("scenario").len()["len"], evaluation.cohorts["cohort"]
    return [
        say(
            "## Figures on what the model never saw", "## Chiffres sur ce que le modèle n'a pas vu à l'apprentissage"
        ),
        say(
            "{number} pools of {least} to {most} accounts, {few} to {many} coordinated ones of one campaign hidden in each. "
            "Means over pools, 95 % intervals over resampled accounts; abstentions rank last. Average precision "
            "**{accounts}** with the accounts unseen, **{campaign}** with the whole campaign unseen.",
            "{number} lots de {least} à {most} comptes comparés entre eux, chacun cachant {few} à {many} comptes coordonnés "
            "d'une même campagne. Moyennes sur les lots, intervalles à 95 % en rééchantillonnant les comptes ; les "
            "abstentions sont classées en dernier. Précision moyenne **{accounts}** sur des comptes non vus, **{campaign}** "
            "quand toute la campagne est non vue.",
            number=sizes.len(), least=sizes.min(), most=sizes.max(), few=cohorts.min(), many=cohorts.max(),
            accounts=ours[ACCOUNTS], campaign=ours[CAMPAIGN],
        ),
        _table(evaluation.table, model=("model", "modèle"), scheme=_SCHEME),
        say(
            "The rules learn nothing, so both schemes are the same for them. What they flag at their own thresholds:",
            "Les règles n'apprennent rien : les deux découpages leur sont équivalents. Ce qu'elles signalent à leurs propres "
            "seuils :",
        ),
        shown(
            evaluation.rules,
            **{
                "rule": ("rule", "règle"),
                "coordinated flagged": ("coordinated flagged", "coordonnés signalés"),
                "ordinary flagged": ("ordinary flagged", "ordinaires signalés"),
            },
        ),
        say("### By campaign", "### Par campagne"),
        _table(
            evaluation.campaigns, scheme=_SCHEME, campaign=("campaign", "campagne"), pools=("pools", "lots")
        ),
        say(
            "### By number of coordinated accounts in the pool", "### Selon le nombre de comptes coordonnés dans le lot"
        ),
        _table(evaluation.cohorts, scheme=_SCHEME, cohort=("accounts", "comptes"), pools=("pools", "lots")),
    ]  # fmt: skip


def _false_positives(index: dict[str, Any], evaluation: Evaluation) -> list[Block]:
    frame = evaluation.backgrounds.rename(
        {
            "accounts of": "background",
            "low": "flagged_low",
            "high": "flagged_high",
            "accounts ever flagged": "ever",
        }
    )
    return [
        say("## False positives by background", "## Faux positifs selon l'origine des comptes ordinaires"),
        say(
            "Shipped threshold (band *high*, probability {high:.3f} at {prior:.1%} prevalence): the least at which, on every "
            "background, the upper end of the interval is at most {most:.1%} of ordinary account-windows. Measured with the "
            "threshold of one half of the accounts on the other half:",
            "Seuil livré (niveau *high*, probabilité {high:.3f} pour une prévalence de {prior:.1%}) : le plus bas auquel, quelle "
            "que soit l'origine, la borne haute de l'intervalle est d'au plus {most:.1%} des couples compte-fenêtre ordinaires. "
            "Mesuré sur une moitié des comptes avec le seuil fixé sur l'autre :",
            high=index["bands"]["high"], prior=index["assumed_prevalence"], most=MOST_FALSE,
        ),
        shown(
            frame, scheme=_SCHEME, background=("accounts of", "comptes de"),
            rows=("account-windows", "couples compte-fenêtre"), flagged=("flagged", "signalés"),
            ever=("accounts ever flagged", "comptes signalés au moins une fois"),
        ),
        say(
            "The rate is per window of {hours} hours: over all windows more accounts are flagged at least once (last column).",
            "Le taux vaut pour une fenêtre de {hours} heures : sur toutes les fenêtres, davantage de comptes sont signalés au "
            "moins une fois (dernière colonne).",
            hours=index["pool"]["hours"],
        ),
    ]  # fmt: skip


def _alone(alone: pl.DataFrame) -> list[Block]:
    return [
        say("## Does it rest on coordination?", "## Le score repose-t-il sur la coordination ?"),
        say(
            "Coordinated accounts left alone in their pool, the rest of their cohort taken away, have nobody to act in concert "
            "with. They are taught as not coordinated. At the shipped threshold:",
            "Un compte coordonné laissé seul dans son lot, le reste de sa cohorte retiré, n'a plus personne avec qui agir de "
            "concert. Il est présenté à l'apprentissage comme non coordonné. Au seuil livré :",
        ),
        shown(
            alone, scheme=_SCHEME, rows=("accounts left alone", "comptes isolés"), flagged=("flagged", "signalés")
        ),
        say(
            "What others of the pool do must count for that: a review of an earlier model of vigie, which knew conduct but no "
            "resemblance, found that 54 % [48, 61] of such lone accounts were flagged, since they behave like the others.",
            "Il faut pour cela que compte ce que font les autres du lot : une revue d'un modèle antérieur de vigie, qui lisait la "
            "conduite sans la ressemblance, a trouvé que 54 % [48 ; 61] de ces comptes isolés étaient signalés, puisqu'ils se "
            "conduisent comme les autres.",
        ),
    ]  # fmt: skip


def _groups(evaluation: Evaluation) -> list[Block]:
    return [
        say("## Recovery of the cohort as one group", "## La cohorte retrouvée comme un seul groupe"),
        say(
            "Pairs of the cohort that end in one group, means over pools (0 where nothing is found):",
            "Paires de la cohorte réunies dans un même groupe, moyennes sur les lots (0 si rien n'est trouvé) :",
        ),
        shown(
            evaluation.recovery.rename({"pools with a group": "found"}), by=("by", "selon"), f1=("F1", "F1"),
            precision=("precision", "précision"), recall=("recall", "rappel"),
            found=("pools with a group", "lots avec un groupe"), pools=("pools", "lots"),
        ),
        say("Abstentions:", "Abstentions du modèle :"),
        shown(
            evaluation.abstained, y=("coordinated", "coordonné"), rows=("account-windows", "couples compte-fenêtre"),
            abstained=("share", "part"),
        ),
    ]  # fmt: skip


def _reads() -> list[Block]:
    return [
        say("## What it reads", "## Ce qu'il lit"),
        say(
            "Coordination features (higher values never lower a score) and the conduct of the account in the window: shares of "
            "reposts, replies, links and hashtags, gaps, sequences. And resemblance: whether others of the pool act like the "
            "account and are as suspicious by their conduct, since one such account alone proves nothing. What is suspicious "
            "was learnt from the campaigns below. No style, no clock, no calendar, no language. **Much of its strength may be "
            "conduct**: the rows of the table with one kind of features tell how much. So each verdict names its "
            "basis. A *group* that chance does not explain adds to the log-odds by the most that its p-value may (Sellke, "
            "Bayarri and Berger 2001), fans of one author excepted; on *conduct* alone, with nothing shared with anybody, the "
            "band is never *high*.",
            "Des variables de coordination (une valeur plus élevée n'abaisse jamais le score) et la conduite du compte dans "
            "la fenêtre : parts de republications, de réponses, de liens et de mots-dièse, intervalles entre publications, "
            "enchaînements. Et la ressemblance : d'autres comptes du lot se conduisent-ils comme lui, d'une conduite aussi "
            "suspecte ? Un seul tel compte ne prouve rien. Ce qui est suspect, il l'a appris des campagnes ci-dessous. Ni style, "
            "ni heure, ni date, ni langue. **Une bonne part de sa force peut tenir à la conduite** : les lignes du tableau "
            "limitées à un seul genre de variables disent combien. Chaque verdict indique donc son fondement. Un *groupe* que "
            "le hasard n'explique pas ajoute au logit le plus que sa valeur p autorise (Sellke, Bayarri et Berger 2001), sauf "
            "pour les fans d'un même auteur ; sur la seule *conduite*, sans rien de partagé avec quiconque, le niveau n'est "
            "jamais *high*.",
        ),
    ]  # fmt: skip


def _accounts(accounts: pl.DataFrame) -> list[Block]:
    counts = accounts.group_by("y", "kind", "campaign").agg(pl.col("len").sum()).sort("y", "campaign", "kind")
    return [
        say("Accounts it learnt from:", "Comptes utilisés à l'apprentissage :"),
        shown(
            counts, y=("coordinated", "coordonné"), kind=("kind", "type"), campaign=("campaign", "campagne"),
            len=("accounts", "comptes"),
        ),
    ]  # fmt: skip


def _limits(index: dict[str, Any], accounts: pl.DataFrame) -> list[Block]:
    return [
        say("## Limits", "## Limites"),
        listed(
            say(
                "It learnt from the campaigns {names}. Where these are of one operator, the campaign-unseen figures are of the "
                "same operator too; another may act otherwise.",
                "Il a appris sur les campagnes {names}. Si elles sont d'un même opérateur, les chiffres sur campagne non vue "
                "restent ceux de cet opérateur ; un autre peut agir autrement.",
                names=accounts.filter("y")["campaign"].unique().sort().to_list(),
            ),
            say(
                "False positives among people on the same topic as an operation are not measured where the ordinary accounts of "
                "the pools speak of other things. A review of an earlier model saw 1.6 and 7.5 % flagged on a background it "
                "had not learnt, at a threshold set for 1 %: set it on your own collection.",
                "Le taux de faux positifs parmi les personnes qui parlent du même sujet qu'une opération n'est pas mesuré quand les "
                "comptes ordinaires des lots parlent d'autre chose. Une revue d'un modèle antérieur de vigie a observé 1,6 et 7,5 % de "
                "comptes signalés sur des comptes d'une origine non apprise, à un seuil réglé pour 1 % : fixez-le sur votre propre "
                "collecte.",
            ),
            say(
                "Accounts that mostly broadcast links were flagged about ten times as often as other ordinary accounts by an "
                "earlier model.",
                "Les comptes qui diffusent surtout des liens étaient signalés environ dix fois plus souvent que les autres "
                "comptes ordinaires par un modèle antérieur de vigie.",
            ),
            say(
                "Synchrony tests assume people about equally quick; quick readers of one feed may be called synchronous.",
                "Les tests de synchronie supposent des personnes à peu près aussi rapides ; des lecteurs rapides d'un même fil "
                "peuvent passer pour synchrones.",
            ),
            say(
                "Recall at 0.1 % means above every ordinary account of the pool where it has fewer than a thousand; its interval "
                "is too high.",
                "Le rappel à 0,1 % exige de dépasser tous les comptes ordinaires du lot quand il en compte moins de mille ; son "
                "intervalle est trop haut.",
            ),
            say(
                "Archives differ in how they were collected. Features that tell them apart by style or clock are left out; conduct "
                "still may.",
                "Les archives diffèrent par leur mode de collecte. Les variables qui les trahissent par le style ou l'heure sont "
                "écartées ; la conduite peut encore le faire.",
            ),
            say(
                "Probabilities are at an assumed prevalence of {prior:.1%}; the interval is the spread between models that each "
                "miss one campaign, and of the calibration.",
                "Les probabilités supposent une prévalence de {prior:.1%} ; l'intervalle est la dispersion entre des modèles "
                "privés chacun d'une campagne, et celle de la calibration.",
                prior=index["assumed_prevalence"],
            ),
            say(
                "Do not use it to sanction anyone without a person looking at the partners, the objects and the posts.",
                "Ne pas s'en servir pour sanctionner quiconque sans qu'une personne ait examiné les partenaires, les objets partagés "
                "et les publications.",
            ),
        ),
    ]
