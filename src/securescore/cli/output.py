"""How the command line speaks: harmless text, tables that fit, JSON, progress, and errors without traceback."""

import json
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

RISK_STATEMENT = (
    "The score summarises configuration, behaviour and other measurements. It is no absolute measure of how "
    "likely a breach is: it shows how far controls that can offset the risk were adopted. No online service is "
    "immune, and the score is no guarantee of any kind."
)
"""Stands under every score (reference section 1)."""


class Format(StrEnum):
    """How to print an answer."""

    TABLE = "table"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="How to print the answer.")]


def out() -> Console:
    """Where answers go. Plain when it is no terminal."""
    return Console(highlight=False, emoji=False)


def err() -> Console:
    """Where progress and errors go."""
    return Console(stderr=True, highlight=False, emoji=False)


def harmless(text: object) -> str:
    """The text without anything a terminal would obey: control, format and line characters show as `?`."""
    return "".join(
        "?" if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else char for char in str(text)
    )


def plain(text: object, style: str = "") -> Text:
    """Foreign text for a table or line: neither markup nor control characters take effect."""
    return Text(harmless(text), style=style)


def print_json(answer: Any) -> None:
    """Prints the answer as JSON, pure ASCII so that no terminal can be fooled by it."""
    typer.echo(json.dumps(answer, indent=2, ensure_ascii=True))


@contextmanager
def progress(title: str) -> Iterator[Callable[[str], None]]:
    """A bar on a terminal that names what is being worked on; silent elsewhere."""
    console = err()
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda name: bar.update(task, description=f"{title}: {harmless(name)[:40]}")
