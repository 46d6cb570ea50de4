"""What somebody can do so that an action that is not assessed becomes one that is."""

from collections.abc import Iterable

from securescore.assess.result import AssessedAction
from securescore.evidence import TABLES, Table
from securescore.model import Outcome, Reason

_NATIVE = (
    "grant SecurityEvents.Read.All and collect again, or import saved answers (securescore import native-score): only "
    "Microsoft's own score measures it"
)
_POINTS = (
    "grant SecurityEvents.Read.All and collect again: Microsoft's control profiles tell what it is worth"
)


def next_step(action: AssessedAction) -> str | None:
    """One sentence without a full stop, or None where nothing is missing."""
    if action.outcome is not Outcome.NOT_ASSESSED:
        return None
    if action.reason is Reason.POINTS_UNKNOWN:
        return _POINTS
    tables = [TABLES[name] for name in action.reading.missing]
    if action.action is None or not action.action.measured or not tables:
        return _NATIVE
    return _for_tables(action.reason, tables)


def _for_tables(reason: Reason | None, tables: list[Table]) -> str:
    names = _listed(table.name for table in tables)
    if reason is Reason.NO_PERMISSION:
        return f"grant {_permissions(tables)} and collect again"
    if reason is Reason.NO_LICENCE:
        plans = " or ".join(dict.fromkeys(plan for table in tables for plan in table.licence))
        return (
            f"it takes a licence with {plans or 'the service'}; until then Microsoft's own score may stand in"
        )
    if reason is Reason.COLLECTION_FAILED:
        return f"collect again; {names} could not be read"
    if all(table.permission is None for table in tables):
        return f"import a settings export (securescore import scuba) that holds {names}, or collect again"
    return f"collect with an application that may read {names}: {_permissions(tables)}"


def _permissions(tables: Iterable[Table]) -> str:
    return _listed(_permission(table) for table in tables if table.permission)


def _permission(table: Table) -> str:
    role = table.api.directory_role
    return f"{table.permission} of {table.api}" + (f" (with the directory role {role})" if role else "")


def _listed(words: Iterable[str]) -> str:
    *first, last = dict.fromkeys(words)
    return f"{', '.join(first)} and {last}" if first else last
