"""The head of a technical note on one campaign or group: what it is, how sure, by which techniques, who said what, and the archive.

Everything that a measurement fills is filled; what a person must say is marked as such, with who said it where somebody did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

import polars as pl

from vigie.features.coordination import baselines
from vigie.features.coordination.baselines import Baseline
from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.report import display_text
from vigie.features.i18n import Listing, Message, Moment, Percent, Value, message
from vigie.models.engine import Models
from vigie.serving.dossier import inputs
from vigie.serving.note import chronology, description
from vigie.serving.note.chronology import Event
from vigie.serving.note.description import Entry, Filled, Section, for_person
from vigie.serving.note.person_fields import FieldName
from vigie.serving.note.subjects import Subject
from vigie.serving.stix import techniques
from vigie.serving.stix.objects import Marking
from vigie.serving.stix.techniques import Shown
from vigie.version import VERSION


@dataclass(frozen=True)
class Saying:
    """What a person said: that a criterion is met, or a decision."""

    choice: Message
    by: str
    at: datetime
    why: str

    @property
    def told(self) -> Message:
        """The same in a sentence."""
        return message(
            "technical.said", choice=self.choice, name=display_text.plain_name(self.by),
            time=Moment(self.at, seconds=True), why=display_text.plain_name(self.why),
        )  # fmt: skip


@dataclass(frozen=True)
class Written:
    """What a person wrote into a field of the note."""

    text: str
    by: str
    at: datetime

    @property
    def told(self) -> Message:
        """The same in a sentence, with who wrote it and when."""
        return message(
            "technical.written", text=display_text.plain_name(" ".join(self.text.split())), name=display_text.plain_name(self.by),
            time=Moment(self.at),
        )  # fmt: skip


@dataclass(frozen=True)
class Criterion:
    """One of the four criteria of a foreign digital interference, in the language of the note.

    Attributes:
        text: The criterion.
        measured: What is measured of it; empty where nothing can be.
        against: What speaks against it, among what is measured.
        said: Who said what of it last; None: a person must.
    """

    text: str
    measured: tuple[str, ...]
    against: tuple[str, ...]
    said: Saying | None


@dataclass(frozen=True)
class Earlier:
    """A known campaign that accounts match, themselves or by a content that they published."""

    name: str
    accounts: int
    by_account: bool


@dataclass(frozen=True)
class Case:
    """What an operation knows of a campaign or group beside what was measured.

    Attributes:
        reference: How the note is cited: operation and number over time.
        revision: State of the operation that was compared.
        marking: How far the note may be shared.
        rates: Reference rates that accounts were compared by.
        criteria: The four criteria.
        clues: Sentences on a link abroad, which attribute nothing.
        earlier: Known campaigns.
        decisions: What people decided, the last of each kind.
        written: What people wrote into the note, by field.
    """

    reference: str
    revision: int
    marking: Marking
    rates: Baseline
    criteria: tuple[Criterion, ...] = ()
    clues: tuple[str, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    decisions: tuple[Saying, ...] = ()
    written: Mapping[FieldName, Written] = field(default_factory=dict)


@dataclass(frozen=True)
class Stored:
    """Something of the evidence archive, with its SHA-256, or the version of what it is."""

    name: Message
    digest: str


@dataclass(frozen=True)
class Head:
    """What stands before and between the parts that every note has.

    Attributes:
        marking: Of the Traffic Light Protocol, as it is printed.
        identity: What the note is.
        level: How sure it is that the accounts act together; the first screen says why, and what else may explain it.
        sections: The fields.
        events: The chronology.
        techniques: DISARM techniques that a measurement shows.
        criteria: The four criteria.
        clues: Of a link abroad.
        follow_up: Earlier campaigns, decisions, contact.
        unfilled: What a person has not said or written yet.
        archive: Digests.
    """

    marking: str
    identity: tuple[Entry, ...]
    level: Message
    sections: tuple[Section, ...]
    events: tuple[Event, ...]
    techniques: tuple[Shown, ...]
    criteria: tuple[Criterion, ...]
    clues: tuple[str, ...]
    follow_up: tuple[Entry, ...]
    unfilled: tuple[Message, ...]
    archive: tuple[Stored, ...]


def of(
    subject: Subject, compared: Comparison, models: Models, case: Case, annexes: Mapping[str, bytes]
) -> Head:
    """Return the head of a note.

    Args:
        subject: The campaign or group.
        compared: The comparison it is of.
        models: What scored.
        case: What the operation knows beside.
        annexes: Files that go with the note, by name.
    """
    told = subject.told
    filled = {name: each.told for name, each in case.written.items()}
    identity, follow_up = tuple(_identity(compared, models, case, filled)), tuple(_follow_up(case, filled))
    sections = description.of(subject, compared, filled)
    fields = (*identity, *(entry for section in sections for entry in section.entries), *follow_up)
    return Head(
        marking=f"TLP:{case.marking.upper()}",
        identity=identity,
        level=Message(f"technical.level_{subject.kind}_{told.verdict}"),
        sections=sections,
        events=tuple(chronology.of(subject, compared)),
        techniques=tuple(techniques.shown(told)) if told.verdict == "strong" else (),
        criteria=case.criteria,
        clues=case.clues,
        follow_up=follow_up,
        unfilled=tuple(_unfilled(fields, case.criteria)),
        archive=tuple(_archive(compared, models, case, annexes)),
    )


def _unfilled(fields: Sequence[Entry], criteria: Sequence[Criterion]) -> Iterator[Message]:
    yield from (each.label for each in fields if each.is_for_person and not each.answers)
    for each in criteria:
        if each.said is None:
            yield message("technical.unsaid", criterion=each.text)


def _identity(compared: Comparison, models: Models, case: Case, filled: Filled) -> Iterator[Entry]:
    observed = compared.accounts["observed_at"].drop_nulls()
    yield Entry(message("technical.field_reference"), (message("technical.reference", name=case.reference),))
    yield Entry(
        message("technical.field_version"),
        (message("technical.version", revision=case.revision, version=VERSION),),
    )
    if len(observed):
        yield Entry(message("technical.field_observed"), (_observed(observed),))
    names = [f"{bundle.name} {bundle.version}" for bundle in models.bundles.values()]
    yield Entry(message("technical.field_models"), (message("technical.models", names=_list(names)),))
    yield for_person("author", filled)
    yield for_person("contact", filled)


def _observed(times: pl.Series) -> Message:
    minutes = times.dt.truncate("1m")
    first, last = Moment(minutes.min()), Moment(minutes.max())  # type: ignore[arg-type]  # times
    if first == last:
        return message("technical.observed_once", time=first)
    return message("technical.observed", first=first, last=last)


def _follow_up(case: Case, filled: Filled) -> Iterator[Entry]:
    earlier = tuple(
        Message(
            "technical.earlier_accounts" if each.by_account else "technical.earlier_contents",
            {"count": each.accounts, "name": each.name},
        )
        for each in case.earlier
    )
    yield Entry(message("technical.field_earlier"), earlier or (message("technical.no_earlier"),))
    decided = tuple(each.told for each in case.decisions)
    yield Entry(message("technical.field_decisions"), decided, is_for_person=not decided)
    yield for_person("attribution", filled)
    yield for_person("actions", filled)


def _archive(
    compared: Comparison, models: Models, case: Case, annexes: Mapping[str, bytes]
) -> Iterator[Stored]:
    """Yield the digests of what the note rests on; those of the inputs are the same in a sealed dossier."""
    for name, content in (*inputs.written(compared).items(), *annexes.items()):
        yield Stored(message("technical.stored_file", name=name), sha256(content).hexdigest())
    yield Stored(message("technical.stored_rates"), sha256(baselines.dumped(case.rates)).hexdigest())
    for target, bundle in models.bundles.items():
        share = Percent(float(bundle.index["assumed_prevalence"]))
        yield Stored(Message(f"technical.stored_{target}", {"share": share}), bundle.version)


def _list(names: Sequence[str]) -> Listing:
    parts: tuple[Value, ...] = tuple(names)
    return Listing(parts)


__all__ = ["Case", "Criterion", "Earlier", "Entry", "Head", "Saying", "Section", "Stored", "Written", "of"]
