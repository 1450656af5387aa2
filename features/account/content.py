"""Content features of the account itself: how it writes, never what about.

Topic words are left out of the catalogue (L4): a model that reads them learns the campaign, not the behaviour.
"""

from __future__ import annotations

import polars as pl

from vigie.features.catalogue import feature
from vigie.features.entropy import bits, corrected_bits

_TEN = 10
_OWN = pl.col("is_own")


def _own(column: str) -> pl.Expr:
    return pl.col(column).filter(_OWN)


def _enough_own(expression: pl.Expr, column: str = "length") -> pl.Expr:
    """Return the expression where at least five own posts carry the column, else missing."""
    return pl.when(_own(column).count() >= 5).then(expression)


def _tags() -> pl.Expr:
    """Return every hashtag it used, in lower case."""
    return pl.col("tags").drop_nulls().explode(empty_as_null=True, keep_nulls=True).drop_nulls()


@feature(unit="share", needs_posts=5, evidence="shows_repost", source="Varol2017")
def content_repost_share() -> pl.Expr:
    """Share of posts that are reposts."""
    return pl.col("is_repost").mean()


@feature(unit="share", needs_posts=5, evidence="shows_reply", source="Varol2017")
def content_reply_share() -> pl.Expr:
    """Share of posts that are replies."""
    return pl.col("is_reply").mean()


@feature(
    unit="share",
    needs_posts=5,
    evidence="shows_quote",
    leak="L2, L14: quotes exist since 2015",
    source="Varol2017",
)
def content_quote_share() -> pl.Expr:
    """Share of posts that quote another."""
    return pl.col("is_quote").mean()


@feature(unit="count", needs_posts=5, evidence="shows_hashtag", source="Varol2017")
def content_hashtag_mean_count() -> pl.Expr:
    """Mean number of hashtags in its own posts."""
    return _enough_own(_own("hashtag_count").mean())


@feature(unit="count", needs_posts=5, evidence="shows_mention", source="Varol2017")
def content_mention_mean_count() -> pl.Expr:
    """Mean number of mentions in its own posts."""
    return _enough_own(_own("mention_count").mean())


@feature(unit="share", needs_posts=5, evidence="shows_url", source="Varol2017")
def content_url_share() -> pl.Expr:
    """Share of own posts with a link."""
    return _enough_own((_own("url_count") > 0).mean())


@feature(unit="share", needs_posts=5, evidence="shows_media", leak="L2: few archives give media")
def content_media_share() -> pl.Expr:
    """Share of own posts with media."""
    return pl.when(_own("media_count").count() >= 5).then((_own("media_count") > 0).mean())


@feature(unit="count", needs_posts=5, leak="L7, L14: some archives removed emojis")
def content_emoji_mean_count() -> pl.Expr:
    """Mean number of emojis in its own posts."""
    return _enough_own(_own("emoji_count").mean())


@feature(
    unit="characters",
    needs_posts=5,
    leak="L7, L14: archives truncate texts, and platforms changed the limit",
    source="Varol2017",
)
def content_length_mean() -> pl.Expr:
    """Mean length of own posts without links, mentions and hashtags."""
    return _enough_own(_own("length").mean())


@feature(unit="ratio", needs_posts=_TEN, source="Varol2017")
def content_length_variation() -> pl.Expr:
    """Coefficient of variation of the length of own posts."""
    return _enough_own(pl.when(_own("length").mean() > 0).then(_own("length").std() / _own("length").mean()))


@feature(unit="share", needs_posts=5, evidence="shows_duplicate", monotone=1, source="Yang2013")
def content_duplicate_share() -> pl.Expr:
    """Share of own texts that equal another own text up to links, names, digits and signs."""
    keyed = pl.col("text_key").is_not_null()
    return pl.when(keyed.sum() >= 5).then(pl.col("shows_duplicate").filter(keyed).mean())


@feature(unit="share", needs_posts=5, evidence="shows_template", monotone=1)
def content_template_share() -> pl.Expr:
    """Share of own texts whose first three words open another own text."""
    keyed = pl.col("opening_key").is_not_null()
    return pl.when(keyed.sum() >= 5).then(pl.col("shows_template").filter(keyed).mean())


@feature(unit="ratio", high=1.0, needs_posts=_TEN, source="Herdan1960")
def content_vocabulary_richness() -> pl.Expr:
    """Logarithm of distinct words over logarithm of words in own posts (Herdan's C)."""
    words = _own("words").drop_nulls().explode(empty_as_null=True, keep_nulls=True).drop_nulls()
    return pl.when(words.len() >= 50).then(words.n_unique().log() / words.len().log())


@feature(unit="bits", needs_posts=_TEN)
def content_hashtag_entropy_bits() -> pl.Expr:
    """Entropy of the hashtags it uses."""
    tags = _tags()
    return pl.when(tags.len() >= 5).then(bits(tags))


@feature(unit="share", needs_posts=_TEN, evidence="shows_hashtag")
def content_top_hashtag_share() -> pl.Expr:
    """Share of the most frequent hashtag among all its hashtags."""
    tags = _tags()
    return pl.when(tags.len() >= 5).then(tags.unique_counts().max() / tags.len())


@feature(unit="bits", needs_posts=_TEN, low=0, leak="L7: archives expand links unevenly")
def content_domain_entropy_bits() -> pl.Expr:
    """Entropy of the sites it links to."""
    return pl.when(pl.col("first_domain").count() >= 5).then(bits(pl.col("first_domain")))


@feature(
    unit="share", needs_posts=_TEN, evidence="shows_top_domain", leak="L7: archives expand links unevenly"
)
def content_top_domain_share() -> pl.Expr:
    """Share of its links that go to the site it links to most."""
    return pl.when(pl.col("first_domain").count() >= 5).then(
        pl.col("shows_top_domain").sum() / pl.col("first_domain").count()
    )


@feature(
    unit="share", needs_posts=_TEN, evidence="shows_shortener", leak="L7: archives expand links unevenly"
)
def content_shortener_share() -> pl.Expr:
    """Share of its links that go through a public shortener."""
    return pl.when(pl.col("first_domain").count() >= 5).then(pl.col("shows_shortener").mean())


@feature(unit="share", needs_posts=5)
def content_question_share() -> pl.Expr:
    """Share of own posts with a question mark."""
    return _enough_own(_own("prose").str.contains(r"[?؟？]").mean())


@feature(unit="share", needs_posts=5)
def content_exclamation_share() -> pl.Expr:
    """Share of own posts with an exclamation mark."""
    return _enough_own(_own("prose").str.contains(r"[!！]").mean())


@feature(unit="share", needs_posts=5)
def content_shouting_share() -> pl.Expr:
    """Share of own posts with a word of four or more capitals."""
    # Word boundaries as such are ten times slower: no automaton finds those of Unicode.
    return _enough_own(_own("prose").str.contains(r"(?:^|\W)\p{Lu}{4,}(?:\W|$)").mean())


@feature(unit="share", needs_posts=5)
def content_lowercase_start_share() -> pl.Expr:
    """Share of own posts whose first letter is small."""
    return _enough_own(_own("prose").str.contains(r"^[^\p{L}]*\p{Ll}").mean())


@feature(unit="share", needs_posts=5)
def content_full_stop_share() -> pl.Expr:
    """Share of own posts that end with one full stop."""
    return _enough_own(_own("prose").str.contains(r"[^.]\.$").mean())


@feature(unit="share", needs_posts=5, leak="L7: some archives end cut texts with an ellipsis")
def content_repeated_sign_share() -> pl.Expr:
    """Share of own posts with repeated punctuation."""
    return _enough_own(_own("prose").str.contains(r"\.{2,}|…|!{2,}|\?{2,}").mean())


@feature(unit="count", needs_posts=_TEN, leak="L5: contextual only")
def content_language_count() -> pl.Expr:
    """Number of languages of its posts, as the platform tells them."""
    return pl.when(pl.col("lang").count() > 0).then(pl.col("lang").drop_nulls().n_unique())


@feature(unit="bits", needs_posts=_TEN)
def content_target_entropy_bits() -> pl.Expr:
    """Entropy of the accounts it reposts, answers or mentions first."""
    return pl.when(pl.col("target").count() >= 5).then(corrected_bits("target"))


@feature(unit="share", needs_posts=_TEN, evidence="shows_top_target")
def content_top_target_share() -> pl.Expr:
    """Share of its reposts, replies and mentions that go to the account it targets most."""
    return pl.when(pl.col("target").count() >= 5).then(
        pl.col("shows_top_target").sum() / pl.col("target").count()
    )
