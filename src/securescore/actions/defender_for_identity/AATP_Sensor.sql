-- servers that could take a sensor are listed beside the sensors; one that is in both has its sensor
WITH controllers AS (
    SELECT
        'sensor ' || lower(sensor_id) AS server_id,
        sensor_name AS server_name,
        domain,
        CASE
            WHEN kind IS NULL THEN 'kind_unknown'
            WHEN lower(deployment) IN ('notconfigured', 'unreachable', 'disconnected', 'startfailure', 'updatefailed')
                THEN 'sensor_troubled'
            ELSE 'sensor'
        END AS code,
        deployment
    FROM identity_sensors
    WHERE kind IS NULL OR lower(kind) LIKE 'domaincontroller%'
    UNION ALL
    SELECT 'candidate ' || lower(c.candidate_id), c.server_name, c.domain, 'no_sensor', NULL
    FROM identity_sensor_candidates c
    LEFT JOIN identity_sensors s
        ON split_part(lower(c.server_name), '.', 1) = split_part(lower(s.sensor_name), '.', 1)
        AND lower(c.domain) = lower(s.domain)
    WHERE s.sensor_id IS NULL
)
SELECT
    server_id AS entity_id,
    server_name AS entity_name,
    CASE code
        WHEN 'no_sensor' THEN 'exposed'
        WHEN 'kind_unknown' THEN 'unknown'
        ELSE 'protected'
    END AS verdict,
    json_object('code', code, 'domain', domain, 'state', deployment) AS detail
FROM controllers
