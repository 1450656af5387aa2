"""``vigie keys``: who may use the service."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from vigie.errors import InputError
from vigie.serving.access.scopes import Scope

if TYPE_CHECKING:
    from limits import RateLimitItem

    from vigie.serving.access.keys import Issued

_HELP = """Make, list, rotate and revoke the keys of the service.

Keys are kept in one file, as digests: what is shown once cannot be shown again. A service that runs sees each change with the
next request.
"""
_CREATE = """Make a key and print it. It is shown once.

Scopes: score (/v1/score), network (/v1/network, /v1/group-tests), model (/v1/model, /v1/features, /v1/drift, /metrics), observe
(what collectors send into operations), decide (what was found in operations), admin (everything).

Examples:

* vigie keys create collector --scope score --scope network --keys keys.json

* vigie keys create prometheus --scope model --expires never --keys keys.json

* vigie keys create guest --scope score --expires 7d --rate 60/minute --accounts 5000/hour --keys keys.json
"""
_LIST = """List the keys, also those that ended. Secrets are not in the file.

Example:

* vigie keys list --keys keys.json
"""
_ROTATE = """Give a key a new secret and print it. The old one is valid for a while beside it; the new one lives as long as it did.

Examples:

* vigie keys rotate collector --overlap 1d --keys keys.json

* vigie keys rotate 9f86d081 --overlap 0s --keys keys.json
"""
_REVOKE = """End a key, with the next request and for good.

Example:

* vigie keys revoke collector --keys keys.json
"""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_NEVER = "never"


def _duration(written: str) -> timedelta:
    """Return a time such as 90d."""
    found = re.fullmatch(r"(\d{1,6})([smhdw])", written)
    if found is None:
        raise typer.BadParameter("a time is a number and s, m, h, d or w, such as 90d or 1h")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _life(written: str) -> timedelta:
    """Return how long a key lives; no time at all stands for ever."""
    if written == _NEVER:
        return timedelta(0)
    life = _duration(written)
    if not life:
        raise typer.BadParameter("a key lives for more than 0; to end one, use vigie keys revoke")
    return life


def _rate(written: str | None, option: str) -> RateLimitItem | None:
    """Return a limit of a key, where it has its own."""
    from vigie.serving.access.rates import rate

    try:
        return rate(written) if written else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


_File = Annotated[
    Path, typer.Option("--keys", envvar="VIGIE_KEYS", help="File of keys; made where it is not there.")
]
_Wanted = Annotated[str, typer.Argument(metavar="KEY", help="Id of the key, or the name of an active one.")]


def create(
    name: Annotated[str, typer.Argument(help="Whom or what it is for; logs name it.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may ask; repeat for more.")],
    keys: _File,
    expires: Annotated[
        timedelta,
        typer.Option(parser=_life, metavar="TIME", help="How long it is valid: 90d, 12h, or never."),
    ] = "365d",  # type: ignore[assignment]  # parsed by typer
    rate: Annotated[
        str | None,
        typer.Option(help="Its own limit of requests, such as 600/minute; default: the service's."),
    ] = None,
    accounts: Annotated[
        str | None,
        typer.Option(help="Its own limit of accounts, such as 100000/hour; default: the service's."),
    ] = None,
    operation: Annotated[
        str | None,
        typer.Option(help="The one operation that it opens; it cannot learn that there are others."),
    ] = None,
) -> None:
    """Make a key."""
    from vigie.serving.access.keys import KeyFile, issue

    now = datetime.now(UTC)
    with KeyFile(keys).changing() as held:
        if any(key.name == name and key.state(now) == "active" for key in held.values()):
            raise InputError(
                f"{keys} holds an active key named {name}; choose another name, or give it a new secret: vigie keys rotate {name}"
            )
        issued = issue(
            name,
            scope,
            now,
            life=expires or None,
            requests=_rate(rate, "--rate"),
            accounts=_rate(accounts, "--accounts"),
            operation=operation,
        )
        held[issued.key.id] = issued.key
    _show(issued, keys)


def list_(keys: _File) -> None:
    """Print the keys."""
    from vigie.serving.access.keys import KeyFile
    from vigie.serving.access.rates import Allowance, said

    now = datetime.now(UTC)
    table = Table("id", "name", "scopes", "state", "made", "expires", "own limits", box=box.SIMPLE)
    for column in table.columns:
        column.no_wrap = column.header not in ("name", "scopes", "own limits")
    for key in KeyFile(keys).keys.values():
        table.add_row(
            key.id, key.name, ", ".join(key.scopes), key.state(now), f"{key.rotated or key.created:%Y-%m-%d}",
            f"{key.expires:%Y-%m-%d}" if key.expires else _NEVER,
            ", ".join(
                [
                    *([key.operation] if key.operation else []),
                    *(said(limit, unit) for unit, limit in Allowance(key.requests, key.accounts).items()),
                ]
            ),
        )  # fmt: skip
    Console().print(table)


def rotate(
    wanted: _Wanted,
    keys: _File,
    overlap: Annotated[
        timedelta,
        typer.Option(
            parser=_duration, metavar="TIME", help="How long the old secret is valid beside the new one."
        ),
    ] = "1h",  # type: ignore[assignment]  # parsed by typer
) -> None:
    """Give a key a new secret."""
    from vigie.serving.access import keys as access_keys

    now = datetime.now(UTC)
    file = access_keys.KeyFile(keys)
    with file.changing() as held:
        issued = access_keys.rotate(file.named(wanted, now), now, overlap=overlap)
        held[issued.key.id] = issued.key
    _show(issued, keys)
    if issued.key.previous:
        typer.echo(
            f"The old secret is valid until {issued.key.previous.until:%Y-%m-%d %H:%M:%S} UTC.", err=True
        )


def revoke(wanted: _Wanted, keys: _File) -> None:
    """End a key."""
    from vigie.serving.access.keys import KeyFile

    now = datetime.now(UTC)
    file = KeyFile(keys)
    with file.changing() as held:
        key = file.named(wanted, now)
        held[key.id] = key.model_copy(update={"revoked": key.revoked or now})
    typer.echo(f"{key.id} ({key.name}) is revoked: the next request with it is refused.", err=True)


def _show(issued: Issued, file: Path) -> None:
    """Print a key alone on stdout, and what is to be known of it on stderr."""
    key = issued.key
    typer.echo(issued.written)
    ends = f"until {key.expires:%Y-%m-%d %H:%M} UTC" if key.expires else "for ever"
    typer.echo(
        f"Key {key.id} ({key.name}) may ask {', '.join(key.scopes)} {ends}. It is shown this once; {file} holds its digest. "
        "Send it as Authorization: Bearer …",
        err=True,
    )


def register(app: typer.Typer) -> None:
    """Add the commands to an application."""
    group = typer.Typer(help=_HELP, no_args_is_help=True)
    group.command("create", help=_CREATE)(create)
    group.command("list", help=_LIST)(list_)
    group.command("rotate", help=_ROTATE)(rotate)
    group.command("revoke", help=_REVOKE)(revoke)
    app.add_typer(group, name="keys")
