WITH policy AS (
    SELECT list_filter(
        any_value(list_transform(consent_policies, LAMBDA p: lower(p))),
        LAMBDA p: starts_with(p, 'managepermissiongrantsforself.')
    ) AS assigned
    FROM authorization_policy
),
judged AS (
    SELECT
        list_sort(list_transform(assigned, LAMBDA p: split_part(p, '.', 2))) AS names,
        CASE
            WHEN assigned IS NULL THEN 'not_read'
            WHEN len(assigned) = 0 THEN 'consent_disabled'
            WHEN list_contains(assigned, 'managepermissiongrantsforself.microsoft-user-default-legacy')
                THEN 'consent_for_all_apps'
            WHEN list_has_all(
                [
                    'managepermissiongrantsforself.microsoft-user-default-low',
                    'managepermissiongrantsforself.microsoft-user-default-recommended',
                    'managepermissiongrantsforself.microsoft-user-default-allow-consent-apps'
                ],
                assigned
            ) THEN 'consent_limited'
            ELSE 'unfamiliar_policy'
        END AS code
    FROM policy
)
SELECT
    o.tenant_id AS entity_id,
    o.name AS entity_name,
    CASE
        WHEN j.code IN ('consent_disabled', 'consent_limited') THEN 'protected'
        WHEN j.code = 'consent_for_all_apps' THEN 'exposed'
        ELSE 'unknown'
    END AS verdict,
    CASE
        WHEN j.code IN ('consent_limited', 'unfamiliar_policy')
            THEN json_object('code', j.code, 'policies', array_to_string(j.names, ', '))
        ELSE json_object('code', j.code)
    END AS detail
FROM organization AS o
CROSS JOIN judged AS j
