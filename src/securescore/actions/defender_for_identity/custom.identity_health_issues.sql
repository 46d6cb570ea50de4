SELECT
    issue_id AS entity_id,
    issue AS entity_name,
    CASE
        WHEN lower(status) = 'open' THEN 'exposed'
        WHEN lower(status) IN ('closed', 'suppressed') THEN 'protected'
        ELSE 'unknown'
    END AS verdict,
    CASE
        WHEN lower(status) = 'open' THEN json_object('code', 'open', 'severity', severity)
        WHEN lower(status) IN ('closed', 'suppressed') THEN json_object('code', 'closed', 'status', status)
        ELSE json_object('code', 'state_unknown')
    END AS detail
FROM identity_health_issues
