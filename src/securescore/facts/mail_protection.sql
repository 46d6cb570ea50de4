WITH people AS MATERIALIZED (
    SELECT
        row_number() OVER () AS person,
        coalesce(nullif(lower(directory_id), ''), lower(mailbox_guid)) AS mailbox_id,
        coalesce(user_name, address, display_name) AS mailbox_name,
        nullif(lower(directory_id), '') AS directory_id,
        nullif(split_part(lower(address), '@', 2), '') AS domain,
        list_transform(addresses, lambda one: regexp_replace(lower(one), '^[a-z0-9]+:', '')) AS addresses,
        lower(address) AS address,
        -- one that stands for everybody, or of which it is not known whether it is a person's, may match anything
        kind IS NULL OR mailbox_guid = 'everyone' AS anybody,
        struct_pack(
            names := anybody OR address IS NULL OR addresses IS NULL,
            member := anybody OR directory_id IS NULL OR directory_id = '',
            domain := anybody OR domain IS NULL
        ) AS not_known
    FROM mailboxes
    WHERE kind IS NULL OR lower(kind) IN ('usermailbox', 'linkedmailbox')
),
rules AS MATERIALIZED (
    SELECT
        *,
        row_number() OVER (ORDER BY policy_kind, family_rank, priority, family, rule) AS place
    FROM (
        SELECT
            policy_kind,
            family,
            rule,
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
    )
),
conditions AS (
    SELECT place, 'recipients' AS slot, lower(unnest(recipients)) AS value FROM rules
    UNION ALL SELECT place, 'member_of', lower(unnest(member_of)) FROM rules
    UNION ALL SELECT place, 'domains', lower(unnest(domains)) FROM rules
    UNION ALL SELECT place, 'except_recipients', lower(unnest(except_recipients)) FROM rules
    UNION ALL SELECT place, 'except_member_of', lower(unnest(except_member_of)) FROM rules
    UNION ALL SELECT place, 'except_domains', lower(unnest(except_domains)) FROM rules
),
named AS (
    SELECT person, address FROM people WHERE address IS NOT NULL
    UNION ALL
    SELECT person, unnest(addresses) FROM people
),
-- a condition on a domain means every domain below it too
above AS (
    SELECT domain, array_to_string(labels[unnest(range(1, len(labels) + 1)):], '.') AS value
    FROM (SELECT DISTINCT domain, string_split(domain, '.') AS labels FROM people WHERE domain IS NOT NULL)
),
hits AS (
    SELECT c.place, n.person, c.slot
    FROM conditions c JOIN named n ON n.address = c.value
    WHERE c.slot IN ('recipients', 'except_recipients')
    UNION ALL
    SELECT c.place, p.person, c.slot
    FROM conditions c
    JOIN above a ON a.value = c.value
    JOIN people p ON p.domain = a.domain
    WHERE c.slot IN ('domains', 'except_domains')
    UNION ALL
    SELECT c.place, p.person, c.slot
    FROM conditions c
    JOIN mail_group_members g ON g.group_address = c.value
    JOIN people p ON p.directory_id = lower(g.directory_id)
    WHERE c.slot IN ('member_of', 'except_member_of')
),
-- a recipient given by name and a group that was not found: whom they mean is not known
unresolved AS (
    SELECT
        place,
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
    GROUP BY place
),
-- whoever no condition names is judged once for all who are known as far (person is null), all others one by one
asked AS (
    SELECT
        r.place, NULL AS person, k.not_known,
        false AS recipients, false AS member_of, false AS domains,
        false AS except_recipients, false AS except_member_of, false AS except_domains
    FROM rules r CROSS JOIN (SELECT DISTINCT not_known FROM people) k
    UNION ALL
    SELECT
        h.place, h.person, any_value(p.not_known),
        bool_or(slot = 'recipients'), bool_or(slot = 'member_of'), bool_or(slot = 'domains'),
        bool_or(slot = 'except_recipients'), bool_or(slot = 'except_member_of'), bool_or(slot = 'except_domains')
    FROM hits h JOIN people p ON p.person = h.person
    GROUP BY h.place, h.person
),
-- each half of a condition: true, false, or not known; an unused condition holds for everybody, an unused exception for nobody
parts AS (
    SELECT
        a.place,
        a.person,
        a.not_known,
        r.enabled,
        r.ordered,
        CASE
            WHEN len(r.recipients) = 0 OR a.recipients THEN true
            WHEN r.recipients IS NULL OR u.recipients OR a.not_known.names THEN NULL
            ELSE false
        END AS recipients,
        CASE
            WHEN len(r.member_of) = 0 OR a.member_of THEN true
            WHEN r.member_of IS NULL OR u.member_of OR a.not_known.member THEN NULL
            ELSE false
        END AS member_of,
        CASE
            WHEN len(r.domains) = 0 OR a.domains THEN true
            WHEN r.domains IS NULL OR a.not_known.domain THEN NULL
            ELSE false
        END AS domains,
        CASE
            WHEN a.except_recipients THEN true
            WHEN len(r.except_recipients) = 0 THEN false
            WHEN r.except_recipients IS NULL OR u.except_recipients OR a.not_known.names THEN NULL
            ELSE false
        END AS except_recipients,
        CASE
            WHEN a.except_member_of THEN true
            WHEN len(r.except_member_of) = 0 THEN false
            WHEN r.except_member_of IS NULL OR u.except_member_of OR a.not_known.member THEN NULL
            ELSE false
        END AS except_member_of,
        CASE
            WHEN a.except_domains THEN true
            WHEN len(r.except_domains) = 0 THEN false
            WHEN r.except_domains IS NULL OR a.not_known.domain THEN NULL
            ELSE false
        END AS except_domains
    FROM asked a
    JOIN rules r ON r.place = a.place
    LEFT JOIN unresolved u ON u.place = a.place
),
judged AS MATERIALIZED (
    SELECT
        place,
        person,
        not_known,
        enabled AND ordered AND recipients AND member_of AND domains
            AND NOT (except_recipients OR except_member_of OR except_domains) AS matches
    FROM parts
),
pairs AS (
    SELECT p.person, j.place, j.matches
    FROM people p
    JOIN judged j ON j.person IS NULL AND j.not_known = p.not_known AND j.matches IS NOT FALSE
    ANTI JOIN judged own ON own.person = p.person AND own.place = j.place
    UNION ALL
    SELECT person, place, matches FROM judged WHERE person IS NOT NULL AND matches IS NOT FALSE
),
possible AS MATERIALIZED (
    SELECT q.person, q.place, q.matches, r.policy_kind
    FROM pairs q JOIN rules r ON r.place = q.place
),
decided AS MATERIALIZED (
    SELECT person, policy_kind, min(place) AS first_certain
    FROM possible
    WHERE matches
    GROUP BY person, policy_kind
),
kinds AS (
    SELECT unnest(['spam', 'malware', 'anti_phish', 'outbound_spam']) AS policy_kind, 'default' AS last_family
    UNION ALL
    SELECT unnest(['safe_links', 'safe_attachments']), 'none'
),
-- without a rule for it, whether built-in protection is on is not known
built_in AS (
    SELECT policy_kind, bool_or(family = 'built_in') AS listed FROM rules GROUP BY policy_kind
),
ends AS (
    SELECT policy_kind, last_family AS family FROM kinds
    UNION ALL
    SELECT k.policy_kind, 'built_in'
    FROM kinds k LEFT JOIN built_in b ON b.policy_kind = k.policy_kind
    WHERE k.last_family = 'none' AND b.listed IS NOT TRUE
),
won AS (
    SELECT DISTINCT q.person, q.policy_kind, r.family, r.policy
    FROM possible q
    JOIN rules r ON r.place = q.place
    LEFT JOIN decided d ON d.person = q.person AND d.policy_kind = q.policy_kind
    WHERE q.place <= d.first_certain OR d.first_certain IS NULL
    UNION ALL
    SELECT p.person, e.policy_kind, e.family, NULL
    FROM people p
    CROSS JOIN ends e
    ANTI JOIN decided d ON d.person = p.person AND d.policy_kind = e.policy_kind
)
SELECT p.mailbox_id, p.mailbox_name, w.policy_kind, w.family, w.policy
FROM won w JOIN people p ON p.person = w.person
