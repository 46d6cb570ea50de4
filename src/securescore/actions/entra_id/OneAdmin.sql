WITH holders AS (
    SELECT user_id, any_value(enabled) AS enabled
    FROM privileged_people
    WHERE role_template_id = UUID '62e90394-69f5-4237-9190-012177145e10' AND enabled IS NOT FALSE
    GROUP BY user_id
),
counted AS (
    SELECT count(*) FILTER (WHERE enabled) AS sure, count(*) AS perhaps FROM holders
)
SELECT
    o.tenant_id AS entity_id,
    o.name AS entity_name,
    CASE WHEN c.sure >= 2 THEN 'protected' WHEN c.perhaps >= 2 THEN 'unknown' ELSE 'exposed' END AS verdict,
    json_object(
        'code',
        CASE
            WHEN c.sure > 4 THEN 'many'
            WHEN c.sure >= 2 THEN 'enough'
            WHEN c.perhaps >= 2 THEN 'account_state_unknown'
            WHEN c.perhaps = 1 THEN 'one'
            ELSE 'none'
        END,
        'count',
        CASE WHEN c.sure >= 2 THEN c.sure ELSE c.perhaps END
    ) AS detail
FROM organization o
CROSS JOIN counted c
