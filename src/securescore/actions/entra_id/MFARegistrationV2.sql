WITH defaults AS (SELECT bool_or(enabled) AS enabled FROM security_defaults),
measured AS (
    SELECT
        u.user_id,
        u.user_name,
        CASE
            WHEN d.enabled THEN 'security_defaults'
            WHEN r.mfa_registered THEN 'registered'
            WHEN d.enabled IS NULL THEN 'security_defaults_unknown'
            WHEN r.mfa_registered IS NULL THEN 'registration_unknown'
            WHEN u.enabled IS NULL OR u.user_type IS NULL THEN 'account_state_unknown'
            ELSE 'not_registered'
        END AS code
    FROM users u
    CROSS JOIN defaults d
    LEFT JOIN registration_details r ON r.user_id = u.user_id
    WHERE u.enabled IS NOT FALSE AND lower(u.user_type) IS DISTINCT FROM 'guest'
)
SELECT
    CAST(user_id AS VARCHAR) AS entity_id,
    user_name AS entity_name,
    CASE
        WHEN code IN ('security_defaults', 'registered') THEN 'protected'
        WHEN code = 'not_registered' THEN 'exposed'
        ELSE 'unknown'
    END AS verdict,
    CASE code
        WHEN 'security_defaults' THEN '{"code":"security_defaults"}'
        WHEN 'registered' THEN '{"code":"registered"}'
        WHEN 'not_registered' THEN '{"code":"not_registered"}'
        WHEN 'security_defaults_unknown' THEN '{"code":"security_defaults_unknown"}'
        WHEN 'registration_unknown' THEN '{"code":"registration_unknown"}'
        ELSE '{"code":"account_state_unknown"}'
    END AS detail
FROM measured
