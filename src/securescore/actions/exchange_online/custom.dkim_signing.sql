-- one published key is enough: while keys are rotated only one of the two is in use
WITH published AS (
    SELECT
        lower(domain) AS domain,
        bool_or(state = 'found') AS found,
        bool_or(state = 'unknown') AS not_known
    FROM mail_domain_records
    WHERE record IN ('dkim1', 'dkim2')
    GROUP BY lower(domain)
),
judged AS (
    SELECT
        lower(a.domain) AS domain,
        CASE
            WHEN s.domain IS NULL THEN 'not_configured'
            WHEN s.enabled IS NULL THEN 'state_unknown'
            WHEN NOT s.enabled THEN 'not_signed'
            WHEN p.found THEN 'signed'
            WHEN p.domain IS NULL OR p.not_known THEN 'keys_unknown'
            ELSE 'no_keys'
        END AS code
    FROM accepted_domains a
    LEFT JOIN dkim_signing s ON lower(s.domain) = lower(a.domain)
    LEFT JOIN published p ON p.domain = lower(a.domain)
    WHERE
        a.is_initial IS NOT TRUE
        AND NOT regexp_matches(lower(a.domain), '(^|\.)(onmicrosoft\.(com|us|de)|onmschina\.cn)$')
)
SELECT
    domain AS entity_id,
    domain AS entity_name,
    CASE
        WHEN code = 'signed' THEN 'protected'
        WHEN code IN ('state_unknown', 'keys_unknown') THEN 'unknown'
        ELSE 'exposed'
    END AS verdict,
    json_object('code', code) AS detail
FROM judged
