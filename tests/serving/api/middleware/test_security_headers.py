"""Every answer says that browsers are to do nothing with it."""

from __future__ import annotations

import pytest
from starlette.datastructures import MutableHeaders
from starlette.testclient import TestClient

from vigie.serving.api.middleware.security_headers import secure


@pytest.mark.parametrize("path", ["/v1/features", "/livez", "/metrics", "/docs", "/nope", "/v1/score"])
def test_every_answer_has_the_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "strict-transport-security" not in headers, "there is no TLS"


def test_a_page_keeps_its_own_policy_and_nothing_weakens_the_rest() -> None:
    headers = MutableHeaders({"Content-Security-Policy": "style-src 'self'", "X-Frame-Options": "ALLOWALL"})
    secure(headers, encrypted=True)
    assert headers["content-security-policy"] == "style-src 'self'"
    assert headers["x-frame-options"] == "DENY"
    assert headers["strict-transport-security"] == "max-age=31536000"
