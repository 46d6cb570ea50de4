"""What is read of Intune through Microsoft Graph: managed devices and compliance policies."""

from securescore.evidence.schema import Column, Table

INTUNE = ("INTUNE_A",)

MANAGED_DEVICES = Table(
    name="managed_devices",
    about="Devices that Intune manages",
    key=("device_id",),
    permission="DeviceManagementManagedDevices.Read.All",
    licence=INTUNE,
    columns=(
        Column("device_id", "VARCHAR", "id"),
        Column("device_name", "VARCHAR", "deviceName"),
        Column("directory_id", "VARCHAR", "azureADDeviceId"),
        Column("os", "VARCHAR", "operatingSystem"),
        Column("os_version", "VARCHAR", "osVersion"),
        Column("compliance", "VARCHAR", "complianceState"),
        Column("encrypted", "BOOLEAN", "isEncrypted"),
        Column("owner", "VARCHAR", "managedDeviceOwnerType"),
        Column("last_sync", "TIMESTAMP", "lastSyncDateTime"),
    ),
)

COMPLIANCE_POLICIES = Table(
    name="compliance_policies",
    about="Compliance policies of Intune, and whether each is assigned to anybody",
    key=("policy_id",),
    permission="DeviceManagementConfiguration.Read.All",
    licence=INTUNE,
    columns=(
        Column("policy_id", "VARCHAR"),
        Column("policy_name", "VARCHAR"),
        # the platform's word: windows10CompliancePolicy, iosCompliancePolicy, ...
        Column("kind", "VARCHAR"),
        Column("assignments", "BIGINT"),
        Column("raw", "JSON"),
    ),
)

TABLES = (MANAGED_DEVICES, COMPLIANCE_POLICIES)
