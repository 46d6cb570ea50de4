WITH settings AS (
    SELECT
        count(*) AS found,
        count_if(lower(name) = 'enablebannedpasswordcheckonpremises') AS switches,
        any_value(lower(trim(value))) FILTER (
            WHERE lower(name) = 'enablebannedpasswordcheckonpremises'
        ) AS enabled,
        count_if(lower(name) = 'bannedpasswordcheckonpremisesmode') AS modes,
        any_value(lower(trim(value))) FILTER (
            WHERE lower(name) = 'bannedpasswordcheckonpremisesmode'
        ) AS mode
    FROM group_settings
    WHERE template_id = '5cf42378-d67d-4f36-ba46-e8b86229381d'
),
effective AS (
    SELECT
        found,
        CASE WHEN switches = 0 THEN 'true' ELSE enabled END AS enabled,
        CASE WHEN modes = 0 THEN 'audit' ELSE mode END AS mode
    FROM settings
),
judged AS (
    SELECT
        CASE
            WHEN found = 0 THEN 'never_changed'
            WHEN enabled = 'false' THEN 'switched_off'
            WHEN mode = 'audit' THEN 'audit_only'
            WHEN enabled = 'true' AND mode IN ('enforce', 'enforced') THEN 'enforced'
            ELSE 'not_read'
        END AS code
    FROM effective
)
SELECT
    o.tenant_id AS entity_id,
    o.name AS entity_name,
    CASE j.code
        WHEN 'enforced' THEN 'protected'
        WHEN 'not_read' THEN 'unknown'
        ELSE 'exposed'
    END AS verdict,
    json_object('code', j.code) AS detail
FROM organization AS o
CROSS JOIN judged AS j
WHERE o.synchronised
