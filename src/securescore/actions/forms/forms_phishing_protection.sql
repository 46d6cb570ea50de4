SELECT
    lower(settings) AS entity_id,
    'Microsoft Forms' AS entity_name,
    CASE WHEN phishing_scan THEN 'protected' WHEN NOT phishing_scan THEN 'exposed' ELSE 'unknown' END AS verdict,
    CASE
        WHEN phishing_scan THEN json_object('code', 'scanned')
        WHEN NOT phishing_scan THEN json_object('code', 'not_scanned')
        ELSE json_object('code', 'not_read')
    END AS detail
FROM forms_settings
