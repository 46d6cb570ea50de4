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
strengths AS (
    SELECT
        strength_id,
        bool_and(
            list_has_any(
                string_split(combination, ','),
                ['windowsHelloForBusiness', 'fido2', 'x509CertificateMultiFactor']
            )
        ) AS phishing_resistant
    FROM (SELECT strength_id, unnest(combinations) AS combination FROM authentication_strengths)
    GROUP BY strength_id
),
policies AS (
    SELECT
        p.policy_id,
        p.policy_name,
        p.state,
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
            AND CASE WHEN len(unknown_conditions) = 0 THEN TRUE END AS everywhere,
        CASE
            WHEN p.authentication_strength_id IS NULL THEN FALSE
            WHEN p.authentication_strength_id = UUID '00000000-0000-0000-0000-000000000004' THEN TRUE
            ELSE s.phishing_resistant
        END AS phishing_resistant,
        CASE
            WHEN p.grant_operator = 'AND' THEN TRUE
            WHEN len(p.grant_controls) + len(p.custom_controls) + len(p.terms_of_use) > 0 THEN FALSE
            WHEN len(p.unknown_controls) = 0 AND p.grant_controls IS NOT NULL THEN TRUE
        END AS guaranteed
    FROM conditional_access_policies p
    LEFT JOIN strengths s ON s.strength_id = p.authentication_strength_id
    WHERE p.state IS DISTINCT FROM 'disabled'
        AND (p.authentication_strength_id IS NOT NULL OR list_contains(p.grant_controls, 'mfa'))
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
ways AS (
    SELECT
        t.template_id,
        p.policy_name,
        CASE
            WHEN NOT p.phishing_resistant AND p.state = 'enabled' AND p.everywhere AND NOT t.excluded
                THEN 'weaker_methods'
            WHEN NOT p.phishing_resistant THEN NULL
            WHEN t.excluded THEN 'excluded'
            WHEN p.everywhere IS FALSE THEN 'narrowed'
            WHEN p.guaranteed IS FALSE THEN 'alternative_allowed'
            WHEN p.state = 'enabledForReportingButNotEnforced' THEN 'report_only'
            WHEN p.state = 'enabled' AND p.phishing_resistant AND p.everywhere AND p.guaranteed
                AND t.included AND NOT t.perhaps_excluded
                THEN 'policy'
            ELSE 'unknown_condition'
        END AS code
    FROM targeted t
    JOIN policies p ON p.policy_id = t.policy_id
    WHERE t.included OR t.perhaps_included
),
best AS (
    SELECT
        template_id,
        max({
            'rank': list_position(
                [
                    'weaker_methods',
                    'alternative_allowed',
                    'narrowed',
                    'excluded',
                    'report_only',
                    'unknown_condition',
                    'policy'
                ],
                code
            ),
            'code': code,
            'policy_name': policy_name
        }) AS way
    FROM ways
    WHERE code IS NOT NULL
    GROUP BY template_id
)
SELECT
    CAST(r.template_id AS VARCHAR) AS entity_id,
    r.role_name AS entity_name,
    CASE b.way.code
        WHEN 'policy' THEN 'protected'
        WHEN 'unknown_condition' THEN 'unknown'
        ELSE 'exposed'
    END AS verdict,
    json_object('code', coalesce(b.way.code, 'no_policy'), 'policy', b.way.policy_name) AS detail
FROM administrator_roles r
LEFT JOIN best b ON b.template_id = r.template_id
