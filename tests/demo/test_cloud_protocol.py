"""How the invented cloud behaves on the wire: trust, tokens, batches, throttling and everything going wrong."""

import logging
import ssl
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import msal
import pytest
from cryptography import x509

from securescore.connectors import load_tenant
from securescore.demo import (
    ALWAYS,
    Breakage,
    CredentialKind,
    Fault,
    InventedCloud,
    Organisation,
    large_tenant,
    write_tenant_file,
)
from securescore.demo.prerendered import large_user_id

Speak = Callable[..., Any]
DOMAINS = "/v1.0/domains"


def test_only_its_own_authority_is_trusted_and_readable_by_the_owner_alone(small: Organisation) -> None:
    with InventedCloud(small) as cloud:
        assert stat.S_IMODE(cloud.ca_file.stat().st_mode) == 0o600
        assert stat.S_IMODE(cloud.ca_file.parent.stat().st_mode) == 0o700
        with httpx2.Client(verify=ssl.create_default_context()) as client, pytest.raises(httpx2.ConnectError):
            client.get(cloud.address)
        folder = cloud.ca_file.parent
    assert not folder.exists()


def test_it_stops_at_once_while_a_client_keeps_its_connection(small: Organisation) -> None:
    with InventedCloud(small) as cloud:
        client = httpx2.Client(verify=ssl.create_default_context(cafile=cloud.ca_file))
        assert client.get(f"{cloud.address}{DOMAINS}").status_code == 401
        began = time.monotonic()
    assert time.monotonic() - began < 0.9
    client.close()


def test_it_stops_whole(small: Organisation) -> None:
    with InventedCloud(small) as cloud:
        address = cloud.address
    with httpx2.Client() as client, pytest.raises(httpx2.ConnectError):
        client.get(address)


@pytest.mark.parametrize(
    ("changes", "status", "number"),
    [
        ({"client_secret": "wrong"}, 401, 7000215),
        ({"client_id": "11111111-1111-4111-8111-111111111111"}, 400, 700016),
        ({"scope": "User.Read"}, 400, 1002012),
        ({"grant_type": "password"}, 400, 70003),
    ],
)
def test_a_wrong_token_request_says_what_is_wrong(
    speak: Speak, small: Organisation, changes: dict[str, str], status: int, number: int
) -> None:
    answer = speak(small).ask_token(**changes)
    assert (answer.status_code, answer.json()["error_codes"]) == (status, [number])
    assert answer.json()["error_description"].startswith(f"AADSTS{number}:")


def test_another_tenant_is_not_known(speak: Speak, small: Organisation) -> None:
    speaker = speak(small)
    answer = speaker.client.get("/elsewhere.example/v2.0/.well-known/openid-configuration")
    assert answer.json()["error_codes"] == [90002]


def test_discovery_names_the_token_address(speak: Speak, small: Organisation) -> None:
    speaker = speak(small)
    found = speaker.client.get("/noordhaven.example/v2.0/.well-known/openid-configuration").json()
    assert found["token_endpoint"] == f"{speaker.cloud.address}/{small.tenant_id}/oauth2/v2.0/token"


def test_without_a_good_token_nothing_is_answered(speak: Speak, small: Organisation) -> None:
    speaker = speak(small)
    for token in ("none", "made-up"):
        speaker.token = token
        assert speaker.error(DOMAINS) == (401, "InvalidAuthenticationToken")


def test_tokens_end(speak: Speak, small: Organisation) -> None:
    speaker = speak(small, token_lifetime=0.3)
    assert speaker.get(DOMAINS).status_code == 200
    time.sleep(0.35)
    assert speaker.error(DOMAINS) == (401, "InvalidAuthenticationToken")
    speaker.sign_in()
    assert speaker.get(DOMAINS).status_code == 200


def test_tokens_can_end_in_the_middle_of_a_run(speak: Speak, small: Organisation) -> None:
    speaker = speak(small, faults=[Fault.expiry("*/users", skip=1)])
    assert speaker.get("/v1.0/users").status_code == 200
    assert speaker.error("/v1.0/users")[0] == 401
    speaker.sign_in()
    assert speaker.get("/v1.0/users").status_code == 200


@pytest.fixture
def own_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's HTTP client puts these variables above the authority it was given."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


def token_by_library(cloud: InventedCloud, credential: Any) -> dict[str, Any]:
    application = msal.ConfidentialClientApplication(
        cloud.client_id,
        client_credential=credential,
        authority=f"{cloud.address}/{cloud.tenant_id}",
        instance_discovery=False,
        verify=str(cloud.ca_file),
    )
    return dict(application.acquire_token_for_client([f"{cloud.address}/.default"]))


@pytest.fixture
def certificate(tmp_path: Path) -> Callable[[InventedCloud], dict[str, str]]:
    """The credential for the library, from a written tenant file."""

    def read(cloud: InventedCloud) -> dict[str, str]:
        write_tenant_file(cloud, tmp_path, CredentialKind.CERTIFICATE)
        pem = (tmp_path / "credential").read_text()
        key, _, public = pem.partition("-----BEGIN CERTIFICATE-----")
        return {"private_key": key, "public_certificate": "-----BEGIN CERTIFICATE-----" + public}

    return read


@pytest.mark.usefixtures("own_trust")
def test_a_certificate_is_taken_when_it_is_known(
    small: Organisation, certificate: Callable[[InventedCloud], dict[str, str]]
) -> None:
    with InventedCloud(small) as cloud:
        credential = certificate(cloud)
        assert token_by_library(cloud, credential)["token_type"] == "Bearer"
        cloud.login.certificates.clear()
        assert token_by_library(cloud, credential)["error_codes"] == [700027]


@pytest.mark.usefixtures("own_trust")
def test_a_signature_of_another_key_is_refused(
    small: Organisation, certificate: Callable[[InventedCloud], dict[str, str]]
) -> None:
    with InventedCloud(small) as cloud:
        first, second = certificate(cloud), certificate(cloud)
        known = x509.load_pem_x509_certificate(first["public_certificate"].encode())
        cloud.login.certificates[:] = [known]
        forged = {"private_key": second["private_key"], "public_certificate": first["public_certificate"]}
        assert token_by_library(cloud, forged)["error_codes"] == [700027]


@pytest.mark.usefixtures("own_trust")
def test_a_federated_token_is_taken_when_it_is_configured(small: Organisation) -> None:
    with InventedCloud(small) as cloud:
        credential = {"client_assertion": lambda: "of-the-platform"}
        assert token_by_library(cloud, credential)["error_codes"] == [700213]
        cloud.login.federated_token = "of-the-platform"
        assert token_by_library(cloud, credential)["token_type"] == "Bearer"


@pytest.mark.parametrize("kind", CredentialKind)
def test_the_tenant_file_is_one_that_the_connector_reads(
    small: Organisation, tmp_path: Path, kind: CredentialKind
) -> None:
    with InventedCloud(small) as cloud:
        path = write_tenant_file(cloud, tmp_path / "tenant", kind)
        tenant = load_tenant(path)
        assert tenant.tenant_id == small.tenant_id
        assert tenant.endpoints.graph.url == cloud.address
    assert {stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()} == {0o600}


def test_refusals_have_the_shape_of_the_service(speak: Speak, small: Organisation) -> None:
    speaker = speak(small)
    answer = speaker.get("/v1.0/groups/nobody", **{"client-request-id": "asked-by-me"})
    inner = answer.json()["error"]["innerError"]
    assert inner["client-request-id"] == answer.headers["client-request-id"] == "asked-by-me"
    assert inner["request-id"] == answer.headers["request-id"]


def test_throttling_on_order(speak: Speak, small: Organisation) -> None:
    speaker = speak(
        small, faults=[Fault.throttled("*/domains", "2.128"), Fault.throttled("*/users", times=2)]
    )
    answer = speaker.get(DOMAINS)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2.128")
    assert speaker.get(DOMAINS).status_code == 200
    answers = [speaker.get("/v1.0/users") for _ in range(3)]
    assert [one.status_code for one in answers] == [429, 429, 200]
    assert "retry-after" not in answers[0].headers


def test_a_fault_can_go_on_for_ever(speak: Speak, small: Organisation) -> None:
    speaker = speak(small, faults=[Fault.failing("*/domains", 503, times=ALWAYS)])
    assert {speaker.get(DOMAINS).status_code for _ in range(20)} == {503}


def test_conditional_access_lets_one_request_through_at_a_time(speak: Speak, small: Organisation) -> None:
    speaker = speak(small, conditional_access_interval=0.4)
    policies, locations = (
        f"/v1.0/identity/conditionalAccess/{one}" for one in ("policies", "namedLocations")
    )
    assert speaker.get(policies).status_code == 200
    answer = speaker.get(locations)
    assert answer.status_code == 429
    assert "retry-after" not in answer.headers
    time.sleep(0.45)
    assert speaker.get(locations).status_code == 200


@pytest.mark.parametrize("breakage", [Breakage.HANG_UP, Breakage.BREAK_OFF])
def test_answers_can_break_off(
    speak: Speak, small: Organisation, breakage: Breakage, caplog: pytest.LogCaptureFixture
) -> None:
    speaker = speak(small, faults=[Fault.broken("*/domains", breakage)])
    with caplog.at_level(logging.WARNING), pytest.raises(httpx2.RemoteProtocolError):
        speaker.get(DOMAINS)
    assert speaker.get(DOMAINS).status_code == 200
    assert caplog.records == []


def test_answers_can_be_half_json(speak: Speak, small: Organisation) -> None:
    speaker = speak(small, faults=[Fault.broken("*/domains", Breakage.GARBLE)])
    answer = speaker.get(DOMAINS)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()


def test_links_can_lead_astray(speak: Speak, small: Organisation) -> None:
    speaker = speak(small, faults=[Fault.astray("*/users", "evil.example")])
    first, second = (speaker.get("/v1.0/users").json()["@odata.nextLink"] for _ in range(2))
    assert first.startswith("https://evil.example/v1.0/users?")
    assert second.startswith(speaker.cloud.address)


def test_a_batch_answers_each_item_for_itself(speak: Speak, small: Organisation) -> None:
    group, gone = small.groups.items[0]["id"], small.frame.id("group", "deleted long ago")
    speaker = speak(small, faults=[Fault.throttled("*/domains", "1.5")])
    requests: list[dict[str, Any]] = [
        {"id": "1", "method": "GET", "url": f"/groups/{group}?$select=id"},
        {"id": "2", "method": "GET", "url": f"{speaker.cloud.address}/v1.0/groups/{gone}"},
        {"id": "3", "method": "GET", "url": "/domains"},
        {"id": "4", "method": "GET", "url": "/organization", "dependsOn": ["2"]},
        {"id": "5", "method": "GET", "url": "/organization", "dependsOn": ["1"]},
    ]
    answer = speaker.post("/v1.0/$batch", {"requests": requests})
    items = {one["id"]: one for one in answer.json()["responses"]}
    assert {one: item["status"] for one, item in items.items()} == {
        "1": 200,
        "2": 404,
        "3": 429,
        "4": 424,
        "5": 200,
    }
    assert items["1"]["body"]["id"] == group
    assert items["2"]["body"]["error"]["code"] == "Request_ResourceNotFound"
    assert items["3"]["headers"]["Retry-After"] == "1.5"
    assert list(items) != [one["id"] for one in requests]


def test_a_batch_on_beta_reads_beta(speak: Speak, small: Organisation) -> None:
    user = small.user("svc-scanner")["id"]
    item = {"id": "1", "method": "GET", "url": f"/users/{user}/authentication/requirements"}
    answer = speak(small).post("/beta/$batch", {"requests": [item]})
    assert answer.json()["responses"][0]["body"]["perUserMfaState"] == "enforced"


@pytest.mark.parametrize(
    "requests",
    [[], [{"id": str(n), "url": "/domains"} for n in range(21)], [{"id": "1", "url": "/domains"}] * 2],
)
def test_a_batch_has_1_to_20_requests_with_ids_of_their_own(
    speak: Speak, small: Organisation, requests: list[Any]
) -> None:
    assert speak(small).post("/v1.0/$batch", {"requests": requests}).status_code == 400


def test_every_call_is_logged(speak: Speak, small: Organisation) -> None:
    speaker = speak(small)
    speaker.get("/v1.0/users?$top=5")
    speaker.post("/v1.0/$batch", {"requests": [{"id": "1", "method": "GET", "url": "/domains"}]})
    told = [(one.method, one.path, one.status, one.batched) for one in speaker.cloud.log]
    assert told == [
        ("POST", f"/{small.tenant_id}/oauth2/v2.0/token", 200, False),
        ("GET", "/v1.0/users", 200, False),
        ("GET", DOMAINS, 200, True),
        ("POST", "/v1.0/$batch", 200, False),
    ]
    assert speaker.cloud.log[1].query == "$top=5"


def test_a_large_tenant_comes_prerendered(speak: Speak, small: Organisation) -> None:
    speaker = speak(small, prerendered=large_tenant(2500))
    users = speaker.pages("/v1.0/users?$select=id,accountEnabled&$top=999")
    assert [len(page) for page in users] == [999, 999, 502]
    ids = [one["id"] for page in users for one in page]
    assert len(set(ids)) == 2500
    assert ids[7] == large_user_id(7)
    activity = speaker.pages("/v1.0/users?$select=id,signInActivity&$top=500")
    assert [one["id"] for page in activity for one in page] == ids
    report = speaker.items("/v1.0/reports/authenticationMethods/userRegistrationDetails")
    assert sum(one["isMfaRegistered"] for one in report) == 2250
    assert speaker.get(f"/beta/users/{ids[0]}/authentication/requirements").json() == {
        "perUserMfaState": "disabled"
    }
    assert speaker.error("/v1.0/users?$skiptoken=prerendered-99")[0] == 400


def test_prerendered_tables_take_the_same_permission(speak: Speak, small: Organisation) -> None:
    speaker = speak(small, prerendered=large_tenant(10), granted={"Policy.Read.All"})
    assert speaker.error("/v1.0/users") == (403, "Authorization_RequestDenied")
