"""A form with a file is read, and of its name the ending alone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.requests import Request

from vigie.errors import EmptyInputError, FormError
from vigie.serving.console import uploads
from vigie.serving.console.forms import Tokens
from vigie.serving.console.uploads import Upload

TOKENS = Tokens()
BOUNDARY = "----vigie"


def form(*parts: tuple[str, bytes]) -> bytes:
    body = b"".join(
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + content + b"\r\n"
        for head, content in parts
    )
    return body + f"--{BOUNDARY}--\r\n".encode()


def read(
    body: bytes, kind: str = f"multipart/form-data; boundary={BOUNDARY}", browser: str | None = "b"
) -> Upload:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", kind.encode())]}
    return asyncio.run(uploads.read(Request(scope, receive), TOKENS, browser))


def token() -> tuple[str, bytes]:
    return 'name="token"', TOKENS.make("b").encode()


@pytest.mark.parametrize(
    ("name", "ending"),
    [("posts.CSV", ".csv"), ("posts.jsonl.gz", ".jsonl.gz"), ("../../etc/passwd", ""), ("a.csv/../b", ""), ("x.%00", ""),
     ("été.json", ".json"), ("", "")],
)  # fmt: skip
def test_of_the_name_of_a_file_nothing_but_its_ending_is_used(name: str, ending: str) -> None:
    content = b"a,b\r\n1,\x00\xff\r\n--not a mark\n"
    given = read(form(token(), ('name="operation"', b"op_1"), (f'name="file"; filename="{name}"', content)))
    assert (given.ending, given.content, given.fields["operation"]) == (ending, content, "op_1")


def test_a_form_of_another_browser_or_without_a_token_is_refused() -> None:
    file = ('name="file"; filename="a.csv"', b"a")
    for given in (form(file), form(('name="token"', b"forged"), file)):
        with pytest.raises(FormError):
            read(given)
    with pytest.raises(FormError):
        read(form(token(), file), browser="other")
    with pytest.raises(FormError):
        read(form(token(), file), browser=None)


@pytest.mark.parametrize(
    "kind",
    ["application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=other", ""],
)
def test_what_is_no_such_form_is_refused(kind: str) -> None:
    with pytest.raises(FormError):
        read(form(token()), kind)


def test_a_form_without_a_file_says_so() -> None:
    for parts in (
        (token(),),
        (token(), ('name="file"; filename=""', b"")),
        (token(), ('name="file"', b"text")),
    ):
        with pytest.raises(EmptyInputError):
            read(form(*parts))
