WITH rules AS (
    SELECT
        rule_id,
        coalesce(rule_name, rule_id) AS rule_name,
        lower(state) AS state,
        lower(mode) AS mode,
        sets_spam_score,
        spam_score,
        -- a word with something before the @ is one address; anything else fits a whole domain, or more
        list_concat(
            sender_domains, from_patterns, list_filter(from_words, lambda one: NOT regexp_matches(one, '[^@\s]@'))
        ) AS domains,
        sender_domains IS NOT NULL AND from_patterns IS NOT NULL AND from_words IS NOT NULL AS complete
    FROM transport_rules
),
judged AS (
    SELECT
        rule_id,
        rule_name,
        domains,
        CASE
            WHEN state = 'disabled' THEN 'switched_off'
            WHEN NOT sets_spam_score OR spam_score <> -1 THEN 'filter_works'
            WHEN mode IN ('audit', 'auditandnotify') THEN 'only_tested'
            WHEN complete AND len(domains) = 0 THEN 'names_no_domain'
            WHEN state = 'enabled' AND mode = 'enforce' AND spam_score = -1 AND len(domains) > 0
                THEN 'domain_skips_filter'
            ELSE 'not_read'
        END AS code
    FROM rules
)
SELECT
    rule_id AS entity_id,
    rule_name AS entity_name,
    CASE code WHEN 'domain_skips_filter' THEN 'exposed' WHEN 'not_read' THEN 'unknown' ELSE 'protected' END AS verdict,
    json_object(
        'code', code, 'domains', CASE WHEN code = 'domain_skips_filter' THEN array_to_string(domains, ', ') END
    ) AS detail
FROM judged
