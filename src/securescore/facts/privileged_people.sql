-- One row per person, role and way (directly, or through one group), now and on request apart.
WITH
-- Roles that administer nothing: what every user, guest or device has anyway, the accounts of directory
-- synchronisation (no person signs in with them), and reading what is no secret inside the organisation.
-- Readers of the whole configuration, of security and of sign-in reports stay: what they see is worth an attack.
plain_roles (template_id) AS (
    SELECT unnest([
        'a0b1b346-4d3e-4e8b-98f8-753987be4970',  -- User
        '10dae51f-b6af-4016-8d66-8c2a99b929b3',  -- Guest User
        '2af84b1e-32c8-42b7-82bc-daa82404023b',  -- Restricted Guest User
        '88d8e3e3-8f55-4a1e-953a-9b9898b8876b',  -- Directory Readers
        'd405c6df-0af8-4e3b-95e4-4d06e542189e',  -- Device Users
        '9c094953-4995-41c8-84c8-3ebb9b32c93f',  -- Device Join
        'c34f683f-4d5a-4403-affd-6615e00e3a7f',  -- Workplace Device Join
        'd29b2b05-8046-44ba-8758-1e26182fcf32',  -- Directory Synchronization Accounts
        'a92aed5d-d78a-4d16-b381-09adb37eb3b0',  -- On Premises Directory Sync Account
        '95e79109-95c0-4d8e-aee3-d01accf2d47b',  -- Guest Inviter
        '790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b',  -- Message Center Reader
        'ac16e43d-7b2d-40e0-ac05-243ff356ab5b',  -- Message Center Privacy Reader
        '75934031-6c7e-415a-99d7-48dbd49e875e'   -- Usage Summary Reports Reader
    ]::UUID[])
),

schedules AS (
    SELECT
        principal_id,
        role_id,
        scope,
        bool_or(assignment_type = 'Assigned' AND ends IS NULL) AS permanent
    FROM role_assignment_schedules
    GROUP BY principal_id, role_id, scope
),

-- A member's own row of a group's eligibility (member_type Group) repeats the row of the group.
holdings AS (
    SELECT a.principal_id, a.role_id, a.scope, false AS eligible, s.permanent, false AS repeats
    FROM role_assignments AS a
    LEFT JOIN schedules AS s
        ON
            a.principal_id = s.principal_id
            AND a.role_id = s.role_id
            AND a.scope IS NOT DISTINCT FROM s.scope
    UNION ALL
    SELECT principal_id, role_id, scope, true, ends IS NULL, coalesce(member_type = 'Group', false)
    FROM role_eligibilities
),

administering AS (
    SELECT h.*, coalesce(d.template_id, h.role_id) AS role_template_id, d.role_name
    FROM holdings AS h
    LEFT JOIN role_definitions AS d ON h.role_id = d.role_id
    WHERE coalesce(d.template_id, h.role_id) NOT IN (SELECT template_id FROM plain_roles)
),

through_groups AS (
    SELECT m.user_id, m.group_id, h.*
    FROM administering AS h
    INNER JOIN group_members AS m ON h.principal_id = m.group_id
),

direct AS (
    SELECT h.principal_id AS user_id, NULL::UUID AS group_id, h.*
    FROM administering AS h
    ANTI JOIN through_groups AS t
        ON
            h.repeats
            AND t.eligible
            AND h.principal_id = t.user_id
            AND h.role_id = t.role_id
),

-- Held at several scopes: one row, with the widest.
ways AS (
    SELECT
        user_id,
        role_template_id,
        group_id,
        eligible,
        any_value(role_name) AS role_name,
        CASE WHEN bool_or(permanent) THEN true WHEN count(*) = count(permanent) THEN false END AS permanent,
        min(scope) AS scope
    FROM (
        SELECT * FROM direct
        UNION ALL
        SELECT * FROM through_groups
    )
    GROUP BY user_id, role_template_id, group_id, eligible
)

SELECT
    u.user_id,
    u.user_name,
    u.display_name,
    u.enabled,
    u.user_type,
    u.synchronised,
    w.role_template_id,
    w.role_name,
    w.eligible,
    w.permanent,
    w.group_id,
    g.group_name,
    w.scope
FROM ways AS w
INNER JOIN users AS u ON w.user_id = u.user_id
LEFT JOIN groups AS g ON w.group_id = g.group_id
