"""One line of JSON per request on stderr: method, route, status, duration, id. Never a body, never a text."""

from __future__ import annotations

import logging
import sys

import structlog


def configure(*, quiet: bool) -> None:
    """Send vigie's log to stderr as JSON; if ``quiet``, only what went wrong."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR if quiet else logging.INFO),
    )
