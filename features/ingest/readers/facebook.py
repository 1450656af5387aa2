"""Posts of Facebook as its web pages load them and Zeeschuimer wraps them.

A post names its author by number and by address; the time stands among what is shown beside the name. Whether a post
shares another is told in too many ways to be read: its kind stays missing.
"""

from __future__ import annotations

from collections.abc import Iterable

from vigie.features.ingest.mapping import Signature
from vigie.features.ingest.readers.unfolding import Found, Note, Unfolding, first_of, inner, objects, wrapped
from vigie.features.json_object import JsonObject


def _found(record: JsonObject, note: Note) -> Iterable[Found] | None:
    """Return the post of a record."""
    record = wrapped(record)
    if not {"timestamp_collected", "data"} <= set(record):
        return None
    sections = inner(record, "data", "comet_sections")
    story = inner(sections, "content", "story")
    beside = objects(inner(sections, "context_layout", "story", "comet_sections").get("metadata"))
    times = [time for one in beside if (time := inner(one, "story").get("creation_time"))]
    authors = objects(story.get("actors"))
    if not times or not authors:
        note("Facebook: records without a post, an author or a time: {}", 1)
        return []
    author = authors[0]
    name = first_of(author.get("id"), str(author.get("url") or "").rstrip("/").rsplit("/")[-1])
    seen = record["timestamp_collected"]
    post = {
        "post_id": first_of(story.get("post_id"), inner(record, "data").get("post_id")),
        "account_id": name,
        "created_at": times[0],
        "recorded_at": seen,
        "time_resolution": "second",
        "text": inner(story, "message").get("text"),
        "permalink": story.get("wwwURL"),
    }
    return [Found(post, {"account_id": name, "display_name": author.get("name"), "observed_at": seen})]


FACEBOOK = Unfolding(
    "zeeschuimer-facebook",
    "Zeeschuimer: posts of Facebook as NDJSON.",
    "facebook",
    _found,
    (
        Signature(
            keys=("timestamp_collected", "item_id", "data.comet_sections"),
            values={"source_platform": ("facebook.com",)},
        ),
        Signature(
            keys=("__import_meta.timestamp_collected", "comet_sections"),
            values={"__import_meta.source_platform": ("facebook.com",)},
        ),
    ),
)
