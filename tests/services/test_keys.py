"""Changing the key: at no moment is a secret lost, and no key goes that is still needed."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update
from tests.services.applications import SECRET as SECRET_OF_APPLICATION
from tests.services.applications import application
from tests.store import rows

from securescore.errors import ConfigurationError, ConflictError, NotAllowedError
from securescore.services import keys
from securescore.services.actor import Actor, operator
from securescore.services.installation import Installation
from securescore.services.invitations import invite
from securescore.services.keys import retire_keys, rotate_key, unopenable
from securescore.services.tenants import SECRET, list_tenants
from securescore.store import audit
from securescore.store import tenants as tenant_rows
from securescore.store.key_file import KeyFile
from securescore.store.schema import connection as connections

ME = operator("tester")


@pytest.fixture
def sealed(here: Installation) -> Installation:
    """Three tenants with a secret each, and one without."""
    for number in range(3):
        tenant_id = rows.add_tenant(here.database, f"{number}1111111-2222-4333-8444-555555555555")
        secret = here.sealer().seal(b"secret %d" % number, tenant=str(tenant_id), name=SECRET)
        rows.fill(here.database, tenant_id, secret)
    rows.add_tenant(here.database, "91111111-2222-4333-8444-555555555555")
    return here


def opened(here: Installation) -> list[bytes]:
    found = []
    for one in list_tenants(here, ME):
        with here.database.tenant(one.tenant_id) as connection:
            row = tenant_rows.get_connection(connection)
        if row and row.sealed_secret:
            found.append(here.sealer().open(row.sealed_secret, tenant=str(one.tenant_id), name=SECRET))
    return found


def long_ago(here: Installation) -> None:
    past = time.time() - 2 * keys.SETTLED
    os.utime(here.settings.key_path, (past, past))


SECRETS = [b"secret 0", b"secret 1", b"secret 2"]


def test_a_rotation_seals_everything_anew_and_the_old_key_may_go(sealed: Installation) -> None:
    first = KeyFile.load(sealed.settings.key_path).newest.id
    done = rotate_key(sealed, ME)
    assert (done.resealed, done.resumed) == (3, False)
    assert KeyFile.load(sealed.settings.key_path).ids == [done.key_id, first]
    assert opened(sealed) == SECRETS
    long_ago(sealed)
    assert retire_keys(sealed, ME) == [first]
    assert opened(sealed) == SECRETS
    assert retire_keys(sealed, ME) == []
    with sealed.database.installation() as connection:
        assert [one.act for one in audit.entries(connection)] == ["key.rotate", "key.retire"]
        assert audit.first_break(connection) is None


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_interrupted_anywhere_everything_opens_and_the_next_goes_on(
    sealed: Installation, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    known = keys._reseal_tenant
    left = [after]

    def interrupted(*arguments: object) -> bool:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return known(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(keys, "_reseal_tenant", interrupted)
        with pytest.raises(KeyboardInterrupt):
            rotate_key(sealed, ME)
    assert opened(sealed) == SECRETS
    long_ago(sealed)
    if after < 3:
        with pytest.raises(ConflictError, match="securescore key rotate"):
            retire_keys(sealed, ME)
    done = rotate_key(sealed, ME)
    assert (done.resumed, done.resealed) == (True, 3 - after)
    assert len(KeyFile.load(sealed.settings.key_path).keys) == 2
    long_ago(sealed)
    assert len(retire_keys(sealed, ME)) == 1
    assert opened(sealed) == SECRETS


def test_right_after_a_rotation_no_key_goes(sealed: Installation) -> None:
    rotate_key(sealed, ME)
    with pytest.raises(ConflictError, match="5 minutes after the rotation"):
        retire_keys(sealed, ME)


def test_other_processes_go_on_with_the_file_as_it_is(sealed: Installation) -> None:
    other = sealed.sealer()
    rotate_key(sealed, ME)
    again = other.seal(b"later", tenant="t", name=SECRET)
    long_ago(sealed)
    retire_keys(sealed, ME)
    assert sealed.sealer().open(again, tenant="t", name=SECRET) == b"later"


def test_secrets_that_cannot_be_opened_are_named_and_stop_a_rotation(sealed: Installation) -> None:
    one = list_tenants(sealed, ME)[0]
    with sealed.database.changing(one.tenant_id) as connection:
        strange = sealed.sealer().seal(b"x", tenant="another", name=SECRET)
        connection.execute(update(connections).values(sealed_secret=strange))
    assert unopenable(sealed, ME) == [one.name]
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        rotate_key(sealed, ME)


def test_what_is_sealed_for_an_invitation_goes_along(here: Installation, tmp_path: Path) -> None:
    public = here.settings.model_copy(update={"public_url": "https://score.example"})
    here = replace(here, settings=public)
    invite(here, ME, application(tmp_path), "Westerkade")
    assert rotate_key(here, ME).resealed == 1
    ((nonce, sealed),) = keys._invitations(here).items()
    long_ago(here)
    retire_keys(here, ME)
    assert here.sealer().open(sealed, tenant=nonce, name="invitation") == SECRET_OF_APPLICATION.encode()


def test_only_who_manages_may(here: Installation) -> None:
    nobody = Actor("nobody", "here", "nobody")
    for use_case in (rotate_key, retire_keys):
        with pytest.raises(NotAllowedError):
            use_case(here, nobody)
