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
