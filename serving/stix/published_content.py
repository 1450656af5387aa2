"""A content that several accounts published, as a bundle tells of it: nobody is judged by it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

import polars as pl

from vigie.features.coordination import traces
from vigie.features.coordination.report import display_text
from vigie.features.i18n import Message, Moment, message
from vigie.serving.stix.objects import Text, Url

# Contents that posts of their own words share.
_SHARED = ("co_url", "hashtag_sequence")
# Characters of the name that a title shows.
_TITLE = 80
# A host and what follows it, in the canonical name of a page (RFC 3986): anything else is no address.
_PAGE = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:@/?]+)(?P<port>:[0-9]*)?(?P<rest>[/?].*)?", re.DOTALL)
# Signs of an address that stay as they are, and a percent sign that encodes nothing.
_KEPT, _STRAY_PERCENT = "/:?@!$&'()*+,;=~%", re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class PublishedContent:
    """A text, a picture, a link or a sequence of hashtags that several accounts published as their own.

    Attributes:
        trace: What kind of content it is.
        object: The page or the hashtags in full, by which the comparison knows it; a number for a text or a picture.
        name: What a reader knows it by: the start of the text, the hash, the page or the hashtags.
        text: Of the first post.
        first_account: Who published it first.
        first_time: When.
        last_time: When it was published last.
        accounts: How many published it.
        posts: How many posts hold it.
        grouped: Accounts that published it and are members of a group or campaign.
        acts: ``account`` (row), ``post`` (position among those compared), ``time``, ``object``, in the order of time.
    """

    trace: str
    object: str
    name: str
    text: str
    first_account: str
    first_time: datetime
    last_time: datetime
    accounts: int
    posts: int
    grouped: int
    acts: pl.DataFrame

    @property
    def are_copies(self) -> bool:
        """Whether posts that hold it are copies of each other: those that share a page or hashtags need not be."""
        return self.trace not in _SHARED

    def title(self, operation: str) -> Message:
        """Return what it is called.

        Args:
            operation: What the collection is called.
        """
        return message(
            "stix.content_title",
            name=display_text.plain_name(operation),
            trace=traces.title(self.trace),
            first=Moment(self.first_time, seconds=True),
            excerpt=display_text.plain_name(self.name[:_TITLE]),
        )

    @property
    def spread(self) -> Message:
        """Who began, and how many followed until when."""
        return message(
            "stix.content_spread",
            accounts=message("note.accounts", count=self.accounts),
            posts=message("note.posts", count=self.posts),
            account=display_text.plain_name(self.first_account),
            first=Moment(self.first_time, seconds=True),
            last=Moment(self.last_time, seconds=True),
        )

    def evidence(self, written: int) -> Iterator[Message]:
        """Yield the paragraphs of the note on it.

        Args:
            written: Posts that were looked at for the bundle, the earliest.
        """
        yield self.spread
        yield message("stix.content_grouped", count=self.grouped)
        if written < self.posts:
            yield message("stix.content_left_out", count=written)
        yield message("stix.content_ordinary")
        yield message("stix.caution")

    def observable(self, marking_refs: tuple[str, ...]) -> Url | Text | None:
        """Return what the accounts published; None for a picture, which is known by the posts that hold it alone.

        Args:
            marking_refs: How far it may be shared.
        """
        if self.trace == "media_duplicate":
            return None
        words = self.text
        if self.trace == "co_url":
            address, words = _address(self.object), self.object
            if address is not None:
                return Url(value=address, object_marking_refs=marking_refs)
        elif self.trace == "hashtag_sequence":
            words = " ".join(f"#{tag}" for tag in self.object.split(" "))
        words = display_text.plain_name(words).strip()
        return Text(value=words, object_marking_refs=marking_refs) if words else None


def _address(page: str) -> str | None:
    """Return the address of a page by its canonical name, which says no scheme; None where it has none.

    >>> _address("quay.example/a?id=7%"), _address("quay.example/été b"), _address("url:a_1")
    ('https://quay.example/a?id=7%25', 'https://quay.example/%C3%A9t%C3%A9%20b', None)
    """
    parts = _PAGE.fullmatch(page)
    if parts is None:
        return None
    host, port, rest = parts["host"], parts["port"] or "", parts["rest"] or ""
    named = host if host.startswith("[") else _encoded(host)
    return f"https://{named}{port}{_encoded(rest)}"


def _encoded(part: str) -> str:
    return _STRAY_PERCENT.sub("%25", quote(part, safe=_KEPT))
