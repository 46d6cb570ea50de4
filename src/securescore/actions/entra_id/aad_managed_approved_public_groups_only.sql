WITH judged AS (
    SELECT
        group_id,
        group_name,
        CASE lower(visibility)
            WHEN 'private' THEN 'private'
            WHEN 'hiddenmembership' THEN 'hidden_membership'
            WHEN 'public' THEN 'public'
            ELSE 'not_read'
        END AS code
    FROM microsoft365_groups
)
SELECT
    cast(group_id AS varchar) AS entity_id,
    coalesce(group_name, cast(group_id AS varchar)) AS entity_name,
    CASE code
        WHEN 'public' THEN 'exposed'
        WHEN 'not_read' THEN 'unknown'
        ELSE 'protected'
    END AS verdict,
    json_object('code', code) AS detail
FROM judged
