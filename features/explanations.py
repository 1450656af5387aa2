"""What the value of a feature means for an account, as messages: the value, how usual it is, its effect on the score."""

from __future__ import annotations

from functools import lru_cache

# Importing the families fills the catalogue.
import vigie.features.window.windows  # noqa: F401
from vigie.features.catalogue import CATALOGUE
from vigie.features.i18n import Decimal, Duration, Frequency, Language, Message, Percent, Value, message

# From this power of ten chance gives a value to at most one account in two.
_LEAST_RARITY = 0.3
# Nobody is beyond all accounts that exist: the largest share that a comparison states.
_LARGEST_SHARE = 0.99
# Share of the reference accounts, in percent, that a value goes beyond from which it tells an account from ordinary ones.
_LEAST_PLACE = 60.0
# Units, and features of other units, whose numbers mean nothing to a person: the fact and the comparison are told.
_WITHOUT_NUMBER = ("bits", "index")
_NUMBERLESS = (
    "audience_engagement_gini", "content_length_variation", "content_vocabulary_richness",
    "coordination_closest_partner_cosine", "rhythm_gap_variation",
)  # fmt: skip
# Features of counts, shares and standings of which a value of nought has words of its own.
_NONE_AT_NOUGHT = (
    "audience_engagement_median_count", "audience_no_engagement_share", "content_duplicate_share", "content_emoji_mean_count",
    "content_exclamation_share", "content_full_stop_share", "content_hashtag_mean_count", "content_lowercase_start_share",
    "content_media_share", "content_mention_mean_count", "content_question_share", "content_quote_share",
    "content_repeated_sign_share", "content_reply_share", "content_repost_share", "content_shortener_share",
    "content_shouting_share", "content_template_share", "content_url_share", "coordination_active_partners_count",
    "coordination_day_company_share", "coordination_half_hour_standing_index", "coordination_hashtag_shared_share",
    "coordination_hour_company_share", "coordination_joint_standing_index", "coordination_layers_count", "coordination_lead_share",
    "coordination_mention_shared_share", "coordination_minute_company_share", "coordination_partner_standing_index",
    "coordination_partners_count", "coordination_repost_shared_share", "coordination_schedule_standing_index",
    "coordination_shared_share", "coordination_synchronous_partners_count", "coordination_ten_minutes_company_share",
    "coordination_ten_minutes_standing_index", "coordination_text_shared_share", "coordination_text_standing_index",
    "name_display_digit_count", "name_display_emoji_count", "name_display_in_handle_share", "name_handle_capital_share",
    "name_handle_change_count", "name_handle_digit_count", "name_handle_sign_share", "name_handle_trailing_digit_count",
    "profile_description_emoji_count", "profile_description_hashtag_count", "profile_description_length",
    "profile_description_mention_count", "profile_description_url_count", "profile_followers_count", "profile_followers_per_day",
    "profile_following_count", "profile_following_per_day", "profile_likes_given_count", "profile_likes_given_per_day",
    "profile_listed_count", "profile_listed_per_day", "profile_listed_per_follower", "profile_posts_count",
    "profile_posts_per_day", "rhythm_fast_reaction_share", "rhythm_same_minute_share", "rhythm_short_gap_share",
    "rhythm_weekend_share", "sequence_pause_day_share", "sequence_pause_hour_share", "sequence_pause_long_share",
    "sequence_pause_minutes_share", "sequence_repeat_share", "sequence_switch_share",
)  # fmt: skip
# A rate below it is told by how many it takes for one: "one follower for every 120 accounts that it follows".
_LEAST_RATE = 0.1
_RATES = (
    "profile_followers_following_ratio", "profile_followers_per_day", "profile_followers_per_post",
    "profile_following_per_day", "profile_following_per_post", "profile_likes_given_per_day",
    "profile_likes_given_per_post", "profile_listed_per_day", "profile_listed_per_follower", "profile_posts_per_day",
)  # fmt: skip


def observation(name: str, value: float) -> Message:
    """Return what a feature says about an account, as a clause without a full stop.

    Args:
        name: Feature.
        value: Its value.

    Raises:
        KeyError: The feature is not in the catalogue.

    >>> observation("content_repost_share", 0.934).say("en")
    '93% of the account’s posts are reposts'
    >>> observation("profile_followers_count", 1).say("fr")
    'Le compte a 1 abonné'
    >>> observation("profile_has_banner", 0).say("en")
    'The account has no banner'
    >>> observation("content_hashtag_entropy_bits", 1.6).say("en")
    'The account varies its hashtags'
    """
    unit = CATALOGUE[name].unit
    if unit == "yes/no":
        return Message(f"features.{name}.yes") if value >= 0.5 else Message(f"features.{name}.no")
    if _is_none(name, value) or _is_by_chance(name, value):
        return Message(f"features.{name}.none")
    if _is_numberless(name):
        return Message(f"features.{name}")
    if name in _RATES and 0 < value < _LEAST_RATE:
        return Message(f"features.{name}.few", {"value": round(float(f"{1 / value:.2g}"))})
    values: dict[str, Value] = {"value": _with_unit(unit, value)}
    if isinstance(values["value"], Decimal):
        values["count"] = values["value"]
    return Message(f"features.{name}", values)


def may_raise(name: str, value: float, place: tuple[float, float] | None) -> bool:
    """Return whether a value is worth naming as a reason that raises a score.

    What chance explains is none, nor what does not go beyond most ordinary accounts: above them, or below them for a
    feature of which less may raise a score.

    Args:
        name: Feature.
        value: Its value.
        place: Shares of reference accounts below and above it, 0 to 100; None if there is no reference.

    >>> may_raise("coordination_surprise_index", -0.5, None), may_raise("profile_age_days", 3, (2, 97))
    (False, True)
    """
    direction = CATALOGUE[name].monotone
    if _is_by_chance(name, value):
        return False
    if place is None:
        return True
    below, above = place
    return (direction >= 0 and below >= _LEAST_PLACE) or (direction <= 0 and above >= _LEAST_PLACE)


def may_lower(name: str, place: tuple[float, float] | None) -> bool:
    """Return whether a value is worth naming as a reason that lowers a score.

    An account that has more than most of what may only raise a score is not told that this lowers it.

    Args:
        name: Feature.
        place: Shares of reference accounts below and above its value, 0 to 100; None if there is no reference.

    >>> may_lower("coordination_surprise_index", (78, 20)), may_lower("coordination_surprise_index", (5, 90))
    (False, True)
    """
    if place is None:
        return True
    direction = CATALOGUE[name].monotone
    below, above = place
    return (direction <= 0 and below >= _LEAST_PLACE) or (direction >= 0 and above >= _LEAST_PLACE)


def reason(name: str, value: float, place: tuple[float, float] | None, *, raises: bool) -> Message:
    """Return what a feature says about an account, how usual that is, and which way it moves the score.

    Args:
        name: Feature.
        value: Its value.
        place: Shares of reference accounts below and above it, 0 to 100; None if there is no reference.
        raises: Whether it raises the score, or lowers it.
    """
    unit = CATALOGUE[name].unit
    values: dict[str, Value] = {"observation": observation(name, value)}
    if place is None or unit == "yes/no" or _is_by_chance(name, value):
        if raises:
            return message("features.reason.raises_alone", **values)
        return message("features.reason.lowers_alone", **values)
    values["place"] = _comparison(name, value, *place)
    return (
        message("features.reason.raises", **values) if raises else message("features.reason.lowers", **values)
    )


# Most values of a collection are nought or few: half of what is said of an account has been said of another.
@lru_cache(maxsize=16_384)
def sentence(
    name: str, value: float, place: tuple[float, float] | None, language: Language, *, raises: bool
) -> str:
    """Return :func:`reason` in one language."""
    return reason(name, value, place, raises=raises).say(language)


def _comparison(name: str, value: float, below: float, above: float) -> Message:
    """Return how a value lies among those of the reference accounts."""
    kind = _comparative(name, value)
    # Accounts at or below a value that says "none" say so too.
    equal = 100 - above - (0 if kind == "none" else below)
    if equal > 50:
        key = "features.place.as_rare" if kind == "rarity" else "features.place.equal"
        return Message(key, {"share": _share(equal)})
    higher, lower = _COMPARATIVES[kind]
    if below >= above:
        return Message(f"features.place.{higher}", {"share": _share(below)})
    return Message(f"features.place.{lower}", {"share": _share(above)})


# By kind of value, the words for one that is higher and one that is lower than those of others.
_COMPARATIVES = {
    "number": ("above", "below"),
    "time": ("longer", "shorter"),
    "degree": ("more_so", "less_so"),
    "rarity": ("rarer", "less_rare"),
    "none": ("unlike", "unlike"),
}


def _comparative(name: str, value: float) -> str:
    """Return the kind of words that compare a value with others, a key of :data:`_COMPARATIVES`."""
    unit = CATALOGUE[name].unit
    if _is_none(name, value):
        return "none"
    if _is_numberless(name):
        return "degree"
    return {"log10 rarity": "rarity", "seconds": "time", "hours": "time"}.get(unit, "number")


def _share(percent: float) -> Percent:
    return Percent(min(percent / 100, _LARGEST_SHARE))


def _is_numberless(name: str) -> bool:
    """Return whether the values of a feature are told without a number."""
    return CATALOGUE[name].unit in _WITHOUT_NUMBER or name in _NUMBERLESS


def _is_none(name: str, value: float) -> bool:
    """Return whether a value says that there is nothing of what its feature measures, which has words of its own."""
    return value <= 0 and (CATALOGUE[name].unit == "bits" or name in (*_NUMBERLESS, *_NONE_AT_NOUGHT))


def _is_by_chance(name: str, value: float) -> bool:
    """Return whether a value is a rarity that chance gives to most accounts."""
    return CATALOGUE[name].unit == "log10 rarity" and value < _LEAST_RARITY


def _with_unit(unit: str, value: float) -> Value:
    """Return a value as it is written in a sentence."""
    rounded = Decimal(round(value, digits := _digits(value)), digits)
    match unit:
        case "share":
            return Percent(value, 0 if value >= 0.1 or value == 0 else 1)
        case "seconds":
            return Duration(value)
        case "hours":
            return message("features.value.hours", count=round(value))
        case "days":
            return message("features.value.days", count=round(value))
        case "characters":
            return message("features.value.characters", count=rounded)
        case "log10 rarity":
            return Frequency(10**-value, "accounts")
        case _:
            return rounded


def _digits(value: float) -> int:
    """Return the decimals that a value is worth."""
    if abs(value) >= 100:
        return 0
    if abs(value) >= 10:
        return 1
    if abs(value) >= 0.1 or value == 0:
        return 2
    return 3 if abs(value) >= 0.01 else 4
