"""Headers that keep browsers from doing more with an answer than it is for."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders

# A year: how long a browser that saw TLS once comes back without it only by mistake.
_STRICT = "max-age=31536000"
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# What a route that answers with a page may say otherwise.
_USUALLY = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


def secure(headers: MutableHeaders, *, encrypted: bool) -> None:
    """Set the headers of an answer.

    Args:
        headers: Those that it has.
        encrypted: Whether it goes over TLS.
    """
    headers.update(_ALWAYS)
    for name, value in _USUALLY.items():
        headers.setdefault(name, value)
    if encrypted:
        headers["Strict-Transport-Security"] = _STRICT
