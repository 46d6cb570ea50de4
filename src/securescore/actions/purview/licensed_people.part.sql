held_plans AS (
    SELECT h.user_id, p.plan_id, count(*) AS times
    FROM (SELECT DISTINCT user_id, TRY_CAST(unnest(sku_ids) AS UUID) AS sku_id FROM users) AS h
    JOIN plans p ON p.sku_id = h.sku_id
    GROUP BY h.user_id, p.plan_id
),
switched_off AS (
    SELECT user_id, plan_id, count(*) AS times
    FROM (SELECT user_id, TRY_CAST(unnest(disabled_plan_ids) AS UUID) AS plan_id FROM users)
    GROUP BY user_id, plan_id
),
licensed AS (
    SELECT DISTINCT h.user_id
    FROM held_plans h
    LEFT JOIN switched_off o ON o.user_id = h.user_id AND o.plan_id = h.plan_id
    -- a plan of two licences is only off when it is switched off in both
    WHERE h.times > coalesce(o.times, 0)
),
people AS (
    SELECT
        u.user_id,
        u.user_name,
        u.enabled,
        l.user_id IS NOT NULL AND u.disabled_plan_ids IS NOT NULL AS licence_known
    FROM users u
    LEFT JOIN licensed l ON l.user_id = u.user_id
    WHERE u.enabled IS NOT FALSE AND (l.user_id IS NOT NULL OR u.sku_ids IS NULL)
),
