"""TwiBot-22: ids without their letters, so that tweets, users and labels meet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vigie.features.ingest.reader import Options, Read
from vigie.features.ingest.readers import find


def test_tweets_users_and_labels_name_one_account_alike(
    from_records: Callable[..., Read], tmp_path: Path
) -> None:
    tweet = {"id": "t11", "author_id": 1, "text": "x", "created_at": "2022-05-02 08:00:00+00:00"}
    quote = tweet | {"id": "t12", "referenced_tweets": [{"type": "quoted", "id": "11"}]}
    result = from_records("twibot-22", {"id": "u1", "username": "ana"}, tweet, quote)
    labels = tmp_path / "label.csv"
    labels.write_text("id,label\nu1,bot\n", encoding="utf-8")
    labelled = find("twibot-22-labels").read([labels], Options(name="n")).labels
    assert result.accounts["account_id"].to_list() == ["1"]
    assert result.posts.select("post_id", "account_id", "kind", "target_post_id").rows() == [
        ("11", "1", "original", None),
        ("12", "1", "quote", "11"),
    ]
    assert labelled.select("account_id", "value", "strength").rows() == [("1", True, "weak")]
