WITH policies AS (
    SELECT *, CASE WHEN built_in THEN 'built_in' ELSE '=' || lower(policy) END AS policy_key
    FROM safe_links_policies
),
settings AS (
    SELECT
        policy_key,
        policy,
        unnest([
            {'setting': 'EnableSafeLinksForEmail', 'value': CAST(for_email AS VARCHAR), 'ok': for_email},
            {
                'setting': 'EnableForInternalSenders',
                'value': CAST(for_internal_senders AS VARCHAR),
                'ok': for_internal_senders
            },
            {'setting': 'EnableSafeLinksForTeams', 'value': CAST(for_teams AS VARCHAR), 'ok': for_teams},
            {'setting': 'EnableSafeLinksForOffice', 'value': CAST(for_office AS VARCHAR), 'ok': for_office},
            {'setting': 'ScanUrls', 'value': CAST(scans_urls AS VARCHAR), 'ok': scans_urls},
            {
                'setting': 'DeliverMessageAfterScan',
                'value': CAST(delivers_after_scan AS VARCHAR),
                'ok': delivers_after_scan
            },
            {'setting': 'TrackClicks', 'value': CAST(tracks_clicks AS VARCHAR), 'ok': tracks_clicks},
            {
                'setting': 'AllowClickThrough',
                'value': CAST(allows_click_through AS VARCHAR),
                'ok': NOT allows_click_through
            },
            {
                'setting': 'DisableUrlRewrite',
                'value': CAST(leaves_urls_unwritten AS VARCHAR),
                'ok': NOT leaves_urls_unwritten
            }
        ], recursive := true)
    FROM policies
),
demands AS (
    SELECT * FROM (VALUES
        ('mdo_safelinksforemail', ['EnableSafeLinksForEmail', 'EnableForInternalSenders']),
        ('mdo_safelinksforOfficeApps', [
            'EnableSafeLinksForEmail', 'EnableForInternalSenders', 'EnableSafeLinksForTeams', 'EnableSafeLinksForOffice',
            'ScanUrls', 'DeliverMessageAfterScan', 'TrackClicks', 'AllowClickThrough', 'DisableUrlRewrite'
        ])
    ) AS demanded(action_id, settings)
),
checks AS (
    SELECT
        d.action_id,
        s.policy_key,
        any_value(s.policy) AS policy,
        CASE WHEN bool_or(NOT s.ok) THEN false WHEN count(s.ok) = count(*) THEN true END AS holds,
        string_agg(s.setting || ' = ' || s.value, ', ' ORDER BY list_position(d.settings, s.setting))
            FILTER (WHERE s.ok) AS met,
        string_agg(s.setting || ' = ' || s.value, ', ' ORDER BY list_position(d.settings, s.setting))
            FILTER (WHERE NOT s.ok) AS unmet,
        string_agg(s.setting || coalesce(' = ' || s.value, ''), ', ' ORDER BY list_position(d.settings, s.setting))
            FILTER (WHERE s.ok IS NULL) AS unclear
    FROM settings AS s
    JOIN demands AS d ON list_contains(d.settings, s.setting)
    -- built-in protection leaves mail between colleagues alone, nobody can change that, and Microsoft counts it
    WHERE NOT (
        s.policy_key = 'built_in' AND s.setting = 'EnableForInternalSenders' AND d.action_id = 'mdo_safelinksforemail'
    )
    GROUP BY d.action_id, s.policy_key
),
-- include winning_policies policy_kind=safe_links
-- include mailboxes_by_settings
