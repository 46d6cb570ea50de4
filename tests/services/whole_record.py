"""Proof that the record of a tenant is whole, whatever was killed: nothing acknowledged is lost, nothing is there by half."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import select
from tests.services.tenancy import ME

from securescore.assess import assess
from securescore.evidence.manifest import NAME
from securescore.model import Status
from securescore.scoring.totals import Pair
from securescore.services.history import read_changes
from securescore.services.installation import Installation
from securescore.services.record.declared import day_of
from securescore.services.record.recording import Known, read_known
from securescore.services.record.standing import stored_actions
from securescore.services.tenants import find_tenant
from securescore.store import audit, decisions, declarations, snapshots
from securescore.store.packing import StoredEffect
from securescore.store.schema import decision as decision_table
from securescore.store.snapshots import Activity, Snapshot

_DECLARED = ("decision.", "exclusion.", "account.", "attestation.")


@dataclass
class Books:
    """What a database holds of one tenant at one moment."""

    here: Installation
    tenant_id: UUID
    known: Known = field(init=False)
    taken: list[Snapshot] = field(init=False)
    activities: list[Activity] = field(init=False)
    entries: list[audit.AuditEntry] = field(init=False)
    decided: dict[int, Any] = field(init=False)
    standing: set[int] = field(init=False)
    exclusions: dict[int, declarations.ExclusionRow] = field(init=False)
    accounts: set[str] = field(init=False)
    attested: dict[int, Any] = field(init=False)
    tags: set[str] = field(init=False)

    def __post_init__(self) -> None:
        with self.here.database.tenant(self.tenant_id) as connection:
            self.known = read_known(connection)
            self.taken = snapshots.list_snapshots(connection)
            self.activities = list(
                snapshots.list_activities(connection, after=0, until=snapshots.newest_number(connection))
            )
            self.entries = list(audit.entries(connection))
            assert audit.first_break(connection) is None
            self.decided = {row.number: row for row in connection.execute(select(decision_table))}
            self.standing = {one.number for one in declarations.list_decisions(connection)}
            self.exclusions = {one.number: one for one in declarations.list_exclusions(connection)}
            self.accounts = {one.name for one in declarations.list_accounts(connection)}
            self.attested = {one.number: one for one in decisions.list_attestations(connection)}
            self.tags = {tag for tags in decisions.list_tags(connection).values() for tag in tags}

    def prove(self, *, since: int = 1) -> int:
        """Everything holds together. Returns the number of the newest snapshot.

        Args:
            since: neighbours before that snapshot were compared already.
        """
        self._one_activity_a_snapshot()
        self._effects_sum()
        self._changes_sum(since)
        self._decisions_are_those_of_the_activities()
        self._audit_tells_of_every_activity()
        self._declared_is_what_the_newest_snapshot_says()
        self._evidence_is_readable()
        return self.taken[-1].number

    def _one_activity_a_snapshot(self) -> None:
        numbers = [one.number for one in self.taken]
        assert numbers == list(range(1, len(numbers) + 1))
        assert [one.snapshot for one in self.activities] == numbers
        assert find_tenant(self.here, ME, str(self.tenant_id)).snapshot == numbers[-1]
        for mistimed in (True, False):
            moments = [one.taken_at for one in self.taken if (one.number <= self.known.mistimed) is mistimed]
            assert moments == sorted(moments)

    def _effects_sum(self) -> None:
        """Effects of each activity sum exactly to the difference to the snapshot before, by category, in both readings."""
        for (before, after), activity in zip(pairwise(self.taken), self.activities[1:], strict=True):
            for verified in (False, True):
                side = activity.effects.verified if verified else activity.effects.credited
                old, new = (one.totals.category_pairs(verified=verified) for one in (before, after))
                for category in new:
                    moved = _sum(effect for effect in side if effect.category is category)
                    assert moved == new[category] - old[category], (after.number, category)

    def _changes_sum(self, since: int) -> None:
        """The same as people read it, between neighbours and from the first to the last. It raises where it does not."""
        moments = sorted({one.taken_at for one in self.taken if one.number >= since})
        stretches = [*pairwise(moments), (self.taken[0].taken_at, self.taken[-1].taken_at)]
        for first, last in stretches:
            changes = read_changes(self.here, ME, self.tenant_id, first, last)
            ends = (changes.before.totals, changes.after.totals)
            for verified, told in ((False, changes.credited), (True, changes.verified)):
                before, after = (_sum_pairs(one.category_pairs(verified=verified).values()) for one in ends)
                assert _sum_pairs(told.parts.values()) == after - before == told.difference
        assert changes.after.number == self.taken[-1].number

    def _decisions_are_those_of_the_activities(self) -> None:
        made, standing = [], dict[int, tuple[str, Any]]()
        for about in self._abouts():
            if "decision" in about:
                made.append(about["decision"])
                scope = about.get("entities")
                gone = [
                    number
                    for number, (action, other) in standing.items()
                    if action == about["action"] and scope in (None, other)
                ]
                for number in gone:
                    del standing[number]
                standing[about["decision"]] = (about["action"], scope)
            elif "withdrawn" in about:
                del standing[about["withdrawn"]]
        assert made == sorted(self.decided) == list(range(1, len(made) + 1))
        assert self.standing == set(standing)
        for number in self.standing:
            row = self.decided[number]
            if row.entities is None and not self._partial(row.action):
                assert self._status(row.action) in (row.status, Status.COMPLETED)

    def _partial(self, action: str) -> bool:
        return any(
            self.decided[one].action == action and self.decided[one].entities is not None
            for one in self.standing
        )

    def _status(self, action: str) -> Status | None:
        assert self.known.standing is not None
        found = self.known.standing.get(action)
        assert found is not None
        return found.status

    def _audit_tells_of_every_activity(self) -> None:
        told = [entry.act for entry in self.entries if entry.act.startswith(_DECLARED)]
        assert told == [act for about in self._abouts() if (act := _act_of(about)) is not None]
        tagged = {
            tag
            for entry in self.entries
            if entry.act == "tags.change"
            for tag in json.loads(entry.after or "{}")["tags"]
        }
        assert tagged == self.tags

    def _abouts(self) -> Iterable[Mapping[str, Any]]:
        return (one.about or {} for one in self.activities)

    def _declared_is_what_the_newest_snapshot_says(self) -> None:
        known, content = self.known, self.here.content()
        assert known.standing is not None
        newest = known.standing.snapshot
        again = assess(
            self.here.evidence(self.tenant_id),
            content.catalog,
            content.facts,
            as_of=newest.evidence_at,
            declared_on=day_of(known.tenant, newest.taken_at),
            organisation=known.organisation,
        )
        assert stored_actions(again) == known.standing.actions

    def _evidence_is_readable(self) -> None:
        runs = self.here.evidence(self.tenant_id).runs()
        for run in runs:
            for name, record in run.manifest.tables.items():
                if record.file is not None:
                    run.table_path(name)
        assert {one.id for one in runs} >= {self.taken[-1].run_id}

    def prove_no_leftovers(self) -> None:
        """Nothing lies in the evidence folder but published runs with what their manifests name."""
        folder = self.here.evidence_path(self.tenant_id)
        runs = {run.id: run for run in self.here.evidence(self.tenant_id).runs()}
        assert {path.name for path in (folder / "runs").iterdir()} == set(runs)
        assert {path.name for path in folder.iterdir()} <= {"runs", ".lock"}
        for run in runs.values():
            named = {record.file for record in run.manifest.tables.values() if record.file}
            there = {path.name for path in run.path.iterdir()}
            assert {name for name in named if not name.startswith("..")} <= there
            strange = {name for name in there if name.startswith(".") or name.endswith((".new", ".tmp"))}
            assert strange == set(), strange
            assert NAME in there

    def prove_kept(self, acknowledged: Iterable[Mapping[str, Any]]) -> None:
        """Everything that was acknowledged is there."""
        newest = self.taken[-1].number
        for one in acknowledged:
            assert one.get("snapshot", 0) <= newest, one
            check = getattr(self, f"_kept_{one.get('act', 'nothing')}", None)
            if check is not None:
                check(one)

    def _kept_decide(self, told: Mapping[str, Any]) -> None:
        assert self.decided[told["number"]].note == told["token"], told

    def _kept_withdraw(self, told: Mapping[str, Any]) -> None:
        assert self.decided[told["number"]].ended_at is not None, told
        assert told["number"] not in self.standing

    def _kept_exclude(self, told: Mapping[str, Any]) -> None:
        assert any(
            (about.get("excluded"), about.get("reason")) == (told["number"], told["token"])
            for about in self._abouts()
        ), told

    def _kept_include(self, told: Mapping[str, Any]) -> None:
        assert told["number"] not in self.exclusions, told

    def _kept_declare(self, told: Mapping[str, Any]) -> None:
        assert any(about.get("note") == told["token"] for about in self._abouts()), told

    def _kept_attest(self, told: Mapping[str, Any]) -> None:
        assert self.attested[told["number"]].note == told["token"], told

    def _kept_tag(self, told: Mapping[str, Any]) -> None:
        assert told["token"] in self.tags, told


def _act_of(about: Mapping[str, Any]) -> str | None:
    acts = {
        "decision": "decision.make",
        "withdrawn": "decision.withdraw",
        "excluded": "exclusion.add",
        "ended": "exclusion.end",
        "declared": "account.declare",
        "taken_back": "account.take_back",
        "attested": "attestation.make",
    }
    return next((act for name, act in acts.items() if name in about), None)


def _sum(effects: Iterable[StoredEffect]) -> Pair:
    return _sum_pairs(Pair(one.achieved, one.maximum) for one in effects)


def _sum_pairs(pairs: Iterable[Pair]) -> Pair:
    return sum(pairs, Pair())
