"""Whoever consented comes back to a page, and their organisation is there, to be read soon."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from tests.services.applications import SECRET, application
from tests.services.tenancy import ME
from tests.web.asking import Asking, answering

from securescore.services.installation import Installation
from securescore.services.invitations import invite
from securescore.services.tenants import list_tenants
from securescore.store import queue
from securescore.web.application import make_application

THEIRS = "aaaaaaaa-0000-4000-8000-000000000001"


@pytest.fixture
def public(here: Installation) -> Installation:
    changes = {"public_url": "https://score.example"}
    return replace(here, settings=here.settings.model_copy(update=changes))


@pytest.fixture
def state(public: Installation, tmp_path: Path) -> str:
    link = invite(public, ME, application(tmp_path / "app"), "Their company").link
    return quote(parse_qs(urlsplit(link).query)["state"][0])


@pytest.fixture
def ask(public: Installation) -> Iterator[Asking]:
    with answering(make_application(public)) as asking:
        yield asking


def test_consent_makes_the_tenant_and_has_it_read(ask: Asking, public: Installation, state: str) -> None:
    answer = ask.get(f"/consent?admin_consent=True&tenant={THEIRS}&state={state}", accept_language="nl-NL,nl")
    assert answer.status == 200
    assert "Uw organisatie is verbonden" in answer.text
    assert '<html lang="nl">' in answer.text
    (tenant,) = list_tenants(public, ME)
    assert (tenant.name, tenant.directory_id) == ("Their company", THEIRS)
    with public.database.installation() as connection:
        assert queue.being_synced(connection) == {tenant.tenant_id}
    again = ask.get(f"/consent?admin_consent=True&tenant={THEIRS}&state={state}")
    assert again.status == 400
    assert "That did not work" in again.text
    assert len(list_tenants(public, ME)) == 1


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?state=nonsense",
        f"?admin_consent=True&tenant={THEIRS}&state=a.b.c",
        "?state=%3Cscript%3Ealert(1)%3C/script%3E&error=%3Cscript%3E",
        "?state=" + "x" * 20_000,
    ],
)
def test_what_is_no_invitation_of_ours_does_nothing(ask: Asking, public: Installation, query: str) -> None:
    answer = ask.get(f"/consent{query}")
    assert answer.status == 400
    assert "<script" not in answer.text
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["referrer-policy"] == "no-referrer"
    assert list_tenants(public, ME) == []


def test_refused_consent_is_said_and_no_secret_is(ask: Asking, public: Installation, state: str) -> None:
    answer = ask.get(f"/consent?error=access_denied&state={state}")
    assert answer.status == 400
    assert SECRET not in answer.text
    assert list_tenants(public, ME) == []
