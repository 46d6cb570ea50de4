WITH organisations AS (
    SELECT
        lower(organization) AS entity_id,
        organization AS entity_name,
        CASE WHEN audit_disabled THEN 'audit_off' WHEN NOT audit_disabled THEN 'audit_on' ELSE 'not_read' END AS code
    FROM exchange_organization
),
boxes AS (
    SELECT
        lower(mailbox_guid) AS mailbox_guid,
        coalesce(nullif(lower(directory_id), ''), lower(mailbox_guid)) AS entity_id,
        coalesce(display_name, address, user_name, mailbox_guid) AS entity_name,
        lower(kind) AS kind,
        audit_enabled
    FROM mailboxes
),
-- auditing by default leaves these out; for people, shared mailboxes and groups the switch of the mailbox is ignored
left_out AS (
    SELECT
        entity_id,
        entity_name,
        CASE
            WHEN audit_enabled THEN 'mailbox_audited'
            WHEN kind IS NULL OR audit_enabled IS NULL THEN 'mailbox_not_read'
            ELSE 'mailbox_not_audited'
        END AS code
    FROM boxes
    WHERE kind IN ('roommailbox', 'equipmentmailbox', 'publicfoldermailbox', 'discoverymailbox')
        OR (kind IS NULL AND audit_enabled IS NOT TRUE)
),
bypassing AS (
    SELECT
        coalesce(b.entity_id, lower(a.account_guid)) AS entity_id,
        coalesce(a.account_name, b.entity_name, a.account_guid) AS entity_name,
        CASE WHEN a.bypassed THEN 'bypassed' ELSE 'bypass_not_read' END AS code
    FROM mailbox_audit_bypasses a
    LEFT JOIN boxes b ON b.mailbox_guid = lower(a.account_guid)
    WHERE a.bypassed IS NOT FALSE
),
found AS (
    SELECT * FROM organisations
    UNION ALL SELECT * FROM left_out
    UNION ALL SELECT * FROM bypassing
),
ranked AS (
    SELECT
        entity_id,
        entity_name,
        code,
        CASE
            WHEN code IN ('audit_on', 'mailbox_audited') THEN 3
            WHEN code IN ('not_read', 'mailbox_not_read', 'bypass_not_read') THEN 2
            ELSE 1
        END AS rank
    FROM found
    CROSS JOIN (SELECT count(*) AS organisations FROM exchange_organization) AS counted
    WHERE counted.organisations > 0
)
SELECT
    entity_id,
    arg_min(entity_name, rank) AS entity_name,
    CASE min(rank) WHEN 1 THEN 'exposed' WHEN 2 THEN 'unknown' ELSE 'protected' END AS verdict,
    json_object('code', arg_min(code, rank)) AS detail
FROM ranked
GROUP BY entity_id
