"""Looks an installation over: what works, what will not for long, what does not, and what to do about it."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from sqlalchemy.exc import SQLAlchemyError

from securescore.errors import SecureScoreError
from securescore.services import keys
from securescore.services.actor import Actor
from securescore.services.audit_log import verify_chains
from securescore.services.health import SILENCE, refuse_unwritable
from securescore.services.installation import Installation, open_installation
from securescore.services.tenants import list_tenants
from securescore.settings import Settings
from securescore.store import figures, snapshots
from securescore.store import installation as installation_row
from securescore.store.key_file import KeyFile
from securescore.store.marker import marker_of
from securescore.store.migrating import version_of
from securescore.store.tenants import Health, Summary

_LITTLE = 1 << 30
_NONE_LEFT = 64 << 20
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_ENTERED = stat.S_IXGRP | stat.S_IXOTH
_SKEW = timedelta(seconds=5)
_WRONG_CLOCK = timedelta(minutes=5)
_NAMED = 5
_LATE = timedelta(hours=36)


class Verdict(StrEnum):
    """How one thing is."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One check. `text` says what is, and where something is to be done, what."""

    check: str
    verdict: Verdict
    text: str


Check = Callable[[], Finding]


def examine(settings: Settings, actor: Actor) -> Iterator[Finding]:
    """Every check, also when the database cannot be opened: then those that need it are left out, and that is said."""
    yield _folder(settings.data_dir)
    yield _space(settings.data_dir)
    yield _marker(settings.data_dir)
    yield _key_file(settings.key_path)
    yield _time_zones()
    if settings.database_url is None and not (settings.data_dir / "postgres" / "data").exists():
        yield Finding("database", Verdict.WARNING, "there is no database yet: the first start makes it")
        return
    try:
        with open_installation(settings) as here:
            yield from _of_database(here, actor)
    except SecureScoreError as error:
        yield Finding("database", Verdict.PROBLEM, str(error))
        yield Finding(
            "the rest", Verdict.WARNING, "what needs the database was not checked: see to that first"
        )


def _of_database(here: Installation, actor: Actor) -> Iterator[Finding]:
    checks: dict[str, Check] = {
        "database": lambda: _database(here),
        "clock": lambda: _clock(here),
        "key in use": lambda: _key_in_use(here),
        "secrets": lambda: _secrets(here, actor),
        "audit log": lambda: _audit(here, actor),
        "evidence": lambda: _evidence(here, actor),
        "worker": lambda: _worker(here),
        "tenants": lambda: _tenants(here, actor),
    }
    for name, check in checks.items():
        try:
            yield check()
        except SecureScoreError as error:
            yield Finding(name, Verdict.PROBLEM, str(error))
        except SQLAlchemyError:
            yield Finding(name, Verdict.PROBLEM, "the database does not answer as it should: see its log")


def _folder(folder: Path) -> Finding:
    name = "data folder"
    try:
        found = folder.stat()
    except FileNotFoundError:
        return Finding(name, Verdict.WARNING, f"{folder} is not there yet: the first start makes it")
    except OSError as error:
        return Finding(
            name, Verdict.PROBLEM, f"{folder} cannot be reached ({error.strerror}): see to its permissions"
        )
    if found.st_uid != os.geteuid():
        return Finding(
            name, Verdict.PROBLEM, f"{folder} belongs to another account: run securescore as that account"
        )
    if stat.S_IMODE(found.st_mode) & _OTHERS & ~_ENTERED:
        return Finding(name, Verdict.WARNING, f"others may look into {folder}: run 'chmod go-rw {folder}'")
    try:
        refuse_unwritable(folder)
    except SecureScoreError as error:
        return Finding(name, Verdict.PROBLEM, str(error))
    return Finding(name, Verdict.OK, f"{folder} can be written, by this account only")


def _space(folder: Path) -> Finding:
    name = "free space"
    place = next((one for one in (folder, *folder.parents) if one.exists()), Path("/"))
    free = shutil.disk_usage(place).free
    text = f"{free / (1 << 30):.1f} GiB left for {folder}"
    if free < _NONE_LEFT:
        return Finding(name, Verdict.PROBLEM, f"{text}: make room, nothing can be kept")
    if free < _LITTLE:
        return Finding(name, Verdict.WARNING, f"{text}: make room before it is full")
    return Finding(name, Verdict.OK, text)


def _marker(folder: Path) -> Finding:
    try:
        found = marker_of(folder)
    except SecureScoreError as error:
        return Finding("marker", Verdict.PROBLEM, str(error))
    if found is None:
        return Finding("marker", Verdict.WARNING, f"{folder} has no marker yet: the first start makes it")
    return Finding("marker", Verdict.OK, f"the folder is of installation {found}")


def _key_file(path: Path) -> Finding:
    if not path.exists():
        return Finding(
            "key file",
            Verdict.WARNING,
            f"{path} is not there: the first secret that is kept makes it; where secrets are kept already, restore it",
        )
    try:
        keys_of = KeyFile.load(path)
    except SecureScoreError as error:
        return Finding("key file", Verdict.PROBLEM, str(error))
    more = f" and {len(keys_of.keys) - 1} older" if len(keys_of.keys) > 1 else ""
    return Finding("key file", Verdict.OK, f"{path} holds the key {keys_of.fingerprint()}{more}")


def _time_zones() -> Finding:
    try:
        ZoneInfo("Europe/Amsterdam")
    except ZoneInfoNotFoundError:
        return Finding(
            "time zones",
            Verdict.PROBLEM,
            "this machine has no time zone data, so every tenant is read at night in UTC: install tzdata",
        )
    return Finding("time zones", Verdict.OK, f"{len(available_timezones())} time zones are known")


def _database(here: Installation) -> Finding:
    with here.database.installation() as connection:
        server = ".".join(map(str, connection.dialect.server_version_info or ()))
        size = figures.database_size(connection)
        schema = version_of(connection)
    where = "external" if here.settings.database_url else "embedded"
    text = f"{where} PostgreSQL {server}, schema {schema}, {size / (1 << 20):.0f} MiB, its role is bound by the rules"
    return Finding("database", Verdict.OK, text)


def _clock(here: Installation) -> Finding:
    with here.database.installation() as connection:
        before = datetime.now(UTC)
        apart = abs(figures.database_time(connection) - before)
    text = f"the clocks of this machine and of the database are {apart.total_seconds():.1f} seconds apart"
    if apart > _WRONG_CLOCK:
        return Finding("clock", Verdict.PROBLEM, f"{text}: set both by NTP")
    return Finding("clock", Verdict.WARNING if apart > _SKEW else Verdict.OK, text)


def _key_in_use(here: Installation) -> Finding:
    name = "key in use"
    with here.database.installation() as connection:
        known = installation_row.key_fingerprint(connection)
    if known is None:
        return Finding(name, Verdict.OK, "no secret was kept yet")
    found = KeyFile.load(here.settings.key_path)
    found.check(known)
    if found.fingerprint() != known:
        return Finding(
            name, Verdict.WARNING, "a rotation of the key was interrupted: run securescore key rotate"
        )
    if len(found.keys) > 1:
        return Finding(
            name, Verdict.WARNING, "old keys are still in the key file: run securescore key retire"
        )
    return Finding(name, Verdict.OK, f"secrets are sealed with {known}")


def _secrets(here: Installation, actor: Actor) -> Finding:
    closed = keys.unopenable(here, actor) if _any_secret(here) else []
    if closed:
        return Finding(
            "secrets",
            Verdict.PROBLEM,
            f"the secrets of {_some(closed)} cannot be opened: restore the key file that was in use, or enter them again "
            "(securescore tenant connect)",
        )
    return Finding("secrets", Verdict.OK, "every secret can be opened")


def _any_secret(here: Installation) -> bool:
    with here.database.installation() as connection:
        return installation_row.key_fingerprint(connection) is not None


def _audit(here: Installation, actor: Actor) -> Finding:
    chains = list(verify_chains(here, actor))
    broken = [f"{one.name or one.tenant_id} (entry {one.broken})" for one in chains if one.broken is not None]
    if broken:
        return Finding(
            "audit log",
            Verdict.PROBLEM,
            f"the audit log of {_some(broken)} was changed from outside: find out by whom, and compare with a backup",
        )
    entries = sum(one.entries for one in chains)
    return Finding("audit log", Verdict.OK, f"{entries} entries, every chain of them whole ({len(chains)})")


def _evidence(here: Installation, actor: Actor) -> Finding:
    tenants = list_tenants(here, actor)
    known = {str(one.tenant_id) for one in tenants}
    root = here.settings.evidence
    there = {one.name for one in root.iterdir()} if root.is_dir() else set()
    told = []
    if strange := sorted(there - known):
        told.append(f"{root} has folders of no tenant ({_some(strange)}): remove them")
    if missing := [one.name for one in tenants if _lacks_evidence(here, one)]:
        told.append(
            f"the evidence of the newest snapshot of {_some(missing)} is not there, so entities cannot be listed until they "
            "are read again (securescore sync)"
        )
    verdict = Verdict.WARNING if told else Verdict.OK
    return Finding("evidence", verdict, "; ".join(told) or f"of {len(there)} tenants, where it belongs")


def _lacks_evidence(here: Installation, one: Summary) -> bool:
    with here.database.tenant(one.tenant_id) as connection:
        standing = snapshots.newest(connection)
    return (
        standing is not None
        and not (here.evidence_path(one.tenant_id) / "runs" / standing.snapshot.run_id).is_dir()
    )


def _worker(here: Installation) -> Finding:
    with here.database.installation() as connection:
        found = figures.workers(connection, SILENCE)
        waiting = figures.queue(connection)
    if found.alive:
        return Finding("worker", Verdict.OK, f"alive; {waiting.waiting} jobs wait, {waiting.running} go on")
    since = f" since {found.newest:%Y-%m-%d %H:%M}" if found.newest else ""
    return Finding(
        "worker",
        Verdict.WARNING,
        f"no worker gave a sign of life{since}, so nothing is kept up to date: run securescore serve or securescore worker",
    )


def _tenants(here: Installation, actor: Actor) -> Finding:
    tenants = list_tenants(here, actor)
    failing = [f"{one.name} ({_since(one)})" for one in tenants if one.health is Health.FAILING]
    late = [
        one.name
        for one in tenants
        if one.health not in {Health.FAILING, Health.PAUSED} and _is_late(one, here.now())
    ]
    told = []
    if failing:
        told.append(f"{_some(failing)} cannot be read: securescore tenant list says why")
    if late:
        told.append(f"{_some(late)} were not read for more than a day: see to the worker")
    verdict = Verdict.WARNING if told else Verdict.OK
    return Finding("tenants", verdict, "; ".join(told) or f"{len(tenants)}, none failing")


def _is_late(one: Summary, now: datetime) -> bool:
    return one.synced_at is not None and now - one.synced_at > _LATE


def _since(one: Summary) -> str:
    return f"last read {one.synced_at:%Y-%m-%d}" if one.synced_at else "never read"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
