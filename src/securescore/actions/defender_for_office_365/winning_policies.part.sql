winners AS (
    SELECT
        mailbox_id,
        any_value(mailbox_name) AS mailbox_name,
        list_sort(list(DISTINCT CASE WHEN policy IS NULL THEN family ELSE '=' || lower(policy) END)) AS policy_keys
    FROM mail_protection
    WHERE policy_kind = '{policy_kind}'
    GROUP BY mailbox_id
),
-- most mailboxes share the same few policies, so each combination is judged once
combinations AS (
    SELECT policy_keys, unnest(policy_keys) AS policy_key
    FROM (SELECT DISTINCT policy_keys FROM winners)
),
