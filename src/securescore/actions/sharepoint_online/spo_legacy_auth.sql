WITH judged AS (
    SELECT
        settings,
        CASE
            WHEN NOT legacy_authentication THEN 'refused'
            WHEN legacy_authentication THEN 'accepted'
            ELSE 'not_read'
        END AS code
    FROM sharepoint_settings
)
SELECT
    lower(settings) AS entity_id,
    'SharePoint and OneDrive' AS entity_name,
    CASE WHEN code = 'refused' THEN 'protected' WHEN code = 'not_read' THEN 'unknown' ELSE 'exposed' END AS verdict,
    json_object('code', code) AS detail
FROM judged
