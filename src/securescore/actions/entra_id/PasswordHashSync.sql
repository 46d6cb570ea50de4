WITH synchronisation AS (
    SELECT
        count_if(password_hash_sync) AS switched_on,
        count_if(NOT password_hash_sync) AS switched_off,
        count(*) AS found
    FROM on_premises_synchronization
)
SELECT
    o.tenant_id AS entity_id,
    o.name AS entity_name,
    CASE
        WHEN s.switched_off > 0 THEN 'exposed'
        WHEN s.switched_on > 0 AND s.switched_on = s.found THEN 'protected'
        ELSE 'unknown'
    END AS verdict,
    CASE
        WHEN s.switched_off > 0 THEN json_object('code', 'hashes_not_synchronised')
        WHEN s.switched_on > 0 AND s.switched_on = s.found THEN json_object('code', 'hashes_synchronised')
        ELSE json_object('code', 'not_read')
    END AS detail
FROM organization AS o
CROSS JOIN synchronisation AS s
WHERE o.synchronised
