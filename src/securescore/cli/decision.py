"""`securescore decision`: what people decide about improvement actions."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
import typer
from rich.console import Console

from securescore.cli.decision_microsoft import from_microsoft_command
from securescore.cli.decision_policy import policy_command, tag_command
from securescore.cli.declaring import (
    SCHEMA_VERSION,
    Evidence,
    Expires,
    Note,
    Number,
    Owner,
    account_class,
    day,
    declare,
    of_tenant,
    print_rows,
    requested,
    scope_words,
    some,
    status,
    words,
)
from securescore.cli.here import TenantName
from securescore.cli.output import Format, FormatOption, out, plain, print_json
from securescore.cli.suggest import Command
from securescore.services.actor import Actor
from securescore.services.decisions.approving import Approved, approve
from securescore.services.decisions.asked import Asked, Excluded, Wanted, to_json
from securescore.services.decisions.deciding import Decided, decide, list_decisions, withdraw
from securescore.services.decisions.reminders import REMINDED, Reminder, expiring
from securescore.services.decisions.requesting import Request, list_requests, refuse
from securescore.services.installation import Installation
from securescore.services.record.declared import day_of
from securescore.services.tenants import get_tenant
from securescore.store.declarations import DecisionRow
from securescore.store.tenants import Summary

app = typer.Typer(
    help="Decide about improvement actions, list decisions, and take them back.",
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
)

ActionName = Annotated[
    str, typer.Argument(metavar="ACTION", help="The id of the action.", show_default=False)
]
StatusName = Annotated[
    str,
    typer.Argument(
        metavar="STATUS",
        help="to_address, planned, risk_accepted, third_party or alternate_mitigation.",
        show_default=False,
    ),
]
Entities = Annotated[
    list[str] | None,
    typer.Option("--entity", metavar="NAME", help="Only for this one, by id or name; may be repeated."),
]
Class = Annotated[
    str | None, typer.Option("--class", metavar="CLASS", help="Only for the accounts of a class.")
]
Plan = Annotated[str | None, typer.Option("--plan", help="What is going to be done.")]
Due = Annotated[str | None, typer.Option("--due", metavar="DATE", help="When it is to be done.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Why.")]


@app.command("make", cls=Command)
def make(
    tenant: TenantName,
    action: ActionName,
    status_name: StatusName,
    entities: Entities = None,
    of_class: Class = None,
    note: Note = None,
    plan: Plan = None,
    owner: Owner = None,
    due: Due = None,
    evidence: Evidence = None,
    expires: Expires = None,
) -> None:
    """Give an action, or part of it, a status. The same decision again changes nothing."""
    asked = Asked(
        action=action,
        status=status(status_name),
        entities=frozenset(entities) if entities else None,
        account_class=account_class(of_class) if of_class else None,
        note=note,
        plan=plan,
        owner=owner,
        due=day(due, "--due"),
        evidence=evidence,
        expires=day(expires, "--expires"),
    )
    named = asked if asked.entities else None
    declare(
        tenant, lambda here, actor, tenant_id: decide(here, actor, tenant_id, asked), _decided_words, named
    )


def _decided_words(found: Summary, made: Decided) -> str:
    if made.request is not None:
        return requested(made.request)
    if made.decision is None:
        return f"{found.name}: nothing to change."
    told = f"{made.decision.action} is {words(made.decision.status)}"
    if not made.changed:
        return f"{found.name}: nothing to change, {told} already."
    return f"{found.name}: {told} (decision {made.decision.number})."


@app.command("list", cls=Command)
def list_command(tenant: TenantName, output_format: FormatOption = Format.TABLE) -> None:
    """List the decisions of a tenant, what waits for approval, and what expires soon."""
    _, (today, decisions, requests) = of_tenant(tenant, _everything)
    if output_format is Format.JSON:
        print_json(_as_json(decisions, requests, today))
    else:
        _print(out(), decisions, requests, today)


@app.command("withdraw", cls=Command)
def withdraw_command(tenant: TenantName, number: Number) -> None:
    """Take a decision back: what was measured holds again."""
    declare(
        tenant,
        lambda here, actor, tenant_id: withdraw(here, actor, tenant_id, number),
        lambda found, _: f"{found.name}: decision {number} is withdrawn.",
    )


@app.command("approve", cls=Command)
def approve_command(tenant: TenantName, number: Number) -> None:
    """Approve a decision, an exclusion or accounts that somebody else requested."""
    declare(
        tenant,
        lambda here, actor, tenant_id: approve(here, actor, tenant_id, number),
        lambda found, approved: f"{found.name}: {_approved_words(approved)}.",
    )


@app.command("refuse", cls=Command)
def refuse_command(tenant: TenantName, number: Number, reason: Reason = None) -> None:
    """Refuse what was requested; whoever requested it withdraws it by this."""
    found, _ = of_tenant(
        tenant, lambda here, actor, tenant_id: refuse(here, actor, tenant_id, number, reason)
    )
    out().print(plain(f"{found.name}: request {number} is settled, and nothing was decided."))


app.command("policy", cls=Command)(policy_command)
app.command("tag", cls=Command)(tag_command)
app.command("from-microsoft", cls=Command)(from_microsoft_command)


def _everything(
    here: Installation, actor: Actor, tenant_id: UUID
) -> tuple[date, list[DecisionRow], list[Request]]:
    today = day_of(get_tenant(here, actor, tenant_id), here.now())
    return today, list_decisions(here, actor, tenant_id), list_requests(here, actor, tenant_id)


def _as_json(decisions: list[DecisionRow], requests: list[Request], today: date) -> dict[str, Any]:
    soon = {one.decision.number: one.days for one in expiring(decisions, today)}
    return {
        "schema_version": SCHEMA_VERSION,
        "decisions": [
            msgspec.to_builtins(row) | {"state": _state(row, today), "expires_in_days": soon.get(row.number)}
            for row in decisions
        ],
        "requests": [msgspec.to_builtins(asdict(one) | {"asked": to_json(one.asked)}) for one in requests],
    }


def _print(console: Console, decisions: list[DecisionRow], requests: list[Request], today: date) -> None:
    if not decisions and not requests:
        console.print("Nothing is decided: securescore decision make TENANT ACTION STATUS")
    if decisions:
        print_rows(
            console, ("Decision", "Action", "Status", "Of", "Owner", "Expires"), map(_line(today), decisions)
        )
    if requests:
        console.print("\nRequested, without effect until somebody else approves:")
        print_rows(console, ("Request", "What", "About", "By", "Until"), map(_request_line, requests))
    _print_reminders(console, expiring(decisions, today))


def _print_reminders(console: Console, reminders: Iterable[Reminder]) -> None:
    for one in reminders:
        days = "1 day" if one.days == 1 else f"{one.days} days"
        style = "bold yellow" if one.within == min(REMINDED) else "yellow"
        told = f"Decision {one.decision.number} about {one.decision.action} expires in {days}."
        console.print(plain(told, style=style), soft_wrap=True)


def _line(today: date) -> Any:
    def line(row: DecisionRow) -> tuple[object, ...]:
        expires = f"{row.expires} (expired)" if _state(row, today) == "expired" else row.expires
        scope = scope_words(row.entities, row.account_class)
        return (row.number, row.action, words(row.status), scope, row.owner, expires)

    return line


def _request_line(one: Request) -> tuple[object, ...]:
    until = f"{one.lapses} (lapsed)" if one.lapsed else one.lapses
    return (one.number, *_request_words(one.asked), one.requested_by, until)


def _request_words(wanted: Wanted) -> tuple[str, str]:
    """What is requested, and about what."""
    if isinstance(wanted, Asked):
        return words(wanted.status), wanted.action
    if isinstance(wanted, Excluded):
        return "exclusion", f"{some(sorted(wanted.entities))} from {some(sorted(wanted.actions))}"
    return f"{words(wanted.account_class)} accounts", some(wanted.names)


def _approved_words(approved: Approved) -> str:
    if approved.decision is not None:
        row = approved.decision
        return f"{row.action} is {words(row.status)} (decision {row.number})"
    if approved.exclusion is not None:
        return f"exclusion {approved.exclusion.number} holds"
    return "the accounts are declared"


def _state(row: DecisionRow, today: date) -> str:
    return "expired" if row.expires is not None and row.expires <= today else "holds"
