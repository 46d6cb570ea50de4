WITH default_policy AS (
    SELECT count(*) AS policies, bool_and(len(allowed_addresses) = 0) AS holds, sum(len(allowed_addresses)) AS addresses
    FROM connection_filters
    WHERE is_default
)
SELECT
    o.tenant_id AS entity_id,
    o.name AS entity_name,
    CASE WHEN d.holds THEN 'protected' WHEN NOT d.holds THEN 'exposed' ELSE 'unknown' END AS verdict,
    CASE
        WHEN d.holds THEN json_object('code', 'no_addresses')
        WHEN NOT d.holds THEN json_object('code', 'addresses_allowed', 'count', d.addresses)
        WHEN d.policies = 0 THEN json_object('code', 'policy_not_found')
        ELSE json_object('code', 'not_read')
    END AS detail
FROM organization AS o
CROSS JOIN default_policy AS d
