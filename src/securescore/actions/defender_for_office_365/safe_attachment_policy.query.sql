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
winners AS (
    SELECT
        mailbox_id,
        any_value(mailbox_name) AS mailbox_name,
        list_sort(list(DISTINCT CASE WHEN policy IS NULL THEN family ELSE '=' || lower(policy) END)) AS policy_keys
    FROM mail_protection
    WHERE policy_kind = 'safe_attachments'
    GROUP BY mailbox_id
),
-- most mailboxes share the same few policies, so each combination is judged once
combinations AS (
    SELECT policy_keys, unnest(policy_keys) AS policy_key
    FROM (SELECT DISTINCT policy_keys FROM winners)
),
judged AS (
    SELECT
        d.action_id,
        m.policy_keys,
        count(*) FILTER (WHERE c.holds) AS holding,
        count(*) FILTER (WHERE NOT c.holds OR m.policy_key = 'none') AS failing,
        count(*) FILTER (WHERE m.policy_key = 'none') AS without,
        count(*) FILTER (WHERE c.policy_key IS NULL AND m.policy_key <> 'none') AS missing,
        count(*) AS possible,
        string_agg(c.policy, ', ' ORDER BY c.policy) AS policies,
        string_agg(ltrim(m.policy_key, '='), ', ' ORDER BY m.policy_key) FILTER (WHERE c.policy_key IS NULL AND m.policy_key <> 'none') AS not_found,
        string_agg(DISTINCT c.met, '; ' ORDER BY c.met) AS met,
        string_agg(DISTINCT c.unmet, '; ' ORDER BY c.unmet) AS unmet,
        string_agg(DISTINCT c.unclear, '; ' ORDER BY c.unclear) AS unclear
    FROM combinations AS m
    CROSS JOIN demands AS d
    LEFT JOIN checks AS c ON c.action_id = d.action_id AND c.policy_key = m.policy_key
    GROUP BY d.action_id, m.policy_keys
)
SELECT
    j.action_id,
    w.mailbox_id AS entity_id,
    w.mailbox_name AS entity_name,
    CASE
        WHEN j.holding = j.possible THEN 'protected'
        WHEN j.failing = j.possible THEN 'exposed'
        ELSE 'unknown'
    END AS verdict,
    CASE
        WHEN j.holding = j.possible THEN json_object('code', 'holds', 'policy', j.policies, 'value', j.met)
        WHEN j.without = j.possible THEN json_object('code', 'no_policy')
        WHEN j.failing = j.possible THEN json_object('code', 'fails', 'policy', j.policies, 'value', j.unmet)
        WHEN j.holding > 0 AND j.failing > 0
            THEN json_object('code', 'policies_differ', 'policy', j.policies, 'value', j.unmet)
        WHEN j.missing > 0 THEN json_object('code', 'policy_not_found', 'policy', j.not_found)
        ELSE json_object('code', 'value_unknown', 'policy', j.policies, 'value', j.unclear)
    END AS detail
FROM winners AS w
JOIN judged AS j ON j.policy_keys = w.policy_keys
