"""Measures actions on a run's evidence, once: a result is kept beside the run and reused until its input changes."""

import hashlib
import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from securescore.assess.engine import Given, Parameters, open_engine, reading_ahead
from securescore.assess.organisation import DEVICE_DAYS
from securescore.assess.verdict_rows import Judgement
from securescore.catalog import Action
from securescore.errors import EvidenceError
from securescore.evidence import TABLES, Run
from securescore.evidence.files import make_private_folder, replace_file
from securescore.evidence.manifest import NOT_ASKED, TableRecord
from securescore.evidence.scratch import scratch
from securescore.facts import Fact
from securescore.model import Coverage, Outcome, Reason, WhenEmpty

ENGINE_VERSION = "2"
"""Part of every result's key: raised when the engine would judge the same input differently."""

RESULTS = "results.json"
VERDICTS = "verdicts"
_KEY_SHOWN = 16

Progress = Callable[[str], None]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The counts of one action on one run; `key` names everything they follow from.

    Attributes:
        unlicensed: a table it read is empty for lack of a licence.
        stood_in: somebody stood for a population that was not collected.
        uniform: and what is said of that one holds for everybody alike.
    """

    key: str
    protected: int
    exposed: int
    unknown: int
    unlicensed: bool
    uniform: bool = False
    stood_in: bool = False

    @property
    def coverage(self) -> Coverage:
        return Coverage(self.protected, self.exposed, self.unknown)


@dataclass(frozen=True)
class Measurement:
    """What our own evidence says of one action.

    Attributes:
        verdicts: the Parquet file with one row an entity.
        reason: why it is `not_assessed`, else None.
        uniform: the population was not collected, and what is said holds for everybody in it alike.
        key: names everything the result follows from; equal keys mean equal verdicts.
        home: keeps a temporary folder with the file alive for as long as it may be read.
    """

    action: Action
    run: Run
    outcome: Outcome
    reason: Reason | None
    coverage: Coverage
    verdicts: Path
    key: str
    home: "_Home"
    uniform: bool = False

    @property
    def as_of(self) -> datetime:
        """When the evidence was collected."""
        return self.run.ended


@dataclass(frozen=True)
class Need:
    """What an action reads: tables, through facts, and the facts in the order of derivation."""

    tables: tuple[str, ...]
    facts: tuple[Fact, ...]

    @property
    def reads_clock(self) -> bool:
        return any(fact.reads_clock for fact in self.facts)


class _Home:
    """Where a run's results are kept: beside its evidence, or while they are used where that is read-only."""

    def __init__(self, run: Run) -> None:
        self.path = run.path
        if not os.access(run.path, os.W_OK):
            self.path = Path(tempfile.mkdtemp(prefix="securescore-"))
            weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)

    def verdicts(self, action_id: str, key: str) -> Path:
        """The key is part of the name: what another moment or version measured is never overwritten."""
        return self.path / VERDICTS / f"{action_id}-{key[:_KEY_SHOWN]}.parquet"

    def known(self) -> dict[str, Result]:
        """The results kept here. They are only a saving: what cannot be read is measured again."""
        with suppress(OSError, msgspec.DecodeError):
            return msgspec.json.decode((self.path / RESULTS).read_bytes(), type=dict[str, Result])
        return {}

    def keep(self, results: Mapping[str, Result]) -> None:
        replace_file(self.path / RESULTS, msgspec.json.format(msgspec.json.encode(results), indent=1))

    def forget(self, kept: Mapping[str, Collection[str]]) -> None:
        """Removes the verdicts of these actions, by id, but for those of the keys given with each."""
        files = {self.verdicts(action_id, key) for action_id, keys in kept.items() for key in keys}
        for file in (self.path / VERDICTS).glob(f"*-{'[0-9a-f]' * _KEY_SHOWN}.parquet"):
            if file not in files and file.stem.rpartition("-")[0] in kept:
                file.unlink(missing_ok=True)


class Measurer:
    """Measures actions at one moment.

    Args:
        facts: every fact, each after those it reads.
        device_days: devices not seen for so many days before a run ended are not counted.
        progress: told the id of each action before it is measured.
    """

    def __init__(
        self, facts: Mapping[str, Fact], device_days: int = DEVICE_DAYS, progress: Progress = lambda _: None
    ) -> None:
        self._facts = facts
        self._device_days = device_days
        self._progress = progress
        self._homes: dict[str, _Home] = {}

    def need(self, action: Action) -> Need:
        """The tables and facts behind an action's evidence."""
        facts = self._facts_behind(action.evidence)
        read = [*action.evidence, *(name for fact in facts for name in fact.evidence)]
        return Need(tuple(dict.fromkeys(name for name in read if name in TABLES)), facts)

    def _facts_behind(self, names: Iterable[str]) -> tuple[Fact, ...]:
        wanted: set[str] = set()
        pending = [name for name in names if name in self._facts]
        while pending:
            name = pending.pop()
            if name not in wanted:
                wanted.add(name)
                pending += [read for read in self._facts[name].evidence if read in self._facts]
        return tuple(fact for name, fact in self._facts.items() if name in wanted)

    def asked(self, action: Action, run: Run) -> bool:
        """Whether the run tried to read every table that the action declares, with or without success."""
        records = (run.record(table) for table in self.need(action).tables)
        return all(record is not None and record.code != NOT_ASKED for record in records)

    def can_measure(self, action: Action, run: Run) -> bool:
        """Whether the run has every table that the action declares, proof that it would be empty, or a stand-in."""
        tables = self.need(action).tables
        there = [table for table in tables if _available(run, table)]
        missing = set(tables) - set(there)
        return not missing or (action.uniform and bool(there) and all(map(_can_stand_in, missing)))

    def missing(self, action: Action, run: Run) -> dict[str, TableRecord | None]:
        """The tables that are not there, each with its record; None for one the run never asked for."""
        return {table: run.record(table) for table in self.need(action).tables if not _available(run, table)}

    def measure(
        self, run: Run, actions: Iterable[Action], before: Run | None = None
    ) -> dict[str, Measurement]:
        """The measurements of those actions that the run allows, by action id.

        Args:
            before: the run before it; what was measured there of the same input is not measured again.

        Raises:
            CatalogError: a query breaks its contract.
            EvidenceError: a file of the run is damaged.
        """
        possible = [action for action in actions if action.measured and self.can_measure(action, run)]
        if not possible:
            return {}
        home = self._home(run)
        known = home.known()
        keys = {action.id: self._key(action, run) for action in possible}
        changed = [one for one in possible if not _usable(known.get(one.id), one, keys[one.id], home)]
        if changed:
            known |= self._found(run, changed, keys, home, before)
        return {action.id: _measurement(action, run, known[action.id], home) for action in possible}

    def _home(self, run: Run) -> _Home:
        return self._homes.get(run.id) or self._homes.setdefault(run.id, _Home(run))

    def _found(
        self, run: Run, actions: list[Action], keys: Mapping[str, str], home: _Home, before: Run | None
    ) -> dict[str, Result]:
        """What the run before it knows already, and the rest computed; all of it kept."""
        try:
            known = home.known()
            results = _taken_over(actions, keys, self._home(before), home) if before else {}
            if rest := [one for one in actions if one.id not in results]:
                results |= self._compute(run, rest, keys, home)
            home.keep(known | results)
            previous = {name: result.key for name, result in known.items()}
            home.forget({one.id: {keys[one.id], previous.get(one.id, keys[one.id])} for one in actions})
        except OSError as error:
            raise EvidenceError(
                f"the results of run {run.id} cannot be kept in {home.path} ({error.strerror}): make room or give "
                "the right to write there"
            ) from error
        return results

    def _compute(
        self, run: Run, actions: list[Action], keys: Mapping[str, str], home: _Home
    ) -> dict[str, Result]:
        needs = {action.id: self.need(action) for action in actions}
        tables = {
            table: _given(run, table) for table in {one for need in needs.values() for one in need.tables}
        }
        facts = {fact.name: fact.sql for action in actions for fact in needs[action.id].facts}
        queries = [*facts.values(), *(action.sql for action in actions if action.sql)]
        make_private_folder(home.path / VERDICTS)
        with (
            scratch(home.path) as drafts,
            reading_ahead(queries),
            # evidence is judged as of its own moment: by waiting it becomes stale, and never something else
            open_engine(tables, Parameters(run.ended, self._device_days), drafts) as engine,
        ):
            files: dict[str, Path] = {}
            for together in _by_query(actions):
                self._progress(together[0].id)
                for fact in needs[together[0].id].facts:
                    engine.derive(fact)
                files |= engine.ask(together)
            judged = engine.judge(files)
            for action in actions:
                _place(files[action.id], home.verdicts(action.id, keys[action.id]))
        return {
            name: _result(keys[name], judgement, [tables[table] for table in needs[name].tables])
            for name, judgement in judged.items()
        }

    def _key(self, action: Action, run: Run) -> str:
        need = self.need(action)
        parts = [ENGINE_VERSION, action.content_hash, *(fact.content_hash for fact in need.facts)]
        for table in need.tables:
            record = run.record(table)
            parts += [table, (record.sha256 if record else None) or _instead(run, table)]
        if action.reads_clock or need.reads_clock:
            parts += [run.ended.isoformat(), str(self._device_days)]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _available(run: Run, table: str) -> bool:
    return run.has(table) or _empty_for_lack_of_licence(run, table)


def _empty_for_lack_of_licence(run: Run, table: str) -> bool:
    record = run.record(table)
    return (
        record is not None
        and record.reason is Reason.NO_LICENCE
        and TABLES[table].when_not_licensed == "empty"
    )


def _can_stand_in(table: str) -> bool:
    return TABLES[table].stand_in is not None


def _given(run: Run, table: str) -> Given:
    path = run.table_path(table) if run.has(table) else None
    return Given(path, stands_in=not _available(run, table))


def _instead(run: Run, table: str) -> str:
    """What queries see of a table that has no file."""
    return "empty" if _available(run, table) else f"stand-in {TABLES[table].stand_in}"


def _by_query(actions: Iterable[Action]) -> Iterator[list[Action]]:
    """The actions, those of one shared query together."""
    groups: dict[tuple[str, str], list[Action]] = {}
    for action in actions:
        groups.setdefault((action.folder, action.query or f"{action.id}.sql"), []).append(action)
    yield from groups.values()


def _place(staged: Path, verdicts: Path) -> None:
    staged.chmod(0o600)
    staged.replace(verdicts)


def _result(key: str, judgement: Judgement, given: list[Given]) -> Result:
    coverage = judgement.coverage
    stood_in = any(one.stands_in for one in given)
    return Result(
        key=key,
        protected=coverage.protected,
        exposed=coverage.exposed,
        unknown=coverage.unknown,
        unlicensed=any(one.path is None and not one.stands_in for one in given),
        stood_in=stood_in,
        uniform=stood_in and judgement.about_everyone and coverage.unknown == 0,
    )


def _usable(result: Result | None, action: Action, key: str, home: _Home) -> bool:
    return result is not None and result.key == key and home.verdicts(action.id, key).is_file()


def _taken_over(
    actions: Iterable[Action], keys: Mapping[str, str], before: _Home, home: _Home
) -> dict[str, Result]:
    """The results of an earlier run that have the same keys. Their verdicts become files of both runs."""
    make_private_folder(home.path / VERDICTS)
    known, taken = before.known(), {}
    for action in actions:
        key, result = keys[action.id], known.get(action.id)
        if result is not None and _usable(result, action, key, before):
            verdicts = home.verdicts(action.id, key)
            with suppress(OSError):  # it is only a saving: what cannot be linked is computed
                verdicts.unlink(missing_ok=True)
                verdicts.hardlink_to(before.verdicts(action.id, key))
                taken[action.id] = result
    return taken


def _measurement(action: Action, run: Run, result: Result, home: _Home) -> Measurement:
    coverage = result.coverage
    outcome, reason = Outcome.ASSESSED, None
    if result.stood_in and not result.uniform:
        outcome, reason = Outcome.NOT_ASSESSED, Reason.NOT_COLLECTED
    elif coverage.total == 0 and action.when_empty is WhenEmpty.NOT_APPLICABLE:
        outcome = Outcome.NOT_APPLICABLE
    elif result.unlicensed and coverage.total > 0 and coverage.known == 0:
        outcome, reason = Outcome.NOT_ASSESSED, Reason.NO_LICENCE
    return Measurement(
        action=action,
        run=run,
        outcome=outcome,
        reason=reason,
        coverage=coverage,
        verdicts=home.verdicts(action.id, result.key),
        key=result.key,
        home=home,
        uniform=result.uniform,
    )
