"""The head of a technical note on one campaign or group: what it is, how sure, by which techniques, who said what, and the archive.

Everything that a measurement fills is filled; what a person must say is marked as such, with who said it where somebody did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from vigie.features.coordination import baselines
from vigie.features.coordination.baselines import Baseline
from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.report import display_text
from vigie.features.i18n import Listing, Message, Moment, Percent, Value, message
from vigie.models.engine import Models
from vigie.serving.dossier import inputs
from vigie.serving.note import chronology, description, summary
from vigie.serving.note.chronology import Event
from vigie.serving.note.description import Entry, Section
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
    """

    reference: str
    revision: int
    marking: Marking
    rates: Baseline
    criteria: tuple[Criterion, ...] = ()
    clues: tuple[str, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    decisions: tuple[Saying, ...] = ()


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
        level: How sure it is that the accounts act together.
        reasons: Why.
        doubts: What lowers it.
        sections: The fields.
        events: The chronology.
        techniques: DISARM techniques that a measurement shows.
        criteria: The four criteria.
        clues: Of a link abroad.
        follow_up: Earlier campaigns, decisions, contact.
        archive: Digests.
    """

    marking: str
    identity: tuple[Entry, ...]
    level: Message
    reasons: tuple[Message, ...]
    doubts: tuple[Message, ...]
    sections: tuple[Section, ...]
    events: tuple[Event, ...]
    techniques: tuple[Shown, ...]
    criteria: tuple[Criterion, ...]
    clues: tuple[str, ...]
    follow_up: tuple[Entry, ...]
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
    return Head(
        marking=f"TLP:{case.marking.upper()}",
        identity=tuple(_identity(compared, models, case)),
        level=Message(f"technical.level_{subject.kind}_{told.verdict}"),
        reasons=tuple(summary.unlikely(subject, compared)),
        doubts=tuple(summary.against(subject)),
        sections=description.of(subject, compared),
        events=tuple(chronology.of(subject, compared)),
        techniques=tuple(techniques.shown(told)) if told.verdict == "strong" else (),
        criteria=case.criteria,
        clues=case.clues,
        follow_up=tuple(_follow_up(case)),
        archive=tuple(_archive(compared, models, case, annexes)),
    )


def _identity(compared: Comparison, models: Models, case: Case) -> Iterator[Entry]:
    observed = compared.accounts["observed_at"].drop_nulls()
    yield Entry(message("technical.field_reference"), (message("technical.reference", name=case.reference),))
    yield Entry(
        message("technical.field_version"),
        (message("technical.version", revision=case.revision, version=VERSION),),
    )
    if len(observed):
        first, last = observed.min(), observed.max()
        yield Entry(
            message("technical.field_observed"),
            (message("technical.observed", first=Moment(first), last=Moment(last)),),  # type: ignore[arg-type]  # times
        )
    names = [f"{bundle.name} {bundle.version}" for bundle in models.bundles.values()]
    yield Entry(message("technical.field_models"), (message("technical.models", names=_list(names)),))
    yield Entry(message("technical.field_author"), is_for_person=True)
    yield Entry(message("technical.field_contact"), is_for_person=True)


def _follow_up(case: Case) -> Iterator[Entry]:
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
    yield Entry(message("technical.field_attribution"), is_for_person=True)
    yield Entry(message("technical.field_actions"), is_for_person=True)


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


__all__ = ["Case", "Criterion", "Earlier", "Entry", "Head", "Saying", "Section", "Stored", "of"]
