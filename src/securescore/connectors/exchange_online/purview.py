"""Data loss prevention and sensitivity labels, from the Security & Compliance interface."""

from functools import partial

from securescore.connectors.exchange_online import shapes
from securescore.connectors.exchange_online.read import compliance, listed, shaped
from securescore.connectors.source import Source
from securescore.evidence import Table
from securescore.evidence.tables.microsoft_365.purview import (
    AUTO_LABEL_POLICIES,
    COMPLIANCE_SETTINGS,
    DLP_POLICIES,
    LABEL_POLICIES,
    LABELS,
)


def _policies(table: Table, policies: shapes.PolicySet) -> Source:
    shape = partial(shapes.policy_rows, policies)
    return shaped(table, policies.cmdlet, policies.select, shape, admin=compliance)


SOURCES = (
    _policies(DLP_POLICIES, shapes.DLP_POLICIES),
    _policies(LABEL_POLICIES, shapes.LABEL_POLICIES),
    _policies(AUTO_LABEL_POLICIES, shapes.AUTO_LABEL_POLICIES),
    listed(LABELS, "Get-Label", admin=compliance),
    shaped(
        COMPLIANCE_SETTINGS,
        "Get-PolicyConfig",
        ("PurviewLabelConsent",),
        shapes.compliance_settings_rows,
        admin=compliance,
    ),
)
