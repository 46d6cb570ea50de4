WITH plans AS (
    SELECT DISTINCT sku_id, plan_id
    FROM service_plans
    WHERE lower(plan) IN ('rms_s_enterprise', 'rms_s_enterprise_gov', 'mip_s_clp1')
),
-- include licensed_people
scopes AS (
    SELECT
        policy_id AS scope,
        policy,
        enabled AND len(labels) > 0 AS switched_on,
        locations,
        except_locations
    FROM label_policies
    WHERE enabled IS NOT FALSE
        AND len(labels) IS DISTINCT FROM 0
        AND coalesce(lower(mode), '') NOT IN ('disable', 'pendingdeletion')
),
places AS (
    SELECT scope, 'in' AS side, lower(unnest(locations)) AS place FROM scopes
    UNION ALL
    SELECT scope, 'out', lower(unnest(except_locations)) FROM scopes
),
names AS (
    SELECT user_id, lower(user_name) AS name FROM users WHERE user_name IS NOT NULL
),
-- include reached_people reached=labels_published
