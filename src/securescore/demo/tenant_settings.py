"""Settings of the tenant as a whole.

Intended flaws: passwords of one domain expire; banned passwords are checked without a list of the
organisation's own, and on premises in audit mode only; the admin consent workflow is on without reviewers;
users may register applications; the partner's multifactor authentication is trusted, the default's is not.
"""

from securescore.demo.frame import Frame, Json

NEVER = 2147483647
"""The service's word for passwords that do not expire, in days."""

_ORDINARY_GUEST = "10dae51f-b6af-4016-8d66-8c2a99b929b3"
_PASSWORD_RULES = "5cf42378-d67d-4f36-ba46-e8b86229381d"  # noqa: S105 - a public template id
_UNIFIED_GROUPS = "62375ab9-6b52-47ed-826b-58e47e0e304b"
_PARTNER = "9a1e7b52-0c6d-4f52-8a55-7f2b3c4d5e6f"


def organization(frame: Frame) -> Json:
    return {
        "id": frame.tenant_id,
        "displayName": f"{frame.name} Groep",
        "tenantType": "AAD",
        "countryLetterCode": "NL",
        "createdDateTime": "2012-09-03T07:30:00Z",
        "onPremisesSyncEnabled": True,
        "onPremisesLastSyncDateTime": frame.ago(hours=0.4),
        "verifiedDomains": [
            {"name": one["id"], "isDefault": one["isDefault"], "isInitial": one["isInitial"], "type": kind}
            for one in domains(frame)
            for kind in [one["authenticationType"]]
        ],
        "assignedPlans": [],
    }


def synchronisation(frame: Frame) -> Json:
    return {
        "id": frame.tenant_id,
        "configuration": {
            "accidentalDeletionPrevention": {"synchronizationPreventionType": "enabledForCount"}
        },
        "features": {
            "passwordSyncEnabled": True,
            "passwordWritebackEnabled": False,
            "deviceWritebackEnabled": False,
            "groupWriteBackEnabled": False,
        },
    }


def domains(frame: Frame) -> list[Json]:
    return [
        _domain(frame.domain, isDefault=True),
        _domain(frame.federated_domain, authenticationType="Federated", passwordValidityPeriodInDays=None),
        _domain(f"kade.{frame.domain}", isRoot=False, passwordValidityPeriodInDays=None),
        _domain(f"{frame.slug}-terminals.example", passwordValidityPeriodInDays=90),
        *(_domain(f"{frame.slug}-{word}.example") for word in ("oud", "storing", "stil")),
        _domain(frame.initial_domain, isInitial=True),
        _domain(f"{frame.slug}-nieuw.example", isVerified=False, passwordValidityPeriodInDays=None),
    ]


def _domain(name: str, **changes: object) -> Json:
    domain: Json = {
        "id": name,
        "isDefault": False,
        "isInitial": False,
        "isRoot": True,
        "isVerified": True,
        "authenticationType": "Managed",
        "passwordValidityPeriodInDays": NEVER,
        "passwordNotificationWindowInDays": 14,
        "supportedServices": ["Email"],
    }
    return domain | changes


def security_defaults(*, enabled: bool) -> Json:
    return {
        "id": "00000000-0000-0000-0000-000000000005",
        "displayName": "Security Defaults",
        "isEnabled": enabled,
    }


def authorization_policy() -> Json:
    return {
        "id": "authorizationPolicy",
        "displayName": "Authorization Policy",
        "allowInvitesFrom": "everyone",
        "allowedToSignUpEmailBasedSubscriptions": True,
        "allowedToUseSSPR": True,
        "allowEmailVerifiedUsersToJoinOrganization": False,
        "blockMsolPowerShell": False,
        "guestUserRoleId": _ORDINARY_GUEST,
        "defaultUserRolePermissions": {
            "allowedToCreateApps": True,
            "allowedToCreateSecurityGroups": True,
            "allowedToCreateTenants": False,
            "allowedToReadOtherUsers": True,
            "permissionGrantPoliciesAssigned": ["ManagePermissionGrantsForSelf.microsoft-user-default-low"],
        },
    }


def admin_consent_policy() -> Json:
    return {
        "isEnabled": True,
        "notifyReviewers": True,
        "remindersEnabled": True,
        "requestDurationInDays": 30,
        "version": 3,
        "reviewers": [],
    }


def cross_tenant_default() -> Json:
    return {
        "isServiceDefault": False,
        "inboundTrust": _trust(mfa=False),
        "b2bCollaborationInbound": _inbound("allowed"),
        "b2bDirectConnectInbound": _inbound("blocked"),
    }


def cross_tenant_partners() -> list[Json]:
    return [
        {
            "tenantId": _PARTNER,
            "isServiceProvider": False,
            "inboundTrust": _trust(mfa=True),
            "b2bCollaborationInbound": _inbound("allowed"),
            "b2bDirectConnectInbound": None,
        }
    ]


def _trust(*, mfa: bool) -> Json:
    return {
        "isMfaAccepted": mfa,
        "isCompliantDeviceAccepted": False,
        "isHybridAzureADJoinedDeviceAccepted": False,
    }


def _inbound(access: str) -> Json:
    return {
        "usersAndGroups": {
            "accessType": access,
            "targets": [{"target": "AllUsers", "targetType": "user"}],
        },
        "applications": {
            "accessType": access,
            "targets": [{"target": "AllApplications", "targetType": "application"}],
        },
    }


_METHODS = (
    ("Fido2", "fido2", "enabled"),
    ("MicrosoftAuthenticator", "microsoftAuthenticator", "enabled"),
    ("Sms", "sms", "enabled"),
    ("TemporaryAccessPass", "temporaryAccessPass", "enabled"),
    ("SoftwareOath", "softwareOath", "enabled"),
    ("HardwareOath", "hardwareOath", "disabled"),
    ("Voice", "voice", "disabled"),
    ("Email", "email", "enabled"),
    ("X509Certificate", "x509Certificate", "disabled"),
)


def authentication_methods(office_group: str) -> Json:
    """Text messages are for the office only; everything else that is on is for everybody."""
    return {
        "id": "authenticationMethodsPolicy",
        "policyVersion": "1.5",
        "policyMigrationState": "migrationComplete",
        "registrationEnforcement": {"authenticationMethodsRegistrationCampaign": _campaign()},
        "authenticationMethodConfigurations": [
            _method(name, kind, state, office_group if name == "Sms" else "all_users")
            for name, kind, state in _METHODS
        ],
    }


def _campaign() -> Json:
    everybody = {
        "id": "all_users",
        "targetType": "group",
        "targetedAuthenticationMethod": "microsoftAuthenticator",
    }
    return {
        "state": "default",
        "snoozeDurationInDays": 1,
        "includeTargets": [everybody],
        "excludeTargets": [],
    }


def _method(name: str, kind: str, state: str, target: str) -> Json:
    targets = [{"id": target, "targetType": "group", "isRegistrationRequired": False}]
    return {
        "@odata.type": f"#microsoft.graph.{kind}AuthenticationMethodConfiguration",
        "id": name,
        "state": state,
        "includeTargets": targets if state == "enabled" else [],
        "excludeTargets": [],
    }


def group_settings(frame: Frame) -> list[Json]:
    passwords = {
        "BannedPasswordCheckOnPremisesMode": "Audit",
        "EnableBannedPasswordCheckOnPremises": "True",
        "EnableBannedPasswordCheck": "True",
        "LockoutDurationInSeconds": "60",
        "LockoutThreshold": "10",
        "BannedPasswordList": "",
    }
    unified = {
        "EnableGroupCreation": "True",
        "AllowGuestsToBeGroupOwner": "False",
        "AllowGuestsToAccessGroups": "True",
        "AllowToAddGuests": "True",
        "UsageGuidelinesUrl": "",
        "EnableMIPLabels": "True",
    }
    return [
        _setting(frame, "Password Rule Settings", _PASSWORD_RULES, passwords),
        _setting(frame, "Group.Unified", _UNIFIED_GROUPS, unified),
    ]


def _setting(frame: Frame, name: str, template: str, values: dict[str, str]) -> Json:
    return {
        "id": frame.id("setting", name),
        "displayName": name,
        "templateId": template,
        "values": [{"name": key, "value": value} for key, value in values.items()],
    }
