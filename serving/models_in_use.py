"""The models that a service answers with: loaded, watched for better ones, compared with challengers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from vigie.errors import NotReadyError
from vigie.features.coordination import baselines
from vigie.features.coordination.comparison import Limits
from vigie.features.i18n import message
from vigie.models.bundle import Bundle
from vigie.models.engine import Models, ScoringEngine
from vigie.serving import snapshots
from vigie.serving.background import repeated
from vigie.serving.drift_monitor import Drift
from vigie.serving.metrics import Metrics
from vigie.serving.model_reload import WatchedBundle, load_champion, warm_up
from vigie.serving.settings import Settings
from vigie.serving.shadow import Shadow
from vigie.serving.snapshots import Counted, Place, Snapshots

_NOT_READY = message("problem.no_model")


class ModelsInUse:
    """The engine that answers requests, and all that is kept beside it, from any number of threads.

    The engine is one immutable object behind one name: reading it needs no lock, and a request that reads it once is
    answered by the same models from its first account to its last, whatever replaces them meanwhile.

    Attributes:
        settings: Of the deployment.
        metrics: Where the service counts.
        limits: How much of a request is looked at.
        shadow: Compares with challengers.
        drift: Counts what was seen.
        champions: Bundles that answer, by target.
        challengers: Bundles that are compared with them, by target; none where none is given.
    """

    def __init__(self, settings: Settings, metrics: Metrics, place: Place | None = None) -> None:
        """Load nothing yet.

        Args:
            settings: Of the deployment.
            metrics: Where the service counts.
            place: Where this process writes what it counted; None: nowhere.
        """
        self.settings = settings
        self.metrics = metrics
        self.limits = Limits(settings.max_meetings, settings.max_meetings_in_all)
        self.baseline = baselines.read(settings.baseline) if settings.baseline else None
        self.shadow = Shadow(settings.shadow_share)
        metrics.registry.register(self.shadow)
        self.drift = Drift(settings.drift_hours, leads=place is None or place.leads)
        metrics.registry.register(self.drift)
        counted: dict[str, Counted] = {"metrics": metrics, "shadow": self.shadow, "drift": self.drift}
        self.snapshots = Snapshots(place, counted) if place else None
        champions, challengers = settings.folders()
        self.champions = {
            target: WatchedBundle("champion", target, folder, metrics, settings.pins, settings.trusted_keys)
            for target, folder in champions.items()
        }
        self.challengers = {
            target: WatchedBundle("challenger", target, folder, metrics, settings.pins, settings.trusted_keys)
            for target, folder in challengers.items()
            if folder is not None
        }
        self._engine: ScoringEngine | None = None

    @property
    def engine(self) -> ScoringEngine:
        """The engine that answers.

        Raises:
            NotReadyError: No model is loaded yet.
        """
        engine = self._engine
        if engine is None:
            raise NotReadyError(_NOT_READY)
        return engine

    @property
    def started(self) -> bool:
        """Whether models are loaded."""
        return self._engine is not None

    def start(self, models: Models | None = None) -> None:
        """Load the bundles, unless they are given, and warm up.

        A champion that cannot be used is replaced by its last good version, where that lies beside it. A challenger that
        cannot be used is told, no more.

        Raises:
            BundleError: A bundle is absent, altered, of another target, feature set or version.
        """
        loaded = models or Models.of(*(load_champion(watched) for watched in self.champions.values()))
        engine = ScoringEngine(loaded, self.baseline)
        warm_up(engine)
        for bundle in loaded.bundles.values():
            self.drift.track(bundle)
            self.champions[bundle.target].hold(bundle)
        if self.snapshots:
            self.snapshots.restore()
        self._engine = engine
        for watched in self.challengers.values():
            watched.poll(self._challenge)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Use what replaces a bundle, for the time of the body; compare no more after it."""
        every = (*self.champions.values(), *self.challengers.values())
        is_watched = any(watched.folder for watched in every)
        with ExitStack() as running:
            if self.snapshots:
                running.callback(self.snapshots.write)
                running.enter_context(repeated("snapshots", snapshots.EVERY_S, self.snapshots.exchange))
            running.enter_context(closing(self.shadow))
            if is_watched and self.settings.reload_seconds:
                running.enter_context(repeated("reload", self.settings.reload_seconds, self.poll))
            yield

    def poll(self) -> None:
        """Look once for bundles that replace those in use."""
        for watched in self.champions.values():
            watched.poll(self._swap)
        for watched in self.challengers.values():
            watched.poll(self._challenge)

    def _swap(self, bundle: Bundle) -> None:
        """Answer with another bundle from the next request on, once it has warmed up."""
        engine = ScoringEngine(self.engine.models.replacing(bundle), self.baseline)
        warm_up(engine)
        self.drift.track(bundle)
        self._engine = engine

    def _challenge(self, bundle: Bundle) -> None:
        """Compare with another challenger, once it has warmed up."""
        warm_up(ScoringEngine(self.engine.models.replacing(bundle), self.baseline))
        self.shadow.challenge(bundle)
