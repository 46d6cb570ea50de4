WITH states AS (
    SELECT
        policy,
        CASE
            WHEN NOT enabled OR lower(mode) IN ('disable', 'pendingdeletion') THEN 'off'
            WHEN enabled AND lower(mode) = 'enable' THEN 'on'
            WHEN enabled AND lower(mode) IN ('testwithnotifications', 'testwithoutnotifications') THEN 'simulated'
            ELSE 'unclear'
        END AS state
    FROM dlp_policies
),
counted AS (
    SELECT
        count(*) AS policies,
        count_if(state = 'on') AS switched_on,
        count_if(state = 'simulated') AS simulated,
        count_if(state = 'unclear') AS unclear
    FROM states
),
judged AS (
    SELECT
        policies,
        switched_on,
        CASE
            WHEN switched_on > 0 THEN 'policy_on'
            WHEN simulated > 0 THEN 'only_simulated'
            WHEN unclear > 0 THEN 'not_read'
            WHEN policies > 0 THEN 'all_off'
            ELSE 'no_policy'
        END AS code
    FROM counted
)
SELECT
    lower(o.organization) AS entity_id,
    o.organization AS entity_name,
    CASE
        WHEN j.code IN ('policy_on', 'only_simulated') THEN 'protected'
        WHEN j.code = 'not_read' THEN 'unknown'
        ELSE 'exposed'
    END AS verdict,
    json_object('code', j.code, 'policies', j.policies, 'on', j.switched_on) AS detail
FROM exchange_organization AS o
CROSS JOIN judged AS j
