"""`securescore worker`: keeps the tenants up to date."""

import logging
import sys
from typing import Annotated

import typer

from securescore.cli.here import installation
from securescore.cli.output import out, plain
from securescore.logs import start
from securescore.settings import load_settings

_MOST = 32

Concurrency = Annotated[
    int,
    typer.Option(
        "--concurrency",
        metavar="NUMBER",
        min=1,
        max=_MOST,
        envvar="SECURESCORE_WORKERS",
        help="How many tenants are worked on at a time.",
    ),
]
Once = Annotated[bool, typer.Option("--once", help="Do what is due now, and leave.")]


def worker_command(concurrency: Concurrency = 2, once: Once = False) -> None:  # noqa: FBT002 - a flag
    """Keep every tenant up to date until stopped. As many workers as one likes may run, on any host."""
    from securescore.worker.running import Pace, work, work_once  # noqa: PLC0415 - what it needs takes a while to import

    at_a_terminal = sys.stdout.isatty()
    if once or at_a_terminal:
        logging.getLogger().addHandler(logging.NullHandler())  # what libraries say is not for people
    else:
        start(load_settings().log_level)
    pace = Pace(concurrency=concurrency)
    with installation() as here:
        (work_once if once else work)(here, _tell if once or at_a_terminal else _silent, pace)


def _tell(line: str) -> None:
    """For people: a line with the name of the tenant. Without them the logs tell, by its id."""
    out().print(plain(line), soft_wrap=True)


def _silent(_line: str) -> None:
    pass
