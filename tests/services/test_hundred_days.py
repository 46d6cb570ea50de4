"""A hundred days of one organisation, with known causes: between any two days they sum exactly to the difference."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import pytest
from tests.services.conftest import open_here
from tests.services.tenancy import Tenancy, begin_tenancy
from tests.store.databases import Server

from securescore.catalog import Action, Catalog
from securescore.catalog.model import Dated
from securescore.demo import AccountKind
from securescore.model import MICRO, Category, Scoring, Status
from securescore.scoring.account import account, account_by_category
from securescore.scoring.change import Cause, Effect, Trigger
from securescore.scoring.totals import Pair
from securescore.services.content import shipped
from securescore.services.decisions.deciding import Asked, decide
from securescore.services.history import read_changes, read_history
from securescore.store.packing import StoredEffect
from securescore.store.snapshots import Activity, Snapshot

pytestmark = pytest.mark.slow

DAYS = 100
NATIVE = "SecurityEvents.Read.All"
DIRECTORY = {
    "AuditLog.Read.All",
    "Directory.Read.All",
    "Group.Read.All",
    "GroupMember.Read.All",
    "IdentityRiskEvent.Read.All",
    "Organization.Read.All",
    "LicenseAssignment.Read.All",
    "Policy.Read.All",
    "RoleAssignmentSchedule.Read.Directory",
    "RoleEligibilitySchedule.Read.Directory",
    "RoleManagement.Read.Directory",
    "User.Read.All",
}
LEGACY = "CA003 Verouderde aanmelding blokkeren"
RISK = "CA006 Gebruikersrisico"


class Story:
    """What happens on which day, and the causes by which it must be found again."""

    def __init__(self, tenancy: Tenancy) -> None:
        self.tenancy = tenancy
        self._organisation = tenancy.organisation
        self._random = random.Random(20260302)
        self.expected: dict[int, set[Cause]] = {}

    def begin(self) -> None:
        self.tenancy.cloud.granted.clear()
        self.tenancy.cloud.granted.add(NATIVE)

    def live(self, day: int) -> None:
        """Lets the things of one day happen."""
        happening = self._calendar.get(day)
        if happening is not None:
            act, causes = happening
            act()
            self.expected[day] = causes
        elif day % 3 == 1:
            self._ordinary_day()

    @property
    def _calendar(self) -> Mapping[int, tuple[Callable[[], object], set[Cause]]]:
        return {
            5: (lambda: self.grant(*DIRECTORY), {Cause.SOURCE_CHANGED}),
            12: (lambda: self._organisation.change_policy(LEGACY, state="enabled"), {Cause.CONFIGURATION}),
            15: (self.leave, {Cause.LEFT}),
            17: (self.join, {Cause.JOINED}),
            20: (lambda: self.content(self.own_action(5)), {Cause.ADDED}),
            24: (lambda: self.content(self.own_action(2)), {Cause.RE_WEIGHTED}),
            27: (lambda: self.content(lambda catalog: catalog), {Cause.REMOVED}),
            30: (lambda: self.decide("SigninRiskPolicy", Status.THIRD_PARTY, days=25), {Cause.DECISION}),
            33: (lambda: self.content(self.measured_otherwise), {Cause.RE_MEASURED}),
            36: (lambda: self.content(self.in_another_category), {Cause.RE_MEASURED, Cause.RECATEGORISED}),
            40: (lambda: self.decide("MFARegistrationV2", Status.RISK_ACCEPTED), set()),
            44: (lambda: self.withdraw("Policy.Read.All"), set()),
            48: (lambda: self.grant("Policy.Read.All"), set()),
            52: (lambda: self._organisation.change_policy(RISK, state="disabled"), {Cause.CONFIGURATION}),
            55: (lambda: None, {Cause.EXPIRY}),
            60: (lambda: self._organisation.remove_plans("AAD_PREMIUM_P2"), set()),
            64: (lambda: self.withdraw(*DIRECTORY, NATIVE), set()),
            84: (lambda: self.grant(*DIRECTORY, NATIVE), {Cause.EVIDENCE_GAINED}),
            90: (lambda: self._organisation.switch_security_defaults(on=True), {Cause.CONFIGURATION}),
        }

    def _ordinary_day(self) -> None:
        self._random.choice([self.leave, self.join, self.register, self.register])()

    # what can happen

    def leave(self) -> None:
        staff = self._organisation.of_kind(AccountKind.STAFF)
        enabled = [one for one in staff if one["accountEnabled"] and one in self._organisation.users]
        self._organisation.delete(self._random.choice(enabled)["userPrincipalName"])

    def join(self) -> None:
        like = self._random.choice(self._organisation.of_kind(AccountKind.STAFF))
        self._organisation.hire(like["userPrincipalName"], f"new{self._random.randrange(10**9)}")

    def register(self) -> None:
        known = {one["id"]: one for one in self._organisation.users}
        without = [one["id"] for one in self._organisation.registrations if not one["isMfaRegistered"]]
        present = [known[one] for one in without if one in known]
        if present:
            self._organisation.register(self._random.choice(present)["userPrincipalName"])

    def grant(self, *permissions: str) -> None:
        self.tenancy.cloud.granted.update(permissions)

    def withdraw(self, *permissions: str) -> None:
        self.tenancy.cloud.granted.difference_update(permissions)

    def decide(self, action: str, status: Status, days: int | None = None) -> None:
        tenancy = self.tenancy
        expires = (tenancy.moment + timedelta(days=days)).date() if days else None
        decide(tenancy.here, tenancy.actor, tenancy.tenant_id, Asked(action, status, expires=expires))

    def content(self, change: Callable[[Catalog], Catalog]) -> None:
        changed = change(shipped().catalog)
        version = f"{changed.version}-{len(self.expected)}"
        content = replace(shipped(), catalog=replace(changed, version=version))
        self.tenancy.installation = replace(self.tenancy.installation, content=lambda: content)

    @staticmethod
    def own_action(points: int) -> Callable[[Catalog], Catalog]:
        """An action of the organisation's own, worth so many points."""

        def changed(catalog: Catalog) -> Catalog:
            like = catalog.actions["MFARegistrationV2"]
            own = replace(like, id="custom.own", aliases=(), points=(Dated(points * MICRO),))
            return replace(catalog, actions={**catalog.actions, own.id: own})

        return changed

    @staticmethod
    def measured_otherwise(catalog: Catalog) -> Catalog:
        return _with(catalog, "MFARegistrationV2", lambda one: replace(one, scoring=Scoring.ALL_OR_NOTHING))

    @staticmethod
    def in_another_category(catalog: Catalog) -> Catalog:
        return _with(catalog, "AdminMFAV2", lambda one: replace(one, category=(Dated(Category.DATA),)))


def _with(catalog: Catalog, action_id: str, change: Callable[[Action], Action]) -> Catalog:
    return replace(catalog, actions={**catalog.actions, action_id: change(catalog.actions[action_id])})


@dataclass
class Lived:
    """The hundred days, lived."""

    tenancy: Tenancy
    expected: dict[int, set[Cause]]
    by_day: dict[int, list[Snapshot]]
    activities: list[Activity]

    @property
    def last_of_day(self) -> dict[int, Snapshot]:
        return {day: taken[-1] for day, taken in self.by_day.items()}


@pytest.fixture(scope="module")
def lived(databases: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    folder = tmp_path_factory.mktemp("hundred-days")
    with (
        databases.database() as fresh,
        open_here(fresh, folder / "data") as here,
        begin_tenancy(here, folder / "connection") as tenancy,
    ):
        story = Story(tenancy)
        story.begin()
        by_day: dict[int, list[Snapshot]] = {}
        for day in range(DAYS):
            before = len(tenancy.activities()) if day else 0
            story.live(day)
            tenancy.sync()
            by_day[day] = [_snapshot(tenancy, one.snapshot) for one in tenancy.activities()[before:]]
            tenancy.later(days=1)
        yield Lived(tenancy, story.expected, by_day, tenancy.activities())


def _snapshot(tenancy: Tenancy, number: int) -> Snapshot:
    from securescore.store import snapshots  # noqa: PLC0415

    with tenancy.here.database.tenant(tenancy.tenant_id) as connection:
        return snapshots.snapshot(connection, number)


def test_every_day_has_its_snapshots_and_there_is_no_gap(lived: Lived) -> None:
    assert all(taken and taken[-1].trigger is Trigger.SYNC for taken in lived.by_day.values())
    tenancy = lived.tenancy
    days = read_history(tenancy.here, tenancy.actor, tenancy.tenant_id)
    assert [one.snapshot for one in days] == [lived.last_of_day[day] for day in range(DAYS)]


def test_every_happening_is_found_under_its_cause(lived: Lived) -> None:
    missing = {
        day: causes - _causes_of(lived, day)
        for day, causes in lived.expected.items()
        if causes - _causes_of(lived, day)
    }
    assert missing == {}


def test_what_can_no_longer_be_read_is_lost_after_a_fortnight(lived: Lived) -> None:
    lost = [day for day in range(64, 84) if Cause.EVIDENCE_LOST in _causes_of(lived, day)]
    assert lost
    assert set(lost) <= set(range(76, 80))


def _causes_of(lived: Lived, day: int) -> set[Cause]:
    numbers = {one.number for one in lived.by_day[day]}
    return {
        effect.cause for one in lived.activities if one.snapshot in numbers for effect in one.effects.credited
    }


@pytest.mark.parametrize("verified", [False, True])
def test_between_every_two_days_the_causes_sum_exactly(lived: Lived, *, verified: bool) -> None:
    """All 4,950 pairs, as a whole and in every category, by the same arithmetic as everywhere."""
    last = lived.last_of_day
    effects = [
        [_effect(one) for one in (each.effects.verified if verified else each.effects.credited)]
        for each in lived.activities
    ]
    for first, second in combinations(range(DAYS), 2):
        between = [effect for part in effects[last[first].number : last[second].number] for effect in part]
        old, new = (last[day].totals.category_pairs(verified=verified) for day in (first, second))
        by_category = account_by_category(old, new, between)
        whole = account(_sum(old), _sum(new), between)
        assert sum((part.difference for part in by_category.values()), Pair()) == whole.difference
        if whole.percents is not None:
            assert sum(whole.percents.values()) == whole.percent


def test_what_is_read_back_says_the_same(lived: Lived) -> None:
    tenancy, last = lived.tenancy, lived.last_of_day
    for first, second in random.Random(1).sample(list(combinations(range(DAYS), 2)), 25):
        changes = read_changes(
            tenancy.here, tenancy.actor, tenancy.tenant_id, last[first].taken_at, last[second].taken_at
        )
        assert (changes.before, changes.after) == (last[first], last[second])
        assert (
            changes.credited.difference
            == last[second].totals.credited_pair - last[first].totals.credited_pair
        )
        assert (
            changes.verified.difference
            == last[second].totals.verified_pair - last[first].totals.verified_pair
        )


def test_withdrawing_a_permission_never_raises_the_score(lived: Lived) -> None:
    for day in (44, 64):
        before, after = lived.last_of_day[day - 1].totals, lived.last_of_day[day].totals
        assert after.verified * before.maximum <= before.verified * after.maximum


def test_declarations_never_move_the_verified_score(lived: Lived) -> None:
    for activity in lived.activities:
        causes = {effect.cause for effect in activity.effects.verified}
        assert not causes & {Cause.DECISION, Cause.EXCLUSION}


def test_stored_days_do_not_change(lived: Lived, tmp_path: Path) -> None:
    """Read back later, with other content and other declarations, every day is what it was."""
    tenancy = lived.tenancy
    again = read_history(tenancy.here, tenancy.actor, tenancy.tenant_id)
    assert [one.snapshot for one in again] == [lived.last_of_day[day] for day in range(DAYS)]


def _effect(stored: StoredEffect) -> Effect:
    return Effect(stored.action_id, stored.cause, stored.category, Pair(stored.achieved, stored.maximum))


def _sum(pairs: Mapping[Category, Pair]) -> Pair:
    return sum(pairs.values(), Pair())
