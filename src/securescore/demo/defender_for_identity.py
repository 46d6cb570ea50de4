"""Sensors of Defender for Identity in an invented organisation, servers without one, and health issues.

Intended flaws: the domain controller of the quay has no sensor, nor has a new one; a sensor is disconnected and
one was never configured; the sensor on the certificate server is behind; open health issues. The service writes
its words with capitals as it likes, and so does this.
"""

from dataclasses import dataclass

from securescore.demo.frame import Frame, Json

_DOMAIN_CONTROLLER, _STANDALONE = "domainControllerIntegrated", "domainControllerStandalone"
_HEALTHY = ("UpToDate", "Running", "Healthy")

_SENSORS: tuple[tuple[str, str, tuple[str, str, str], int], ...] = (
    ("DC01", _DOMAIN_CONTROLLER, _HEALTHY, 0),
    ("DC02", "DomainControllerIntegrated", ("Outdated", "Running", "NotHealthyLow"), 1),
    ("DC03", _DOMAIN_CONTROLLER, ("disconnected", "disconnected", "notHealthyHigh"), 2),
    ("GW01", _STANDALONE, ("upToDate", "running", "healthy"), 0),
    ("ADFS01", "adfsIntegrated", ("upToDate", "running", "notHealthyMedium"), 1),
    ("ADFS02", "AdfsIntegrated", ("NotConfigured", "Stopped", "NotHealthyHigh"), 1),
    ("CA01", "adcsIntegrated", ("updateFailed", "running", "notHealthyMedium"), 1),
    ("SYNC01", "adConnectIntegrated", _HEALTHY, 0),
)
"""Name, kind, how it is (deployment, service, health), and how many issues are open."""

_CANDIDATES = ("DC-KADE", "DC04", "DC02")
"""Servers that could take the newest sensor; the last has an older one."""

_ISSUES: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    ("Sensor loopt achter", "sensor", "low", "open", ("dc02",)),
    ("Sensor geeft geen teken van leven", "Sensor", "High", "Open", ("dc03",)),
    ("Controle van beveiligingsgebeurtenissen staat niet aan", "Global", "medium", "open", ("dc03", "ca01")),
    ("Leestoegang tot de AD FS-database ontbreekt", "sensor", "medium", "open", ("adfs01",)),
    ("Sensor is niet ingericht", "sensor", "high", "open", ("adfs02",)),
    ("Wachtwoord van het serviceaccount is verlopen", "global", "high", "closed", ()),
    ("Verkeer kwam niet door", "sensor", "medium", "suppressed", ("gw01",)),
)


@dataclass
class IdentityDefence:
    """What the endpoints of Defender for Identity answer."""

    sensors: list[Json]
    candidates: list[Json]
    issues: list[Json]


def build_identity_defence(frame: Frame) -> IdentityDefence:
    return IdentityDefence(
        sensors=[_sensor(frame, *one) for one in _SENSORS],
        candidates=[_candidate(frame, name) for name in _CANDIDATES],
        issues=[_issue(frame, number, *one) for number, one in enumerate(_ISSUES)],
    )


def _directory(frame: Frame) -> str:
    return f"corp.{frame.domain}"


def _sensor(frame: Frame, name: str, kind: str, state: tuple[str, str, str], issues: int) -> Json:
    deployment, service, health = state
    host = f"{name.lower()}.{_directory(frame)}"
    return {
        "id": frame.id("sensor", name),
        "displayName": name,
        "sensorType": kind,
        "version": "2.250.18932.1",
        "deploymentStatus": deployment,
        "serviceStatus": service,
        "healthStatus": health,
        "openHealthIssuesCount": issues,
        "domainName": _directory(frame),
        "createdDateTime": frame.ago(days=500),
        "settings": {
            "description": "",
            "domainControllerDnsNames": [host] if "controller" in kind.lower() else [],
            "isDelayedDeploymentEnabled": False,
        },
    }


def _candidate(frame: Frame, name: str) -> Json:
    return {
        "id": frame.id("sensor candidate", name),
        "computerDnsName": f"{name.lower()}.{_directory(frame)}",
        "domainName": _directory(frame),
        "senseClientVersion": "10.8760",
        "lastSeenDateTime": frame.ago(hours=5),
    }


def _issue(
    frame: Frame, number: int, title: str, kind: str, severity: str, status: str, sensors: tuple[str, ...]
) -> Json:
    return {
        "id": frame.id("identity health issue", str(number)),
        "displayName": title,
        "description": "Verzonnen voor een voorbeeld.",
        "issueTypeId": str(1000 + number),
        "healthIssueType": kind,
        "severity": severity,
        "status": status,
        "createdDateTime": frame.ago(days=12 + number),
        "lastModifiedDateTime": frame.ago(days=number),
        "domainNames": [_directory(frame)],
        "sensorDNSNames": [f"{sensor}.{_directory(frame)}" for sensor in sensors],
        "additionalInformation": [],
        "recommendations": [],
        "recommendedActionCommands": [],
    }
