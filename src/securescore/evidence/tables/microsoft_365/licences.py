"""Licence gates of Microsoft 365: the service plans of which one must be owned."""

EXCHANGE = (
    "EXCHANGE_S_STANDARD",
    "EXCHANGE_S_STANDARD_GOV",
    "EXCHANGE_S_ENTERPRISE",
    "EXCHANGE_S_ENTERPRISE_GOV",
    "EXCHANGE_S_DESKLESS",
    "EXCHANGE_S_DESKLESS_GOV",
)
"""Exchange Online; EXCHANGE_S_FOUNDATION is a stub and no Exchange."""

DEFENDER_FOR_OFFICE = (
    "ATP_ENTERPRISE",
    "ATP_ENTERPRISE_GOV",
    "THREAT_INTELLIGENCE",
    "THREAT_INTELLIGENCE_GOV",
)
"""Defender for Office 365."""

LABELLING = (
    "RMS_S_ENTERPRISE",
    "RMS_S_ENTERPRISE_GOV",
    "RMS_S_PREMIUM",
    "RMS_S_PREMIUM_GOV",
    "RMS_S_PREMIUM2",
    "RMS_S_PREMIUM2_GOV",
    "MIP_S_CLP1",
    "MIP_S_CLP2",
)
"""Sensitivity labels."""
