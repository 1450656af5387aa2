"""Profile features (FIELD b.1): what one account object says, as of ``observed_at``."""

from __future__ import annotations

import polars as pl

from vigie.features import text
from vigie.features.catalogue import feature

_BOTOMETER_LITE = "BotometerLite (Yang et al. 2020)"


def _age_days() -> pl.Expr:
    age = (pl.col("observed_at") - pl.col("created_at")).dt.total_seconds() / 86_400
    return age.clip(lower_bound=1.0)


def _ratio(numerator: str, denominator: str) -> pl.Expr:
    """Return (a + 1) / (b + 1): defined for zero counts, missing when either is."""
    return (pl.col(numerator) + 1) / (pl.col(denominator) + 1)


@feature(unit="count", english="It has {value} followers", french="Abonnés : {value}", source=_BOTOMETER_LITE)
def profile_followers_count() -> pl.Expr:
    """Accounts that follow it."""
    return pl.col("followers_count")


@feature(
    unit="count",
    english="It follows {value} accounts",
    french="Abonnements : {value}",
    source=_BOTOMETER_LITE,
)
def profile_following_count() -> pl.Expr:
    """Accounts it follows."""
    return pl.col("following_count")


@feature(
    unit="count",
    english="It has published {value} posts since its creation",
    french="Publications depuis sa création : {value}",
    source=_BOTOMETER_LITE,
)
def profile_posts_count() -> pl.Expr:
    """Posts since creation, as the platform counts them."""
    return pl.col("posts_count")


@feature(
    unit="count",
    english="It has given {value} likes",
    french="Mentions « j'aime » données : {value}",
    source=_BOTOMETER_LITE,
    leak="L3, L4: the cresci-2017 stump; habits of liking changed with the years",
)
def profile_likes_given_count() -> pl.Expr:
    """Likes it gave since creation."""
    return pl.col("likes_given_count")


@feature(
    unit="count",
    english="It is on {value} public lists",
    french="Listes publiques qui le citent : {value}",
    source=_BOTOMETER_LITE,
)
def profile_listed_count() -> pl.Expr:
    """Public lists that hold it."""
    return pl.col("listed_count")


@feature(
    unit="days",
    low=1,
    english="It was {value} old when observed",
    french="Âge au moment de l'observation : {value}",
    source=_BOTOMETER_LITE,
    leak="L1, L14: each archive was collected at one time, and its bots created in one wave",
)
def profile_age_days() -> pl.Expr:
    """Days between creation and observation, at least 1."""
    return _age_days()


@feature(
    unit="per day",
    english="It publishes {value} posts a day over its life",
    french="Publications par jour depuis sa création : {value}",
    source=_BOTOMETER_LITE,
)
def profile_posts_per_day() -> pl.Expr:
    """Posts since creation per day of age."""
    return pl.col("posts_count") / _age_days()


@feature(
    unit="per day",
    english="It gains {value} followers a day",
    french="Abonnés gagnés par jour : {value}",
    source=_BOTOMETER_LITE,
)
def profile_followers_per_day() -> pl.Expr:
    """Followers per day of age."""
    return pl.col("followers_count") / _age_days()


@feature(
    unit="per day",
    english="It follows {value} more accounts a day",
    french="Nouveaux abonnements par jour : {value}",
    source=_BOTOMETER_LITE,
)
def profile_following_per_day() -> pl.Expr:
    """Accounts followed per day of age."""
    return pl.col("following_count") / _age_days()


@feature(
    unit="per day",
    english="It gives {value} likes a day",
    french="Mentions « j'aime » données par jour : {value}",
    source=_BOTOMETER_LITE,
)
def profile_likes_given_per_day() -> pl.Expr:
    """Likes given per day of age."""
    return pl.col("likes_given_count") / _age_days()


@feature(
    unit="per day",
    english="It is added to {value} lists a day",
    french="Ajouts à des listes par jour : {value}",
    source=_BOTOMETER_LITE,
)
def profile_listed_per_day() -> pl.Expr:
    """Public lists per day of age."""
    return pl.col("listed_count") / _age_days()


@feature(
    unit="ratio",
    english="Followers per account it follows, one added to each: {value}",
    french="Abonnés par abonnement, un ajouté à chacun : {value}",
    source="Chu et al. 2012",
)
def profile_followers_following_ratio() -> pl.Expr:
    """Followers per account followed, both plus one."""
    return _ratio("followers_count", "following_count")


@feature(
    unit="ratio",
    english="Likes given per post it publishes, one added to each: {value}",
    french="Mentions « j'aime » données par publication, une ajoutée à chacune : {value}",
    source="Hays et al. 2023",
)
def profile_likes_given_per_post() -> pl.Expr:
    """Likes given per post published, both plus one."""
    return _ratio("likes_given_count", "posts_count")


@feature(
    unit="ratio",
    english="Public lists per follower, one added to each: {value}",
    french="Listes publiques par abonné, une ajoutée à chacun : {value}",
)
def profile_listed_per_follower() -> pl.Expr:
    """Public lists per follower, both plus one."""
    return _ratio("listed_count", "followers_count")


@feature(
    unit="ratio",
    english="Followers per post, one added to each: {value}",
    french="Abonnés par publication, un ajouté à chacun : {value}",
)
def profile_followers_per_post() -> pl.Expr:
    """Followers per post published, both plus one."""
    return _ratio("followers_count", "posts_count")


@feature(
    unit="ratio",
    english="Accounts it follows per post, one added to each: {value}",
    french="Abonnements par publication, un ajouté à chacun : {value}",
)
def profile_following_per_post() -> pl.Expr:
    """Accounts followed per post published, both plus one."""
    return _ratio("following_count", "posts_count")


@feature(
    unit="characters",
    english="Its biography is {value} long",
    french="Longueur de la biographie : {value}",
    source="FIELD b.1 P16: weak evidence alone",
)
def profile_description_length() -> pl.Expr:
    """Characters of the biography."""
    return text.visible(pl.col("description")).str.len_chars()


@feature(
    unit="count", english="Its biography holds {value} links", french="Liens dans la biographie : {value}"
)
def profile_description_url_count() -> pl.Expr:
    """Links in the biography."""
    return text.count(pl.col("description"), text.URL)


@feature(
    unit="count",
    english="Its biography holds {value} hashtags",
    french="Hashtags dans la biographie : {value}",
)
def profile_description_hashtag_count() -> pl.Expr:
    """Hashtags in the biography."""
    return text.count(pl.col("description"), text.HASHTAG)


@feature(
    unit="count",
    english="Its biography mentions {value} accounts",
    french="Comptes mentionnés dans la biographie : {value}",
)
def profile_description_mention_count() -> pl.Expr:
    """Accounts mentioned in the biography."""
    return text.count(pl.col("description"), text.MENTION)


@feature(
    unit="count",
    english="Its biography holds {value} emojis",
    french="Émojis dans la biographie : {value}",
    leak="L14: emojis date an archive",
)
def profile_description_emoji_count() -> pl.Expr:
    """Emojis in the biography."""
    return text.count(pl.col("description"), text.EMOJI)


def _filled(column: str) -> pl.Expr:
    return text.visible(pl.col(column)).str.strip_chars() != ""


@feature(unit="yes/no", english="It has a biography: {value}", french="Biographie renseignée : {value}")
def profile_has_description() -> pl.Expr:
    """Whether the biography says anything."""
    return _filled("description")


@feature(unit="yes/no", english="It states a location: {value}", french="Lieu renseigné : {value}")
def profile_has_location() -> pl.Expr:
    """Whether a location is given."""
    return _filled("location")


@feature(unit="yes/no", english="Its profile has a link: {value}", french="Lien dans le profil : {value}")
def profile_has_url() -> pl.Expr:
    """Whether the profile links somewhere."""
    return _filled("url")


@feature(
    unit="yes/no",
    english="It set a picture of its own: {value}",
    french="Image de profil personnelle : {value}",
    source=_BOTOMETER_LITE,
)
def profile_has_image() -> pl.Expr:
    """Whether it set a picture of its own."""
    return pl.col("has_profile_image")


@feature(
    unit="yes/no",
    english="It set a banner: {value}",
    french="Bannière personnelle : {value}",
    leak="L2, L14: banners exist since 2012, and archives give them unevenly",
)
def profile_has_banner() -> pl.Expr:
    """Whether it set a banner."""
    return pl.col("has_banner")


@feature(
    unit="yes/no",
    english="Its posts are private: {value}",
    french="Publications privées : {value}",
    leak="L2, L7: private accounts drop out of archives with posts",
)
def profile_is_protected() -> pl.Expr:
    """Whether its posts are private."""
    return pl.col("protected")


@feature(
    unit="yes/no",
    english="The platform shows it as verified: {value}",
    french="Vérifié par la plateforme : {value}",
    leak="L3: human samples are full of verified celebrities",
)
def profile_is_verified() -> pl.Expr:
    """Whether the platform shows it as verified."""
    return pl.col("verified")
