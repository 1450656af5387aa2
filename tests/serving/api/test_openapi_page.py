"""The page of the API asks nobody else and runs nothing."""

from starlette.testclient import TestClient

from vigie.serving.api import openapi_page


def test_the_docs_ask_nobody_else_and_run_nothing(client: TestClient) -> None:
    answer = client.get("/docs")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    assert 'src="' not in answer.text
    assert "/v1/score" in answer.text


def test_text_of_the_document_cannot_become_markup() -> None:
    operation = {"summary": "<b>a</b>", "description": "<i>", "responses": {}}
    document = {
        "info": {"title": "<script>", "version": "1", "description": "&"},
        "paths": {"/<x>": {"get": operation}},
        "components": {"schemas": {}},
    }
    page = openapi_page.page(document)
    for markup in ("<script>", "<b>a</b>", "<i>", "/<x>"):
        assert markup not in page
