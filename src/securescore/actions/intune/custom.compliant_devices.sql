SELECT
    lower(device_id) AS entity_id,
    device_name AS entity_name,
    CASE
        WHEN lower(compliance) = 'compliant' THEN 'protected'
        WHEN lower(compliance) IN ('noncompliant', 'ingraceperiod') THEN 'exposed'
        ELSE 'unknown'
    END AS verdict,
    CASE
        WHEN lower(compliance) = 'compliant' THEN json_object('code', 'compliant', 'os', os)
        WHEN lower(compliance) = 'noncompliant' THEN json_object('code', 'not_compliant', 'os', os)
        WHEN lower(compliance) = 'ingraceperiod' THEN json_object('code', 'grace', 'os', os)
        ELSE json_object('code', 'state_unknown', 'state', compliance, 'os', os)
    END AS detail
FROM managed_devices
