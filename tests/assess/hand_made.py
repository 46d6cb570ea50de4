"""Tenants, actions and clocks made by hand, so that a test shows everything it depends on."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from securescore.assess import Assessment, Organisation, assess, read_organisation
from securescore.catalog import Action, Catalog, Dated, Licence, Texts, load_catalog
from securescore.connectors import Clock
from securescore.evidence import TABLES, EvidenceFolder, Run
from securescore.model import MICRO, AccountClass, Category, Kind, Lifecycle, Reason, Scoring, WhenEmpty

TENANT = "0d6a5f7e-1111-4222-8333-444455556666"
MONDAY = datetime(2026, 1, 12, 6, tzinfo=UTC)

Rows = list[dict[str, Any]]

BY_ENABLED = """
    SELECT user_id::VARCHAR AS entity_id, user_name AS entity_name,
           CASE WHEN enabled THEN 'protected' WHEN NOT enabled THEN 'exposed' ELSE 'unknown' END AS verdict,
           json_object('code', 'seen', 'name', display_name) AS detail
    FROM users
"""
"""A measurement that reads like its result: enabled is protected, disabled exposed, null unknown."""


def day(number: float) -> datetime:
    """So many days after Monday."""
    return MONDAY + timedelta(days=number)


def uid(label: str) -> str:
    return str(uuid5(NAMESPACE_URL, label))


def people(**enabled: bool | None) -> Rows:
    """Users by name: True is protected, False exposed, None unknown (see `BY_ENABLED`)."""
    return [
        {"user_id": uid(name), "user_name": f"{name}@contoso.example", "display_name": name, "enabled": state}
        for name, state in enabled.items()
    ]


def plans(*names: str, status: str = "Enabled", seats: int = 10) -> Rows:
    """Owned service plans."""
    return [
        {"sku_id": uid("sku"), "sku": "SKU", "sku_status": status, "plan_id": uid(name), "plan": name}
        | {"plan_status": "Success", "seats": seats, "used": 1}
        for name in names
    ]


def native(moment: datetime, rows: Mapping[str, Any], maximum: float | None = 100) -> dict[str, Rows]:
    """One day of Microsoft's score: points by control, or the columns of its row."""
    controls = [
        {"day": moment, "control_id": name, **(row if isinstance(row, dict) else {"points": row})}
        for name, row in rows.items()
    ]
    total = sum(row.get("points") or 0 for row in controls if not row.get("not_scored"))
    scores = [{"day": moment, "score_id": "s", "points": total, "maximum": maximum}]
    return {"native_scores": scores, "native_controls": controls}


def profiles(**columns: Mapping[str, Any]) -> dict[str, Rows]:
    """Microsoft's description of controls, by id."""
    return {
        "native_profiles": [{"control_id": name, "deprecated": False, **row} for name, row in columns.items()]
    }


class Evidence:
    """An evidence folder that is filled run by run."""

    def __init__(self, path: Path) -> None:
        self.folder = EvidenceFolder(path)

    def run(
        self,
        ended: datetime,
        tables: Mapping[str, Rows],
        *,
        missing: Mapping[str, Reason] | None = None,
        tenant: str = TENANT,
        partial: bool = False,
    ) -> Run:
        """Publishes a run that ended at that moment."""
        with self.folder.begin(tenant, ended, "hand_made") as run:
            for name, rows in tables.items():
                with run.table(TABLES[name]) as writer:
                    writer.write_rows(rows)
            for name, reason in (missing or {}).items():
                run.missing(TABLES[name], reason=reason, error="refused")
            return run.publish(ended, partial=partial)

    def assess(
        self,
        catalog: Catalog,
        *,
        at: datetime | None = None,
        organisation: Organisation | None = None,
        measured: list[str] | None = None,
    ) -> Assessment:
        """The assessment without facts; `measured` collects the ids of what was measured anew."""
        told = [] if measured is None else measured
        return assess(self.folder, catalog, {}, as_of=at, organisation=organisation, progress=told.append)


def action(
    name: str = "Sample",
    sql: str | None = BY_ENABLED,
    *,
    points: float | list[tuple[float, date | None]] | None = 10,
    evidence: Iterable[str] = ("users",),
    scoring: Scoring = Scoring.PROPORTIONAL,
    when_empty: WhenEmpty = WhenEmpty.NOT_APPLICABLE,
    service: str = "AzureAD",
    entity: str = "user",
    kind: Kind = Kind.CONFIGURATION,
    lifecycle: Lifecycle = Lifecycle.STABLE,
    category: Category = Category.IDENTITY,
    reads_clock: bool = False,
    leaves_out: Iterable[AccountClass] = (),
    licence: Iterable[str] | None = None,
    aliases: Iterable[str] = (),
    cadence_days: int | None = None,
) -> Action:
    """An action with what the test is about; everything else is ordinary."""
    dated = points if isinstance(points, list) else [] if points is None else [(points, None)]
    return Action(
        id=name,
        service=service,
        product=SHIPPED.services[service].product,
        folder=SHIPPED.services[service].folder,
        kind=kind,
        lifecycle=lifecycle,
        category=(Dated(category),),
        texts={"en": Texts(title=f"Title of {name}", details={"seen": "{name} was seen"})},
        path=Path(f"{name}.yaml"),
        points=tuple(Dated(round(value * MICRO), start) for value, start in dated),
        scoring=scoring,
        entity=entity,
        when_empty=when_empty,
        evidence=tuple(evidence) if sql else (),
        reads_clock=reads_clock,
        leaves_out=tuple(leaves_out),
        licence=None if licence is None else Licence(tuple(licence)),
        aliases=tuple(aliases),
        cadence_days=cadence_days,
        sql=sql,
        content_hash=hashlib.sha256((sql or "").encode()).hexdigest(),
    )


def catalog_of(*actions: Action) -> Catalog:
    return Catalog("test", {one.id: one for one in actions}, SHIPPED.services, SHIPPED.plans)


def declared(path: Path, text: str) -> Organisation:
    """The organisation that a file with this text declares."""
    path.write_text(text, encoding="utf-8")
    return read_organisation(path)


class FakeTime:
    """Time that passes only when somebody waits: throttling limits cost a test nothing."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._seconds = 0.0

    def clock(self) -> Clock:
        return Clock(now=self.now, monotonic=lambda: self._seconds, sleep=self._sleep)

    def now(self) -> datetime:
        return self._now + timedelta(seconds=self._seconds)

    def _sleep(self, seconds: float) -> None:
        self._seconds += seconds


SHIPPED = load_catalog()
