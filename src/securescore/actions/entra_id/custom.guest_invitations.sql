WITH policy AS (
    SELECT
        any_value(lower(invitations_from)) AS invitations_from,
        any_value(guest_role_id) AS guest_role_id
    FROM authorization_policy
),
judged AS (
    SELECT
        CASE
            WHEN invitations_from = 'everyone' THEN 'everyone_invites'
            WHEN guest_role_id = 'a0b1b346-4d3e-4e8b-98f8-753987be4970' THEN 'guests_like_members'
            WHEN invitations_from = 'adminsguestinvitersandallmembers' THEN 'members_invite'
            WHEN guest_role_id IS NULL THEN 'not_read'
            WHEN guest_role_id NOT IN (
                '10dae51f-b6af-4016-8d66-8c2a99b929b3',
                '2af84b1e-32c8-42b7-82bc-daa82404023b'
            ) THEN 'not_read'
            WHEN invitations_from = 'adminsandguestinviters' THEN 'appointed_inviters'
            WHEN invitations_from = 'none' THEN 'nobody_invites'
            ELSE 'not_read'
        END AS code
    FROM policy
)
SELECT
    o.tenant_id AS entity_id,
    o.name AS entity_name,
    CASE
        WHEN j.code IN ('appointed_inviters', 'nobody_invites') THEN 'protected'
        WHEN j.code = 'not_read' THEN 'unknown'
        ELSE 'exposed'
    END AS verdict,
    json_object('code', j.code) AS detail
FROM organization AS o
CROSS JOIN judged AS j
