"""An evidence folder of a very large invented tenant, made in SQL so that making it takes seconds.

One million users, five million group memberships, one hundred conditional access policies that use groups,
roles, exclusions and conditions, and the registration details of every member.
"""

import sys
from pathlib import Path

from benchmarks.evidence_folder import ORGANIZATION, make_evidence, owned, uuid
from securescore.evidence.shaping import literal

USERS = 1_000_000
MEMBERSHIPS = 5_000_000
POLICIES = 100
_GROUPS = 400
_ROLES = {
    "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
    "194ae4cb-b126-40b2-bd5b-6091b380977d": "Security Administrator",
    "29232cdf-9323-42fd-ade2-1d097af3e4de": "Exchange Administrator",
    "fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
    "729827e3-9c14-49f7-bb1b-9608f156bbb8": "Helpdesk Administrator",
}


def _queries() -> dict[str, str]:
    """Table name -> the SELECT that makes it; columns not named become null. Tables not named are empty."""
    names = ", ".join(f"({literal(key)}, {literal(name)})" for key, name in _ROLES.items())
    return {
        "organization": ORGANIZATION,
        "domains": """SELECT * FROM (VALUES ('large.example', true, true, 'Managed', 2147483647),
                      ('joint.example', true, true, 'Federated', NULL))
                      AS t(domain, verified, is_root, authentication, password_validity_days)""",
        "service_plans": owned("AAD_PREMIUM", "AAD_PREMIUM_P2", "EXCHANGE_S_ENTERPRISE"),
        "users": f"""SELECT {uuid("user", "range")} AS user_id,
                     'user' || range || CASE WHEN range % 50 = 0 THEN '@joint.example' WHEN range % 20 = 1
                       THEN '_partner.example#EXT#@large.example' ELSE '@large.example' END AS user_name,
                     'User ' || range AS display_name, range % 33 <> 0 AS enabled,
                     CASE WHEN range % 20 = 1 THEN 'Guest' ELSE 'Member' END AS user_type,
                     TIMESTAMP '2020-01-01' + to_days((range % 2000)::INT) AS created,
                     false AS synchronised, '' AS password_policies,
                     [{uuid("sku", "1")}::VARCHAR] AS sku_ids, []::VARCHAR[] AS disabled_plan_ids
                     FROM range({USERS})""",
        "user_activity": f"""SELECT {uuid("user", "range")} AS user_id,
                             TIMESTAMP '2026-01-14' - to_days((range % 200)::INT) AS last_sign_in
                             FROM range({USERS})""",
        "registration_details": f"""SELECT {uuid("user", "range")} AS user_id, range % 7 <> 0 AS mfa_registered,
                                    range % 3 <> 0 AS reset_enabled FROM range({USERS}) WHERE range % 33 <> 0""",
        "groups": f"SELECT {uuid('group', 'range')} AS group_id, 'Group ' || range AS group_name FROM range({_GROUPS})",
        "group_members": f"""SELECT DISTINCT {uuid("group", f"(range * 7919) % {_GROUPS}")} AS group_id,
                             {uuid("user", f"(range * 104729 + range // {USERS}) % {USERS}")} AS user_id
                             FROM range({MEMBERSHIPS})""",
        "role_definitions": f"""SELECT id::UUID AS role_id, id::UUID AS template_id, name AS role_name,
                                true AS built_in, true AS enabled FROM (VALUES {names}) AS t(id, name)""",
        "role_assignments": f"""SELECT 'a' || row_number() OVER () AS assignment_id,
                                CASE WHEN range % 10 = 0 THEN {uuid("group", "range % 5")}
                                     ELSE {uuid("user", "range * 997")} END AS principal_id,
                                id::UUID AS role_id, '/' AS scope
                                FROM range(200), (VALUES {names}) AS t(id, name)""",
        "conditional_access_policies": f"""SELECT {uuid("policy", "range")} AS policy_id,
            'CA' || lpad(range::VARCHAR, 3, '0') AS policy_name,
            CASE WHEN range % 10 = 9 THEN 'enabledForReportingButNotEnforced' ELSE 'enabled' END AS state,
            range % 8 <> 7 AS all_applications, ['All'] AS include_applications,
            []::VARCHAR[] AS exclude_applications, []::VARCHAR[] AS user_actions,
            []::VARCHAR[] AS authentication_contexts,
            CASE range % 5 WHEN 1 THEN ['exchangeActiveSync', 'other'] ELSE ['all'] END AS client_app_types,
            CASE range % 5 WHEN 2 THEN ['medium', 'high'] ELSE []::VARCHAR[] END AS sign_in_risk_levels,
            CASE range % 5 WHEN 3 THEN ['high'] ELSE []::VARCHAR[] END AS user_risk_levels,
            range % 11 = 10 AS narrowed_by_locations, false AS narrowed_by_platforms, false AS narrowed_by_devices,
            false AS narrowed_by_application_filter, false AS narrowed_by_authentication_flows,
            CASE WHEN range = 50 THEN ['newCondition'] ELSE []::VARCHAR[] END AS unknown_conditions,
            []::VARCHAR[] AS unknown_controls, 'OR' AS grant_operator,
            CASE range % 5 WHEN 1 THEN ['block'] WHEN 3 THEN ['passwordChange'] ELSE ['mfa'] END AS grant_controls,
            []::VARCHAR[] AS custom_controls, []::VARCHAR[] AS terms_of_use FROM range({POLICIES})""",
        "conditional_access_targets": f"""SELECT policy_id, (row_number() OVER ())::INTEGER AS ordinal, * EXCLUDE policy_id
            FROM (
              SELECT {uuid("policy", "p.range")} AS policy_id, false AS excluded,
                     CASE WHEN p.range % 4 = 0 THEN 'all_users' ELSE 'group' END AS kind,
                     CASE WHEN p.range % 4 = 0 THEN NULL ELSE {uuid("group", f"(p.range * 3 + g.range) % {_GROUPS}")} END AS target_id
              FROM range({POLICIES}) p, range(3) g WHERE p.range % 4 <> 0 OR g.range = 0
              UNION ALL
              SELECT {uuid("policy", "p.range")}, true, 'group', {uuid("group", f"(p.range * 5 + g.range + 100) % {_GROUPS}")}
              FROM range({POLICIES}) p, range(2) g
              UNION ALL
              SELECT {uuid("policy", "p.range")}, true, 'user', {uuid("user", "p.range * 31 + g.range")}
              FROM range({POLICIES}) p, range(10) g
              UNION ALL
              SELECT {uuid("policy", "p.range")}, false, 'role', '62e90394-69f5-4237-9190-012177145e10'::UUID
              FROM range({POLICIES}) p WHERE p.range % 4 <> 0
            )""",
        "security_defaults": "SELECT 'defaults' AS policy_id, false AS enabled",
        "authorization_policy": "SELECT 'authorizationPolicy' AS policy_id, false AS users_may_create_apps",
        "admin_consent_policy": "SELECT 'consent' AS policy_id, true AS enabled, 2 AS reviewers",
        "microsoft365_groups": f"""SELECT {uuid("m365", "range")} AS group_id, 'Team ' || range AS group_name,
            CASE WHEN range % 9 = 0 THEN 'Public' ELSE 'Private' END AS visibility FROM range(50000)""",
    }


if __name__ == "__main__":
    make_evidence(Path(sys.argv[1]), _queries())
