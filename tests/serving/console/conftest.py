"""An operation in which everything that people can write is hostile, judged once, and a browser without a screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from vigie.cli.demo import requests
from vigie.models.engine import Models
from vigie.serving.access.scopes import Scope
from vigie.serving.api.app import create_app
from vigie.serving.console.page import query
from vigie.serving.settings import Settings


@dataclass(frozen=True)
class Kept:
    """A store with one operation that was judged.

    Attributes:
        store: Folder of the store.
        operation: Id of the operation.
        accounts: Its accounts as the API ranks them.
        tracks: Numbers of its groups and campaigns.
        contents: Ids of its contents.
    """

    store: str
    operation: str
    accounts: list[dict[str, Any]]
    tracks: dict[str, list[int]]
    contents: list[str]

    @property
    def at(self) -> str:
        """Address of its page."""
        return f"/console/operations/{self.operation}"

    def pages(self) -> dict[str, Scope]:
        """Addresses of every page, and the scope that each needs."""
        first, second = self.accounts[:2]
        one = query(platform=first["platform"], id=first["account_id"])
        other = query(with_platform=second["platform"], with_id=second["account_id"])
        of_analysts = [
            "/console/", self.at, f"{self.at}/accounts", f"{self.at}/accounts?handle=%22%3E%3Cscript%3E&sort=posts",
            f"{self.at}/posts", f"{self.at}/posts?hashtag=%22%3E%3Cscript%3E&account_id=%3Cb%3E&sort=views", f"{self.at}/contents",
            f"{self.at}/posts?campaign={self.tracks['campaigns'][0]}&content={self.contents[0]}&wording=0&weekday=0&hour=1",
            f"{self.at}/review?budget=5", f"{self.at}/account?{one}", f"{self.at}/pair?{one}&{other}",
            f"{self.at}/cases", f"{self.at}/adaptation", f"{self.at}/accounts?label=ordinary",
            *(f"{self.at}/{kind}/{track}/network" for kind, tracks in self.tracks.items() for track in tracks[:1]),
            *(f"{self.at}/{kind}/{track}/pairs" for kind, tracks in self.tracks.items() for track in tracks[:1]),
            *(f"{self.at}/contents/{each}" for each in self.contents[:3]),
            *(f"{self.at}/{kind}/{track}" for kind, tracks in self.tracks.items() for track in tracks),
        ]  # fmt: skip
        return dict.fromkeys(of_analysts, Scope.DECIDE) | {
            "/console/try": Scope.SCORE,
            "/console/model": Scope.MODEL,
        }


@pytest.fixture(scope="session")
def kept(models: Models, flood: Any, hostile: Any, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    store = str(tmp_path_factory.mktemp("console") / "store")
    with TestClient(create_app(Settings(store=store, judge_seconds=3600), models)) as client:
        operation = client.post("/v1/operations", json=hostile.opening).json()["id"]
        at = f"/v1/operations/{operation}"
        sent = client.post(
            f"{at}/accounts", json={"accounts": hostile.accounts(requests(flood.accounts, flood.posts))}
        )
        assert sent.status_code == 200, sent.text
        assert client.post(f"{at}/judgements").status_code == 200
        accounts = client.get(f"{at}/accounts").json()["accounts"]
        tracks = {
            kind: [each["track"] for each in client.get(f"{at}/{kind}").json()["found"]]
            for kind in ("campaigns", "groups")
        }
        contents = [each["id"] for each in client.get(f"{at}/contents").json()["contents"]]
    assert tracks["campaigns"]
    return Kept(store, operation, accounts, tracks, contents)


Open = Callable[..., httpx2.Client]


@pytest.fixture
def opened(served: Callable[[Settings], str], kept: Kept) -> Iterator[Open]:
    """Return a function that opens the console as a browser does: it keeps cookies, and asks for pages."""
    clients = []

    def open_console(language: str = "en", **settings: Any) -> httpx2.Client:
        address = served(Settings(store=kept.store, judge_seconds=3600, **settings))
        headers = {"accept": "text/html,*/*;q=0.8", "accept-language": language}
        clients.append(httpx2.Client(base_url=address, headers=headers, timeout=30))
        return clients[-1]

    yield open_console
    for client in clients:
        client.close()


class _Tokens(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the token of a form."""
        named = dict(attrs)
        if named.get("name") == "token":
            self.found = named["value"] or ""


@pytest.fixture(scope="session")
def token_in() -> Callable[[str], str]:
    """Return a function that returns the token of the forms of a page."""

    def read(page: str) -> str:
        parser = _Tokens()
        parser.feed(page)
        assert parser.found
        return parser.found

    return read
