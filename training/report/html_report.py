"""One page with everything a sceptical reader asks of a model: what to do first, then what that rests on.

A section is shown where the training has its tables; both targets use the same page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from vigie.features.i18n import Language, Message, message
from vigie.training.report.markdown import table
from vigie.training.report.tables import written_table


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes:
        title: Its heading.
        text: What the reader needs to read the tables rightly.
        tables: Names of tables shown in it, where there are any; ``*`` at the end for all that begin so.
        plots: Names of plots shown in it.
    """

    title: Message
    text: Message
    tables: tuple[str, ...] = ()
    plots: tuple[str, ...] = ()


SECTIONS = (
    Section(
        message("training.section_held_out"),
        message("training.section_held_out_text"),
        ("unseen_sources", "means", "gains", "table", "campaigns", "cohorts", "rules"),
        ("unseen_sources.png",),
    ),
    Section(
        message("training.section_prevalence"),
        message("training.section_prevalence_text", band=message("training.band_high")),
        ("at_prevalence",),
        ("precision.png",),
    ),
    Section(
        message("training.section_budget"),
        message("training.section_budget_text"),
        ("budget",),
    ),
    Section(
        message("training.section_small_rates"),
        message("training.section_small_rates_text"),
        ("operating", "backgrounds", "alone"),
        ("small_rates.png",),
    ),
    Section(
        message("training.section_calibration"),
        message("training.section_calibration_text"),
        ("calibration", "intervals"),
        ("reliability.png",),
    ),
    Section(
        message("training.section_abstention"),
        message("training.section_abstention_text"),
        ("risk_coverage", "abstained"),
        ("risk_coverage.png",),
    ),
    Section(
        message("training.section_label_noise"),
        message("training.section_label_noise_text"),
        ("label_noise",),
    ),
    Section(
        message("training.section_leakage"),
        message("training.section_leakage_text"),
        ("which_source_*", "permuted_*", "best_single"),
    ),
    Section(
        message("training.section_robustness"),
        message("training.section_robustness_text"),
        ("robustness", "posts_curve"),
        ("robustness.png", "posts_curve.png"),
    ),
    Section(
        message("training.section_slices"),
        message("training.section_slices_text"),
        ("audit", "registry"),
        ("audit.png",),
    ),
    Section(
        message("training.section_explanations"),
        message("training.section_explanations_text"),
        ("deletion", "stability", "resolved"),
    ),
    Section(
        message("training.section_recovery"),
        message("training.section_recovery_text"),
        ("recovery",),
    ),
    Section(
        message("training.section_tuning"),
        message("training.section_tuning_text"),
        ("size_*", "trials_*"),
        ("size_profile.png", "size_posts.png"),
    ),
    Section(
        message("training.section_data"),
        message("training.section_data_text"),
        ("data", "removed"),
    ),
)
# Rows of a table shown; all of them are in the record's CSV.
_SHOWN = 20


def report(
    title: str,
    summary: str,
    lead: Message,
    notes: Sequence[Message],
    tables: Mapping[str, pl.DataFrame],
    plots: Sequence[str],
    language: Language,
) -> str:
    """Return the report in Markdown.

    Args:
        title: Of the page.
        summary: Its first screen, see :mod:`vigie.training.report.summary`.
        lead: What was trained on what.
        notes: What a reader must know before they rely on a metric.
        tables: Tables by name; :data:`SECTIONS` says which are shown where.
        plots: Names of the plots there are.
        language: Of the text.
    """
    parts = [f"# {title}", summary, lead.say(language)]
    if notes:
        listed = "\n".join(f"> - {note.say(language)}" for note in notes)
        parts += [f"> **{message('training.report_read_first').say(language)}**", listed]
    for section in SECTIONS:
        shown = [name for wanted in section.tables for name in _named(wanted, tables)]
        drawn = [name for name in section.plots if name in plots]
        if not shown and not drawn:
            continue
        heading = section.title.say(language)
        parts += [f"## {heading}", section.text.say(language)]
        if drawn:
            # In one paragraph: on paper two stand side by side.
            parts.append("\n".join(f"![{heading}](plots/{name})" for name in drawn))
        for name in shown:
            parts += _table(name, tables[name], language)
    return "\n\n".join(parts) + "\n"


def _table(name: str, frame: pl.DataFrame, language: Language) -> list[str]:
    """Return the title of a table, its first rows, and how many there are if some are left out."""
    shown = written_table(name, frame, language)
    parts = [f"**{shown.title}**", table(shown.frame.head(_SHOWN), shown.titles, language=language)]
    rows = min(shown.frame.height, _SHOWN)
    if rows < frame.height:
        parts.append(
            message("training.report_rows_shown", shown=rows, rows=frame.height, name=name).say(language)
        )
    return parts


def _named(wanted: str, tables: Mapping[str, pl.DataFrame]) -> list[str]:
    if wanted.endswith("*"):
        return [name for name in tables if name.startswith(wanted[:-1])]
    return [wanted] if wanted in tables and not tables[wanted].is_empty() else []
