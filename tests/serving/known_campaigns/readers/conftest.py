"""An invented bundle as OpenCTI exports them, and the smallest Excel workbook."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

import pytest

Workbook = Callable[[list[list[str | float]]], bytes]


@pytest.fixture(scope="session")
def workbook() -> Workbook:
    """Return a function that writes rows as a workbook, texts shared as Excel keeps them."""

    def write(rows: list[list[str | float]]) -> bytes:
        words = [cell for row in rows for cell in row if isinstance(cell, str)]
        lines = []
        for number, row in enumerate(rows, 1):
            cells = [
                f'<c r="{chr(65 + place)}{number}" t="s"><v>{words.index(cell)}</v></c>'
                if isinstance(cell, str)
                else f'<c r="{chr(65 + place)}{number}"><v>{cell}</v></c>'
                for place, cell in enumerate(row)
                if cell != ""
            ]
            lines.append(f'<row r="{number}">{"".join(cells)}</row>')
        space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as book:
            shared = "".join(f"<si><t>{escape(word)}</t></si>" for word in words)
            book.writestr("xl/sharedStrings.xml", f"<sst {space}>{shared}</sst>")
            book.writestr(
                "xl/worksheets/sheet1.xml",
                f"<worksheet {space}><sheetData>{''.join(lines)}</sheetData></worksheet>",
            )
        return content.getvalue()

    return write


@pytest.fixture(scope="session")
def report(workbook: Workbook) -> dict[str, Any]:
    """A bundle of two campaigns, one account that both tell of, an imitated newspaper, and an attached list."""
    listed = workbook(
        [
            ["user_id", "Screen Name", "Bio", "Creation date"],
            [
                "1234567890123456789",
                "quiet_boat",
                "All about boats and the old harbour of ours",
                "2023-05-02",
            ],
            ["", "second_boat", "", 45000.5],
        ]
    )

    def thing(kind: str, number: int, **fields: Any) -> dict[str, Any]:
        return {
            "type": kind,
            "spec_version": "2.1",
            "id": f"{kind}--{number:08d}-0000-4000-8000-000000000000",
            **fields,
        }

    def relation(number: int, source: dict[str, Any], kind: str, target: dict[str, Any]) -> dict[str, Any]:
        return thing(
            "relationship", number, relationship_type=kind, source_ref=source["id"], target_ref=target["id"]
        )

    desk = thing("identity", 1, name="Desk", identity_class="organization")
    clear = thing(
        "marking-definition", 1, name="TLP:CLEAR", definition_type="tlp", definition={"tlp": "clear"}
    )
    harbour, other = thing("campaign", 1, name="Harbour"), thing("campaign", 2, name="Other")
    puppet, spread = (
        thing("channel", 1, name="twitter.com/Puppet_1"),
        thing("channel", 2, name="agency.example"),
    )
    named, paper = thing("channel", 3, name="t.me/some_source"), thing("identity", 2, name="Gazette")
    site, copy = thing("domain-name", 1, value="gazette.ltd"), thing("url", 1, value="gazette.ltd/1")
    user = thing("user-account", 1, account_type="twitter", account_login="@puppet_2", user_id="42")
    person = thing("user-account", 2, user_id="Ann Other", display_name="Ann Other")
    narrative = thing("narrative", 1, name="The harbour is lost")
    head = thing(
        "report", 1, name="Harbour: a network", published="2024-02-09T12:00:00.000Z", created_by_ref=desk["id"],
        object_marking_refs=[clear["id"]], object_refs=[],
        x_opencti_files=[
            {"name": "accounts.xlsx", "mime_type": "application/x", "data": base64.b64encode(listed).decode()},
            {"name": "report.pdf", "mime_type": "application/pdf", "data": base64.b64encode(b"%PDF").decode()},
        ],
    )  # fmt: skip
    things = [
        desk,
        clear,
        head,
        harbour,
        other,
        puppet,
        spread,
        named,
        paper,
        site,
        copy,
        user,
        person,
        narrative,
    ]
    relations = [
        relation(1, harbour, "uses", puppet), relation(2, other, "uses", user), relation(3, puppet, "amplifies", spread),
        relation(4, site, "related-to", harbour), relation(5, site, "related-to", paper), relation(6, harbour, "targets", paper),
        relation(7, other, "uses", puppet),
    ]  # fmt: skip
    return {"type": "bundle", "id": "bundle--1", "objects": [*things, *relations]}
