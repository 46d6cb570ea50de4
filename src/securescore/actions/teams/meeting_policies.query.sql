WITH policies AS (
    SELECT *, regexp_replace(policy, '^tag:', '', 'i') AS name
    FROM teams_meeting_policies
),
checks AS (
    SELECT
        'meeting_restrictanonymousjoin_v1' AS action_id,
        policy,
        name,
        NOT anonymous_join AS holds,
        CAST(anonymous_join AS VARCHAR) AS setting
    FROM policies
    UNION ALL
    SELECT
        'meeting_anonymousstartmeeting_v1',
        policy,
        name,
        NOT anonymous_start,
        CAST(anonymous_start AS VARCHAR)
    FROM policies
    UNION ALL
    SELECT
        'meeting_autoadmitusers_v1',
        policy,
        name,
        CASE
            WHEN lower(auto_admitted) IN ('invitedusers', 'organizeronly') THEN true
            WHEN lower(auto_admitted) IN (
                'everyone', 'everyoneincompany', 'everyoneincompanyexcludingguests', 'everyoneinsameandfederatedcompany'
            ) THEN false
        END,
        auto_admitted
    FROM policies
    UNION ALL
    SELECT
        'meeting_pstnusersbypasslobby_v1',
        policy,
        name,
        NOT phone_bypasses_lobby,
        CAST(phone_bypasses_lobby AS VARCHAR)
    FROM policies
    UNION ALL
    SELECT
        'meeting_designatedpresenter_v1',
        policy,
        name,
        CASE
            WHEN lower(presenters) = 'organizeronlyuseroverride' THEN true
            WHEN lower(presenters) IN (
                'everyoneuseroverride', 'everyoneincompanyuseroverride', 'everyoneinsameandfederatedcompanyuseroverride'
            ) THEN false
        END,
        presenters
    FROM policies
    UNION ALL
    SELECT
        'meeting_externalrequestcontrol_v1',
        policy,
        name,
        NOT external_control,
        CAST(external_control AS VARCHAR)
    FROM policies
)
SELECT
    action_id,
    policy AS entity_id,
    name AS entity_name,
    CASE WHEN holds THEN 'protected' WHEN NOT holds THEN 'exposed' ELSE 'unknown' END AS verdict,
    CASE
        WHEN holds THEN json_object('code', 'holds', 'value', setting)
        WHEN NOT holds THEN json_object('code', 'open', 'value', setting)
        ELSE json_object('code', 'not_read', 'value', setting)
    END AS detail
FROM checks
-- presets of the service, which nobody can change
WHERE lower(name) NOT IN (
    'allon', 'alloff', 'default', 'kiosk', 'restrictedanonymousaccess', 'restrictedanonymousnorecording'
)
