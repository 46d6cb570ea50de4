"""What is true of the Entra ID controls about the tenant: its settings, domains, groups, policies and applications."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from securescore.demo.answers import Answer, Verdicts, every, some, verdict
from securescore.demo.frame import Json, moment
from securescore.demo.organisation import Organisation
from securescore.demo.roles import TEMPLATES
from securescore.demo.sign_in_truth import EVERY_CLIENT, covers_clients, everywhere, without_risk
from securescore.demo.tenant_settings import NEVER

_LISTED = {
    TEMPLATES[f"{name} Administrator"]
    for name in (
        *("Application", "Authentication", "Billing", "Cloud Application", "Conditional Access", "Exchange"),
        *("Global", "Helpdesk", "Password", "Privileged Authentication", "Privileged Role", "Security"),
        *("SharePoint", "User"),
    )
} | {TEMPLATES["Global Reader"]}
"""The fifteen roles that the actions about administrators list."""

_AZURE_MANAGEMENT = "797f4846-ba00-4fd7-ba43-dac1f8f63013"
_PHISHING_RESISTANT = {"windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"}
_LIMITED_CONSENT = {
    f"ManagePermissionGrantsForSelf.microsoft-user-default-{one}"
    for one in ("low", "recommended", "allow-consent-apps")
}
_FAR_REACHING = ("Mail.", "MailboxSettings.", "Files.", "Sites.", "Directory.", "RoleManagement.")
_LONGEST_SESSION = 4
_SOON = timedelta(days=30)


def directory_truth(organisation: Organisation) -> dict[str, Verdicts]:
    """The verdicts of everything that is no account, by control id."""
    return {**_roles(organisation), **_settings(organisation), **_applications(organisation)}


def _roles(organisation: Organisation) -> dict[str, Verdicts]:
    """Controls about the roles that conditional access protects; the entity is the role."""
    roles = _LISTED & {one["templateId"] for one in organisation.roles.definitions}
    policies = [one for one in organisation.policies if one["state"] == "enabled"]
    strong, often, short = (
        [(one, every([test(one), _always(one)])) for one in policies]
        for test in (_asks_for_keys, _asks_often, _forgets_browser)
    )
    return {
        "aad_phishing_MFA_strength": {one: verdict(_covered(one, strong)) for one in roles},
        "aad_sign_in_freq_session_timeout": {
            one: verdict(every([_covered(one, often), _covered(one, short)])) for one in roles
        },
    }


def _covered(role: str, policies: Iterable[tuple[Json, Answer]]) -> Answer:
    return some(every([holds, _is_for(role, policy["conditions"]["users"])]) for policy, holds in policies)


def _is_for(role: str, users: Json) -> bool:
    included = role in users["includeRoles"] or "All" in users["includeUsers"]
    return included and role not in users["excludeRoles"]


def _always(policy: Json) -> Answer:
    return every([everywhere(policy), without_risk(policy), covers_clients(policy, EVERY_CLIENT)])


def _asks_for_keys(policy: Json) -> bool:
    grant = policy["grantControls"] or {}
    strength = grant.get("authenticationStrength")
    if not strength:
        return False
    keys = all(set(one.split(",")) & _PHISHING_RESISTANT for one in strength["allowedCombinations"])
    others = grant["builtInControls"] or grant["customAuthenticationFactors"] or grant["termsOfUse"]
    return keys and (grant["operator"] == "AND" or not others)


def _asks_often(policy: Json) -> bool:
    """Every time, or at least each four hours: nobody here holds a listed role on request alone."""
    frequency = (policy["sessionControls"] or {}).get("signInFrequency") or {}
    hours = (frequency.get("value") or 0) * (24 if frequency.get("type") == "days" else 1)
    return frequency.get("frequencyInterval") == "everyTime" or 0 < hours <= _LONGEST_SESSION


def _forgets_browser(policy: Json) -> bool:
    browser = (policy["sessionControls"] or {}).get("persistentBrowser") or {}
    return bool(browser.get("mode") == "never")


def _settings(organisation: Organisation) -> dict[str, Verdicts]:
    """Controls about the tenant as a whole, its domains, groups and methods."""
    permissions = organisation.authorization_policy["defaultUserRolePermissions"]
    passwords = _password_rules(organisation)
    workflow = organisation.admin_consent_policy
    methods = organisation.authentication_methods["authenticationMethodConfigurations"]
    synchronised = [one["features"]["passwordSyncEnabled"] for one in organisation.synchronisation]
    checked = passwords["EnableBannedPasswordCheck"] == "True"
    on_premises = passwords["EnableBannedPasswordCheckOnPremises"] == "True"
    enforced = passwords["BannedPasswordCheckOnPremisesMode"] == "Enforce"
    invitations = organisation.authorization_policy["allowInvitesFrom"]
    for_tenant = {
        "IntegratedApps": set(_consents(permissions)) <= _LIMITED_CONSENT,
        "PasswordHashSync": all(synchronised),
        "aad_admin_consent_workflow": workflow["isEnabled"] and bool(workflow["reviewers"]),
        "aad_custom_banned_passwords": checked and bool(passwords["BannedPasswordList"].strip()),
        "aad_password_protection": on_premises and enforced,
        "aad_limited_administrative_roles": some(
            _keeps_out_of_azure(one) for one in organisation.policies if one["state"] == "enabled"
        ),
        "aad_third_party_apps": not permissions["allowedToCreateApps"],
        "custom.guest_invitations": invitations in {"adminsAndGuestInviters", "none"},
    }
    return {control: {organisation.tenant_id: verdict(holds)} for control, holds in for_tenant.items()} | {
        "PWAgePolicyNew": {
            one["id"].lower(): verdict(_never_expires(one["passwordValidityPeriodInDays"]))
            for one in organisation.domains
            if one["isVerified"] and one["isRoot"] and one["authenticationType"] == "Managed"
        },
        "aad_managed_approved_public_groups_only": {
            one["id"]: verdict(one["visibility"] != "Public")
            for one in organisation.groups.items
            if "Unified" in one["groupTypes"]
        },
        "custom.report_only_policies": {
            one["id"]: verdict(one["state"] == "enabled")
            for one in organisation.policies
            if one["state"] != "disabled"
        },
        "custom.weak_authentication_methods": {
            one["id"]: verdict(one["state"] != "enabled") for one in methods if one["id"] in {"Sms", "Voice"}
        },
    }


def _password_rules(organisation: Organisation) -> Mapping[str, str]:
    rules = next(one for one in organisation.group_settings if one["displayName"] == "Password Rule Settings")
    return {one["name"]: one["value"] for one in rules["values"]}


def _consents(permissions: Json) -> Iterator[str]:
    """The policies by which users consent for themselves."""
    for one in permissions["permissionGrantPoliciesAssigned"]:
        if one.startswith("ManagePermissionGrantsForSelf."):
            yield one


def _never_expires(days: int | None) -> Answer:
    return None if days is None else days == NEVER


def _keeps_out_of_azure(policy: Json) -> Answer:
    grant, users = policy["grantControls"] or {}, policy["conditions"]["users"]
    only_administrators = not users["excludeGroups"] and not users["excludeGuestsOrExternalUsers"]
    blocks = (
        "block" in grant.get("builtInControls", ()) and "All" in users["includeUsers"] and only_administrators
    )
    always = every(
        [
            everywhere(policy, app=_AZURE_MANAGEMENT),
            without_risk(policy),
            covers_clients(policy, EVERY_CLIENT),
        ]
    )
    return every([blocks, always])


def _applications(organisation: Organisation) -> dict[str, Verdicts]:
    now, applications = organisation.frame.as_of, organisation.applications
    secrets = {
        one["id"]: [secret for secret in one["passwordCredentials"] if moment(secret["endDateTime"]) >= now]
        for one in applications.applications
    }
    return {
        "custom.expiring_credentials": {
            one["id"]: verdict(_lasts(one, now))
            for one in applications.applications
            if one["passwordCredentials"] or one["keyCredentials"]
        },
        "custom.long_lived_secrets": {
            one: verdict(not any(map(_is_long_lived, valid))) for one, valid in secrets.items() if valid
        },
        "custom.tenant_wide_consents": _consented(applications.grants),
    }


def _lasts(application: Json, now: datetime) -> bool:
    """Whether neither its secrets nor its certificates run out soon, and there is one that has not."""
    kinds = (application["passwordCredentials"], application["keyCredentials"])
    ends = [max(moment(one["endDateTime"]) for one in kind) for kind in kinds if kind]
    return max(ends) >= now + _SOON and not any(now <= end < now + _SOON for end in ends)


def _is_long_lived(secret: Json) -> bool:
    starts = moment(secret["startDateTime"])
    return moment(secret["endDateTime"]) > starts.replace(year=starts.year + 1) + timedelta(days=1)


def _consented(grants: Iterable[Json]) -> Verdicts:
    """Applications with a consent for everybody: no word of it may reach far."""
    words: dict[str, list[str]] = {}
    for grant in grants:
        if grant["consentType"] == "AllPrincipals":
            words.setdefault(grant["clientId"], []).extend(grant["scope"].split())
    return {
        client: verdict(not any(one.startswith(_FAR_REACHING) for one in given))
        for client, given in words.items()
    }
