groups AS (
    SELECT DISTINCT lower(group_address) AS name FROM mail_group_members
),
hits AS (
    SELECT p.scope, p.side, n.user_id
    FROM places p
    JOIN names n ON n.name = p.place
    UNION ALL
    SELECT p.scope, p.side, TRY_CAST(g.directory_id AS UUID)
    FROM places p
    JOIN mail_group_members g ON lower(g.group_address) = p.place
),
hit AS (
    SELECT scope, user_id, bool_or(side = 'in') AS included, bool_or(side = 'out') AS excepted
    FROM hits
    GROUP BY scope, user_id
),
-- whom such a place means is not known
unresolved AS (
    SELECT p.scope, bool_or(p.side = 'in') AS included, bool_or(p.side = 'out') AS excepted
    FROM places p
    LEFT JOIN (SELECT DISTINCT name FROM names) AS n ON n.name = p.place
    LEFT JOIN groups g ON g.name = p.place
    WHERE n.name IS NULL AND g.name IS NULL AND (p.place <> 'all' OR p.side = 'out')
    GROUP BY p.scope
),
extents AS (
    SELECT
        s.scope,
        s.policy,
        s.switched_on,
        coalesce(list_contains(s.locations, 'all'), false) AS everybody,
        s.locations IS NULL OR u.included IS TRUE AS perhaps_others,
        s.except_locations IS NULL OR u.excepted IS TRUE AS perhaps_not
    FROM scopes s
    LEFT JOIN unresolved u ON u.scope = s.scope
),
-- who is in no list of a scope that is fully known is not reached by it, and needs no row
candidates AS (
    SELECT p.user_id, e.scope
    FROM people p
    CROSS JOIN extents e
    WHERE e.everybody OR e.perhaps_others
    UNION ALL
    SELECT h.user_id, h.scope
    FROM hit h
    JOIN extents e ON e.scope = h.scope
    WHERE h.included AND NOT (e.everybody OR e.perhaps_others)
),
reach AS (
    SELECT
        c.user_id,
        e.policy,
        e.switched_on
            AND CASE WHEN e.everybody OR h.included THEN true END
            AND CASE WHEN h.excepted THEN false WHEN NOT e.perhaps_not THEN true END AS reached
    FROM candidates c
    JOIN extents e ON e.scope = c.scope
    LEFT JOIN hit h ON h.scope = c.scope AND h.user_id = c.user_id
),
reached AS (
    SELECT
        user_id,
        bool_or(reached) AS surely,
        bool_or(reached IS NULL) AS perhaps,
        min(policy) FILTER (WHERE reached) AS policy
    FROM reach
    GROUP BY user_id
),
judged AS (
    SELECT
        p.user_id,
        p.user_name,
        r.policy,
        CASE
            WHEN NOT p.licence_known THEN 'licence_unknown'
            WHEN r.surely THEN '{reached}'
            WHEN r.perhaps THEN 'scope_unknown'
            WHEN p.enabled IS NULL THEN 'account_state_unknown'
            WHEN n.scopes = 0 THEN 'no_policy'
            ELSE 'not_in_scope'
        END AS code
    FROM people p
    LEFT JOIN reached r ON r.user_id = p.user_id
    CROSS JOIN (SELECT count(*) AS scopes FROM scopes) AS n
)
SELECT
    CAST(user_id AS VARCHAR) AS entity_id,
    user_name AS entity_name,
    CASE
        WHEN code = '{reached}' THEN 'protected'
        WHEN code IN ('no_policy', 'not_in_scope') THEN 'exposed'
        ELSE 'unknown'
    END AS verdict,
    json_object('code', code, 'policy', policy) AS detail
FROM judged
