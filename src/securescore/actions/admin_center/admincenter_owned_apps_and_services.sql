WITH judged AS (
    SELECT
        settings,
        CASE
            WHEN office_store THEN 'store_open'
            WHEN NOT office_store AND NOT trials THEN 'store_and_trials_closed'
            WHEN NOT office_store AND trials THEN 'store_closed_trials_open'
            WHEN NOT office_store THEN 'store_closed'
            ELSE 'not_read'
        END AS code
    FROM apps_and_services_settings
)
SELECT
    lower(settings) AS entity_id,
    'Microsoft 365 apps and services' AS entity_name,
    CASE code WHEN 'store_open' THEN 'exposed' WHEN 'not_read' THEN 'unknown' ELSE 'protected' END AS verdict,
    json_object('code', code) AS detail
FROM judged
