"""`securescore sync`: reads a tenant that is kept here, and records its score."""

from typing import Any

import typer

from securescore.cli import numbers
from securescore.cli.collect import INCOMPLETE
from securescore.cli.here import TenantName, installation, me
from securescore.cli.output import Format, FormatOption, err, out, plain, print_json, progress
from securescore.scoring.totals import percent_of
from securescore.services.sync import SyncReport, sync_tenant
from securescore.services.tenants import find_tenant

SCHEMA_VERSION = 1


def sync_command(tenant: TenantName, output_format: FormatOption = Format.TABLE) -> None:
    """Read a tenant again, and record what its score is now and why it moved."""
    with installation() as here:
        found = find_tenant(here, me(), tenant)
        with progress("Reading") as tell:
            report = sync_tenant(here, me(), found.tenant_id, progress=lambda event: tell(event.table))
    if output_format is Format.JSON:
        print_json(_as_json(report))
    else:
        _print(found.name, report)
    if report.problem:
        raise typer.Exit(INCOMPLETE)


def _as_json(report: SyncReport) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "run": report.collection.run.id if report.collection else None,
        "problem": report.problem,
        "snapshots": [
            {
                "number": one.number,
                "trigger": one.trigger,
                "taken": one.taken_at.isoformat(),
                "points": numbers.points_json(one.totals.points),
                "verified_points": numbers.points_json(one.totals.verified),
                "maximum": numbers.points_json(one.totals.maximum),
                "percent": numbers.number_json(percent_of(one.totals.points, one.totals.maximum)),
            }
            for one in report.snapshots
        ],
    }


def _print(name: str, report: SyncReport) -> None:
    if report.problem:
        err().print(plain(f"Note: {report.problem}", style="yellow"), soft_wrap=True)
    totals = report.snapshots[-1].totals
    score = numbers.percent(percent_of(totals.points, totals.maximum))
    verified = numbers.percent(percent_of(totals.verified, totals.maximum))
    points = f"{numbers.points(totals.points)} of {numbers.points(totals.maximum)} points"
    out().print(plain(f"{name}: {score} ({points}), verified {verified}"), soft_wrap=True)
