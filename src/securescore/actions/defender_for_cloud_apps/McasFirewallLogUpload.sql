-- an empty list is an answer: the table is missing when it could not be read. A stream that is made from one uploaded
-- file says so in its kind; of one without a kind it is not known whether anything flows.
WITH sources AS (
    SELECT
        count(*) FILTER (kind IS NOT NULL AND NOT contains(lower(kind), 'snapshot')) AS flowing,
        count(*) FILTER (kind IS NULL) AS not_known
    FROM cloud_discovery_streams
)
SELECT
    o.tenant_id AS entity_id,
    o.name AS entity_name,
    CASE WHEN s.flowing > 0 THEN 'protected' WHEN s.not_known > 0 THEN 'unknown' ELSE 'exposed' END AS verdict,
    CASE
        WHEN s.flowing > 0 THEN json_object('code', 'streams', 'streams', s.flowing)
        WHEN s.not_known > 0 THEN json_object('code', 'kind_unknown')
        ELSE json_object('code', 'no_stream')
    END AS detail
FROM organization AS o
CROSS JOIN sources AS s
