"""How far a command is and how long it still takes: a bar on a terminal, elsewhere a line a minute."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import rich.progress
    from rich.console import Console
    from rich.progress import TaskID

    from vigie.features.i18n import Language, Message

_LINE_EVERY_S = 60.0


class Progress(Protocol):
    """Takes how much of the total was done since it was last called."""

    def __call__(self, share: int) -> None: ...  # noqa: D102 - a function

    def describe(self, what: Message) -> None:
        """Say from now on what is being done."""


@contextmanager
def reported(
    console: Console, what: Message, total: int, language: Language, done: int = 0
) -> Iterator[Progress]:
    """Yield a function that takes how much of the total was done since it was last called.

    Args:
        console: Where people read it.
        what: What is being done.
        total: How much there is, in any unit.
        language: Language of the lines.
        done: How much of it was done before, at no cost now.
    """
    if not console.is_terminal:
        yield _Lines(console, what, total, language, done)
        return
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Live

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Live(*columns, console=console) as bar:
        yield _Bar(bar, bar.add_task(what.say(language), total=total, completed=done), language)


def told_of_earlier(console: Console, done: int, total: int, language: Language) -> None:
    """Say how much of some work an earlier run did, where one did some of it."""
    from vigie.features.i18n import Percent, message

    if done:
        line = message("cli.resumed", share=Percent(done / total))
        console.print(line.say(language), soft_wrap=True, markup=False, highlight=False)


@dataclass(frozen=True)
class _Bar:
    """A bar on a terminal (:class:`Progress`)."""

    bar: rich.progress.Progress
    task: TaskID
    language: Language

    def __call__(self, share: int) -> None:
        self.bar.advance(self.task, share)

    def describe(self, what: Message) -> None:
        """See :class:`Progress`."""
        self.bar.update(self.task, description=what.say(self.language))


class _Lines:
    """Prints a line where a minute has passed since the last one (:class:`Progress`)."""

    def __init__(self, console: Console, what: Message, total: int, language: Language, done: int) -> None:
        self._console, self._what, self._total, self._language = console, what, total, language
        self._so_far = self._began = self._told = done
        self._began_at: float | None = None
        self._told_at = 0.0

    def __call__(self, share: int) -> None:
        from vigie.features.i18n import Duration, Percent, message

        self._so_far += share
        now = monotonic()
        if self._began_at is None:
            # What comes before the first part, as posts that are put on disk, comes once and tells nothing of the pace.
            if share:
                self._began_at = self._told_at = now
                self._began = self._told = self._so_far
            return
        if now - self._told_at < _LINE_EVERY_S or self._so_far == self._told:
            return
        # By the pace since the beginning: a minute in which hardly a part ends would tell of days.
        left = (self._total - self._so_far) * (now - self._began_at) / (self._so_far - self._began)
        line = message(
            "cli.progress",
            what=self._what,
            share=Percent(self._so_far / self._total),
            left=Duration(left),
        )
        self._console.print(line.say(self._language), soft_wrap=True, markup=False, highlight=False)
        self._told_at, self._told = now, self._so_far

    def describe(self, what: Message) -> None:
        """See :class:`Progress`."""
        self._what = what
