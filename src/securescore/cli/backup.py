"""`securescore backup` and `securescore restore`."""

from pathlib import Path
from typing import Annotated

import typer

from securescore.cli.here import installation, me
from securescore.cli.output import err, out, plain
from securescore.services.backup.making import BackupReport, make_backup
from securescore.services.backup.restoring import RestoreReport, restore_backup
from securescore.settings import Settings, load_settings

_KIB = 1024

File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup, a tar archive.", show_default=False)]
Evidence = Annotated[
    bool, typer.Option("--with-evidence", help="With everything that was read of the tenants.")
]
Replace = Annotated[
    bool, typer.Option("--replace", help="An installation that is there may go; it is backed up first.")
]


def backup_command(file: File, with_evidence: Evidence = False) -> None:  # noqa: FBT002 - a flag of the command line
    """Write everything that must not be lost into a new file. It may run while the server does."""
    settings = load_settings()
    with installation() as here:
        report = make_backup(here, me(), file.absolute(), with_evidence=with_evidence)
    _print_backup(report, settings)


def restore_command(file: File, replace: Replace = False) -> None:  # noqa: FBT002
    """Bring back what a backup holds, into an empty installation. No server and no worker may run."""
    report = restore_backup(load_settings(), me(), file, replace=replace)
    _print_restore(report)


def _print_backup(report: BackupReport, settings: Settings) -> None:
    evidence = "with the evidence" if report.manifest.evidence else "without the evidence (--with-evidence)"
    _say(f"{report.path}: {report.size / _KIB:.0f} KiB, {report.rows} rows, {evidence}.")
    if report.manifest.key_fingerprint is None:
        _say("Not in it: the key file, with which nothing was sealed yet.")
        return
    _say(
        f"Not in it: the key file {settings.key_path} (fingerprint {report.manifest.key_fingerprint}). Keep a copy of it in "
        "another place: without it no secret in this backup can be opened."
    )


def _print_restore(report: RestoreReport) -> None:
    manifest = report.manifest
    _say(
        f"Restored the backup of {manifest.made:%Y-%m-%d %H:%M} UTC, made by securescore {manifest.program}."
    )
    _say(f"{report.rows} rows, counted again; {report.chains} chains of the audit log, all whole.")
    if report.schema != manifest.schema:
        _say(f"The schema was brought from version {manifest.schema} to {report.schema}.")
    _say(f"{report.runs} runs of evidence." if manifest.evidence else "The backup holds no evidence.")
    if report.before:
        _say(f"What was there before: {report.before}")
    if report.key:
        err().print(plain(f"Note: {report.key}", style="yellow"), soft_wrap=True)


def _say(text: str) -> None:
    out().print(plain(text), soft_wrap=True)
