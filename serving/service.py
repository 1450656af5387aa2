"""The service without HTTP: it holds the model, reads a request and answers it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pydantic_core
from pydantic import ValidationError

from vigie.errors import EmptyInputError, NotReadyError
from vigie.features.catalogue import CATALOGUE, Feature
from vigie.features.coordination.report.network import NOTE as NOTE_OF_COORDINATION
from vigie.features.i18n.languages import LANGUAGES, Language
from vigie.features.ingest.parsing import POSTS, decode, from_requests
from vigie.features.schema import TARGETS
from vigie.models.bundle import Bundle
from vigie.models.bundle import load as load_bundle
from vigie.serving import engine
from vigie.serving import network as comparing
from vigie.serving.api.middleware.limits import check_counts
from vigie.serving.api.problems import RequestError, of_schema
from vigie.serving.api.schemas.responses import Envelope, ScoreEnvelope
from vigie.serving.drift_monitor import Drift
from vigie.serving.engine import Models
from vigie.serving.metrics import Metrics
from vigie.serving.model_reload import LoadedBundle, WatchedBundle, every, rehearse
from vigie.serving.settings import Settings
from vigie.serving.shadow import Shadow

NOTE: dict[Language, str] = {
    "en": "The model speaks only of the artificial or automated spread of content (the third of the four "
    "criteria of a foreign digital interference). It says nothing of who is behind an account, where they "
    "are, or whether what is said is false; a person decides, with other evidence.",
    "fr": "Le modèle ne porte que sur la diffusion artificielle ou automatisée de contenus (le troisième des quatre "
    "critères d'une ingérence numérique étrangère). Il ne dit rien de qui se trouve derrière un compte, ni d'où, ni de la "
    "fausseté des propos ; la décision revient à une personne, à l'aide d'autres éléments.",
}
_NOT_READY = "no model is loaded yet; try again in a few seconds"
_FEATURE_FIELDS = tuple(item.name for item in fields(Feature) if item.name not in ("expression", "table"))
# Faults of a request that are listed.
_MOST_ERRORS = 100

_Frame = TypeVar("_Frame", bound=Envelope)


@dataclass(frozen=True)
class Answer:
    """A body ready to send, and the language of its sentences."""

    body: bytes
    language: Language


class Service:
    """Scores requests with one bundle per target, from any number of threads.

    The models are one immutable object behind one name: reading it needs no lock, and a request that reads it once is
    answered by the same models from its first account to its last, whatever replaces them meanwhile.
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self.settings = settings
        self.metrics = metrics
        self.shadow = Shadow(settings.shadow_share)
        metrics.registry.register(self.shadow)
        self.drift = Drift(settings.drift_hours)
        metrics.registry.register(self.drift)
        champions, challengers = settings.folders()
        self._champions = {
            target: WatchedBundle("champion", target, folder, metrics) for target, folder in champions.items()
        }
        self._challengers = {
            target: WatchedBundle("challenger", target, folder, metrics)
            for target, folder in challengers.items()
            if folder is not None
        }
        self._models: Models | None = None

    @property
    def models(self) -> Models:
        """The model of each target.

        Raises:
            NotReadyError: They are not loaded yet.
        """
        models = self._models
        if models is None:
            raise NotReadyError(_NOT_READY)
        return models

    def start(self, models: Models | None = None) -> None:
        """Load the bundles, unless they are given, and rehearse. A challenger that cannot be used is told, no more.

        Raises:
            BundleError: A bundle is absent, altered, of another target, feature set or version.
        """
        loaded = (
            load_models(self.settings.bundle, self.settings.coordinated_bundle) if models is None else models
        )
        rehearse(loaded)
        for bundle in (loaded.inauthentic, loaded.coordinated):
            self.drift.follow(bundle)
            self._champions[bundle.target].hold(bundle)
        self._models = loaded
        for place in self._challengers.values():
            place.look(self._challenge)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Use what replaces a bundle, for the time of the body; compare no more after it."""
        places = (*self._champions.values(), *self._challengers.values())
        given = any(place.folder for place in places)
        with closing(self.shadow), every(self.settings.reload_seconds if given else 0, self.look):
            yield

    def look(self) -> None:
        """Look once for bundles that replace those in use."""
        for place in self._champions.values():
            place.look(self._swap)
        for place in self._challengers.values():
            place.look(self._challenge)

    def _swap(self, bundle: Bundle) -> None:
        """Answer with another bundle from the next request on, once it has answered the rehearsal."""
        models = replace(self.models, **{bundle.target: bundle})
        rehearse(models)
        self.drift.follow(bundle)
        self._models = models

    def _challenge(self, bundle: Bundle) -> None:
        """Compare with another challenger, once it has answered the rehearsal."""
        rehearse(replace(self.models, **{bundle.target: bundle}))
        self.shadow.challenge(bundle)

    def score(self, body: bytes, accept_language: str | None) -> Answer:
        """Answer one request for scores.

        Args:
            body: JSON, as :class:`vigie.serving.api.schemas.responses.ScoreRequest` describes it.
            accept_language: The header, used where the request names no language.

        Raises:
            NotReadyError: No model is loaded.
            EmptyInputError: The body is empty.
            MalformedInputError: It is not JSON.
            RequestTooLargeError: It holds too many accounts or posts.
            RequestError: Its frame cannot be read, or none of its accounts can.
        """
        models = self.models
        with self.metrics.stage("validation"):
            envelope, ignored = self._envelope(body, ScoreEnvelope)
            batch = from_requests(envelope.accounts, datetime.now(UTC))
        language = envelope.language or preferred(accept_language)
        top, targets = envelope.top_reasons, envelope.targets
        together = None
        if "coordinated" in targets and not batch.accounts.is_empty():
            with self.metrics.stage("network"):
                posts, _ = comparing.bounded(batch.posts)
                together = engine.corpus(models, batch.accounts, posts, top=top, language=language)
        judged = engine.judge(models, batch, stage=self.metrics.stage)
        found = engine.results(
            models, batch, judged, targets=targets, top=top, language=language,
            verdicts=together.verdicts if together else {}, stage=self.metrics.stage,
        )  # fmt: skip
        for outcome, count in engine.outcomes(found).items():
            self.metrics.accounts.labels(outcome).inc(count)
        if judged is None:
            raise _none_readable(found)
        with self.metrics.stage("explanation"):
            identities = models.identities()
            answer = {
                "model": identities["inauthentic"],
                "coordinated_model": identities["coordinated"],
                "language": language,
                "note": NOTE_OF_COORDINATION[language],
                "results": found,
                "groups": engine.described(together, models, language) if together else [],
                "ignored_fields": ignored,
            }
            ready = Answer(pydantic_core.to_json(answer, inf_nan_mode="null"), language)
        self.shadow.offer(models, judged, together.pools if together else [], found)
        self.drift.see(models, batch, judged, together)
        return ready

    def network(self, body: bytes, accept_language: str | None) -> Answer:
        """Answer one request for the network of its accounts.

        Args:
            body: JSON, as :class:`vigie.serving.api.schemas.responses.NetworkRequest` describes it.
            accept_language: The header, used where the request names no language.

        Raises:
            NotReadyError: No model is loaded: with it comes the reference population.
            EmptyInputError: The body is empty.
            MalformedInputError: It is not JSON.
            RequestTooLargeError: It holds too many accounts or posts.
            RequestError: Its frame cannot be read, or none of its accounts can.
        """
        population = self.models.population()
        with self.metrics.stage("validation"):
            envelope, ignored = self._envelope(body, Envelope)
            batch = from_requests(envelope.accounts, datetime.now(UTC))
        language = envelope.language or preferred(accept_language)
        refused = [
            {"index": index, "platform": platform, "account_id": account_id, "error": engine.refusal(batch, index)}
            for index, (platform, account_id) in enumerate(batch.names)
            if index in batch.refused or index in batch.repeated
        ]  # fmt: skip
        self.metrics.accounts.labels("refused").inc(len(refused))
        self.metrics.accounts.labels("compared").inc(batch.accounts.height)
        if batch.accounts.is_empty():
            raise _none_readable(refused)
        with self.metrics.stage("network"):
            answer = comparing.network(batch, language, population) | {
                "refused": refused,
                "ignored_fields": comparing.ignored(ignored, batch),
            }
        return Answer(pydantic_core.to_json(answer, inf_nan_mode="null"), language)

    def _envelope(self, body: bytes, frame: type[_Frame]) -> tuple[_Frame, list[str]]:
        """Return the frame of a request and the names of its unknown fields."""
        if not body.strip():
            raise EmptyInputError('the body is empty; send {"accounts": [{…}]}, see /docs')
        given = decode(body)
        if not isinstance(given, dict):
            said = 'a request is an object: {"accounts": [{…}]}, see /docs'
            raise RequestError(said, [{"field": "body", "detail": said}])
        try:
            envelope = frame.model_validate(given)
        except ValidationError as error:
            raise of_schema(error) from None
        posts = [entry.get(POSTS) for entry in envelope.accounts if isinstance(entry, dict)]
        check_counts(
            envelope.accounts, sum(len(given) for given in posts if isinstance(given, list)), self.settings
        )
        return envelope, [name[:60] for name in given if name not in frame.model_fields][:20]

    def model(self, language: Language = "en") -> dict[str, Any]:
        """Return what the models are, what they were trained on and how far they may be trusted, in a language."""
        inauthentic, coordinated = (self._champion(target, language) for target in TARGETS)
        return inauthentic | {
            "criterion_3_only": True,
            "note": NOTE[language],
            "coordinated": coordinated,
            "challenger": self._challenger() if self._challengers else None,
        }

    def _champion(self, target: str, language: Language) -> dict[str, Any]:
        place = self._champions[target]
        held = place.held
        if held is None:
            raise NotReadyError(_NOT_READY)
        return _described(held.bundle, language) | {"reload": self._reload(place, held)}

    def _reload(self, place: WatchedBundle, held: LoadedBundle | None) -> dict[str, Any]:
        refusal = place.refusal
        return {
            "watched": place.folder is not None and self.settings.reload_seconds > 0,
            "loaded_at": held.since if held else None,
            "last_refusal": asdict(refusal) if refusal else None,
        }

    def _challenger(self) -> dict[str, Any]:
        found: dict[str, Any] = dict.fromkeys(TARGETS)
        for target, place in self._challengers.items():
            held = place.held
            differences = self.shadow.differences.get(target)
            found[target] = {
                "model": held.bundle.identity() if held else None,
                "reload": self._reload(place, held),
                "differences": differences.described() if differences else None,
            }
        return {"share": self.shadow.share, "requests": dict(self.shadow.requests)} | found

    def seen(self) -> dict[str, Any]:
        """Return what was seen of late and how far it is from what the models learnt on.

        Raises:
            NotReadyError: No model is loaded.
        """
        if self._models is None:
            raise NotReadyError(_NOT_READY)
        return self.drift.described()

    def features(self) -> list[dict[str, Any]]:
        """Return the catalogue, and whether a model reads each feature."""
        models = self.models
        bundles = (models.inauthentic, models.coordinated)
        read = {
            bundle.target: {name for part in bundle.parts.values() for name in part.features}
            for bundle in bundles
        }
        return [
            {key: getattr(feature, key) for key in _FEATURE_FIELDS}
            | {"english": feature.label.say("en"), "french": feature.label.say("fr")}
            | {"read_by": [target for target, names in read.items() if name in names]}
            for name, feature in CATALOGUE.items()
        ]


def load_models(inauthentic: Path | None, coordinated: Path | None) -> Models:
    """Return the models in two folders (default: those that ship), after checking them.

    Raises:
        BundleError: A bundle is absent, altered, of another target, feature set or version.
    """
    return Models(load_bundle(inauthentic, "inauthentic"), load_bundle(coordinated, "coordinated"))


def _described(bundle: Bundle, language: Language) -> dict[str, Any]:
    index = bundle.index
    written: Language = language if language in bundle.cards else "en"
    return {
        **bundle.identity(),
        "target": bundle.target,
        "assumed_prevalence": index["assumed_prevalence"],
        "bands": index["bands"],
        "floors": index["floors"],
        "figures": index["figures"],
        "data": index["data"],
        "card": bundle.cards.get(written, ""),
        "card_language": written,
    }


def preferred(header: str | None) -> Language:
    """Return the language we speak that an Accept-Language header likes best; English by default.

    >>> preferred("de, fr;q=0.8, en;q=0.5")
    'fr'
    """
    weights: dict[str, float] = {}
    for item in (header or "").split(","):
        tag, _, rest = item.strip().lower().partition(";")
        try:
            weight = float(rest.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        name = tag.strip().split("-")[0]
        weights[name] = max(weight, weights.get(name, 0.0))
    best: Language = max(LANGUAGES, key=lambda language: weights.get(language, weights.get("*", 0.0)))
    return best


def _none_readable(found: list[dict[str, Any]]) -> RequestError:
    """Return the error of a request none of whose accounts can be read."""
    errors = [
        {"account": index, "account_id": result["account_id"], **fault}
        for index, result in enumerate(found)
        for fault in result["error"]["errors"]
    ]
    return RequestError(
        f"none of the {len(found):,} accounts can be read; errors name the account and the field"
        + (f" (the first {_MOST_ERRORS} of {len(errors):,})" if len(errors) > _MOST_ERRORS else ""),
        errors[:_MOST_ERRORS],
    )
