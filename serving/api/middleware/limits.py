"""How much one request may carry, enforced before anything is parsed."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vigie.errors import RequestTooLargeError
from vigie.features.ingest.refusals import problem_of
from vigie.serving.api import problems
from vigie.serving.settings import ACCOUNT_WORK, Settings


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


def check_work(accounts: int, posts: int, settings: Settings) -> None:
    """Refuse a request that asks for more work than allowed.

    Args:
        accounts: Those of the request, or those read so far.
        posts: Of all of them.
        settings: What is allowed.

    Raises:
        RequestTooLargeError: It asks for more.
    """
    work = posts + ACCOUNT_WORK * accounts
    if work > settings.max_work:
        raise RequestTooLargeError(
            f"the request asks for {work:,} units of work or more, one for each of {posts:,} posts and {ACCOUNT_WORK} for "
            f"each of {accounts:,} accounts; at most {settings.max_work:,} fit in one (VIGIE_MAX_WORK). Send the most "
            "recent 200 posts of each account (no more are read), or use vigie score or vigie network on a file; accounts "
            "sent in further requests are not compared with these"
        )


def check_list(accounts: int, _: int, settings: Settings) -> None:
    """Refuse a list of accounts that is longer than allowed; it is tested as a whole, by its profiles alone.

    Raises:
        RequestTooLargeError: It is longer.
    """
    if accounts > settings.max_list_accounts:
        raise RequestTooLargeError(
            f"the request holds {accounts:,} accounts; at most {settings.max_list_accounts:,} fit in one, "
            "use vigie group-test for longer lists"
        )
