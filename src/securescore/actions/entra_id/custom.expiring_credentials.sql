WITH by_kind AS (
    SELECT
        application_id,
        kind,
        max(ends) AS ends,
        count_if(ends IS NULL) > 0 AS undated
    FROM application_credentials
    GROUP BY application_id, kind
),
by_application AS (
    SELECT
        application_id,
        max(ends) AS ends,
        min(ends) FILTER (WHERE expires_soon) AS first_end,
        arg_min(kind, ends) FILTER (WHERE expires_soon) AS first_kind,
        bool_or(undated AND lasts IS NOT true) AS undated
    FROM (
        SELECT
            *,
            ends >= getvariable('as_of') + INTERVAL 30 day AS lasts,
            ends >= getvariable('as_of')
                AND ends < getvariable('as_of') + INTERVAL 30 day
                AND NOT undated AS expires_soon
        FROM by_kind
    )
    GROUP BY application_id
),
judged AS (
    SELECT
        application_id,
        CASE WHEN first_end IS NULL THEN ends ELSE first_end END AS ends,
        CASE
            WHEN first_kind = 'certificate' THEN 'certificate_expires'
            WHEN first_end IS NOT NULL THEN 'secret_expires'
            WHEN undated THEN 'dates_unclear'
            WHEN ends < getvariable('as_of') THEN 'all_expired'
            ELSE 'in_order'
        END AS code
    FROM by_application
)
SELECT
    cast(j.application_id AS varchar) AS entity_id,
    coalesce(a.application_name, cast(j.application_id AS varchar)) AS entity_name,
    CASE j.code
        WHEN 'in_order' THEN 'protected'
        WHEN 'dates_unclear' THEN 'unknown'
        ELSE 'exposed'
    END AS verdict,
    CASE j.code
        WHEN 'dates_unclear' THEN json_object('code', j.code)
        ELSE json_object('code', j.code, 'ends', strftime(j.ends, '%Y-%m-%d'))
    END AS detail
FROM judged AS j
LEFT JOIN applications AS a ON a.application_id = j.application_id
