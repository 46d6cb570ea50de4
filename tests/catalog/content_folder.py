"""A small content folder, and a way to write one file of it wrong."""

from pathlib import Path

import yaml

from securescore.catalog.check import Exemption, Finding, check_content
from securescore.catalog.loader import read_content

RELATIONS = {"organization": ["tenant_id", "name"], "users": ["user_id", "user_name", "enabled"]}

SQL = """\
select tenant_id as entity_id, name as entity_name,
    case name when 'good' then 'protected' when 'bad' then 'exposed' else 'unknown' end as verdict,
    json_object('code', case name when 'good' then 'on' else 'off' end, 'name', name) as detail
from organization
"""

CASES = """\
- {name: on, given: {organization: [{tenant_id: a, name: good}]}, expect: {protected: [a], details: {a: "on"}}}
- {name: off, given: {organization: [{tenant_id: a, name: bad}]}, expect: {exposed: [a], points: 0}}
- {name: not read, given: {organization: [{tenant_id: a}]}, expect: {unknown: [a]}}
- {name: nobody, given: {organization: []}, expect: {outcome: not_applicable}}
"""


def texts(language: str) -> dict[str, object]:
    return {
        "title": f"Titel {language}",
        "why": "Because.",
        "do": ["First.", "Second."],
        "users_notice": "Nothing.",
        "prerequisites": "None.",
        "wrong_when": ["Never."],
        "details": {"on": "On for {name}", "off": "Off for {name}"},
    }


def form(action_id: str, **changes: object) -> dict[str, object]:
    """A right form with some keys set, or left out where the change is None."""
    right: dict[str, object] = {
        "id": action_id,
        "service": "AzureAD",
        "kind": "configuration",
        "lifecycle": "stable",
        "category": "Identity",
        "points": [{"value": 7}, {"value": 8, "from": "2023-12-01"}],
        "scoring": "all_or_nothing",
        "entity": "tenant",
        "when_empty": "not_applicable",
        "confidence": "verified",
        "evidence": ["organization"],
        "licence": {"plans": ["AAD_PREMIUM"], "note": "Entra ID P1"},
        "tier": "core",
        "cost": "low",
        "user_impact": "low",
        "threats": ["account_breach"],
        "our_judgement": ["cost"],
        "link": "https://entra.microsoft.com/",
        "en": texts("en"),
        "nl": texts("nl"),
    }
    return {key: value for key, value in (right | changes).items() if value is not None}


class ContentFolder:
    """Writes actions, and says what is wrong with them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(
        self,
        action_id: str = "Sample",
        *,
        sql: str | None = SQL,
        cases: str | None = CASES,
        file: str | None = None,
        folder: str = "entra_id",
        **changes: object,
    ) -> Path:
        target = self.path / folder / f"{file or action_id}.yaml"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(yaml.safe_dump(form(action_id, **changes), sort_keys=False), "utf-8")
        for text, suffix in ((sql, ".sql"), (cases, ".cases.yaml")):
            if text is not None:
                target.with_suffix(suffix).write_text(text, "utf-8")
        return target

    def skeleton(self, action_id: str = "Bare", **changes: object) -> Path:
        bare = dict.fromkeys(
            ("points", "scoring", "entity", "when_empty", "confidence", "evidence", "licence", "link", "nl")
        )
        parts = {**bare, "lifecycle": "skeleton", "en": {"title": "Bare"}, **changes}
        return self.write(action_id, sql=None, cases=None, **parts)  # type: ignore[arg-type]

    def findings(self, *exemptions: Exemption) -> list[Finding]:
        return check_content(read_content(self.path), RELATIONS, exemptions)

    def lines(self) -> list[str]:
        return [str(finding) for finding in self.findings()]
