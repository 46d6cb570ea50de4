WITH states AS (
    SELECT
        policy,
        CASE
            WHEN NOT enabled OR lower(mode) IN ('disable', 'pendingdeletion') OR len(teams_locations) = 0 THEN 'off'
            WHEN enabled AND lower(mode) = 'enable' AND len(teams_locations) > 0 THEN 'on'
            WHEN lower(mode) IN ('testwithnotifications', 'testwithoutnotifications') THEN 'simulated'
            ELSE 'unclear'
        END AS state
    FROM dlp_policies
),
counted AS (
    SELECT
        count_if(state = 'on') AS switched_on,
        count_if(state = 'simulated') AS simulated,
        count_if(state = 'unclear') AS unclear,
        min(policy) FILTER (WHERE state = 'on') AS policy
    FROM states
),
judged AS (
    SELECT
        policy,
        CASE
            WHEN switched_on > 0 THEN 'policy_on'
            WHEN unclear > 0 THEN 'not_read'
            WHEN simulated > 0 THEN 'only_simulated'
            ELSE 'no_policy'
        END AS code
    FROM counted
)
SELECT
    lower(o.organization) AS entity_id,
    o.organization AS entity_name,
    CASE j.code WHEN 'policy_on' THEN 'protected' WHEN 'not_read' THEN 'unknown' ELSE 'exposed' END AS verdict,
    json_object('code', j.code, 'policy', j.policy) AS detail
FROM exchange_organization AS o
CROSS JOIN judged AS j
