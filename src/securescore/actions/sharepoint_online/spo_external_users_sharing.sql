WITH judged AS (
    SELECT
        settings,
        CASE
            WHEN lower(sharing) = 'disabled' THEN 'sharing_off'
            WHEN NOT resharing_by_guests THEN 'resharing_blocked'
            WHEN resharing_by_guests THEN 'resharing_allowed'
            ELSE 'not_read'
        END AS code
    FROM sharepoint_settings
)
SELECT
    lower(settings) AS entity_id,
    'SharePoint and OneDrive' AS entity_name,
    CASE
        WHEN code IN ('sharing_off', 'resharing_blocked') THEN 'protected'
        WHEN code = 'not_read' THEN 'unknown'
        ELSE 'exposed'
    END AS verdict,
    json_object('code', code) AS detail
FROM judged
