WITH judged AS (
    SELECT
        organization,
        mail_tips_large_audience,
        CASE
            WHEN NOT mail_tips THEN 'tips_off'
            WHEN NOT mail_tips_external THEN 'no_external_tip'
            WHEN NOT mail_tips_group_metrics THEN 'no_group_sizes'
            WHEN mail_tips_large_audience > 25 THEN 'threshold_too_high'
            WHEN mail_tips AND mail_tips_external AND mail_tips_group_metrics AND mail_tips_large_audience <= 25
                THEN 'all_tips'
            ELSE 'not_read'
        END AS code
    FROM exchange_organization
)
SELECT
    lower(organization) AS entity_id,
    organization AS entity_name,
    CASE code WHEN 'all_tips' THEN 'protected' WHEN 'not_read' THEN 'unknown' ELSE 'exposed' END AS verdict,
    json_object('code', code, 'threshold', mail_tips_large_audience) AS detail
FROM judged
