"""One attempt to deliver a message: signed, sent to the address that was looked at, bounded in time and in what is read."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import anyio
import httpx2
from standardwebhooks import Webhook

from vigie.errors import WebhookAddressError
from vigie.serving.operations.webhooks.door import Door, parse
from vigie.version import VERSION

# Seconds for the whole of an attempt.
TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class Message:
    """What is delivered.

    Attributes:
        id: The same each time it is sent: who has seen it before can leave it out.
        body: JSON.
    """

    id: str
    body: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt.

    Attributes:
        status: Of HTTP; None where no answer came.
        said: In a few words of ours; nothing of what the receiver wrote.
        retry_after_s: Seconds that it asks to be left alone; None: it does not say.
    """

    status: int | None
    said: str
    retry_after_s: float | None = None

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has the message."""
        return self.status is not None and 200 <= self.status < 300


def signed(message: Message, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """Return the headers that prove who sends a message, with a signature of each secret.

    Args:
        message: What is sent.
        secrets: As receivers have them, ``whsec_…``.
        now: When it is sent, in UTC.
    """
    signatures = [Webhook(secret).sign(message.id, now, message.body) for secret in secrets]
    return {
        "webhook-id": message.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


class Sender:
    """Sends messages.

    Attributes:
        door: Where they may go.
    """

    def __init__(self, door: Door) -> None:
        self.door = door
        # The system's authorities, or those of SSL_CERT_FILE.
        self._trusted = ssl.create_default_context()

    async def send(self, url: str, message: Message, secrets: Sequence[str], now: datetime) -> Answer:
        """Return what came of one attempt."""
        headers = {
            "Host": parse(url).netloc.decode(),
            "Content-Type": "application/json",
            "User-Agent": f"vigie/{VERSION}",
            **signed(message, secrets, now),
        }
        try:
            with anyio.fail_after(TIMEOUT_S):
                return await self._sent(url, message.body, headers)
        except TimeoutError:
            return Answer(None, f"no answer within {TIMEOUT_S:.0f} s")
        except WebhookAddressError:
            return Answer(None, "the name leads to no address that webhooks go to")
        except httpx2.HTTPError as error:
            return Answer(None, f"no connection ({type(error).__name__})")

    async def _sent(self, url: str, body: str, headers: dict[str, str]) -> Answer:
        parsed = parse(url)
        numbers = await self.door.addresses(url)
        # Nothing of the environment: a proxy would resolve the name again. Redirects are not followed.
        async with httpx2.AsyncClient(verify=self._trusted, trust_env=False, timeout=TIMEOUT_S) as client:
            for number in numbers:
                try:
                    async with client.stream(
                        "POST",
                        parsed.copy_with(host=number),
                        content=body.encode(),
                        headers=headers,
                        # TLS names and checks the host, though the connection goes to its number.
                        extensions={"sni_hostname": parsed.raw_host.decode()},
                    ) as response:
                        # The body is not read.
                        return Answer(response.status_code, f"HTTP {response.status_code}", _asked(response))
                except (httpx2.ConnectError, httpx2.ConnectTimeout):
                    if number == numbers[-1]:
                        raise
        raise AssertionError("there is an address at least")


def _asked(response: httpx2.Response) -> float | None:
    """Return how many seconds a receiver asks to be left alone, where it says so as a number."""
    asked = response.headers.get("retry-after", "")
    return float(asked) if asked.isascii() and asked.isdigit() else None
