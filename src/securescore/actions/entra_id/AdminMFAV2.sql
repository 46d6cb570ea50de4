WITH administrators AS (
    SELECT
        user_id,
        any_value(user_name) AS user_name,
        any_value(user_type) AS user_type,
        any_value(enabled) AS enabled
    FROM privileged_people
    WHERE NOT eligible AND enabled IS NOT FALSE
    GROUP BY user_id
),
measured AS (
    SELECT
        a.user_id,
        a.user_name,
        a.enabled,
        s.policy_name,
        -- two halves, both needed: the one that certainly fails decides, before the one that is not known
        CASE
            WHEN s.verdict = 'protected' AND s.code = 'security_defaults' THEN s.code
            WHEN s.verdict = 'exposed' THEN s.code
            WHEN s.code = 'federated' THEN s.code
            WHEN NOT r.mfa_registered AND lower(a.user_type) = 'guest' THEN 'registered_elsewhere'
            WHEN NOT r.mfa_registered THEN 'not_registered'
            WHEN s.verdict = 'protected' AND r.mfa_registered THEN s.code
            WHEN s.verdict = 'protected' THEN 'registration_unknown'
            WHEN s.policy_name IS NOT NULL THEN s.code
            ELSE 'evidence_incomplete'
        END AS code,
        CASE
            WHEN s.verdict = 'protected' AND s.code = 'security_defaults' THEN 'protected'
            WHEN s.verdict = 'protected' AND r.mfa_registered THEN 'protected'
            WHEN s.verdict = 'exposed' THEN 'exposed'
            WHEN s.code = 'federated' OR lower(a.user_type) = 'guest' THEN 'unknown'
            WHEN NOT r.mfa_registered THEN 'exposed'
            ELSE 'unknown'
        END AS verdict
    FROM administrators a
    LEFT JOIN sign_in_protection s ON s.user_id = a.user_id AND s.protection = 'mfa'
    LEFT JOIN registration_details r ON r.user_id = a.user_id
)
SELECT
    CAST(user_id AS VARCHAR) AS entity_id,
    user_name AS entity_name,
    CASE WHEN verdict = 'exposed' AND enabled IS NULL THEN 'unknown' ELSE verdict END AS verdict,
    CASE
        WHEN verdict = 'exposed' AND enabled IS NULL THEN '{"code":"account_state_unknown"}'
        ELSE json_object('code', code, 'policy', policy_name)
    END AS detail
FROM measured
