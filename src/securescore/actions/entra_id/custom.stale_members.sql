WITH members AS (
    SELECT
        u.user_id,
        u.user_name,
        u.enabled IS NOT NULL AND u.user_type IS NOT NULL AS clear,
        u.created,
        a.user_id IS NOT NULL AS read,
        greatest(a.last_sign_in, a.last_background_sign_in) AS last_seen
    FROM users AS u
    LEFT JOIN user_activity AS a ON a.user_id = u.user_id
    WHERE lower(u.user_type) IS DISTINCT FROM 'guest' AND u.enabled IS DISTINCT FROM false
),
judged AS (
    SELECT
        user_id,
        user_name,
        last_seen,
        CASE
            WHEN NOT clear THEN 'account_unclear'
            WHEN NOT read THEN 'not_in_activity'
            WHEN last_seen >= getvariable('as_of') - INTERVAL 90 day THEN 'active'
            WHEN created >= getvariable('as_of') - INTERVAL 90 day THEN 'recent_account'
            WHEN last_seen IS NOT NULL THEN 'stale'
            ELSE 'no_sign_in'
        END AS code
    FROM members
)
SELECT
    cast(user_id AS varchar) AS entity_id,
    user_name AS entity_name,
    CASE
        WHEN code IN ('active', 'recent_account') THEN 'protected'
        WHEN code = 'stale' THEN 'exposed'
        ELSE 'unknown'
    END AS verdict,
    CASE code
        WHEN 'active' THEN json_object('code', 'active')
        WHEN 'stale' THEN json_object('code', 'stale', 'last_sign_in', strftime(last_seen, '%Y-%m-%d'))
        ELSE json_object('code', code)
    END AS detail
FROM judged
