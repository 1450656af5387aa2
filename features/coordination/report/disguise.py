"""Letters swapped for others that look alike: the same content in two ways of writing, one of which nobody types.

To hide a copy from who compares letters, a campaign puts Cyrillic or Greek letters into Latin words, or characters that show nothing
between the letters of a word. Copies are found nevertheless (:mod:`vigie.features.similarity.text_forms`). People who take a text
from one source take it letter for letter, so a source that writes so is copied so by everybody. What tells a campaign is that some
of its accounts disguise what most publish plainly.

Of 52,000 accounts in 15 real collections 14 wrote such a word at all, 10 of them channels of a Russian scene by slips of two
keyboards, and none disguised what another published.
"""

from __future__ import annotations

import polars as pl
from scipy.special import betainc

from vigie.features import text
from vigie.features.coordination import copy_groups, shared_contents
from vigie.features.group_test.report import LEAST_EXCESS, SIGNIFICANCE
from vigie.features.similarity import look_alike_letters, text_forms

# Chance that an ordinary account disguises a copy, many times what was seen.
RATE = 1e-3
# Share of the accounts that use a word in a content which write it plainly, at least.
_PLAIN = 0.5
_UNDRAWN = r"[\x{200B}-\x{200D}\x{2060}\x{FEFF}]"
_DISGUISED = rf"{text_forms.MIXED}|\p{{Latin}}{_UNDRAWN}+\p{{Latin}}"


def among(published: pl.DataFrame) -> frozenset[int]:
    """Return the members of a campaign that disguise a word of a content which most of its accounts that use it write plainly.

    Args:
        published: ``account``, ``object`` and ``text`` of the posts that hold contents of the campaign.
    """
    suspect = pl.col("text").str.contains(_DISGUISED).fill_null(value=False)
    objects = published.filter(suspect)["object"]
    if objects.is_empty():
        return frozenset()
    words = (
        published.lazy()
        .filter(pl.col("object").is_in(objects.unique().implode()))
        .select("account", "object", word=pl.col("text").str.split(" "))
        .explode("word")
        .with_columns(
            disguised=pl.col("word").str.contains(_DISGUISED),
            word=text.letters(pl.col("word").str.replace_all(_UNDRAWN, "")),
        )
        .filter(pl.col("word") != "")
        .collect(engine="in-memory")
    )
    folded = words.with_columns(word=look_alike_letters.folded(words["word"]))
    used = pl.col("account").n_unique().over("object", "word")
    plain = pl.col("account").filter(~pl.col("disguised")).n_unique().over("object", "word")
    told = folded.filter((plain >= _PLAIN * used) & (plain >= shared_contents.LEAST))
    return frozenset(told.filter("disguised")["account"].to_list())


def beyond_people(published: pl.DataFrame, accounts: int) -> frozenset[int]:
    """Return the members that disguise copies; none unless more do than people by chance (binomial), three and one in ten at least.

    Args:
        published: As in :func:`among`.
        accounts: Members of the campaign.
    """
    found = among(published)
    count = len(found)
    if count < max(copy_groups.LEAST_ACCOUNTS, LEAST_EXCESS * accounts):
        return frozenset()
    return found if float(betainc(count, accounts - count + 1, RATE)) < SIGNIFICANCE else frozenset()
