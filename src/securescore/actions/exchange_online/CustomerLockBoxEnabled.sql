SELECT
    lower(organization) AS entity_id,
    organization AS entity_name,
    CASE
        WHEN customer_lockbox THEN 'protected'
        WHEN NOT customer_lockbox THEN 'exposed'
        ELSE 'unknown'
    END AS verdict,
    CASE
        WHEN customer_lockbox THEN json_object('code', 'approval_needed')
        WHEN NOT customer_lockbox THEN json_object('code', 'no_approval')
        ELSE json_object('code', 'not_read')
    END AS detail
FROM exchange_organization
