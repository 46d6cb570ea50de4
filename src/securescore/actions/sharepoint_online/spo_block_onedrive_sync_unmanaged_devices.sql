WITH judged AS (
    SELECT
        settings,
        len(sync_domains) AS domains,
        CASE
            WHEN NOT sync_restricted THEN 'any_computer'
            WHEN sync_restricted AND len(sync_domains) = 0 THEN 'list_empty'
            WHEN sync_restricted AND len(sync_domains) > 0 THEN 'own_domains_only'
            ELSE 'not_read'
        END AS code
    FROM sharepoint_settings
)
SELECT
    lower(settings) AS entity_id,
    'SharePoint and OneDrive' AS entity_name,
    CASE WHEN code = 'own_domains_only' THEN 'protected' WHEN code = 'not_read' THEN 'unknown' ELSE 'exposed' END AS verdict,
    json_object('code', code, 'domains', domains) AS detail
FROM judged
