"""``vigie sign``: a bundle signed, so that services that trust the key may use it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vigie.errors import InputError

_HELP = """Sign a bundle with an Ed25519 key, so that services that trust the key may use it.

The bundle is checked first, as a service does: its files, its models in a process of their own, its rehearsal. The signature is
written into its folder, as bundle.sig. Keep the private key where no service runs.

Examples:

  vigie sign --new-key models.pem

  vigie sign my.vigie --key models.pem

  vigie serve --bundle my.vigie --trusted-keys models.pub.pem
"""


def sign(
    bundle: Annotated[Path | None, typer.Argument(help="Folder of the bundle.")] = None,
    key: Annotated[Path | None, typer.Option(help="Private key, PEM.")] = None,
    new_key: Annotated[
        Path | None, typer.Option(help="Make a private key here instead, its public key beside it.")
    ] = None,
) -> None:
    """Sign a bundle, or make a key."""
    from vigie.features import whole_files
    from vigie.models import bundle as bundles
    from vigie.models import rehearsal, signatures

    if new_key is not None:
        public = new_key.with_suffix(f".pub{new_key.suffix}")
        try:
            signatures.SIGNING.make_keys(new_key, public)
        except FileExistsError as error:
            raise InputError(f"{error.filename or new_key} is there already; name a new file") from error
        typer.echo(
            f"Private key in {new_key}; services are told of {public}: vigie serve --trusted-keys {public}"
        )
        return
    if bundle is None or key is None:
        raise InputError("name a bundle and the key that signs it: vigie sign my.vigie --key models.pem")
    signer = signatures.SIGNING.private_key(key)
    loaded = bundles.load(bundle, target=None, tried=True)
    rehearsal.check(loaded)
    made = signatures.SIGNING.sign(bundles.digest_of(loaded.index).encode(), signer)
    with whole_files.new_file(bundle / signatures.FILE) as fresh:
        fresh.write_text(made.model_dump_json() + "\n", encoding="utf-8")
    typer.echo(
        f"Signed {loaded.name} {loaded.version} by the Ed25519 key with the SHA-256 {made.fingerprint}"
    )


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("sign", help=_HELP)(sign)
