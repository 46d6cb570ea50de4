SELECT
    machine_id AS entity_id,
    machine_name AS entity_name,
    CASE
        WHEN last_seen IS NULL THEN 'unknown'
        WHEN lower(onboarding) = 'onboarded' THEN 'protected'
        WHEN lower(onboarding) = 'canbeonboarded' THEN 'exposed'
        ELSE 'unknown'
    END AS verdict,
    CASE
        WHEN last_seen IS NULL THEN '{"code":"last_seen_unknown"}'
        WHEN lower(onboarding) = 'onboarded' THEN '{"code":"onboarded"}'
        WHEN lower(onboarding) = 'canbeonboarded' THEN json_object('code', 'not_onboarded', 'os', os)
        WHEN lower(onboarding) = 'insufficientinfo' THEN '{"code":"too_little_known"}'
        ELSE '{"code":"state_unknown"}'
    END AS detail
FROM counted_devices
WHERE lower(onboarding) IS DISTINCT FROM 'unsupported'
