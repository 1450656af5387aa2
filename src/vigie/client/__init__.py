"""A client of the service: accounts in, answers out, from Python objects, Polars or pandas.

::

    from vigie.client import Client

    with Client("http://127.0.0.1:8000") as vigie:
        scores = vigie.score(accounts, targets=["inauthentic"])
    table = scores.to_polars()

:class:`AsyncClient` has the same methods, to be awaited.
"""

from vigie.client.answers import Answer
from vigie.client.cases import AsyncCasesClient, CasesClient
from vigie.client.clients import AsyncClient, Client
from vigie.client.operations import AsyncOperationClient, OperationClient
from vigie.client.requests import Chunks
from vigie.client.retries import Retries
from vigie.client.webhooks import AsyncWebhooksClient, WebhooksClient

__all__ = [
    "Answer",
    "AsyncCasesClient",
    "AsyncClient",
    "AsyncOperationClient",
    "AsyncWebhooksClient",
    "CasesClient",
    "Chunks",
    "Client",
    "OperationClient",
    "Retries",
    "WebhooksClient",
]
