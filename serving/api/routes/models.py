"""``GET /v1/model`` and ``GET /v1/features``: what the models are and what they measure."""

from __future__ import annotations

from dataclasses import fields

from fastapi import APIRouter, Request, Response

from vigie.errors import NotReadyError
from vigie.features.catalogue import CATALOGUE
from vigie.features.i18n import Language, message
from vigie.features.schema import TARGETS
from vigie.models.conformal import LOWEST
from vigie.serving.access.scopes import Scope
from vigie.serving.api import problems
from vigie.serving.api.access import REFUSALS, needs
from vigie.serving.api.negotiation import language_of, spoken
from vigie.serving.api.routes import IN_LANGUAGE, in_json
from vigie.serving.api.schemas.responses import (
    Challenger,
    FeatureResponse,
    ModelDescription,
    ModelIdentity,
    ModelResponse,
    Reload,
    ShadowModel,
    ShadowRequests,
)
from vigie.serving.model_reload import WatchedBundle
from vigie.serving.models_in_use import ModelsInUse


def router(models_in_use: ModelsInUse) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(
        tags=["model"],
        dependencies=[needs(Scope.MODEL)],
        responses={**REFUSALS, **problems.declared(503)},
    )

    @routes.get(
        "/v1/model",
        summary="What the model is",
        description=(
            "Identity, card, metrics on held-out sources, training data, bands and floors. Card and note are in English or "
            "French, as Accept-Language asks; a bundle made before cards were translated has the English one."
        ),
        response_model=ModelResponse,
        openapi_extra=IN_LANGUAGE,
    )
    def model(request: Request) -> Response:
        language = language_of(request)
        return in_json(ModelResponse, described(models_in_use, language), spoken(language))

    @routes.get(
        "/v1/features",
        summary="What is measured",
        description="Every feature with its name, unit, range, source and whether the model reads it.",
        response_model=list[FeatureResponse],
    )
    def features() -> Response:
        reads = {target: bundle.reads() for target, bundle in models_in_use.engine.models.bundles.items()}
        measured = [
            FeatureResponse(
                name=name,
                group=feature.group,
                doc=feature.doc,
                unit=feature.unit,
                low=feature.low,
                high=feature.high,
                needs_posts=feature.needs_posts,
                english=feature.label.say("en"),
                french=feature.label.say("fr"),
                evidence=feature.evidence,
                monotone=feature.monotone,
                leak=feature.leak,
                source=list(feature.source),
                read_by=[target for target, names in reads.items() if name in names],
            )
            for name, feature in CATALOGUE.items()
        ]
        return in_json(list[FeatureResponse], measured)

    return routes


def described(models_in_use: ModelsInUse, language: Language) -> ModelResponse:
    """Return what the models are, what they were trained on and how far they may be trusted.

    Raises:
        NotReadyError: None is loaded.
    """
    inauthentic, coordinated = (_champion(models_in_use, target, language) for target in TARGETS)
    return ModelResponse(
        **{item.name: getattr(inauthentic, item.name) for item in fields(ModelDescription)},
        note=message("verdict.note").say(language),
        coordinated=coordinated,
        challenger=_challenger(models_in_use) if models_in_use.challengers else None,
    )


def _champion(models_in_use: ModelsInUse, target: str, language: Language) -> ModelDescription:
    watched = models_in_use.champions[target]
    if watched.held is None:
        raise NotReadyError(message("problem.no_model"))
    bundle = watched.held.bundle
    written: Language = language if language in bundle.cards else "en"
    return ModelDescription(
        **bundle.identity(),
        adapted_from=bundle.adapted_from,
        target=target,
        assumed_prevalence=bundle.index["assumed_prevalence"],
        bands=bundle.index["bands"] if bundle.known is None else {LOWEST: 1.0, **bundle.known.bands},
        band_rule="probability" if bundle.known is None else "people",
        floors=bundle.floors(),
        figures=bundle.index["figures"],
        data=bundle.index["data"],
        card=bundle.cards.get(written, ""),
        card_language=written,
        reload=_reload(models_in_use, watched),
    )


def _reload(models_in_use: ModelsInUse, watched: WatchedBundle) -> Reload:
    return Reload(
        watched=watched.folder is not None and models_in_use.settings.reload_seconds > 0,
        loaded_at=watched.held.since if watched.held else None,
        last_refusal=watched.refusal,
    )


def _challenger(models_in_use: ModelsInUse) -> Challenger:
    shadow = models_in_use.shadow
    models = {}
    for target, watched in models_in_use.challengers.items():
        differences = shadow.differences.get(target)
        models[target] = ShadowModel(
            model=ModelIdentity.of(watched.held.bundle) if watched.held else None,
            reload=_reload(models_in_use, watched),
            differences=differences.to_response() if differences else None,
        )
    return Challenger(
        share=shadow.share,
        requests=ShadowRequests(**shadow.requests),
        inauthentic=models.get("inauthentic"),
        coordinated=models.get("coordinated"),
    )
