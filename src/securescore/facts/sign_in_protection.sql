-- One row per user and protection. A million users times a hundred policies are never multiplied out: each
-- policy that matters is one bit in a word of 120, each group, role and kind of guest carries the words of the
-- policies that name it, and a user's words are the OR over everything the user belongs to.
--
-- Three-valued throughout: true, false, and null for "not known". AND and OR do the right thing by themselves.
-- The blocking of legacy authentication is followed as two aims, one for each kind of legacy client.
WITH aims (aim) AS (
    VALUES ('mfa'), ('legacy_exchange_activesync'), ('legacy_other'), ('sign_in_risk'), ('user_risk')
),

-- What each control of a policy is worth: `meets` for every aim it guarantees.
control_words (control, meets) AS (
    VALUES
        ('mfa', ['mfa', 'sign_in_risk']),
        ('strength satisfied by mfa', ['mfa', 'sign_in_risk']),
        ('strength not satisfied by mfa', []),
        ('block', ['mfa', 'legacy_exchange_activesync', 'legacy_other', 'sign_in_risk', 'user_risk']),
        ('passwordChange', ['user_risk']),
        ('riskRemediation', ['user_risk']),
        ('compliantDevice', []),
        ('domainJoinedDevice', []),
        ('approvedApplication', []),
        ('compliantApplication', []),
        ('custom control', []),
        ('terms of use', [])
),

-- A policy with session controls only has no grant at all; a grant of which a part is null is not known.
grants AS (
    SELECT
        policy_id,
        grant_operator,
        grant_controls,
        custom_controls,
        terms_of_use,
        unknown_controls,
        authentication_strength_id,
        (grant_controls IS NULL OR custom_controls IS NULL OR terms_of_use IS NULL OR unknown_controls IS NULL)
        AND (
            grant_operator IS NOT NULL
            OR authentication_strength_id IS NOT NULL
            OR len(grant_controls) > 0
            OR len(custom_controls) > 0
            OR len(terms_of_use) > 0
            OR len(unknown_controls) > 0
        ) AS partly_null
    FROM conditional_access_policies
),

controls AS (
    SELECT policy_id, unnest(grant_controls) AS control FROM grants
    UNION ALL
    SELECT policy_id, 'custom control' FROM grants WHERE len(custom_controls) > 0
    UNION ALL
    SELECT policy_id, 'terms of use' FROM grants WHERE len(terms_of_use) > 0
    UNION ALL
    SELECT policy_id, 'not known' FROM grants WHERE partly_null OR len(unknown_controls) > 0
    UNION ALL
    SELECT
        g.policy_id,
        CASE s.satisfies
            WHEN 'mfa' THEN 'strength satisfied by mfa'
            WHEN 'none' THEN 'strength not satisfied by mfa'
            ELSE 'strength not known'
        END
    FROM grants AS g
    LEFT JOIN authentication_strengths AS s ON g.authentication_strength_id = s.strength_id
    WHERE g.authentication_strength_id IS NOT NULL
),

controls_for_aims AS (
    SELECT
        c.policy_id,
        a.aim,
        w.control IS NULL AND c.control <> 'strength not known' AS not_known,
        CASE
            WHEN c.control = 'strength not known' AND a.aim IN ('mfa', 'sign_in_risk') THEN NULL
            WHEN c.control = 'strength not known' THEN false
            ELSE list_contains(w.meets, a.aim)
        END AS meets
    FROM controls AS c
    CROSS JOIN aims AS a
    LEFT JOIN control_words AS w ON c.control = w.control
),

-- AND: one control that meets the aim is enough, unless a control stands beside it that we do not know.
-- OR: every alternative must meet it.
guarantees AS (
    SELECT
        policy_id,
        aim,
        CASE
            WHEN bool_or(not_known) THEN NULL
            WHEN bool_or(meets) THEN true
            WHEN count(*) > count(meets) THEN NULL
            ELSE false
        END AS with_and,
        CASE
            WHEN NOT bool_and(meets) THEN false
            WHEN count(*) > count(meets) THEN NULL
            ELSE true
        END AS with_or
    FROM controls_for_aims
    GROUP BY policy_id, aim
),

-- Whom a policy leaves alone although it names them.
widths AS (
    SELECT
        policy_id,
        policy_name,
        state,
        grant_operator,
        sign_in_risk_levels AS sign_in_levels,
        user_risk_levels AS user_levels,
        client_app_types AS clients,
        len(client_app_types) = 0 OR list_contains(client_app_types, 'all') AS every_client,
        list_has_all(
            ['all', 'browser', 'mobileAppsAndDesktopClients', 'exchangeActiveSync', 'easSupported', 'other'],
            client_app_types
        ) AS known_clients,
        list_has_all(['low', 'medium', 'high', 'none', 'hidden'], sign_in_risk_levels) AS known_sign_in_levels,
        list_has_all(['low', 'medium', 'high', 'none', 'hidden'], user_risk_levels) AS known_user_levels,
        all_applications
        AND len(exclude_applications) = 0
        AND len(user_actions) = 0
        AND len(authentication_contexts) = 0
        AND NOT narrowed_by_application_filter
        AND NOT narrowed_by_locations
        AND NOT narrowed_by_platforms
        AND NOT narrowed_by_devices
        AND NOT narrowed_by_authentication_flows
        AND CASE WHEN len(unknown_conditions) = 0 THEN true END AS everywhere
    FROM conditional_access_policies
),

-- `relevant`: meant for this aim at all. `wide`: applies to every sign-in that the aim is about.
reaches AS (
    SELECT
        w.policy_id,
        a.aim,
        w.state,
        w.grant_operator,
        CASE a.aim
            WHEN 'sign_in_risk' THEN len(w.sign_in_levels) > 0
            WHEN 'user_risk' THEN len(w.user_levels) > 0
            ELSE true
        END AS relevant,
        w.everywhere
        AND CASE
            WHEN w.every_client THEN true
            WHEN a.aim = 'legacy_exchange_activesync' AND list_contains(w.clients, 'exchangeActiveSync') THEN true
            WHEN a.aim = 'legacy_other' AND list_contains(w.clients, 'other') THEN true
            WHEN list_has_all(
                w.clients, ['browser', 'mobileAppsAndDesktopClients', 'exchangeActiveSync', 'other']
            ) THEN true
            WHEN w.known_clients THEN false
        END
        AND CASE
            WHEN a.aim <> 'sign_in_risk' THEN len(w.sign_in_levels) = 0
            WHEN list_has_all(w.sign_in_levels, ['medium', 'high']) THEN true
            WHEN w.known_sign_in_levels THEN false
        END
        AND CASE
            WHEN a.aim <> 'user_risk' THEN len(w.user_levels) = 0
            WHEN list_contains(w.user_levels, 'high') THEN true
            WHEN w.known_user_levels THEN false
        END AS wide
    FROM widths AS w
    CROSS JOIN aims AS a
),

judged AS (
    SELECT
        r.policy_id,
        r.aim,
        r.state,
        r.relevant,
        r.wide,
        CASE
            WHEN g.policy_id IS NULL THEN false
            WHEN r.grant_operator = 'AND' OR g.with_and = g.with_or THEN g.with_and
            WHEN r.grant_operator = 'OR' THEN g.with_or
        END AS guarantees
    FROM reaches AS r
    LEFT JOIN guarantees AS g ON r.policy_id = g.policy_id AND r.aim = g.aim
),

-- What a policy can do for those it reaches; a policy that can do nothing has no row.
grades AS MATERIALIZED (
    SELECT
        policy_id,
        aim,
        CASE
            WHEN state = 'enabled' AND relevant AND wide AND guarantees THEN 'protects'
            WHEN state = 'enabled' AND relevant AND NOT wide THEN 'narrowed'
            WHEN state = 'enabledForReportingButNotEnforced' THEN 'report_only'
            ELSE 'not_known'
        END AS grade
    FROM judged
    WHERE
        coalesce(state, '') <> 'disabled'
        AND coalesce(relevant AND guarantees, true)
        AND (coalesce(wide, true) OR (state = 'enabled' AND relevant))
),

-- Policies in the order in which they are named when several would do, 120 to a word.
ranked AS (
    SELECT
        policy_id,
        policy_name,
        row_number() OVER (ORDER BY policy_name NULLS LAST, policy_id) - 1 AS policy_rank
    FROM conditional_access_policies
    WHERE policy_id IN (SELECT policy_id FROM grades)
),

bits AS (
    SELECT policy_id, (policy_rank // 120)::INTEGER AS word, 1::HUGEINT << (policy_rank % 120)::HUGEINT AS bit
    FROM ranked
),

words AS (
    SELECT DISTINCT word FROM bits
    UNION
    SELECT 0
),

masks AS MATERIALIZED (
    SELECT
        w.word,
        a.aim,
        coalesce(bit_or(b.bit) FILTER (g.grade = 'protects'), 0) AS protects,
        coalesce(bit_or(b.bit) FILTER (g.grade IN ('protects', 'not_known')), 0) AS may_protect,
        coalesce(bit_or(b.bit) FILTER (g.grade = 'narrowed'), 0) AS narrowed,
        coalesce(bit_or(b.bit) FILTER (g.grade = 'report_only'), 0) AS report_only
    FROM words AS w
    CROSS JOIN aims AS a
    LEFT JOIN bits AS b ON w.word = b.word
    LEFT JOIN grades AS g ON b.policy_id = g.policy_id AND a.aim = g.aim
    GROUP BY w.word, a.aim
),

-- Whether one user stands for everybody, because the users were not collected: then nobody can tell whom a user, a
-- group or a role means.
everybody AS (
    SELECT count(*) > 0 AS stands_in FROM users WHERE user_id = '00000000-0000-0000-0000-0000000000ff'
),

-- `matches` is null where we cannot tell whom the target means.
targets AS (
    SELECT
        b.word,
        b.bit,
        t.excluded,
        t.guest_kind,
        t.some_tenants,
        t.target_id,
        CASE
            WHEN t.excluded IS NULL THEN 'unknown'
            WHEN t.kind IN ('all_users', 'none', 'guests') THEN t.kind
            WHEN e.stands_in AND t.kind IN ('user', 'group', 'role') THEN 'unknown'
            WHEN t.kind IN ('user', 'group', 'role') AND t.target_id IS NOT NULL THEN t.kind
            ELSE 'unknown'
        END AS kind
    FROM conditional_access_targets AS t
    INNER JOIN bits AS b ON t.policy_id = b.policy_id
    CROSS JOIN everybody AS e
),

-- Who is a guest: by type, and by the mark that an account of another organisation carries in its name.
classes (class, guest, external) AS (
    VALUES
        (0, false, false), (1, false, true), (2, false, NULL),
        (3, true, false), (4, true, true), (5, true, NULL),
        (6, NULL, false), (7, NULL, true), (8, NULL, NULL)
),

class_matches AS (
    SELECT c.class, t.word, t.bit, t.excluded, CASE WHEN t.kind = 'all_users' THEN true END AS matches
    FROM targets AS t
    CROSS JOIN classes AS c
    WHERE t.kind IN ('all_users', 'unknown')
    UNION ALL
    SELECT
        c.class,
        t.word,
        t.bit,
        t.excluded,
        CASE t.guest_kind
            WHEN 'all' THEN c.guest OR c.external
            WHEN 'internalGuest' THEN c.guest AND NOT c.external
            WHEN 'b2bCollaborationGuest' THEN c.guest AND c.external
            WHEN 'b2bCollaborationMember' THEN NOT c.guest AND c.external
            -- these have no account in the directory
            WHEN 'b2bDirectConnectUser' THEN false
            WHEN 'serviceProvider' THEN false
            WHEN 'none' THEN false
            WHEN 'otherExternalUser' THEN c.guest AND NOT c.external AND NULL
            ELSE (c.guest OR c.external) AND NULL
        END
        AND CASE WHEN NOT t.some_tenants THEN true END AS matches
    FROM targets AS t
    CROSS JOIN classes AS c
    WHERE t.kind = 'guests'
),

class_words AS (
    SELECT
        c.class,
        w.word,
        coalesce(bit_or(m.bit) FILTER (m.matches AND NOT m.excluded), 0) AS included,
        coalesce(bit_or(m.bit) FILTER (m.matches AND m.excluded), 0) AS excluded,
        coalesce(bit_or(m.bit) FILTER (m.matches IS NOT false AND m.excluded IS NOT true), 0) AS maybe_included,
        coalesce(bit_or(m.bit) FILTER (m.matches IS NOT false AND m.excluded IS NOT false), 0) AS maybe_excluded
    FROM classes AS c
    CROSS JOIN words AS w
    LEFT JOIN class_matches AS m ON c.class = m.class AND w.word = m.word
    GROUP BY c.class, w.word
),

-- Conditional access counts a role only where it is active and held for the whole tenant.
principal_bits AS (
    SELECT target_id AS principal_id, word, bit, excluded
    FROM targets
    WHERE kind IN ('user', 'group')
    UNION ALL
    SELECT r.principal_id, t.word, t.bit, t.excluded
    FROM role_assignments AS r
    LEFT JOIN role_definitions AS d ON r.role_id = d.role_id
    INNER JOIN targets AS t ON coalesce(d.template_id, r.role_id) = t.target_id
    WHERE t.kind = 'role' AND r.scope = '/'
),

principal_words AS (
    SELECT
        principal_id,
        word,
        coalesce(bit_or(bit) FILTER (NOT excluded), 0) AS included,
        coalesce(bit_or(bit) FILTER (excluded), 0) AS excluded
    FROM principal_bits
    GROUP BY principal_id, word
),

membership_words AS (
    SELECT user_id, word, bit_or(included) AS included, bit_or(excluded) AS excluded
    FROM (
        SELECT principal_id AS user_id, word, included, excluded FROM principal_words
        UNION ALL
        SELECT m.user_id, w.word, w.included, w.excluded
        FROM group_members AS m
        INNER JOIN principal_words AS w ON m.group_id = w.principal_id
    )
    GROUP BY user_id, word
),

-- Reasons are numbers that sort from the strongest to the weakest: 100,000 times the code below, plus the rank
-- of the policy (99,999: no policy). Below 300,000 is protected, below 500,000 unknown, the rest exposed.
codes (number, verdict, code) AS (
    VALUES
        (0, 'protected', 'security_defaults'),
        (1, 'protected', 'policy'),
        (2, 'protected', 'per_user_mfa'),
        (3, 'unknown', 'federated'),
        (4, 'unknown', 'unknown_condition'),
        (5, 'exposed', 'excluded'),
        (6, 'exposed', 'narrowed'),
        (7, 'exposed', 'report_only'),
        (8, 'exposed', 'no_policy')
),

defaults AS (
    SELECT
        CASE
            WHEN bool_or(enabled) THEN 99999
            WHEN count(*) = 0 OR count(*) > count(enabled) THEN 499999
            ELSE 899999
        END AS reason
    FROM security_defaults
),

foreign_domains AS (
    SELECT
        lower(domain) AS domain,
        CASE WHEN bool_or(authentication = 'Federated') THEN 399999 ELSE 499999 END AS reason
    FROM domains
    WHERE authentication = 'Federated' OR authentication IS NULL
    GROUP BY lower(domain)
),

per_user AS (
    SELECT user_id, CASE WHEN state = 'enforced' THEN 299999 ELSE 499999 END AS reason
    FROM per_user_mfa
    WHERE state IS NULL OR state NOT IN ('enabled', 'disabled')
),

-- `own` is the reason for mfa that does not come from a policy.
people AS (
    SELECT
        u.user_id,
        3 * coalesce((u.user_type = 'Guest')::INTEGER, 2)
        + coalesce(contains(u.user_name, '#EXT#')::INTEGER, 2) AS class,
        least(
            coalesce(p.reason, 899999),
            coalesce(d.reason, CASE WHEN u.user_name IS NULL THEN 499999 ELSE 899999 END)
        ) AS own
    FROM users AS u
    LEFT JOIN per_user AS p ON u.user_id = p.user_id
    LEFT JOIN foreign_domains AS d ON lower(substr(u.user_name, strpos(u.user_name, '@') + 1)) = d.domain
),

user_words AS (
    SELECT
        p.user_id,
        p.own,
        c.word,
        c.included | coalesce(m.included, 0) AS included,
        c.excluded | coalesce(m.excluded, 0) AS excluded,
        c.maybe_included | coalesce(m.included, 0) AS maybe_included,
        c.maybe_excluded | coalesce(m.excluded, 0) AS maybe_excluded
    FROM people AS p
    INNER JOIN class_words AS c ON p.class = c.class
    LEFT JOIN membership_words AS m ON p.user_id = m.user_id AND c.word = m.word
),

-- reached: certainly. perhaps: not certainly, and not certainly not. shut: would be, but for an exclusion.
reached_words AS (
    SELECT
        user_id,
        own,
        word,
        included & ~maybe_excluded AS reached,
        maybe_included & ~excluded AS perhaps,
        included & excluded AS shut
    FROM user_words
),

-- The strongest reason of each aim: its code above the 120 bits of the policies that give it.
code_bits AS (
    SELECT
        1::HUGEINT << 120 AS policy,
        4::HUGEINT << 120 AS unknown_condition,
        5::HUGEINT << 120 AS excluded,
        6::HUGEINT << 120 AS narrowed,
        7::HUGEINT << 120 AS report_only
),

deciding AS (
    SELECT
        r.user_id,
        r.own,
        r.word,
        CASE
            WHEN r.reached & m.protects <> 0 THEN c.policy | (r.reached & m.protects)
            WHEN r.perhaps & m.may_protect <> 0 THEN c.unknown_condition | (r.perhaps & m.may_protect)
            WHEN r.shut & m.protects <> 0 THEN c.excluded | (r.shut & m.protects)
            WHEN r.reached & m.narrowed <> 0 THEN c.narrowed | (r.reached & m.narrowed)
            WHEN r.reached & m.report_only <> 0 THEN c.report_only | (r.reached & m.report_only)
        END AS mfa,
        CASE
            WHEN r.reached & a.protects <> 0 THEN c.policy | (r.reached & a.protects)
            WHEN r.perhaps & a.may_protect <> 0 THEN c.unknown_condition | (r.perhaps & a.may_protect)
            WHEN r.shut & a.protects <> 0 THEN c.excluded | (r.shut & a.protects)
            WHEN r.reached & a.narrowed <> 0 THEN c.narrowed | (r.reached & a.narrowed)
            WHEN r.reached & a.report_only <> 0 THEN c.report_only | (r.reached & a.report_only)
        END AS activesync,
        CASE
            WHEN r.reached & o.protects <> 0 THEN c.policy | (r.reached & o.protects)
            WHEN r.perhaps & o.may_protect <> 0 THEN c.unknown_condition | (r.perhaps & o.may_protect)
            WHEN r.shut & o.protects <> 0 THEN c.excluded | (r.shut & o.protects)
            WHEN r.reached & o.narrowed <> 0 THEN c.narrowed | (r.reached & o.narrowed)
            WHEN r.reached & o.report_only <> 0 THEN c.report_only | (r.reached & o.report_only)
        END AS other,
        CASE
            WHEN r.reached & s.protects <> 0 THEN c.policy | (r.reached & s.protects)
            WHEN r.perhaps & s.may_protect <> 0 THEN c.unknown_condition | (r.perhaps & s.may_protect)
            WHEN r.shut & s.protects <> 0 THEN c.excluded | (r.shut & s.protects)
            WHEN r.reached & s.narrowed <> 0 THEN c.narrowed | (r.reached & s.narrowed)
            WHEN r.reached & s.report_only <> 0 THEN c.report_only | (r.reached & s.report_only)
        END AS sign_in_risk,
        CASE
            WHEN r.reached & u.protects <> 0 THEN c.policy | (r.reached & u.protects)
            WHEN r.perhaps & u.may_protect <> 0 THEN c.unknown_condition | (r.perhaps & u.may_protect)
            WHEN r.shut & u.protects <> 0 THEN c.excluded | (r.shut & u.protects)
            WHEN r.reached & u.narrowed <> 0 THEN c.narrowed | (r.reached & u.narrowed)
            WHEN r.reached & u.report_only <> 0 THEN c.report_only | (r.reached & u.report_only)
        END AS user_risk
    FROM reached_words AS r
    CROSS JOIN code_bits AS c
    INNER JOIN masks AS m ON r.word = m.word AND m.aim = 'mfa'
    INNER JOIN masks AS a ON r.word = a.word AND a.aim = 'legacy_exchange_activesync'
    INNER JOIN masks AS o ON r.word = o.word AND o.aim = 'legacy_other'
    INNER JOIN masks AS s ON r.word = s.word AND s.aim = 'sign_in_risk'
    INNER JOIN masks AS u ON r.word = u.word AND u.aim = 'user_risk'
),

-- The lowest bit set is the policy that comes first by name.
by_user AS (
    SELECT
        user_id,
        min(own) AS own,
        min((mfa >> 120)::INTEGER * 100000 + word * 120 + bit_count((mfa & -mfa) - 1)) AS mfa,
        min(
            (activesync >> 120)::INTEGER * 100000 + word * 120 + bit_count((activesync & -activesync) - 1)
        ) AS activesync,
        min((other >> 120)::INTEGER * 100000 + word * 120 + bit_count((other & -other) - 1)) AS other,
        min(
            (sign_in_risk >> 120)::INTEGER * 100000 + word * 120 + bit_count((sign_in_risk & -sign_in_risk) - 1)
        ) AS sign_in_risk,
        min(
            (user_risk >> 120)::INTEGER * 100000 + word * 120 + bit_count((user_risk & -user_risk) - 1)
        ) AS user_risk
    FROM deciding
    GROUP BY user_id
),

answers AS (
    SELECT
        u.user_id,
        least(u.mfa, u.own, d.reason) AS mfa,
        least(u.activesync, d.reason) AS activesync,
        least(u.other, d.reason) AS other,
        coalesce(u.sign_in_risk, 899999) AS sign_in_risk,
        coalesce(u.user_risk, 899999) AS user_risk
    FROM by_user AS u
    CROSS JOIN defaults AS d
),

-- Legacy authentication is blocked when it is blocked for both kinds of client: the worse of two different
-- verdicts decides, and of two equal ones the stronger reason.
questions AS (
    SELECT
        a.user_id,
        p.protection,
        CASE
            WHEN p.protection = 'mfa' THEN a.mfa
            WHEN p.protection = 'sign_in_risk' THEN a.sign_in_risk
            WHEN p.protection = 'user_risk' THEN a.user_risk
            WHEN (a.activesync < 300000) = (a.other < 300000) AND (a.activesync < 500000) = (a.other < 500000)
                THEN least(a.activesync, a.other)
            ELSE greatest(a.activesync, a.other)
        END AS reason
    FROM answers AS a
    CROSS JOIN (
        VALUES ('mfa'), ('legacy_authentication_blocked'), ('sign_in_risk'), ('user_risk')
    ) AS p (protection)
),

wordings AS (
    SELECT (c.number * 100000 + r.policy_rank)::INTEGER AS reason, c.verdict, c.code, r.policy_name
    FROM codes AS c
    CROSS JOIN ranked AS r
    UNION ALL
    SELECT number * 100000 + 99999, verdict, code, NULL
    FROM codes
)

SELECT q.user_id, q.protection, w.verdict, w.code, w.policy_name
FROM questions AS q
INNER JOIN wordings AS w ON q.reason = w.reason
