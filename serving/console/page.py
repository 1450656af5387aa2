"""A page of the console: a template filled with typed values, every text in it escaped, nothing loaded from outside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from vigie.features.catalogue import CATALOGUE
from vigie.features.coordination import traces
from vigie.features.coordination.report import display_text
from vigie.features.i18n import LANGUAGES, Message, Value
from vigie.features.i18n.formatting import duration, moment, number, percent, stamp
from vigie.features.i18n.message import written
from vigie.serving.console.visit import ROOT, THEMES, Visit

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# Without a sign that would end a link.
_ADDRESS = re.compile(r"https?://[^\s/?#\"'<>\\]+[^\s\"'<>\\]*", re.IGNORECASE)
_ASSETS = (
    ("console.css", "text/css"), ("console.js", "text/javascript"), ("network.js", "text/javascript"),
    ("icon.svg", "image/svg+xml"),
)  # fmt: skip
# A probability is never shown as a certainty: the most that a sentence says ("more than 99.9%"), and a figure alone.
_NEARLY, _MOST = 0.9999, 0.999


@dataclass(frozen=True)
class Asset:
    """A file that pages load, under an address that changes with it."""

    content: bytes
    media_type: str
    address: str


@cache
def assets() -> Mapping[str, Asset]:
    """Return the files that pages load, by name."""
    folder = resources.files("vigie.serving.console") / "static"
    found = {}
    for name, media_type in _ASSETS:
        content = (folder / name).read_bytes()
        version = sha256(content).hexdigest()[:16]
        found[name] = Asset(content, media_type, f"{ROOT}/static/{version}/{name}")
    return found


def page(name: str, visit: Visit, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page.

    Args:
        name: Of the template.
        visit: What it answers.
        status: Of the answer.
        values: What the template shows.
    """
    language = visit.language

    def t(key: str, **said: Value) -> str:
        return Message(f"console.{key}", said).say(language)

    answer = HTMLResponse(
        _environment()
        .get_template(f"{name}.html.j2")
        .render(
            visit=visit,
            root=ROOT,
            assets=assets(),
            languages=LANGUAGES,
            themes=THEMES,
            t=t,
            say=lambda value: written(value, language),
            when=lambda time: moment(time, language, seconds=True),
            day=lambda time: moment(time, language),
            stamp=lambda time: stamp(time, language),
            minute=lambda time, later=0: f"{time + timedelta(minutes=later):%Y-%m-%dT%H:%M}",
            span=lambda seconds: duration(seconds, language),
            count=lambda value: number(value, language, 0),
            percent=lambda share: percent(min(share, _NEARLY), language),
            short=lambda share: percent(min(share, _MOST), language),
            feature=lambda name: CATALOGUE[name].label.say(language) if name in CATALOGUE else name,
            settles=lambda name: Message(f"note.settle_{name}").say(language),
            trace=lambda name: traces.title(name).say(language),
            **values,
        ),
        status,
        {"Content-Security-Policy": POLICY, "Content-Language": language, "Vary": "Accept-Language, Cookie"},
    )
    visit.remember(answer)
    return answer


def line(text: str | None) -> str:
    r"""Return a text on one line, without what could change the line that it stands in.

    >>> line("a\n b\u202e") == "a b\ufffd"
    True
    """
    return display_text.plain_name(" ".join((text or "").split()))


def link(address: str | None) -> str | None:
    """Return an address that a page may link to; None for any other.

    >>> link("https://a.example/b"), link("javascript:alert(1)")
    ('https://a.example/b', None)
    """
    given = address or ""
    return given if _ADDRESS.fullmatch(given) and given == line(given) else None


def query(**values: object) -> str:
    """Return values as the query of an address, those that are None left out."""
    return urlencode({name: value for name, value in values.items() if value is not None})


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("vigie.serving.console"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters |= {"line": line, "link": link, "platform": display_text.platform}
    made.globals["query"] = query
    return made
