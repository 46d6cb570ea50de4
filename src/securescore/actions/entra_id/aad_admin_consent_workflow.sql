WITH policy AS (
    SELECT any_value(enabled) AS enabled, any_value(reviewers) AS reviewers
    FROM admin_consent_policy
),
judged AS (
    SELECT
        reviewers,
        CASE
            WHEN NOT enabled THEN 'requests_off'
            WHEN enabled AND reviewers > 0 THEN 'requests_on'
            WHEN enabled AND reviewers <= 0 THEN 'no_reviewers'
            ELSE 'not_read'
        END AS code
    FROM policy
)
SELECT
    o.tenant_id AS entity_id,
    o.name AS entity_name,
    CASE j.code
        WHEN 'requests_on' THEN 'protected'
        WHEN 'not_read' THEN 'unknown'
        ELSE 'exposed'
    END AS verdict,
    CASE
        WHEN j.code = 'requests_on' THEN json_object('code', j.code, 'reviewers', j.reviewers)
        ELSE json_object('code', j.code)
    END AS detail
FROM organization AS o
CROSS JOIN judged AS j
