"""`securescore tenant test`: what a connection can do, before it is relied on."""

from pathlib import Path
from textwrap import wrap
from typing import Annotated, Any

import typer
from rich.console import Console

from securescore.cli import numbers
from securescore.cli.here import installation, me
from securescore.cli.output import Format, FormatOption, err, harmless, out, plain, print_json
from securescore.connectors import Clock, load_tenant
from securescore.connectors.tenant_file import open_to_others
from securescore.evidence.schema import Api
from securescore.services import tenants
from securescore.services.connection_test import (
    ConnectionReport,
    Finding,
    Licences,
    PlanFinding,
    State,
    check_connection,
    check_tenant,
    missing,
)
from securescore.services.content import shipped

SCHEMA_VERSION = 1
SOMETHING_MISSING = 1
"""Exit code when the connection works and something is not granted."""

_NATIVE = "SecurityEvents.Read.All"
_NATIVE_NOTE = (
    f"Where {_NATIVE} is granted, Microsoft's own score stands in for what is not measured here. One action can need "
    "several permissions, so the points of single ones are not to be added up."
)
_ABSENT_NOTE = "a tenant that never had the product needs nothing of it"

What = Annotated[
    str,
    typer.Argument(
        metavar="TENANT|FILE.toml",
        help="A tenant that is here, or the tenant file of one that is not added yet.",
        show_default=False,
    ),
]


def tenant_test(what: What, output_format: FormatOption = Format.TABLE) -> None:
    """Prove a connection before it is relied on: permissions, licences, and what each is worth. Exit code 1: some are missing."""
    report = _report(what)
    if output_format is Format.JSON:
        print_json({"schema_version": SCHEMA_VERSION, **as_json(report)})
    else:
        _print(out(), report)
    if not report.complete:
        raise typer.Exit(SOMETHING_MISSING)


def _report(what: str) -> ConnectionReport:
    if what.lower().endswith(".toml"):
        return _of_file(Path(what))
    with installation() as here:
        found = tenants.find_tenant(here, me(), what)
        return check_tenant(here, me(), found.tenant_id)


def _of_file(path: Path) -> ConnectionReport:
    """Without the installation: nobody needs a database to find out whether an app registration is right."""
    loaded = load_tenant(path)
    for file in open_to_others(loaded):
        err().print(
            f"Note: others on this machine may read {harmless(file)}; chmod 600 keeps it yours.", markup=False
        )
    return check_connection(me(), loaded, shipped(), Clock())


def as_json(report: ConnectionReport) -> dict[str, Any]:
    """The report in the form that programs read."""
    owned = report.licences.owned
    return {
        "tenant_id": report.tenant_id,
        "complete": report.complete,
        "permissions": [_finding_json(one) for one in report.permissions],
        "directory_roles": [_finding_json(one) for one in report.roles],
        "licences": {
            "plans": None if owned is None else [_plan_json(one) for one in owned],
            "problem": report.licences.problem,
            "products_without": report.licences.without,
        },
        "actions": report.of,
        "actions_assessed": report.assessed,
        "gain": {
            "permissions": [one.need.name for one in missing(report)],
            "actions": report.gained,
            "points": numbers.points_json(report.gain),
        },
    }


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "name": finding.need.name,
        "resource": finding.need.api,
        "state": finding.standing.state,
        "problem": finding.standing.problem,
        "through": finding.standing.through,
        "tables": finding.tables,
        "not_assessed": finding.not_assessed,
        "gain_points": numbers.points_json(finding.gain),
    }


def _plan_json(plan: PlanFinding) -> dict[str, Any]:
    return {
        "plan": plan.plan,
        "name": plan.name,
        "products": plan.products,
        "actions": plan.actions,
        "points": numbers.points_json(plan.points),
    }


def _print(console: Console, report: ConnectionReport) -> None:
    _lines(console, f"Connected to tenant {report.tenant_id}.")
    for api in Api:
        _print_interface(console, api, [one for one in report.permissions if one.need.api is api])
    for one in report.roles:
        _print_role(console, one)
    _print_licences(console, report.licences)
    console.print()
    _lines(console, f"{report.assessed} of {report.of} actions can be assessed with this connection.")
    if not report.complete:
        _lines(
            console,
            f"With all of the missing ones granted, {_actions(len(report.gained))} worth {numbers.points(report.gain)} "
            "points would be assessed as well.",
        )
    if left := report.of - report.assessed - len(report.gained):
        _lines(console, f"{_actions(left)} left: they take imported files, or what is not known here.")
    if not report.complete:
        _lines(console, _NATIVE_NOTE)


def _print_interface(console: Console, api: Api, findings: list[Finding]) -> None:
    console.print()
    console.print(plain(api, "bold"))
    problems = dict.fromkeys(one.standing.problem for one in findings if one.standing.problem)
    granted = [_granted(one) for one in findings if one.standing.state is State.GRANTED]
    if granted:
        _lines(console, f"granted: {', '.join(granted)}", 2)
    for one in findings:
        if one.standing.state is State.MISSING:
            _print_missing(console, one)
    for problem in problems:
        _print_unknown(console, [one for one in findings if one.standing.problem == problem], str(problem))


def _granted(finding: Finding) -> str:
    through = finding.standing.through
    return f"{finding.need.name} (through {through})" if through else finding.need.name


def _print_unknown(console: Console, findings: list[Finding], problem: str) -> None:
    waiting = len({action for one in findings for action in one.not_assessed})
    _lines(console, f"not known: {', '.join(one.need.name for one in findings)}", 2)
    _lines(console, problem, 4)
    _lines(console, f"{_actions(waiting)} cannot be assessed before it is; {_ABSENT_NOTE}", 4)


def _print_missing(console: Console, finding: Finding) -> None:
    _lines(console, f"missing: {finding.need.name}", 2)
    _lines(console, f"not read without it: {', '.join(finding.tables)}", 4)
    count = len(finding.not_assessed)
    _lines(
        console,
        f"{_actions(count)} {'is' if count == 1 else 'are'} not assessed; granting this alone gains the assessment of "
        f"{numbers.points(finding.gain)} points",
        4,
    )


def _print_role(console: Console, finding: Finding) -> None:
    console.print()
    console.print(plain(f"Directory role for {finding.need.api}", "bold"))
    if finding.standing.state is State.MISSING:
        _print_missing(console, finding)
    elif finding.standing.state is State.UNKNOWN:
        _print_unknown(console, [finding], finding.standing.problem or "")
    else:
        _lines(console, f"granted: {finding.need.name}, or another that may read as much", 2)


def _print_licences(console: Console, licences: Licences) -> None:
    console.print()
    console.print(plain("Licences", "bold"))
    if licences.owned is None:
        _lines(console, f"not known: {licences.problem}", 2)
        return
    for one in licences.owned:
        if one.actions:
            unlocked = f"{_actions(len(one.actions))}, {numbers.points(one.points)} points"
            _lines(console, f"{one.name} ({one.plan}): {unlocked}", 2)
    if licences.without:
        _lines(console, f"no licence for {', '.join(licences.without)}", 2)


def _actions(count: int) -> str:
    return f"{count} {'action' if count == 1 else 'actions'}"


def _lines(console: Console, text: str, indent: int = 0) -> None:
    """Whole words only: a name that is broken in two can neither be searched for nor copied."""
    width = max(console.width - indent - 2, 20)
    for number, line in enumerate(wrap(text, width, break_long_words=False, break_on_hyphens=False)):
        margin = " " * (indent + 2 * (indent > 0 and number > 0))
        console.print(plain(margin + line), no_wrap=True, crop=False)
