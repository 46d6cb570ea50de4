"""What the commands about decisions, exclusions, accounts and templates share."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from securescore.assess import Organisation, read_organisation
from securescore.assess.organisation import account_class_of, status_of
from securescore.cli import numbers
from securescore.cli.here import installation, me
from securescore.cli.output import out, plain
from securescore.errors import ConfigurationError
from securescore.model import AccountClass, Status
from securescore.services.actor import Actor
from securescore.services.decisions.asked import Wanted, refuse_proven
from securescore.services.decisions.naming_nobody import names_of_nobody
from securescore.services.installation import Installation
from securescore.services.tenants import find_tenant
from securescore.store.decisions import RequestRow
from securescore.store.tenants import Summary

_T = TypeVar("_T")

SCHEMA_VERSION = 1
_COUNTED = frozenset({"No", "Decision", "Request", "Days"})
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")]
Owner = Annotated[str | None, typer.Option("--owner", help="Who looks after it.")]
Expires = Annotated[
    str | None, typer.Option("--expires", metavar="DATE", help="The first day on which it no longer holds.")
]
Note = Annotated[str | None, typer.Option("--note", help="Why.")]
Evidence = Annotated[str | None, typer.Option("--evidence", help="A link or a place where it is shown.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="Its number in the list.", show_default=False)]


def of_tenant(name: str, ask: Callable[[Installation, Actor, UUID], _T]) -> tuple[Summary, _T]:
    """The tenant of that name, and what a use case answers about it."""
    with installation() as here:
        found = find_tenant(here, me(), name)
        return found, ask(here, me(), found.tenant_id)


def declare(
    name: str,
    ask: Callable[[Installation, Actor, UUID], _T],
    tell: Callable[[Summary, _T], str],
    wanted: Wanted | None = None,
) -> None:
    """Asks for what may move the score, and prints what came of it, the difference in points, and whom nobody knows.

    Args:
        tell: the sentence about the answer.
        wanted: whose names are looked up.
    """
    with installation() as here:
        found = find_tenant(here, me(), name)
        answer = ask(here, me(), found.tenant_id)
        now = find_tenant(here, me(), str(found.tenant_id))
        unknown = [] if wanted is None else names_of_nobody(here, me(), found.tenant_id, wanted)
    out().print(plain(tell(found, answer)), soft_wrap=True)
    if found.points is not None and now.points != found.points:
        out().print(plain(f"{difference(found.points, now.points or 0, now.maximum or 0)}."), soft_wrap=True)
    if unknown:
        out().print(
            plain(f"Nobody and nothing is called {some(unknown)}: see whether that is right."), soft_wrap=True
        )


def day(text: str | None, option: str) -> date | None:
    """The day that was written."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"{option} must be a date such as 2026-12-31, not {text!r}") from None


def status(text: str) -> Status:
    """The status that was written, in any of its spellings."""
    return status_of(text.replace("-", "_"))


def account_class(text: str) -> AccountClass:
    """The class that was written: one that people declare, as the directory itself proves the others."""
    found = account_class_of(text.replace("-", "_"))
    refuse_proven(found)
    return found


def organisation_of(file: Path) -> Organisation:
    """What an organisation file says."""
    return read_organisation(file)


def listed(key: str, rows: Iterable[object]) -> dict[str, Any]:
    """Rows in the form that programs read."""
    return {"schema_version": SCHEMA_VERSION, key: [msgspec.to_builtins(row) for row in rows]}


def difference(before: int, after: int, maximum: int) -> str:
    """What a change does to the micropoints, such as `120.00 -> 131.50 of 200.00 points (+11.50)`."""
    (moved,) = numbers.signed_points([after - before])
    figures = f"{numbers.points(before)} -> {numbers.points(after)} of {numbers.points(maximum)}"
    return f"{figures} points ({moved})"


def print_rows(console: Console, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table whose last column takes what is left of the line."""
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for name in columns:
        table.add_column(name, justify="right" if name in _COUNTED else "left", overflow="fold")
    for row in rows:
        table.add_row(*(plain("" if cell is None else cell) for cell in row))
    console.print(table)


def requested(request: RequestRow) -> str:
    """That something waits for somebody else."""
    return f"Requested as number {request.number}: somebody else has to approve it before {request.lapses}."


def some(names: Sequence[str]) -> str:
    """Names in few words: the first, and how many more."""
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def words(value: str | None) -> str:
    """A name of the model as people write it."""
    return "" if value is None else value.replace("_", " ")


def scope_words(entities: Iterable[str] | None, of_class: str | None) -> str:
    """What of an action a decision is about."""
    if of_class is not None:
        return f"class {words(of_class)}"
    if entities is None:
        return "whole action"
    names = sorted(entities)
    return names[0] if len(names) == 1 else f"{len(names)} entities"
