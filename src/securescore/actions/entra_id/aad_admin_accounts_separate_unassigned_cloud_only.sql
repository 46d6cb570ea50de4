WITH on_request AS (
    SELECT DISTINCT user_id, role_template_id FROM privileged_people WHERE eligible
),
administrators AS (
    SELECT
        p.user_id,
        any_value(p.user_name) AS user_name,
        any_value(p.enabled) AS enabled,
        any_value(p.synchronised) AS synchronised
    FROM privileged_people p
    LEFT JOIN on_request r ON r.user_id = p.user_id AND r.role_template_id = p.role_template_id
    -- a role that somebody may activate and holds without permanence is activated for the moment
    WHERE NOT p.eligible AND p.enabled IS NOT FALSE AND (p.permanent OR r.user_id IS NULL)
    GROUP BY p.user_id
),
plans AS (
    SELECT
        sku_id,
        plan_id,
        any_value(sku) AS sku,
        bool_or(CASE
            WHEN applies_to = 'Company' THEN FALSE
            WHEN regexp_matches(
                plan,
                '^(AAD|ENTRA|MFA|VERIFIABLE_CREDENTIALS|PAM_ENTERPRISE|RMS|ADALLOM|ATA|ATP|SAFEDOCS|MTP|MDE'
                    || '|THREAT_INTELLIGENCE|WINDEFATP|DEFENDER|INTUNE|M365_AUDIT_PLATFORM'
                    || '|EXCHANGE_S_FOUNDATION)(_|-|$)',
                'i'
            ) THEN FALSE
            WHEN applies_to = 'User' AND plan IS NOT NULL THEN TRUE
        END) AS for_an_application
    FROM service_plans
    GROUP BY sku_id, plan_id
),
holdings AS (
    SELECT user_id, unnest(sku_ids) AS sku_id FROM users SEMI JOIN administrators USING (user_id)
),
switched_off AS (
    SELECT user_id, TRY_CAST(plan_id AS UUID) AS plan_id, count(*) AS times
    FROM (
        SELECT user_id, unnest(disabled_plan_ids) AS plan_id FROM users SEMI JOIN administrators USING (user_id)
    )
    GROUP BY ALL
),
held_plans AS (
    SELECT
        h.user_id,
        p.plan_id,
        min(p.sku) AS sku,
        bool_or(p.for_an_application) AS for_an_application,
        bool_or(p.sku_id IS NULL OR p.for_an_application IS NULL) AS unclear,
        count(*) AS times
    FROM holdings h
    LEFT JOIN plans p ON p.sku_id = TRY_CAST(h.sku_id AS UUID)
    GROUP BY h.user_id, p.plan_id
),
licences AS (
    SELECT
        h.user_id,
        min(h.sku) FILTER (WHERE h.for_an_application) AS licence,
        bool_or(h.unclear) AS unclear
    FROM held_plans h
    LEFT JOIN switched_off o ON o.user_id = h.user_id AND o.plan_id = h.plan_id
    -- a plan of two licences is only off when it is switched off in both
    WHERE h.times > coalesce(o.times, 0)
    GROUP BY h.user_id
),
measured AS (
    SELECT
        a.user_id,
        a.user_name,
        a.enabled,
        l.licence,
        CASE
            WHEN a.synchronised AND l.licence IS NOT NULL AND u.disabled_plan_ids IS NOT NULL
                THEN 'synchronised_and_application_licence'
            WHEN a.synchronised THEN 'synchronised'
            WHEN l.licence IS NOT NULL AND u.disabled_plan_ids IS NOT NULL THEN 'application_licence'
            WHEN a.synchronised IS NULL THEN 'synchronisation_unknown'
            WHEN u.sku_ids IS NULL OR l.licence IS NOT NULL OR l.unclear THEN 'licence_unknown'
            ELSE 'separate'
        END AS code
    FROM administrators a
    LEFT JOIN users u ON u.user_id = a.user_id
    LEFT JOIN licences l ON l.user_id = a.user_id
)
SELECT
    CAST(user_id AS VARCHAR) AS entity_id,
    user_name AS entity_name,
    CASE
        WHEN code = 'separate' THEN 'protected'
        WHEN code IN ('synchronisation_unknown', 'licence_unknown') OR enabled IS NULL THEN 'unknown'
        ELSE 'exposed'
    END AS verdict,
    json_object(
        'code',
        CASE
            WHEN enabled IS NULL AND code <> 'separate' THEN 'account_state_unknown'
            WHEN code = 'separate' THEN 'separate'
            WHEN code = 'synchronised' THEN 'synchronised'
            WHEN code = 'application_licence' THEN 'application_licence'
            WHEN code = 'synchronisation_unknown' THEN 'synchronisation_unknown'
            WHEN code = 'licence_unknown' THEN 'licence_unknown'
            ELSE 'synchronised_and_application_licence'
        END,
        'licence',
        licence
    ) AS detail
FROM measured
