SELECT
    lower(settings) AS entity_id,
    'Microsoft Purview' AS entity_name,
    CASE
        WHEN purview_label_consent THEN 'protected'
        WHEN NOT purview_label_consent THEN 'exposed'
        ELSE 'unknown'
    END AS verdict,
    CASE
        WHEN purview_label_consent THEN json_object('code', 'extended')
        WHEN NOT purview_label_consent THEN json_object('code', 'not_extended')
        ELSE json_object('code', 'not_read')
    END AS detail
FROM compliance_settings
