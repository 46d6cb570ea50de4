SELECT
    c.configuration_id AS action_id,
    d.machine_id AS entity_id,
    d.machine_name AS entity_name,
    CASE
        WHEN d.last_seen IS NULL OR c.applicable IS NULL OR c.compliant IS NULL THEN 'unknown'
        WHEN c.compliant THEN 'protected'
        ELSE 'exposed'
    END AS verdict,
    CASE
        WHEN d.last_seen IS NULL THEN '{"code":"last_seen_unknown"}'
        WHEN c.applicable IS NULL OR c.compliant IS NULL THEN '{"code":"not_assessed"}'
        WHEN c.compliant THEN '{"code":"compliant"}'
        ELSE '{"code":"not_compliant"}'
    END AS detail
FROM device_configurations c
JOIN counted_devices d ON d.machine_id = c.machine_id
WHERE c.applicable IS NOT FALSE
