WITH policies AS (
    SELECT *, CASE WHEN is_default THEN '' ELSE lower(policy) END AS policy_key
    FROM spam_policies
),
-- what is done with a message, by what the filter found
message_actions AS (
    SELECT 'mdo_spamaction' AS action_id, policy_key, policy, spam_action AS value, ['movetojmf', 'quarantine'] AS wanted
    FROM policies
    UNION ALL
    SELECT 'mdo_bulkspamaction', policy_key, policy, bulk_action, ['movetojmf', 'quarantine']
    FROM policies
    UNION ALL
    SELECT 'mdo_highconfidencespamaction', policy_key, policy, high_confidence_spam_action, ['quarantine']
    FROM policies
    UNION ALL
    SELECT 'mdo_phisspamacation', policy_key, policy, phish_action, ['quarantine']
    FROM policies
    UNION ALL
    SELECT 'mdo_highconfidencephishaction', policy_key, policy, high_confidence_phish_action, ['quarantine']
    FROM policies
),
checks AS (
    SELECT
        action_id,
        policy_key,
        policy,
        CASE
            WHEN list_contains(wanted, lower(value)) THEN true
            WHEN lower(value) IN (
                'addxheader', 'delete', 'modifysubject', 'movetojmf', 'noaction', 'quarantine', 'redirect'
            ) THEN false
        END AS holds,
        value
    FROM message_actions
    UNION ALL
    SELECT
        'mdo_bulkthreshold',
        policy_key,
        policy,
        CASE
            WHEN lower(marks_bulk) IN ('off', 'test') OR bulk_threshold > 6 THEN false
            WHEN lower(marks_bulk) = 'on' AND bulk_threshold <= 6 THEN true
        END,
        CASE
            WHEN lower(marks_bulk) IN ('off', 'test') THEN 'MarkAsSpamBulkMail ' || marks_bulk
            ELSE CAST(bulk_threshold AS VARCHAR)
        END
    FROM policies
    UNION ALL
    SELECT
        'mdo_quarantineretentionperiod',
        policy_key,
        policy,
        quarantine_days = 30,
        CAST(quarantine_days AS VARCHAR)
    FROM policies
    UNION ALL
    SELECT
        'mdo_allowedsenderscombined',
        policy_key,
        policy,
        len(allowed_senders) = 0 AND len(allowed_domains) = 0,
        CAST(coalesce(len(allowed_senders), 0) + coalesce(len(allowed_domains), 0) AS VARCHAR)
    FROM policies
    UNION ALL
    SELECT
        'mdo_zapspam',
        policy_key,
        policy,
        spam_zap,
        CAST(spam_zap AS VARCHAR)
    FROM policies
    UNION ALL
    SELECT
        'mdo_zapphish',
        policy_key,
        policy,
        phish_zap,
        CAST(phish_zap AS VARCHAR)
    FROM policies
),
actions AS (
    SELECT unnest([
        'mdo_spamaction',
        'mdo_bulkspamaction',
        'mdo_highconfidencespamaction',
        'mdo_phisspamacation',
        'mdo_highconfidencephishaction',
        'mdo_bulkthreshold',
        'mdo_quarantineretentionperiod',
        'mdo_allowedsenderscombined',
        'mdo_zapspam',
        'mdo_zapphish'
    ]) AS action_id
),
-- every policy that could win; the default one has no name there
reached AS (
    SELECT
        mailbox_id,
        any_value(mailbox_name) AS mailbox_name,
        list_sort(list(DISTINCT CASE WHEN family = 'default' THEN '' ELSE policy END)) AS candidates
    FROM mail_protection
    WHERE policy_kind = 'spam'
    GROUP BY mailbox_id
),
-- few combinations of policies for many mailboxes: each is judged once
combinations AS (
    SELECT candidates, unnest(candidates) AS candidate
    FROM (SELECT DISTINCT candidates FROM reached)
),
judged AS (
    SELECT
        a.action_id,
        b.candidates,
        c.policy_key IS NULL AS missing,
        c.holds,
        c.value,
        coalesce(c.policy, CASE WHEN b.candidate = '' THEN 'Default' ELSE b.candidate END) AS policy
    FROM combinations b
    CROSS JOIN actions a
    LEFT JOIN checks c ON c.action_id = a.action_id AND c.policy_key = lower(b.candidate)
),
answers AS (
    SELECT
        action_id,
        candidates,
        bool_and(holds IS TRUE) AS all_hold,
        bool_and(holds IS FALSE) AS all_fail,
        bool_or(missing) AS any_missing,
        bool_or(holds IS NULL) AS any_unread,
        string_agg(DISTINCT policy, ', ' ORDER BY policy) AS policies,
        string_agg(DISTINCT policy, ', ' ORDER BY policy) FILTER (WHERE missing) AS missing_policies,
        string_agg(DISTINCT policy, ', ' ORDER BY policy) FILTER (WHERE holds IS NULL) AS unread_policies,
        string_agg(DISTINCT value, ', ' ORDER BY value) AS settings
    FROM judged
    GROUP BY action_id, candidates
),
verdicts AS (
    SELECT
        action_id,
        candidates,
        CASE WHEN all_hold THEN 'protected' WHEN all_fail THEN 'exposed' ELSE 'unknown' END AS verdict,
        CASE
            WHEN all_hold THEN json_object('code', 'holds', 'policy', policies, 'value', settings)
            WHEN all_fail THEN json_object('code', 'fails', 'policy', policies, 'value', settings)
            WHEN any_missing THEN json_object('code', 'policy_not_found', 'policy', missing_policies)
            WHEN any_unread THEN json_object('code', 'value_unknown', 'policy', unread_policies)
            ELSE json_object('code', 'policies_differ', 'policy', policies)
        END AS detail
    FROM answers
)
SELECT
    v.action_id,
    r.mailbox_id AS entity_id,
    r.mailbox_name AS entity_name,
    v.verdict,
    v.detail
FROM reached r
JOIN verdicts v ON v.candidates = r.candidates
