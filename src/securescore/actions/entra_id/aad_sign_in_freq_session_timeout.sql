WITH listed_roles (template_id, role_name) AS (
    VALUES
        (UUID '9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3', 'Application Administrator'),
        (UUID 'c4e39bd9-1100-46d3-8c65-fb160da0071f', 'Authentication Administrator'),
        (UUID 'b0f54661-2d74-4c50-afa3-1ec803f12efe', 'Billing Administrator'),
        (UUID '158c047a-c907-4556-b7ef-446551a6b5f7', 'Cloud Application Administrator'),
        (UUID 'b1be1c3e-b65d-4f19-8427-f6fa0d97feb9', 'Conditional Access Administrator'),
        (UUID '29232cdf-9323-42fd-ade2-1d097af3e4de', 'Exchange Administrator'),
        (UUID '62e90394-69f5-4237-9190-012177145e10', 'Global Administrator'),
        (UUID 'f2ef992c-3afb-46b9-b7cf-a126ee74c451', 'Global Reader'),
        (UUID '729827e3-9c14-49f7-bb1b-9608f156bbb8', 'Helpdesk Administrator'),
        (UUID '966707d0-3269-4727-9be2-8c3a10f19b9d', 'Password Administrator'),
        (UUID '7be44c8a-adaf-4e2a-84d6-ab2649e08a13', 'Privileged Authentication Administrator'),
        (UUID 'e8611ab8-c189-46e8-94e1-60213ab1f814', 'Privileged Role Administrator'),
        (UUID '194ae4cb-b126-40b2-bd5b-6091b380977d', 'Security Administrator'),
        (UUID 'f28a1f50-f6e7-4571-818b-6a12f2af6b6c', 'SharePoint Administrator'),
        (UUID 'fe930be7-5e62-47db-91af-98c3a49a38b1', 'User Administrator')
),
administrator_roles AS (
    SELECT template_id, role_name FROM listed_roles SEMI JOIN role_definitions USING (template_id)
),
policies AS (
    SELECT
        policy_id,
        policy_name,
        state,
        sign_in_every_time,
        sign_in_frequency_hours AS hours,
        persistent_browser = 'never' AS never_persistent,
        -- false as soon as one part is false, null while a part is not known
        all_applications
            AND len(exclude_applications) = 0
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
            AND CASE WHEN len(unknown_conditions) = 0 THEN TRUE END AS everywhere
    FROM conditional_access_policies
    WHERE state IS DISTINCT FROM 'disabled'
        AND (sign_in_every_time OR sign_in_frequency_hours IS NOT NULL OR persistent_browser = 'never')
),
targets AS (
    SELECT
        policy_id,
        target_id,
        kind,
        excluded
    FROM conditional_access_targets
    WHERE kind IN ('all_users', 'role', 'unknown')
),
targeted AS (
    SELECT
        r.template_id,
        t.policy_id,
        bool_or(NOT t.excluded AND t.kind <> 'unknown') AS included,
        bool_or(NOT t.excluded AND t.kind = 'unknown') AS perhaps_included,
        bool_or(t.excluded AND t.kind <> 'unknown') AS excluded,
        bool_or(t.excluded AND t.kind = 'unknown') AS perhaps_excluded
    FROM administrator_roles r
    JOIN targets t ON t.kind <> 'role' OR t.target_id = r.template_id
    GROUP BY r.template_id, t.policy_id
),
standing AS (
    SELECT role_template_id, user_id, bool_or(permanent AND enabled) AS permanent
    FROM privileged_people
    WHERE NOT eligible AND permanent IS NOT FALSE AND enabled IS NOT FALSE
    GROUP BY role_template_id, user_id
),
left_alone AS (
    SELECT policy_id, target_id AS user_id
    FROM conditional_access_targets
    WHERE excluded AND kind = 'user'
    UNION
    SELECT t.policy_id, m.user_id
    FROM conditional_access_targets t
    JOIN group_members m ON m.group_id = t.target_id
    SEMI JOIN standing s ON s.user_id = m.user_id
    WHERE t.excluded AND t.kind = 'group'
),
-- permanent holders whom the policy reaches: for them up to 24 hours is too long
reached_standing AS (
    SELECT p.policy_id, s.role_template_id, bool_or(s.permanent) AS permanent
    FROM policies p
    CROSS JOIN standing s
    ANTI JOIN left_alone l ON l.policy_id = p.policy_id AND l.user_id = s.user_id
    WHERE p.hours > 4
    GROUP BY p.policy_id, s.role_template_id
),
on_request AS (
    SELECT count(*) > 0 AS used FROM privileged_people WHERE eligible
),
ways AS (
    SELECT
        t.template_id,
        p.policy_name,
        p.hours,
        p.never_persistent IS TRUE AS never_persistent,
        CASE
            WHEN p.sign_in_every_time OR p.hours <= 4 THEN TRUE
            WHEN p.hours IS NULL OR p.hours > 24 OR NOT o.used THEN FALSE
            WHEN s.policy_id IS NULL THEN TRUE
            WHEN s.permanent THEN FALSE
        END AS often,
        CASE
            WHEN t.excluded THEN 'excluded'
            WHEN p.everywhere IS FALSE THEN 'narrowed'
            WHEN p.state = 'enabledForReportingButNotEnforced' THEN 'report_only'
            WHEN p.state = 'enabled' AND p.everywhere AND t.included AND NOT t.perhaps_excluded THEN 'policy'
            ELSE 'unknown_condition'
        END AS reach
    FROM targeted t
    JOIN policies p ON p.policy_id = t.policy_id
    CROSS JOIN on_request o
    LEFT JOIN reached_standing s ON s.policy_id = p.policy_id AND s.role_template_id = t.template_id
    WHERE t.included OR t.perhaps_included
),
roles AS (
    SELECT
        r.template_id,
        r.role_name,
        max(w.policy_name) FILTER (WHERE w.reach = 'policy' AND w.often) AS often_by,
        max(w.policy_name) FILTER (WHERE w.reach = 'policy' AND w.never_persistent) AS never_persistent_by,
        max(w.policy_name) FILTER (WHERE w.reach = 'unknown_condition' OR w.often IS NULL) AS unclear_by,
        coalesce(bool_or(w.reach = 'policy' AND w.often), FALSE) AS often,
        coalesce(bool_or(w.reach = 'policy' AND w.never_persistent), FALSE) AS never_persistent,
        coalesce(bool_or(w.reach IN ('policy', 'unknown_condition') AND w.often IS NOT FALSE), FALSE)
            AS perhaps_often,
        coalesce(bool_or(w.reach IN ('policy', 'unknown_condition') AND w.never_persistent), FALSE)
            AS perhaps_never_persistent,
        min({'hours': w.hours, 'policy_name': w.policy_name})
            FILTER (WHERE w.reach = 'policy' AND w.often IS FALSE AND w.hours IS NOT NULL) AS too_long,
        max({
            'rank': list_position(['narrowed', 'excluded', 'report_only'], w.reach),
            'code': w.reach,
            'policy_name': w.policy_name
        }) FILTER (WHERE w.reach NOT IN ('policy', 'unknown_condition')) AS near
    FROM administrator_roles r
    LEFT JOIN ways w ON w.template_id = r.template_id
    GROUP BY r.template_id, r.role_name
),
measured AS (
    SELECT
        template_id,
        role_name,
        often_by,
        never_persistent_by,
        unclear_by,
        too_long,
        near,
        CASE
            WHEN often AND never_persistent THEN 'limited'
            WHEN perhaps_often AND perhaps_never_persistent THEN 'unknown_condition'
            WHEN too_long IS NOT NULL AND NOT perhaps_often THEN 'too_long'
            WHEN often THEN 'browser_persistent'
            WHEN never_persistent THEN 'no_frequency'
            ELSE coalesce(near.code, 'no_policy')
        END AS code
    FROM roles
)
SELECT
    CAST(template_id AS VARCHAR) AS entity_id,
    role_name AS entity_name,
    CASE code
        WHEN 'limited' THEN 'protected'
        WHEN 'unknown_condition' THEN 'unknown'
        ELSE 'exposed'
    END AS verdict,
    json_object(
        'code',
        code,
        'policy',
        CASE code
            WHEN 'too_long' THEN too_long.policy_name
            WHEN 'no_frequency' THEN never_persistent_by
            WHEN 'unknown_condition' THEN unclear_by
            WHEN 'limited' THEN often_by
            WHEN 'browser_persistent' THEN often_by
            ELSE near.policy_name
        END,
        'hours',
        CAST(round(too_long.hours) AS INTEGER)
    ) AS detail
FROM measured
