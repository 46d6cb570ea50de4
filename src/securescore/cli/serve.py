"""`securescore serve`: the server, and the worker as its child. `securescore health`: asks it whether it is well."""

import http.client
import json
import ssl
from contextlib import ExitStack
from typing import Annotated, Any

import typer

from securescore import __version__, logs
from securescore.cli.output import out, plain
from securescore.errors import ConfigurationError, StoreError
from securescore.settings import Settings, load_settings

_TIMEOUT = 20
_WELL = 200
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where such a server is asked

Worker = Annotated[
    bool, typer.Option("--worker/--no-worker", help="Keep a worker running, as a child of this process.")
]


def serve_command(worker: Worker = True) -> None:  # noqa: FBT002 - a flag of the command line
    """Run the server until stopped: health, metrics, and the worker that keeps tenants up to date."""
    from securescore.services.installation import open_installation  # noqa: PLC0415 - what they need takes a while to import
    from securescore.web.application import make_application  # noqa: PLC0415
    from securescore.web.listening import listening, open_socket  # noqa: PLC0415
    from securescore.web.serving import serve  # noqa: PLC0415
    from securescore.web.supervised import supervised  # noqa: PLC0415

    settings = load_settings()
    where = listening(settings)
    logs.start(settings.log_level)
    with ExitStack() as stack:
        opened = stack.enter_context(open_socket(where))
        here = stack.enter_context(open_installation(settings))
        application = make_application(here)
        if worker:
            stack.enter_context(supervised())
        address = where.address(opened.getsockname()[1])
        logs.log().info("the server runs", listening=address, version=__version__)
        serve(application, where, opened)
        logs.log().info("the server stops")


def health_command() -> None:
    """Ask the server of this machine whether it can do its work. Leaves with 1 when it cannot."""
    answer = _ask(load_settings())
    failing = {name: part["problem"] for name, part in answer["parts"].items() if "problem" in part}
    for name, problem in failing.items():
        out().print(plain(f"{name}: {problem}"), soft_wrap=True)
    if failing:
        raise typer.Exit(1)
    out().print("ready")


def _ask(settings: Settings) -> dict[str, Any]:
    from securescore.web.listening import parse_address  # noqa: PLC0415

    host, port = parse_address(settings.listen)
    connection = _connection(settings, _EVERYWHERE.get(host, host), port)
    try:
        connection.request("GET", "/health/ready")
        answer = json.loads(connection.getresponse().read())
        _ = answer["parts"].items()
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(
            f"no server of securescore answers at {settings.listen} ({_reason(error)}): start it (securescore serve), or set "
            "SECURESCORE_LISTEN as it was set for the server"
        ) from None
    finally:
        connection.close()
    known: dict[str, Any] = answer
    return known


def _connection(settings: Settings, host: str, port: int) -> http.client.HTTPConnection:
    if settings.tls_cert is None:
        return http.client.HTTPConnection(host, port, timeout=_TIMEOUT)
    return http.client.HTTPSConnection(host, port, timeout=_TIMEOUT, context=_trusting(settings))


def _trusting(settings: Settings) -> ssl.SSLContext:
    """Trusts the server's own certificate and no other, whatever name is in it: it is asked by its address."""
    try:
        context = ssl.create_default_context(cafile=settings.tls_cert)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"the certificate {settings.tls_cert} cannot be read ({_reason(error)}): see to SECURESCORE_TLS_CERT"
        ) from None
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or "it does not answer as it should"
