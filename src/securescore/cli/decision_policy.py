"""`securescore decision policy` and `tag`: what a tenant asks of decisions, and tags on actions."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

import msgspec
import typer

from securescore.cli.declaring import SCHEMA_VERSION, of_tenant, print_rows, status, words
from securescore.cli.here import TenantName
from securescore.cli.output import Format, FormatOption, out, plain, print_json
from securescore.services.actor import Actor
from securescore.services.decisions.policy import Policy, get_policy, set_policy
from securescore.services.decisions.tagging import change_tags, list_tags
from securescore.services.installation import Installation

Ask = Annotated[bool | None, typer.Option("--owner/--no-owner", help="Ask for an owner.")]
AskEvidence = Annotated[bool | None, typer.Option("--evidence/--no-evidence", help="Ask for evidence.")]
AskExpiry = Annotated[bool | None, typer.Option("--expiry/--no-expiry", help="Ask for an expiry.")]
AskApproval = Annotated[
    bool | None,
    typer.Option("--approval/--no-approval", help="Ask for somebody other than the requester who approves."),
]
Months = Annotated[
    int | None, typer.Option("--months", metavar="NUMBER", help="After so many an expiry is proposed.")
]
Statuses = Annotated[
    list[str] | None,
    typer.Option("--status", metavar="STATUS", help="What it is about; may be repeated."),
]
SomeAction = Annotated[
    str | None, typer.Argument(metavar="[ACTION]", help="The id of the action.", show_default=False)
]
Add = Annotated[list[str] | None, typer.Option("--add", metavar="TAG", help="Put it on; may be repeated.")]
Remove = Annotated[
    list[str] | None, typer.Option("--remove", metavar="TAG", help="Take it off; may be repeated.")
]


def policy_command(
    tenant: TenantName,
    owner: Ask = None,
    evidence: AskEvidence = None,
    expiry: AskExpiry = None,
    approval: AskApproval = None,
    months: Months = None,
    statuses: Statuses = None,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Say what a tenant asks of decisions, and of exclusions and accounts; without an option, show it."""
    told = {"owner": owner, "evidence": evidence, "expiry": expiry, "approval": approval, "months": months}
    given: dict[str, Any] = {name: value for name, value in told.items() if value is not None}
    if statuses:
        given["statuses"] = frozenset(map(status, statuses))

    def changed(here: Installation, actor: Actor, tenant_id: UUID) -> Policy:
        policy = replace(get_policy(here, actor, tenant_id), **given)
        if given:
            set_policy(here, actor, tenant_id, policy)
        return policy

    found, policy = of_tenant(tenant, changed)
    if output_format is Format.JSON:
        print_json({"schema_version": SCHEMA_VERSION, **msgspec.to_builtins(policy, order="deterministic")})
    else:
        out().print(plain(f"{found.name} {_told(policy)}"), soft_wrap=True)


def tag_command(
    tenant: TenantName,
    action: SomeAction = None,
    add: Add = None,
    remove: Remove = None,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Put tags on an action or take them off; without an option, list them."""

    def changed(here: Installation, actor: Actor, tenant_id: UUID) -> Mapping[str, tuple[str, ...]]:
        if action is not None and (add or remove):
            change_tags(here, actor, tenant_id, action, add=add or (), remove=remove or ())
        return list_tags(here, actor, tenant_id)

    _, tags = of_tenant(tenant, changed)
    shown = {name: names for name, names in tags.items() if action in (None, name) or _same(action, name)}
    if output_format is Format.JSON:
        print_json(
            {"schema_version": SCHEMA_VERSION, "tags": {name: list(one) for name, one in shown.items()}}
        )
    elif shown:
        print_rows(out(), ("Action", "Tags"), ((name, ", ".join(one)) for name, one in shown.items()))
    else:
        out().print("No tags: securescore decision tag TENANT ACTION --add TAG")


def _same(action: str | None, name: str) -> bool:
    return action is not None and action.casefold() == name.casefold()


def _told(policy: Policy) -> str:
    asks = {
        "an owner": policy.owner,
        "evidence": policy.evidence,
        f"an expiry (proposed: after {policy.months} months)": policy.expiry,
        "somebody else who approves": policy.approval,
    }
    given = [name for name, asked in asks.items() if asked]
    if not given:
        return "asks nothing special of decisions."
    return f"asks {', '.join(given)} of decisions: {', '.join(sorted(map(words, policy.statuses)))}."
