"""What stays in the record of a change of configuration: settings by name and value, people by number."""

from pathlib import Path
from typing import Any

from tests.assess.hand_made import Evidence
from tests.store.rows import NOW

from securescore.assess.records import record_differences
from securescore.evidence import TABLES
from securescore.services.record.differences import NAMING_PEOPLE, SETTINGS, told

SPAM: dict[str, Any] = {"policy": "Default", "is_default": True, "allowed_senders": ["friend@other.example"]}


def differences(tmp_path: Path, table: str, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Any:
    evidence = Evidence(tmp_path / "evidence")
    old, new = (
        evidence.run(NOW.replace(hour=hour), {table: rows}) for hour, rows in ((1, before), (2, after))
    )
    (found,) = record_differences(old, new, [table])
    return told(found)


def test_a_setting_is_named_with_both_values(tmp_path: Path) -> None:
    before = [SPAM | {"bulk_threshold": 7}]
    after = [SPAM | {"bulk_threshold": 5}]
    assert differences(tmp_path, "spam_policies", before, after) == {
        "table": "spam_policies",
        "total": 1,
        "listed": [
            {
                "record": "Default",
                "kind": "changed",
                "property": "bulk_threshold",
                "before": "7",
                "after": "5",
            }
        ],
    }


def test_of_a_setting_that_names_people_only_the_change_is_told(tmp_path: Path) -> None:
    after = [SPAM | {"allowed_senders": ["somebody@other.example"]}]
    found = differences(tmp_path, "spam_policies", [SPAM], after)
    assert "@" not in str(found)
    assert found["listed"][0]["property"] == "allowed_senders"


def test_of_people_only_the_number_is_told(tmp_path: Path) -> None:
    user = {"user_id": "00000001-0000-4000-8000-000000000000", "user_name": "a@one.example", "enabled": True}
    found = differences(tmp_path, "users", [user], [user | {"enabled": False}])
    assert found == {"table": "users", "total": 1, "listed": []}


def test_the_lists_name_what_there_is() -> None:
    assert set(TABLES) >= SETTINGS
    columns = {column.name for name in SETTINGS for column in TABLES[name].columns}
    assert columns >= NAMING_PEOPLE
