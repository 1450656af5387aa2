"""How much one request may carry, enforced before anything is parsed."""

from __future__ import annotations

from http import HTTPStatus
from time import monotonic

from anyio import fail_after, move_on_after
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vigie.errors import OverloadedError, RequestTimeoutError, RequestTooLargeError, VigieError
from vigie.features.i18n import message
from vigie.serving.api import problems
from vigie.serving.api.admission import PLACE, SMALL_BYTES, Admission, Place
from vigie.serving.api.long_bodies import LONGER, may_be_long
from vigie.serving.api.negotiation import language_of
from vigie.serving.settings import ACCOUNT_WORK, Settings

# Seconds that a client may let the service wait, and the bytes of a body that must come in each further one.
_PATIENCE_S, _SLOWEST_BYTES_S = 20, 20_000
# How much longer JSON of posts is than what it is compressed to.
EXPANSION = 8
# Seconds after which a client may come back where too many bodies are held.
_SOON_S = 2


class BodyLimit:
    """Pure ASGI middleware that bounds what clients send: its size, its slowness, and all of it at one time.

    Attributes:
        app: What it guards.
        settings: How much is allowed.
        admission: Whose lanes a request must find room in before its body is read.
    """

    def __init__(self, app: ASGIApp, settings: Settings, admission: Admission) -> None:
        self.app = app
        self.settings = settings
        self.admission = admission
        self._in_flight = 0
        # Bytes of large bodies that are awaited or held: of bodies that together are too many none would ever be whole.
        self._announced = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 408, 413 or 503."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"content-length", b"")
        announced = int(given) if given.isdigit() else 0
        # Also one whose size nobody knows, and one that is sent only when it is wanted.
        is_large = announced > SMALL_BYTES or b"transfer-encoding" in headers or b"expect" in headers
        # What is only announced keeps no small body out.
        reserved = min(announced, self.settings.max_body_bytes) if announced > SMALL_BYTES else 0
        # Of a long body the rest is on the disk, and no place is kept for the minutes in which it comes.
        is_long = may_be_long(scope)
        most = self.settings.max_body_bytes * (LONGER if is_long else 1)
        place: Place | None = None
        try:
            self._check(announced, most, reserved)
            if reserved and self._announced + reserved > max(self.settings.max_in_flight_bytes, reserved):
                raise OverloadedError(_SOON_S)
            if announced:
                is_packed = headers.get(b"content-encoding", b"identity") != b"identity"
                size = announced * (EXPANSION if is_packed else 1)
                lane = self.admission.lane(size)
                lane.check(size)
                if reserved and not is_long:
                    # Who sends much must not find the lane full when all of it is there.
                    scope.setdefault("state", {})[PLACE] = place = lane.take(size)
        except VigieError as error:
            closing = {"Connection": "close"} if is_large else {}
            await problems.of_error(error, language_of(HTTPConnection(scope)), closing)(scope, receive, send)
            return
        self._announced += reserved
        seen, held, ended, is_late, start = 0, 0, False, False, monotonic()

        async def counted() -> Message:
            nonlocal seen, held, ended, is_late
            if ended:  # what comes now is that the client left
                return await receive()
            slowest = _PATIENCE_S + seen / _SLOWEST_BYTES_S - (monotonic() - start)
            with move_on_after(max(slowest, 0)):
                part = await receive()
                seen, ended = seen + len(part.get("body", b"")), not part.get("more_body", False)
                some = min(seen, self.settings.max_body_bytes) - held
                self._in_flight, held = self._in_flight + some, held + some
                self._check(seen, most, 0)
                return part
            ended = is_late = True
            raise RequestTimeoutError(
                message(
                    "problem.slow", bytes=seen, seconds=round(monotonic() - start), slowest=_SLOWEST_BYTES_S
                )
            )

        async def written(message: Message) -> None:
            # Refused before its body was read, as by a key or a scope, or since it came too slowly.
            is_refused = (
                message["type"] == "http.response.start" and message["status"] >= HTTPStatus.BAD_REQUEST
            )
            if is_refused and (is_late or (is_large and not ended)):
                message["headers"] = [*message["headers"], (b"connection", b"close")]
            # A client that does not take its answer holds it in memory.
            with fail_after(_PATIENCE_S):
                await send(message)

        try:
            await self.app(scope, counted, written)
        except TimeoutError:
            raise ClientDisconnect from None
        finally:
            self._in_flight -= held
            self._announced -= reserved
            if place:
                place.lane.free(place)

    def _check(self, size: int, most: int, more: int) -> None:
        """Refuse a body that is too large, and one more body where many are held already."""
        if size > most:
            raise RequestTooLargeError(message("problem.body", megabytes=f"{most / 1_000_000:g}"))
        if self._in_flight + more > max(
            self.settings.max_in_flight_bytes, min(size, self.settings.max_body_bytes)
        ):
            raise OverloadedError(_SOON_S)


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
            message(
                "problem.work",
                work=work,
                posts=posts,
                each=ACCOUNT_WORK,
                accounts=accounts,
                most=settings.max_work,
            )
        )


def check_list(accounts: int, _: int, settings: Settings) -> None:
    """Refuse a list of accounts that is longer than allowed; it is tested as a whole, by its profiles alone.

    Raises:
        RequestTooLargeError: It is longer.
    """
    if accounts > settings.max_list_accounts:
        raise RequestTooLargeError(
            message("problem.list", accounts=accounts, most=settings.max_list_accounts)
        )
