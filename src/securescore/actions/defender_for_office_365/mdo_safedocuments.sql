WITH settings AS (
    SELECT
        any_value(safe_documents) AS safe_documents,
        any_value(allows_unsafe_documents) AS allows_unsafe_documents
    FROM defender_office_settings
)
SELECT
    o.tenant_id AS entity_id,
    o.name AS entity_name,
    CASE
        WHEN NOT s.safe_documents OR s.allows_unsafe_documents THEN 'exposed'
        WHEN s.safe_documents AND NOT s.allows_unsafe_documents THEN 'protected'
        ELSE 'unknown'
    END AS verdict,
    CASE
        WHEN NOT s.safe_documents THEN json_object('code', 'documents_not_scanned')
        WHEN s.allows_unsafe_documents THEN json_object('code', 'unsafe_documents_allowed')
        WHEN s.safe_documents AND NOT s.allows_unsafe_documents THEN json_object('code', 'documents_scanned')
        ELSE json_object('code', 'not_read')
    END AS detail
FROM organization AS o
CROSS JOIN settings AS s
