"""Content features (FIELD b.4) of the account itself: how it writes, never what about.

Topic words are left out of the catalogue (L4): a model that reads them learns the campaign, not the conduct.
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
    return (
        pl.col("hashtag_list")
        .drop_nulls()
        .explode(empty_as_null=True, keep_nulls=True)
        .drop_nulls()
        .str.to_lowercase()
    )


@feature(
    unit="share",
    needs_posts=5,
    evidence="shows_repost",
    english="{value} of its posts are reposts",
    french="Part de republications : {value}",
    source="FIELD b.4 C1",
)
def content_repost_share() -> pl.Expr:
    """Share of posts that are reposts."""
    return pl.col("is_repost").mean()


@feature(
    unit="share",
    needs_posts=5,
    evidence="shows_reply",
    english="{value} of its posts are replies",
    french="Part de réponses : {value}",
    source="FIELD b.4 C1",
)
def content_reply_share() -> pl.Expr:
    """Share of posts that are replies."""
    return pl.col("is_reply").mean()


@feature(
    unit="share",
    needs_posts=5,
    evidence="shows_quote",
    english="{value} of its posts are quotes",
    french="Part de citations : {value}",
    source="FIELD b.4 C1",
    leak="L2, L14: quotes exist since 2015",
)
def content_quote_share() -> pl.Expr:
    """Share of posts that quote another."""
    return pl.col("is_quote").mean()


@feature(
    unit="count",
    needs_posts=5,
    evidence="shows_hashtag",
    english="Its own posts hold {value} hashtags on average",
    french="Hashtags par publication propre : {value}",
    source="FIELD b.4 C2",
)
def content_hashtag_mean_count() -> pl.Expr:
    """Mean number of hashtags in its own posts."""
    return _enough_own(_own("hashtag_count").mean())


@feature(
    unit="count",
    needs_posts=5,
    evidence="shows_mention",
    english="Its own posts mention {value} accounts on average",
    french="Comptes mentionnés par publication propre : {value}",
    source="FIELD b.4 C2",
)
def content_mention_mean_count() -> pl.Expr:
    """Mean number of mentions in its own posts."""
    return _enough_own(_own("mention_count").mean())


@feature(
    unit="share",
    needs_posts=5,
    evidence="shows_url",
    english="{value} of its own posts hold a link",
    french="Part de ses publications propres avec lien : {value}",
    source="FIELD b.4 C2",
)
def content_url_share() -> pl.Expr:
    """Share of own posts with a link."""
    return _enough_own((_own("url_count") > 0).mean())


@feature(
    unit="share",
    needs_posts=5,
    evidence="shows_media",
    english="{value} of its own posts hold a picture or video",
    french="Part de ses publications propres avec image ou vidéo : {value}",
    leak="L2: few archives give media",
)
def content_media_share() -> pl.Expr:
    """Share of own posts with media."""
    return pl.when(_own("media_count").count() >= 5).then((_own("media_count") > 0).mean())


@feature(
    unit="count",
    needs_posts=5,
    english="Its own posts hold {value} emojis on average",
    french="Émojis par publication propre : {value}",
    leak="L7, L14: some archives removed emojis",
)
def content_emoji_mean_count() -> pl.Expr:
    """Mean number of emojis in its own posts."""
    return _enough_own(_own("emoji_count").mean())


@feature(
    unit="characters",
    needs_posts=5,
    english="Its own posts are {value} long on average",
    french="Longueur moyenne de ses publications propres : {value}",
    source="FIELD b.4 C2",
    leak="L7, L14: archives truncate texts, and platforms changed the limit",
)
def content_length_mean() -> pl.Expr:
    """Mean length of own posts without links, mentions and hashtags."""
    return _enough_own(_own("length").mean())


@feature(
    unit="ratio",
    needs_posts=_TEN,
    english="The length of its own posts varies by {value} of the mean",
    french="Variation de longueur de ses publications propres : {value}",
    source="FIELD b.4 C2",
)
def content_length_variation() -> pl.Expr:
    """Coefficient of variation of the length of own posts."""
    return _enough_own(pl.when(_own("length").mean() > 0).then(_own("length").std() / _own("length").mean()))


@feature(
    unit="share",
    needs_posts=5,
    evidence="shows_duplicate",
    monotone=1,
    english="{value} of its own posts repeat another of its posts",
    french="Part de ses publications propres qui se répètent : {value}",
    source="FIELD b.4 C3",
)
def content_duplicate_share() -> pl.Expr:
    """Share of own texts that equal another own text up to links, names, digits and signs."""
    keyed = pl.col("text_key").is_not_null()
    return pl.when(keyed.sum() >= 5).then(pl.col("shows_duplicate").filter(keyed).mean())


@feature(
    unit="share",
    needs_posts=5,
    evidence="shows_template",
    monotone=1,
    english="{value} of its own posts open with the same words as another",
    french="Part de ses publications propres au même début : {value}",
)
def content_template_share() -> pl.Expr:
    """Share of own texts whose first three words open another own text."""
    keyed = pl.col("opening_key").is_not_null()
    return pl.when(keyed.sum() >= 5).then(pl.col("shows_template").filter(keyed).mean())


@feature(
    unit="ratio",
    high=1.0,
    needs_posts=_TEN,
    english="Its vocabulary is {value} as rich as it could be",
    french="Richesse du vocabulaire (1 = aucun mot répété) : {value}",
    source="Herdan's C",
)
def content_vocabulary_richness() -> pl.Expr:
    """Logarithm of distinct words over logarithm of words in own posts (Herdan's C)."""
    words = _own("words").drop_nulls().explode(empty_as_null=True, keep_nulls=True).drop_nulls()
    return pl.when(words.len() >= 50).then(words.n_unique().log() / words.len().log())


@feature(
    unit="bits",
    needs_posts=_TEN,
    english="Its hashtags have an entropy of {value}",
    french="Entropie des hashtags : {value}",
    source="FIELD b.4 C9",
)
def content_hashtag_entropy_bits() -> pl.Expr:
    """Entropy of the hashtags it uses."""
    tags = _tags()
    return pl.when(tags.len() >= 5).then(bits(tags))


@feature(
    unit="share",
    needs_posts=_TEN,
    evidence="shows_hashtag",
    english="{value} of its hashtags are the same one",
    french="Part du hashtag le plus fréquent : {value}",
    source="FIELD b.4 C9",
)
def content_top_hashtag_share() -> pl.Expr:
    """Share of the most frequent hashtag among all its hashtags."""
    tags = _tags()
    return pl.when(tags.len() >= 5).then(tags.unique_counts().max() / tags.len())


@feature(
    unit="bits",
    needs_posts=_TEN,
    low=0,
    english="The sites it links to have an entropy of {value}",
    french="Entropie des sites liés : {value}",
    source="FIELD b.4 C7",
    leak="L7: archives expand links unevenly",
)
def content_domain_entropy_bits() -> pl.Expr:
    """Entropy of the sites it links to."""
    return pl.when(pl.col("first_domain").count() >= 5).then(bits(pl.col("first_domain")))


@feature(
    unit="share",
    needs_posts=_TEN,
    evidence="shows_top_domain",
    english="{value} of its links go to one site",
    french="Part des liens vers un même site : {value}",
    source="FIELD b.4 C7",
    leak="L7: archives expand links unevenly",
)
def content_top_domain_share() -> pl.Expr:
    """Share of its links that go to the site it links to most."""
    return pl.when(pl.col("first_domain").count() >= 5).then(
        pl.col("shows_top_domain").sum() / pl.col("first_domain").count()
    )


@feature(
    unit="share",
    needs_posts=_TEN,
    evidence="shows_shortener",
    english="{value} of its links are shortened",
    french="Part de liens raccourcis : {value}",
    source="FIELD b.4 C8",
    leak="L7: archives expand links unevenly",
)
def content_shortener_share() -> pl.Expr:
    """Share of its links that go through a public shortener."""
    return pl.when(pl.col("first_domain").count() >= 5).then(pl.col("shows_shortener").mean())


@feature(
    unit="share",
    needs_posts=5,
    english="{value} of its own posts ask a question",
    french="Part de ses publications propres avec une question : {value}",
)
def content_question_share() -> pl.Expr:
    """Share of own posts with a question mark."""
    return _enough_own(_own("prose").str.contains(r"[?؟？]").mean())


@feature(
    unit="share",
    needs_posts=5,
    english="{value} of its own posts hold an exclamation mark",
    french="Part de ses publications propres avec point d'exclamation : {value}",
)
def content_exclamation_share() -> pl.Expr:
    """Share of own posts with an exclamation mark."""
    return _enough_own(_own("prose").str.contains(r"[!！]").mean())


@feature(
    unit="share",
    needs_posts=5,
    english="{value} of its own posts hold a word all in capitals",
    french="Part de ses publications propres avec un mot en capitales : {value}",
)
def content_shouting_share() -> pl.Expr:
    """Share of own posts with a word of four or more capitals."""
    return _enough_own(_own("prose").str.contains(r"\b\p{Lu}{4,}\b").mean())


@feature(
    unit="share",
    needs_posts=5,
    english="{value} of its own posts start without a capital",
    french="Part de ses publications propres sans majuscule initiale : {value}",
)
def content_lowercase_start_share() -> pl.Expr:
    """Share of own posts whose first letter is small."""
    return _enough_own(_own("prose").str.contains(r"^[^\p{L}]*\p{Ll}").mean())


@feature(
    unit="share",
    needs_posts=5,
    english="{value} of its own posts end with a full stop",
    french="Part de ses publications propres finissant par un point : {value}",
)
def content_full_stop_share() -> pl.Expr:
    """Share of own posts that end with one full stop."""
    return _enough_own(_own("prose").str.contains(r"[^.]\.$").mean())


@feature(
    unit="share",
    needs_posts=5,
    english="{value} of its own posts hold an ellipsis or repeated signs",
    french="Part de ses publications propres avec points de suspension ou signes répétés : {value}",
    leak="L7: some archives end cut texts with an ellipsis",
)
def content_repeated_sign_share() -> pl.Expr:
    """Share of own posts with repeated punctuation."""
    return _enough_own(_own("prose").str.contains(r"\.{2,}|…|!{2,}|\?{2,}").mean())


@feature(
    unit="count",
    needs_posts=_TEN,
    english="It writes in {value} languages",
    french="Langues employées : {value}",
    source="FIELD b.4 C10",
    leak="L5: contextual only",
)
def content_language_count() -> pl.Expr:
    """Number of languages of its posts, as the platform tells them."""
    return pl.when(pl.col("lang").count() > 0).then(pl.col("lang").drop_nulls().n_unique())


@feature(
    unit="bits",
    needs_posts=_TEN,
    english="The accounts it addresses have an entropy of {value}",
    french="Entropie des comptes visés : {value}",
    source="FIELD b.7 G5",
)
def content_target_entropy_bits() -> pl.Expr:
    """Entropy of the accounts it reposts, answers or mentions first."""
    return pl.when(pl.col("target").count() >= 5).then(corrected_bits("target"))


@feature(
    unit="share",
    needs_posts=_TEN,
    evidence="shows_top_target",
    english="{value} of its reactions go to one account",
    french="Part de ses réactions visant un même compte : {value}",
    source="FIELD b.6 A4",
)
def content_top_target_share() -> pl.Expr:
    """Share of its reposts, replies and mentions that go to the account it targets most."""
    return pl.when(pl.col("target").count() >= 5).then(
        pl.col("shows_top_target").sum() / pl.col("target").count()
    )
