"""Defender for Endpoint, its exports, and Defender for Cloud Apps, as the invented cloud answers for them."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from securescore.connectors.defender_for_cloud_apps.client import RESOURCE
from securescore.demo import BUSINESS_PREMIUM, STANDARD, Fault, InventedCloud, Organisation

MACHINES = "/api/machines"
BY_MACHINE = "/api/machines/SecureConfigurationsAssessmentByMachine"
EXPORT = "/api/machines/SecureConfigurationsAssessmentExport"
ACTIVITIES = "/api/v1/activities/"

Speak = Callable[..., Any]
Json = dict[str, Any]


class At:
    """Speaks to one host with a token for it."""

    def __init__(self, speaker: Any, host: str, resource: str | None = None) -> None:
        self.cloud: InventedCloud = speaker.cloud
        self.client: httpx2.Client = speaker.client
        self.address = self.cloud.addresses[host]
        answer = speaker.ask_token(scope=f"{resource or self.address}/.default")
        self.headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def get(self, path: str) -> httpx2.Response:
        url = path if path.startswith("https:") else f"{self.address}{path}"
        return self.client.get(url, headers=self.headers)

    def post(self, path: str, content: Any) -> httpx2.Response:
        return self.client.post(f"{self.address}{path}", json=content, headers=self.headers)

    def pages(self, path: str) -> list[list[Json]]:
        pages, link = [], path
        while link:
            answer = self.get(link)
            assert answer.status_code == 200, answer.text
            pages.append(answer.json()["value"])
            link = answer.json().get("@odata.nextLink", "")
        return pages

    def error(self, path: str) -> tuple[int, str]:
        answer = self.get(path)
        return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
def endpoint(speak: Speak, small: Organisation) -> At:
    return At(speak(small), "defender_endpoint")


@pytest.fixture
def apps(speak: Speak, small: Organisation) -> At:
    return At(speak(small), "cloud_apps", RESOURCE)


def test_every_machine_comes_once(endpoint: At, small: Organisation) -> None:
    for prefix in ("/api", "/api/v1.0"):
        (page,) = endpoint.pages(f"{prefix}/machines")
        assert [one["id"] for one in page] == [one.id for one in small.devices]


def test_machines_in_parts(endpoint: At, small: Organisation) -> None:
    ids = [one.id for one in small.devices]
    first = endpoint.get(f"{MACHINES}?$top=40").json()
    assert [one["id"] for one in first["value"]] == ids[:40]
    assert "@odata.nextLink" not in first
    (rest,) = endpoint.pages(f"{MACHINES}?$skip=40")
    assert [one["id"] for one in rest] == ids[40:]
    assert endpoint.error(f"{MACHINES}?$top=10001") == (400, "InvalidInput")


def test_without_machines_nothing_is_found(endpoint: At, small: Organisation) -> None:
    small.devices.clear()
    assert endpoint.error(MACHINES) == (404, "ResourceNotFound")
    assert endpoint.error("/api/nothing") == (404, "NotFound")


def test_every_finding_comes_once_whatever_the_page_size(endpoint: At, small: Organisation) -> None:
    for size in (None, 5000):
        pages = endpoint.pages(BY_MACHINE if size is None else f"{BY_MACHINE}?pageSize={size}")
        keys = [(one["deviceId"], one["configurationId"]) for page in pages for one in page]
        assert len(keys) == len(set(keys)) == len(small.findings)
        assert max(len(page) for page in pages) <= (size or 50_000)


def test_rows_are_written_as_the_service_does(endpoint: At) -> None:
    rows = endpoint.get(f"{BY_MACHINE}?pageSize=3000").json()["value"]
    assert all(one["configurationId"].startswith("scid-") for one in rows)
    assert rows[0]["timestamp"] == "2026-01-15 04:00:00.000"
    assert rows[0]["recommendationReference"] == f"sca-_-{rows[0]['configurationId']}"
    assert {type(one["isApplicable"]) for one in rows} == {bool}


def test_top_takes_the_link_away(endpoint: At) -> None:
    answer = endpoint.get(f"{BY_MACHINE}?$top=10").json()
    assert len(answer["value"]) == 10
    assert "@odata.nextLink" not in answer
    assert endpoint.error(f"{BY_MACHINE}?pageSize=200001") == (400, "InvalidInput")
    assert endpoint.error(f"{BY_MACHINE}?$skiptoken=made-up") == (400, "BadRequest")


def test_an_export_is_fetched_without_a_token(endpoint: At, small: Organisation) -> None:
    files = endpoint.get(f"{EXPORT}?sasValidHours=1").json()["exportFiles"]
    assert all(one.startswith(endpoint.cloud.addresses["storage"]) for one in files)
    rows = []
    for file in files:
        assert endpoint.get(file).status_code == 403, "a token is refused"
        rows += gzip.decompress(endpoint.client.get(file).content).splitlines()
    keys = {(one["deviceId"], one["configurationId"]) for one in map(json.loads, rows)}
    assert len(files) == 3
    assert len(keys) == len(rows) == len(small.findings)


def test_an_export_takes_its_whole_address(endpoint: At) -> None:
    file = endpoint.get(EXPORT).json()["exportFiles"][0]
    assert endpoint.client.get(file[:-1] + "0").status_code == 403
    assert endpoint.client.get(file.partition("?")[0]).status_code == 403
    assert endpoint.client.get(file.replace("part-", "part-9")).status_code == 404
    assert endpoint.error(f"{EXPORT}?sasValidHours=7") == (400, "InvalidInput")


@pytest.mark.parametrize(
    ("path", "permission"),
    [
        (MACHINES, "Machine.Read.All"),
        (BY_MACHINE, "Vulnerability.Read.All"),
        (EXPORT, "Vulnerability.Read.All"),
    ],
)
def test_each_path_takes_its_permission(endpoint: At, path: str, permission: str) -> None:
    endpoint.cloud.granted.remove(permission)
    assert endpoint.error(path) == (403, "Forbidden")
    endpoint.cloud.granted.add(permission)
    assert endpoint.get(path).status_code == 200


def test_defender_for_business_lists_machines_and_assesses_nothing(speak: Speak) -> None:
    endpoint = At(
        speak(Organisation.build(people=150, edition=BUSINESS_PREMIUM)),
        "defender_endpoint",
    )
    assert endpoint.get(MACHINES).status_code == 200
    assert endpoint.error(BY_MACHINE) == (403, "DisabledFeature")
    assert endpoint.error(EXPORT) == (403, "DisabledFeature")


def test_without_any_licence_no_machine_is_listed(speak: Speak) -> None:
    endpoint = At(speak(Organisation.build(people=150, edition=STANDARD)), "defender_endpoint")
    assert endpoint.error(MACHINES) == (403, "DisabledFeature")


def test_tokens_of_another_service_are_not_taken(speak: Speak, small: Organisation) -> None:
    speaker = speak(small)
    for host, path in (("defender_endpoint", MACHINES), ("cloud_apps", ACTIVITIES)):
        answer = speaker.client.get(
            f"{speaker.cloud.addresses[host]}{path}", headers={"Authorization": f"Bearer {speaker.token}"}
        )
        assert answer.status_code == 401


def test_nothing_can_be_written(endpoint: At, apps: At) -> None:
    assert endpoint.post(MACHINES, {}).status_code == 405
    answer = apps.client.request("DELETE", f"{apps.address}{ACTIVITIES}", headers=apps.headers)
    assert answer.status_code == 405


def test_faults_strike_every_host(speak: Speak, small: Organisation) -> None:
    speaker = speak(small, faults=[Fault.throttled("*/machines", "7"), Fault.failing("/tvm-export/*")])
    endpoint = At(speaker, "defender_endpoint")
    struck = endpoint.get(MACHINES)
    assert (struck.status_code, struck.headers["retry-after"]) == (429, "7")
    assert endpoint.get(MACHINES).status_code == 200
    file = endpoint.get(EXPORT).json()["exportFiles"][0]
    assert [endpoint.client.get(file).status_code for _ in range(2)] == [503, 200]


def test_activities_come_in_parts_newest_first(apps: At, small: Organisation) -> None:
    seen: list[Json] = []
    more = True
    while more:
        answer = apps.post(ACTIVITIES, {"filters": {}, "skip": len(seen), "limit": 100}).json()
        seen += answer["data"]
        more = answer["hasNext"]
        assert answer["total"] == len(small.cloud_activity.activities)
    assert seen == small.cloud_activity.activities
    assert [one["timestamp"] for one in seen] == sorted((one["timestamp"] for one in seen), reverse=True)


def test_activities_are_read_with_get_too(apps: At) -> None:
    answer = apps.get(f"{ACTIVITIES}?skip=225&limit=1000").json()
    assert (len(answer["data"]), answer["hasNext"]) == (5, False)
    assert len(apps.get(f"{ACTIVITIES}?limit=1000").json()["data"]) == 100
    assert apps.get(f"{ACTIVITIES}?skip=x").status_code == 400
    assert (
        apps.client.post(f"{apps.address}{ACTIVITIES}", content=b"[]", headers=apps.headers).status_code
        == 400
    )


def test_streams_take_their_permission_and_licence(apps: At, small: Organisation) -> None:
    path = "/api/discovery/streams/"
    assert [one["displayName"] for one in apps.get(path).json()["data"]] == [
        *("Firewall terminal", "Proxy kantoor (oud)", "Proefrapport"),
    ]
    apps.cloud.granted.remove("Discovery.read")
    assert apps.get(path).status_code == 403
    assert apps.get(ACTIVITIES).status_code == 200
    apps.cloud.granted.add("Discovery.read")
    small.change_edition(BUSINESS_PREMIUM)
    assert apps.get(path).status_code == 403
    assert apps.get("/api/nothing").status_code == 404
