"""Groups of tenants: who is in them, who may say so, and what is written down."""

import uuid

import pytest
from tests.services.tenancy import FIRST_DAY, ME
from tests.store.rows import add_tenant

from securescore.errors import ConfigurationError, ConflictError, NotAllowedError, UnknownError
from securescore.services.actor import Actor, Right, principal
from securescore.services.groups import (
    add_group,
    list_groups,
    list_members,
    put_into_group,
    take_out_of_group,
)
from securescore.services.installation import Installation
from securescore.store import audit, grants
from securescore.store.grants import Grant, Role
from securescore.store.schema import INSTALLATION

A, B = (f"{letter * 8}-0000-4000-8000-000000000001" for letter in "ab")


def acts(here: Installation, about: uuid.UUID) -> list[str]:
    with here.database.tenant(about) as connection:
        assert audit.first_break(connection) is None
        return [one.act for one in audit.entries(connection)]


def granted(here: Installation, name: str, **where: uuid.UUID) -> Actor:
    grant = Grant(
        uuid.uuid4(), name, Role.READER, where.get("tenant"), where.get("group"), FIRST_DAY, "tester"
    )
    with here.database.people() as connection:
        grants.add(connection, grant)
    return principal(here.database, name, "here")


def test_tenants_go_in_and_out(here: Installation) -> None:
    one, other = add_tenant(here.database, A), add_tenant(here.database, B)
    add_group(here, ME, " Clients ")
    assert put_into_group(here, ME, one, "clients")
    assert put_into_group(here, ME, other, "CLIENTS")
    assert not put_into_group(here, ME, one, "Clients"), "it is in it already"
    assert {group.name: count for group, count in list_groups(here, ME).items()} == {"Clients": 2}
    assert {member.tenant_id for member in list_members(here, ME, "clients")} == {one, other}
    assert take_out_of_group(here, ME, one, "clients")
    assert not take_out_of_group(here, ME, one, "clients")
    assert [member.tenant_id for member in list_members(here, ME, "clients")] == [other]
    assert acts(here, one) == ["group.join", "group.leave"]
    assert acts(here, INSTALLATION) == ["group.add"]


def test_a_role_for_a_group_is_one_for_its_tenants(here: Installation) -> None:
    one, other = add_tenant(here.database, A), add_tenant(here.database, B)
    group = add_group(here, ME, "clients")
    put_into_group(here, ME, one, "clients")
    anna = granted(here, "anna", group=group.group_id)
    assert anna.may(Right.READ, one)
    assert not anna.may(Right.READ, other)
    assert [member.tenant_id for member in list_members(here, anna, "clients")] == [one]
    take_out_of_group(here, ME, one, "clients")
    assert not principal(here.database, "anna", "here").may(Right.READ, one)


def test_who_sees_no_tenant_of_a_group_sees_no_group(here: Installation) -> None:
    one, other = add_tenant(here.database, A), add_tenant(here.database, B)
    add_group(here, ME, "secret")
    put_into_group(here, ME, one, "secret")
    bert = granted(here, "bert", tenant=other)
    assert list_groups(here, bert) == {}
    with pytest.raises(UnknownError):
        list_members(here, bert, "secret")


def test_only_who_manages_changes_them(here: Installation) -> None:
    one = add_tenant(here.database, A)
    add_group(here, ME, "clients")
    anna = Actor("anna", "here", "anna", within={one: frozenset(Right)})
    for refused in (
        lambda: add_group(here, anna, "mine"),
        lambda: put_into_group(here, anna, one, "clients"),
        lambda: take_out_of_group(here, anna, one, "clients"),
    ):
        with pytest.raises(NotAllowedError):
            refused()
    assert acts(here, one) == []


def test_what_is_not_there_is_said(here: Installation) -> None:
    one = add_tenant(here.database, A)
    add_group(here, ME, "clients")
    with pytest.raises(ConflictError, match="already"):
        add_group(here, ME, "CLIENTS")
    with pytest.raises(UnknownError):
        put_into_group(here, ME, one, "others")
    with pytest.raises(UnknownError):
        put_into_group(here, ME, uuid.uuid4(), "clients")
    for name in ("", " ", "x" * 101, "a\nb", "a\0b"):
        with pytest.raises(ConfigurationError):
            add_group(here, ME, name)
