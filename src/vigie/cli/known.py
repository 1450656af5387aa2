"""``vigie known``: the memory of campaigns: what is known of earlier ones, and which accounts match it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigie.cli.language import LanguageName
from vigie.cli.language import spoken as language_of

if TYPE_CHECKING:
    import polars as pl

    from vigie.features.i18n import Language
    from vigie.serving.known_campaigns.digests import Key
    from vigie.serving.known_campaigns.matching import Matches
    from vigie.serving.known_campaigns.types import Memory

_HELP = """Remember campaigns, and say which accounts match one.

A match is evidence beside a score, and changes none. It is neither proof nor attribution.

Examples:

* vigie known import viginum-bundle.json --into memory.json

* vigie known import meta-indicators.csv --into memory.json --name "Network 1, Q1 2025"

* vigie known list memory.json

* vigie known match data/mine --known memory.json --out matches.jsonl

* vigie known test memory.json "Network 1, Q1 2025"

* vigie known confirm data/mine --campaign 1 --name Harbour --into memory.json --digest-key memory.key
"""
_IMPORT = """Add the campaigns of files to a memory: STIX 2.1 bundles of OpenCTI with the spreadsheets attached to them, Meta's indicators,
and tables (.csv, .tsv, .xlsx) of accounts, domains, pages or media hashes, defanged or not.

A campaign of the same name and source takes the place of what was there.

Examples:

* vigie known import viginum-bundle.json --into memory.json

* vigie known import domains.csv --into memory.json --name RRN --source "VIGINUM, RRN"
"""
_MATCH = """Write which accounts of a collection match a known campaign, how, and in which of their posts.

Examples:

* vigie known match data/mine --known memory.json --out matches.jsonl

* vigie known match accounts.jsonl --known memory.json --out correspondances.csv --language fr
"""
_CONFIRM = """Keep a group or a campaign that vigie network finds in a collection, once people confirmed it.

--campaign and --group take the numbers that vigie network prints, from 1. --digest-key keeps digests instead of persons' data:
equal ids, handles, texts and pictures are recognised with the same key, variants are not.

Examples:

* vigie known confirm data/mine --campaign 1 --name Harbour --into memory.json

* openssl rand -out memory.key 32

* vigie known confirm data/mine --group 2 --name Harbour --into memory.json --digest-key memory.key
"""
KnownFile = Annotated[
    Path | None,
    typer.Option("--known", help="Memory made by vigie known import: tell which accounts match it."),
]
KeyFile = Annotated[
    Path | None,
    typer.Option("--known-key", help="File with the key of the memory's digests.", envvar="VIGIE_KNOWN_KEY"),
]


def import_(
    files: Annotated[list[Path], typer.Argument(help="STIX bundles (.json) and tables (.csv, .tsv, .xlsx).")],
    into: Annotated[Path, typer.Option(help="Memory to add to, .json; made where there is none.")],
    name: Annotated[
        str | None, typer.Option(help="Name of the campaign, where a table does not say it.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Who says so, where the file does not say it.")] = None,
    platform: Annotated[str | None, typer.Option(help="Platform of accounts without one.")] = None,
    language: LanguageName = "en",
) -> None:
    """Import campaigns (see the module for the help text)."""
    from vigie.features.i18n import Message, message
    from vigie.serving.known_campaigns import memory_file, readers
    from vigie.serving.known_campaigns.types import Memory

    spoken = language_of(language)
    memory = memory_file.read(into) if into.exists() else Memory()
    said = []
    for file in files:
        made = readers.read(file, name=name, source=source, platform=platform)
        memory = memory_file.with_campaigns(memory, made.campaigns)
        said += [
            message(
                "known.imported", campaign=each.name, source=each.source.name, accounts=len(each.accounts),
                others=len(each.indicators),
            )
            for each in made.campaigns
        ]  # fmt: skip
        said += [
            Message(f"known.left_out.{reason}", {"count": count, "file": file.name})
            for reason, count in made.left_out.items()
        ]
    memory_file.write(into, memory)
    for each in said:
        typer.echo(each.say(spoken))


def list_(
    path: Annotated[Path, typer.Argument(metavar="MEMORY", help="Memory made by vigie known import.")],
    language: LanguageName = "en",
) -> None:
    """List the campaigns of a memory: who says so, how much is known, from when to when.

    Example: vigie known list memory.json
    """
    from collections import Counter

    from vigie.features.i18n import Listing, Message, Moment, message
    from vigie.serving.known_campaigns import memory_file

    spoken = language_of(language)
    for each in memory_file.read(path).campaigns:
        counts = Counter(one.kind for one in each.indicators)
        parts = [message("known.counted.accounts", count=len(each.accounts))] if each.accounts else []
        parts += [
            Message(f"known.counted.{kind}", {"count": count}) for kind, count in sorted(counts.items())
        ]
        typer.echo(
            message(
                "known.listed", campaign=each.name, source=each.source.name, held=Listing(tuple(parts)),
                when=message("known.as_of", time=Moment(each.source.published)) if each.source.published else "",
                kept=message("known.kept_as_digests", key=each.key) if each.key else "",
            ).say(spoken)
        )  # fmt: skip


def match(
    path: Annotated[Path, typer.Argument(help="Dataset directory made by vigie import, .jsonl or .parquet.")],
    known: Annotated[Path, typer.Option(help="Memory made by vigie known import.")],
    out: Annotated[Path, typer.Option(help="File to write: .jsonl, .csv or .parquet.")],
    key: KeyFile = None,
    language: LanguageName = "en",
) -> None:
    """Match a collection with a memory (see the module for the help text)."""
    from rich.console import Console

    from vigie.cli.corpus import read
    from vigie.features.i18n import message
    from vigie.serving.known_campaigns import match_files

    spoken = language_of(language)
    match_files.check_suffix(out)
    accounts, posts = read(path, Console(stderr=True))
    found = opened(known, key, path).matches(accounts, posts)
    match_files.write(out, accounts, found.by_account(spoken))
    told(found, spoken)
    typer.echo(message("known.written", file=str(out)).say(spoken))


def homogeneity(
    path: Annotated[Path, typer.Argument(metavar="MEMORY", help="Memory made by vigie known import.")],
    campaign: Annotated[str, typer.Argument(help="Name of a campaign of the memory.")],
    out: Annotated[Path | None, typer.Option(help="JSON file for the whole answer; must not exist.")] = None,
    language: LanguageName = "en",
) -> None:
    """Test the accounts of a known campaign as a group: are their profiles more alike than those of ordinary accounts?

    Example: vigie known test memory.json "Portal Kombat"
    """
    from rich.console import Console

    from vigie.cli import group_test
    from vigie.errors import InputError
    from vigie.features import whole_files
    from vigie.features.coordination.report.profile_tests import Reference
    from vigie.features.group_test.report import describe
    from vigie.features.group_test.types import GroupTest
    from vigie.models.bundle import load
    from vigie.serving.json_encoding import encoded
    from vigie.serving.known_campaigns import memory_file, profiles

    spoken = language_of(language)
    if out is not None and out.exists():
        raise InputError(f"{out} exists; name a file that does not")
    accounts = profiles.accounts(profiles.named(memory_file.read(path), campaign))
    made = describe(accounts, Reference.from_json(load(None, "coordinated").index["population"]), spoken)
    if out is not None:
        with whole_files.new_file(out) as fresh:
            fresh.write_bytes(encoded(GroupTest, made, indent=1))
    group_test.show(made, [], out, spoken, Console())


def confirm(
    path: Annotated[Path, typer.Argument(help="Dataset directory made by vigie import, .jsonl or .parquet.")],
    name: Annotated[str, typer.Option(help="What the campaign is called from now on.")],
    into: Annotated[Path, typer.Option(help="Memory to add to, .json; made where there is none.")],
    campaign: Annotated[
        int | None, typer.Option(help="Number of a campaign of vigie network.", min=1)
    ] = None,
    group: Annotated[int | None, typer.Option(help="Number of a group of vigie network.", min=1)] = None,
    source: Annotated[str, typer.Option(help="Who confirmed it, or where.")] = "vigie",
    digest_key: Annotated[
        Path | None,
        typer.Option(help="File with a key of 32 bytes or more: keep digests instead of persons' data."),
    ] = None,
    language: LanguageName = "en",
) -> None:
    """Keep a confirmed group (see the module for the help text)."""
    from rich.console import Console

    from vigie.cli.corpus import read
    from vigie.errors import InputError
    from vigie.features.coordination.comparison import Limits, compare_posts
    from vigie.features.coordination.report.network import report
    from vigie.features.coordination.report.types import Campaign
    from vigie.features.i18n import message
    from vigie.serving.known_campaigns import confirmed, memory_file
    from vigie.serving.known_campaigns.digests import Key, digested
    from vigie.serving.known_campaigns.types import Memory
    from vigie.serving.note import subjects

    spoken = language_of(language)
    if (campaign is None) == (group is None):
        raise InputError("give --campaign or --group, one of them: its number as vigie network prints it")
    key = Key.read(digest_key) if digest_key else None
    memory = memory_file.read(into) if into.exists() else Memory()
    compared = compare_posts(*read(path, Console(stderr=True)), Limits())
    found = {
        (
            isinstance(each.told, Campaign),
            each.told.campaign if isinstance(each.told, Campaign) else each.told.group,
        ): each
        for each in subjects.of(compared, report(compared, spoken))
    }
    wanted = (campaign is not None, (campaign or group or 0) - 1)
    if wanted not in found:
        numbers = sorted(number + 1 for is_campaign, number in found if is_campaign == wanted[0])
        listed = ", ".join(map(str, numbers)) or "none"
        raise InputError(f"there is no such {'campaign' if campaign else 'group'}; there are: {listed}")
    kept = confirmed.of_subject(found[wanted], compared, name=name, source=source)
    memory_file.write(into, memory_file.with_campaigns(memory, [digested(kept, key) if key else kept]))
    typer.echo(
        message(
            "known.imported",
            campaign=name,
            source=source,
            accounts=len(kept.accounts),
            others=len(kept.indicators),
        ).say(spoken)
    )


@dataclass(frozen=True)
class OpenedMemory:
    """A memory, the key of its digests, and the earlier handles of the accounts that are matched with it."""

    memory: Memory
    key: Key | None
    names: pl.DataFrame | None

    def matches(self, accounts: pl.DataFrame, posts: pl.DataFrame) -> Matches:
        """Return what accounts share with it."""
        from vigie.serving.known_campaigns import matching

        return matching.matches(accounts, posts, self.memory, key=self.key, names=self.names)


def opened(known: Path, key: Path | None, collection: Path) -> OpenedMemory:
    """Return a memory for the accounts of a collection.

    Raises:
        InputError: The memory or the key cannot be used.
    """
    from vigie.features.ingest import dataset
    from vigie.features.ingest.dataset import MANIFEST
    from vigie.serving.known_campaigns import memory_file
    from vigie.serving.known_campaigns.digests import Key

    names = dataset.open(collection).names().collect() if (collection / MANIFEST).is_file() else None
    return OpenedMemory(memory_file.read(known), Key.read(key) if key else None, names)


def told(found: Matches, language: Language) -> None:
    """Print how many accounts match which campaign, and what that does not say."""
    from vigie.features.i18n import message

    for campaign, count in found.accounts_by_campaign():
        typer.echo(message("known.matched", count=count, campaign=campaign).say(language))
    if found.table.is_empty():
        typer.echo(message("known.unmatched").say(language))
    typer.echo(message("known.caution").say(language))


def register(app: typer.Typer) -> None:
    """Add the commands to an application."""
    known = typer.Typer(help=_HELP, no_args_is_help=True, rich_markup_mode="markdown")
    known.command("import", help=_IMPORT)(import_)
    known.command("list")(list_)
    known.command("match", help=_MATCH)(match)
    known.command("test")(homogeneity)
    known.command("confirm", help=_CONFIRM)(confirm)
    app.add_typer(known, name="known")
