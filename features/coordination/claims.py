"""Claims: words that mostly stand together, in any order, whatever else a post says.

Who rewords a text by hand or by machine leaves what it is about: names, figures, a slogan of a few words. Two such posts need not be
near-duplicates, nor of one template. What they have in common are words that mostly stand in the same posts. A name of two words is
such a claim too, and so is what many people say of one event: to say the same in words of one's own is ordinary. So nothing
here founds a campaign by itself. It does beside accounts that were created together
(:mod:`vigie.features.coordination.created_together`).
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.features import text
from vigie.features.coordination import passed_on, traces
from vigie.features.preprocessing import act
from vigie.features.similarity import look_alike_letters, text_templates

Ints = NDArray[np.int64]

# Accounts that use a word, at least: a claim of fewer tells nothing.
_LEAST_HOLDERS = 3
# Letters of a word, words of a claim that a post holds, and share of the claim's words that these are, at least.
_LEAST_LETTERS, _LEAST_WORDS, _LEAST_OF_CLAIM = 2, 2, 0.5
# Posts beyond which none is looked at: all pairs of words of a post are.
MOST_POSTS = 500_000
# Words of a claim that are shown.
_SHOWN = 8


def acts(posts: pl.DataFrame) -> pl.DataFrame:
    """Return who made which claim.

    Args:
        posts: ``row`` of the author, ``text``, and what tells the kind of a post.

    Returns:
        What :func:`vigie.features.coordination.passed_on.acts` returns: ``object`` is the words of a claim. One claim a post,
        that of which it holds most words. Of scripts without spaces between words there is none.
    """
    if posts.height > MOST_POSTS:
        return pl.DataFrame(schema=passed_on.SCHEMA)
    own = (
        posts.lazy()
        .select(
            pl.col("row").cast(pl.Int64).alias("account"),
            pl.int_range(pl.len(), dtype=pl.Int64).alias("post"),
            pl.col("created_at").dt.epoch("s").cast(pl.Int64).alias("time"),
            text.letters(pl.col("text")).alias("form"),
            (act() != "repost").alias("own"),
        )
        .filter("own")
        .drop_nulls()
        .collect(engine="in-memory")
    )
    words = _words(own)
    if words.is_empty():
        return pl.DataFrame(schema=passed_on.SCHEMA)
    told = words.with_columns(claim=pl.Series(_claims(words)))
    claims = told.filter(pl.col("claim") >= 0)
    named = claims.unique("word", keep="first", maintain_order=True).group_by("claim", maintain_order=True)
    shown = named.agg(size=pl.len(), object=pl.col("form").sort_by(pl.col("at")).head(_SHOWN).str.join(" "))
    most = (
        claims.group_by("post", "claim")
        .agg(held=pl.len())
        .join(shown, on="claim")
        .filter((pl.col("held") >= _LEAST_WORDS) & (pl.col("held") >= _LEAST_OF_CLAIM * pl.col("size")))
        .sort("post", "held", "claim", descending=[False, True, False])
        .unique("post", keep="first", maintain_order=True)
    )
    return own.join(most, on="post").select(
        pl.lit(traces.TEMPLATE).alias("trace"), *passed_on.SCHEMA.names()[1:]
    )


def _words(own: pl.DataFrame) -> pl.DataFrame:
    """Return the words of posts that several accounts use: ``post``, ``at`` (place in it), ``form``, ``word`` (numbered from 0)."""
    folded = own.with_columns(form=look_alike_letters.folded(own["form"]))
    each = (
        folded.lazy()
        .select("account", "post", form=pl.col("form").str.split(" ").list.head(text_templates.MOST_WORDS))
        .with_columns(at=pl.int_ranges(pl.col("form").list.len()))
        .explode("form", "at")
        .filter(pl.col("form").str.len_chars() >= _LEAST_LETTERS)
        .unique(["post", "form"], keep="first", maintain_order=True)
    )
    used = each.group_by("form").agg(accounts=pl.col("account").n_unique())
    several = used.filter(pl.col("accounts") >= _LEAST_HOLDERS).sort("form").with_row_index("word")
    return (
        each.join(several.select("form", pl.col("word").cast(pl.Int64)), on="form", maintain_order="left")
        .select("post", "at", "form", "word")
        .collect(engine="in-memory")
    )


def _claims(words: pl.DataFrame) -> Ints:
    """Return the claim of each word of a post, -1 where it stands with no other mostly.

    Args:
        words: ``post``, ``word``: each post once for every word of it.
    """
    word = words["word"].to_numpy()
    texts = np.bincount(word)
    together = text_templates.together(words.select(form="post", run="word"), texts)
    part = text_templates.parts(together, len(texts))
    claim: Ints = np.where(np.bincount(part)[part] >= _LEAST_WORDS, part, -1)[word]
    return claim
