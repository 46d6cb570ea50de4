"""Applications of an invented organisation, what they authenticate with and what they may do.

Intended flaws: secrets that expired and were never removed, secrets that live for decades, an application
open to every tenant, an unverified publisher with a wide grant for all users.
"""

from dataclasses import dataclass

from securescore.demo.frame import Frame, Json
from securescore.demo.policies import PAYROLL_APP
from securescore.demo.roles import COLLECTOR_PRINCIPAL, DEPLOY_PRINCIPAL

_GRAPH_APP = "00000003-0000-0000-c000-000000000000"
_MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"


@dataclass(frozen=True, slots=True)
class _Secret:
    """A secret by when it starts and ends, in days before the organisation's moment."""

    name: str
    from_days: int
    to_days: int
    kind: str = "passwordCredentials"


_OWN: tuple[tuple[str, tuple[_Secret, ...]], ...] = (
    (COLLECTOR_PRINCIPAL, (_Secret("2026", 30, -150),)),
    (DEPLOY_PRINCIPAL, (_Secret("uitrol", 200, -165), _Secret("oud", 900, 535))),
    (PAYROLL_APP, (_Secret("productie", 500, -9000),)),
    ("Weegbrugkoppeling", (_Secret("v1", 1200, 105),)),
    ("Douaneaangifte", (_Secret("certificaat", 100, -265, "keyCredentials"),)),
    ("Kraanplanning", (_Secret("geheim", 800, -2850),)),
    ("Containerzoeker", ()),
    ("Narrowcasting", (_Secret("scherm", 400, 35), _Secret("scherm 2", 30, -335))),
    ("Bezoekersregistratie", (_Secret("balie", 60, -120),)),
    ("Rapportage", (_Secret("export", 20, -160), _Secret("certificaat", 20, -345, "keyCredentials"))),
    ("Vlootvolgsysteem", (_Secret("api", 700, -31),)),
    ("Klokken", ()),
)
_OPEN_TO_ALL_TENANTS = "Containerzoeker"

_BOUGHT: tuple[tuple[str, str | None], ...] = (
    ("Zeekaart Cloud", "Zeekaart Uitgevers"),
    ("Getij Agenda", None),
    ("Loodsapp", "Loodsapp Coöperatie"),
    ("Vrachtmail Slim", None),
)


@dataclass(frozen=True, slots=True)
class Applications:
    """What the endpoints about applications answer."""

    applications: list[Json]
    principals: list[Json]
    grants: list[Json]


def build_applications(frame: Frame, grantee: str) -> Applications:
    """Applications and grants; `grantee` is the user who consented to one for himself."""
    own = [_application(frame, name, secrets) for name, secrets in _OWN]
    principals = [_own_principal(frame, one) for one in own]
    principals += [_bought_principal(frame, name, publisher) for name, publisher in _BOUGHT]
    principals += [_graph_principal(frame), _managed_identity(frame)]
    return Applications(own, principals, _grants(frame, grantee))


def _application(frame: Frame, name: str, secrets: tuple[_Secret, ...]) -> Json:
    everyone = name == _OPEN_TO_ALL_TENANTS
    return {
        "id": frame.id("application", name),
        "appId": frame.id("app", name),
        "displayName": name,
        "signInAudience": "AzureADMultipleOrgs" if everyone else "AzureADMyOrg",
        "createdDateTime": frame.ago(days=1300),
        "passwordCredentials": [
            _credential(frame, name, one) for one in secrets if one.kind == "passwordCredentials"
        ],
        "keyCredentials": [_certificate(frame, name, one) for one in secrets if one.kind == "keyCredentials"],
        "requiredResourceAccess": [],
    }


def _credential(frame: Frame, application: str, secret: _Secret) -> Json:
    return {
        "keyId": frame.id("key", application, secret.name),
        "displayName": secret.name,
        "hint": secret.name[:3],
        "secretText": None,
        "customKeyIdentifier": None,
        "startDateTime": frame.ago(days=secret.from_days),
        "endDateTime": frame.ago(days=secret.to_days),
    }


def _certificate(frame: Frame, application: str, secret: _Secret) -> Json:
    dates = _credential(frame, application, secret)
    shared = {name: dates[name] for name in ("keyId", "displayName", "startDateTime", "endDateTime")}
    return shared | {
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
        "key": None,
        "customKeyIdentifier": None,
    }


def _principal(frame: Frame, name: str, app_id: str, owner: str, publisher: str | None = None) -> Json:
    return {
        "id": frame.id("service principal", name),
        "appId": app_id,
        "displayName": name,
        "accountEnabled": True,
        "servicePrincipalType": "Application",
        "appOwnerOrganizationId": owner,
        "verifiedPublisher": {"displayName": publisher, "verifiedPublisherId": None, "addedDateTime": None},
        "tags": ["WindowsAzureActiveDirectoryIntegratedApp"],
    }


def _own_principal(frame: Frame, application: Json) -> Json:
    return _principal(frame, application["displayName"], application["appId"], frame.tenant_id)


def _bought_principal(frame: Frame, name: str, publisher: str | None) -> Json:
    return _principal(frame, name, frame.id("app", name), frame.id("tenant of", name), publisher)


def _graph_principal(frame: Frame) -> Json:
    return _principal(frame, "Microsoft Graph", _GRAPH_APP, _MICROSOFT) | {"tags": []}


def _managed_identity(frame: Frame) -> Json:
    identity = _principal(frame, "vm-rapportage", frame.id("app", "vm-rapportage"), frame.tenant_id)
    return identity | {"servicePrincipalType": "ManagedIdentity", "appOwnerOrganizationId": None, "tags": []}


def _grants(frame: Frame, grantee: str) -> list[Json]:
    return [
        _grant(frame, "Zeekaart Cloud", "User.Read openid profile"),
        _grant(frame, "Getij Agenda", "Calendars.ReadWrite User.Read offline_access"),
        _grant(frame, "Vrachtmail Slim", "Mail.ReadWrite Mail.Send offline_access"),
        _grant(frame, "Loodsapp", "User.Read", grantee),
        _grant(frame, "Vrachtmail Slim", "Files.Read.All", grantee),
    ]


def _grant(frame: Frame, application: str, scope: str, user: str | None = None) -> Json:
    return {
        "id": frame.id("grant", application, user or "everybody").replace("-", ""),
        "clientId": frame.id("service principal", application),
        "consentType": "Principal" if user else "AllPrincipals",
        "principalId": user,
        "resourceId": frame.id("service principal", "Microsoft Graph"),
        "scope": scope,
    }
