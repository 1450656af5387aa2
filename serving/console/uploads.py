"""A form with a file: its fields, the file, and the token that proves that it was made for the browser that sends it.

The body is bounded before it is read (:class:`vigie.serving.api.middleware.limits.BodyLimit`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message as Header
from email.parser import BytesHeaderParser

from starlette.requests import Request

from vigie.errors import EmptyInputError, FormError
from vigie.features.i18n import message
from vigie.serving.console.forms import TOKEN, Tokens

_KIND = "multipart/form-data"
_MOST_PARTS, _LARGEST_HEADER = 20, 4_000
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
    fields, files = _parts(request.headers.get("content-type", ""), await request.body())
    if browser is None or not tokens.is_valid(fields.get(TOKEN, ""), browser):
        raise FormError(message("console.form_refused"))
    name, content = files.get("file", ("", b""))
    if not content:
        raise EmptyInputError(message("console.no_file"))
    ending = _ENDINGS.search(name)
    return Upload(fields, ending.group().lower() if ending else "", content)


def _parts(kind: str, body: bytes) -> tuple[dict[str, str], dict[str, tuple[str, bytes]]]:
    """Return the fields of a form, and its files with the names that they were given, by the name of the field."""
    told = Header()
    told["content-type"] = kind
    boundary = told.get_boundary()
    fields: dict[str, str] = {}
    files: dict[str, tuple[str, bytes]] = {}
    if told.get_content_type() != _KIND or not boundary:
        return fields, files
    mark = b"\r\n--" + boundary.encode()
    for part in (b"\r\n" + body).split(mark, _MOST_PARTS)[1:]:
        head, gap, content = part.partition(b"\r\n\r\n")
        if not gap or len(head) > _LARGEST_HEADER or part.startswith(b"--"):
            continue
        header = BytesHeaderParser().parsebytes(head.lstrip())
        name = header.get_param("name", header="content-disposition")
        if not isinstance(name, str):
            continue
        if header.get_param("filename", header="content-disposition") is None:
            fields[name] = content.decode(errors="replace")
        else:
            files[name] = (header.get_filename() or "", content)
    return fields, files
