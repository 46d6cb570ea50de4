SELECT
    CAST(u.user_id AS VARCHAR) AS entity_id,
    u.user_name AS entity_name,
    CASE
        WHEN s.verdict = 'exposed' AND u.enabled IS NULL THEN 'unknown'
        ELSE coalesce(s.verdict, 'unknown')
    END AS verdict,
    CASE
        WHEN s.verdict = 'exposed' AND u.enabled IS NULL THEN '{"code":"account_state_unknown"}'
        WHEN s.code = 'security_defaults' THEN '{"code":"security_defaults"}'
        WHEN s.code = 'no_policy' THEN '{"code":"no_policy"}'
        WHEN s.code IS NULL OR (s.code = 'unknown_condition' AND s.policy_name IS NULL)
            THEN '{"code":"evidence_incomplete"}'
        ELSE json_object('code', s.code, 'policy', s.policy_name)
    END AS detail
FROM users u
LEFT JOIN sign_in_protection s ON s.user_id = u.user_id AND s.protection = 'legacy_authentication_blocked'
WHERE u.enabled IS NOT FALSE
