"""Roles, and the rights that follow from them at once."""

import uuid
from pathlib import Path

import pytest
from tests.services.tenancy import ME, nowhere

from securescore.errors import ConfigurationError, ConflictError, NotAllowedError, UnknownError
from securescore.services.actor import Actor, Right, principal
from securescore.services.groups import add_group, put_into_group, take_out_of_group
from securescore.services.installation import Installation
from securescore.services.people import give_role, list_roles, take_role
from securescore.services.tenants import About, add_tenant, list_tenants
from securescore.store import audit
from securescore.store.grants import Role

JAN = "jan@provider.example"
ONE, OTHER = "11111111-0000-4000-8000-000000000001", "22222222-0000-4000-8000-000000000002"


@pytest.fixture
def two(here: Installation, tmp_path: Path) -> tuple[uuid.UUID, uuid.UUID]:
    made = [
        add_tenant(here, ME, nowhere(tmp_path / name, directory), About(name=name)).tenant_id
        for name, directory in (("One", ONE), ("Other", OTHER))
    ]
    return made[0], made[1]


def jan(here: Installation) -> Actor:
    return principal(here.database, JAN, "192.0.2.1")


@pytest.mark.parametrize(
    ("role", "rights"),
    [
        (Role.READER, {Right.READ}),
        (Role.WRITER, {Right.READ, Right.WRITE}),
        (Role.MANAGER, {Right.READ, Right.WRITE, Right.MANAGE}),
    ],
)
def test_a_role_for_one_tenant(
    here: Installation, two: tuple[uuid.UUID, uuid.UUID], role: Role, rights: set[Right]
) -> None:
    assert list_tenants(here, jan(here)) == []
    give_role(here, ME, JAN, role, tenant_id=two[0])
    actor = jan(here)
    assert {right for right in Right if actor.may(right, two[0])} == rights
    assert not any(actor.may(right, two[1]) or actor.may(right) for right in Right)
    assert [one.tenant_id for one in list_tenants(here, actor)] == [two[0]]


def test_a_role_for_a_group_follows_its_tenants(here: Installation, two: tuple[uuid.UUID, uuid.UUID]) -> None:
    add_group(here, ME, "Clients")
    give_role(here, ME, JAN, Role.WRITER, group="clients")
    assert list_tenants(here, jan(here)) == []
    put_into_group(here, ME, two[1], "Clients")
    assert jan(here).may(Right.WRITE, two[1])
    assert [one.tenant_id for one in list_tenants(here, jan(here))] == [two[1]]
    take_out_of_group(here, ME, two[1], "Clients")
    assert not jan(here).may(Right.READ, two[1])


def test_a_role_for_all_is_for_those_to_come_too(
    here: Installation, two: tuple[uuid.UUID, uuid.UUID], tmp_path: Path
) -> None:
    give_role(here, ME, JAN, Role.READER)
    new = add_tenant(here, ME, nowhere(tmp_path / "new", ONE.replace("1111", "3333")), About(name="New"))
    assert {one.tenant_id for one in list_tenants(here, jan(here))} == {*two, new.tenant_id}
    assert not jan(here).may(Right.WRITE, two[0])


def test_what_was_given_is_listed_and_taken(here: Installation, two: tuple[uuid.UUID, uuid.UUID]) -> None:
    grant = give_role(here, ME, JAN, Role.READER, tenant_id=two[0])
    with pytest.raises(ConflictError, match="already"):
        give_role(here, ME, JAN, Role.READER, tenant_id=two[0])
    assert list_roles(here, ME) == [grant]
    take_role(here, ME, grant.grant_id)
    assert list_roles(here, ME) == []
    assert not jan(here).may(Right.READ, two[0])
    with pytest.raises(UnknownError):
        take_role(here, ME, grant.grant_id)
    with here.database.installation() as connection:
        acts = [entry.act for entry in audit.entries(connection)]
        assert audit.first_break(connection) is None
    assert [act for act in acts if act.startswith("role.")] == ["role.give", "role.take"]


@pytest.mark.parametrize("name", ["", " ", "operator", "system:worker", "operator:root", "a\nb", "x" * 400])
def test_names_that_are_nobodys(here: Installation, name: str) -> None:
    with pytest.raises(ConfigurationError, match="nobody's name"):
        give_role(here, ME, name, Role.READER)


def test_the_programs_own_rights_stay(here: Installation) -> None:
    with pytest.raises(ConflictError, match="cannot be taken away"):
        take_role(here, ME, uuid.UUID(int=1))


def test_only_who_manages_people_gives_roles(here: Installation, two: tuple[uuid.UUID, uuid.UUID]) -> None:
    give_role(here, ME, JAN, Role.MANAGER, tenant_id=two[0])
    for act in (
        lambda actor: give_role(here, actor, JAN, Role.MANAGER),
        lambda actor: list_roles(here, actor),
    ):
        with pytest.raises(NotAllowedError):
            act(jan(here))
