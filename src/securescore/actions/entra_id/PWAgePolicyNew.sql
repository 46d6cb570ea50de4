WITH judged AS (
    SELECT
        domain,
        password_validity_days AS days,
        CASE
            WHEN verified IS NULL OR is_root IS NULL OR authentication IS NULL THEN 'domain_unclear'
            WHEN lower(authentication) <> 'managed' THEN 'domain_unclear'
            WHEN password_validity_days = 2147483647 THEN 'never_expires'
            WHEN password_validity_days > 0 THEN 'expires'
            ELSE 'not_read'
        END AS code
    FROM domains
    WHERE verified IS DISTINCT FROM false
        AND is_root IS DISTINCT FROM false
        AND lower(authentication) IS DISTINCT FROM 'federated'
)
SELECT
    lower(domain) AS entity_id,
    domain AS entity_name,
    CASE code
        WHEN 'never_expires' THEN 'protected'
        WHEN 'expires' THEN 'exposed'
        ELSE 'unknown'
    END AS verdict,
    CASE code
        WHEN 'expires' THEN json_object('code', code, 'days', days)
        ELSE json_object('code', code)
    END AS detail
FROM judged
