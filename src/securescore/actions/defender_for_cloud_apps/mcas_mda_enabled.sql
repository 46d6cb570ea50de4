-- no public interface tells of connectors: what the one of Microsoft 365 records stands for it
WITH recorded AS (
    SELECT
        *,
        regexp_matches(
            app,
            '^((microsoft|office) 365|microsoft (exchange|sharepoint) online|microsoft onedrive for business|microsoft teams)$',
            'i'
        ) AS of_microsoft_365
    FROM cloud_app_activity
),
seen AS (
    SELECT
        max(newest) FILTER (of_microsoft_365) AS newest,
        count(*) FILTER (of_microsoft_365) AS apps,
        bool_or(of_microsoft_365 AND newest IS NULL) AS undated,
        -- as many as are read of the newest: what is older was not looked at
        coalesce(sum(activities) >= 2000, false) AS window_filled
    FROM recorded
),
judged AS (
    SELECT
        *,
        CASE
            WHEN newest >= getvariable('as_of') - INTERVAL 7 DAY THEN 'watched'
            WHEN undated THEN 'moment_unknown'
            WHEN apps > 0 THEN 'silent'
            WHEN window_filled THEN 'crowded_out'
            ELSE 'never'
        END AS code
    FROM seen
)
SELECT
    o.tenant_id AS entity_id,
    o.name AS entity_name,
    CASE
        WHEN j.code = 'watched' THEN 'protected'
        WHEN j.code IN ('silent', 'never') THEN 'exposed'
        ELSE 'unknown'
    END AS verdict,
    json_object('code', j.code, 'newest', strftime(j.newest, '%Y-%m-%d')) AS detail
FROM organization AS o
CROSS JOIN judged AS j
