"""Annotate a dataset of 4CAT with what vigie says of the accounts that wrote its items."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from backend.lib.processor import BasicProcessor
from common.lib.exceptions import ProcessorInterruptedException
from common.lib.helpers import UserInput

from vigie.client import Client, Retries
from vigie.client.accounts import objects
from vigie.client.types import AccountResult
from vigie.errors import InputError, VigieError
from vigie.features.ingest import mapping
from vigie.features.ingest.importing import Destination, import_files
from vigie.features.ingest.mapping import Cell, Plan
from vigie.features.ingest.reader import Options
from vigie.features.ingest.readers import find
from vigie.features.ingest.stored_dataset import Dataset

_TARGETS = {
    "inauthentic": "Inauthentic: each account by itself",
    "coordinated": "Coordinated: compared with the others",
}
# Annotations saved at once.
_SAVED = 5000
# Names of the shipped mappings that read the items of 4CAT begin so.
_MAPPINGS = "4cat-"


class ScoreAccounts(BasicProcessor):
    """Scores the accounts of a dataset, and writes scores, bands, groups and reasons beside their items."""

    type = "vigie-score-accounts"
    category = "Networks"
    title = "Score accounts with vigie"
    description = (
        "Asks a vigie service which accounts are likely inauthentic and which act in coordination, and why. Each item is annotated "
        "with the scores of its author. A score is no proof, and coordination is neither inauthenticity nor attribution."
    )
    extension = "csv"

    config = {  # noqa: RUF012 - as 4CAT reads it
        "vigie.url": {
            "type": UserInput.OPTION_TEXT,
            "default": "",
            "help": "Address of the vigie service",
            "tooltip": "Such as https://vigie.example.org. Where it is empty, users are asked for one.",
        },
        "vigie.key": {
            "type": UserInput.OPTION_TEXT,
            "default": "",
            "help": "API key of vigie",
            "tooltip": "With the scope score. Where it is empty, users are asked for one.",
        },
    }

    @classmethod
    def get_options(cls, parent_dataset: Any = None, config: Any = None) -> dict[str, Any]:
        """Return what a user may choose.

        Args:
            parent_dataset: What is to be scored.
            config: Settings of the 4CAT server.
        """
        asked: dict[str, Any] = {
            "consent": {
                "type": UserInput.OPTION_INFO,
                "help": "Profiles and posts of the dataset are sent to the vigie service, which keeps none of them.",
            },
            "url": {
                "type": UserInput.OPTION_TEXT,
                "default": "",
                "help": "Address of the vigie service",
                "tooltip": "Such as https://vigie.example.org",
            },
            "key": {
                "type": UserInput.OPTION_TEXT,
                "default": "",
                "help": "API key",
                "tooltip": "With the scope score; empty where the service asks for none",
                "sensitive": True,
            },
            "targets": {
                "type": UserInput.OPTION_MULTI,
                "help": "Scores",
                "options": _TARGETS,
                "default": ["inauthentic"],
                "tooltip": "Coordination compares all accounts in one request: a dataset too large for it is refused.",
            },
            "language": {
                "type": UserInput.OPTION_CHOICE,
                "help": "Language of the reasons",
                "options": {"en": "English", "fr": "French"},
                "default": "en",
            },
        }
        for name in ("url", "key"):
            if config is not None and config.get(f"vigie.{name}"):
                del asked[name]
        return asked

    @classmethod
    def is_compatible_with(cls, module: Any = None, config: Any = None) -> bool:
        """Return whether a dataset holds items of accounts: one that was collected or imported, and not made from another.

        Args:
            module: The dataset.
            config: Settings of the 4CAT server.
        """
        return bool(module.is_top_dataset() and module.get_extension() in ("csv", "ndjson"))

    def process(self) -> None:
        """Score, annotate, and write one row per account."""
        url = self.config.get("vigie.url") or self.parameters.get("url")
        targets = [target for target in _TARGETS if target in (self.parameters.get("targets") or ())]
        if not url or not targets:
            missing = "the address of the vigie service" if not url else "at least one score"
            return self.dataset.finish_with_error(f"Choose {missing}.")
        key = self.config.get("vigie.key") or self.parameters.get("key") or None
        try:
            # A processor may be stopped only between requests: none is tried again for long.
            with Client(url, key, retries=Retries(within_s=120)) as client:
                self._score(client, targets)
        except VigieError as error:
            self.dataset.finish_with_error(str(error))

    def _score(self, client: Client, targets: list[str]) -> None:
        folder = self.dataset.get_staging_area()
        self.dataset.update_status("Reading items")
        plan, authors = self._written(folder / "items.csv")
        read = import_files(
            find(plan.name), [folder / "items.csv"], Options(), Destination(folder / "read", "4cat")
        )
        language = self.parameters.get("language") or "en"
        answer = client.score(self._watched(read), targets=targets, top_reasons=3, language=language)
        scores = {str(result["account_id"]): _row(result, targets) for result in answer.content["results"]}
        self.dataset.update_status("Saving annotations")
        annotations = _annotations(authors, scores)
        while batch := list(islice(annotations, _SAVED)):
            self._stop_if_asked()
            self.save_annotations(batch)
        self.write_csv_items_and_finish([{"account_id": name, **row} for name, row in scores.items()])

    def _written(self, file: Path) -> tuple[Plan, list[tuple[str, str]]]:
        """Write the items as 4CAT exports them; return how vigie reads them, and the author of each.

        Raises:
            InputError: There is none, or vigie has no mapping for items with these fields.
        """
        # 4CAT raises between items where the processor is to stop.
        items = self.source_dataset.iterate_items(self)
        first = next(items, None)
        if first is None:
            raise InputError("The dataset has no items.")
        columns = list(first.keys())
        plan = _plan(columns)
        named = plan.tables["accounts"].fields["account_id"]
        assert isinstance(named, Cell)  # noqa: S101 - all mappings of 4CAT name one column
        (author,) = named.columns
        authors = []
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, columns, extrasaction="ignore")
            writer.writeheader()
            for item in _chained(first, items):
                writer.writerow({name: item.get(name) for name in columns})
                authors.append((str(item["id"]), str(item[author])))
        return plan, authors

    def _watched(self, read: Dataset) -> Iterator[dict[str, Any]]:
        """Yield accounts with their posts as they are sent, and tell how far this is."""
        accounts = read.accounts().collect()
        for place, account in enumerate(objects(accounts, read.posts().collect())):
            self._stop_if_asked()
            if place % 100 == 0:
                self.dataset.update_status(f"Sent {place:,} of {accounts.height:,} accounts")
                self.dataset.update_progress(place / accounts.height)
            yield account
        self.dataset.update_status(f"Waiting for the scores of {accounts.height:,} accounts")

    def _stop_if_asked(self) -> None:
        if self.interrupted:
            raise ProcessorInterruptedException("Interrupted while scoring accounts")


def _plan(columns: list[str]) -> Plan:
    """Return the mapping of vigie that reads items with some fields.

    Raises:
        InputError: There is none.
    """
    plans = [plan for name, plan in mapping.shipped().items() if name.startswith(_MAPPINGS)]
    for plan in plans:
        if plan.recognise is not None and set(plan.recognise.columns) <= set(columns):
            return plan
    platforms = ", ".join(sorted(plan.defaults["platform"] for plan in plans))
    raise InputError(
        f"vigie reads datasets of these platforms: {platforms}. This one has none of their sets of fields."
    )


def _chained(first: Mapping[str, Any], rest: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    yield first
    yield from rest


def _row(result: AccountResult, targets: list[str]) -> dict[str, Any]:
    """Return what is written of an account: of each target a score, a band and reasons; its group."""
    row: dict[str, Any] = {}
    problem = result.get("error")
    for target in targets:
        verdict: dict[str, Any] = dict(result.get(target) or {})  # type: ignore[call-overload]
        reasons = " ".join(reason["sentence"] for reason in verdict.get("reasons", ()))
        row[f"vigie {target} score"] = verdict.get("probability", "")
        row[f"vigie {target} band"] = verdict.get("band") or ("refused" if problem else "abstained")
        row[f"vigie {target} reasons"] = (
            reasons or verdict.get("why") or (problem["detail"] if problem else "")
        )
        if target == "coordinated":
            group = verdict.get("group")
            row["vigie group"] = "" if group is None else group
    return row


def _annotations(
    authors: list[tuple[str, str]], scores: Mapping[str, dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield the annotations of items by the scores of their authors; what is empty is none."""
    for item_id, author in authors:
        for label, value in scores.get(author, {}).items():
            if value != "":
                yield {"item_id": item_id, "label": label, "value": value}
