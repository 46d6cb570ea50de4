"""The bash scripts, run whole with a stand-in for `az` and `openssl` that notes what it is asked to do."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.connectors.stub import CLIENT, TENANT
from tests.connectors.test_permissions import NAMES, NEEDED
from tests.connectors.test_tokens import pem_of, pem_of_certificate

from securescore.connectors.credentials import Certificate
from securescore.connectors.permissions import DIRECTORY_ROLES, RESOURCES, Script, script
from securescore.connectors.tenant_file import load_tenant
from securescore.evidence.schema import Api

ROLES = "\n".join(f"{name}\trole-of-{name}" for name in NAMES if name != "GroupSettings.Read.All").lower()
AZ = f"""#!/bin/bash
echo "$*" >>"$NOTES"
case "$*" in
    "account show"*) echo {TENANT} ;;
    "ad app list"*) echo "${{KNOWN:-0}}" ;;
    "ad app create"*) echo {CLIENT} ;;
    "ad app show"*) echo securescore ;;
    "ad sp create"*) echo sp-1 ;;
    "ad sp list"*"${{ABSENT:-nothing}}"*) ;;
    "ad sp list"*) echo "service-$(sed "s/.*appId eq '\\([^']*\\)'.*/\\1/" <<<"$*")" ;;
    "ad sp show"*) printf '{ROLES}' ;;
    *"query name"*) echo AzureCloud ;;
    *"microsoftGraphResourceId"*) echo https://graph.microsoft.com/ ;;
esac
"""
ORDERED = [(of, name) for api in Api for of, name in NEEDED if of is api]
OPENSSL = """#!/bin/bash
while [ $# -gt 0 ]; do
    case "$1" in
        -keyout) cp "$PEMS/key.pem" "$2" ;;
        -out) cp "$PEMS/certificate.pem" "$2" ;;
    esac
    shift
done
"""


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder with the stand-ins first in its PATH."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in (("az", AZ), ("openssl", OPENSSL)):
        (tools / name).write_text(text, encoding="utf-8")
        (tools / name).chmod(0o755)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    (tmp_path / "key.pem").write_bytes(pem_of(key))
    (tmp_path / "certificate.pem").write_bytes(pem_of_certificate(key))
    return tmp_path


def run(
    machine: Path, *, remove: bool = False, answer: str = "", **env: str
) -> subprocess.CompletedProcess[str]:
    path = machine / ("remove.sh" if remove else "register.sh")
    path.write_text(script(Script.AZCLI, remove=remove), encoding="utf-8")
    return subprocess.run(
        ["/bin/bash", path.name],
        input=answer,
        text=True,
        capture_output=True,
        check=False,
        cwd=machine,
        env={
            "PATH": f"{machine / 'tools'}:{os.environ['PATH']}",
            "NOTES": str(machine / "notes"),
            "PEMS": str(machine),
            **env,
        },
    )


def notes(machine: Path) -> list[str]:
    return (machine / "notes").read_text(encoding="utf-8").splitlines()


def test_registering_leaves_a_tenant_file_that_works(machine: Path) -> None:
    done = run(machine)
    assert (done.returncode, done.stderr) == (0, "")
    folder = machine / "securescore-tenant"
    tenant = load_tenant(folder / "tenant.toml")
    assert (tenant.tenant_id, tenant.client_id, tenant.cloud.name) == (TENANT, CLIENT, "global")
    assert isinstance(tenant.credential, Certificate)
    assert oct((folder / "app.pem").stat().st_mode & 0o777) == "0o600"
    assert not (folder / "key.pem").exists()
    assert "PRIVATE KEY" not in done.stdout


def granted(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line.strip().split(":")[0] for line in done.stdout.splitlines() if line.endswith(": granted")]


def test_every_permission_is_granted_once_and_nothing_else(machine: Path) -> None:
    done = run(machine)
    assert (done.returncode, done.stderr) == (0, "")
    assert granted(done) == [name for name in NAMES if name != "GroupSettings.Read.All"]
    assert "GroupSettings.Read.All: not offered in this cloud, left out" in done.stdout
    assignments = [note for note in notes(machine) if "appRoleAssignments" in note]
    assert len(assignments) == len(NAMES) - 1
    assert all("https://graph.microsoft.com/v1.0/servicePrincipals/sp-1/" in note for note in assignments)
    for api, name in NEEDED:
        if name != "GroupSettings.Read.All":
            role = f'"resourceId":"service-{RESOURCES[api]}","appRoleId":"role-of-{name.lower()}"'
            assert sum(role in note for note in assignments) == 1, "the names of roles are found in any case"


def test_the_directory_role_goes_to_the_application(machine: Path) -> None:
    done = run(machine)
    assert "directory role Global Reader: assigned" in done.stdout
    (assigned,) = [note for note in notes(machine) if "roleAssignments" in note and "appRole" not in note]
    assert "https://graph.microsoft.com/v1.0/roleManagement/directory/roleAssignments" in assigned
    body = json.loads(assigned[assigned.index("{") :])
    assert body == {
        "principalId": "sp-1",
        "roleDefinitionId": DIRECTORY_ROLES[Api.EXCHANGE].id,
        "directoryScopeId": "/",
    }


@pytest.mark.parametrize("api", [Api.EXCHANGE, Api.DEFENDER_ENDPOINT, Api.CLOUD_APPS])
def test_a_service_that_the_tenant_does_not_have_is_left_out(machine: Path, api: Api) -> None:
    done = run(machine, ABSENT=RESOURCES[api])
    assert (done.returncode, done.stderr) == (0, "")
    assert f"This tenant does not have {api}: what belongs to it is left out." in done.stdout
    assert granted(done) == [
        name for of, name in ORDERED if of is not api and name != "GroupSettings.Read.All"
    ]
    assert ("directory role" in done.stdout) == (api is not Api.EXCHANGE)
    assert load_tenant(machine / "securescore-tenant" / "tenant.toml").client_id == CLIENT


def test_registering_twice_is_refused_before_anything_changes(machine: Path) -> None:
    refused = run(machine, KNOWN="1")
    assert refused.returncode == 1
    assert "is registered already" in refused.stderr
    assert not any(note.startswith("ad app create") for note in notes(machine))
    assert run(machine).returncode == 0
    assert "is there already" in run(machine).stderr


def test_removing_asks_first_and_takes_everything_away(machine: Path) -> None:
    assert run(machine).returncode == 0
    kept = run(machine, remove=True, answer="n\n")
    assert (kept.returncode, (machine / "securescore-tenant" / "tenant.toml").exists()) == (1, True)
    assert not any(note.startswith("ad app delete") for note in notes(machine))
    removed = run(machine, remove=True, answer="y\n")
    assert removed.returncode == 0, removed.stderr
    assert f"ad app delete --id {CLIENT}" in notes(machine)
    assert not (machine / "securescore-tenant").exists()
