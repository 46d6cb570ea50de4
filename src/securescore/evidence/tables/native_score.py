"""Microsoft's own score: `secureScores` and `secureScoreControlProfiles` (reference section 14.3).

The types at the service are open: whatever a row carries beyond the declared columns stays in `raw`.
`count`, `total` and `on` are text at the service. On rows about devices `count` is devices *at risk*, on all
others it is what is covered; the columns keep the service's meaning and `counts_at_risk` says which it is.
"""

from securescore.evidence.schema import Column, Table

PERMISSION = "SecurityEvents.Read.All"

NATIVE_SCORES = Table(
    name="native_scores",
    about="One row a day of Microsoft's own score",
    key=("day",),
    permission=PERMISSION,
    columns=(
        Column("day", "TIMESTAMP", "createdDateTime"),
        Column("score_id", "VARCHAR", "id"),
        Column("points", "DOUBLE", "currentScore"),
        Column("maximum", "DOUBLE", "maxScore"),
        Column("active_users", "BIGINT", "activeUserCount"),
        Column("licensed_users", "BIGINT", "licensedUserCount"),
        Column("enabled_services", "VARCHAR[]", "enabledServices[*]"),
    ),
)

NATIVE_CONTROLS = Table(
    name="native_controls",
    about="One row a day and control of Microsoft's own score",
    key=("day", "control_id"),
    permission=PERMISSION,
    columns=(
        Column("day", "TIMESTAMP"),
        Column("control_id", "VARCHAR"),
        Column("category", "VARCHAR"),
        Column("points", "DOUBLE"),
        Column("percent", "DOUBLE"),
        Column("count", "BIGINT"),
        Column("total", "BIGINT"),
        Column("counts_at_risk", "BOOLEAN"),
        Column("switched_on", "BOOLEAN"),
        Column("not_scored", "BOOLEAN"),
        Column("text", "VARCHAR"),
        Column("synced", "TIMESTAMP"),
        Column("raw", "JSON"),
    ),
)

NATIVE_PROFILES = Table(
    name="native_profiles",
    about="Microsoft's description of each control, with the points it is worth in this tenant",
    key=("control_id",),
    permission=PERMISSION,
    columns=(
        Column("control_id", "VARCHAR", "id"),
        Column("title", "VARCHAR", "title"),
        Column("service", "VARCHAR", "service"),
        Column("category", "VARCHAR", "controlCategory"),
        Column("maximum", "DOUBLE", "maxScore"),
        Column("rank", "BIGINT", "rank"),
        Column("tier", "VARCHAR", "tier"),
        Column("cost", "VARCHAR", "implementationCost"),
        Column("user_impact", "VARCHAR", "userImpact"),
        Column("threats", "VARCHAR[]", "threats[*]"),
        Column("link", "VARCHAR", "actionUrl"),
        Column("deprecated", "BOOLEAN", "deprecated", when_null="false"),
        Column("state", "VARCHAR"),
        Column("state_comment", "VARCHAR"),
        Column("state_by", "VARCHAR"),
        Column("state_at", "TIMESTAMP"),
        Column("raw", "JSON"),
    ),
)

NATIVE_AVERAGES = Table(
    name="native_averages",
    about="Microsoft's comparison averages; the unit of each is told, or not known",
    key=("day", "basis", "ordinal"),
    permission=PERMISSION,
    columns=(
        Column("day", "TIMESTAMP"),
        Column("basis", "VARCHAR"),
        Column("ordinal", "INTEGER"),
        Column("category", "VARCHAR"),
        Column("average", "DOUBLE"),
        Column("maximum", "DOUBLE"),
        Column("unit", "VARCHAR"),
        Column("band", "VARCHAR"),
        Column("raw", "JSON"),
    ),
)

TABLES = (NATIVE_SCORES, NATIVE_CONTROLS, NATIVE_PROFILES, NATIVE_AVERAGES)
