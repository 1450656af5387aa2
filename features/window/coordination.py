"""Coordination features: what an account does together with the others of its comparison window.

A higher value of nearly every feature may never lower a score. Values are weighted by the rarity of the shared
object in the window, so that each further account on an object makes it less rare for the others. Most are degrees rather
than yes or no, as coordination is in [Nizzoli2021]. No feature knows the hour, the day of the week, the language or the
words. The columns they read are made in :mod:`vigie.features.coordination.shared_activity`.
"""

from __future__ import annotations

import polars as pl

from vigie.features.catalogue import feature
from vigie.features.coordination.traces import DAY, HOUR, MINUTE


def _share(column: str) -> pl.Expr:
    return pl.col(column).mean()


def _within(seconds: int) -> pl.Expr:
    return (pl.col("near_s") <= seconds).fill_null(value=False).mean()


def _author(column: str) -> pl.Expr:
    """Return what is known of the author, the same on each of its posts."""
    return pl.col(column).first()


@feature(unit="share", needs_posts=1, evidence="shows_shared_activity", monotone=1, source="Pacheco2021")
def coordination_shared_share() -> pl.Expr:
    """Share of posts that act on something another account of the window acted on."""
    return _share("is_shared")


@feature(unit="share", needs_posts=1, evidence="shows_shared_activity", monotone=1, source="Schoch2022")
def coordination_minute_company_share() -> pl.Expr:
    """Share of posts on whose object another account acted within a minute."""
    return _within(MINUTE)


@feature(unit="share", needs_posts=1, evidence="shows_shared_activity", monotone=1, source="Weber2021")
def coordination_ten_minutes_company_share() -> pl.Expr:
    """Share of posts on whose object another account acted within ten minutes."""
    return _within(10 * MINUTE)


@feature(unit="share", needs_posts=1, evidence="shows_shared_activity", monotone=1, source="Weber2021")
def coordination_hour_company_share() -> pl.Expr:
    """Share of posts on whose object another account acted within an hour."""
    return _within(HOUR)


@feature(unit="share", needs_posts=1, evidence="shows_shared_activity", monotone=1, source="Weber2021")
def coordination_day_company_share() -> pl.Expr:
    """Share of posts on whose object another account acted within a day."""
    return _within(DAY)


@feature(unit="bits", needs_posts=1, evidence="shows_shared_activity", monotone=1, source="Pacheco2021")
def coordination_shared_rarity_bits() -> pl.Expr:
    """Sum over posts of the rarity of the rarest object shared with others."""
    return pl.col("shared_bits").sum()


@feature(unit="bits", needs_posts=1, evidence="shows_shared_activity", monotone=1, source="Pacheco2021")
def coordination_company_rarity_bits() -> pl.Expr:
    """Sum over posts of the rarity of the rarest object on which others acted within an hour."""
    return pl.col("co_action_bits").sum()


@feature(unit="bits", needs_posts=1, evidence="shows_shared_activity", monotone=1, source="Pacheco2021")
def coordination_closest_partner_bits() -> pl.Expr:
    """Summed rarity of the objects shared with the account with which it shares most."""
    return _author("any_closest_bits")


@feature(unit="bits", needs_posts=1, evidence="shows_shared_activity", monotone=1, source="Pacheco2021")
def coordination_third_partner_bits() -> pl.Expr:
    """Summed rarity of the objects shared with the account that comes third."""
    return _author("any_third_bits")


@feature(
    unit="ratio", needs_posts=1, high=1.0, evidence="shows_shared_activity", monotone=1, source="Pacheco2021"
)
def coordination_closest_partner_cosine() -> pl.Expr:
    """Cosine of shared objects, weighted by rarity, with the closest account."""
    return _author("any_closest_cosine")


@feature(unit="count", needs_posts=1, evidence="shows_shared_activity", monotone=1, source="Pacheco2021")
def coordination_partners_count() -> pl.Expr:
    """Accounts with which it shares two objects or more."""
    return _author("any_partners")


@feature(
    unit="log10 rarity", needs_posts=1, low=-9.0, high=30.0, evidence="shows_shared_activity", monotone=1
)
def coordination_surprise_index() -> pl.Expr:
    """-log10 of the smallest p-value of its pairs, times the accounts of the window."""
    return _author("log_rarity")


@feature(
    unit="log10 rarity", needs_posts=1, low=-9.0, high=30.0, evidence="shows_shared_activity", monotone=1
)
def coordination_author_surprise_index() -> pl.Expr:
    """-log10 of the smallest p-value of its pairs under the author-conditional null, times the accounts of the window."""
    return _author("author_log_rarity")


@feature(
    unit="log10 rarity", needs_posts=1, low=-9.0, high=30.0, evidence="shows_shared_activity", monotone=1
)
def coordination_group_surprise_index() -> pl.Expr:
    """-log10 of the smallest p-value of its pairs inside its group, times the accounts of the window."""
    return _author("group_log_rarity")


@feature(unit="count", needs_posts=1, evidence="shows_shared_activity", monotone=1)
def coordination_synchronous_partners_count() -> pl.Expr:
    """Accounts with which its pair is significant in some trace and time window."""
    return _author("synchronous_partners")


@feature(unit="count", needs_posts=1, evidence="shows_shared_activity", monotone=1, source="Mannocci2025")
def coordination_layers_count() -> pl.Expr:
    """Traces in which one of its pairs is significant."""
    return _author("layers")


@feature(unit="share", needs_posts=1)
def coordination_lead_share() -> pl.Expr:
    """Share of co-actions in significant pairs in which it acted first."""
    return _author("lead")


@feature(unit="log10 rarity", needs_posts=1, low=-9.0, high=30.0, monotone=1, source="Amarasingham2012")
def coordination_minute_activity_index() -> pl.Expr:
    """-log10 of p that its minutes of activity coincide with a partner's, given both hourly rates."""
    return _author("minute_log_rarity")


@feature(unit="log10 rarity", needs_posts=1, low=-9.0, high=30.0, monotone=1, source="Amarasingham2012")
def coordination_ten_minutes_activity_index() -> pl.Expr:
    """-log10 of p that its bins of ten minutes coincide with a partner's, given both rates over four hours."""
    return _author("ten_minutes_log_rarity")


@feature(unit="log10 rarity", needs_posts=1, low=-9.0, high=30.0, monotone=1, source="Amarasingham2012")
def coordination_half_hour_activity_index() -> pl.Expr:
    """-log10 of p that its half hours coincide with a partner's, given both rates over four hours."""
    return _author("half_hour_log_rarity")


@feature(unit="index", needs_posts=1, low=-100.0, monotone=1, source="Pacheco2021")
def coordination_schedule_closest_index() -> pl.Expr:
    """Cosine of its half hours of activity with the closest account's, in deviations from its mean."""
    return _author("schedule_closest")


@feature(unit="index", needs_posts=1, low=-100.0, monotone=1, source="Pacheco2021")
def coordination_schedule_third_index() -> pl.Expr:
    """Cosine of its half hours of activity with the third closest account's, in deviations from its mean."""
    return _author("schedule_third")


@feature(unit="count", needs_posts=1, monotone=1, source="Amarasingham2012")
def coordination_active_partners_count() -> pl.Expr:
    """Accounts whose bins of ten minutes coincide with its own beyond both rates."""
    return _author("active_partners")


@feature(unit="share", needs_posts=1, evidence="shows_shared_activity", monotone=1, source="Richard2023")
def coordination_text_shared_share() -> pl.Expr:
    """Share of its comparable texts with a near-duplicate by another account."""
    return _share("is_text_shared")


@feature(unit="bits", needs_posts=1, evidence="shows_shared_activity", monotone=1, source="Richard2023")
def coordination_text_rarity_bits() -> pl.Expr:
    """Sum of the rarity of the texts that other accounts published too."""
    return pl.col("text_bits").sum()


@feature(unit="bits", needs_posts=1, evidence="shows_shared_activity", monotone=1, source="Richard2023")
def coordination_text_company_bits() -> pl.Expr:
    """Sum of the rarity of the texts that other accounts published within an hour."""
    return pl.col("text_co_action_bits").sum()


@feature(unit="share", needs_posts=1, evidence="shows_shared_activity", monotone=1, source="Pacheco2021")
def coordination_repost_shared_share() -> pl.Expr:
    """Share of its reposts that another account made too."""
    return _share("is_repost_shared")


@feature(unit="bits", needs_posts=1, evidence="shows_shared_activity", monotone=1, source="Pacheco2021")
def coordination_repost_company_bits() -> pl.Expr:
    """Sum of the rarity of the reposts that other accounts made within an hour."""
    return pl.col("repost_co_action_bits").sum()


@feature(unit="share", needs_posts=1, evidence="shows_shared_activity", source="Pacheco2021")
def coordination_hashtag_shared_share() -> pl.Expr:
    """Share of posts with a rare hashtag that another account used too."""
    return _share("is_hashtag_shared")


@feature(unit="bits", needs_posts=1, evidence="shows_shared_activity", monotone=1, source="Pacheco2021")
def coordination_hashtag_closest_bits() -> pl.Expr:
    """Summed rarity of the hashtags shared with the account with which it shares most of them."""
    return _author("hashtag_closest_bits")


@feature(unit="bits", needs_posts=1, evidence="shows_shared_activity", monotone=1, source="Pacheco2021")
def coordination_hashtag_third_bits() -> pl.Expr:
    """Summed rarity of the hashtags shared with the account that comes third."""
    return _author("hashtag_third_bits")


@feature(unit="share", needs_posts=1, evidence="shows_shared_activity", source="Weber2021")
def coordination_mention_shared_share() -> pl.Expr:
    """Share of posts that name an account which another account named too."""
    return _share("is_mention_shared")


@feature(unit="bits", needs_posts=1, evidence="shows_shared_activity", monotone=1, source="Weber2021")
def coordination_mention_closest_bits() -> pl.Expr:
    """Summed rarity of the accounts named that it shares with the closest account."""
    return _author("mention_closest_bits")


@feature(
    unit="index", needs_posts=1, low=-10.0, evidence="shows_shared_activity", monotone=1, source="Pacheco2021"
)
def coordination_partner_standing_index() -> pl.Expr:
    """Log of what few did at its pace that it shares with its closest or third partner, over what is usual in the window."""
    return _author("partner_standing")


@feature(
    unit="index", needs_posts=1, low=-10.0, evidence="shows_shared_activity", monotone=1, source="Richard2023"
)
def coordination_text_standing_index() -> pl.Expr:
    """Log of the rarity of its texts that others published too, over what is usual in the window."""
    return _author("text_standing")


@feature(unit="index", needs_posts=1, low=-2.0, high=3.0, monotone=1, source="Pacheco2021")
def coordination_schedule_standing_index() -> pl.Expr:
    """Similarity of its half hours of activity to the third closest account's, in deviations from the window's mean."""
    return _author("schedule_standing")


@feature(unit="index", needs_posts=1, low=-2.0, high=3.0, monotone=1, source="Amarasingham2012")
def coordination_ten_minutes_standing_index() -> pl.Expr:
    """Log rarity of the bins of ten minutes it shares with a partner, in deviations from the window's mean."""
    return _author("ten_minutes_standing")


@feature(unit="index", needs_posts=1, low=-2.0, high=3.0, monotone=1, source="Amarasingham2012")
def coordination_half_hour_standing_index() -> pl.Expr:
    """Log rarity of the half hours it shares with a partner, in deviations from the window's mean."""
    return _author("half_hour_standing")


@feature(unit="index", needs_posts=1, evidence="shows_shared_activity", monotone=1)
def coordination_joint_standing_index() -> pl.Expr:
    """Sum of what stands out in what it shares and when it is active, more where its closest partners stand out too."""
    return _author("joint_standing")
