"""Coordination features (FIELD b.8): what an account does together with the others of its pool.

A higher value of nearly every feature may never lower a score. The values themselves weigh evidence by its
rarity in the pool: what one more account does too is a little less rare for the others. None knows the hour, the
day of the week, the language or the words. What they read is made in
:mod:`vigie.features.coordination.shared_activity`.
"""

from __future__ import annotations

import polars as pl

from vigie.features.catalogue import feature
from vigie.features.coordination.traces import DAY, HOUR, MINUTE

_NULL = "FIELD c.4: Poisson under a null of popularity classes"
_NEAREST = "FIELD b.8 K3; rarity as in the IDF of Pacheco et al. 2021"


def _share(column: str) -> pl.Expr:
    return pl.col(column).mean()


def _within(seconds: int) -> pl.Expr:
    return (pl.col("near_s") <= seconds).fill_null(value=False).mean()


def _author(column: str) -> pl.Expr:
    """Return what is known of the author, the same on each of its posts."""
    return pl.col(column).first()


@feature(
    unit="share",
    needs_posts=1,
    english="Posts with a text, link, picture, hashtag or addressee that another account also used: {value}",
    french="Messages dont le texte, le lien, l’image, le hashtag ou le destinataire se retrouve chez un autre compte : {value}",
    evidence="shows_company",
    monotone=1,
    source="FIELD b.8 K4",
)
def coordination_shared_share() -> pl.Expr:
    """Share of posts that act on something another account of the pool acted on."""
    return _share("is_shared")


@feature(
    unit="share",
    needs_posts=1,
    english="Posts that another account joined within a minute, on the same thing: {value}",
    french="Messages qu’un autre compte rejoint en moins d’une minute, sur le même objet : {value}",
    evidence="shows_company",
    monotone=1,
    source="FIELD b.8 K4",
)
def coordination_minute_company_share() -> pl.Expr:
    """Share of posts on whose object another account acted within a minute."""
    return _within(MINUTE)


@feature(
    unit="share",
    needs_posts=1,
    english="Posts that another account joined within ten minutes, on the same thing: {value}",
    french="Messages qu’un autre compte rejoint en moins de dix minutes, sur le même objet : {value}",
    evidence="shows_company",
    monotone=1,
    source="FIELD b.8 K4",
)
def coordination_ten_minutes_company_share() -> pl.Expr:
    """Share of posts on whose object another account acted within ten minutes."""
    return _within(10 * MINUTE)


@feature(
    unit="share",
    needs_posts=1,
    english="Posts that another account joined within an hour, on the same thing: {value}",
    french="Messages qu’un autre compte rejoint en moins d’une heure, sur le même objet : {value}",
    evidence="shows_company",
    monotone=1,
    source="FIELD b.8 K4",
)
def coordination_hour_company_share() -> pl.Expr:
    """Share of posts on whose object another account acted within an hour."""
    return _within(HOUR)


@feature(
    unit="share",
    needs_posts=1,
    english="Posts that another account joined within a day, on the same thing: {value}",
    french="Messages qu’un autre compte rejoint en moins d’un jour, sur le même objet : {value}",
    evidence="shows_company",
    monotone=1,
    source="FIELD b.8 K4",
)
def coordination_day_company_share() -> pl.Expr:
    """Share of posts on whose object another account acted within a day."""
    return _within(DAY)


@feature(
    unit="bits",
    needs_posts=1,
    english="Rarity of all that it shares with other accounts: {value}",
    french="Rareté de tout ce qu’il partage avec d’autres comptes : {value}",
    evidence="shows_company",
    monotone=1,
    source=_NEAREST,
)
def coordination_shared_rarity_bits() -> pl.Expr:
    """Sum over posts of the rarity of the rarest object shared with others."""
    return pl.col("shared_bits").sum()


@feature(
    unit="bits",
    needs_posts=1,
    english="Rarity of what it shares with other accounts within an hour: {value}",
    french="Rareté de ce qu’il partage avec d’autres comptes en moins d’une heure : {value}",
    evidence="shows_company",
    monotone=1,
    source=_NEAREST,
)
def coordination_company_rarity_bits() -> pl.Expr:
    """Sum over posts of the rarity of the rarest object on which others acted within an hour."""
    return pl.col("company_bits").sum()


@feature(
    unit="bits",
    needs_posts=1,
    english="Rarity of what it shares with the account closest to it: {value}",
    french="Rareté de ce qu’il partage avec le compte le plus proche : {value}",
    evidence="shows_company",
    monotone=1,
    source=_NEAREST,
)
def coordination_closest_partner_bits() -> pl.Expr:
    """Summed rarity of the objects shared with the account with which it shares most."""
    return _author("any_closest_bits")


@feature(
    unit="bits",
    needs_posts=1,
    english="Rarity of what it shares with the third closest account: {value}",
    french="Rareté de ce qu’il partage avec le troisième compte le plus proche : {value}",
    evidence="shows_company",
    monotone=1,
    source=_NEAREST,
)
def coordination_third_partner_bits() -> pl.Expr:
    """Summed rarity of the objects shared with the account that comes third."""
    return _author("any_third_bits")


@feature(
    unit="ratio",
    needs_posts=1,
    english="Likeness of what it shares to the closest account, from 0 to 1: {value}",
    french="Ressemblance de ce qu’il partage avec le compte le plus proche, de 0 à 1 : {value}",
    high=1.0,
    evidence="shows_company",
    monotone=1,
    source="Pacheco et al. 2021: TF-IDF cosine",
)
def coordination_closest_partner_cosine() -> pl.Expr:
    """Cosine of shared objects, weighted by rarity, with the closest account."""
    return _author("any_closest_cosine")


@feature(
    unit="count",
    needs_posts=1,
    english="Accounts with which it shares two things or more: {value}",
    french="Comptes avec lesquels il partage au moins deux objets : {value}",
    evidence="shows_company",
    monotone=1,
    source="FIELD b.8 K2",
)
def coordination_partners_count() -> pl.Expr:
    """Accounts with which it shares two objects or more."""
    return _author("any_partners")


@feature(
    unit="index",
    needs_posts=1,
    english="Its most surprising pair would arise by chance once in 10 to the power {value} accounts",
    french="Sa paire la plus surprenante naîtrait du hasard une fois sur 10 puissance {value} comptes",
    low=-9.0,
    high=30.0,
    evidence="shows_company",
    monotone=1,
    source=_NULL,
)
def coordination_surprise_index() -> pl.Expr:
    """-log10 of the p-value of its most surprising pair, times the accounts of the pool."""
    return _author("surprise")


@feature(
    unit="index",
    needs_posts=1,
    english="The same where waiting for the same authors is taken as chance: 10 to the power {value}",
    french="De même si l’attente des mêmes auteurs est tenue pour du hasard : 10 puissance {value}",
    low=-9.0,
    high=30.0,
    evidence="shows_company",
    monotone=1,
    source="FIELD c.4: author-conditional null",
)
def coordination_author_surprise_index() -> pl.Expr:
    """The same under the author-conditional null."""
    return _author("author_surprise")


@feature(
    unit="index",
    needs_posts=1,
    english="It belongs to a group; its most surprising pair there would arise by chance once in 10 to the power {value} accounts",
    french="Il fait partie d’un groupe ; sa paire la plus surprenante y naîtrait du hasard une fois sur 10 puissance {value} comptes",
    low=-9.0,
    high=30.0,
    evidence="shows_company",
    monotone=1,
    source="FIELD c.4: class null, author null where two authors or fewer explain the pair",
)
def coordination_group_surprise_index() -> pl.Expr:
    """-log10 of the p-value of its most surprising pair inside its group, times the accounts of the pool."""
    return _author("group_surprise")


@feature(
    unit="count",
    needs_posts=1,
    english="Accounts with which it acts at the same moments beyond chance: {value}",
    french="Comptes avec lesquels il agit aux mêmes moments au-delà du hasard : {value}",
    evidence="shows_company",
    monotone=1,
    source="FIELD b.8 K2",
)
def coordination_synchronous_partners_count() -> pl.Expr:
    """Accounts with which a pair is telling in some trace and window."""
    return _author("synchronous_partners")


@feature(
    unit="count",
    needs_posts=1,
    english="Kinds of acts in which it is synchronous beyond chance: {value}",
    french="Genres d’actes où il est synchrone au-delà du hasard : {value}",
    evidence="shows_company",
    monotone=1,
    source="FIELD b.8 K7",
)
def coordination_layers_count() -> pl.Expr:
    """Traces in which a pair of it is telling."""
    return _author("layers")


@feature(
    unit="share",
    needs_posts=1,
    english="In such pairs it acts first: {value}",
    french="Dans ces paires, il agit le premier : {value}",
    source="FIELD b.8 K6",
)
def coordination_lead_share() -> pl.Expr:
    """Share of meetings in telling pairs in which it acted first."""
    return _author("lead")


@feature(
    unit="index",
    needs_posts=1,
    english="It is active in the same minutes as another account beyond what their hours explain: 10 to the power {value}",
    french="Il est actif aux mêmes minutes qu’un autre compte au-delà de ce qu’expliquent leurs heures : 10 puissance {value}",
    low=-9.0,
    high=30.0,
    monotone=1,
    source="Amarasingham et al. 2012, interval jitter",
)
def coordination_minute_activity_index() -> pl.Expr:
    """-log10 of p that its minutes of activity coincide with a partner's, given both hourly rates."""
    return _author("minute_surprise")


@feature(
    unit="index",
    needs_posts=1,
    english="It is active in the same ten minutes as another account beyond what their hours explain: 10 to the power {value}",
    french="Il est actif aux mêmes dizaines de minutes qu’un autre compte au-delà de ce qu’expliquent leurs heures : 10 puissance {value}",
    low=-9.0,
    high=30.0,
    monotone=1,
    source="Amarasingham et al. 2012, interval jitter",
)
def coordination_ten_minutes_activity_index() -> pl.Expr:
    """The same for bins of ten minutes and rates over four hours."""
    return _author("ten_minutes_surprise")


@feature(
    unit="index",
    needs_posts=1,
    english="It is active in the same half hours as another account beyond what their hours explain: 10 to the power {value}",
    french="Il est actif aux mêmes demi-heures qu’un autre compte au-delà de ce qu’expliquent leurs heures : 10 puissance {value}",
    low=-9.0,
    high=30.0,
    monotone=1,
    source="Amarasingham et al. 2012, interval jitter",
)
def coordination_half_hour_activity_index() -> pl.Expr:
    """The same for bins of half an hour and rates over four hours."""
    return _author("half_hour_surprise")


@feature(
    unit="index",
    needs_posts=1,
    english="Likeness of its hours of activity to the closest account, in standard deviations: {value}",
    french="Ressemblance de ses heures d’activité avec le compte le plus proche, en écarts types : {value}",
    low=-100.0,
    monotone=1,
    source="Pacheco et al. 2021: synchronous activity in bins of 30 minutes",
)
def coordination_schedule_closest_index() -> pl.Expr:
    """Cosine of its half hours of activity with the closest account's, in deviations from its mean."""
    return _author("schedule_closest")


@feature(
    unit="index",
    needs_posts=1,
    english="Likeness of its hours of activity to the third closest account, in standard deviations: {value}",
    french="Ressemblance de ses heures d’activité avec le troisième compte le plus proche, en écarts types : {value}",
    low=-100.0,
    monotone=1,
    source="Pacheco et al. 2021: synchronous activity in bins of 30 minutes",
)
def coordination_schedule_third_index() -> pl.Expr:
    """The same with the account that comes third."""
    return _author("schedule_third")


@feature(
    unit="count",
    needs_posts=1,
    english="Accounts active in the same ten minutes beyond what their hours explain: {value}",
    french="Comptes actifs aux mêmes dizaines de minutes au-delà de ce qu’expliquent leurs heures : {value}",
    monotone=1,
    source="FIELD b.8 K2",
)
def coordination_active_partners_count() -> pl.Expr:
    """Accounts whose bins of ten minutes coincide with its own beyond both rates."""
    return _author("active_partners")


@feature(
    unit="share",
    needs_posts=1,
    english="Texts that another account published too, or nearly: {value}",
    french="Textes qu’un autre compte a aussi publiés, ou presque : {value}",
    evidence="shows_company",
    monotone=1,
    source="FIELD b.4 C4",
)
def coordination_text_shared_share() -> pl.Expr:
    """Share of its comparable texts with a near-duplicate by another account."""
    return _share("is_text_shared")


@feature(
    unit="bits",
    needs_posts=1,
    english="Rarity of the texts it shares with other accounts: {value}",
    french="Rareté des textes qu’il partage avec d’autres comptes : {value}",
    evidence="shows_company",
    monotone=1,
    source=_NEAREST,
)
def coordination_text_rarity_bits() -> pl.Expr:
    """Sum of the rarity of the texts that other accounts published too."""
    return pl.col("text_bits").sum()


@feature(
    unit="bits",
    needs_posts=1,
    english="Rarity of the texts it shares with other accounts within an hour: {value}",
    french="Rareté des textes qu’il partage avec d’autres comptes en moins d’une heure : {value}",
    evidence="shows_company",
    monotone=1,
    source=_NEAREST,
)
def coordination_text_company_bits() -> pl.Expr:
    """Sum of the rarity of the texts that other accounts published within an hour."""
    return pl.col("text_company_bits").sum()


@feature(
    unit="share",
    needs_posts=1,
    english="Reposts that another account made too: {value}",
    french="Republications qu’un autre compte a faites aussi : {value}",
    evidence="shows_company",
    monotone=1,
    source="FIELD b.8 K4",
)
def coordination_repost_shared_share() -> pl.Expr:
    """Share of its reposts that another account made too."""
    return _share("is_repost_shared")


@feature(
    unit="bits",
    needs_posts=1,
    english="Rarity of the reposts it shares with other accounts within an hour: {value}",
    french="Rareté des republications qu’il partage avec d’autres comptes en moins d’une heure : {value}",
    evidence="shows_company",
    monotone=1,
    source=_NEAREST,
)
def coordination_repost_company_bits() -> pl.Expr:
    """Sum of the rarity of the reposts that other accounts made within an hour."""
    return pl.col("repost_company_bits").sum()


@feature(
    unit="share",
    needs_posts=1,
    english="Posts with rare hashtags that another account used too: {value}",
    french="Messages à hashtags rares qu’un autre compte a aussi employés : {value}",
    evidence="shows_company",
    source="FIELD b.8 K4",
)
def coordination_hashtag_shared_share() -> pl.Expr:
    """Share of posts with a rare hashtag that another account used too."""
    return _share("is_hashtag_shared")


@feature(
    unit="bits",
    needs_posts=1,
    english="Rarity of the hashtags it shares with the account closest to it: {value}",
    french="Rareté des hashtags qu’il partage avec le compte le plus proche : {value}",
    evidence="shows_company",
    monotone=1,
    source=_NEAREST,
)
def coordination_hashtag_closest_bits() -> pl.Expr:
    """Summed rarity of the hashtags shared with the account with which it shares most of them."""
    return _author("hashtag_closest_bits")


@feature(
    unit="bits",
    needs_posts=1,
    english="Rarity of the hashtags it shares with the third closest account: {value}",
    french="Rareté des hashtags qu’il partage avec le troisième compte le plus proche : {value}",
    evidence="shows_company",
    monotone=1,
    source=_NEAREST,
)
def coordination_hashtag_third_bits() -> pl.Expr:
    """The same with the account that comes third."""
    return _author("hashtag_third_bits")


@feature(
    unit="share",
    needs_posts=1,
    english="Posts to accounts that another account wrote to too: {value}",
    french="Messages à des comptes auxquels un autre compte a aussi écrit : {value}",
    evidence="shows_company",
    source="FIELD b.8 K4",
)
def coordination_mention_shared_share() -> pl.Expr:
    """Share of posts that name an account which another account named too."""
    return _share("is_mention_shared")


@feature(
    unit="bits",
    needs_posts=1,
    english="Rarity of the addressees it shares with the account closest to it: {value}",
    french="Rareté des destinataires qu’il partage avec le compte le plus proche : {value}",
    evidence="shows_company",
    monotone=1,
    source=_NEAREST,
)
def coordination_mention_closest_bits() -> pl.Expr:
    """Summed rarity of the accounts named that it shares with the closest account."""
    return _author("mention_closest_bits")
