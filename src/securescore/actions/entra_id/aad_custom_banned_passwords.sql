WITH settings AS (
    SELECT
        count(*) AS found,
        count_if(lower(name) = 'enablebannedpasswordcheck') AS checks,
        any_value(lower(trim(value))) FILTER (WHERE lower(name) = 'enablebannedpasswordcheck') AS enforced,
        count_if(lower(name) = 'bannedpasswordlist') AS lists,
        any_value(value) FILTER (WHERE lower(name) = 'bannedpasswordlist') AS words
    FROM group_settings
    WHERE template_id = '5cf42378-d67d-4f36-ba46-e8b86229381d'
),
counted AS (
    SELECT
        found,
        CASE WHEN checks = 0 THEN 'true' ELSE enforced END AS enforced,
        CASE
            WHEN lists = 0 THEN 0
            ELSE len(list_filter(string_split_regex(words, '[\t\r\n]+'), LAMBDA word: trim(word) <> ''))
        END AS words
    FROM settings
),
judged AS (
    SELECT
        words,
        CASE
            WHEN found = 0 THEN 'never_changed'
            WHEN enforced = 'false' THEN 'list_off'
            WHEN words = 0 THEN 'list_empty'
            WHEN enforced = 'true' AND words > 0 THEN 'list_used'
            ELSE 'not_read'
        END AS code
    FROM counted
)
SELECT
    o.tenant_id AS entity_id,
    o.name AS entity_name,
    CASE j.code
        WHEN 'list_used' THEN 'protected'
        WHEN 'not_read' THEN 'unknown'
        ELSE 'exposed'
    END AS verdict,
    CASE j.code
        WHEN 'list_used' THEN json_object('code', j.code, 'words', j.words)
        ELSE json_object('code', j.code)
    END AS detail
FROM organization AS o
CROSS JOIN judged AS j
