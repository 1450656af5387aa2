"""``/v1/operations/{operation}/webhooks``: addresses that are told of alerts."""

from __future__ import annotations

from collections.abc import Callable

from anyio import to_thread
from fastapi import APIRouter

from vigie.serving.access.scopes import Scope
from vigie.serving.api import problems
from vigie.serving.api.access import REFUSALS, needs
from vigie.serving.api.schemas.webhooks import DeadLetterList, WebhookList, WebhookRequest
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.webhooks import queue, registration
from vigie.serving.operations.webhooks.door import Door
from vigie.serving.operations.webhooks.registration import Keyed, Webhook


def router(kept: Callable[[], Catalogue], door: Door) -> APIRouter:
    """Return the routes.

    Args:
        kept: The operations; raises where the service keeps none.
        door: Where webhooks may go.
    """
    routes = APIRouter(
        prefix="/v1/operations/{operation}/webhooks",
        tags=["webhooks"],
        dependencies=[needs(Scope.DECIDE)],
        responses={**REFUSALS, **problems.declared(400, 404, 409, 422, 503)},
    )

    @routes.post(
        "",
        summary="Tell an address of alerts",
        description=(
            "Each alert that comes from now on is sent as a POST with an event of a few counts and the address of the API to ask; "
            "nothing of persons is in it. Signed after Standard Webhooks 1.0 with the secret of this answer. In order and at least "
            "once: leave out a webhook-id that you have seen. A receiver that does not answer with 2xx within 15 seconds is tried "
            "again for three days."
        ),
        status_code=201,
    )
    async def create(operation: str, asked: WebhookRequest) -> Keyed:
        await door.addresses(asked.url)

        def work() -> Keyed:
            with kept().observing(operation) as connection:
                return registration.register(connection, asked.url, asked.kinds, kept().clock())

        return await to_thread.run_sync(work)

    @routes.get("", summary="Addresses that are told of alerts")
    def listed(operation: str) -> WebhookList:
        with kept().database(operation).reading() as connection:
            return WebhookList(registration.listed(connection))

    @routes.get("/{webhook}", summary="How a webhook fares")
    def one(operation: str, webhook: str) -> Webhook:
        with kept().database(operation).reading() as connection:
            return registration.one(connection, webhook)

    @routes.delete("/{webhook}", summary="Tell an address no more", status_code=204)
    def remove(operation: str, webhook: str) -> None:
        with kept().database(operation).writing() as connection:
            registration.remove(connection, webhook)

    @routes.post(
        "/{webhook}/secret",
        summary="Change the secret of a webhook",
        description="For a day, each message has a signature of the new secret and one of the secret before it.",
    )
    def rotate(operation: str, webhook: str) -> Keyed:
        with kept().database(operation).writing() as connection:
            return registration.rotate(connection, webhook, kept().clock())

    @routes.get("/{webhook}/dead-letters", summary="Events that are no longer tried")
    def dead_letters(operation: str, webhook: str) -> DeadLetterList:
        with kept().database(operation).reading() as connection:
            return DeadLetterList(queue.dead_letters(connection, webhook))

    @routes.post(
        "/{webhook}/dead-letters/send",
        summary="Send dead letters again",
        description="In their old order; also enables a webhook whose receiver answered 410.",
    )
    def send_again(operation: str, webhook: str) -> Webhook:
        with kept().database(operation).writing() as connection:
            queue.send_again(connection, webhook, kept().clock())
            return registration.one(connection, webhook)

    return routes
