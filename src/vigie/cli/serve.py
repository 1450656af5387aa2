"""``vigie serve``: the HTTP service."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vigie.errors import InputError

if TYPE_CHECKING:
    from vigie.serving.settings import Settings
    from vigie.serving.snapshots import Place

_HELP = """Serve the model over HTTP; the API is described at /docs.

Without --keys the service listens on the loopback only: vigie keys create makes the first key.

A folder of a model may be a symbolic link: what replaces it is used without a restart, or refused and told in /v1/model.

Environment: VIGIE_BUNDLE, VIGIE_COORDINATED_BUNDLE, VIGIE_BASELINE, VIGIE_RELOAD_SECONDS, VIGIE_CHALLENGER,
VIGIE_COORDINATED_CHALLENGER, VIGIE_SHADOW_SHARE, VIGIE_PINS, VIGIE_DRIFT_HOURS, VIGIE_MAX_BODY_MB, VIGIE_MAX_WORK,
VIGIE_MAX_LIST_ACCOUNTS, VIGIE_MAX_MEETINGS, VIGIE_MAX_MEETINGS_IN_ALL, VIGIE_MAX_IN_FLIGHT_MB,
VIGIE_MAX_WAITS, VIGIE_STORE, VIGIE_JUDGE_SECONDS, VIGIE_WEBHOOK_ALLOW, VIGIE_THREADS, VIGIE_WORKERS,
VIGIE_STATE, VIGIE_KEYS, VIGIE_OPEN, VIGIE_ALLOWED_HOSTS,
VIGIE_TRUSTED_PROXIES, VIGIE_USER_HEADER, VIGIE_USER_SCOPES, VIGIE_OPEN_METRICS, VIGIE_RATE, VIGIE_QUOTA,
VIGIE_TLS_CERTIFICATE, VIGIE_TLS_KEY, VIGIE_AUDIT, VIGIE_AUDIT_MB.

Examples:

* vigie serve

* vigie serve --host 0.0.0.0 --port 9000 --keys keys.json --audit audit.jsonl --bundle my-model

* vigie serve --store operations

* vigie serve --bundle champion --challenger challenger --shadow-share 0.2

* vigie serve --workers 4 --state /var/lib/vigie
"""

# Seconds after the signal to end in which answers may still be made, and then in which work may come to its next step.
_LAST_ANSWERS_S, _LAST_STEPS_S = 5, 2

_UNGUARDED = "warning: whoever reaches this address may use the service, since no key is asked for (--open)"

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(help="Port to listen on; 0 for any that is free.", min=0, max=65535)]
BundleFolder = Annotated[
    Path | None,
    typer.Option("--bundle", help="Folder of the model of inauthenticity; default: the one that ships."),
]
CoordinatedFolder = Annotated[
    Path | None,
    typer.Option(
        "--coordinated-bundle", help="Folder of the model of coordination; default: the one that ships."
    ),
]


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    bundle: BundleFolder = None,
    coordinated_bundle: CoordinatedFolder = None,
    baseline: Annotated[
        Path | None,
        typer.Option(help="Rates of ordinary accounts, made by vigie baseline; default: those that ship."),
    ] = None,
    challenger: Annotated[
        Path | None,
        typer.Option(help="Folder of a model of inauthenticity to compare with; no answer is its own."),
    ] = None,
    coordinated_challenger: Annotated[
        Path | None, typer.Option(help="Folder of a model of coordination to compare with.")
    ] = None,
    shadow_share: Annotated[
        float | None,
        typer.Option(help="Share of the requests to compare on; default: 0.1.", min=0, max=1),
    ] = None,
    pins: Annotated[
        Path | None,
        typer.Option(
            help="File of the models that may be used from these folders, made with vigie pin; default: any."
        ),
    ] = None,
    trusted_keys: Annotated[
        Path | None,
        typer.Option(
            help="File of public keys, PEM, one of which must have signed the models in these folders (vigie sign); default: none."
        ),
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(
            help="Folder in which operations are kept, or the address of a PostgreSQL database (postgresql://…); "
            "default: none are kept."
        ),
    ] = None,
    reload_seconds: Annotated[
        float | None,
        typer.Option(help="Time between two looks for a new model; 0: never; default: 10.", min=0),
    ] = None,
    keys: Annotated[
        Path | None, typer.Option(help="File of keys, made by vigie keys; default: no key is asked for.")
    ] = None,
    unguarded: Annotated[
        bool | None, typer.Option("--open", help="Serve other machines although no key is asked for.")
    ] = None,
    audit: Annotated[
        Path | None,
        typer.Option(help="File to which is written who asked what, of which model; default: none."),
    ] = None,
    tls_certificate: Annotated[
        Path | None, typer.Option(help="Certificate chain, PEM; default: plain HTTP.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Private key of the certificate, PEM.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes that answer; default: 1.", min=1, max=256)
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(help="Folder in which counts of what was seen outlast a restart; default: none."),
    ] = None,
) -> None:
    """Serve until interrupted."""
    given = {
        "bundle": bundle,
        "coordinated_bundle": coordinated_bundle,
        "baseline": baseline,
        "challenger": challenger,
        "coordinated_challenger": coordinated_challenger,
        "shadow_share": shadow_share,
        "pins": pins,
        "trusted_keys": trusted_keys,
        "store": store,
        "reload_seconds": reload_seconds,
        "keys": keys,
        "open": unguarded,
        "audit": audit,
        "tls_certificate": tls_certificate,
        "tls_key": tls_key,
        "workers": workers,
        "state": state,
    }
    run(listen(host, port), given)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address.

    Raises:
        InputError: The port is taken, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio leaves out TCP_NODELAY and each answer waits 40 ms for the client's next packet.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise InputError(
            f"{host}:{port} cannot be listened on ({error.strerror or error}); stop what uses it, or name "
            f"another port: --port {port + 1 if port < 65535 else 8001}"
        ) from error
    return bound


def run(bound: socket.socket, given: Mapping[str, Any], *, quiet: bool = False) -> None:
    """Serve on a bound socket until interrupted.

    Args:
        bound: From :func:`listen`.
        given: Settings by name that go before the environment's; None: the environment's.
        quiet: Log errors only.

    Raises:
        BundleError: The model cannot be loaded.
        AccessError: The file of keys cannot be read.
        AuditError: The audit log cannot be written.
        InputError: A setting in the environment is out of its range, the service would be open to anyone, or the
            certificate cannot be used.
    """
    from pydantic import ValidationError

    from vigie.serving import logging, supervisor
    from vigie.serving.access.exposure import restricted
    from vigie.serving.settings import Settings
    from vigie.serving.snapshots import Place, owned

    with closing(bound):
        try:
            settings = Settings()
        except ValidationError as error:
            faults = "; ".join(
                f"VIGIE_{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors()
            )
            raise InputError(f"the environment cannot be used: {faults}") from None
        settings = settings.model_copy(
            update={name: value for name, value in given.items() if value is not None}
        )
        settings = restricted(settings, bound.getsockname()[0])
        with ExitStack() as held:
            folder = settings.state
            if folder is not None:
                held.enter_context(owned(folder))
            announce = partial(_announce, bound, settings)
            if settings.workers == 1:
                _answer(bound, settings, Place(folder) if folder else None, announce, quiet=quiet)
                return
            logging.configure(quiet=quiet)
            folder = folder or Path(held.enter_context(TemporaryDirectory(prefix="vigie-")))
            work = partial(_work, bound, settings.of_a_worker(), folder, quiet=quiet)
            supervisor.supervise(work, settings.workers, announce)


def _announce(bound: socket.socket, settings: Settings) -> None:
    """Say where the service is, and where anyone may ask it."""
    from vigie.serving.access.exposure import is_unguarded

    host, port = bound.getsockname()[:2]
    scheme = "https" if settings.tls_certificate else "http"
    typer.echo(f"vigie serves on {scheme}://{host}:{port} (docs at /docs)", err=True)
    if is_unguarded(settings, host):
        typer.echo(_UNGUARDED, err=True)


def _work(
    bound: socket.socket,
    settings: Settings,
    folder: Path,
    slot: int,
    ready: Callable[[], None],
    *,
    quiet: bool,
) -> None:
    """Answer as one of several processes."""
    from vigie.serving.snapshots import Place

    _answer(bound, settings, Place(folder, slot, settings.workers), ready, quiet=quiet)


def _answer(
    bound: socket.socket,
    settings: Settings,
    place: Place | None,
    ready: Callable[[], None],
    *,
    quiet: bool,
) -> None:
    """Answer in this process until it is told to end.

    Args:
        bound: From :func:`listen`.
        settings: Of this process.
        place: Where it writes what it counted; None: nowhere.
        ready: Called when the models are loaded.
        quiet: Log errors only.
    """
    import uvicorn

    from vigie.serving import logging
    from vigie.serving.process import import_lean, tune_process

    import_lean()
    from vigie.serving.api.app import create_app
    from vigie.serving.api.connections import TimedProtocol

    logging.configure(quiet=quiet)
    # Loaded before anything is said of serving: a model that cannot be used ends here.
    application = create_app(settings, place=place)
    application.state.models_in_use.start()
    certificate = application.state.certificate
    tune_process()
    config = uvicorn.Config(
        application,
        http=TimedProtocol,
        log_level="warning",
        access_log=False,
        server_header=False,
        # Who is trusted to tell whom a request comes from is a setting of ours.
        proxy_headers=False,
        ssl_context_factory=(lambda *_: certificate.context) if certificate else None,
        timeout_graceful_shutdown=_LAST_ANSWERS_S,
    )
    ready()
    # How it is meant to end: the server passes the signal on when its last answers are made.
    with suppress(KeyboardInterrupt, SystemExit):
        uvicorn.Server(config).run(sockets=[bound])
    if not application.state.admission.close(_LAST_STEPS_S):
        # A thread cannot be stopped from outside, and Python would wait for it.
        os._exit(0)


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("serve", help=_HELP)(serve)
