SELECT
    policy AS entity_id,
    policy AS entity_name,
    CASE
        WHEN storage_providers THEN 'exposed'
        WHEN NOT storage_providers THEN 'protected'
        ELSE 'unknown'
    END AS verdict,
    CASE
        WHEN storage_providers THEN json_object('code', 'other_storage_allowed')
        WHEN NOT storage_providers THEN json_object('code', 'other_storage_closed')
        ELSE json_object('code', 'not_read')
    END AS detail
FROM owa_policies
