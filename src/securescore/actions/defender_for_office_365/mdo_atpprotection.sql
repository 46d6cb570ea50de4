WITH settings AS (
    SELECT any_value(scans_files) AS scans_files
    FROM defender_office_settings
)
SELECT
    o.tenant_id AS entity_id,
    o.name AS entity_name,
    CASE WHEN s.scans_files THEN 'protected' WHEN NOT s.scans_files THEN 'exposed' ELSE 'unknown' END AS verdict,
    CASE
        WHEN s.scans_files THEN json_object('code', 'files_scanned')
        WHEN NOT s.scans_files THEN json_object('code', 'files_not_scanned')
        ELSE json_object('code', 'not_read')
    END AS detail
FROM organization AS o
CROSS JOIN settings AS s
