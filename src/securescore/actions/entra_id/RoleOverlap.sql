WITH people AS (
    SELECT
        user_id,
        any_value(enabled) AS enabled,
        bool_or(role_template_id <> UUID '62e90394-69f5-4237-9190-012177145e10') AS narrower,
        bool_or(role_template_id = UUID '62e90394-69f5-4237-9190-012177145e10' AND NOT eligible) AS global
    FROM privileged_people
    WHERE enabled IS NOT FALSE
    GROUP BY user_id
),
counted AS (
    SELECT
        count(*) FILTER (WHERE enabled AND narrower AND global IS FALSE) AS sure,
        count(*) FILTER (WHERE narrower IS NOT FALSE AND global IS NOT TRUE) AS perhaps
    FROM people
)
SELECT
    o.tenant_id AS entity_id,
    o.name AS entity_name,
    CASE WHEN c.sure > 0 THEN 'protected' WHEN c.perhaps > 0 THEN 'unknown' ELSE 'exposed' END AS verdict,
    json_object(
        'code',
        CASE
            WHEN c.sure > 0 THEN 'narrower_roles'
            WHEN c.perhaps > 0 THEN 'role_unknown'
            ELSE 'only_global_administrators'
        END,
        'count',
        CASE WHEN c.sure > 0 THEN c.sure ELSE c.perhaps END
    ) AS detail
FROM organization o
CROSS JOIN counted c
