WITH policies AS (
    SELECT
        policy,
        is_default,
        assigned_roles,
        list_filter(
            assigned_roles,
            lambda one: replace(lower(one), ' ', '') IN ('mycustomapps', 'mymarketplaceapps', 'myreadwritemailboxapps')
        ) AS installing
    FROM role_assignment_policies
    WHERE is_default IS NOT FALSE
)
SELECT
    policy AS entity_id,
    policy AS entity_name,
    CASE
        WHEN is_default IS NULL OR assigned_roles IS NULL THEN 'unknown'
        WHEN len(installing) > 0 THEN 'exposed'
        ELSE 'protected'
    END AS verdict,
    CASE
        WHEN is_default IS NULL OR assigned_roles IS NULL THEN json_object('code', 'not_read')
        WHEN len(installing) > 0 THEN json_object('code', 'may_install', 'roles', array_to_string(installing, ', '))
        ELSE json_object('code', 'may_not_install')
    END AS detail
FROM policies
