"""How much one request may carry, enforced before anything is parsed."""

from __future__ import annotations

from collections.abc import Sized

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vigie.errors import RequestTooLargeError
from vigie.features.ingest.refusals import problem_of
from vigie.serving.api import problems
from vigie.serving.settings import Settings


class BodyLimit:
    """Pure ASGI middleware that refuses a body larger than allowed, announced or streamed.

    Attributes:
        app: What it guards.
        limit: Bytes.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 413."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"")
        if announced.isdigit() and int(announced) > self.limit:
            await problems.response(problem_of(self._error()), {"Connection": "close"})(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.limit:
                raise self._error()
            return message

        await self.app(scope, counted, send)

    def _error(self) -> RequestTooLargeError:
        return RequestTooLargeError(
            f"the body is larger than {self.limit / 1_000_000:g} MB; send fewer accounts at a time, "
            "or the most recent 200 posts of each (no more are read)"
        )


def check_counts(accounts: Sized, posts: int, settings: Settings, *, is_list: bool = False) -> None:
    """Refuse a request with more accounts or posts than allowed.

    Args:
        accounts: Those of the request.
        posts: Of all of them.
        settings: What is allowed.
        is_list: Whether the accounts are a list to be tested as a group, which cannot be split.

    Raises:
        RequestTooLargeError: There are more.
    """
    most = settings.max_list_accounts if is_list else settings.max_accounts
    if len(accounts) > most:
        others = (
            "use vigie group-test for longer lists"
            if is_list
            else "send the others in further requests, or use vigie score for files"
        )
        raise RequestTooLargeError(
            f"the request holds {len(accounts):,} accounts; at most {most:,} fit in one, {others}"
        )
    if posts > settings.max_posts:
        raise RequestTooLargeError(
            f"the request holds {posts:,} posts; at most {settings.max_posts:,} fit in one, "
            "send the most recent 200 of each account (no more are read)"
        )
