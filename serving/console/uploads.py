"""A form with a file: its fields, the file, and the token that proves that it was made for the browser that sends it.

The body is bounded before it is read (:class:`vigie.serving.api.middleware.limits.BodyLimit`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from vigie.errors import EmptyInputError, FormError
from vigie.features.i18n import message
from vigie.serving.console.forms import TOKEN, Tokens

_KIND = "multipart/form-data"
_MOST_FIELDS, _LARGEST_FIELD = 20, 10_000
# The endings of a name tell how a file is read; nothing else of the name is used.
_ENDINGS = re.compile(r"(?:\.[A-Za-z0-9]{1,10}){1,2}$")


@dataclass(frozen=True)
class Upload:
    """A form with a file.

    Attributes:
        fields: What else the form holds.
        ending: Of the name of the file, in lower case; empty where it has none.
        content: The file.
    """

    fields: Mapping[str, str]
    ending: str
    content: bytes


async def read(request: Request, tokens: Tokens, browser: str | None) -> Upload:
    """Return a form with a file.

    Args:
        request: The request.
        tokens: What made the token of the form.
        browser: Id in the cookie; None: it has none.

    Raises:
        FormError: It is no such form, or was not made for this browser.
        EmptyInputError: It holds no file.
    """
    fields: dict[str, str] = {}
    name, content = "", b""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == _KIND:
        try:
            async with request.form(
                max_files=1, max_fields=_MOST_FIELDS, max_part_size=_LARGEST_FIELD
            ) as form:
                fields = {key: value for key, value in form.items() if isinstance(value, str)}
                file = form.get("file")
                if isinstance(file, UploadFile):
                    name, content = file.filename or "", await file.read()
        except (MultiPartException, HTTPException) as error:
            raise FormError(message("console.form_refused")) from error
    if browser is None or not tokens.is_valid(fields.get(TOKEN, ""), browser):
        raise FormError(message("console.form_refused"))
    if not content:
        raise EmptyInputError(message("console.no_file"))
    ending = _ENDINGS.search(name)
    return Upload(fields, ending.group().lower() if ending else "", content)
