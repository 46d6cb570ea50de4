"""The file of a multitenant app: a tenant file whose tenant may be left out."""

from pathlib import Path

import pytest
from tests.services.applications import CLIENT, SECRET, write_application

from securescore.connectors import load_tenant
from securescore.connectors.credentials import ClientSecret
from securescore.connectors.tenant_file import load_application
from securescore.errors import ConfigurationError

THEIRS = "aaaaaaaa-0000-4000-8000-000000000001"


def test_it_reads_any_tenant(tmp_path: Path) -> None:
    application = load_application(write_application(tmp_path, more='[endpoints]\ngraph = "graph.example"\n'))
    tenant = application.within(THEIRS)
    assert (tenant.tenant_id, tenant.client_id) == (THEIRS, CLIENT)
    assert tenant.credential == ClientSecret(SECRET)
    assert tenant.endpoints.graph.host == application.graph.host == "graph.example"
    assert application.login.url == "https://login.microsoftonline.com"
    assert application.client_id == CLIENT
    assert SECRET not in repr(application)


def test_a_tenant_in_it_does_not_count(tmp_path: Path) -> None:
    path = write_application(tmp_path, more=f'tenant_id = "{THEIRS}"\n')
    assert load_application(path).within("another").tenant_id == "another"
    assert load_tenant(path).tenant_id == THEIRS


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('client_secret_file = "secret.txt"', "client_id is missing"),
        (f'client_id = "{CLIENT}"', "give exactly one of"),
        (f'client_id = "{CLIENT}"\nmanaged_identity = true', "lives in one tenant"),
        (
            f'client_id = "{CLIENT}"\nclient_secret_file = "secret.txt"\n[endpoints]\ncloud_apps = "x.example"',
            "another in every tenant",
        ),
        (f'client_id = "{CLIENT}"\nclient_secret_file = "secret.txt"\ntenant_id = 5', "must be a text"),
        (f'clientid = "{CLIENT}"', "did you mean client_id"),
        ("[", "not TOML"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    path = write_application(tmp_path)
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=reason) as refused:
        load_application(path)
    assert str(refused.value).startswith(f"application file {path}: ")


def test_a_tenant_file_still_needs_its_tenant(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="tenant_id is missing"):
        load_tenant(write_application(tmp_path))
