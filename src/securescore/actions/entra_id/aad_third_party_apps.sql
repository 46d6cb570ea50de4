WITH policy AS (
    SELECT any_value(users_may_create_apps) AS allowed
    FROM authorization_policy
)
SELECT
    o.tenant_id AS entity_id,
    o.name AS entity_name,
    CASE WHEN p.allowed THEN 'exposed' WHEN NOT p.allowed THEN 'protected' ELSE 'unknown' END AS verdict,
    CASE
        WHEN p.allowed THEN json_object('code', 'registration_allowed')
        WHEN NOT p.allowed THEN json_object('code', 'registration_blocked')
        ELSE json_object('code', 'not_read')
    END AS detail
FROM organization AS o
CROSS JOIN policy AS p
