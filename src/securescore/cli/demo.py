"""`securescore demo`: an invented organisation, collected through the real connector and assessed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from securescore.assess import assess, read_organisation
from securescore.catalog import load_catalog
from securescore.cli.assess import print_score
from securescore.cli.changes import changes_command
from securescore.cli.declarations import Declarations
from securescore.cli.explain import print_explanation
from securescore.cli.output import err, out, plain, progress
from securescore.connectors import Clock
from securescore.connectors.runner import collect
from securescore.connectors.tenant_file import load_tenant
from securescore.demo import AccountKind, InventedCloud, Organisation, organisation_file, write_tenant_file
from securescore.errors import ConfigurationError
from securescore.evidence import EvidenceFolder
from securescore.evidence.files import make_private_folder, replace_file
from securescore.facts import load_facts

EXPLAINED = "AdminMFAV2"
_LISTED = 15
_A_DAY = timedelta(days=1)
_MARKER = ".securescore-demo"
_BLOCKS_LEGACY = "CA003 Verouderde aanmelding blokkeren"
_USER_RISK = "CA006 Gebruikersrisico"
_LEAVERS = 3
_ABOUT_THE_FILE = """\
# What this invented organisation declares: account classes, exclusions, decisions.
# docs/organisation-file.md explains each key. Nothing here moves the verified score.

"""

Folder = Annotated[Path, typer.Option("--folder", metavar="FOLDER", help="Where the demonstration is kept.")]
Serve = Annotated[
    bool, typer.Option("--serve", help="Keep the invented cloud running, to collect from it yourself.")
]


def demo_command(
    folder: Folder = Path("demo-data"),
    serve: Serve = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Collect from an invented organisation of 1,200 people and show its score."""
    _prepare(folder)
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    organisation = Organisation.build(as_of=now - _A_DAY)
    declared, evidence = folder / "organisation.toml", folder / "evidence"
    if not declared.exists():  # what somebody wrote into it stays
        replace_file(declared, (_ABOUT_THE_FILE + organisation_file(organisation)).encode())
    with InventedCloud(organisation) as cloud:
        tenant = write_tenant_file(cloud, folder / "connection")
        first = not (evidence / "runs").exists()
        if first:
            _collect(tenant, evidence, "yesterday", Clock(now=lambda: now - _A_DAY))
        _what_happened_since(organisation)
        _collect(tenant, evidence, "now", Clock())
        _show(evidence, declared, since_yesterday=first)
        if serve:
            _wait(tenant, folder)


def _prepare(folder: Path) -> None:
    """Makes the folder, or takes one that an earlier demonstration made; no other."""
    marker = folder / _MARKER
    try:
        if not folder.exists():  # never the rights of a folder that was there before
            make_private_folder(folder)
        elif not marker.exists() and any(folder.iterdir()):
            raise ConfigurationError(
                f"{folder} is there already and holds no demonstration: name another with --folder"
            )
        marker.touch()
    except OSError as error:
        raise ConfigurationError(
            f"the demonstration cannot be kept in {folder}: {error.strerror}; name another with --folder"
        ) from error


def _what_happened_since(organisation: Organisation) -> None:
    """A day in the invented organisation: a policy is switched on, another off, and people leave."""
    organisation.change_policy(_BLOCKS_LEGACY, state="enabled")
    organisation.change_policy(_USER_RISK, state="disabled")
    for person in organisation.of_kind(AccountKind.STAFF)[-_LEAVERS:]:
        organisation.disable(person["userPrincipalName"])


def _collect(tenant: Path, evidence: Path, when: str, clock: Clock) -> None:
    err().print(f"Collecting from the invented organisation over https, as it is {when} ...")
    with progress("Collecting") as tell:
        report = collect(
            load_tenant(tenant),
            EvidenceFolder(evidence),
            clock=clock,
            progress=lambda event: tell(event.table),
        )
    rows = sum(record.rows or 0 for record in report.tables.values())
    err().print(f"Collected {rows:,} rows in {len(report.tables)} tables.")


def _show(evidence: Path, declared: Path, *, since_yesterday: bool) -> None:
    console, organisation = out(), read_organisation(declared)
    with progress("Assessing") as tell:
        assessment = assess(
            EvidenceFolder(evidence),
            load_catalog(),
            load_facts(),
            organisation=organisation,
            progress=tell,
        )
    console.print(Text("\nAn invented organisation: no person or company in it exists.\n", style="bold"))
    print_score(console, assessment, most=_LISTED, folder=evidence)
    explained = assessment.get(EXPLAINED)
    if explained is not None:
        console.print(Text(f"\nWhy {EXPLAINED} has the points it has:\n", style="bold"))
        declarations = Declarations(organisation, explained, assessment.as_of.date())
        print_explanation(console, explained, declarations, "en", most=_LISTED)
    if since_yesterday:
        console.print(Text("\nWhat moved the score since yesterday:\n", style="bold"))
        changes_command(evidence, organisation=declared)
    program = ".venv/bin/securescore"
    console.print()
    for line in (
        "Go on with:",
        f"  {program} assess {evidence} --organisation {declared}",
        f"  {program} explain {evidence} MFARegistrationV2 --organisation {declared}",
        f"  {program} changes {evidence} --organisation {declared}",
        f"  {program} reconcile {evidence} --organisation {declared}",
        f"  {program} catalog list --service AzureAD",
    ):
        console.print(plain(line), soft_wrap=True)


def _wait(tenant: Path, folder: Path) -> None:
    err().print()
    for line in (
        "The invented cloud keeps running. In another terminal:",
        f"  .venv/bin/securescore collect --tenant {tenant} --out {folder / 'evidence'}",
        "Press Enter to end it.",
    ):
        err().print(plain(line), soft_wrap=True)
    typer.prompt("", default="", show_default=False, prompt_suffix="", err=True)
