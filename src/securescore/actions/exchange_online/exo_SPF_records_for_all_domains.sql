WITH domains AS (
    SELECT DISTINCT lower(domain) AS domain
    FROM accepted_domains
    WHERE
        is_initial IS NOT TRUE
        AND NOT regexp_matches(lower(domain), '(^|\.)(onmicrosoft\.(com|us|de)|onmschina\.cn)$')
),
answers AS (
    SELECT
        lower(domain) AS domain,
        count_if(lower(state) = 'found') AS records,
        bool_and(lower(state) = 'absent') AS absent,
        any_value(lower(text)) FILTER (WHERE lower(state) = 'found') AS spf
    FROM mail_domain_records
    WHERE lower(record) = 'spf'
    GROUP BY lower(domain)
),
judged AS (
    SELECT
        d.domain,
        a.spf,
        CASE
            WHEN a.records > 1 THEN 'several_records'
            WHEN regexp_matches(
                a.spf,
                '(^|\s)\+?include:spf\.protection\.(outlook\.com|office365\.us|partner\.outlook\.cn)\.?(\s|$)'
            ) THEN 'includes_microsoft'
            -- what another name publishes was not read, and may well include Microsoft
            WHEN regexp_matches(a.spf, '(^|\s)([+?~-]?include:|redirect=)') OR contains(a.spf, '%{')
                THEN 'continues_elsewhere'
            WHEN a.spf IS NOT NULL THEN 'without_microsoft'
            WHEN a.absent THEN 'no_record'
            ELSE 'no_answer'
        END AS code
    FROM domains d
    LEFT JOIN answers a ON a.domain = d.domain
)
SELECT
    domain AS entity_id,
    domain AS entity_name,
    CASE
        WHEN code = 'includes_microsoft' THEN 'protected'
        WHEN code IN ('continues_elsewhere', 'no_answer') THEN 'unknown'
        ELSE 'exposed'
    END AS verdict,
    json_object('code', code, 'record', spf) AS detail
FROM judged
