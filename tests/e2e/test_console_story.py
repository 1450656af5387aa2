"""An analyst's story in a real browser: a file is tried and kept, a campaign is found, decided on and reported."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vigie.cli.demo import requests
from vigie.serving.dossier.verification import verify
from vigie.training.synthetic.example_collection import example_collection

sync_api = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: no browser is driven"
)
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no browser: apt-get install chromium")


def test_from_a_file_to_a_report(serve: Callable[..., str], tmp_path: Path) -> None:
    address = serve("--store", tmp_path / "store")
    made = example_collection()
    file = tmp_path / "collected.jsonl"
    file.write_text("\n".join(json.dumps(each) for each in requests(made.accounts, made.posts)))
    with sync_api.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = running.new_page(locale="en")
        page.set_default_timeout(120_000)
        name = _opened(page, f"{address}/console/")
        page.get_by_role("link", name="Add a file").click()
        page.locator("input[type=file]").set_input_files(file)
        assert page.get_by_label("Keep what it contains in").input_value() == name
        page.get_by_role("button", name="Read and score").click()
        page.get_by_role("heading", name="What came out of the file").wait_for()
        assert page.get_by_text("accounts were scored").is_visible()
        page.get_by_role("button", name="Judge it now").click()
        page.locator("#campaigns + ul h3 a").first.click()
        _decide(page)
        with page.expect_download() as sealed:
            page.get_by_role("button", name="Sealed dossier").click()
        sealed.value.save_as(tmp_path / "dossier.zip")
        page.get_by_label("Marking").select_option("green")
        page.get_by_role("button", name="Technical note (print: PDF)").click()
        page.get_by_role("heading", name="Confidence in the coordination").wait_for()
        assert "TLP:GREEN" in page.content()
        assert "Ann" in page.content()
        assert page.pdf(format="A4").startswith(b"%PDF")
        running.close()
    found = verify(tmp_path / "dossier.zip")
    assert found.differences == ()
    assert found.decisions is not None
    assert [each.entry["why"] for each in found.decisions.decisions] == ["seen with my own eyes"]


def _opened(page: Any, address: str) -> str:
    """Open an operation and return its id."""
    page.goto(address)
    form = page.locator("form[action='/console/operations']")
    form.get_by_label("Title").fill("Harbour election, second round")
    form.get_by_label("Legal basis").fill("Decree 2021-922, article 1")
    form.get_by_label("What it watches").fill("harbour #HarbourVote")
    form.get_by_role("button").click()
    page.wait_for_url("**/console/operations/op_*")
    return str(page.url.rpartition("/")[2])


def _decide(page: Any) -> None:
    form = page.locator("form.decide[action$='/decisions']")
    form.get_by_label("confirmed").check()
    form.get_by_label("Why").fill("seen with my own eyes")
    form.get_by_label("Your name").fill("Ann")
    form.get_by_role("button").click()
    page.get_by_text("seen with my own eyes").wait_for()
