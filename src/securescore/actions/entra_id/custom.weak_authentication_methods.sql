WITH judged AS (
    SELECT
        method,
        CASE
            WHEN lower(state) = 'disabled' THEN 'switched_off'
            WHEN lower(state) IS DISTINCT FROM 'enabled' THEN 'not_read'
            WHEN all_users THEN 'on_for_everybody'
            WHEN NOT all_users THEN 'on_for_some'
            ELSE 'switched_on'
        END AS code
    FROM authentication_methods
    WHERE lower(method) IN ('sms', 'voice')
)
SELECT
    method AS entity_id,
    CASE lower(method) WHEN 'sms' THEN 'SMS' ELSE 'Voice' END AS entity_name,
    CASE code
        WHEN 'switched_off' THEN 'protected'
        WHEN 'not_read' THEN 'unknown'
        ELSE 'exposed'
    END AS verdict,
    json_object('code', code) AS detail
FROM judged
