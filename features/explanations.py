"""What the value of a feature means for an account, as messages: the value, how usual it is, its effect on the score."""

from __future__ import annotations

# Importing the families fills the catalogue.
import vigie.features.window.windows  # noqa: F401
from vigie.features.catalogue import CATALOGUE
from vigie.features.i18n import Decimal, Duration, Language, Message, Percent, Value, message

# From this power of ten a rarity is stated as one account in so many, and from that one as less than in a million.
_LEAST_RARITY, _MOST_RARITY = 0.3, 6.0
# Nobody is beyond all accounts that exist: the largest share that a comparison states.
_LARGEST_SHARE = 0.99


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
    """
    unit = CATALOGUE[name].unit
    if unit == "yes/no":
        return Message(f"features.{name}.yes") if value >= 0.5 else Message(f"features.{name}.no")
    values: dict[str, Value] = {"value": _with_unit(unit, value)}
    if unit == "count":
        values["count"] = values["value"]
    return Message(f"features.{name}", values)


def reason(name: str, value: float, place: tuple[float, float] | None, contribution: float) -> Message:
    """Return what a feature says about an account, how usual that is, and which way it moves the score.

    Args:
        name: Feature.
        value: Its value.
        place: Shares of reference accounts below and above it, 0 to 100; None if there is no reference.
        contribution: Its part of the log-odds.
    """
    unit = CATALOGUE[name].unit
    values: dict[str, Value] = {"observation": observation(name, value)}
    raises = contribution > 0
    if place is None or unit == "yes/no":
        if raises:
            return message("features.reason.raises_alone", **values)
        return message("features.reason.lowers_alone", **values)
    values["place"] = _comparison(*place, rarity=unit == "log10 rarity")
    return (
        message("features.reason.raises", **values) if raises else message("features.reason.lowers", **values)
    )


def sentence(
    name: str, value: float, place: tuple[float, float] | None, contribution: float, language: Language
) -> str:
    """Return :func:`reason` in one language."""
    return reason(name, value, place, contribution).say(language)


def _comparison(below: float, above: float, *, rarity: bool) -> Message:
    """Return how a value lies among those of the reference accounts."""
    if max(below, above) < 50:  # most reference accounts have this very value
        share = Percent((100 - below - above) / 100)
        if rarity:
            return message("features.place.as_rare", share=share)
        return message("features.place.equal", share=share)
    share = Percent(min(max(below, above) / 100, _LARGEST_SHARE))
    if rarity:
        if below >= above:
            return message("features.place.rarer", share=share)
        return message("features.place.less_rare", share=share)
    if below >= above:
        return message("features.place.above", share=share)
    return message("features.place.below", share=share)


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
        case "bits":
            return message("features.value.bits", count=rounded)
        case "characters":
            return message("features.value.characters", count=rounded)
        case "log10 rarity":
            return _chance(value)
        case _:
            return rounded


def _chance(rarity: float) -> Message:
    """Return how many accounts reach a value by chance alone, as the subject of a clause."""
    if rarity >= _MOST_RARITY:
        return message("features.chance.rarer")
    if rarity >= _LEAST_RARITY:
        return message("features.chance.one_account_in", accounts=int(float(f"{10**rarity:.1g}")))
    return message("features.chance.most_accounts")


def _digits(value: float) -> int:
    """Return the decimals that a value is worth."""
    if abs(value) >= 100:
        return 0
    if abs(value) >= 10:
        return 1
    return 2 if abs(value) >= 0.1 or value == 0 else 4
