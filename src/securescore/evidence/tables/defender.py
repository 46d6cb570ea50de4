"""What is read of Defender for Endpoint, Defender for Identity and Defender for Cloud Apps (evidence-apis, 4 to 6)."""

from securescore.evidence.schema import Api, Column, Table

ENDPOINT = ("WINDEFATP", "MDE_LITE", "MDE_SMB")
"""Defender for Endpoint in any plan: all of them list devices."""

ENDPOINT_ASSESSMENT = ("WINDEFATP",)
"""Defender for Endpoint Plan 2: the others do not assess configurations."""

IDENTITY = ("ATA",)
CLOUD_APPS = ("ADALLOM_S_STANDALONE", "ADALLOM_STANDALONE")

MACHINES = Table(
    name="machines",
    about="Devices that Defender for Endpoint knows",
    key=("machine_id",),
    permission="Machine.Read.All",
    api=Api.DEFENDER_ENDPOINT,
    licence=ENDPOINT,
    columns=(
        Column("machine_id", "VARCHAR", "id"),
        Column("machine_name", "VARCHAR", "computerDnsName"),
        Column("directory_id", "VARCHAR", "aadDeviceId"),
        Column("os", "VARCHAR", "osPlatform"),
        Column("version", "VARCHAR", "version"),
        # Active, Inactive, ImpairedCommunication, NoSensorData, NoSensorDataImpairedCommunication, Unknown
        Column("health", "VARCHAR", "healthStatus"),
        # Onboarded, CanBeOnboarded, Unsupported, InsufficientInfo
        Column("onboarding", "VARCHAR", "onboardingStatus"),
        Column("device_group", "VARCHAR", "rbacGroupName"),
        Column("first_seen", "TIMESTAMP", "firstSeen"),
        Column("last_seen", "TIMESTAMP", "lastSeen"),
    ),
)

DEVICE_CONFIGURATIONS = Table(
    name="device_configurations",
    about="Each secure configuration that was assessed on each device",
    key=("machine_id", "configuration_id"),
    permission="Vulnerability.Read.All",
    api=Api.DEFENDER_ENDPOINT,
    licence=ENDPOINT_ASSESSMENT,
    columns=(
        Column("machine_id", "VARCHAR", "deviceId"),
        # written scid-2012 here and scid_2012 in Secure Score
        Column("configuration_id", "VARCHAR", "configurationId", respelled=("-", "_")),
        Column("applicable", "BOOLEAN", "isApplicable"),
        Column("compliant", "BOOLEAN", "isCompliant"),
        Column("impact", "DOUBLE", "configurationImpact"),
    ),
)

IDENTITY_SENSORS = Table(
    name="identity_sensors",
    about="Sensors of Defender for Identity",
    key=("sensor_id",),
    permission="SecurityIdentitiesSensors.Read.All",
    licence=IDENTITY,
    columns=(
        Column("sensor_id", "VARCHAR", "id"),
        Column("sensor_name", "VARCHAR", "displayName"),
        # domainControllerIntegrated, domainControllerStandalone, adfsIntegrated, adcsIntegrated, adConnectIntegrated
        Column("kind", "VARCHAR", "sensorType"),
        Column("domain", "VARCHAR", "domainName"),
        Column("deployment", "VARCHAR", "deploymentStatus"),
        Column("service", "VARCHAR", "serviceStatus"),
        Column("health", "VARCHAR", "healthStatus"),
        Column("open_issues", "BIGINT", "openHealthIssuesCount"),
    ),
)

IDENTITY_SENSOR_CANDIDATES = Table(
    name="identity_sensor_candidates",
    about="Servers that could take a sensor of Defender for Identity and have none",
    key=("candidate_id",),
    permission="SecurityIdentitiesSensors.Read.All",
    licence=IDENTITY,
    columns=(
        Column("candidate_id", "VARCHAR", "id"),
        Column("server_name", "VARCHAR", "computerDnsName"),
        Column("domain", "VARCHAR", "domainName"),
        Column("last_seen", "TIMESTAMP", "lastSeenDateTime"),
    ),
)

IDENTITY_HEALTH_ISSUES = Table(
    name="identity_health_issues",
    about="Health issues of Defender for Identity",
    key=("issue_id",),
    permission="SecurityIdentitiesHealth.Read.All",
    licence=IDENTITY,
    columns=(
        Column("issue_id", "VARCHAR", "id"),
        Column("issue", "VARCHAR", "displayName"),
        Column("severity", "VARCHAR", "severity"),
        Column("status", "VARCHAR", "status"),
        Column("created", "TIMESTAMP", "createdDateTime"),
        Column("sensors", "VARCHAR[]", "sensorDNSNames[*]"),
        Column("domains", "VARCHAR[]", "domainNames[*]"),
    ),
)

CLOUD_DISCOVERY_STREAMS = Table(
    name="cloud_discovery_streams",
    about="Sources of firewall and proxy logs in Defender for Cloud Apps",
    key=("stream_id",),
    permission="Discovery.read",
    api=Api.CLOUD_APPS,
    licence=CLOUD_APPS,
    columns=(
        Column("stream_id", "VARCHAR", "_id"),
        Column("stream", "VARCHAR", "displayName"),
        Column("kind", "VARCHAR", "streamType"),
        Column("last_data", "VARCHAR", "lastDataReceived"),
    ),
)

CLOUD_APP_ACTIVITY = Table(
    name="cloud_app_activity",
    about="Apps whose recent activity Defender for Cloud Apps has recorded: one row an app of the newest activities",
    key=("app",),
    permission="Investigation.read",
    api=Api.CLOUD_APPS,
    licence=CLOUD_APPS,
    columns=(
        Column("app", "VARCHAR"),
        Column("activities", "BIGINT"),
        Column("newest", "TIMESTAMP"),
    ),
)

TABLES = (
    MACHINES,
    DEVICE_CONFIGURATIONS,
    IDENTITY_SENSORS,
    IDENTITY_SENSOR_CANDIDATES,
    IDENTITY_HEALTH_ISSUES,
    CLOUD_DISCOVERY_STREAMS,
    CLOUD_APP_ACTIVITY,
)
