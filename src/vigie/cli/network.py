"""``vigie network``: who acts on the same things at the same time, and what chance does not explain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from vigie.cli.engine import EngineName, Remote
from vigie.cli.known import KeyFile, KnownFile
from vigie.cli.language import LanguageName
from vigie.cli.language import spoken as language_of

if TYPE_CHECKING:
    import polars as pl

    from vigie.features.coordination.baselines import Baseline
    from vigie.features.coordination.comparison import Comparison
    from vigie.features.coordination.report.types import (
        AccountName,
        Alternative,
        Campaign,
        Group,
        NetworkReport,
    )
    from vigie.features.i18n import Language, Message

_HELP = """Find accounts that act in synchrony, test them against chance, and describe their groups.

A group is *synchronous*, never inauthentic: fans, newsrooms and activists are synchronous too; benign
alternatives are listed with each group.

Examples:

* vigie network data/mine --out network

* vigie network accounts.jsonl --out network

* vigie network data/coortweet --out network --language fr

* vigie network data/both --out network --shift x=4

* vigie network data/mine --out network --report note.html --language fr

* vigie network data/mine --out network --known memory.json

* vigie network data/mine --out network --stix bundle.json --tlp amber

* vigie network data/mine --out network --dossier dossier.zip --key sealing.pem

* vigie network data/mine --out shuffled --shuffle

Writes pairs.parquet (every pair with at least two objects, both p-values), evidence.parquet (what the accounts of
each pair beyond chance acted on together, with which posts), activity.parquet (pairs active in the same minutes more
often than the rates of both explain: supporting evidence only, no group is made from it), events.parquet (who acted on
what, when, with which post), campaigns.json (accounts that publish contents hardly anybody else does), groups.parquet
and groups.json (what is known of each group, in the language asked for), ungrouped.json (the most significant pairs
outside any group) and network.graphml (Gephi). --report adds a note for an analyst: one page that works offline, with
figures, contents, evidence and both scores of the accounts, and beside it NAME.accounts.csv and NAME.posts.csv (the posts to
capture) for a spreadsheet. --known adds matches.jsonl, what accounts share with the campaigns of a memory (vigie known): evidence
beside what is found, and no part of it. --stix adds a STIX 2.1 bundle for OpenCTI 7, the note attached. --dossier adds one sealed
file of all that was compared and found, which vigie verify checks and computes again; it holds personal data. --shuffle tries the method
on chance: it permutes the authors and the times of the posts, and whatever is found then is false. --engine spark reads the
accounts and posts where an engine can, and compares there; this machine holds all of them too. The files number groups and
campaigns from 0, the text printed from 1.
"""
_SHOWN, _PAIRS_SHOWN, _CONTENTS_SHOWN, _TAGS_SHOWN = 20, 5, 5, 5
_NAMES_SHOWN, _ACTS_SHOWN = 6, 3
# Of the permutations of a falsification run.
_SEED = 1
# How much of the work each step stands for, in thousandths: processor time for 3 million invented posts.
_SHARES = {
    "reading": 50, "posts": 100, "texts": 60, "similar": 60, "traces": 90, "any": 20, "groups": 40, "bursts": 20,
    "series": 20, "contents": 120, "report": 80, "activity": 200, "evidence": 50, "events": 90,
}  # fmt: skip


def network(
    path: Annotated[
        str, typer.Argument(help="Dataset directory made by vigie import, .jsonl or .parquet of accounts.")
    ],
    out: Annotated[Path, typer.Option(help="Folder to write; must not exist.")],
    language: LanguageName = "en",
    shift: Annotated[
        list[str] | None,
        typer.Option(
            help="PLATFORM=HOURS to add to the times of a platform whose clock differs; repeat for more."
        ),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(help="Rates of ordinary accounts, made by vigie baseline. Default: those that ship."),
    ] = None,
    report_to: Annotated[
        Path | None,
        typer.Option(
            "--report",
            help="Page to write for an analyst, .html, with two CSV files beside it; must not exist.",
        ),
    ] = None,
    shuffle: Annotated[
        bool,
        typer.Option(
            "--shuffle",
            help="Falsification run: permute who posted and when, and compare by rates measured on the result. "
            "It must find nothing.",
        ),
    ] = False,
    known: KnownFile = None,
    known_key: KeyFile = None,
    stix: Annotated[
        Path | None, typer.Option(help="STIX 2.1 bundle to write for OpenCTI 7, .json; must not exist.")
    ] = None,
    tlp: Annotated[
        str, typer.Option(help="Marking of the bundle: clear, green, amber, amber+strict or red.")
    ] = "amber",
    dossier: Annotated[
        Path | None,
        typer.Option(help="Sealed dossier to write, .zip; must not exist. It holds profiles and posts."),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(help="Private Ed25519 key, a PEM file, that signs the dossier.", exists=True),
    ] = None,
    engine: EngineName = "local",
    remote: Remote = None,
) -> None:
    """Find synchronous groups (see the module for the help text)."""
    from vigie.cli.corpus import collected
    from vigie.cli.dossier import check_dossier, write_dossier
    from vigie.cli.engine import check
    from vigie.cli.known import opened, told
    from vigie.cli.progress import reported, told_of_earlier
    from vigie.cli.stix_bundle import check_bundle, write_bundle
    from vigie.errors import InputError
    from vigie.features import on_disk, steps
    from vigie.features.coordination import baselines
    from vigie.features.coordination.comparison import Limits, compare_posts
    from vigie.features.coordination.report.network import note, report
    from vigie.features.coordination.report.profile_tests import Reference
    from vigie.features.i18n import message
    from vigie.models.bundle import load
    from vigie.serving.batch import network_files

    spoken = language_of(language)
    check(engine, remote, path)
    if known and remote:
        raise InputError(
            "--known reads the names of a dataset on this machine; leave it or --engine spark out"
        )
    if out.exists():
        raise InputError(f"{out} exists; name a folder that does not")
    if report_to is not None:
        _check_report(report_to)
    if stix is not None:
        check_bundle(stix, tlp)
    sealing_key = check_dossier(dossier, key)
    if shuffle and not (report_to is baseline is stix is known is dossier is None):
        raise InputError(
            "--shuffle goes with none of --report, --baseline, --stix, --known and --dossier: it describes nobody, by its own rates"
        )
    hours = _hours(shift or [])
    memory = opened(known, known_key, Path(path)) if known else None
    ordinary = baselines.read(baseline) if baseline else None
    console = Console(stderr=True)
    total = sum(_SHARES.values())
    with (
        _worked_on(path, out, remote, _key(hours, baseline, shuffle=shuffle)) as (folder, now),
        on_disk.within(folder),
        reported(console, message("cli.reading"), total, spoken, steps.done(folder)) as progress,
    ):
        told_of_earlier(console, steps.done(folder), total, spoken)
        with collected(path, remote, console, now) as given:
            accounts, posts = given.accounts, _shifted(given.accounts, given.posts, hours)
            if shuffle:
                posts, ordinary = _shuffled(accounts, posts)
            progress(_SHARES["reading"])
            with steps.within(folder, _SHARES, progress):
                compared = compare_posts(
                    accounts,
                    posts,
                    Limits(),
                    baseline=ordinary,
                    texts=given.texts,
                    engine=given.engine,
                    progress=lambda name: progress.describe(_step(name)),
                )
        progress.describe(message("cli.describing"))
        population = Reference.from_json(load(None, "coordinated").index["population"])
        made = report(compared, spoken, population)
        progress(_SHARES["report"])
        found = memory.matches(accounts, posts) if memory else None
        progress.describe(message("cli.writing"))
        with steps.within(folder, _SHARES, progress):
            network_files.write(out, compared, made, found.by_account(spoken) if found else None)
        if report_to is not None:
            progress.describe(message("cli.scoring"))
            _note(report_to, Path(path).name, compared, made, spoken, ordinary)
        if stix is not None:
            progress.describe(message("cli.scoring"))
            exported = write_bundle(stix, tlp, Path(path).name, compared, made, spoken, ordinary)
        if dossier is not None:
            progress.describe(message("cli.sealing"))
            sealed = write_dossier(dossier, Path(path).name, compared, ordinary, hours, sealing_key)
    if shuffle:
        typer.echo(message("cli.shuffled").say(spoken))
    _show(made, out, note().say(spoken), spoken)
    if found:
        told(found, spoken)
    if report_to is not None:
        typer.echo(message("cli.note_written", file=str(report_to)).say(spoken))
    if stix is not None:
        typer.echo(exported.say(spoken))
    if dossier is not None:
        typer.echo(sealed.say(spoken))


@contextmanager
def _worked_on(
    path: str, out: Path, remote: str | None, key: Sequence[str]
) -> Iterator[tuple[Path, datetime]]:
    """Yield a folder for what the work needs and what it keeps, and the clock of the run that began it.

    What an engine beyond this machine reads, nothing here tells from other data: of that nothing is kept.
    """
    from vigie.features import whole_files
    from vigie.serving.batch import unfinished

    if remote is None:
        with unfinished.resumed(Path(path), out, key) as begun:
            yield begun
    else:
        with whole_files.scratch(out.resolve().parent) as folder:
            yield folder, datetime.now(UTC)


def _key(hours: dict[str, float], baseline: Path | None, *, shuffle: bool) -> list[str]:
    """Return all that comparing hangs on beside the data."""
    from vigie.features.coordination import traces
    from vigie.features.ingest.stored_dataset import digest

    clocks = [f"{platform}={late}" for platform, late in sorted(hours.items())]
    rates = digest(baseline) if baseline else ""
    return ["network", *clocks, rates, "shuffled" if shuffle else "", *traces.registered()]


def _check_report(path: Path) -> None:
    """Check where a note is to be written, before anything is compared.

    Raises:
        InputError: The name is not one of a page, or a file is there already.
    """
    from vigie.errors import InputError
    from vigie.serving.note import page

    if path.suffix != ".html":
        raise InputError(f"--report {path} is no page; name a file that ends in .html")
    for file in (path, *page.files(path)):
        if file.exists():
            raise InputError(f"{file} exists; name a page that does not")


def _note(
    path: Path,
    name: str,
    compared: Comparison,
    made: NetworkReport,
    language: Language,
    ordinary: Baseline | None,
) -> None:
    """Write the note of a network, with both scores of the accounts that it names."""
    from vigie.models.engine import Models, ScoringEngine
    from vigie.serving.note import page, scores, subjects

    models = Models.load(None, None)
    members = {row for one in subjects.of(compared, made) for row in one.members}
    judged = scores.of(ScoringEngine(models, ordinary), compared.accounts, compared.posts, members, language)
    page.write(path, page.made(path.stem, compared, made, judged, models, name=name, language=language))


def _shuffled(accounts: pl.DataFrame, posts: pl.DataFrame) -> tuple[pl.DataFrame, Baseline]:
    """Return posts whose authors and times are permuted, and the rates that they are compared by."""
    from vigie.features.coordination import shuffle

    platforms = accounts.select("row", "platform")
    dealt = shuffle.shuffled(posts.join(platforms, on="row", how="left", maintain_order="left"), seed=_SEED)
    return dealt.drop("platform"), shuffle.own_rates(dealt)


def _step(name: str) -> Message:
    """Return what is being compared: a trace, or contents whenever they were published."""
    from vigie.features.coordination import traces
    from vigie.features.i18n import message

    if name == "campaigns":
        return message("cli.campaigns")
    return message("cli.comparing", trace=traces.title(name))


def _hours(given: list[str]) -> dict[str, float]:
    """Return the hours to add to each platform's times.

    Raises:
        InputError: One is not PLATFORM=HOURS.
    """
    from vigie.errors import InputError

    found = {}
    for text in given:
        platform, _, hours = text.partition("=")
        try:
            found[platform.strip().lower()] = float(hours)
        except ValueError:
            raise InputError(
                f"--shift {text[:60]!r} is not PLATFORM=HOURS; write for example --shift x=4"
            ) from None
    return found


def _shifted(accounts: pl.DataFrame, posts: pl.DataFrame, hours: dict[str, float]) -> pl.DataFrame:
    """Return posts with hours added to the times of some platforms."""
    import polars as pl

    if not hours:
        return posts
    late = pl.col("platform").replace_strict(hours, default=0.0, return_dtype=pl.Float64) * 3_600
    shift = posts.join(
        accounts.select("row", "platform"), on="row", how="left", maintain_order="left"
    ).select(pl.duration(seconds=late))
    return posts.with_columns(pl.col("created_at") + shift.to_series())


def _show(made: NetworkReport, out: Path, caveat: str, language: Language) -> None:
    """Print the groups in words, strongest first."""
    from vigie.features.coordination.report import sentences
    from vigie.features.i18n import message

    console = Console()

    def show(text: str, style: str = "") -> None:
        console.print(text, style=style, soft_wrap=True, markup=False, highlight=False)

    for note in made.notes:
        show(message("cli.note", text=note).say(language), "dim")
    counts, groups = made.counts, made.groups
    counted = message(
        "cli.pairs", count=counts.pairs, significant=counts.pairs_beyond_chance, groups=len(groups)
    )
    show(counted.say(language))
    show(caveat, "dim")
    for campaign in made.campaigns[:_SHOWN]:
        for line in _campaign_lines(campaign):
            show(line.say(language))
    for group in groups[:_SHOWN]:
        for line in _lines(group):
            show(line.say(language))
    for pair in made.ungrouped[:_PAIRS_SHOWN]:
        show(f"\n{sentences.ungrouped(pair).say(language)}")
    if len(groups) > _SHOWN:
        rest = message("cli.more_groups", count=len(groups) - _SHOWN, file=str(out / "groups.json"))
        show(f"\n{rest.say(language)}")
    show(f"\n{message('cli.network_written', folder=str(out)).say(language)}")


def _campaign_lines(campaign: Campaign) -> Iterator[Message]:
    """Yield a campaign in some lines: its accounts, its period, and its foremost contents."""
    from vigie.features.coordination import traces
    from vigie.features.i18n import Listing, Moment, message

    verdict = message("cli.strong") if campaign.verdict == "strong" else message("cli.shared_contents")
    yield message("cli.campaign", campaign=campaign.campaign + 1, verdict=verdict, sentence=campaign.sentence)
    hashtags = tuple(
        message("values.counted", name=tag, number=count) for tag, count in campaign.hashtags.items()
    )
    yield message(
        "cli.campaign_period",
        first=Moment(campaign.first_time),
        last=Moment(campaign.last_time),
        groups=len(campaign.groups),
        hashtags=Listing(hashtags[:_TAGS_SHOWN]) if hashtags else message("cli.no_hashtag"),
    )
    yield _names(campaign.accounts)
    for content in campaign.contents[:_CONTENTS_SHOWN]:
        yield message(
            "cli.campaign_content",
            trace=traces.title(content.trace),
            object=content.object,
            accounts=content.accounts,
            outside=content.outside,
            first=content.first_account.shown,
            time=Moment(content.first_time, seconds=True),
        )
    yield from _alternatives(campaign.benign_alternatives)


def _names(accounts: Sequence[AccountName]) -> Message:
    """Return the first accounts of a group or a campaign by name, and how many more there are."""
    from vigie.features.i18n import Listing, message

    names = [account.shown for account in accounts[:_NAMES_SHOWN]]
    more = len(accounts) - len(names)
    return message(
        "cli.accounts",
        names=Listing((*names, message("cli.more_accounts", count=more)) if more else tuple(names)),
    )


def _acts(group: Group) -> Iterator[Message]:
    """Yield what the closest pairs of a group acted on, and when, one content each."""
    from vigie.features.i18n import Moment, message

    told: set[str] = set()
    for pair in group.pairs:
        for act in pair.shared:
            if act.object in told:
                continue
            told.add(act.object)
            yield message(
                "cli.act",
                object=act.object,
                first=pair.first.shown,
                first_time=Moment(act.first_time, seconds=True),
                second=pair.second.shown,
                second_time=Moment(act.second_time, seconds=True),
            )
            break
        if len(told) == _ACTS_SHOWN:
            return


def _lines(group: Group) -> Iterator[Message]:
    """Yield a group in some lines: what it is, how sure, and what else would explain it."""
    from vigie.features.coordination import traces
    from vigie.features.coordination.traces import ANY
    from vigie.features.i18n import Frequency, Listing, Percent, message

    verdict = message("cli.strong") if group.verdict == "strong" else message("cli.synchronous")
    # People count from 1, the files from 0.
    yield message("cli.group", group=group.group + 1, verdict=verdict, sentence=group.sentence)
    layers = [(name, layer) for name, layer in group.layers.items() if name != ANY] or list(
        group.layers.items()
    )
    counted = tuple(
        message("cli.layer", count=layer.pairs, trace=traces.title(name)) for name, layer in layers
    )
    yield _names(group.accounts)
    yield from _acts(group)
    yield message(
        "cli.group_evidence",
        layers=Listing(counted),
        often=Frequency(min(layer.p for layer in group.layers.values()), "pairs"),
        stability=Percent(group.stability),
    )
    if group.author_significant_share is not None:
        yield message("cli.author_share", share=Percent(group.author_significant_share))
    yield from _alternatives(group.benign_alternatives)


def _alternatives(alternatives: Sequence[Alternative]) -> Iterator[Message]:
    """Yield the ordinary explanations of a group or a campaign, each with what speaks for and against it."""
    from vigie.features.i18n import message

    for each in alternatives:
        pro, contra = " ".join(each.evidence_for), " ".join(each.evidence_against)
        if contra:
            yield message("cli.alternative_opposed", title=each.sentence, supporting=pro, opposing=contra)
        else:
            yield message("cli.alternative", title=each.sentence, supporting=pro)


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("network", help=_HELP)(network)
