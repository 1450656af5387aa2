"""The shape of answers that no other room defines; verdicts, groups and pairs are typed where they are made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from vigie.features.coordination.report.types import Campaign, GroupDescription, NetworkReport
from vigie.features.group_test.types import GroupTest
from vigie.features.i18n import Language
from vigie.features.ingest.parsing import IgnoredField
from vigie.features.ingest.refusals import Problem
from vigie.features.json_object import JsonObject
from vigie.models.bundle import Bundle
from vigie.models.drift.report import TargetDrift
from vigie.models.verdict import AccountResult


def _doc(text: str) -> object:
    return Field(description=text)


def _absent(value: object) -> bool:
    return value is None


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """What to keep beside a score."""

    name: str
    version: Annotated[str, _doc("Digest of the model.")]
    feature_set: Annotated[str, _doc("Fingerprint of the features it reads.")]
    adapted_from: Annotated[
        str | None,
        Field(
            description="Version of the model that labels of one collection adapted; absent where none did.",
            exclude_if=_absent,
        ),
    ] = None

    @classmethod
    def of(cls, bundle: Bundle) -> ModelIdentity:
        """Return the identity of a bundle."""
        return cls(**bundle.identity(), adapted_from=bundle.adapted_from)


@dataclass(frozen=True, slots=True)
class ScoreResponse:
    """One result per account, in the order of the request."""

    model: Annotated[ModelIdentity, _doc("The model of inauthenticity.")]
    coordinated_model: ModelIdentity
    language: Language
    note: Annotated[str, _doc("What a score of coordination does not say.")]
    results: list[AccountResult]
    campaigns: Annotated[list[Campaign], _doc("The campaigns that verdicts on coordination name.")]
    groups: Annotated[list[GroupDescription], _doc("The groups that verdicts on coordination name.")]
    notes: Annotated[list[str], _doc("What was capped, skipped or left out.")]
    ignored_fields: Annotated[list[str], _doc("Unknown fields of the request itself.")]


@dataclass(frozen=True, slots=True)
class RefusedAccount:
    """An account that could not be read, and why."""

    index: Annotated[int, _doc("Position in the request, from 0.")]
    platform: str | None
    account_id: str | None
    handle: str | None
    error: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkResponse(NetworkReport):
    """Who acts on the same things at the same time, and whether chance explains it."""

    language: Language
    note: Annotated[str, _doc("What the answer does not say.")]
    refused: list[RefusedAccount]
    ignored_fields: Annotated[list[IgnoredField], _doc("Unknown fields of the request, accounts, posts.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTestResponse(GroupTest):
    """Whether the profiles of a list are more alike than those of ordinary accounts."""

    language: Language
    refused: Annotated[list[RefusedAccount], _doc("Accounts that could not be read; the others were tested.")]
    ignored_fields: Annotated[list[IgnoredField], _doc("Unknown fields of the request and its accounts.")]


@dataclass(frozen=True, slots=True)
class RejectedBundle:
    """A bundle that was not taken."""

    at: datetime
    reason: Annotated[str, _doc("Kind of the fault, and what was seen.")]


@dataclass(frozen=True, slots=True)
class Reload:
    """Where a model comes from, and since when it is in use."""

    watched: Annotated[
        bool,
        _doc("Whether it lies in a folder that is looked at for a new one; false for the model that ships."),
    ]
    loaded_at: datetime | None
    last_refusal: Annotated[
        RejectedBundle | None, _doc("Why what lies in the folder now is not in use; null where it is.")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDescription(ModelIdentity):
    """What a model is and how far it may be trusted."""

    target: str
    assumed_prevalence: float
    bands: Annotated[
        dict[str, float],
        _doc(
            "Of each band, what band_rule says: the least probability, or the largest share of the ordinary people of any known "
            "public who are in it or above."
        ),
    ]
    band_rule: Annotated[
        str, _doc("What decides the band of an account: probability or people; there may come others.")
    ]
    floors: Annotated[dict[str, float], _doc("Below these the model abstains.")]
    figures: Annotated[
        JsonObject,
        _doc("Measured on what the model had not seen; the tables differ from model to model."),
    ]
    data: Annotated[list[JsonObject], _doc("What it was trained on, as each data set describes itself.")]
    card: Annotated[str, _doc("Model card, Markdown.")]
    card_language: Annotated[Language, _doc("Language of the card.")]
    reload: Reload


@dataclass(frozen=True, slots=True)
class Change:
    """Accounts of which champion and challenger say different things."""

    champion: Annotated[str, _doc("Band, or abstained.")]
    challenger: Annotated[str, _doc("Band, or abstained.")]
    accounts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowDifferences:
    """How far a challenger differs from the champion, over all accounts that both were asked about."""

    champion: Annotated[str, _doc("Version.")]
    challenger: Annotated[str, _doc("Version.")]
    accounts: Annotated[int, _doc("Accounts compared since both versions are in use.")]
    scored_by_both: int
    mean_log_odds_difference: Annotated[
        float | None,
        _doc("Challenger less champion, over accounts scored by both; null where there are none."),
    ]
    mean_absolute_log_odds_difference: float | None
    band_changes: list[Change]
    status_changes: list[Change]


@dataclass(frozen=True, slots=True)
class ShadowModel:
    """The challenger of a target."""

    model: Annotated[ModelIdentity | None, _doc("Null until one could be loaded.")]
    reload: Reload
    differences: Annotated[ShadowDifferences | None, _doc("Null until a request was compared.")]


@dataclass(frozen=True, slots=True)
class ShadowRequests:
    """Requests drawn for the challengers."""

    compared: int
    skipped: Annotated[int, _doc("Left out, since those before were not done yet.")]
    failed: int


@dataclass(frozen=True, slots=True)
class Challenger:
    """Models that are compared with those that answer; no answer is theirs."""

    share: Annotated[float, _doc("Share of the requests that is drawn.")]
    requests: ShadowRequests
    inauthentic: ShadowModel | None
    coordinated: ShadowModel | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelResponse(ModelDescription):
    """The model of inauthenticity, and beside it that of coordination."""

    criterion_3_only: Literal[True] = True
    note: str
    coordinated: ModelDescription
    challenger: Annotated[Challenger | None, _doc("Null where no challenger is given.")]


@dataclass(frozen=True, slots=True)
class DriftResponse:
    """What the models saw of late, in counts."""

    hours: Annotated[float, _doc("What is older is forgotten.")]
    inauthentic: TargetDrift
    coordinated: TargetDrift


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureResponse:
    """One measurement."""

    name: str
    group: str
    doc: str
    unit: str
    low: float
    high: float | None
    needs_posts: int
    english: Annotated[str, _doc("Its name in tables and plots.")]
    french: Annotated[str, _doc("Its name in French.")]
    evidence: str
    monotone: int
    leak: Annotated[str, _doc("Why the model must not read it, or empty.")]
    source: Annotated[list[str], _doc("Citation keys, entries of the bibliography.")]
    read_by: Annotated[list[str], _doc("Targets whose model reads it.")]


@dataclass(frozen=True, slots=True)
class Health:
    """A sign of life."""

    status: Literal["alive", "ready"]


@dataclass(frozen=True, slots=True)
class InferenceServer:
    """The service, as the Open Inference Protocol describes servers."""

    name: str
    version: str
    extensions: list[str]


@dataclass(frozen=True, slots=True)
class ServerLive:
    """Whether the process is alive."""

    live: bool


@dataclass(frozen=True, slots=True)
class ServerReady:
    """Whether the models are loaded."""

    ready: bool


@dataclass(frozen=True, slots=True)
class InferenceModel:
    """A model, as the Open Inference Protocol describes models."""

    name: str
    versions: Annotated[list[str], _doc("Digest of the model in use.")]
    platform: str
    inputs: Annotated[list[JsonObject], _doc("Empty: accounts are sent to /v1/score, not as tensors.")]
    outputs: list[JsonObject]


@dataclass(frozen=True, slots=True)
class InferenceModelReady:
    """Whether a model is loaded."""

    name: str
    ready: bool
