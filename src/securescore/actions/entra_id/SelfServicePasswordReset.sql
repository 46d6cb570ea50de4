SELECT
    cast(u.user_id AS varchar) AS entity_id,
    u.user_name AS entity_name,
    CASE
        WHEN u.enabled IS NULL OR u.user_type IS NULL THEN 'unknown'
        WHEN r.reset_enabled THEN 'protected'
        WHEN NOT r.reset_enabled THEN 'exposed'
        ELSE 'unknown'
    END AS verdict,
    CASE
        WHEN u.enabled IS NULL OR u.user_type IS NULL THEN json_object('code', 'account_unclear')
        WHEN r.reset_enabled THEN json_object('code', 'reset_enabled')
        WHEN NOT r.reset_enabled THEN json_object('code', 'reset_disabled')
        ELSE json_object('code', 'not_in_report')
    END AS detail
FROM users AS u
LEFT JOIN registration_details AS r ON r.user_id = u.user_id
WHERE u.enabled IS DISTINCT FROM false
    AND lower(u.user_type) IS DISTINCT FROM 'guest'
