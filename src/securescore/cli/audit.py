"""`securescore audit`: who did what, and that nothing of it was changed."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from securescore.cli.here import installation, me
from securescore.cli.output import Format, FormatOption, out, plain, print_json
from securescore.cli.suggest import Command
from securescore.errors import ConfigurationError
from securescore.services.audit_log import Chain, Mark, list_entries, verify_chains
from securescore.services.tenants import find_tenant
from securescore.store.audit import AuditEntry
from securescore.store.schema import INSTALLATION

SCHEMA_VERSION = 1

app = typer.Typer(
    help="List who did what, and prove that nothing of it was changed.",
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
)

Tenant = Annotated[
    str | None,
    typer.Option("--tenant", metavar="TENANT", help="Entries about it; without: about the installation."),
]
Against = Annotated[
    Path | None,
    typer.Option(
        "--against", metavar="FILE", help="What this command printed with --format json, kept elsewhere."
    ),
]
Since = Annotated[
    datetime | None,
    typer.Option(
        "--since", metavar="DATE", formats=["%Y-%m-%d"], help="From the beginning of that day on, UTC."
    ),
]


@app.command("list", cls=Command)
def list_command(
    tenant: Tenant = None, since: Since = None, output_format: FormatOption = Format.TABLE
) -> None:
    """List who did what, when and from where, oldest first."""
    with installation() as here:
        tenant_id = find_tenant(here, me(), tenant).tenant_id if tenant else None
        found = list_entries(here, me(), tenant_id, since and since.replace(tzinfo=UTC))
    if output_format is Format.JSON:
        print_json({"schema_version": SCHEMA_VERSION, "entries": [_entry_json(one) for one in found]})
        return
    for one in found:
        _print_entry(out(), one)
    if tenant is None:
        out().print("What was done to a tenant is in a log of its own: --tenant NAME")


@app.command("verify", cls=Command)
def verify(against: Against = None, output_format: FormatOption = Format.TABLE) -> None:
    """Prove that no entry was changed or taken out. Leaves with 1 when one was.

    Whoever may write to the database as its superuser can cut off the newest entries or write the whole log anew. Keep
    what --format json prints on another machine, and give it with --against: then that shows too.
    """
    marks = {} if against is None else _marks(against)
    with installation() as here:
        chains = list(verify_chains(here, me(), marks))
    broken = [one for one in chains if one.broken is not None]
    if output_format is Format.JSON:
        print_json({"schema_version": SCHEMA_VERSION, "chains": [_chain_json(one) for one in chains]})
    else:
        for one in broken:
            out().print(
                plain(f"{_called(one)}: changed or missing from entry {one.broken} on"), soft_wrap=True
            )
        entries = sum(one.entries for one in chains)
        out().print(
            plain(f"{len(chains) - len(broken)} of {len(chains)} chains are whole, {entries} entries.")
        )
    if broken:
        raise typer.Exit(1)


def _print_entry(console: Console, one: AuditEntry) -> None:
    console.print(plain(f"{one.at:%Y-%m-%d %H:%M:%S}  {one.act}  {one.target}"), soft_wrap=True)
    console.print(plain(f"    by {one.actor} ({one.origin})"), soft_wrap=True)
    for line in _changes(one):
        console.print(plain(f"    {line}"), soft_wrap=True)


def _changes(one: AuditEntry) -> Iterator[str]:
    """A line for each property that the act set, changed or took away."""
    before, after = (json.loads(text) if text else {} for text in (one.before, one.after))
    for name in before | after:
        if name not in before:
            yield f"{name}: {_value(after[name])}"
        elif name not in after:
            yield f"{name}: was {_value(before[name])}"
        elif before[name] != after[name]:
            yield f"{name}: {_value(before[name])} -> {_value(after[name])}"


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _entry_json(one: AuditEntry) -> dict[str, Any]:
    return {
        "tenant": str(one.tenant_id),
        "number": one.number,
        "at": one.at.isoformat(),
        "actor": one.actor,
        "origin": one.origin,
        "act": one.act,
        "target": one.target,
        "before": one.before,
        "after": one.after,
        "hash": one.hash.hex(),
    }


def _chain_json(one: Chain) -> dict[str, Any]:
    return {
        "tenant": str(one.tenant_id),
        "name": one.name,
        "entries": one.entries,
        "newest": one.newest.hex(),
        "broken": one.broken,
    }


def _called(one: Chain) -> str:
    return "the installation" if one.tenant_id == INSTALLATION else one.name or str(one.tenant_id)


class _Marked(msgspec.Struct):
    tenant: uuid.UUID
    entries: int
    newest: str
    broken: int | None


class _Kept(msgspec.Struct):
    chains: list[_Marked]


def _marks(path: Path) -> dict[uuid.UUID, Mark]:
    """How far the chains went that were whole then, from what this command printed."""
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
        whole = [one for one in kept.chains if one.broken is None and one.entries]
        return {one.tenant: Mark(one.entries, bytes.fromhex(one.newest)) for one in whole}
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigurationError(
            f"{path} is not what securescore audit verify --format json prints ({error}): name a file with that"
        ) from error
