"""Forms of the console: what they send, and the token that proves a form was made for the browser that sends it."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from urllib.parse import parse_qsl

from pydantic import ValidationError
from starlette.requests import Request

from vigie.errors import FormError
from vigie.features.i18n import Language, message
from vigie.serving.api.problems import of_schema

TOKEN = "token"  # noqa: S105 - the name of the field
_KIND = "application/x-www-form-urlencoded"
# A page of accounts can be decided on at once, a field each.
_MOST_FIELDS = 120
_SALT_BYTES = 16


class Tokens:
    """Tokens of forms, each bound to the id that the cookie of a browser holds.

    A token is new on each page, so that the length of a compressed page tells nothing of it (BREACH).
    """

    def __init__(self, secret: bytes | None = None) -> None:
        """Begin to make them.

        Args:
            secret: What all who take each other's tokens share; None: nobody else takes these.
        """
        self._secret = secret or secrets.token_bytes(32)

    def make(self, browser: str) -> str:
        """Return a token for a browser."""
        salt = secrets.token_hex(_SALT_BYTES)
        return f"{salt}.{self._signature(salt, browser)}"

    def is_valid(self, token: str, browser: str) -> bool:
        """Return whether a token was made for a browser."""
        salt, _, signature = token.partition(".")
        return hmac.compare_digest(signature.encode(), self._signature(salt, browser).encode())

    def _signature(self, salt: str, browser: str) -> str:
        return hmac.new(self._secret, f"{salt}.{browser}".encode(), sha256).hexdigest()


async def read(request: Request, tokens: Tokens, browser: str | None) -> Mapping[str, str]:
    """Return the fields of a form.

    Args:
        request: The request.
        tokens: What made the token of the form.
        browser: Id in the cookie; None: it has none.

    Raises:
        FormError: It is no form, or was not made for this browser.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        fields = (
            dict(parse_qsl((await request.body()).decode(), max_num_fields=_MOST_FIELDS))
            if kind == _KIND
            else {}
        )
    except ValueError:
        fields = {}
    if browser is None or not tokens.is_valid(fields.get(TOKEN, ""), browser):
        raise FormError(message("console.form_refused"))
    return fields


@contextmanager
def checked(language: Language) -> Iterator[None]:
    """Raise what is wrong with the fields of a form as an error that names them.

    Args:
        language: That of the error.

    Raises:
        RequestError: The body found something missing or out of its range.
    """
    try:
        yield
    except ValidationError as error:
        raise of_schema(error.errors(), language) from None
