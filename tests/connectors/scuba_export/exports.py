"""Settings exports made by hand, and what an import made of them."""

import json
from pathlib import Path
from typing import Any

import duckdb

from securescore.connectors.scuba_export import ImportReport, import_scuba
from securescore.evidence import EvidenceFolder
from securescore.evidence.shaping import scan

TENANT = "0d6a5f7e-1111-4222-8333-444455556666"
MADE = "2026-05-04T17:15:48.307Z"

Content = dict[str, Any]


def export(*ran: str, failed: Any = (), **keys: Any) -> Content:
    """An export with these keys, for which these commands were run."""
    head = {
        "baseline_version": "1",
        "module_version": "1.8.0",
        "timestamp_zulu": MADE,
        "tenant_details": [{"TenantId": TENANT, "DisplayName": "Contoso"}],
        "exo_successful_commands": list(ran),
        "exo_unsuccessful_commands": list(failed),
    }
    return head | keys


def policy(**values: Any) -> Content:
    """A conditional access policy as PowerShell writes it: for everybody, demanding MFA."""
    targets: Content = {
        f"{side}{kind}": [] for side in ("Include", "Exclude") for kind in ("Users", "Groups", "Roles")
    }
    return {
        "Id": "11111111-1111-4111-8111-111111111111",
        "DisplayName": "MFA for all",
        "State": "enabled",
        "Conditions": {
            "ClientAppTypes": ["all"],
            "Users": targets | {"IncludeUsers": ["All"]},
            "Applications": {"IncludeApplications": ["All"], "ExcludeApplications": []},
        },
        "GrantControls": {"Operator": "OR", "BuiltInControls": ["mfa"]},
        **values,
    }


def preset(name: str, **values: Any) -> Content:
    """A rule of a preset, for everybody."""
    conditions = ("SentTo", "SentToMemberOf", "RecipientDomainIs")
    return {
        "Name": f"{name} Preset Security Policy",
        "State": "Enabled",
        "Priority": 0,
        **{kind: f"{name} {kind}" for kind in ("HostedContentFilterPolicy", "AntiPhishPolicy")},
        "MalwareFilterPolicy": f"{name} MalwareFilterPolicy",
        **dict.fromkeys((*conditions, *(f"ExceptIf{one}" for one in conditions))),
        **values,
    }


def saved(folder: Path, content: object) -> Path:
    file = folder / "ProviderSettingsExport.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


def imported(folder: Path, content: object) -> ImportReport:
    return import_scuba(saved(folder, content), EvidenceFolder(folder / "evidence"))


def rows(report: ImportReport, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
    """The rows of a table that was filled."""
    path = report.run.table_path(table)
    with duckdb.connect() as connection:
        return connection.execute(f"SELECT {columns} FROM {scan(path)} ORDER BY ALL").fetchall()
