WITH judged AS (
    SELECT
        settings,
        idle_sign_out_seconds // 60 AS minutes,
        CASE
            WHEN NOT idle_sign_out THEN 'switched_off'
            WHEN idle_sign_out AND idle_sign_out_seconds <= 0 THEN 'no_time_set'
            WHEN idle_sign_out AND idle_sign_out_seconds > 0 THEN 'signed_out'
            ELSE 'not_read'
        END AS code
    FROM sharepoint_settings
)
SELECT
    lower(settings) AS entity_id,
    'SharePoint and OneDrive' AS entity_name,
    CASE WHEN code = 'signed_out' THEN 'protected' WHEN code = 'not_read' THEN 'unknown' ELSE 'exposed' END AS verdict,
    json_object('code', code, 'minutes', minutes) AS detail
FROM judged
