"""How far a command is and how long it still takes: a bar on a terminal, elsewhere a line a minute."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from vigie.features.i18n import Language, Message
    from vigie.serving.batch.inputs import Accounts

_LINE_EVERY_S = 60.0


@contextmanager
def reported(
    console: Console, what: Message, total: int, language: Language, done: int = 0
) -> Iterator[Callable[[int], None]]:
    """Yield a function that takes how much of the total was done since it was last called.

    Args:
        console: Where people read it.
        what: What is being done.
        total: How much there is, in any unit.
        language: Language of the lines.
        done: How much of it was done before, at no cost now.
    """
    if not console.is_terminal:
        yield _lines(console, what, total, language, done)
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(what.say(language), total=total, completed=done)
        yield lambda share: bar.advance(task, share)


def told_of_earlier(console: Console, given: Accounts, language: Language) -> None:
    """Say how much of an input an earlier run did, where one did some of it."""
    from vigie.features.i18n import Percent, message

    if given.done:
        line = message("cli.resumed", share=Percent(given.done / given.total))
        console.print(line.say(language), soft_wrap=True, markup=False, highlight=False)


def _lines(
    console: Console, what: Message, total: int, language: Language, done: int
) -> Callable[[int], None]:
    """Return a function that prints a line where a minute has passed since the last one."""
    from vigie.features.i18n import Duration, Percent, message

    so_far = told = done
    told_at: float | None = None

    def advance(share: int) -> None:
        nonlocal so_far, told_at, told
        so_far += share
        if told_at is None:
            # What comes before the first part, as posts that are put on disk, comes once and tells nothing of the pace.
            if share:
                told_at, told = monotonic(), so_far
            return
        passed = monotonic() - told_at
        if passed < _LINE_EVERY_S or so_far == told:
            return
        # By the pace since the last line: it changes with what is read.
        left = (total - so_far) * passed / (so_far - told)
        line = message("cli.progress", what=what, share=Percent(so_far / total), left=Duration(left))
        console.print(line.say(language), soft_wrap=True, markup=False, highlight=False)
        told_at, told = monotonic(), so_far

    return advance
