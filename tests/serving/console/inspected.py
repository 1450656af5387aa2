"""What a page would do in a browser that obeyed it."""

from __future__ import annotations

from html.parser import HTMLParser


class Inspected(HTMLParser):
    """What a page would do in a browser that obeyed it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what no page of ours holds."""
        named = dict(attrs)
        if tag in ("iframe", "img", "style", "object", "embed", "base"):
            self.faults.append(tag)
        if tag == "script" and not (named.get("src") or "").startswith("/console/static/"):
            self.faults.append(tag)
        for name, value in attrs:
            given = (value or "").strip().lower()
            if name.startswith("on") or name in ("style", "srcdoc"):
                self.faults.append(f"{name}={value}")
            is_address = name in ("href", "src", "action", "formaction")
            if is_address and not given.startswith(("/", "#", "?", "https://evil.example/")):
                self.faults.append(f"{name}={value}")
        if "id" in named:
            self.ids.append(str(named["id"]))
