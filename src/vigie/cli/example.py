"""``vigie example``: the collection of the demonstration, as files to try the commands on."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigie.cli.demo import requests
from vigie.cli.language import LanguageName, spoken

if TYPE_CHECKING:
    from vigie.features.i18n import Language
    from vigie.training.synthetic.corpus import SyntheticCorpus

_HELP = """Write an invented collection to try the commands on: a flood among people, fans, a newsroom and activists.

Nobody in it exists; it is what vigie demo sends to the service. The folder holds accounts.jsonl (one account a line with
its posts, as the service takes them), truth.csv (what each account is) and README.md (the commands to try next, which are
printed too).

Examples:

* vigie example --out example

* vigie example --out exemple --language fr
"""
_ACCOUNTS, _TRUTH, _README = "accounts.jsonl", "truth.csv", "README.md"


def example(
    out: Annotated[Path, typer.Option(help="Folder to make; must not exist.")],
    language: LanguageName = "en",
) -> None:
    """Write the files and say what to do with them."""
    from rich.console import Console

    from vigie.errors import InputError
    from vigie.training.synthetic.example_collection import example_collection

    chosen = spoken(language)
    if out.exists():
        raise InputError(f"{out} exists; name a folder that does not")
    made = example_collection()
    text = "\n".join(_next_steps(made, out, chosen))
    _write(made, text, out)
    Console().print(text, markup=False, highlight=False, soft_wrap=True)


def _write(made: SyntheticCorpus, text: str, out: Path) -> None:
    """Write every file, whole or not at all."""
    from vigie.features import whole_files
    from vigie.training.synthetic.example_collection import roles

    with whole_files.new_folder(out) as fresh:
        lines = (
            json.dumps(account, ensure_ascii=False) + "\n" for account in requests(made.accounts, made.posts)
        )
        with (fresh / _ACCOUNTS).open("w", encoding="utf-8") as file:
            file.writelines(lines)
        roles(made).write_csv(fresh / _TRUTH)
        (fresh / _README).write_text(text + "\n", encoding="utf-8")


def _next_steps(made: SyntheticCorpus, out: Path, language: Language) -> Iterator[str]:
    """Yield what the folder holds, and the commands to try on it."""
    from vigie.features.i18n import message

    accounts, posts = made.accounts.height, made.posts.height
    yield message("example.written", folder=str(out), accounts=accounts, posts=posts).say(language)
    for name, file in (("accounts", _ACCOUNTS), ("truth", _TRUTH), ("readme", _README)):
        yield message(f"example.file_{name}", file=file).say(language)
    yield message("example.nobody").say(language)
    yield ""
    yield message("example.next_example").say(language)
    spoken_as = "" if language == "en" else f" --language {language}"
    for step, result in (("network", "network"), ("score", "scores.csv")):
        given, made_there = (shlex.quote(str(out / name)) for name in (_ACCOUNTS, result))
        yield f"  {message(f'example.step_{step}').say(language)}"
        yield f"    vigie {step} {given} --out {made_there}{spoken_as}"


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("example", help=_HELP)(example)
