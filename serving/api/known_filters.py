"""What a question may say in its address: a filter that is misspelt must not find everything."""

from __future__ import annotations

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel

from vigie.features.i18n import message
from vigie.features.ingest.refusals import FieldProblem
from vigie.serving.api.negotiation import language_of
from vigie.serving.api.problems import RequestError

# What any address may say: the language of what is answered.
_ANYWHERE = "language"


async def _checked(request: Request) -> None:
    """Refuse a question whose address says what its route does not know.

    Raises:
        RequestError: It does.
    """
    route = request.scope["route"]
    allowed = _names(route)
    unknown = sorted(set(request.query_params) - {*allowed, _ANYWHERE})
    if not unknown:
        return
    language = language_of(request)
    listed = message("problem.field.unknown", allowed=", ".join(allowed))
    told = listed if allowed else message("problem.field.none")
    errors = [FieldProblem(name, told.say(language)) for name in unknown]
    faults = "; ".join(f"{fault.field}: {fault.detail}" for fault in errors[:5])
    raise RequestError(message("problem.unreadable", faults=faults).say(language), errors, language)


def _names(route: APIRoute) -> list[str]:
    """Return what the address of a route may say, in order."""
    names: list[str] = []
    for field in route.dependant.query_params:
        kind = field.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            names += list(kind.model_fields)
        else:
            names.append(field.alias)
    return names


# The dependency of routes that are asked by their address.
KNOWN_FILTERS = Depends(_checked)
