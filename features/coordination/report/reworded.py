"""Copies that are reworded here and there: a word dropped, put in or exchanged in the middle of a text that others publish as it is.

To seem to be many, or to escape who compares texts, a campaign changes each copy a little, by hand or by machine. People who take a
text take it as it is. They put something before or after it, or shorten it, and where a version is passed on, it has the same
change in all its copies. So a change counts where the text goes on as before on both sides of it, where few copies are changed at
this place, and where the changes of a text are at places as many as chance would take. A form that people fill in has the same gaps
in every copy, and is none of this.

Whoever writes down what is said errs here and there too. That is told from when they do so
(:mod:`vigie.features.coordination.report.occasions`).
"""

from __future__ import annotations

import polars as pl
from scipy.special import betainc

from vigie.features import text
from vigie.features.coordination import copy_groups
from vigie.features.group_test.report import SIGNIFICANCE
from vigie.features.similarity import look_alike_letters, text_templates

# Words of a text, and accounts that publish it, from which it is looked at.
_LEAST_WORDS, _LEAST_HOLDERS = 6, 5
# Share of the copies that hold two words in a row which are of the text as it mostly is.
_MOSTLY = 0.5
# Share of the copies with a change at one place, at most, from which it is a change of these copies.
_FEW = 0.25
# Changes of a text that tell at how many places they are, and share of the places that chance would take.
_LEAST_CHANGES, _SPREAD = 3, 0.5
# Share of the members who reword, at least, and chance that an ordinary account does, many times what was seen.
LEAST_SHARE, RATE = 1 / 3, 0.05


def among(published: pl.DataFrame) -> frozenset[int]:
    """Return the accounts that reword a text here and there which others publish as it is.

    Args:
        published: ``account``, ``object`` (the text with its near-duplicates), ``post`` and ``text``.
    """
    own = (
        published.lazy()
        .sort("post")
        .unique(["account", "object"], keep="first", maintain_order=True)
        .select("account", "object", "post", form=text.letters(pl.col("text")))
        .drop_nulls()
        .filter(pl.len().over("object") >= _LEAST_HOLDERS)
        .collect(engine="in-memory")
    )
    if own.is_empty():
        return frozenset()
    word = pl.col("word")
    pairs = (
        own.lazy()
        .with_columns(
            word=pl.lit(look_alike_letters.folded(own["form"]))
            .str.split(" ")
            .list.head(text_templates.MOST_WORDS)
        )
        .filter(word.list.len() >= _LEAST_WORDS)
        .with_columns(copies=pl.len().over("object"))
        .explode("word")
        .with_columns(pair=pl.concat_str(word, pl.lit(" "), word.shift(-1).over("post")))
        .drop_nulls("pair")
        .with_columns(usual=pl.col("post").n_unique().over("object", "pair") >= _MOSTLY * pl.col("copies"))
        .with_columns(at=pl.col("usual").cum_sum().over("post"), last=pl.col("usual").sum().over("post"))
        .collect(engine="in-memory")
    )
    # After which of the usual pairs a copy goes on otherwise, and comes back.
    changed = (
        pairs.lazy()
        .filter(~pl.col("usual") & pl.col("at").is_between(1, pl.col("last") - 1))
        .select("post", "at", changed=pl.lit(value=True))
        .unique()
    )
    places = (
        pairs.lazy()
        .filter("usual")
        .join(changed, on=["post", "at"], how="left")
        .group_by("object", "pair")
        .agg(held=pl.len(), changes=pl.col("changed").sum(), posts=pl.col("post").filter("changed"))
        .with_columns(
            changes=pl.when(pl.col("changes") <= _FEW * pl.col("held")).then("changes").otherwise(0)
        )
    )
    changes = pl.col("changes").sum().over("object")
    alike = (pl.col("changes") ** 2).sum().over("object")
    # As many places, equally often changed, as these are worth (inverse of Simpson's index), and as chance makes it.
    spread = changes**2 / alike >= _SPREAD / (1 / pl.len().over("object") + 1 / changes)
    posts = (
        places.filter((changes >= _LEAST_CHANGES) & spread & (pl.col("changes") > 0))
        .select(pl.col("posts").explode())
        .collect(engine="in-memory")["posts"]
    )
    return frozenset(own.filter(pl.col("post").is_in(posts.implode()))["account"].to_list())


def beyond_people(published: pl.DataFrame, accounts: int) -> frozenset[int]:
    """Return the members who reword copies; none unless more do than people by chance (binomial), three and one in three at least.

    Args:
        published: As in :func:`among`.
        accounts: Members of the campaign.
    """
    found = among(published)
    count = len(found)
    if count < max(copy_groups.LEAST_ACCOUNTS, LEAST_SHARE * accounts):
        return frozenset()
    return found if float(betainc(count, accounts - count + 1, RATE)) < SIGNIFICANCE else frozenset()
