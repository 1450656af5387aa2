"""Which account of which platform an object of OpenCTI stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vigie.serving.known_campaigns.addresses import AccountAddress, handle, named

# What OpenCTI's users call platforms, where vigie has another name.
_PLATFORMS = {"twitter": "x", "vkontakte": "vk", "fb": "facebook"}


def subject(entity: Mapping[str, Any]) -> AccountAddress:
    """Return the account by its platform and its id, or its handle where no id is known.

    Args:
        entity: ``user-account`` or ``channel`` of STIX.

    Raises:
        ValueError: It does not say which one it is.
    """
    if entity["type"] == "user-account":
        return _of_user_account(entity)
    return _of_channel(entity)


def _of_user_account(entity: Mapping[str, Any]) -> AccountAddress:
    platform, account_id, login = (entity.get(name) for name in ("account_type", "user_id", "account_login"))
    if not platform or not (account_id or login):
        raise ValueError("the user account names no platform (account_type), or no user_id and account_login")
    named_by = None if account_id else handle(login or "")
    if not (account_id or named_by):
        raise ValueError("the account_login of the user account is no handle")
    return AccountAddress(_platform(platform), named_by, account_id or None)


def _of_channel(entity: Mapping[str, Any]) -> AccountAddress:
    name = entity.get("name", "")
    if (account := named(name).account) is not None:
        return account
    bare, types = handle(name), list(entity.get("channel_types") or ())
    if bare is None or len(types) != 1:
        raise ValueError(
            "the name of the channel is no address of an account (x.com/handle), and no handle with one channel type"
        )
    return AccountAddress(_platform(types[0]), bare)


def _platform(name: str) -> str:
    lowered = name.strip().lower()
    return _PLATFORMS.get(lowered, lowered)
