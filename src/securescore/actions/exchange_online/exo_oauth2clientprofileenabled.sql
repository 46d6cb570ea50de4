SELECT
    lower(organization) AS entity_id,
    organization AS entity_name,
    CASE
        WHEN modern_authentication THEN 'protected'
        WHEN NOT modern_authentication THEN 'exposed'
        ELSE 'unknown'
    END AS verdict,
    CASE
        WHEN modern_authentication THEN json_object('code', 'switched_on')
        WHEN NOT modern_authentication THEN json_object('code', 'switched_off')
        ELSE json_object('code', 'not_read')
    END AS detail
FROM exchange_organization
