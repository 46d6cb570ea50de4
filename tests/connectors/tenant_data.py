"""A small invented tenant, as Microsoft Graph would answer for it."""

import json
from typing import Any

from tests.connectors.stub import TENANT, Reply, Seen, Stub, error, page

ADA = "0a6f3c1e-52d4-4f0b-8a77-91d0b7c4e001"
BEN = "0a6f3c1e-52d4-4f0b-8a77-91d0b7c4e002"
EVE = "0a6f3c1e-52d4-4f0b-8a77-91d0b7c4e003"
BREAK_GLASS = "3b9d8e70-11aa-4c35-bb0e-6d2f9a7c1001"
ADMINS = "3b9d8e70-11aa-4c35-bb0e-6d2f9a7c1002"
GONE = "3b9d8e70-11aa-4c35-bb0e-6d2f9a7c1009"
ROBOT = "c4d2a9b8-7e61-4f1d-9f3a-5a0e8b6d4001"
STRANGER = "c4d2a9b8-7e61-4f1d-9f3a-5a0e8b6d4999"
GLOBAL_ADMIN = "62e90394-69f5-4237-9190-012177145e10"
POLICY = "5d2c7f10-93b1-4b6a-8e0c-77a1d3e90001"
GROUPS = {BREAK_GLASS: "Break-glass accounts", ADMINS: "Administrators"}
MEMBERS = {BREAK_GLASS: [ADA], ADMINS: [ADA, BEN]}
SINGLE = {
    "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy": {"id": "defaults", "isEnabled": False},
    "/v1.0/policies/authorizationPolicy": {"id": "authorizationPolicy", "allowInvitesFrom": "everyone"},
    "/v1.0/policies/authenticationMethodsPolicy": {"id": "methods", "authenticationMethodConfigurations": []},
    "/v1.0/policies/adminConsentRequestPolicy": {"isEnabled": True, "reviewers": [{}, {}]},
    "/v1.0/policies/crossTenantAccessPolicy/default": {"isServiceDefault": True},
    "/v1.0/admin/sharepoint/settings": {"sharingCapability": "disabled"},
    "/beta/admin/forms/settings": {"isInOrgFormsPhishingScanEnabled": True},
    "/beta/admin/appsAndServices/settings": {"isOfficeStoreEnabled": False},
    "/api/discovery/streams/": {"total": 0, "hasNext": False, "data": []},
    "/api/v1/activities/": {"total": 0, "hasNext": False, "data": []},
}


def policy(**changed: Any) -> dict[str, Any]:
    """A policy that asks administrators for MFA, except a group that exists and one that does not."""
    return {
        "id": POLICY,
        "displayName": "CA001 Require MFA for admins",
        "state": "enabled",
        "conditions": {
            "clientAppTypes": ["all"],
            "applications": {"includeApplications": ["All"], "excludeApplications": []},
            "users": {
                "includeRoles": [GLOBAL_ADMIN],
                "excludeGroups": [BREAK_GLASS, GONE],
            },
        },
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
        **changed,
    }


def user(id_: str, name: str, **changed: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "userPrincipalName": f"{name}@northwharf.example",
        "accountEnabled": True,
        "userType": "Member",
        **changed,
    }


def plans(*names: str) -> Reply:
    """Subscriptions with these service plans, switched on."""
    listed = [
        {
            "servicePlanId": f"eec0eb4f-6444-4f95-aba0-{n:012}",
            "servicePlanName": name,
            "provisioningStatus": "Success",
        }
        for n, name in enumerate(names)
    ]
    sku = {
        "skuId": "06ebc4ee-1bb5-47dd-8120-11324bc54e06",
        "capabilityStatus": "Enabled",
        "servicePlans": listed,
    }
    return page(sku)


def batch(seen: Seen) -> Reply:
    """Answers the reads that the collection puts into batches."""
    requests = json.loads(seen.body)["requests"]
    return Reply(body={"responses": [{"id": one["id"], **_item(one["url"])} for one in requests]})


def _item(url: str) -> dict[str, Any]:
    parts = url.split("?", maxsplit=1)[0].split("/")
    if parts[1] == "groups" and parts[2] in GROUPS:
        return {
            "status": 200,
            "body": {"id": parts[2], "displayName": GROUPS[parts[2]], "isAssignableToRole": True},
        }
    if parts[1] == "users":
        state = "enforced" if parts[2] == BEN else "disabled"
        return {"status": 200, "body": {"perUserMfaState": state}}
    missing = json.loads(error(404, "Request_ResourceNotFound").content)
    return {"status": 404, "body": missing}


def empty(stub: Stub) -> None:
    """A tenant with nothing in it."""
    stub.script("/v1.0/organization", page({"id": TENANT, "displayName": "Northwharf"}))
    for path, body in SINGLE.items():
        stub.script(path, Reply(body=body))
    for version in ("v1.0", "beta"):
        stub.script(f"/{version}/$batch", batch)
    stub.script("/api/machines", error(404, "ResourceNotFound"))
    stub.script("/api/machines/SecureConfigurationsAssessmentByMachine", page())
    admin = f"/adminapi/beta/{TENANT}"
    stub.script(f"{admin}/InvokeCommand", page())
    stub.script(f"{admin}/EXOBanner('AutogenSession')", Reply(302, b"", {"Location": stub.url}))


def small(stub: Stub) -> None:
    """Two people, one of them disabled; a policy; roles held by a user, a group, an application and a stranger."""
    empty(stub)
    stub.script(
        "/v1.0/users", page(user(ADA, "ada"), user(BEN, "ben"), user(EVE, "eve", accountEnabled=False))
    )
    stub.script("/v1.0/subscribedSkus", plans("AAD_PREMIUM_P2"))
    stub.script("/v1.0/identity/conditionalAccess/policies", page(policy()))
    stub.script("/v1.0/servicePrincipals", page({"id": ROBOT, "displayName": "Robot"}))
    held = [(n, holder) for n, holder in enumerate((ADA, ADMINS, ROBOT, STRANGER))]
    stub.script(
        "/v1.0/roleManagement/directory/roleAssignments",
        page(
            *(
                {"id": f"a{n}", "principalId": p, "roleDefinitionId": GLOBAL_ADMIN, "directoryScopeId": "/"}
                for n, p in held
            )
        ),
    )
    for group, members in MEMBERS.items():
        path = f"/v1.0/groups/{group}/transitiveMembers/microsoft.graph.user"
        stub.script(path, page(*({"id": member} for member in members)))
    gone = f"/v1.0/groups/{GONE}/transitiveMembers/microsoft.graph.user"
    stub.script(gone, error(404, "Request_ResourceNotFound"))
