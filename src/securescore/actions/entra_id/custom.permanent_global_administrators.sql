WITH holders AS (
    SELECT
        user_id,
        any_value(user_name) AS user_name,
        any_value(enabled) AS enabled,
        count_if(NOT eligible AND permanent) AS permanent,
        count_if(NOT eligible AND permanent AND group_id IS NULL) AS permanent_directly,
        min(group_name) FILTER (WHERE NOT eligible AND permanent) AS group_name,
        count_if(eligible IS NULL OR (NOT eligible AND permanent IS NULL)) AS unclear,
        count_if(NOT eligible) AS active
    FROM privileged_people
    WHERE role_template_id = '62e90394-69f5-4237-9190-012177145e10' AND enabled IS DISTINCT FROM false
    GROUP BY user_id
),
judged AS (
    SELECT
        user_id,
        user_name,
        group_name,
        CASE
            WHEN enabled IS NULL THEN 'account_unclear'
            WHEN permanent_directly > 0 THEN 'permanent'
            WHEN permanent > 0 AND group_name IS NULL THEN 'permanent'
            WHEN permanent > 0 THEN 'permanent_by_group'
            WHEN unclear > 0 THEN 'duration_unclear'
            WHEN active > 0 THEN 'temporary'
            ELSE 'eligible'
        END AS code
    FROM holders
)
SELECT
    cast(user_id AS varchar) AS entity_id,
    coalesce(user_name, cast(user_id AS varchar)) AS entity_name,
    CASE
        WHEN code IN ('permanent', 'permanent_by_group') THEN 'exposed'
        WHEN code IN ('temporary', 'eligible') THEN 'protected'
        ELSE 'unknown'
    END AS verdict,
    CASE
        WHEN code = 'permanent_by_group' THEN json_object('code', code, 'group', group_name)
        ELSE json_object('code', code)
    END AS detail
FROM judged
