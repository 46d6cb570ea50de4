"""Adds a run to an evidence folder from saved answers of Microsoft's own score."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from securescore.connectors.native_score import shape
from securescore.connectors.native_score.documents import Document, read_document
from securescore.connectors.native_score.values import Folded, fold
from securescore.errors import ImportedFileError
from securescore.evidence import EvidenceFolder, Run, RunWriter, Table
from securescore.evidence.tables.native_score import (
    NATIVE_AVERAGES,
    NATIVE_CONTROLS,
    NATIVE_PROFILES,
    NATIVE_SCORES,
)
from securescore.model import Reason

SOURCE = "native_score_files"

Row = dict[str, Any]


@dataclass(frozen=True)
class ImportReport:
    """What an import added.

    Attributes:
        days: how many days of scores; each day once.
        points, maximum: of the newest day, as Microsoft wrote them; None when it did not.
        controls: scored controls of the newest day.
        without_profile: those of them that no profile was given for.
        rejections: table -> column -> values that were there and not usable.
    """

    run: Run
    tenant_id: str
    days: int
    first_day: date
    last_day: date
    points: float | None
    maximum: float | None
    controls: int
    profiles: int
    without_profile: tuple[str, ...]
    partial: bool
    rejections: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class _Day:
    """One day's score, and the file that is to blame when its rows cannot be shaped."""

    moment: datetime
    score: Folded
    document: Document

    def rows(self, shaper: Callable[[Folded, datetime], Iterable[Row]]) -> Iterator[Row]:
        try:
            yield from shaper(self.score, self.moment)
        except ValueError as error:
            raise self.document.refuse(f"holds {error}") from error

    @cached_property
    def controls(self) -> tuple[str, ...]:
        return tuple(row["control_id"] for row in self.rows(shape.control_rows))


@dataclass
class _Native:
    """Everything the files hold, each day and each profile once."""

    tenants: dict[str, str] = field(default_factory=dict)
    days: dict[date, _Day] = field(default_factory=dict)
    profiles: dict[str, Row] = field(default_factory=dict)
    profiles_end: bool = False

    @property
    def newest(self) -> _Day:
        return self.days[max(self.days)]

    def without_profile(self) -> tuple[str, ...]:
        return tuple(name for name in self.newest.controls if name.casefold() not in self.profiles)

    def in_order(self) -> Iterator[_Day]:
        return (self.days[day] for day in sorted(self.days))


def import_native_score(files: Sequence[Path], folder: EvidenceFolder) -> ImportReport:
    """Adds one run with every day and every control that the files hold.

    Files may come in any order and number; of a day that is there twice the newer, else the later file, wins.
    The run's time is the newest `createdDateTime`. An incomplete list of profiles is accepted and makes the
    run `partial`: the last page is missing, or a control scored on the newest day has no profile.

    Raises:
        ImportedFileError: a file is no native score, the files are of several tenants, or none holds a score.
        EvidenceError: the folder belongs to another tenant or cannot be written.
    """
    native = _Native()
    for path in files:
        _add(native, read_document(path))
    tenant_id = _only_tenant(native)
    missing = native.without_profile()
    partial = not native.profiles_end or bool(missing)
    ended = native.newest.moment
    with folder.begin(tenant_id, ended, SOURCE) as run:
        _write(run, native)
        published = run.publish(ended, partial=partial)
    return _report(native, published, tenant_id, missing)


def _add(native: _Native, document: Document) -> None:
    add = _add_score if document.kind == "scores" else _add_profile
    for item in document.items:
        add(native, document, item)
    if document.kind == "profiles" and document.last_page:
        native.profiles_end = True


def _add_score(native: _Native, document: Document, item: Mapping[str, Any]) -> None:
    score = fold(item)
    moment, tenant = shape.day_of(score), shape.tenant_of(score)
    if moment is None:
        raise document.refuse("holds a score without a createdDateTime that is a time")
    if tenant is None:
        raise document.refuse("holds a score without azureTenantId")
    native.tenants.setdefault(tenant.casefold(), tenant)
    known = native.days.get(moment.date())
    if known is None or known.moment <= moment:
        native.days[moment.date()] = _Day(moment, score, document)


def _add_profile(native: _Native, document: Document, item: Mapping[str, Any]) -> None:
    try:
        row = shape.profile_row(item)
    except ValueError as error:
        raise document.refuse(f"holds {error}") from error
    tenant = shape.tenant_of(fold(item))
    if tenant is not None:
        native.tenants.setdefault(tenant.casefold(), tenant)
    native.profiles[row["control_id"].casefold()] = row


def _only_tenant(native: _Native) -> str:
    if not native.days:
        raise ImportedFileError(
            "none of the files holds a score: give the answer of GET /security/secureScores as well"
        )
    if len(native.tenants) > 1:
        raise ImportedFileError(
            f"the files are of several tenants ({', '.join(sorted(native.tenants.values()))}): "
            "import the files of one tenant at a time, each tenant into a folder of its own"
        )
    return next(iter(native.tenants.values()))


def _write(run: RunWriter, native: _Native) -> None:
    days = list(native.in_order())
    _fill(run, NATIVE_SCORES, (shape.score_row(day.score, day.moment) for day in days))
    _fill(run, NATIVE_CONTROLS, (row for day in days for row in day.rows(shape.control_rows)))
    _fill(run, NATIVE_AVERAGES, (row for day in days for row in day.rows(shape.average_rows)))
    if native.profiles or native.profiles_end:
        _fill(run, NATIVE_PROFILES, native.profiles.values())
    else:
        run.missing(
            NATIVE_PROFILES,
            reason=Reason.NOT_COLLECTED,
            error="no file of secureScoreControlProfiles was given: import it together with the scores",
        )


def _fill(run: RunWriter, table: Table, rows: Iterable[Row]) -> None:
    with run.table(table) as writer:
        writer.write_rows(rows)


def _report(native: _Native, run: Run, tenant_id: str, missing: tuple[str, ...]) -> ImportReport:
    newest = shape.score_row(native.newest.score, native.newest.moment)
    figures = {name: newest[name] for name in ("points", "maximum")}
    return ImportReport(
        run=run,
        tenant_id=tenant_id,
        days=len(native.days),
        first_day=min(native.days),
        last_day=max(native.days),
        **{name: None if isinstance(value, str) else value for name, value in figures.items()},
        controls=len(native.newest.controls),
        profiles=len(native.profiles),
        without_profile=missing,
        partial=run.manifest.partial,
        rejections={name: r.rejections for name, r in run.manifest.tables.items() if r.rejections},
    )
