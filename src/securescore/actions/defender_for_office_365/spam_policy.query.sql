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
-- include mailboxes_by_value policy_kind=spam
