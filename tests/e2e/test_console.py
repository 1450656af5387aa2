"""The console in a real browser: nothing hostile runs, keys decide, layers are switched, everybody can use it, and it fits a phone."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from vigie.cli.demo import requests
from vigie.training.synthetic.example_collection import example_collection

sync_api = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: no browser is driven"
)
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no browser: apt-get install chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@dataclass(frozen=True)
class Site:
    """A served operation of hostile accounts.

    Attributes:
        address: Of the service.
        operation: Address of the page of the operation.
        pages: Every page, by what it shows.
    """

    address: str
    operation: str
    pages: dict[str, str]


@pytest.fixture(scope="module")
def site(serve_all: Callable[..., str], hostile: Any, tmp_path_factory: pytest.TempPathFactory) -> Site:
    address = serve_all("--store", tmp_path_factory.mktemp("console") / "store")
    made = example_collection()
    with httpx2.Client(base_url=address, timeout=120) as client:
        name = client.post("/v1/operations", json=hostile.opening).json()["id"]
        api = f"/v1/operations/{name}"
        sent = client.post(
            f"{api}/accounts", json={"accounts": hostile.accounts(requests(made.accounts, made.posts))}
        )
        assert sent.status_code == 200
        client.post(f"{api}/judgements").raise_for_status()
        first, second = client.get(f"{api}/accounts?limit=2").json()["accounts"]
        tracks = {
            kind: client.get(f"{api}/{kind}s").json()["found"][0]["track"] for kind in ("campaign", "group")
        }
        content = client.get(f"{api}/contents?limit=1").json()["contents"][0]["id"]
        opened = {
            "title": hostile.opening["title"],
            "subjects": [{"kind": "group", "track": tracks["group"]}],
        }
        said = {"by": "<b onclick=alert(1)>", "note": "<script>alert(9)</script>"}
        case = client.post(f"{api}/cases", json=opened | said).json()["id"]
    at = f"{address}/console/operations/{name}"
    one = {"platform": first["platform"], "id": first["account_id"]}
    other = {"with_platform": second["platform"], "with_id": second["account_id"]}
    pages = {
        "operations": f"{address}/", "operation": at, "accounts": f"{at}/accounts", "contents": f"{at}/contents",
        "posts": f"{at}/posts", "posts of the campaign": f"{at}/posts?campaign={tracks['campaign']}&sort=views",
        "review": f"{at}/review?budget=5", "account": f"{at}/account?{urlencode(one)}",
        "pair": f"{at}/pair?{urlencode(one | other)}", "problem": f"{at}/groups/999",
        "content": f"{at}/contents/{content}", "network": f"{at}/campaigns/{tracks['campaign']}/network",
        "pairs": f"{at}/campaigns/{tracks['campaign']}/pairs",
        "cases": f"{at}/cases", "case": f"{at}/cases/{case}",
        "model": f"{address}/console/model", "adaptation": f"{at}/adaptation", "try": f"{address}/console/try",
        "sign-in": f"{address}/console/sign-in",
        **{kind: f"{at}/{kind}s/{track}" for kind, track in tracks.items()},
    }  # fmt: skip
    return Site(address, at, pages)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


def test_an_analyst_looks_decides_and_is_never_attacked(site: Site, browser: Any) -> None:
    alarms: list[str] = []

    def opened(dialog: Any) -> None:
        alarms.append(dialog.message)
        dialog.dismiss()

    for language, colours, width in (("en", "light", 1280), ("fr", "dark", 390)):
        context = browser.new_context(
            locale=language, color_scheme=colours, viewport={"width": width, "height": 844}
        )
        page = context.new_page()
        page.on("dialog", opened)
        page.on("pageerror", lambda error: alarms.append(str(error)))
        # What breaks the policy is told here; so is a page that is a problem, on purpose, by its status.
        page.on(
            "console", lambda told: alarms.append(told.text) if "status of 404" not in told.text else None
        )
        page.on(
            "request", lambda asked: None if asked.url.startswith(site.address) else alarms.append(asked.url)
        )
        for name, address in site.pages.items():
            page.goto(address)
            assert page.locator("html").get_attribute("lang") == language, name
            assert page.locator("h1").count() == 1, name
            too_wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
            assert not too_wide, (name, width)
        context.close()
    assert alarms == []

    page = browser.new_page(locale="en")
    page.goto(site.pages["review"])
    first = page.locator("#now").inner_text()
    page.keyboard.press("j")
    page.wait_for_url("**at=1*")
    assert page.locator("#now").inner_text() != first
    page.keyboard.press("k")
    page.wait_for_url("**at=0*")
    page.keyboard.press("f")
    page.keyboard.type("fans of one club")
    page.get_by_label("Your name").fill("Ann")
    page.keyboard.press("Enter")
    page.get_by_text("1 of 5 decided").wait_for()
    assert page.locator("#now").inner_text() != first
    assert page.get_by_label("Your name").input_value() == "Ann"

    page.goto(site.pages["campaign"])
    page.locator("table.ranked tbody a").first.click()
    page.get_by_role("link", name=re.compile(r"^post [0-9]+$")).first.click()
    page.wait_for_url("**#post-*")
    assert page.locator(f"#{page.url.rpartition('#')[2]}").is_visible()

    page.goto(site.operation)
    bar = page.locator("figure.bars a").first
    count = bar.locator("title").text_content().rpartition(" ")[2]
    bar.click()
    page.get_by_text(f"{count} post", exact=False).first.wait_for()
    assert page.locator("article.post").count() == min(int(count), 100)


@pytest.mark.parametrize(("language", "colours", "width"), [("en", "dark", 390), ("fr", "light", 1280)])
def test_axe_finds_nothing_serious_on_any_page(
    site: Site, browser: Any, language: str, colours: str, width: int
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    context = browser.new_context(
        locale=language, color_scheme=colours, viewport={"width": width, "height": 844}, bypass_csp=True
    )
    page = context.new_page()
    found = {}
    for name, address in site.pages.items():
        page.goto(address)
        for fault in axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]:
            found[name, fault["id"]] = fault["impact"], fault["nodes"][0]["html"]
    context.close()
    assert found == {}


def test_a_network_is_steered_and_what_is_chosen_stands_in_the_address(site: Site, browser: Any) -> None:
    page = browser.new_page(locale="en")
    page.goto(site.pages["campaign"])
    canvas, told = page.locator(".network canvas"), page.locator("[data-at]")
    assert canvas.is_visible()
    assert not page.locator(".network svg").is_visible()
    whole = told.inner_text()
    page.locator("#layer-1").uncheck()
    page.wait_for_url("**off=*")
    assert told.inner_text() != whole
    assert "off=" in page.locator("[data-pairs]").get_attribute("href")
    with page.expect_download() as picture:
        page.locator("[data-save]").click()
    assert picture.value.suggested_filename == "network.png"
    page.locator("#layer-1").check()
    page.locator("[data-until]").fill("100")
    page.wait_for_url("**until=100")
    assert told.inner_text() != whole
    page.locator("[data-until]").fill("400")
    page.wait_for_function("!location.search.includes('until')")

    name = json.loads(page.locator(".network").get_attribute("data-accounts"))[0][-1]
    page.locator("[data-ego]").fill(name)
    page.keyboard.press("Enter")
    page.wait_for_url("**ego=*")
    assert name in page.locator("[data-picked]").inner_text()
    page.reload()
    assert page.locator("[data-ego]").input_value() == name
    canvas.focus()
    for key in ("+", "ArrowLeft", "-", "0"):
        page.keyboard.press(key)
    page.keyboard.press("Escape")
    page.wait_for_function("!location.search.includes('ego')")
    assert not page.locator("[data-picked]").is_visible()


def test_what_is_drawn_is_reached_by_the_keyboard_and_adds_one_stop(site: Site, browser: Any) -> None:
    page = browser.new_page(locale="en")
    for name, figure in (
        ("account", "figure.rhythm"),
        ("campaign", "figure.calendar"),
        ("campaign", "figure.bars"),
    ):
        page.goto(site.pages[name])
        drawn = page.locator(figure)
        stops = drawn.locator("a:not([tabindex='-1']):visible, summary, [tabindex='0']:visible")
        assert stops.count() <= 2, figure
        drawn.locator("summary").focus()
        page.keyboard.press("Enter")
        told = drawn.locator("td a").first
        told.wait_for()
        count = told.inner_text()
        while not told.evaluate("link => link === document.activeElement"):
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.closest('figure') !== null"), figure
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.locator("p.soft").filter(has_text=re.compile(rf"^{count} (post|account)")).count() == 1, (
            figure
        )


def test_without_a_script_the_drawing_stays_and_its_layers_are_switched(site: Site, browser: Any) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(site.pages["campaign"])
    layer = page.locator("path.layer-1")
    assert layer.is_visible()
    page.locator("#layer-1").uncheck()
    assert not layer.is_visible()
    assert not page.locator("canvas").is_visible()
