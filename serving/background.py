"""Work that nobody asks for: done again and again in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import structlog

from vigie.errors import VigieError

_log = structlog.get_logger("vigie.serving")


class StoppedError(Exception):
    """The service ends."""


@contextmanager
def repeated(
    name: str, seconds: float, turn: Callable[[], None], stop: threading.Event | None = None
) -> Iterator[None]:
    """Take turns in a thread for the time of the body.

    Args:
        name: Of the thread.
        seconds: Between two turns, and before the first.
        turn: Does the work once; raises :class:`StoppedError` where it is told to stop amid it.
        stop: Set at the end of the body; None: no turn looks at it.
    """
    ended = stop or threading.Event()

    def work() -> None:
        with suppress(StoppedError):
            while not ended.wait(seconds):
                turn()

    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def logged(said: str, **of: str) -> Iterator[None]:
    """Log what fails: whatever one operation does, the others are looked at, and it is looked at again."""
    try:
        yield
    except StoppedError:
        raise
    except VigieError as error:
        _log.warning(said, error=type(error).__name__, reason=str(error), **of)
    except Exception as error:  # noqa: BLE001 - the message may repeat what is of persons
        _log.error(said, error=type(error).__name__, **of)
