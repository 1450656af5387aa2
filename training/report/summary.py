"""The first screen of a report: is the model better than chance, the baselines and the champion; which gates failed; what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from vigie.features.i18n import Language, Message, message
from vigie.models.metrics import Estimate
from vigie.training.evaluation.gates import Verdict
from vigie.training.report.formatting import written
from vigie.training.report.markdown import table
from vigie.training.report.terms import TERMS, translated

# The ranking of held-out accounts, by the name that each target gives it.
_RANKING = ("auc.mean", "auc.pools")
_CHANCE = 0.5


@dataclass(frozen=True)
class Standing:
    """How a model stands before it is promoted.

    Attributes:
        champion: The champion of its name; None where there is none.
        gain: Its average precision less that of the champion, on the accounts that both were evaluated on.
        because: Why it was not compared with the champion; empty where it was, or where there is none.
        gates_of: A sentence on where the gates in force come from.
        verdicts: What became of each gate.
        promotion: The command that makes it champion.
    """

    champion: str | None
    gain: Estimate | None
    because: str
    gates_of: Message
    verdicts: tuple[Verdict, ...]
    promotion: str


def summary(metrics: Mapping[str, Estimate], standing: Standing | None, language: Language) -> str:
    """Return the summary of an evaluation in Markdown.

    Args:
        metrics: By flat name.
        standing: Of a training; None where a bundle is evaluated on other data.
        language: Of the text.
    """
    rows = [*_held_out(metrics), *_over_baselines(metrics, language)]
    if standing is not None:
        rows.append(_over_champion(standing))
    titles = {
        "question": message("training.column_question").say(language),
        "answer": message("training.column_answer").say(language),
        "figure": message("training.column_figure").say(language),
        "value": message("training.column_value").say(language),
    }
    shown = pl.DataFrame(
        [
            (
                row.question.say(language),
                row.answer.say(language),
                row.figure and row.figure.say(language),
                *((row.value.value, row.value.low, row.value.high) if row.value else (None, None, None)),
            )
            for row in rows
        ],
        schema=dict.fromkeys(("question", "answer", "figure"), pl.String)
        | dict.fromkeys(("value", "value_low", "value_high"), pl.Float64),
        orient="row",
    )
    parts = [table(shown, titles, language=language)]
    if standing is not None:
        parts += [_advice(standing).say(language), _gates(standing, language)]
    return "\n\n".join(parts)


class _Row(NamedTuple):
    """A question, its answer, and the figure that the answer rests on; without one where there is none."""

    question: Message
    answer: Message
    figure: Message | None = None
    value: Estimate | None = None


def _held_out(metrics: Mapping[str, Estimate]) -> list[_Row]:
    found = next((metrics[name] for name in _RANKING if name in metrics), None)
    if found is None:
        return []
    return [
        _Row(
            message("training.question_held_out"),
            _answer(found, _CHANCE),
            message("training.figure_auc"),
            found,
        )
    ]


def _over_baselines(metrics: Mapping[str, Estimate], language: Language) -> list[_Row]:
    """Return the row of the baseline over which the gain is smallest."""
    gains = {name: gain for name, gain in metrics.items() if name.startswith("gain.")}
    if not gains:
        return []
    name = min(gains, key=lambda gain: gains[gain].value)
    baseline, figure = name.removeprefix("gain.").rsplit(".", 1)
    term = TERMS.get(baseline)
    return [
        _Row(
            message("training.question_baseline", baseline=term.say(language) if term else baseline),
            _answer(gains[name], 0.0),
            message("training.figure_gain_auc") if figure == "auc" else message("training.figure_gain_ap"),
            gains[name],
        )
    ]


def _over_champion(standing: Standing) -> _Row:
    if standing.champion is None:
        answer = (
            message("training.answer_not_compared", because=standing.because)
            if standing.because
            else message("training.answer_no_champion")
        )
        return _Row(message("training.question_any_champion"), answer)
    question = message("training.question_champion", champion=standing.champion)
    if standing.gain is None:
        return _Row(question, message("training.answer_not_compared", because=standing.because))
    return _Row(question, _answer(standing.gain, 0.0), message("training.figure_gain_ap"), standing.gain)


def _answer(figure: Estimate, limit: float) -> Message:
    if figure.low > limit:
        return message("training.answer_yes")
    return message("training.answer_no") if figure.high < limit else message("training.answer_open")


def _gates(standing: Standing, language: Language) -> str:
    """Return the gates as a table, those that failed first."""
    if not standing.verdicts:
        return standing.gates_of.say(language)
    failed = sum(not verdict.passed for verdict in standing.verdicts)
    lead = message(
        "training.gates_failed" if failed else "training.gates_passed",
        count=len(standing.verdicts),
        failed=failed,
        gates_of=standing.gates_of,
    )
    rows = pl.DataFrame(
        [
            (
                message("training.gate_passed" if verdict.passed else "training.gate_failed").say(language),
                verdict.gate.why,
                verdict.gate.figure,
                _limit(verdict, language),
                _seen(verdict, language),
            )
            for verdict in sorted(standing.verdicts, key=lambda verdict: verdict.passed)
        ],
        schema=dict.fromkeys(("outcome", "why", "figure", "limit", "seen"), pl.String),
        orient="row",
    )
    titles = {
        "outcome": message("training.column_gate").say(language),
        "why": message("training.column_what_it_asks").say(language),
        "figure": message("training.column_figure").say(language),
        "limit": message("training.column_limit").say(language),
        "seen": message("training.column_seen").say(language),
    }
    return f"{lead.say(language)}\n\n{table(translated(rows, language), titles, language=language)}"


def _seen(verdict: Verdict, language: Language) -> str | None:
    if verdict.because is not None:
        return verdict.because.say(language)
    return written(verdict.seen, language)


def _limit(verdict: Verdict, language: Language) -> str:
    gate = verdict.gate
    sign, limit = ("≥", gate.at_least) if gate.at_least is not None else ("≤", gate.at_most)
    end = {
        "low": message("training.end_low"),
        "high": message("training.end_high"),
    }.get(gate.end)
    return f"{sign} {written(limit, language, 'g')}" + (f" ({end.say(language)})" if end else "")


def _advice(standing: Standing) -> Message:
    if any(not verdict.passed for verdict in standing.verdicts):
        return message("training.advice_keep")
    if standing.champion is None:
        return message("training.advice_first", command=standing.promotion)
    return message("training.advice_promote", command=standing.promotion)
