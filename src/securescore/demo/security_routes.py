"""Paths of the invented Microsoft Graph about the security products, Intune and the workloads' settings."""

from collections.abc import Sequence

from securescore.demo.odata import Paging
from securescore.demo.route import Gate, Route, filterable, named

_IDENTITY = Gate(("ATA",), "Forbidden")
_INTUNE = Gate(("INTUNE_A",), "Forbidden")
_SHAREPOINT = Gate(("SHAREPOINTSTANDARD", "SHAREPOINTENTERPRISE"), "Forbidden")

_SCORE = ("SecurityEvents.Read.All",)
_SECURITY = (
    Route(
        "/security/secureScores",
        lambda organisation, _: organisation.native.scores,
        _SCORE,
        **filterable("id", "azureTenantId"),
    ),
    Route("/security/secureScores/{id}", named(lambda organisation: organisation.native.scores), _SCORE),
    Route(
        "/security/secureScoreControlProfiles",
        lambda organisation, _: organisation.native.profiles,
        _SCORE,
        paging=Paging(200),
        **filterable("id", "service", "controlCategory"),
    ),
    Route(
        "/security/secureScoreControlProfiles/{id}",
        named(lambda organisation: organisation.native.profiles),
        _SCORE,
    ),
)

_SENSORS = ("SecurityIdentitiesSensors.Read.All",)
_IDENTITIES = (
    Route(
        "/security/identities/sensors",
        lambda organisation, _: organisation.identity_defence.sensors,
        _SENSORS,
        gate=_IDENTITY,
        paging=Paging(5),
    ),
    Route(
        "/security/identities/sensorCandidates",
        lambda organisation, _: organisation.identity_defence.candidates,
        _SENSORS,
        gate=_IDENTITY,
    ),
    Route(
        "/security/identities/healthIssues",
        lambda organisation, _: organisation.identity_defence.issues,
        ("SecurityIdentitiesHealth.Read.All",),
        gate=_IDENTITY,
        **filterable("status", "severity"),
    ),
)

_DEVICES = (
    Route(
        "/deviceManagement/managedDevices",
        lambda organisation, _: organisation.intune.devices,
        ("DeviceManagementManagedDevices.Read.All",),
        gate=_INTUNE,
        paging=Paging(1000, 1000),
    ),
    Route(
        "/deviceManagement/deviceCompliancePolicies",
        lambda organisation, _: organisation.intune.compliance_policies,
        ("DeviceManagementConfiguration.Read.All",),
        gate=_INTUNE,
        paging=Paging(1000, 1000),
        expands=("assignments",),
    ),
)

_WORKLOADS = (
    Route(
        "/admin/sharepoint/settings",
        lambda organisation, _: organisation.workload_settings.sharepoint,
        ("SharePointTenantSettings.Read.All",),
        gate=_SHAREPOINT,
    ),
    Route(
        "/admin/forms/settings",
        lambda organisation, _: organisation.workload_settings.forms,
        ("OrgSettings-Forms.Read.All",),
        version="beta",
    ),
    Route(
        "/admin/appsAndServices/settings",
        lambda organisation, _: organisation.workload_settings.apps_and_services,
        ("OrgSettings-AppsAndServices.Read.All",),
        version="beta",
    ),
)

ROUTES: Sequence[Route] = (*_SECURITY, *_IDENTITIES, *_DEVICES, *_WORKLOADS)
