"""``vigie hash``: perceptual hashes of the pictures and videos that a collector saved."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vigie.cli.language import LanguageName, spoken

_HELP = """Hash the pictures and videos in a folder, so that copies are found though they were shrunk or saved again.

Pictures: JPEG, PNG, WebP, GIF, BMP. Of videos (MP4, MOV, WebM, Matroska) a few frames are hashed, if ffmpeg is installed.
The hash is PDQ. It describes the whole picture: no face and no voice is looked for, and no metadata is kept.

A file that is damaged, too large or no picture is refused with the reason. A run that was interrupted goes on where it ended:
a file is not read again unless its size or its time of change did.

Needs the extra media: pip install 'vigie[media]'.

Examples:

* vigie hash downloads/media --out hashes.parquet

* vigie hash downloads/media --out empreintes.csv --language fr
"""


def hash_(
    folder: Annotated[
        Path, typer.Argument(help="Folder of pictures and videos; folders in it are read too.")
    ],
    out: Annotated[Path, typer.Option(help="File to write, .parquet or .csv; an earlier one is completed.")],
    jobs: Annotated[int, typer.Option(help="Processes.", min=1)] = 2,
    language: LanguageName = "en",
) -> None:
    """Hash a folder and say what came of it."""
    from rich.console import Console
    from rich.progress import Progress

    from vigie.features.i18n import message
    from vigie.features.media import hash_table, summary

    chosen = spoken(language)
    errors = Console(stderr=True)
    with Progress(console=errors, transient=True, disable=not errors.is_terminal) as progress:
        task = progress.add_task(message("media.reading").say(chosen), total=None)
        read = 0

        def told(done: int, total: int) -> None:
            nonlocal read
            read = done
            progress.update(task, completed=done, total=total)

        table = hash_table.hash_folder(folder, out=out, jobs=jobs, told=told)
    sentences = list(summary.told(table, str(folder)))
    if kept := table["file"].n_unique() - read:
        sentences.insert(1, message("media.kept", count=kept, out=str(out)))
    sentences.append(message("media.written", out=str(out)))
    console = Console()
    for sentence in sentences:
        console.print(sentence.say(chosen), markup=False, highlight=False, soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("hash", help=_HELP)(hash_)
