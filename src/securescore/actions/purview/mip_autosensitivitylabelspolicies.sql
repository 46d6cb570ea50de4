WITH plans AS (
    SELECT DISTINCT sku_id, plan_id
    FROM service_plans
    WHERE lower(plan) IN ('mip_s_clp2', 'rms_s_premium2', 'rms_s_premium2_gov')
),
-- include licensed_people
policies AS (
    SELECT
        *,
        CASE WHEN enabled AND lower(mode) = 'enable' THEN true END AS switched_on
    FROM auto_label_policies
    WHERE enabled IS NOT FALSE
        AND coalesce(lower(mode), '') NOT IN (
            'testwithnotifications', 'testwithoutnotifications', 'disable', 'pendingdeletion'
        )
),
scopes AS (
    SELECT
        policy_id || '|mail' AS scope,
        policy,
        switched_on,
        exchange_locations AS locations,
        except_exchange_locations AS except_locations
    FROM policies
    UNION ALL
    SELECT policy_id || '|onedrive', policy, switched_on, onedrive_locations, [] FROM policies
    UNION ALL
    -- every site is everybody's; which people a single site is of, is not known, and it puts nobody in scope
    SELECT policy_id || '|sites', policy, switched_on, list_filter(sharepoint_locations, lambda one: one = 'all'), []
    FROM policies
),
places AS (
    SELECT scope, 'in' AS side, lower(unnest(locations)) AS place FROM scopes
    UNION ALL
    SELECT scope, 'out', lower(unnest(except_locations)) FROM scopes
),
names AS (
    SELECT user_id, lower(user_name) AS name FROM users WHERE user_name IS NOT NULL
    UNION
    -- the address of a OneDrive ends in the user's name with underscores in it
    SELECT u.user_id, p.place
    FROM users u
    JOIN places p
        ON regexp_extract(p.place, '/personal/([^/]+)/?$', 1)
            = regexp_replace(lower(u.user_name), '[^a-z0-9]', '_', 'g')
),
-- include reached_people reached=labelled_automatically
