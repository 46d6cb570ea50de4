WITH detections AS (
    SELECT
        user_id,
        detected,
        lower(risk_type) = 'leakedcredentials' AS leaked,
        CASE
            WHEN lower(risk_state) IN ('atrisk', 'confirmedcompromised') THEN true
            WHEN lower(risk_state) IN ('none', 'confirmedsafe', 'remediated', 'dismissed') THEN false
        END AS still_open
    FROM risk_detections
    WHERE user_id IS NOT NULL
),
by_user AS (
    SELECT
        user_id,
        bool_or(leaked AND still_open) AS leaked,
        max(detected) FILTER (WHERE leaked AND still_open) AS detected,
        count_if((leaked AND still_open) IS NULL) > 0 AS unclear
    FROM detections
    GROUP BY user_id
)
SELECT
    cast(u.user_id AS varchar) AS entity_id,
    u.user_name AS entity_name,
    CASE
        WHEN d.leaked THEN 'exposed'
        WHEN d.unclear OR u.enabled IS NULL THEN 'unknown'
        ELSE 'protected'
    END AS verdict,
    CASE
        WHEN d.leaked AND d.detected IS NULL THEN json_object('code', 'leaked_undated')
        WHEN d.leaked THEN json_object('code', 'leaked', 'detected', strftime(d.detected, '%Y-%m-%d'))
        WHEN d.unclear THEN json_object('code', 'detection_unclear')
        WHEN u.enabled IS NULL THEN json_object('code', 'account_unclear')
        ELSE json_object('code', 'no_open_detection')
    END AS detail
FROM users AS u
LEFT JOIN by_user AS d ON d.user_id = u.user_id
WHERE u.enabled IS DISTINCT FROM false OR d.leaked
