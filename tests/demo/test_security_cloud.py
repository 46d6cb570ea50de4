"""What the invented Microsoft Graph answers about sensors, managed devices and the workloads' settings."""

from collections.abc import Callable
from typing import Any

import pytest

from securescore.demo import BUSINESS_PREMIUM, STANDARD, AccountKind, Organisation

SENSORS = "/v1.0/security/identities/sensors"
COMPLIANCE = "/v1.0/deviceManagement/deviceCompliancePolicies"

Speak = Callable[..., Any]


def test_sensors_candidates_and_issues(speak: Speak, small: Organisation) -> None:
    speaker, defence = speak(small), small.identity_defence
    pages = speaker.pages(SENSORS)
    assert [len(page) for page in pages] == [5, 3]
    assert [one for page in pages for one in page] == defence.sensors
    assert speaker.items("/v1.0/security/identities/sensorCandidates") == defence.candidates
    assert speaker.items("/v1.0/security/identities/healthIssues") == defence.issues
    closed = speaker.items("/v1.0/security/identities/healthIssues?$filter=status eq 'closed'")
    assert [one["status"] for one in closed] == ["closed"]


def test_managed_devices(speak: Speak, small: Organisation) -> None:
    speaker = speak(small)
    path = "/v1.0/deviceManagement/managedDevices?$select=id,complianceState&$top=30"
    pages = speaker.pages(path)
    assert sum(len(page) for page in pages) == len(small.intune.devices)
    assert set(pages[0][0]) == {"id", "complianceState"}


def test_assignments_come_only_when_asked_for(speak: Speak, small: Organisation) -> None:
    speaker = speak(small)
    assert all("assignments" not in one for one in speaker.items(COMPLIANCE))
    assert speaker.items(f"{COMPLIANCE}?$expand=assignments") == small.intune.compliance_policies
    chosen = speaker.items(f"{COMPLIANCE}?$select=id&$expand=assignments")
    assert {frozenset(one) for one in chosen} == {frozenset({"@odata.type", "id", "assignments"})}


def test_settings_are_single_objects(speak: Speak, small: Organisation) -> None:
    speaker, settings = speak(small), small.workload_settings
    for path, wanted in (
        ("/v1.0/admin/sharepoint/settings", settings.sharepoint),
        ("/beta/admin/forms/settings", settings.forms),
        ("/beta/admin/appsAndServices/settings", settings.apps_and_services),
    ):
        answer = speaker.get(path).json()
        assert {name: value for name, value in answer.items() if name != "@odata.context"} == wanted
    assert speaker.get("/v1.0/admin/forms/settings").status_code == 400


@pytest.mark.parametrize(
    ("path", "permission"),
    [
        (SENSORS, "SecurityIdentitiesSensors.Read.All"),
        ("/v1.0/security/identities/healthIssues", "SecurityIdentitiesHealth.Read.All"),
        ("/v1.0/deviceManagement/managedDevices", "DeviceManagementManagedDevices.Read.All"),
        (COMPLIANCE, "DeviceManagementConfiguration.Read.All"),
        ("/v1.0/admin/sharepoint/settings", "SharePointTenantSettings.Read.All"),
        ("/beta/admin/forms/settings", "OrgSettings-Forms.Read.All"),
        ("/beta/admin/appsAndServices/settings", "OrgSettings-AppsAndServices.Read.All"),
    ],
)
def test_each_takes_its_permission(speak: Speak, small: Organisation, path: str, permission: str) -> None:
    speaker = speak(small)
    speaker.cloud.granted.remove(permission)
    assert speaker.error(path) == (403, "Authorization_RequestDenied")
    speaker.cloud.granted.add(permission)
    assert speaker.get(path).status_code == 200


def test_what_is_not_licensed_is_refused(speak: Speak) -> None:
    premium = speak(Organisation.build(people=150, edition=BUSINESS_PREMIUM))
    assert premium.error(SENSORS) == (403, "Forbidden")
    assert premium.get(COMPLIANCE).status_code == 200
    assert premium.get("/v1.0/admin/sharepoint/settings").status_code == 200
    standard = speak(Organisation.build(people=150, edition=STANDARD))
    assert standard.error(COMPLIANCE) == (403, "Forbidden")


def test_the_second_organisation_is_a_small_dutch_company() -> None:
    organisation = Organisation.small_business()
    assert organisation.organization["countryLetterCode"] == "NL"
    assert len(organisation.of_kind(AccountKind.STAFF)) == 200
    owned = {"MDE_SMB", "AAD_PREMIUM", "ATP_ENTERPRISE"}
    larger = {"WINDEFATP", "ATA", "ADALLOM_S_STANDALONE", "AAD_PREMIUM_P2"}
    assert organisation.plans & (owned | larger) == owned
    assert Organisation.build().plans >= larger
