WITH policies AS (
    SELECT
        policy_id,
        policy_name,
        state,
        -- false as soon as one part is false, null while a part is not known
        (all_applications OR list_contains(include_applications, '797f4846-ba00-4fd7-ba43-dac1f8f63013'))
            AND NOT list_contains(exclude_applications, '797f4846-ba00-4fd7-ba43-dac1f8f63013')
            AND NOT narrowed_by_locations
            AND NOT narrowed_by_platforms
            AND NOT narrowed_by_devices
            AND NOT narrowed_by_application_filter
            AND NOT narrowed_by_authentication_flows
            AND len(sign_in_risk_levels) = 0
            AND len(user_risk_levels) = 0
            AND (
                len(client_app_types) = 0
                OR list_contains(client_app_types, 'all')
                OR list_has_all(
                    client_app_types,
                    ['browser', 'mobileAppsAndDesktopClients', 'exchangeActiveSync', 'other']
                )
            )
            AND CASE WHEN len(unknown_conditions) = 0 THEN TRUE END AS always
    FROM conditional_access_policies
    WHERE state IS DISTINCT FROM 'disabled'
        AND list_contains(grant_controls, 'block')
        AND (
            all_applications IS NOT FALSE
            OR list_contains(include_applications, '797f4846-ba00-4fd7-ba43-dac1f8f63013') IS NOT FALSE
        )
),
targeted AS (
    SELECT
        policy_id,
        bool_or(NOT excluded AND kind = 'all_users') AS everybody,
        bool_or(NOT excluded AND kind = 'unknown') AS perhaps_everybody,
        -- technicians of a service provider hold roles by delegation
        bool_or(excluded AND kind = 'guests' AND guest_kind IS DISTINCT FROM 'serviceProvider')
            AS guests_excluded,
        bool_or(excluded AND kind = 'unknown') AS perhaps_excluded
    FROM conditional_access_targets
    GROUP BY policy_id
),
-- members of excluded groups who hold no administrative role, now or on request
outsiders AS (
    SELECT t.policy_id, count(DISTINCT m.user_id) AS people, bool_or(u.enabled) AS sure
    FROM conditional_access_targets t
    JOIN group_members m ON m.group_id = t.target_id
    JOIN users u ON u.user_id = m.user_id
    ANTI JOIN privileged_people a ON a.user_id = m.user_id
    WHERE t.excluded AND t.kind = 'group' AND u.enabled IS NOT FALSE
    GROUP BY t.policy_id
),
ways AS (
    SELECT
        p.policy_name,
        coalesce(o.people, 0) AS people,
        CASE
            WHEN t.policy_id IS NULL OR NOT (t.everybody OR t.perhaps_everybody) THEN 'not_everybody'
            WHEN p.always IS FALSE THEN 'narrowed'
            WHEN t.guests_excluded THEN 'guests_excluded'
            WHEN o.sure THEN 'wide_exclusion'
            WHEN p.state = 'enabledForReportingButNotEnforced' THEN 'report_only'
            WHEN p.state = 'enabled' AND p.always
                AND t.everybody AND NOT t.perhaps_excluded AND o.people IS NULL
                THEN 'policy'
            ELSE 'unknown_condition'
        END AS code
    FROM policies p
    LEFT JOIN targeted t ON t.policy_id = p.policy_id
    LEFT JOIN outsiders o ON o.policy_id = p.policy_id
),
best AS (
    SELECT max({
        'rank': list_position(
            [
                'not_everybody',
                'narrowed',
                'guests_excluded',
                'wide_exclusion',
                'report_only',
                'unknown_condition',
                'policy'
            ],
            code
        ),
        'code': code,
        'policy_name': policy_name,
        'people': people
    }) AS way
    FROM ways
)
SELECT
    o.tenant_id AS entity_id,
    o.name AS entity_name,
    CASE b.way.code
        WHEN 'policy' THEN 'protected'
        WHEN 'unknown_condition' THEN 'unknown'
        ELSE 'exposed'
    END AS verdict,
    json_object(
        'code', coalesce(b.way.code, 'no_policy'), 'policy', b.way.policy_name, 'people', b.way.people
    ) AS detail
FROM organization o
CROSS JOIN best b
