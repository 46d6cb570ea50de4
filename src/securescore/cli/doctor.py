"""`securescore doctor`: looks the installation over."""

from collections.abc import Iterator

import typer

from securescore.cli.here import me
from securescore.cli.output import Format, FormatOption, out, plain, print_json
from securescore.errors import SecureScoreError
from securescore.services.doctor import Finding, Verdict, examine
from securescore.settings import load_settings
from securescore.web.application import read_token
from securescore.web.listening import listening

SCHEMA_VERSION = 1
_STYLES = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.PROBLEM: "red"}


def doctor_command(output_format: FormatOption = Format.TABLE) -> None:
    """Check the installation, and say what to do. Leaves with 1 when there is a problem."""
    found = []
    for one in _findings():
        found.append(one)
        if output_format is Format.TABLE:
            out().print(
                plain(f"{one.verdict:<8}", _STYLES[one.verdict]),
                plain(f"{one.check}: {one.text}"),
                soft_wrap=True,
            )
    if output_format is Format.JSON:
        checks = [{"check": one.check, "verdict": one.verdict.value, "text": one.text} for one in found]
        print_json({"schema_version": SCHEMA_VERSION, "checks": checks})
    if any(one.verdict is Verdict.PROBLEM for one in found):
        raise typer.Exit(1)


def _findings() -> Iterator[Finding]:
    try:
        settings = load_settings()
        where = listening(settings)
        read_token(settings.metrics_token_file)
    except SecureScoreError as error:
        yield Finding("settings", Verdict.PROBLEM, str(error))
        try:
            settings = load_settings()
        except SecureScoreError:
            return
    else:
        yield Finding("settings", Verdict.OK, f"the server listens on {where.address()}")
    yield from examine(settings, me())
