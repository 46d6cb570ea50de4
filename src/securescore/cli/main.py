"""The program `securescore`: composes the commands and turns every error into one sentence."""

import gc
import sys
from importlib import import_module
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from securescore import __version__
from securescore.cli.output import harmless
from securescore.cli.suggest import Command
from securescore.errors import SecureScoreError

_INTERRUPTED = 130
_OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""Of garbage in circles, of which there is little: with Python's 700 a twentieth of a short command goes into looking for it."""

_SECTIONS = {
    "One evidence folder, without a database": {
        "demo": ("demo", "demo_command", "Collect from an invented organisation and show its score."),
        "collect": ("collect", "collect", "Collect evidence from a tenant into a folder."),
        "import": ("import_files", "app", "Add a run to an evidence folder from saved files."),
        "assess": ("assess", "assess_command", "Assess an evidence folder: the score and every action."),
        "explain": ("explain", "explain_command", "Name who or what one action is about, and why."),
        "changes": ("changes", "changes_command", "Say why the score moved between two runs."),
        "reconcile": ("reconcile", "reconcile_command", "Lay Microsoft's own score beside ours."),
        "permissions": (
            "permissions",
            "permissions",
            "Say what an app registration needs, and what it unlocks.",
        ),
        "catalog": ("catalog", "app", "Check, list, show, write and compare improvement actions."),
    },
    "Tenants that are kept up to date": {
        "tenant": ("tenant", "app", "Add, list, change, pause and remove tenants that are kept up to date."),
        "sync": ("sync", "sync_command", "Read a tenant again, and record its score."),
        "check": ("check", "check_command", "Read again what one action is measured with."),
        "history": ("history", "history_command", "Show the score of a tenant over time, and why it moved."),
        "evidence": ("evidence", "app", "List the runs whose evidence is here, and keep some for good."),
        "content": ("content", "app", "Show what newer actions would change, and approve them."),
        "group": ("group", "app", "Put tenants into groups, to which roles and templates apply."),
        "role": ("role", "app", "Give people roles: reader, writer, manager."),
        "person": ("person", "app", "Export what is known about one person, and forget who has left."),
    },
    "What people decide and declare": {
        "decision": ("decision", "app", "Decide about improvement actions, list decisions, take them back."),
        "exclusion": ("exclusion", "app", "Exclude entities from actions, list exclusions, and end them."),
        "account": ("account", "app", "Say which accounts are for emergencies, services, tests, kiosks."),
        "task": ("task", "app", "Attest that tasks were done, which no evidence can show."),
        "template": ("template", "app", "Decide the same for many tenants."),
        "organisation": ("organisation", "app", "Export and import what a tenant declared and decided."),
    },
    "Running it": {
        "serve": ("serve", "serve_command", "Run the server, with the worker as its child, until stopped."),
        "worker": ("worker", "worker_command", "Keep every tenant up to date until stopped."),
        "health": ("serve", "health_command", "Ask the server of this machine whether it is well."),
        "doctor": ("doctor", "doctor_command", "Check the installation, and say what to do."),
        "backup": ("backup", "backup_command", "Write everything that must not be lost into one file."),
        "restore": ("backup", "restore_command", "Bring back what a backup holds."),
        "database": ("database", "app", "Bring the schema up to date; take a new data folder."),
        "key": ("key", "app", "Change the key that seals secrets."),
        "audit": ("audit", "app", "List who did what, and prove that nothing of it was changed."),
    },
}
_COMMANDS = {name: command for commands in _SECTIONS.values() for name, command in commands.items()}


class _Program(TyperGroup):
    """Imports a command when it is asked for: connectors and parsers take most of a second to import."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the library's signature
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, name, _ = _COMMANDS[cmd_name]
        found: Any = getattr(import_module(f"securescore.cli.{module}"), name)
        if isinstance(found, typer.Typer):
            return get_command(found)
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(cmd_name, cls=Command)(found)
        return get_command(app)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        for title, commands in _SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, help_text) for name, (_, _, help_text) in commands.items()])


app = typer.Typer(
    cls=_Program,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - a flag of the command line
    if wanted:
        typer.echo(f"securescore {__version__}")
        raise typer.Exit


@app.callback()
def program(
    _version: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """The open, self-hosted Secure Score for Microsoft 365 organisations."""


def main() -> None:
    """Runs the program. Exit codes: 0 done, 1 findings, 2 wrong input, 3 refused outside, 4 incomplete."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that lacks a letter of a name shows ? for it
            stream.reconfigure(errors="replace")
    try:
        code = app(standalone_mode=False)
    except SecureScoreError as error:
        typer.echo(f"securescore: {harmless(error)}", err=True)
        code = error.exit_code
    except typer.TyperException as error:
        code = _misused(error)
    except typer.Abort:
        typer.echo("securescore: interrupted", err=True)
        code = _INTERRUPTED
    sys.exit(code if isinstance(code, int) else 0)


def _misused(error: typer.TyperException) -> int:
    """Says in one line how the command line was wrong. To a bare group of commands the answer is its help."""
    context = getattr(error, "ctx", None)
    ask = f" ({context.command_path} --help)" if context is not None else ""
    told = error.format_message()
    if told.startswith("Usage:"):
        typer.echo(told, err=True)
    elif told:
        typer.echo(f"securescore: {harmless(told).rstrip('.')}{ask}", err=True)
    return error.exit_code


if __name__ == "__main__":
    main()
