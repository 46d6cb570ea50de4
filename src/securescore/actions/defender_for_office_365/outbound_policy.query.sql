WITH policies AS (
    SELECT *, CASE WHEN is_default THEN '' ELSE lower(policy) END AS policy_key
    FROM outbound_spam_policies
),
checks AS (
    SELECT
        'mdo_blockmailforward' AS action_id,
        policy_key,
        policy,
        CASE
            WHEN lower(auto_forwarding) = 'off' THEN true
            WHEN lower(auto_forwarding) IN ('automatic', 'on') THEN false
        END AS holds,
        auto_forwarding AS value
    FROM policies
    UNION ALL
    SELECT
        'mdo_autoforwardingmode',
        policy_key,
        policy,
        CASE
            WHEN lower(auto_forwarding) IN ('automatic', 'off') THEN true
            WHEN lower(auto_forwarding) = 'on' THEN false
        END,
        auto_forwarding
    FROM policies
    UNION ALL
    SELECT
        'mdo_recipientexternallimitperhour',
        policy_key,
        policy,
        external_per_hour BETWEEN 1 AND 500,
        CAST(external_per_hour AS VARCHAR)
    FROM policies
    UNION ALL
    SELECT
        'mdo_recipientinternallimitperhour',
        policy_key,
        policy,
        internal_per_hour BETWEEN 1 AND 1000,
        CAST(internal_per_hour AS VARCHAR)
    FROM policies
    UNION ALL
    SELECT
        'mdo_recipientlimitperday',
        policy_key,
        policy,
        per_day BETWEEN 1 AND 1000,
        CAST(per_day AS VARCHAR)
    FROM policies
    UNION ALL
    SELECT
        'mdo_thresholdreachedaction',
        policy_key,
        policy,
        CASE
            WHEN lower(threshold_action) = 'blockuser' THEN true
            WHEN lower(threshold_action) IN ('alert', 'blockuserfortoday') THEN false
        END,
        threshold_action
    FROM policies
    UNION ALL
    SELECT
        'mdo_spam_notifications_only_for_admins',
        policy_key,
        policy,
        notifies AND copies_suspicious AND len(notify_recipients) > 0 AND len(copy_recipients) > 0,
        concat_ws(
            ', ',
            CASE WHEN NOT notifies OR len(notify_recipients) = 0 THEN 'NotifyOutboundSpam' END,
            CASE WHEN NOT copies_suspicious OR len(copy_recipients) = 0 THEN 'BccSuspiciousOutboundMail' END
        )
    FROM policies
),
actions AS (
    SELECT unnest([
        'mdo_blockmailforward',
        'mdo_autoforwardingmode',
        'mdo_recipientexternallimitperhour',
        'mdo_recipientinternallimitperhour',
        'mdo_recipientlimitperday',
        'mdo_thresholdreachedaction',
        'mdo_spam_notifications_only_for_admins'
    ]) AS action_id
),
-- include mailboxes_by_value policy_kind=outbound_spam
