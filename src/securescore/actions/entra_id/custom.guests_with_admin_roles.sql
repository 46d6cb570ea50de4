WITH holders AS (
    SELECT
        user_id,
        any_value(user_name) AS user_name,
        any_value(enabled) AS enabled,
        any_value(lower(user_type)) AS user_type,
        string_agg(
            DISTINCT coalesce(role_name, cast(role_template_id AS varchar), '?'),
            ', ' ORDER BY coalesce(role_name, cast(role_template_id AS varchar), '?')
        ) AS roles
    FROM privileged_people
    WHERE enabled IS DISTINCT FROM false
    GROUP BY user_id
),
judged AS (
    SELECT
        user_id,
        user_name,
        roles,
        CASE
            WHEN enabled IS NULL OR user_type IS NULL THEN 'account_unclear'
            WHEN user_type = 'guest' THEN 'guest'
            WHEN user_type = 'member' THEN 'member'
            ELSE 'account_unclear'
        END AS code
    FROM holders
)
SELECT
    cast(user_id AS varchar) AS entity_id,
    coalesce(user_name, cast(user_id AS varchar)) AS entity_name,
    CASE code
        WHEN 'guest' THEN 'exposed'
        WHEN 'member' THEN 'protected'
        ELSE 'unknown'
    END AS verdict,
    json_object('code', code, 'roles', roles) AS detail
FROM judged
