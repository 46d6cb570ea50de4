WITH judged AS (
    SELECT
        settings,
        CASE lower(domain_restriction)
            WHEN 'allowlist' THEN len(allowed_domains)
            WHEN 'blocklist' THEN len(blocked_domains)
        END AS domains,
        CASE
            WHEN lower(sharing) = 'disabled' THEN 'sharing_off'
            WHEN lower(domain_restriction) = 'none' THEN 'not_limited'
            WHEN lower(domain_restriction) = 'allowlist' AND len(allowed_domains) > 0 THEN 'allow_list'
            WHEN lower(domain_restriction) = 'blocklist' AND len(blocked_domains) > 0 THEN 'block_list'
            WHEN lower(domain_restriction) = 'allowlist' AND len(allowed_domains) = 0 THEN 'list_empty'
            WHEN lower(domain_restriction) = 'blocklist' AND len(blocked_domains) = 0 THEN 'list_empty'
            ELSE 'not_read'
        END AS code
    FROM sharepoint_settings
)
SELECT
    lower(settings) AS entity_id,
    'SharePoint and OneDrive' AS entity_name,
    CASE
        WHEN code IN ('sharing_off', 'allow_list', 'block_list') THEN 'protected'
        WHEN code = 'not_read' THEN 'unknown'
        ELSE 'exposed'
    END AS verdict,
    json_object('code', code, 'domains', domains) AS detail
FROM judged
