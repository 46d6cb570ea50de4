"""Conditional access of an invented organisation: policies, named locations, authentication strengths.

Every policy carries a believable flaw or stands as a contrast to one; the names say what the administrator
meant, the content says what it does.
"""

from dataclasses import dataclass

from securescore.demo import groups as named
from securescore.demo.frame import Frame, Json
from securescore.demo.groups import Groups
from securescore.demo.roles import TEMPLATES

ENABLED, REPORT_ONLY, DISABLED = "enabled", "enabledForReportingButNotEnforced", "disabled"

PHISHING_RESISTANT = "00000000-0000-0000-0000-000000000004"
PAYROLL_APP = "Salarisportaal"

ADMINS_MFA = "CA001 MFA voor beheerders"
EVERYBODY_MFA = "CA002 MFA voor iedereen"
LEGACY = "CA003 Verouderde aanmelding blokkeren"
GUESTS_MFA = "CA004 MFA voor gasten"
SIGN_IN_RISK = "CA005 Aanmeldrisico"
USER_RISK = "CA006 Gebruikersrisico"
ADMIN_SESSIONS = "CA007 Sessies van beheerders"
STRONG_ADMINS = "CA008 Phishingbestendige MFA"
OUTSIDE = "CA009 MFA buiten de haven"
OFFICE_DEVICES = "CA010 Office op beheerde apparaten"
WAREHOUSE_MFA = "CA011 MFA magazijn"
COUNTRIES = "CA012 Landen blokkeren"
REGISTRATION = "CA013 Beveiligingsgegevens registreren"
PREVIEW = "CA014 Proef met signalen"
TRIAL = "CA015 Proef MFA 2021"

_ADMIN_ROLES = (
    *("Global Administrator", "Privileged Role Administrator", "Privileged Authentication Administrator"),
    *("Security Administrator", "Conditional Access Administrator", "Exchange Administrator"),
    *("SharePoint Administrator", "User Administrator", "Helpdesk Administrator"),
    *("Authentication Administrator", "Application Administrator", "Cloud Application Administrator"),
    *("Password Administrator", "Intune Administrator", "Compliance Administrator"),
)
"""What the policies for administrators name. Billing and Teams administrators were forgotten."""

_EVERY_GUEST = (
    "internalGuest,b2bCollaborationGuest,b2bCollaborationMember,"
    "b2bDirectConnectUser,otherExternalUser,serviceProvider"
)
_MOST_GUESTS = "internalGuest,b2bCollaborationGuest,otherExternalUser"
"""What the policy for guests names. External members (b2bCollaborationMember) were forgotten."""


@dataclass(frozen=True, slots=True)
class ConditionalAccess:
    """What the conditional access endpoints answer."""

    policies: list[Json]
    locations: list[Json]


def build_conditional_access(frame: Frame, groups: Groups) -> ConditionalAccess:
    policies = [
        *_multifactor(frame, groups),
        *_risk(frame, groups),
        *_administrators(groups),
        *_narrowed(frame, groups),
        *_others(frame, groups),
    ]
    completed = [_completed(frame, number, policy) for number, policy in enumerate(policies)]
    return ConditionalAccess(sorted(completed, key=lambda one: str(one["displayName"])), _locations(frame))


def users(**changes: object) -> Json:
    """The users condition with everything in it, empty where nothing is given."""
    lists = ("includeUsers", "excludeUsers", "includeGroups", "excludeGroups", "includeRoles", "excludeRoles")
    empty: Json = {name: [] for name in lists}
    return empty | {"includeGuestsOrExternalUsers": None, "excludeGuestsOrExternalUsers": None} | changes


def policy(
    name: str,
    state: str,
    who: Json,
    *,
    grant: Json | None = None,
    session: Json | None = None,
    applications: Json | None = None,
    **conditions: object,
) -> Json:
    """A policy in the shape of the service; unnamed conditions are what the service shows for "not used"."""
    return {
        "displayName": name,
        "state": state,
        "templateId": None,
        "conditions": _no_conditions() | {"users": who, "applications": applications or apps()} | conditions,
        "grantControls": grant,
        "sessionControls": session,
    }


def _no_conditions() -> Json:
    return {
        "clientAppTypes": ["all"],
        "signInRiskLevels": [],
        "userRiskLevels": [],
        "servicePrincipalRiskLevels": [],
        "platforms": None,
        "locations": None,
        "devices": None,
        "clientApplications": None,
        "authenticationFlows": None,
        "insiderRiskLevels": None,
    }


def apps(*include: str, exclude: tuple[str, ...] = (), actions: tuple[str, ...] = ()) -> Json:
    return {
        "includeApplications": [] if actions else list(include or ("All",)),
        "excludeApplications": list(exclude),
        "includeUserActions": list(actions),
        "includeAuthenticationContextClassReferences": [],
        "applicationFilter": None,
    }


def grants(*controls: str, operator: str = "OR", strength: Json | None = None) -> Json:
    return {
        "operator": operator,
        "builtInControls": list(controls),
        "customAuthenticationFactors": [],
        "termsOfUse": [],
        "authenticationStrength": strength,
    }


def _session(**changes: object) -> Json:
    empty: Json = dict.fromkeys(
        ("applicationEnforcedRestrictions", "cloudAppSecurity", "signInFrequency", "persistentBrowser")
    )
    return empty | {"disableResilienceDefaults": None} | changes


def _every(frequency: str, value: int | None = None) -> Json:
    return {
        "isEnabled": True,
        "value": value,
        "type": "hours" if value else None,
        "authenticationType": "primaryAndSecondaryAuthentication",
        "frequencyInterval": frequency,
    }


def _guests(kinds: str) -> Json:
    tenants = {"@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants", "membershipKind": "all"}
    return {"guestOrExternalUserTypes": kinds, "externalTenants": tenants}


def _completed(frame: Frame, number: int, policy: Json) -> Json:
    name = str(policy["displayName"])
    changed = None if number % 3 == 0 else frame.ago(days=20 + 13 * number)
    stamps = {"createdDateTime": frame.ago(days=600 - number), "modifiedDateTime": changed}
    return {"id": frame.id("policy", name)} | policy | stamps


def _role_ids() -> list[str]:
    return [TEMPLATES[role] for role in _ADMIN_ROLES]


def _multifactor(frame: Frame, groups: Groups) -> list[Json]:
    emergency, exceptions = groups.id_of(named.EMERGENCY), groups.id_of(named.EXCEPTIONS)
    deleted = frame.id("group", "deleted long ago")
    administrators = users(includeRoles=_role_ids(), excludeGroups=[emergency])
    everybody = users(
        includeUsers=["All"],
        excludeGroups=[emergency, exceptions],
        excludeRoles=[TEMPLATES["Directory Synchronization Accounts"]],
        excludeGuestsOrExternalUsers=_guests(_EVERY_GUEST),
    )
    guests = users(includeGuestsOrExternalUsers=_guests(_MOST_GUESTS), excludeGroups=[deleted])
    return [
        policy(ADMINS_MFA, ENABLED, administrators, grant=grants("mfa")),
        policy(EVERYBODY_MFA, ENABLED, everybody, grant=grants("mfa")),
        policy(GUESTS_MFA, ENABLED, guests, grant=grants("mfa")),
    ]


def _risk(frame: Frame, groups: Groups) -> list[Json]:
    emergency, exceptions = groups.id_of(named.EMERGENCY), groups.id_of(named.EXCEPTIONS)
    everybody = users(includeUsers=["All"], excludeGroups=[emergency, exceptions])
    office = users(
        includeGroups=[groups.id_of(named.OFFICE_STAFF)], excludeUsers=[frame.id("user", "deleted")]
    )
    legacy = users(includeUsers=["All"], excludeGroups=[emergency])
    always = _session(signInFrequency=_every("everyTime"))
    change = grants("mfa", "passwordChange", operator="AND")
    clients = ["exchangeActiveSync", "other"]
    return [
        policy(LEGACY, REPORT_ONLY, legacy, grant=grants("block"), clientAppTypes=clients),
        policy(
            SIGN_IN_RISK,
            ENABLED,
            everybody,
            grant=grants("mfa"),
            session=always,
            signInRiskLevels=["high", "medium"],
        ),
        policy(USER_RISK, ENABLED, office, grant=change, session=always, userRiskLevels=["high"]),
    ]


def _administrators(groups: Groups) -> list[Json]:
    emergency = groups.id_of(named.EMERGENCY)
    administrators = users(includeRoles=_role_ids(), excludeGroups=[emergency])
    global_only = users(includeRoles=[TEMPLATES["Global Administrator"]], excludeGroups=[emergency])
    twelve_hours = _session(signInFrequency=_every("timeBased", 12))
    return [
        policy(ADMIN_SESSIONS, ENABLED, administrators, session=twelve_hours),
        policy(STRONG_ADMINS, ENABLED, global_only, grant=grants(strength=phishing_resistant())),
    ]


def _narrowed(frame: Frame, groups: Groups) -> list[Json]:
    warehouse = users(includeGroups=[groups.id_of(named.EXCEPTIONS_WAREHOUSE)])
    outside = {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]}
    abroad = {"includeLocations": [frame.id("location", "Hoog risico")], "excludeLocations": []}
    not_payroll = apps(exclude=(frame.id("app", PAYROLL_APP),))
    emergency = [groups.id_of(named.EMERGENCY)]
    everybody = users(includeUsers=["All"], excludeGroups=emergency)
    register = apps(actions=("urn:user:registersecurityinfo",))
    return [
        policy(OUTSIDE, ENABLED, everybody, grant=grants("mfa"), locations=outside),
        policy(WAREHOUSE_MFA, ENABLED, warehouse, grant=grants("mfa"), applications=not_payroll),
        policy(COUNTRIES, ENABLED, everybody, grant=grants("block"), locations=abroad),
        policy(
            REGISTRATION, ENABLED, everybody, grant=grants("mfa"), applications=register, locations=outside
        ),
    ]


def _others(frame: Frame, groups: Groups) -> list[Json]:
    everybody = users(includeUsers=["All"], excludeUsers=[frame.id("user", "deleted")])
    pilot = users(includeGroups=[groups.id_of(named.PILOT)])
    either = grants("mfa", "compliantDevice", "domainJoinedDevice")
    signals = {"signalLevels": ["elevated"], "signalSource": "harbourPreview"}
    return [
        policy(OFFICE_DEVICES, ENABLED, everybody, grant=either, applications=apps("Office365")),
        policy(PREVIEW, ENABLED, pilot, grant=grants("mfa"), previewSignals=signals),
        policy(TRIAL, DISABLED, users(includeUsers=["All"]), grant=grants("mfa")),
    ]


def _locations(frame: Frame) -> list[Json]:
    return [
        {
            "@odata.type": "#microsoft.graph.ipNamedLocation",
            "id": frame.id("location", "Havenkantoor"),
            "displayName": "Havenkantoor",
            "isTrusted": True,
            "ipRanges": [
                {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "198.51.100.0/24"},
                {"@odata.type": "#microsoft.graph.iPv6CidrRange", "cidrAddress": "2001:db8:20::/48"},
            ],
        },
        {
            "@odata.type": "#microsoft.graph.countryNamedLocation",
            "id": frame.id("location", "Hoog risico"),
            "displayName": "Hoog risico",
            "countriesAndRegions": ["XA", "XB"],
            "includeUnknownCountriesAndRegions": False,
            "countryLookupMethod": "clientIpAddress",
        },
    ]


def phishing_resistant() -> Json:
    return strengths_built_in()[2]


def strengths_built_in() -> list[Json]:
    passkeys = ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"]
    passwordless = [*passkeys, "deviceBasedPush"]
    second = [
        *passwordless,
        "temporaryAccessPassOneTime",
        "password,microsoftAuthenticatorPush",
        "password,sms",
    ]
    return [
        _strength("00000000-0000-0000-0000-000000000002", "Multifactor authentication", second),
        _strength("00000000-0000-0000-0000-000000000003", "Passwordless MFA", passwordless),
        _strength(PHISHING_RESISTANT, "Phishing-resistant MFA", passkeys),
    ]


def build_strengths(frame: Frame) -> list[Json]:
    """The three of the service, and one of the organisation's own."""
    own = _strength(frame.id("strength", "Kiosk"), "Kiosk met sleutel", ["fido2", "password,hardwareOath"])
    own |= {"policyType": "custom", "createdDateTime": frame.ago(days=210)}
    return [*strengths_built_in(), own]


def _strength(strength_id: str, name: str, combinations: list[str]) -> Json:
    return {
        "id": strength_id,
        "displayName": name,
        "policyType": "builtIn",
        "requirementsSatisfied": "mfa",
        "allowedCombinations": combinations,
        "createdDateTime": "2021-12-01T08:00:00Z",
    }
