"""`securescore demo`: an invented organisation, collected through the real connector and assessed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from securescore.assess import assess, read_organisation
from securescore.catalog import load_catalog
from securescore.cli.assess import print_score
from securescore.cli.explain import print_explanation
from securescore.cli.output import err, out, progress
from securescore.connectors.runner import collect
from securescore.connectors.tenant_file import load_tenant
from securescore.demo import InventedCloud, Organisation, organisation_file, write_tenant_file
from securescore.evidence import EvidenceFolder
from securescore.evidence.files import make_private_folder
from securescore.facts import load_facts

EXPLAINED = "AdminMFAV2"
_LISTED = 15

Folder = Annotated[Path, typer.Option("--folder", metavar="FOLDER", help="Where the demonstration is kept.")]
Serve = Annotated[
    bool, typer.Option("--serve", help="Keep the invented cloud running, to collect from it yourself.")
]


def demo_command(
    folder: Folder = Path("demo-data"),
    serve: Serve = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Collect from an invented organisation of 1,200 people and show its score."""
    if not folder.exists():  # never the rights of a folder that was there before
        make_private_folder(folder)
    organisation = Organisation.build(as_of=datetime.now(UTC).replace(minute=0, second=0, microsecond=0))
    declared = folder / "organisation.toml"
    declared.write_text(organisation_file(organisation), encoding="utf-8")
    with InventedCloud(organisation) as cloud:
        tenant = write_tenant_file(cloud, folder / "connection")
        _collect(tenant, folder / "evidence")
        _show(folder / "evidence", declared)
        if serve:
            _wait(tenant, folder)


def _collect(tenant: Path, evidence: Path) -> None:
    err().print("Collecting from the invented organisation over https, as from a real tenant ...")
    with progress("Collecting") as tell:
        report = collect(
            load_tenant(tenant), EvidenceFolder(evidence), progress=lambda event: tell(event.table)
        )
    rows = sum(record.rows or 0 for record in report.tables.values())
    err().print(f"Collected {rows:,} rows in {len(report.tables)} tables.\n")


def _show(evidence: Path, declared: Path) -> None:
    with progress("Assessing") as tell:
        assessment = assess(
            EvidenceFolder(evidence),
            load_catalog(),
            load_facts(),
            organisation=read_organisation(declared),
            progress=tell,
        )
    console = out()
    console.print(Text("An invented organisation: no person or company in it exists.\n", style="bold"))
    print_score(console, assessment, most=_LISTED)
    explained = assessment.get(EXPLAINED)
    if explained is not None:
        console.print(Text(f"\nWhy {EXPLAINED} has the points it has:\n", style="bold"))
        print_explanation(console, explained, "en", most=_LISTED)
    console.print(
        Text(
            f"\nGo on with:\n"
            f"  securescore assess {evidence} --organisation {declared}\n"
            f"  securescore explain {evidence} MFARegistrationV2 --organisation {declared}\n"
            f"  securescore reconcile {evidence}\n"
            f"  securescore catalog list --service AzureAD\n"
            "(the program is .venv/bin/securescore)"
        )
    )


def _wait(tenant: Path, folder: Path) -> None:
    err().print(
        f"\nThe invented cloud keeps running. In another terminal:\n"
        f"  securescore collect --tenant {tenant} --out {folder / 'evidence'}\n"
        "Press Enter to end it."
    )
    typer.prompt("", default="", show_default=False, prompt_suffix="", err=True)
