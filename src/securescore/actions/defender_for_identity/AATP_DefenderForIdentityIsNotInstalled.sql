WITH sensors AS (
    SELECT count(*) AS all_of_them, count(*) FILTER (lower(service) = 'running') AS running FROM identity_sensors
)
SELECT
    o.tenant_id AS entity_id,
    o.name AS entity_name,
    CASE
        WHEN s.all_of_them = 0 THEN 'exposed'
        WHEN s.running > 0 THEN 'protected'
        ELSE 'unknown'
    END AS verdict,
    CASE
        WHEN s.all_of_them = 0 THEN json_object('code', 'no_sensor')
        WHEN s.running > 0 THEN json_object('code', 'running', 'running', s.running, 'sensors', s.all_of_them)
        ELSE json_object('code', 'none_running', 'sensors', s.all_of_them)
    END AS detail
FROM organization AS o
CROSS JOIN sensors AS s
