WITH people AS (
    SELECT
        coalesce(nullif(lower(directory_id), ''), lower(mailbox_guid)) AS mailbox_id,
        coalesce(user_name, address, display_name) AS mailbox_name,
        nullif(lower(directory_id), '') AS directory_id,
        nullif(split_part(lower(address), '@', 2), '') AS domain,
        list_transform(addresses, lambda one: regexp_replace(lower(one), '^[a-z0-9]+:', '')) AS addresses,
        lower(address) AS address,
        -- one that stands for everybody, or of which it is not known whether it is a person's, may match anything
        kind IS NULL OR mailbox_guid = 'everyone' AS anybody
    FROM mailboxes
    WHERE kind IS NULL OR lower(kind) IN ('usermailbox', 'linkedmailbox')
),
rules AS (
    SELECT
        policy_kind || '|' || family || '|' || rule AS rule_key,
        policy_kind,
        family,
        CASE WHEN family <> 'built_in' THEN policy END AS policy,
        -- those that are disabled are left out below; of another word it is not known what it means
        CASE WHEN lower(state) = 'enabled' THEN true END AS enabled,
        -- a family or priority that is not known may come first, and may as well not count
        CASE
            WHEN family IN ('strict', 'standard', 'built_in') THEN true
            WHEN family = 'custom' AND priority IS NOT NULL THEN true
        END AS ordered,
        CASE family WHEN 'strict' THEN 1 WHEN 'standard' THEN 2 WHEN 'custom' THEN 3 WHEN 'built_in' THEN 4 ELSE 0 END AS family_rank,
        coalesce(priority, -1) AS priority,
        recipients, member_of, domains, except_recipients, except_member_of, except_domains
    FROM (SELECT * FROM mail_rules UNION ALL SELECT * FROM defender_mail_rules)
    WHERE lower(state) IS DISTINCT FROM 'disabled'
),
conditions AS (
    SELECT rule_key, 'recipients' AS slot, lower(unnest(recipients)) AS value FROM rules
    UNION ALL SELECT rule_key, 'member_of', lower(unnest(member_of)) FROM rules
    UNION ALL SELECT rule_key, 'domains', lower(unnest(domains)) FROM rules
    UNION ALL SELECT rule_key, 'except_recipients', lower(unnest(except_recipients)) FROM rules
    UNION ALL SELECT rule_key, 'except_member_of', lower(unnest(except_member_of)) FROM rules
    UNION ALL SELECT rule_key, 'except_domains', lower(unnest(except_domains)) FROM rules
),
named AS (
    SELECT mailbox_id, address FROM people WHERE address IS NOT NULL
    UNION
    SELECT mailbox_id, unnest(addresses) FROM people
),
hits AS (
    SELECT c.rule_key, c.slot, n.mailbox_id
    FROM conditions c JOIN named n ON n.address = c.value
    WHERE c.slot IN ('recipients', 'except_recipients')
    UNION ALL
    SELECT c.rule_key, c.slot, p.mailbox_id
    FROM conditions c JOIN people p ON p.domain = c.value
    WHERE c.slot IN ('domains', 'except_domains')
    UNION ALL
    SELECT c.rule_key, c.slot, p.mailbox_id
    FROM conditions c
    JOIN mail_group_members g ON g.group_address = c.value
    JOIN people p ON p.directory_id = lower(g.directory_id)
    WHERE c.slot IN ('member_of', 'except_member_of')
),
hit AS (
    SELECT
        rule_key,
        mailbox_id,
        bool_or(slot = 'recipients') AS recipients,
        bool_or(slot = 'member_of') AS member_of,
        bool_or(slot = 'domains') AS domains,
        bool_or(slot = 'except_recipients') AS except_recipients,
        bool_or(slot = 'except_member_of') AS except_member_of,
        bool_or(slot = 'except_domains') AS except_domains
    FROM hits
    GROUP BY rule_key, mailbox_id
),
-- a recipient given by name and a group that was not found: whom they mean is not known
unresolved AS (
    SELECT
        rule_key,
        bool_or(slot = 'recipients') AS recipients,
        bool_or(slot = 'member_of') AS member_of,
        bool_or(slot = 'except_recipients') AS except_recipients,
        bool_or(slot = 'except_member_of') AS except_member_of
    FROM conditions
    WHERE (slot IN ('recipients', 'except_recipients') AND NOT contains(value, '@'))
       OR (
           slot IN ('member_of', 'except_member_of')
           AND value NOT IN (SELECT group_address FROM mail_group_members WHERE group_address IS NOT NULL)
       )
    GROUP BY rule_key
),
-- each half of a condition: true, false, or not known; an unused condition holds for everybody, an unused exception for nobody
parts AS (
    SELECT
        p.mailbox_id,
        p.mailbox_name,
        r.rule_key,
        r.policy_kind,
        r.family,
        r.policy,
        r.family_rank,
        r.priority,
        r.enabled,
        r.ordered,
        CASE
            WHEN len(r.recipients) = 0 OR h.recipients THEN true
            WHEN r.recipients IS NULL OR u.recipients OR p.anybody OR p.address IS NULL OR p.addresses IS NULL THEN NULL
            ELSE false
        END AS recipients,
        CASE
            WHEN len(r.member_of) = 0 OR h.member_of THEN true
            WHEN r.member_of IS NULL OR u.member_of OR p.anybody OR p.directory_id IS NULL THEN NULL
            ELSE false
        END AS member_of,
        CASE
            WHEN len(r.domains) = 0 OR h.domains THEN true
            WHEN r.domains IS NULL OR p.anybody OR p.domain IS NULL THEN NULL
            ELSE false
        END AS domains,
        CASE
            WHEN h.except_recipients THEN true
            WHEN len(r.except_recipients) = 0 THEN false
            WHEN r.except_recipients IS NULL OR u.except_recipients OR p.anybody OR p.address IS NULL OR p.addresses IS NULL THEN NULL
            ELSE false
        END AS except_recipients,
        CASE
            WHEN h.except_member_of THEN true
            WHEN len(r.except_member_of) = 0 THEN false
            WHEN r.except_member_of IS NULL OR u.except_member_of OR p.anybody OR p.directory_id IS NULL THEN NULL
            ELSE false
        END AS except_member_of,
        CASE
            WHEN h.except_domains THEN true
            WHEN len(r.except_domains) = 0 THEN false
            WHEN r.except_domains IS NULL OR p.anybody OR p.domain IS NULL THEN NULL
            ELSE false
        END AS except_domains
    FROM people p
    CROSS JOIN rules r
    LEFT JOIN hit h ON h.rule_key = r.rule_key AND h.mailbox_id = p.mailbox_id
    LEFT JOIN unresolved u ON u.rule_key = r.rule_key
),
judged AS (
    SELECT
        mailbox_id,
        mailbox_name,
        policy_kind,
        family,
        policy,
        row_number() OVER (
            PARTITION BY mailbox_id, policy_kind ORDER BY family_rank, priority, rule_key
        ) AS place,
        enabled AND ordered AND recipients AND member_of AND domains
            AND NOT (except_recipients OR except_member_of OR except_domains) AS matches
    FROM parts
),
possible AS (
    SELECT
        *,
        min(place) FILTER (WHERE matches) OVER (PARTITION BY mailbox_id, policy_kind) AS first_certain
    FROM judged
    WHERE matches IS NOT FALSE
),
kinds AS (
    SELECT unnest(['spam', 'malware', 'anti_phish', 'outbound_spam']) AS policy_kind, 'default' AS last_family
    UNION ALL
    SELECT unnest(['safe_links', 'safe_attachments']), 'none'
),
decided AS (
    SELECT DISTINCT mailbox_id, policy_kind FROM possible WHERE first_certain IS NOT NULL
),
-- without a rule for it, whether built-in protection is on is not known
built_in AS (
    SELECT policy_kind, bool_or(family = 'built_in') AS listed FROM rules GROUP BY policy_kind
)
SELECT DISTINCT mailbox_id, mailbox_name, policy_kind, family, policy
FROM possible
WHERE place <= first_certain OR first_certain IS NULL
UNION ALL
SELECT p.mailbox_id, p.mailbox_name, k.policy_kind, k.last_family, NULL
FROM people p
CROSS JOIN kinds k
LEFT JOIN decided d ON d.mailbox_id = p.mailbox_id AND d.policy_kind = k.policy_kind
WHERE d.mailbox_id IS NULL
UNION ALL
SELECT p.mailbox_id, p.mailbox_name, k.policy_kind, 'built_in', NULL
FROM people p
CROSS JOIN kinds k
LEFT JOIN decided d ON d.mailbox_id = p.mailbox_id AND d.policy_kind = k.policy_kind
LEFT JOIN built_in b ON b.policy_kind = k.policy_kind
WHERE d.mailbox_id IS NULL AND k.last_family = 'none' AND b.listed IS NOT TRUE
