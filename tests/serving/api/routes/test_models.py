"""The models say what they are, in the language asked for, and which features they read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter
from starlette.testclient import TestClient

from vigie.features.i18n import Language
from vigie.models.engine import Models
from vigie.models.installation import install
from vigie.serving.api.app import create_app
from vigie.serving.api.schemas.responses import FeatureResponse, ModelResponse
from vigie.serving.settings import Settings

_MODEL = TypeAdapter(ModelResponse)
_FEATURES = TypeAdapter(list[FeatureResponse])


def test_the_model_says_what_it_is_and_is_not(client: TestClient) -> None:
    said = client.get("/v1/model").json()
    _MODEL.validate_python(said)
    assert said["criterion_3_only"] is True
    assert "third" in said["note"]


def test_the_model_speaks_the_language_asked_for(client: TestClient) -> None:
    french = client.get("/v1/model", headers={"Accept-Language": "fr-FR, en;q=0.5"})
    assert french.headers["content-language"] == "fr"
    assert french.headers["vary"] == "Accept-Language, Accept-Encoding"
    assert "diffusion artificielle" in french.json()["note"]
    english = client.get("/v1/model")
    assert english.headers["content-language"] == "en"
    assert "artificial" in english.json()["note"]


def test_the_card_comes_in_the_language_asked_for_or_in_english(models: Models) -> None:
    cards: dict[Language, str] = {"en": "# The card", "fr": "# La fiche"}
    both = Models.of(
        replace(models.inauthentic, cards=cards), replace(models.coordinated, cards={"en": "# Old"})
    )
    with TestClient(create_app(Settings(), both)) as client:
        said = client.get("/v1/model", headers={"Accept-Language": "fr"}).json()
        assert client.get("/v1/model").json()["card"] == "# The card"
    _MODEL.validate_python(said)
    assert (said["card"], said["card_language"]) == ("# La fiche", "fr")
    assert (said["coordinated"]["card"], said["coordinated"]["card_language"]) == ("# Old", "en")


def test_the_catalogue_tells_what_the_model_reads(client: TestClient) -> None:
    answer = client.get("/v1/features")
    _FEATURES.validate_json(answer.content)
    listed = answer.json()
    assert len(listed) >= 70
    assert all(feature["english"] and feature["french"] for feature in listed)
    assert not [feature["name"] for feature in listed if feature["read_by"] and feature["leak"]]
    assert {target for feature in listed for target in feature["read_by"]} == {"inauthentic", "coordinated"}


def test_a_service_without_a_challenger_says_null(client: TestClient) -> None:
    assert client.get("/v1/model").json()["challenger"] is None


def test_an_older_champion_answers_and_the_refusal_of_the_newest_is_told(
    models: Models, remade: Callable[..., Path], tmp_path: Path
) -> None:
    place = tmp_path / "served" / "inauthentic"
    older = install(remade("older", assumed_prevalence=0.2), place)
    newest = install(remade("newest", assumed_prevalence=0.3), place)
    (newest / "posts.txt").write_text("tree")
    with TestClient(create_app(Settings(bundle=place))) as client:
        assert client.get("/readyz").status_code == 200
        said = client.get("/v1/model").json()
    _MODEL.validate_python(said)
    assert said["version"] == older.name
    assert said["reload"]["watched"]
    assert said["reload"]["last_refusal"]["reason"].startswith("bundle-corrupt: posts.txt")
    assert str(tmp_path) not in said["reload"]["last_refusal"]["reason"]
    assert said["coordinated"]["version"] == models.coordinated.version
    assert said["coordinated"]["reload"]["last_refusal"] is None


def test_bands_are_told_by_what_decides_them(client: TestClient) -> None:
    told = client.get("/v1/model").json()
    assert told["band_rule"] == "people"
    assert told["bands"] == {"low": 1.0, "elevated": 0.05, "high": 0.005}
    assert told["coordinated"]["band_rule"] == "probability"
    assert told["coordinated"]["bands"]["low"] == 0.0
