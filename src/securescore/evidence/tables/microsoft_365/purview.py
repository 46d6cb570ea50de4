"""Microsoft Purview: data loss prevention and sensitivity labels, through the Security & Compliance interface."""

from securescore.evidence.schema import Api, Column, Table
from securescore.evidence.tables.microsoft_365.exchange_online import MANAGE_AS_APP
from securescore.evidence.tables.microsoft_365.licences import LABELLING

_DLP = ("BPOS_S_DlpAddOn", "COMMUNICATIONS_DLP")

DLP_POLICIES = Table(
    name="dlp_policies",
    about="Data loss prevention policies",
    key=("policy_id",),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=_DLP,
    columns=(
        Column("policy_id", "VARCHAR"),
        Column("policy", "VARCHAR"),
        # Enable, TestWithNotifications, TestWithoutNotifications, Disable, PendingDeletion
        Column("mode", "VARCHAR"),
        Column("enabled", "BOOLEAN"),
        # in lower case, `all` for everything of the workload; adaptive scopes stand in by their names
        Column("exchange_locations", "VARCHAR[]"),
        Column("sharepoint_locations", "VARCHAR[]"),
        Column("onedrive_locations", "VARCHAR[]"),
        Column("teams_locations", "VARCHAR[]"),
    ),
)
"""Shaped in Python: a location is a text or an object with a name, and an unused one is null."""

LABEL_POLICIES = Table(
    name="label_policies",
    about="Which sensitivity labels are published, and to whom",
    key=("policy_id",),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=LABELLING,
    columns=(
        Column("policy_id", "VARCHAR"),
        Column("policy", "VARCHAR"),
        Column("mode", "VARCHAR"),
        Column("enabled", "BOOLEAN"),
        Column("labels", "VARCHAR[]"),
        # in lower case: addresses of users and groups, `all` for everybody, `all groups` for every Microsoft 365 group;
        # an adaptive scope stands in by its name, and whom it means is not known
        Column("locations", "VARCHAR[]"),
        Column("except_locations", "VARCHAR[]"),
    ),
)

AUTO_LABEL_POLICIES = Table(
    name="auto_label_policies",
    about="Policies that label files and mail by themselves",
    key=("policy_id",),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=LABELLING,
    columns=(
        Column("policy_id", "VARCHAR"),
        Column("policy", "VARCHAR"),
        # Enable, TestWithNotifications, TestWithoutNotifications, Disable
        Column("mode", "VARCHAR"),
        Column("enabled", "BOOLEAN"),
        # in lower case; where the policy is only for some senders or members of groups, their addresses in place of
        # `all`, and those it leaves out under the exceptions
        Column("exchange_locations", "VARCHAR[]"),
        Column("except_exchange_locations", "VARCHAR[]"),
        Column("sharepoint_locations", "VARCHAR[]"),
        Column("onedrive_locations", "VARCHAR[]"),
    ),
)

LABELS = Table(
    name="sensitivity_labels",
    about="Sensitivity labels and what each covers",
    key=("label_id",),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=LABELLING,
    columns=(
        Column("label_id", "VARCHAR", "Guid"),
        Column("label", "VARCHAR", "DisplayName"),
        Column("content_type", "VARCHAR", "ContentType"),
        Column("disabled", "BOOLEAN", "Disabled"),
    ),
)

COMPLIANCE_SETTINGS = Table(
    name="compliance_settings",
    about="Settings of the compliance organisation",
    key=("settings",),
    permission=MANAGE_AS_APP,
    api=Api.EXCHANGE,
    licence=LABELLING,
    columns=(
        Column("settings", "VARCHAR"),
        Column("purview_label_consent", "BOOLEAN"),
    ),
)

TABLES = (DLP_POLICIES, LABEL_POLICIES, AUTO_LABEL_POLICIES, LABELS, COMPLIANCE_SETTINGS)
