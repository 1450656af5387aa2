"""``vigie group-test``: a list of accounts without posts, tested as a group."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigie.cli.language import LanguageName
from vigie.cli.language import spoken as language_of

if TYPE_CHECKING:
    from rich.console import Console

    from vigie.features.group_test.types import GroupTest, TraitTest
    from vigie.features.i18n import Language, Message, Value
    from vigie.features.ingest.account_list import AccountList, RefusedRow

_HELP = """Test a list of accounts, without posts, as a group: are their profiles more alike than those of ordinary accounts?

Creation dates, shapes of handles and empty or shared biographies are compared with ordinary lists of the same size. A
homogeneous list is neither inauthentic nor coordinated, and a list that was chosen by a trait proves nothing on it.

LIST is a .csv, .jsonl, .json or .parquet with the names of the contract (vigie contract) in any order, or a dataset
directory made by vigie import. Without account_id, handles stand in. Other columns are named and not read.

Examples:

* vigie group-test list.csv

* vigie group-test list.csv --platform x --observed-at 2020-10-08 --out answer.json

* vigie group-test data/mine --language fr

* vigie group-test export.csv --mapping docs/mappings/facebook.toml
"""
_ROWS_SHOWN = 20


def group_test(
    path: Annotated[
        Path,
        typer.Argument(metavar="LIST", help="A .csv, .jsonl, .json or .parquet, or a dataset directory."),
    ],
    out: Annotated[Path | None, typer.Option(help="JSON file for the whole answer; must not exist.")] = None,
    language: LanguageName = "en",
    platform: Annotated[
        str | None, typer.Option(help="Platform of the accounts, where the list does not say it.")
    ] = None,
    observed_at: Annotated[
        str | None, typer.Option(help="When the list was collected, where it does not say it: 2020-10-08.")
    ] = None,
    mapping: Annotated[Path | None, typer.Option(help="TOML file: contract field to column.")] = None,
    bundle: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the model of coordination whose ordinary accounts count. Default: the shipped one."
        ),
    ] = None,
) -> None:
    """Test a list as a group (see the module for the help text)."""
    from datetime import UTC, datetime

    from pydantic import TypeAdapter
    from rich.console import Console

    from vigie.errors import InputError
    from vigie.features import whole_files
    from vigie.features.coordination.report.profile_tests import Reference
    from vigie.features.group_test.report import describe
    from vigie.features.group_test.types import GroupTest
    from vigie.features.ingest import account_list
    from vigie.models.bundle import load

    spoken = language_of(language)
    if out is not None and out.exists():
        raise InputError(f"{out} exists; name a file that does not")
    stated = {"platform": platform, "observed_at": observed_at}
    given = account_list.read(
        path,
        datetime.now(UTC),
        mapping=mapping,
        defaults={name: value for name, value in stated.items() if value is not None},
    )
    if given.accounts.is_empty():
        raise InputError(
            f"none of the {len(given.refused):,} rows of {path} can be read; the first: {given.refused[0].reason}"
        )
    reference = Reference.from_json(load(bundle, "coordinated").index["population"])
    made = describe(given.accounts, reference, spoken, _notes(given))
    if out is not None:
        with whole_files.new_file(out) as fresh:
            fresh.write_bytes(TypeAdapter(GroupTest).dump_json(made, indent=1))
    show(made, given.refused, out, spoken, Console())


def _notes(given: AccountList) -> list[Message]:
    """Return what was left out when the list was read."""
    from vigie.features.i18n import Listing, message

    counts = {"repeated": given.repeated, "refused": len(given.refused), "posts": given.posts}
    notes = [message(f"group_test.{name}", count=count) for name, count in counts.items() if count]
    notes += [
        message("group_test.lost", count=loss.count, field=name, first=loss.first)
        for name, loss in given.lost.items()
    ]
    if given.handles_as_ids:
        notes.append(message("group_test.handles_as_ids"))
    if given.blank_biographies:
        notes.append(message("group_test.blank_biographies"))
    if given.ignored:
        named = tuple(
            message("group_test.nearest", field=one.field, nearest=one.nearest) if one.nearest else one.field
            for one in given.ignored
        )
        notes.append(message("group_test.ignored", columns=Listing(named)))
    return notes


def show(
    made: GroupTest, refused: Sequence[RefusedRow], out: Path | None, language: Language, console: Console
) -> None:
    """Print the sentence, then a table of the tests, then what else may explain them and what was left out."""
    from rich.table import Table

    from vigie.features.i18n import Message, message
    from vigie.features.i18n.message import written

    def tell(text: str, style: str = "") -> None:
        console.print(text, style=style, soft_wrap=True, markup=False, highlight=False)

    verdict = Message(f"group_test.verdict.{made.verdict}")
    tell(message("group_test.verdict", verdict=verdict, sentence=made.sentence).say(language), "bold")
    names = ("trait", "accounts", "ordinary", "p", "corrected")
    table = Table(*(Message(f"group_test.column.{name}").say(language) for name in names))
    for test in made.tests:
        table.add_row(*(written(cell, language) for cell in _cells(test)))
    console.print(table)
    for test in made.tests:
        tell(f"• {test.title}{':' if language == 'en' else chr(0x202F) + ':'} {test.sentence}")
    if made.benign_explanations:
        tell(message("group_test.explanations").say(language))
        for each in made.benign_explanations:
            tell(f"• {each.sentence}")
    for caveat in (*made.caveats, made.reference):
        tell(caveat, "dim")
    for note in made.notes:
        tell(message("cli.note", text=note).say(language), "dim")
    for row in refused[:_ROWS_SHOWN]:
        if row.file is None:
            tell(message("group_test.row_of_dataset", line=row.line or 0, reason=row.reason).say(language))
        else:
            tell(
                message("group_test.row", file=row.file, line=row.line or 0, reason=row.reason).say(language)
            )
    if len(refused) > _ROWS_SHOWN:
        tell(message("group_test.more_rows", count=len(refused) - _ROWS_SHOWN).say(language))
    if out is not None:
        tell(message("group_test.written", file=str(out)).say(language))


def _cells(test: TraitTest) -> list[Value]:
    from vigie.features.i18n import PValue, message

    unknown = message("group_test.unknown")
    if (
        test.p is None
        or test.p_corrected is None
        or test.ordinary_median is None
        or test.ordinary_most is None
    ):
        seen = (
            unknown
            if test.accounts is None
            else message("group_test.of", accounts=test.accounts, known=test.known)
        )
        return [test.title, seen, "", unknown, ""]
    return [
        test.title,
        message("group_test.of", accounts=test.accounts or 0, known=test.known),
        message("group_test.up_to", median=round(test.ordinary_median), most=round(test.ordinary_most)),
        PValue(test.p),
        PValue(test.p_corrected),
    ]


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("group-test", help=_HELP)(group_test)
