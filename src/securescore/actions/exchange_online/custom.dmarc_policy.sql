WITH records AS (
    SELECT
        lower(domain) AS domain,
        count(*) FILTER (state = 'found') AS found,
        bool_or(state = 'absent') AS absent,
        min(name) AS name,
        lower(min(regexp_extract(text, '(?i)(?:^|;)\s*p\s*=\s*([a-z]+)', 1)) FILTER (state = 'found')) AS own,
        -- what the organisational domain asks for its subdomains
        lower(min(regexp_extract(text, '(?i)(?:^|;)\s*sp\s*=\s*([a-z]+)', 1)) FILTER (state = 'found')) AS below
    FROM mail_domain_records
    WHERE record = 'dmarc'
    GROUP BY lower(domain)
),
policies AS (
    SELECT
        *,
        CASE WHEN lower(name) <> '_dmarc.' || domain AND below <> '' THEN below ELSE own END AS policy
    FROM records
),
judged AS (
    SELECT
        lower(a.domain) AS domain,
        r.name,
        r.policy,
        CASE
            WHEN r.found > 1 THEN 'several'
            WHEN r.found = 1 AND r.policy IN ('quarantine', 'reject') THEN 'refused'
            WHEN r.found = 1 AND r.policy = 'none' THEN 'monitored'
            WHEN r.found = 1 THEN 'unreadable'
            WHEN r.absent THEN 'no_record'
            ELSE 'no_answer'
        END AS code
    FROM accepted_domains a
    LEFT JOIN policies r ON r.domain = lower(a.domain)
    WHERE
        a.is_initial IS NOT TRUE
        AND NOT regexp_matches(lower(a.domain), '(^|\.)(onmicrosoft\.(com|us|de)|onmschina\.cn)$')
)
SELECT
    domain AS entity_id,
    domain AS entity_name,
    CASE
        WHEN code = 'refused' THEN 'protected'
        WHEN code IN ('no_answer', 'unreadable') THEN 'unknown'
        ELSE 'exposed'
    END AS verdict,
    json_object('code', code, 'policy', policy, 'name', name) AS detail
FROM judged
