"""What is read of Microsoft 365: Exchange Online, Defender for Office 365, Purview, SharePoint, Teams, Forms, DNS.

Exchange tables name their columns after the cmdlet's properties, so the answers of the admin interface and the
objects of a settings export fill them by the same paths (reference evidence-apis, section 3).
"""

from securescore.evidence.tables.microsoft_365 import (
    exchange_online,
    mail_domains,
    mail_policies,
    purview,
    tenant_settings,
)

TABLES = (
    *exchange_online.TABLES,
    *mail_policies.TABLES,
    *mail_domains.TABLES,
    *purview.TABLES,
    *tenant_settings.TABLES,
)
