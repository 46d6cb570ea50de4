WITH policies AS (
    SELECT *, CASE WHEN is_default THEN 'default' ELSE '=' || lower(policy) END AS policy_key
    FROM anti_phish_policies
),
settings AS (
    SELECT
        policy_key,
        policy,
        unnest([
            {'setting': 'Enabled', 'value': CAST(enabled AS VARCHAR), 'ok': enabled},
            {'setting': 'PhishThresholdLevel', 'value': CAST(threshold AS VARCHAR), 'ok': threshold >= 2},
            {
                'setting': 'EnableMailboxIntelligence',
                'value': CAST(mailbox_intelligence AS VARCHAR),
                'ok': mailbox_intelligence
            },
            {
                'setting': 'EnableMailboxIntelligenceProtection',
                'value': CAST(mailbox_intelligence_protection AS VARCHAR),
                'ok': mailbox_intelligence_protection
            },
            {
                'setting': 'MailboxIntelligenceProtectionAction',
                'value': mailbox_intelligence_action,
                'ok': CASE
                    WHEN lower(mailbox_intelligence_action) IN ('quarantine', 'movetojmf') THEN true
                    WHEN lower(mailbox_intelligence_action) IN ('noaction', 'redirect', 'bccmessage', 'delete') THEN false
                END
            },
            {
                'setting': 'EnableSpoofIntelligence',
                'value': CAST(spoof_intelligence AS VARCHAR),
                'ok': spoof_intelligence
            },
            {
                'setting': 'EnableTargetedUserProtection',
                'value': CAST(protects_users AS VARCHAR),
                'ok': protects_users
            },
            {
                'setting': 'TargetedUsersToProtect',
                'value': CAST(len(protected_users) AS VARCHAR),
                'ok': len(protected_users) > 0
            },
            {
                'setting': 'TargetedUserProtectionAction',
                'value': protected_users_action,
                'ok': CASE
                    WHEN lower(protected_users_action) = 'quarantine' THEN true
                    WHEN lower(protected_users_action) IN ('noaction', 'movetojmf', 'redirect', 'bccmessage', 'delete')
                        THEN false
                END
            },
            {
                'setting': 'EnableOrganizationDomainsProtection',
                'value': CAST(protects_own_domains AS VARCHAR),
                'ok': protects_own_domains
            },
            {
                'setting': 'EnableTargetedDomainsProtection',
                'value': CAST(protects_domains AS VARCHAR),
                'ok': protects_domains
            },
            {
                'setting': 'TargetedDomainProtectionAction',
                'value': protected_domains_action,
                'ok': CASE
                    WHEN lower(protected_domains_action) = 'quarantine' THEN true
                    WHEN lower(protected_domains_action) IN ('noaction', 'movetojmf', 'redirect', 'bccmessage', 'delete')
                        THEN false
                END
            },
            {
                'setting': 'EnableSimilarUsersSafetyTips',
                'value': CAST(similar_users_tips AS VARCHAR),
                'ok': similar_users_tips
            },
            {
                'setting': 'EnableSimilarDomainsSafetyTips',
                'value': CAST(similar_domains_tips AS VARCHAR),
                'ok': similar_domains_tips
            },
            {
                'setting': 'EnableUnusualCharactersSafetyTips',
                'value': CAST(unusual_characters_tips AS VARCHAR),
                'ok': unusual_characters_tips
            }
        ], recursive := true)
    FROM policies
),
-- a policy that is off protects nobody: Enabled is demanded by every action
demands AS (
    SELECT * FROM (VALUES
        ('mdo_antiphishingpolicies', [
            'Enabled', 'PhishThresholdLevel', 'EnableMailboxIntelligence', 'EnableMailboxIntelligenceProtection',
            'EnableSpoofIntelligence'
        ]),
        ('mdo_phishthresholdlevel', ['Enabled', 'PhishThresholdLevel']),
        ('mdo_enablemailboxintelligence', ['Enabled', 'EnableMailboxIntelligence']),
        ('mdo_mailboxintelligenceprotection', [
            'Enabled', 'EnableMailboxIntelligence', 'EnableMailboxIntelligenceProtection'
        ]),
        ('mdo_mailboxintelligenceprotectionaction', [
            'Enabled', 'EnableMailboxIntelligence', 'EnableMailboxIntelligenceProtection',
            'MailboxIntelligenceProtectionAction'
        ]),
        ('mdo_targetedusersprotection', ['Enabled', 'EnableTargetedUserProtection', 'TargetedUsersToProtect']),
        ('mdo_targeteduserprotectionaction', [
            'Enabled', 'EnableTargetedUserProtection', 'TargetedUserProtectionAction'
        ]),
        ('mdo_enabledomainstoprotect', [
            'Enabled', 'EnableOrganizationDomainsProtection', 'EnableTargetedDomainsProtection'
        ]),
        ('mdo_targeteddomainprotectionaction', [
            'Enabled', 'EnableOrganizationDomainsProtection', 'EnableTargetedDomainsProtection',
            'TargetedDomainProtectionAction'
        ]),
        ('mdo_similaruserssafetytips', ['Enabled', 'EnableTargetedUserProtection', 'EnableSimilarUsersSafetyTips']),
        ('mdo_similardomainssafetytips', [
            'Enabled', 'EnableOrganizationDomainsProtection', 'EnableTargetedDomainsProtection',
            'EnableSimilarDomainsSafetyTips'
        ]),
        ('mdo_unusualcharacterssafetytips', [
            'Enabled', 'EnableTargetedUserProtection', 'EnableUnusualCharactersSafetyTips'
        ])
    ) AS demanded(action_id, settings)
),
checks AS (
    SELECT
        d.action_id,
        s.policy_key,
        any_value(s.policy) AS policy,
        CASE WHEN bool_or(NOT s.ok) THEN false WHEN count(s.ok) = count(*) THEN true END AS holds,
        string_agg(s.setting || ' = ' || s.value, ', ' ORDER BY list_position(d.settings, s.setting))
            FILTER (WHERE s.ok AND s.setting <> 'Enabled') AS met,
        string_agg(s.setting || ' = ' || s.value, ', ' ORDER BY list_position(d.settings, s.setting))
            FILTER (WHERE NOT s.ok) AS unmet,
        string_agg(s.setting || coalesce(' = ' || s.value, ''), ', ' ORDER BY list_position(d.settings, s.setting))
            FILTER (WHERE s.ok IS NULL) AS unclear
    FROM settings AS s
    JOIN demands AS d ON list_contains(d.settings, s.setting)
    GROUP BY d.action_id, s.policy_key
),
-- include winning_policies policy_kind=anti_phish
judged AS (
    SELECT
        d.action_id,
        m.policy_keys,
        count(*) FILTER (WHERE c.holds) AS holding,
        count(*) FILTER (WHERE NOT c.holds) AS failing,
        count(*) FILTER (WHERE c.policy_key IS NULL) AS missing,
        count(*) AS possible,
        string_agg(c.policy, ', ' ORDER BY c.policy) AS policies,
        string_agg(ltrim(m.policy_key, '='), ', ' ORDER BY m.policy_key) FILTER (WHERE c.policy_key IS NULL) AS not_found,
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
        WHEN j.failing = j.possible THEN json_object('code', 'fails', 'policy', j.policies, 'value', j.unmet)
        WHEN j.holding > 0 AND j.failing > 0
            THEN json_object('code', 'policies_differ', 'policy', j.policies, 'value', j.unmet)
        WHEN j.missing > 0 THEN json_object('code', 'policy_not_found', 'policy', j.not_found)
        ELSE json_object('code', 'value_unknown', 'policy', j.policies, 'value', j.unclear)
    END AS detail
FROM winners AS w
JOIN judged AS j ON j.policy_keys = w.policy_keys
