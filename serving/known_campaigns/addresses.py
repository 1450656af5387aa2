"""Addresses in reports: defanged ones mended, and what they name: an account, a domain or a page.

Reports write ``hxxps://example[.]org`` so that nobody opens it by mistake.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import polars as pl

from vigie.features.similarity import url_canonical
from vigie.features.text import SHORTENERS

_DEFANGED = (
    (re.compile(r"(?i)\bh(?:xx|\*\*)p"), "http"),
    (re.compile(r"(?i)\s*[\[({]\s*(?:\.|dot)\s*[\])}]\s*"), "."),
    (re.compile(r"[\[({]:[\])}]"), ":"),
    (re.compile(r"[\[({]/[\])}]"), "/"),
    (re.compile(r"(?i)\s*[\[({]\s*(?:@|at)\s*[\])}]\s*"), "@"),
)
_SCHEME = re.compile(r"(?i)^[a-z][a-z0-9+.-]*://")
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST = re.compile(rf"^(?:{_LABEL}\.)+(?:xn--[a-z0-9-]+|[^\W\d_]{{2,}})$")
_HANDLE = re.compile(r"^[\w.\-]{2,64}$")
# Hosts of platforms, and the platform.
_PLATFORMS = {
    "x.com": "x", "twitter.com": "x", "facebook.com": "facebook", "fb.com": "facebook", "instagram.com": "instagram",
    "t.me": "telegram", "telegram.me": "telegram", "vk.com": "vk", "ok.ru": "ok", "tiktok.com": "tiktok",
    "youtube.com": "youtube", "bsky.app": "bluesky", "threads.net": "threads", "threads.com": "threads",
    "gab.com": "gab", "gettr.com": "gettr", "truthsocial.com": "truthsocial",
}  # fmt: skip
# First parts of a path that are no account.
_PAGES = frozenset(
    {
        "i", "home", "search", "hashtag", "intent", "share", "sharer", "sharer.php", "watch", "explore", "p", "reel", "reels",
        "stories", "joinchat", "s", "groups", "events", "story.php", "photo", "permalink.php", "status", "shorts", "playlist",
        "results", "feed", "login", "help", "about", "privacy",
    }
)  # fmt: skip
# Hosts where anybody has pages: the host says nothing of who wrote.
SHARED_HOSTS = frozenset(
    {
        *_PLATFORMS, *SHORTENERS, "youtu.be", "medium.com", "github.com", "gitlab.com", "wordpress.com", "blogspot.com",
        "blogger.com", "tumblr.com", "reddit.com", "linkedin.com", "pinterest.com", "quora.com", "change.org", "avaaz.org",
        "substack.com", "livejournal.com", "telegra.ph", "google.com", "docs.google.com", "drive.google.com", "archive.org",
        "web.archive.org", "archive.ph", "wikipedia.org", "rumble.com", "bitchute.com", "odysee.com", "dailymotion.com",
        "vimeo.com", "soundcloud.com", "discord.gg", "discord.com", "whatsapp.com", "wa.me", "t.co", "yandex.ru",
        "dzen.ru", "rutube.ru", "patreon.com", "linktr.ee", "weebly.com", "wixsite.com", "yahoo.com", "msn.com",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AccountAddress:
    """An account by its platform and its handle, or its id."""

    platform: str
    handle: str | None = None
    account_id: str | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """What an address names: one of the three, or nothing that is known again."""

    account: AccountAddress | None = None
    domain: str | None = None
    page: str | None = None


def refanged(text: str) -> str:
    """Return a text with its addresses as they are opened.

    >>> refanged("hxxps://example[.]org/a"), refanged("info[at]example(dot)org")
    ('https://example.org/a', 'info@example.org')
    """
    for pattern, mended in _DEFANGED:
        text = pattern.sub(mended, text)
    return text.strip()


def named(text: str) -> Named:
    """Return what an address names, defanged or not, with a scheme or without.

    >>> named("twitter.com/Ann_Other").account
    AccountAddress(platform='x', handle='Ann_Other', account_id=None)
    >>> named("hxxp://example[.]org/").domain, named("example.org/news/1").page
    ('example.org', 'example.org/news/1')
    """
    first = (refanged(text).split() or [""])[0]
    address = first if _SCHEME.match(first) else f"http://{first}"
    try:
        parts = urlsplit(address)
        host = (
            (parts.hostname or "").removeprefix("www.").removeprefix("m.").removeprefix("mobile.").rstrip(".")
        )
    except ValueError:
        return Named()
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or not _HOST.match(host):
        return Named()
    path = [part for part in parts.path.split("/") if part]
    if host in _PLATFORMS and path:
        account = _account(_PLATFORMS[host], path, parse_qs(parts.query))
        if account is not None:
            return Named(account=account)
    if not path and not parts.query:
        return Named() if host in SHARED_HOSTS else Named(domain=ascii_host(host))
    page = pl.select(url_canonical.canonical(pl.lit(address))).item()
    return Named(page=page)


def handle(text: str) -> str | None:
    """Return a handle without @ and what stands before it; None where a text is none, such as a name of two words.

    >>> handle("@Ann_Other"), handle("Ann Other")
    ('Ann_Other', None)
    """
    bare = text.strip().removeprefix("@")
    return bare if _HANDLE.match(bare) else None


def ascii_host(host: str) -> str:
    """Return a host as resolvers see it: lower case, other letters as Punycode.

    >>> ascii_host("BÜCHER.example")
    'xn--bcher-kva.example'
    """
    lowered = host.lower()
    if lowered.isascii():
        return lowered
    try:
        return lowered.encode("idna").decode("ascii")
    except UnicodeError:
        return lowered


def _account(platform: str, path: list[str], query: dict[str, list[str]]) -> AccountAddress | None:
    first = path[0]
    if platform == "facebook" and first == "profile.php" and query.get("id"):
        return AccountAddress(platform, account_id=query["id"][0])
    if platform == "telegram" and first == "s" and len(path) > 1:
        first = path[1]
    elif (platform, first) in (("youtube", "channel"), ("bluesky", "profile"), ("ok", "profile")) and len(
        path
    ) > 1:
        name = path[1]
        known_by_id = platform != "bluesky" or name.startswith("did:")
        return (
            AccountAddress(platform, account_id=name)
            if known_by_id
            else AccountAddress(platform, handle=name)
        )
    elif len(path) > 1 and platform != "youtube":
        return None  # a post
    if first.lower() in _PAGES or first.startswith("+"):
        return None
    bare = handle(first)
    if bare is not None and bare.isdigit() and platform == "facebook":
        return AccountAddress(platform, account_id=bare)
    return AccountAddress(platform, handle=bare) if bare else None
