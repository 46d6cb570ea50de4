WITH judged AS (
    SELECT
        policy_id,
        policy_name,
        coalesce(modified, created) AS changed,
        CASE lower(state)
            WHEN 'enabled' THEN 'protected'
            WHEN 'enabledforreportingbutnotenforced' THEN 'exposed'
            ELSE 'unknown'
        END AS verdict
    FROM conditional_access_policies
    WHERE lower(state) IS DISTINCT FROM 'disabled'
)
SELECT
    cast(policy_id AS varchar) AS entity_id,
    coalesce(policy_name, cast(policy_id AS varchar)) AS entity_name,
    verdict,
    CASE
        WHEN verdict = 'protected' THEN json_object('code', 'enforced')
        WHEN verdict = 'unknown' THEN json_object('code', 'state_unclear')
        WHEN changed IS NULL THEN json_object('code', 'report_only')
        ELSE json_object('code', 'report_only_since', 'changed', strftime(changed, '%Y-%m-%d'))
    END AS detail
FROM judged
