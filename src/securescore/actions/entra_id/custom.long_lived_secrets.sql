WITH by_application AS (
    SELECT
        application_id,
        max(date_diff('day', starts, ends)) AS days,
        arg_max(ends, ends - starts) AS ends,
        bool_or(ends > starts + INTERVAL '1 year 1 day') AS long_lived,
        count_if(starts IS NULL OR ends IS NULL) > 0 AS undated
    FROM application_credentials
    WHERE kind = 'secret' AND (ends IS NULL OR ends >= getvariable('as_of'))
    GROUP BY application_id
)
SELECT
    cast(c.application_id AS varchar) AS entity_id,
    coalesce(a.application_name, cast(c.application_id AS varchar)) AS entity_name,
    CASE WHEN c.long_lived THEN 'exposed' WHEN c.undated THEN 'unknown' ELSE 'protected' END AS verdict,
    CASE
        WHEN c.long_lived
            THEN json_object('code', 'long_lived', 'days', c.days, 'ends', strftime(c.ends, '%Y-%m-%d'))
        WHEN c.undated THEN json_object('code', 'dates_unclear')
        ELSE json_object('code', 'short_lived')
    END AS detail
FROM by_application AS c
LEFT JOIN applications AS a ON a.application_id = c.application_id
