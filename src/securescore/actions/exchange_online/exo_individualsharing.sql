WITH entries AS (
    SELECT
        policy,
        enabled,
        len(domains) AS named,
        len(list_filter(domains, lambda one: regexp_matches(lower(one), '^\s*anonymous\s*:.*calendarsharing'))) AS public,
        len(list_filter(domains, lambda one: regexp_matches(lower(one), '^\s*\*\s*:.*calendarsharing'))) AS everyone,
        len(list_filter(domains, lambda one: NOT contains(one, ':'))) AS unclear
    FROM sharing_policies
),
judged AS (
    SELECT
        policy,
        CASE
            WHEN NOT enabled THEN 'switched_off'
            WHEN named = 0 THEN 'names_nobody'
            WHEN public + everyone + unclear = 0 THEN 'named_organisations'
            WHEN enabled AND public > 0 THEN 'shared_publicly'
            WHEN enabled AND everyone > 0 THEN 'shared_with_everyone'
            ELSE 'not_read'
        END AS code
    FROM entries
)
SELECT
    policy AS entity_id,
    policy AS entity_name,
    CASE
        WHEN code IN ('shared_publicly', 'shared_with_everyone') THEN 'exposed'
        WHEN code = 'not_read' THEN 'unknown'
        ELSE 'protected'
    END AS verdict,
    json_object('code', code) AS detail
FROM judged
