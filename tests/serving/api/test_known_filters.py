"""What a question says in its address and its route does not know is refused, in the language of who asks."""

from __future__ import annotations

import pytest
from fastapi import FastAPI, Query
from pydantic import BaseModel
from starlette.testclient import TestClient

from vigie.errors import VigieError
from vigie.serving.api import problems
from vigie.serving.api.known_filters import KNOWN_FILTERS


class Asked(BaseModel):
    since: int = 0
    until: int = 9


@pytest.fixture
def client() -> TestClient:
    """A service of three questions: by two filters, by a model of two, and by none."""
    app = FastAPI(dependencies=[KNOWN_FILTERS])
    app.add_exception_handler(VigieError, problems.on_vigie_error)

    @app.get("/few")
    def few(band: str = "", platform: str = "") -> str:
        return band + platform

    @app.get("/model")
    def model(asked: Asked = Query()) -> int:  # noqa: B008 - as FastAPI takes it
        return asked.until

    @app.get("/none/{name}")
    def none(name: str) -> str:
        return name

    return TestClient(app)


@pytest.mark.parametrize(
    ("address", "faults"),
    [
        ("/few?platfrom=x&band=high", {"platfrom": "no filter has this name; there are: band, platform"}),
        ("/few?Band=high", {"Band": "no filter has this name; there are: band, platform"}),
        ("/model?til=3", {"til": "no filter has this name; there are: since, until"}),
        ("/none/a?b=1&c=2", dict.fromkeys("bc", "the address takes no filter")),
    ],
)
def test_a_filter_of_another_name_is_refused_with_those_there_are(
    client: TestClient, address: str, faults: dict[str, str]
) -> None:
    answer = client.get(address)
    assert answer.status_code == 422
    assert {each["field"]: each["detail"] for each in answer.json()["errors"]} == faults


@pytest.mark.parametrize(
    "address", ["/few", "/few?band=high&language=fr", "/model?since=1&until=3", "/none/a"]
)
def test_what_a_route_knows_is_let_through(client: TestClient, address: str) -> None:
    assert client.get(address).status_code == 200


def test_the_refusal_is_in_the_language_that_is_asked_for(client: TestClient) -> None:
    told = client.get("/none/a?b=1", headers={"Accept-Language": "fr"}).json()["errors"][0]["detail"]
    assert told == "l’adresse n’admet aucun filtre"
