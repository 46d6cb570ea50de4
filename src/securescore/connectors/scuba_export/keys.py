"""The keys of an export that fill no table, and why."""

from collections.abc import Mapping

_HEAD = "tells about the export itself"
_DERIVED = "says again what another key holds"
_NO_CONTROL = "no improvement action is about it"
_POWER = "Power Platform has no improvement action"
_SOME_ROLES = "holds the holders of a few roles only, and a table of roles is of use when it is whole"
_APPS = "holds applications that ScubaGear finds risky, not all of them"

UNUSED: Mapping[str, str] = {
    **dict.fromkeys(
        ("baseline_version", "module_version", "date", "timestamp_zulu", "report_uuid", "scuba_config"), _HEAD
    ),
    "tenant_id": "names the tenant",
    **dict.fromkeys(("cap_table_data", "license_state", "total_user_count"), _DERIVED),
    **dict.fromkeys(("defender_license", "defender_dlp_license"), "tells why other keys are empty"),
    **dict.fromkeys(("privileged_users", "privileged_service_principals", "privileged_roles"), _SOME_ROLES),
    **dict.fromkeys(
        (
            "risky_applications",
            "risky_third_party_service_principals",
            "risky_delegated_permission_classifications",
            "legacy_exchange_service_principal",
            "dedicated_exchange_hybrid_applications",
            "app_management_policies",
        ),
        _APPS,
    ),
    **dict.fromkeys(
        (
            "admin_consent_policies",
            "dlp_compliance_rules",
            "protection_alerts",
            "unified_audit_log_retention_policies",
            "remote_domains",
            "transport_config",
            "inbound_connectors",
            "outbound_connectors",
            "intra_org_connectors",
            "org_relationships",
            "SPO_site",
            "OneDrive_PnP_Flag",
            "teams_tenant_info",
            "federation_configuration",
            "client_configuration",
            "app_policies",
            "broadcast_policies",
            "tenant_app_settings",
        ),
        _NO_CONTROL,
    ),
    **dict.fromkeys(
        ("environment_creation", "dlp_policies", "tenant_isolation", "environment_list", "powerbi_settings"),
        _POWER,
    ),
}
"""By key."""

COMMANDS = "tells which commands were run"
"""Why the lists of commands fill no table."""
