"""What a client likes best: the language of an answer, and whether it comes as one object or as lines."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from vigie.features.i18n import LANGUAGES, Language

JSON = "application/json"
NDJSON = "application/x-ndjson"


def accepts_lines(header: str | None) -> bool:
    """Return whether an Accept header asks for lines of JSON, and likes them as much as one object of JSON.

    >>> accepts_lines("application/x-ndjson"), accepts_lines("*/*"), accepts_lines("application/x-ndjson;q=0.1, */*")
    (True, False, False)
    """
    return accepts(header, NDJSON)


def accepts(header: str | None, kind: str) -> bool:
    """Return whether an Accept header asks for a media type, and likes it as much as one object of JSON."""
    weights = _weights(header)
    other = max(weights.get(name, 0.0) for name in (JSON, "application/*", "*/*"))
    return weights.get(kind, 0.0) >= max(other, 0.001)


def preferred(header: str | None) -> Language:
    """Return the language we speak that an Accept-Language header likes best; English by default.

    >>> preferred("de, fr;q=0.8, en;q=0.5")
    'fr'
    """
    weights = {tag.split("-")[0]: weight for tag, weight in reversed(_weights(header).items())}
    best: Language = max(LANGUAGES, key=lambda language: weights.get(language, weights.get("*", 0.0)))
    return best


def chosen(named: object, header: str | None) -> Language:
    """Return the language that a request names, where it is one that we speak, else what its header likes best."""
    return next((language for language in LANGUAGES if language == named), preferred(header))


def language_of(request: HTTPConnection) -> Language:
    """Return the language that a request asks for outside of its body."""
    return chosen(request.query_params.get("language"), request.headers.get("accept-language"))


def spoken(language: Language) -> dict[str, str]:
    """Return the headers of an answer that is in a language since the request asked for it."""
    return {"Content-Language": language, "Vary": "Accept-Language"}


def _weights(header: str | None) -> dict[str, float]:
    """Return what a header of the kind of Accept names, with how much it is liked; the most liked first."""
    weights: dict[str, float] = {}
    for item in (header or "").split(","):
        tag, _, rest = item.strip().lower().partition(";")
        try:
            weight = float(rest.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        weights[tag.strip()] = max(weight, weights.get(tag.strip(), 0.0))
    return dict(sorted(weights.items(), key=lambda named: -named[1]))
