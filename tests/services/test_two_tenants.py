"""Two tenants with the same people, evidence and actions: nothing of one is seen, changed or in effect in the other.

Every public function of the services stands in one of the tables here. A new one without an entry fails the test.
"""

import importlib
import inspect
import pkgutil
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from tests.services.applications import application
from tests.services.backup.installations import everything
from tests.services.conftest import copied_record, open_here
from tests.services.deciding_people import exposed_of
from tests.services.tenancy import ME, Record, nowhere
from tests.store.databases import Server, TestDatabase

from securescore import services
from securescore.assess import Organisation
from securescore.errors import ConfigurationError, NotAllowedError, SecureScoreError, UnknownError
from securescore.evidence import manifest as manifests
from securescore.model import AccountClass, Status
from securescore.services import (
    asking,
    audit_log,
    catalogs,
    connection_test,
    groups,
    history,
    importing,
    invitations,
    keeping,
    keys,
    native_history,
    people,
    person,
    setting_clock,
    sync,
    tenants,
)
from securescore.services.actor import Actor, Right, principal
from securescore.services.backup import making
from securescore.services.customer_list import CustomerList
from securescore.services.decisions import (
    approving,
    attesting,
    deciding,
    excluding,
    from_microsoft,
    naming_nobody,
    organisation_files,
    policy,
    requesting,
    tagging,
    templates,
)
from securescore.services.decisions.asked import Excluded
from securescore.services.installation import Installation
from securescore.services.tenants import About
from securescore.store import grants, queue
from securescore.store.grants import Grant, Role
from securescore.worker.jobs import Jobs
from securescore.worker.running import Pace, work_once

pytestmark = pytest.mark.slow

ACTION = "MFARegistrationV2"
MINUTE = timedelta(minutes=1)
TASK = "NonOwnerAccess"
PERSON = "ada@one.example"
SAYS = deciding.Asked(ACTION, Status.THIRD_PARTY, note="of one tenant")
EXCLUDES = Excluded(frozenset({ACTION}), frozenset({"a@b.example"}), "of one tenant")
SERVICE = AccountClass.SERVICE

Use = Callable[[Installation, Actor, UUID], Any]


def then(use: Callable[..., Any], *more: Any, **named: Any) -> Use:
    """The use of a function that takes more than the tenant."""
    return lambda here, actor, tenant_id: use(here, actor, tenant_id, *more, **named)


READING: Mapping[str, Use] = {
    "audit_log.list_entries": audit_log.list_entries,
    "catalogs.preview_content": catalogs.preview_content,
    "decisions.attesting.list_attestations": attesting.list_attestations,
    "decisions.deciding.list_decisions": deciding.list_decisions,
    "decisions.excluding.list_accounts": excluding.list_accounts,
    "decisions.excluding.list_exclusions": excluding.list_exclusions,
    "decisions.naming_nobody.names_of_nobody": then(naming_nobody.names_of_nobody, EXCLUDES),
    "decisions.organisation_files.export_organisation": organisation_files.export_organisation,
    "decisions.policy.get_policy": policy.get_policy,
    "decisions.requesting.list_requests": requesting.list_requests,
    "decisions.tagging.list_tags": tagging.list_tags,
    "history.read_changes": history.read_changes,
    "history.read_declared": history.read_declared,
    "history.read_history": history.read_history,
    "history.read_news": history.read_news,
    "history.read_standing": history.read_standing,
    "keeping.list_runs": keeping.list_runs,
    "native_history.read_native_history": native_history.read_native_history,
    "tenants.describe_tenant": tenants.describe_tenant,
    "tenants.get_tenant": tenants.get_tenant,
}
"""What shows something of one tenant."""

CHANGING: Mapping[str, Use] = {
    "asking.ask_check": then(asking.ask_check, ACTION),
    "asking.ask_sync": asking.ask_sync,
    "catalogs.rescore_tenant": catalogs.rescore_tenant,
    "connection_test.check_tenant": connection_test.check_tenant,
    "decisions.attesting.attest": then(attesting.attest, TASK),
    "decisions.attesting.take_attestation_back": then(attesting.take_attestation_back, 1),
    "decisions.deciding.decide": then(deciding.decide, replace(SAYS, note="of a stranger")),
    "decisions.deciding.withdraw": then(deciding.withdraw, 1),
    "decisions.excluding.add_exclusion": then(excluding.add_exclusion, replace(EXCLUDES, reason="x")),
    "decisions.excluding.declare_accounts": then(excluding.declare_accounts, SERVICE, ["z@b.example"]),
    "decisions.excluding.end_exclusion": then(excluding.end_exclusion, 1),
    "decisions.excluding.take_back_accounts": then(excluding.take_back_accounts, SERVICE, ["a@b.example"]),
    "decisions.organisation_files.import_organisation": then(
        organisation_files.import_organisation, Organisation()
    ),
    "decisions.organisation_files.preview_import": then(organisation_files.preview_import, Organisation()),
    "decisions.policy.set_policy": then(policy.set_policy, policy.Policy(owner=True)),
    "decisions.approving.approve": then(approving.approve, 1),
    "decisions.requesting.refuse": then(requesting.refuse, 1),
    "decisions.tagging.change_tags": then(tagging.change_tags, ACTION, add=["stranger"]),
    "decisions.from_microsoft.take_over": lambda here, actor, tenant_id: from_microsoft.take_over(
        here, actor, tenants.find_tenant(here, ME, str(tenant_id)), apply=True
    ),
    "groups.put_into_group": then(groups.put_into_group, "theirs"),
    "groups.take_out_of_group": then(groups.take_out_of_group, "ours"),
    "keeping.pin_run": then(keeping.pin_run, "20260302T060000Z-0001", "x"),
    "keeping.retire_evidence": keeping.retire_evidence,
    "keeping.unpin_run": then(keeping.unpin_run, "20260302T060000Z-0001"),
    "person.erase_person": then(person.erase_person, "a@b.example"),
    "person.export_person": then(person.export_person, "a@b.example"),
    "setting_clock.set_clock_right": setting_clock.set_clock_right,
    "sync.check_again": then(sync.check_again, ACTION),
    "sync.sync_tenant": sync.sync_tenant,
    "tenants.change_tenant": then(tenants.change_tenant, About(name="taken over")),
    "tenants.pause_tenant": then(tenants.pause_tenant, paused=True),
    "tenants.remove_tenant": tenants.remove_tenant,
}
"""What changes something of one tenant."""

NEEDS_MORE = frozenset({"tenants.connect_tenant"})
"""The same, tried by a test of its own as it needs more than the tenant."""

EVERYWHERE = frozenset({"tenants.remove_tenant", "groups.put_into_group", "groups.take_out_of_group"})
"""Of these, those that only people with the right for the whole installation may do: they say so to everybody else."""

OF_THE_INSTALLATION: Mapping[str, Callable[[Installation, Actor, Path], Any]] = {
    "audit_log.verify_chains": lambda here, actor, _: list(audit_log.verify_chains(here, actor)),
    "backup.making.make_backup": lambda here, actor, folder: making.make_backup(
        here, actor, folder / "b.tar"
    ),
    "catalogs.approve_content": lambda here, actor, _: catalogs.approve_content(here, actor),
    "catalogs.read_upcoming": lambda here, actor, _: catalogs.read_upcoming(here, actor),
    "decisions.templates.remove_template": lambda here, actor, _: templates.remove_template(
        here, actor, "gateway"
    ),
    "decisions.templates.save_template": lambda here, actor, _: templates.save_template(
        here, actor, "x", [SAYS]
    ),
    "groups.add_group": lambda here, actor, _: groups.add_group(here, actor, "another"),
    "importing.import_customers": lambda here, actor, folder: importing.import_customers(
        here, actor, application(folder), CustomerList((), ())
    ),
    "invitations.invite": lambda here, actor, folder: invitations.invite(
        here, actor, application(folder), "x"
    ),
    "invitations.list_invitations": lambda here, actor, _: invitations.list_invitations(here, actor),
    "invitations.withdraw_invitations": lambda here, actor, _: invitations.withdraw_invitations(
        here, actor, "x"
    ),
    "keys.retire_keys": lambda here, actor, _: keys.retire_keys(here, actor),
    "keys.rotate_key": lambda here, actor, _: keys.rotate_key(here, actor),
    "people.give_role": lambda here, actor, _: people.give_role(here, actor, PERSON, Role.MANAGER),
    "people.list_roles": lambda here, actor, _: people.list_roles(here, actor),
    "people.take_role": lambda here, actor, _: people.take_role(here, actor, uuid4()),
    "tenants.add_tenant": lambda here, actor, folder: tenants.add_tenant(
        here, actor, nowhere(folder / "another", str(uuid4())), About()
    ),
}
"""What only people may do who have rights for everything."""

OF_SEVERAL = frozenset(
    {
        "decisions.templates.apply_template",
        "decisions.templates.chosen_tenants",
        "decisions.templates.get_template",
        "decisions.templates.lay_template",
        "decisions.templates.list_templates",
        "decisions.templates.preview_template",
        "groups.list_groups",
        "groups.list_members",
        "keys.unopenable",
        "tenants.find_tenant",
        "tenants.list_tenants",
    }
)
"""What is about the tenants that somebody may read: see the tests about it below."""

INSIDE: Mapping[str, str] = {
    "auditing.write_down": "works in the transaction of whoever asked for the right",
    "content_in_force.put_in_force": "called by approve_content, which asks for the right, and by the program itself",
    "connection_test.check_connection": "asks for the right to manage; reads no tenant that is here",
    "backup.restoring.restore_backup": "replaces the whole installation; opens none",
    "decisions.excluding.named_actions": "takes what is known of the tenant, so whoever calls it has read it",
    "decisions.requesting.enter_request": "called by decide, which asks for the right",
    "decisions.requesting.settle": "works in the transaction of whoever asked for the right",
    "decisions.requesting.put_request": "works in the transaction of whoever asked for the right",
    "doctor.examine": "opens the installation for whoever runs the program on the machine",
    "groups.ensure_groups": "works in the transaction of whoever asked for the right",
    "groups.join": "works in the transaction of whoever asked for the right",
    "health.measured": "figures that name no tenant",
    "health.readiness": "names no tenant",
    "invitations.accept_consent": "acts for whoever invited; makes a tenant that was not here",
    "record.recording.foresee": "writes nothing, and takes what was read with the right",
    "record.recording.record_content": "called by rescore_tenant, which asks for the right",
    "record.recording.record_declaration": "called by what asks for the right",
    "record.recording.record_declarations": "called by what asks for the right",
    "record.recording.record_evidence": "called by what asks for the right",
    "sync.note_failure": "called by the worker about the tenant of its job",
    "sync.readable": "takes rows that were read with the right",
    "tenants.alter_tenant": "works in the transaction of whoever asked for the right",
    "tenants.enter_tenant": "works in the transaction of whoever asked for the right",
    "tenants.replace_connection": "works in the transaction of whoever asked for the right",
}
"""What asks for no right of its own, and why that is safe."""


def public_functions() -> set[str]:
    """Every public function of the services that takes an installation, an actor or a tenant."""
    found = set()
    for module in pkgutil.walk_packages(services.__path__, "securescore.services."):
        loaded = importlib.import_module(module.name)
        for name, function in vars(loaded).items():
            if not inspect.isfunction(function) or name.startswith("_") or function.__module__ != module.name:
                continue
            if {"here", "actor", "tenant_id"} & set(inspect.signature(function).parameters):
                found.add(f"{module.name.removeprefix('securescore.services.')}.{name}")
    return found


def test_every_function_of_the_services_is_tried_here() -> None:
    tables = [READING, CHANGING, NEEDS_MORE, OF_THE_INSTALLATION, OF_SEVERAL, INSIDE]
    names = [name for table in tables for name in table]
    assert len(names) == len(set(names))
    assert public_functions() == set(names)


@dataclass(frozen=True)
class Two:
    """Two tenants of one installation. The actor has every right in the first, and none in the second."""

    database: TestDatabase
    one: Record
    other: Record
    actor: Actor

    @property
    def here(self) -> Installation:
        return self.one.here

    def held(self) -> tuple[dict[str, list[Any]], dict[str, bytes]]:
        """Every row of every table and every file of evidence of both."""
        root = self.here.settings.evidence
        files = {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        return everything(self.database), files

    def of(self, record: Record) -> tuple[dict[str, list[str]], dict[str, bytes]]:
        """What of that belongs to one tenant: rows that only name it belong to the other."""
        rows, files = self.held()
        counterpart = self.one if record is self.other else self.other
        mark, strange = str(record.tenant_id), str(counterpart.tenant_id)
        mine = {
            name: [row for row in table if mark in row and strange not in row] for name, table in rows.items()
        }
        return mine, {path: content for path, content in files.items() if mark in path}

    def seen(self, record: Record) -> dict[str, Any]:
        """What every reading function shows of one."""
        return {name: read(self.here, ME, record.tenant_id) for name, read in READING.items()}


@pytest.fixture
def two(databases: Server, read_once: Path, tmp_path: Path) -> Iterator[Two]:
    with databases.database() as fresh, open_here(fresh, tmp_path / "data") as here:
        yield begin_two(fresh, here, read_once, tmp_path)


@pytest.fixture(scope="module")
def same_two(databases: Server, read_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    """For tests that change nothing, or that must not succeed in it."""
    folder = tmp_path_factory.mktemp("two")
    with databases.database() as fresh, open_here(fresh, folder / "data") as here:
        found = begin_two(fresh, here, read_once, folder)
        fill(found.one, "one")
        fill(found.other, "other")
        yield found


def begin_two(database: TestDatabase, here: Installation, evidence: Path, folder: Path) -> Two:
    one = copied_record(here, evidence, folder / "one")
    other = another(one, evidence, folder / "other")
    actor = Actor(PERSON, "192.0.2.1", PERSON, within={one.tenant_id: frozenset(Right)})
    with here.database.people() as connection:
        grants.add(connection, grant_of(one))
    return Two(database, one, other, actor)


def grant_of(record: Record) -> Grant:
    return Grant(
        grant_id=uuid4(),
        principal=PERSON,
        role=Role.MANAGER,
        tenant_id=record.tenant_id,
        group_id=None,
        granted_at=datetime.now(UTC),
        granted_by="tester",
    )


def another(one: Record, evidence: Path, connection: Path) -> Record:
    """A tenant of another directory with the same evidence: the same ids of people, devices and policies."""
    readable = nowhere(connection, str(uuid4()))
    tenant = tenants.add_tenant(one.here, ME, readable, About(name="Oosterkade"))
    record = Record(one.installation, tenant.tenant_id)
    folder = record.here.evidence_path(record.tenant_id)
    shutil.copytree(evidence, folder)
    for path in folder.glob("runs/*/manifest.json"):
        told = msgspec.structs.replace(manifests.read(path), tenant_id=readable.tenant_id)
        path.write_bytes(manifests.encode(told))
    record.take()
    return record


def fill(record: Record, word: str) -> None:
    """Something of everything that people can say about a tenant."""
    of = (record.here, ME, record.tenant_id)
    deciding.decide(*of, replace(SAYS, note=word))
    deciding.decide(*of, deciding.Asked("AdminMFAV2", Status.RISK_ACCEPTED, note=word))
    some = exposed_of(record, ACTION)[:3]
    excluding.add_exclusion(*of, Excluded(frozenset({"*"}), frozenset(some[:1]), word))
    excluding.declare_accounts(*of, SERVICE, some[1:], word)
    attesting.attest(*of, TASK, note=word)
    tagging.change_tags(*of, ACTION, add=[word])
    policy.set_policy(*of, policy.Policy(months=7))
    requesting.enter_request(*of, replace(SAYS, note=f"{word} asks"))
    run = record.here.evidence(record.tenant_id).newest()
    keeping.pin_run(*of, run.id, word)


def test_what_is_said_about_one_is_not_so_in_the_other(two: Two) -> None:
    shown, held, standing = two.seen(two.other), two.of(two.other), two.other.standing
    assert standing.actions == two.one.standing.actions
    fill(two.one, "one")
    assert two.one.standing.actions != standing.actions
    assert two.seen(two.other) == shown
    assert two.of(two.other) == held
    (again,) = two.other.take()
    assert again.totals == standing.snapshot.totals
    # and with the same said about it, each keeps its own word
    fill(two.other, "other")
    assert two.other.standing.actions == two.one.standing.actions
    for name, read in READING.items():
        told = repr(read(two.here, ME, two.other.tenant_id))
        assert "'one'" not in told, name


@pytest.mark.parametrize("name", sorted({**READING, **CHANGING}))
def test_a_tenant_that_one_may_not_see_is_not_there(same_two: Two, name: str) -> None:
    use, before = {**READING, **CHANGING}[name], same_two.held()
    error = NotAllowedError if name in EVERYWHERE else UnknownError
    for tenant_id in (same_two.other.tenant_id, uuid4()):
        with pytest.raises(error) as raised:
            use(same_two.here, same_two.actor, tenant_id)
        assert "Oosterkade" not in str(raised.value)
    assert same_two.held() == before


@pytest.mark.parametrize("name", sorted(READING))
def test_a_tenant_that_one_may_see_is(same_two: Two, name: str) -> None:
    """So that the test above refuses for the right reason. What is shown names nothing of the other."""
    shown = repr(READING[name](same_two.here, same_two.actor, same_two.one.tenant_id))
    assert str(same_two.other.tenant_id) not in shown
    assert "'other'" not in shown


@pytest.mark.parametrize("name", sorted(OF_THE_INSTALLATION))
def test_rights_in_one_tenant_are_none_in_the_installation(same_two: Two, name: str, tmp_path: Path) -> None:
    before = same_two.held()
    with pytest.raises(NotAllowedError):
        OF_THE_INSTALLATION[name](same_two.here, same_two.actor, tmp_path)
    assert same_two.held() == before


def test_a_connection_cannot_be_put_under_another_tenant(same_two: Two, tmp_path: Path) -> None:
    before = same_two.held()
    readable = nowhere(
        tmp_path / "x", same_two.other.here.evidence(same_two.other.tenant_id).newest().manifest.tenant_id
    )
    with pytest.raises(UnknownError):
        tenants.connect_tenant(same_two.here, same_two.actor, same_two.other.tenant_id, readable)
    with pytest.raises(ConfigurationError, match="not to Westerkade"):
        tenants.connect_tenant(same_two.here, same_two.actor, same_two.one.tenant_id, readable)
    assert same_two.held() == before


def test_views_over_several_hold_what_one_may_read(two: Two) -> None:
    """Lists, names, groups and templates: also those that name the tenant of others."""
    here, other = two.here, two.other.tenant_id
    groups.add_group(here, ME, "ours")
    groups.put_into_group(here, ME, two.one.tenant_id, "ours")
    groups.put_into_group(here, ME, other, "ours")
    groups.add_group(here, ME, "theirs")
    groups.put_into_group(here, ME, other, "theirs")
    templates.save_template(here, ME, "gateway", [SAYS])
    actor = principal(here.database, PERSON, "192.0.2.1")
    assert [one.tenant_id for one in tenants.list_tenants(here, actor)] == [two.one.tenant_id]
    assert groups.list_groups(here, actor) == {}
    for name in ("Oosterkade", str(other)):
        with pytest.raises(UnknownError):
            tenants.find_tenant(here, actor, name)
        with pytest.raises(UnknownError):
            templates.chosen_tenants(here, actor, [name])
    for name in ("ours", "theirs"):
        with pytest.raises(UnknownError):
            groups.list_members(here, actor, name)
        with pytest.raises(UnknownError):
            templates.chosen_tenants(here, actor, group=name)
    chosen = templates.chosen_tenants(here, actor, ["Westerkade"])
    assert [one.tenant_id for one in chosen] == [two.one.tenant_id]
    assert keys.unopenable(here, actor) == []
    held, every = two.of(two.other), tenants.list_tenants(here, ME)
    outcomes = [
        *templates.preview_template(here, actor, "gateway", every),
        *templates.apply_template(here, actor, "gateway", every),
    ]
    assert {(one.tenant.tenant_id, one.problem is None) for one in outcomes} == {
        (two.one.tenant_id, True),
        (other, False),
    }
    assert two.of(two.other) == held
    assert deciding.list_decisions(here, ME, other) == []


def test_a_removed_tenant_takes_nothing_of_the_other_along(two: Two) -> None:
    fill(two.one, "one")
    fill(two.other, "other")
    held, shown = two.of(two.other), two.seen(two.other)
    tenants.remove_tenant(two.here, ME, two.one.tenant_id)
    assert two.of(two.other) == held
    assert two.seen(two.other) == shown
    rows, files = two.of(two.one)
    assert files == {}
    # its audit entries stay, and the tables of the queue may name it
    assert {name for name, found in rows.items() if found} == {"audit_entry"}


def test_a_job_touches_only_its_tenant(two: Two) -> None:
    fill(two.one, "one")
    fill(two.other, "other")
    held = two.of(two.other)
    lines: list[str] = []
    jobs = Jobs(two.here, lines.append, MINUTE)
    tenant_id = str(two.one.tenant_id)
    with suppress(SecureScoreError):
        jobs.sync_tenant(tenant_id)
    with suppress(SecureScoreError):
        jobs.check_again(tenant_id, ACTION)
    with suppress(SecureScoreError):
        jobs.rescore_tenant(tenant_id)
    assert len(lines) == 3
    assert all(line.startswith("Westerkade: ") for line in lines)
    assert two.of(two.other) == held


def test_jobs_of_the_queue_touch_only_their_tenant(two: Two) -> None:
    tenants.pause_tenant(two.here, ME, two.other.tenant_id, paused=True)
    held, number = two.of(two.other), two.one.standing.snapshot.number
    with two.here.database.installation() as connection:
        queue.put_sync(connection, two.one.tenant_id)
    lines: list[str] = []
    work_once(two.here, lines.append, Pace(poll=0.05))
    assert lines
    assert all(line.startswith("Westerkade: ") for line in lines)
    assert two.one.standing.snapshot.number > number
    assert two.of(two.other) == held


@pytest.mark.parametrize("argument", ["../other", "{other}/../{one}", "", "*"])
def test_a_job_about_no_tenant_does_nothing(two: Two, argument: str) -> None:
    before = two.held()
    told = argument.format(other=two.other.tenant_id, one=two.one.tenant_id)
    with pytest.raises(ValueError, match="badly formed"):
        Jobs(two.here, print, MINUTE).sync_tenant(told)
    assert two.held() == before


TRICKS = ["../{other}", "/etc", "..", ".", "{other}", "a/../../{other}/runs", "nul\u2215", "%2e%2e%2f{other}"]


@pytest.mark.parametrize("trick", TRICKS)
def test_names_lead_to_no_folder(two: Two, trick: str) -> None:
    """A folder is found by our own id only, whatever a tenant, a run or an action is called."""
    name = trick.format(other=two.other.tenant_id)
    shown, held = two.seen(two.other), two.of(two.other)
    tenants.change_tenant(two.here, ME, two.one.tenant_id, About(name=name, industry=name, region=name))
    of = (two.here, two.actor, two.one.tenant_id)
    assert {one.run_id for one in keeping.list_runs(*of)} == {two.one.standing.snapshot.run_id}
    for use in (
        lambda: keeping.pin_run(
            *of, f"../../{two.other.tenant_id}/runs/{two.other.standing.snapshot.run_id}", "x"
        ),
        lambda: keeping.pin_run(*of, name, "x"),
        lambda: sync.check_again(*of, name),
        lambda: deciding.decide(*of, replace(SAYS, action=name)),
        lambda: tagging.change_tags(*of, name, add=[name]),
    ):
        with pytest.raises(UnknownError):
            use()
    deciding.decide(*of, replace(SAYS, entities=frozenset({name}), evidence=name))
    two.one.take()
    keeping.retire_evidence(*of)
    assert two.here.evidence_path(two.one.tenant_id) == two.here.settings.evidence / str(two.one.tenant_id)
    assert two.seen(two.other) == shown
    assert two.of(two.other) == held


def test_a_folder_takes_the_evidence_of_its_own_directory_only(two: Two) -> None:
    """Evidence that was put into the wrong folder is told, and never scored as the other's."""
    wrong = two.here.evidence_path(two.one.tenant_id)
    newest = two.here.evidence(two.other.tenant_id).newest()
    placed = wrong / "runs" / "20260303T060000Z-0002"
    shutil.copytree(newest.path, placed)
    told = msgspec.structs.replace(newest.manifest, run_id=placed.name)
    (placed / manifests.NAME).write_bytes(manifests.encode(told))
    number = two.one.standing.snapshot.number
    with pytest.raises(SecureScoreError, match="several tenants"):
        two.one.take()
    assert two.one.standing.snapshot.number == number
