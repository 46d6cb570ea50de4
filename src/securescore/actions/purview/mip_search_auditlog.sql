WITH settings AS (
    SELECT any_value(unified_audit_log) AS recording
    FROM audit_log_settings
)
SELECT
    lower(o.organization) AS entity_id,
    o.organization AS entity_name,
    CASE WHEN s.recording THEN 'protected' WHEN NOT s.recording THEN 'exposed' ELSE 'unknown' END AS verdict,
    CASE
        WHEN s.recording THEN json_object('code', 'recording')
        WHEN NOT s.recording THEN json_object('code', 'not_recording')
        ELSE json_object('code', 'not_read')
    END AS detail
FROM exchange_organization AS o
CROSS JOIN settings AS s
