"""Reads the file: what it holds, when it was made, of which tenant, and which commands were run for it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import Any

from securescore.connectors.ids import is_id
from securescore.connectors.scuba_export.powershell import NotUsableError, kind_of, objects
from securescore.errors import ImportedFileError

LARGEST = 256 * 1024 * 1024
"""Bytes of the largest file that is read."""

_DEEPEST = 100
_DIGITS = 20
_LARGEST_NUMBER = 2**63 - 1
_ADVICE = "give the ProviderSettingsExport.json that ScubaGear writes"
_SIGNS = frozenset({"baseline_version", "module_version", "tenant_details", "timestamp_zulu"})
_RAN, _FAILED = "_successful_commands", "_unsuccessful_commands"
_ADDITIONAL = "AADAdditionalData"


@dataclass(frozen=True)
class Export:
    """One settings export.

    Attributes:
        moment: when it was made, UTC.
        content: everything in it, by top-level key.
        ran, failed: commands that were run for it with and without success; one that needs a licence which the
            tenant lacks is in both.
    """

    path: Path
    moment: datetime
    tenant_id: str
    content: Mapping[str, Any]
    ran: frozenset[str]
    failed: frozenset[str]

    @property
    def version(self) -> str | None:
        """The version of ScubaGear that wrote it."""
        version = self.content.get("module_version")
        return version if isinstance(version, str) else None


def read_export(path: Path) -> Export:
    """Reads one file.

    Raises:
        ImportedFileError: it cannot be read, or is no settings export of one tenant.
    """
    content = _decoded(path)
    if not isinstance(content, dict):
        raise refusal(path, f"holds {kind_of(content)}")
    if not content.keys() & _SIGNS:
        shown = ", ".join(f"{name:.40}" for name in list(content)[:5])
        raise refusal(path, f"holds an object with the keys {shown}" if shown else "holds an empty object")
    return Export(
        path=path,
        moment=_moment(path, content.get("timestamp_zulu")),
        tenant_id=_tenant(path, content),
        content=content,
        ran=_commands(content, _RAN),
        failed=_commands(content, _FAILED),
    )


def refusal(path: Path, looks_like: str) -> ImportedFileError:
    """One sentence: the file, what it looks like, what to give instead."""
    return ImportedFileError(f"{path} is no settings export: it {looks_like}; {_ADVICE}")


def is_command_list(key: str) -> bool:
    """Whether a top-level key lists commands."""
    return key.endswith((_RAN, _FAILED))


def tenant_objects(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What Microsoft Graph said of the tenant; nothing where the export was not made with it."""
    found = [detail.get(_ADDITIONAL) for detail in objects(content.get("tenant_details"))]
    flat = [part for one in found for part in (one if isinstance(one, list) else [one])]
    return [one for one in flat if isinstance(one, dict)]


def _decoded(path: Path) -> Any:
    raw = _read(path)
    if not raw.strip():
        raise refusal(path, "is empty")
    merge = _Merge()
    try:
        content = json.loads(
            raw.decode("utf-8-sig"),
            object_pairs_hook=merge,
            parse_int=_whole,
            parse_float=_fraction,
            parse_constant=str,
        )
    except RecursionError as error:
        raise refusal(path, "is nested too deeply") from error
    except ValueError as error:
        raise refusal(path, f"is not JSON ({str(error)[:80]})") from error
    if _is_deep(content):
        raise refusal(path, "is nested too deeply")
    return merge.merged() if isinstance(content, dict) else content


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "the name is not usable"
        raise ImportedFileError(f"{path} cannot be read ({reason}): check the name and the rights") from error
    if len(raw) > LARGEST:
        raise refusal(path, f"has more than {LARGEST // 1024 // 1024} megabytes")
    return raw


class _Merge:
    """Makes objects, and keeps the outermost apart: an export may hold a key twice, once from each product it covers."""

    def __init__(self) -> None:
        self._last: list[tuple[str, Any]] = []

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        self._last = pairs  # the outermost object is complete last
        return dict(pairs)

    def merged(self) -> dict[str, Any]:
        """The outermost object. Of a key that is there twice the last value that says something stays."""
        content: dict[str, Any] = {}
        for name, value in self._last:
            if name not in content or not says_nothing(value):
                content[name] = value
        return content


def says_nothing(value: object) -> bool:
    """Whether a value is what a command leaves that found nothing, or failed."""
    return value is None or value in ([], {}, [None])


def _whole(text: str) -> int | str:
    """The number; one that no column takes stays a text, so that it is rejected and counted where it is read."""
    number = int(text) if len(text) <= _DIGITS else None
    return number if number is not None and -_LARGEST_NUMBER <= number <= _LARGEST_NUMBER else text


def _fraction(text: str) -> float | str:
    number = float(text)
    return number if isfinite(number) else text


def _is_deep(content: object) -> bool:
    pending = [(content, 0)]
    while pending:
        value, depth = pending.pop()
        if depth > _DEEPEST:
            return True
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        pending.extend((part, depth + 1) for part in parts if isinstance(part, dict | list))
    return False


def _moment(path: Path, value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise refusal(path, "does not say in timestamp_zulu when it was made") from error


def _tenant(path: Path, content: Mapping[str, Any]) -> str:
    """The tenant's id. What Graph said of the tenant decides; a key of its own has to agree."""
    own = content.get("tenant_id")
    (given,) = own if isinstance(own, list) and len(own) == 1 else (own,)
    try:
        details = objects(content.get("tenant_details"))
    except NotUsableError as error:
        raise refusal(path, f"{error} under tenant_details") from error
    ids = [item.get("Id") for item in tenant_objects(content)] or [item.get("TenantId") for item in details]
    known = {value.casefold(): value for value in (*ids, given) if isinstance(value, str) and is_id(value)}
    if not known:
        raise refusal(path, "does not say of which tenant it is")
    if len(known) > 1:
        raise refusal(path, f"is of several tenants ({', '.join(sorted(known))})")
    return next(iter(known.values()))


def _commands(content: Mapping[str, Any], ending: str) -> frozenset[str]:
    lists = (value for name, value in content.items() if name.endswith(ending) and isinstance(value, list))
    return frozenset(command for value in lists for command in value if isinstance(command, str))
