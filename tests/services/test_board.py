"""Three hundred tenants, of which twenty withdrew their consent: who is fine, who is not, and why."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.assess.hand_made import FakeTime
from tests.cli.program import Answer, run
from tests.services.conftest import open_here
from tests.services.tenancy import FIRST_DAY, ME
from tests.store.databases import Server

from securescore.connectors import load_tenant
from securescore.demo import InventedCloud, Organisation, write_tenant_file
from securescore.errors import ConfigurationError
from securescore.services.actor import principal
from securescore.services.board import TROUBLED, URGENCY, Board
from securescore.services.groups import add_group, put_into_group
from securescore.services.installation import Installation
from securescore.services.sync import note_failure, sync_tenant
from securescore.services.tenants import About, add_tenant, list_tenants, pause_tenant
from securescore.store import grants
from securescore.store import tenants as rows
from securescore.store.grants import Grant, Role
from securescore.store.tenants import Health, Summary, TenantState

BROKEN, INCOMPLETE, PAUSED, ALL = 20, 12, 8, 300
LACKING = "Policy.Read.All"
COPIED = ("health", "problem", "synced_at", "points", "verified", "maximum", "assessed_share")


def summary(health: Health, problem: str | None = None, name: str = "One") -> Summary:
    return Summary(
        uuid4(),
        "id",
        name,
        TenantState.ACTIVE,
        health,
        problem,
        "UTC",
        0,
        None,
        None,
        None,
        None,
        None,
        None,
        None,
    )


summaries = st.lists(
    st.builds(summary, st.sampled_from(Health), st.sampled_from([None, "one", "two"])), max_size=30
)


@given(summaries)
def test_everybody_is_on_the_board_and_whoever_needs_somebody_comes_first(found: list[Summary]) -> None:
    board = Board.of(found)
    assert sorted(board.tenants, key=id) == sorted(found, key=id)
    places = [URGENCY.index(one.health) for one in board.tenants]
    assert places == sorted(places)
    for health in Health:
        assert [one for one in board.tenants if one.health is health] == [
            one for one in found if one.health is health
        ]
    assert sum(board.counts.values()) == len(found)
    assert 0 not in board.counts.values()


@given(summaries)
def test_each_problem_is_told_once_with_all_who_have_it(found: list[Summary]) -> None:
    board = Board.of(found)
    told = [(one.health, one.sentence) for one in board.problems]
    assert len(set(told)) == len(told)
    named = [one.tenant_id for problem in board.problems for one in problem.tenants]
    troubled = [one for one in found if one.health in TROUBLED]
    assert sorted(named) == sorted(one.tenant_id for one in troubled if one.problem)
    assert board.troubled().tenants == tuple(one for one in board.tenants if one in troubled)
    assert board.troubled().counts == board.counts


def at_first_day(here: Installation) -> Installation:
    return replace(here, clock=lambda: FakeTime(FIRST_DAY).clock())


def withdraw_consent(cloud: InventedCloud) -> None:
    cloud.login.client_id = "gone"


def withdraw_permission(cloud: InventedCloud) -> None:
    cloud.granted.discard(LACKING)


def nothing_wrong(cloud: InventedCloud) -> None:
    """Everything is granted."""


def added(
    here: Installation, folder: Path, name: str, stack: ExitStack, prepare: Callable[[InventedCloud], None]
) -> UUID:
    organisation = Organisation.build(name=name, people=120, as_of=FIRST_DAY)
    cloud = stack.enter_context(InventedCloud(organisation))
    readable = load_tenant(write_tenant_file(cloud, folder / name))
    prepare(cloud)
    return add_tenant(here, ME, readable, About(name=name)).tenant_id


def add_alike(here: Installation, pattern: UUID, count: int, paused: int = 0) -> None:
    """Tenants in the state that the reading of one left behind."""
    with here.database.tenant(pattern) as transaction:
        like = rows.summary(transaction)
    state = {name: getattr(like, name) for name in COPIED}
    for number in range(count):
        one = rows.Tenant(uuid4(), str(uuid4()), f"{like.name} {number:03}", FIRST_DAY)
        with here.database.changing(one.tenant_id) as transaction:
            rows.add(transaction, one)
            rows.summarise(transaction, **state)
        if like.health is Health.FAILING:
            note_failure(here, one.tenant_id, like.problem, may_pass=True)
        if number < paused:
            pause_tenant(here, ME, one.tenant_id, paused=True)


@pytest.fixture(scope="module")
def here(databases: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Three tenants read over https, a fine one and two in trouble, and 297 in the states that these were left in."""
    folder = tmp_path_factory.mktemp("board")
    with (
        databases.database() as fresh,
        open_here(fresh, folder / "data") as installation,
        ExitStack() as stack,
    ):
        here = at_first_day(installation)
        fine = added(here, folder, "Fijnhuis", stack, nothing_wrong)
        broken = added(here, folder, "Breukstad", stack, withdraw_consent)
        incomplete = added(here, folder, "Halfweg", stack, withdraw_permission)
        for one in (fine, incomplete):
            sync_tenant(here, ME, one)
        with pytest.raises(ConfigurationError, match="could not be read, and never was"):
            sync_tenant(here, ME, broken)
        add_alike(here, broken, BROKEN - 1)
        add_alike(here, incomplete, INCOMPLETE - 1)
        add_alike(here, fine, ALL - BROKEN - INCOMPLETE - 1, PAUSED)
        yield here


def program(here: Installation, *arguments: object) -> Answer:
    """The program on that installation."""
    assert here.settings.database_url is not None
    return run(
        *arguments,
        SECURESCORE_DATA_DIR=str(here.settings.data_dir),
        SECURESCORE_DATABASE_URL=here.settings.database_url.get_secret_value(),
    )


@pytest.mark.slow
def test_the_board_says_who_is_fine_who_is_not_and_why(here: Installation) -> None:
    board = Board.of(list_tenants(here, ME))
    assert board.counts == {
        Health.FAILING: BROKEN,
        Health.INCOMPLETE: INCOMPLETE,
        Health.PAUSED: PAUSED,
        Health.FINE: ALL - BROKEN - INCOMPLETE - PAUSED,
    }
    refused, lacking = board.problems
    assert (refused.health, len(refused.tenants)) == (Health.FAILING, BROKEN)
    assert "AADSTS700016" in refused.sentence
    assert "consent to the app" in refused.sentence
    assert (lacking.health, len(lacking.tenants)) == (Health.INCOMPLETE, INCOMPLETE)
    assert LACKING in lacking.sentence
    read = [one for one in board.tenants if one.health is Health.FINE]
    assert all(one.synced_at and one.points and not one.problem for one in read)


@pytest.mark.slow
def test_the_list_tells_each_problem_once_and_what_needs_somebody_first(here: Installation) -> None:
    answer = program(here, "tenant", "list")
    assert (answer.code, answer.err) == (0, "")
    assert answer.lines[0] == "20 failing, 12 incomplete, 8 paused, 260 fine; 300 tenants."
    assert all(len(line) <= 80 for line in answer.lines)
    assert answer.words.count("gave no token") == answer.words.count("could not be read") == 1
    assert "(1) 20 tenants (Breukstad, Breukstad 000, Breukstad 001, ...): the login" in answer.out
    listed = answer.lines[next(n for n, line in enumerate(answer.lines) if line.startswith("Tenant ")) + 1 :]
    assert len(listed) == ALL
    assert all(line.rstrip().endswith("failing (1)") for line in listed[:BROKEN])
    assert all(line.rstrip().endswith("incomplete (2)") for line in listed[BROKEN : BROKEN + INCOMPLETE])


@pytest.mark.slow
def test_those_in_trouble_can_be_listed_alone(here: Installation) -> None:
    answer = program(here, "tenant", "list", "--failing", "--format", "json")
    assert answer.code == 0
    assert answer.json["counts"]["fine"] == 260
    assert {one["health"] for one in answer.json["tenants"]} == {"failing", "incomplete"}
    assert len(answer.json["tenants"]) == BROKEN + INCOMPLETE
    first, second = answer.json["problems"]
    ids = {one["id"] for one in answer.json["tenants"]}
    assert {*first["tenants"], *second["tenants"]} == ids


@pytest.mark.slow
def test_a_partner_sees_the_board_of_its_group_alone(here: Installation) -> None:
    found = list_tenants(here, ME)
    broken = [one for one in found if one.health is Health.FAILING]
    mine = [*broken[:2], next(one for one in found if one.health is Health.FINE)]
    group = add_group(here, ME, "North")
    for one in mine:
        put_into_group(here, ME, one.tenant_id, "North")
    with here.database.people() as connection:
        grants.add(
            connection, Grant(uuid4(), "partner", Role.READER, None, group.group_id, FIRST_DAY, "tester")
        )
    board = Board.of(list_tenants(here, principal(here.database, "partner", "tests")))
    assert {one.tenant_id for one in board.tenants} == {one.tenant_id for one in mine}
    assert sum(board.counts.values()) == len(mine)
    (problem,) = board.problems
    assert problem.tenants == tuple(broken[:2])
