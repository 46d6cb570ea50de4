WITH policies AS (
    SELECT *, CASE WHEN built_in THEN 'built_in' ELSE '=' || lower(policy) END AS policy_key
    FROM safe_attachment_policies
),
settings AS (
    SELECT
        policy_key,
        policy,
        unnest([
            {'setting': 'Enable', 'value': CAST(enabled AS VARCHAR), 'ok': enabled},
            {
                'setting': 'Action',
                'value': action,
                'ok': CASE
                    WHEN lower(action) = 'block' THEN true
                    WHEN lower(action) IN ('allow', 'replace', 'dynamicdelivery') THEN false
                END
            }
        ], recursive := true)
    FROM policies
),
-- two controls of Microsoft for one state: a policy that is off does nothing, whatever its action
demands AS (
    SELECT * FROM (VALUES
        ('mdo_safeattachments', ['Enable', 'Action']),
        ('mdo_safeattachmentpolicy', ['Enable', 'Action'])
    ) AS demanded(action_id, settings)
),
checks AS (
    SELECT
        d.action_id,
        s.policy_key,
        any_value(s.policy) AS policy,
        CASE WHEN bool_or(NOT s.ok) THEN false WHEN count(s.ok) = count(*) THEN true END AS holds,
        string_agg(s.setting || ' = ' || s.value, ', ' ORDER BY list_position(d.settings, s.setting))
            FILTER (WHERE s.ok) AS met,
        string_agg(s.setting || ' = ' || s.value, ', ' ORDER BY list_position(d.settings, s.setting))
            FILTER (WHERE NOT s.ok) AS unmet,
        string_agg(s.setting || coalesce(' = ' || s.value, ''), ', ' ORDER BY list_position(d.settings, s.setting))
            FILTER (WHERE s.ok IS NULL) AS unclear
    FROM settings AS s
    JOIN demands AS d ON list_contains(d.settings, s.setting)
    GROUP BY d.action_id, s.policy_key
),
-- include winning_policies policy_kind=safe_attachments
-- include mailboxes_by_settings
