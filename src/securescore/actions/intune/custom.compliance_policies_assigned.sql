SELECT
    policy_id AS entity_id,
    policy_name AS entity_name,
    CASE WHEN assignments > 0 THEN 'protected' WHEN assignments = 0 THEN 'exposed' ELSE 'unknown' END AS verdict,
    CASE
        WHEN assignments > 0 THEN json_object('code', 'assigned', 'assignments', assignments, 'kind', kind)
        WHEN assignments = 0 THEN json_object('code', 'not_assigned', 'kind', kind)
        ELSE json_object('code', 'not_read')
    END AS detail
FROM compliance_policies
