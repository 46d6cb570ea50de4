"""Objects of cmdlets as rows: what is not used, what is not known and what cannot be used stay three things."""

import json
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.evidence.desk import Shaped, written

from securescore.connectors.exchange_online import shapes
from securescore.connectors.exchange_online.mail_filtering import shape_rules
from securescore.connectors.exchange_online.read import objects
from securescore.connectors.exchange_online.shapes import RuleSet
from securescore.errors import CollectionError
from securescore.evidence import Table
from securescore.evidence.tables.microsoft_365.exchange_online import TRANSPORT_RULES
from securescore.evidence.tables.microsoft_365.mail_policies import DEFENDER_MAIL_RULES, MAIL_RULES
from securescore.evidence.tables.microsoft_365.purview import (
    AUTO_LABEL_POLICIES,
    COMPLIANCE_SETTINGS,
    DLP_POLICIES,
    LABEL_POLICIES,
)

CONDITIONS = (
    "recipients",
    "member_of",
    "domains",
    "except_recipients",
    "except_member_of",
    "except_domains",
)
RECIPIENTS = (
    "SentTo",
    "SentToMemberOf",
    "RecipientDomainIs",
    "ExceptIfSentTo",
    "ExceptIfSentToMemberOf",
    "ExceptIfRecipientDomainIs",
)
ALL_SETS = (*shapes.MAIL_RULE_SETS, *shapes.DEFENDER_RULE_SETS)
STRICT = "Strict Preset Security Policy"


def rows(rules: RuleSet, *items: dict[str, Any]) -> list[dict[str, Any]]:
    return list(shapes.rule_rows(rules, items))


def rule(name: str = "rule", **values: Any) -> dict[str, Any]:
    return {"Name": name, "State": "Enabled", "Priority": 0, **dict.fromkeys(RECIPIENTS), **values}


def test_a_custom_rule() -> None:
    item = rule(
        HostedContentFilterPolicy="Sales",
        Priority=3,
        SentTo=["ada@northwharf.example"],
        ExceptIfSentToMemberOf=["sales@northwharf.example"],
    )
    assert rows(shapes.SPAM_RULES, item) == [
        {
            "policy_kind": "spam",
            "family": "custom",
            "rule": "rule",
            "policy": "Sales",
            "state": "Enabled",
            "priority": 3,
            "recipients": ["ada@northwharf.example"],
            "member_of": [],
            "domains": [],
            "except_recipients": [],
            "except_member_of": ["sales@northwharf.example"],
            "except_domains": [],
        }
    ]


def test_outbound_rules_are_about_senders() -> None:
    item = {
        "Name": "out",
        "From": ["ada@northwharf.example"],
        "FromMemberOf": None,
        "SenderDomainIs": [],
        "ExceptIfSenderDomainIs": ["northwharf.example"],
        "SentTo": ["nobody@northwharf.example"],
    }
    (row,) = rows(shapes.OUTBOUND_SPAM_RULES, item)
    assert [row[column] for column in CONDITIONS] == [
        ["ada@northwharf.example"],
        [],
        [],
        None,
        None,
        ["northwharf.example"],
    ]


@pytest.mark.parametrize(
    ("name", "family"),
    [
        (STRICT, "strict"),
        ("Standard Preset Security Policy", "standard"),
        ("standard preset security policy ", "standard"),
        ("Strict Preset Security Policy1681329956650", "unknown"),
        ("Strict", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
        (7, "unknown"),
        ([STRICT], "unknown"),
    ],
)
def test_a_preset_is_known_by_its_name_and_never_guessed(name: Any, family: str) -> None:
    presets = rows(shapes.PRESET_RULES, rule(name, MalwareFilterPolicy="m"))
    assert [(row["policy_kind"], row["family"], row["policy"]) for row in presets] == [
        ("spam", family, None),
        ("malware", family, "m"),
        ("anti_phish", family, None),
    ]
    assert {row["policy_kind"] for row in rows(shapes.DEFENDER_PRESET_RULES, rule(name))} == {
        "safe_links",
        "safe_attachments",
    }


def test_built_in_protection_is_for_everybody_but_the_exceptions() -> None:
    item = {
        "Name": "ATP Built-In Protection Rule",
        "ExceptIfSentTo": ["a@b.example"],
        "ExceptIfSentToMemberOf": None,
    }
    for row in rows(shapes.BUILT_IN_RULES, item):
        assert row["family"] == "built_in"
        assert [row[column] for column in CONDITIONS] == [[], [], [], ["a@b.example"], [], None]
    (row, _) = rows(shapes.BUILT_IN_RULES, {**item, "SentTo": ["c@d.example"], "RecipientDomainIs": 7})
    assert (row["recipients"], row["domains"]) == (["c@d.example"], 7), "what it says all the same is heard"
    assert "SentTo" not in shapes.BUILT_IN_RULES.select


@pytest.mark.parametrize("rules", ALL_SETS, ids=lambda rules: str(rules.cmdlet))
def test_what_is_read_is_asked_for(rules: RuleSet) -> None:
    asked = dict.fromkeys(rules.select, "x")
    for row in rows(rules, asked):
        assert {column for column, value in row.items() if value is None} == set()
    assert len(set(rules.select)) == len(rules.select)


def test_a_transport_rule() -> None:
    item = {
        "Guid": "g",
        "Name": "Partner",
        "State": "Enabled",
        "Mode": "Enforce",
        "Priority": 1,
        "SetSCL": -1,
        "SenderDomainIs": ["partner.example"],
        "FromAddressContainsWords": None,
    }
    (row,) = shapes.transport_rule_rows([item])
    assert row == {
        "rule_id": "g",
        "rule_name": "Partner",
        "state": "Enabled",
        "mode": "Enforce",
        "priority": 1,
        "spam_score": -1,
        "sets_spam_score": True,
        "sender_domains": ["partner.example"],
        "from_words": [],
        "from_patterns": None,
    }
    assert set(row) == {column.name for column in TRANSPORT_RULES.columns}


@pytest.mark.parametrize(("item", "sets"), [({}, None), ({"SetSCL": None}, False), ({"SetSCL": {}}, True)])
def test_whether_a_rule_sets_a_score(item: dict[str, Any], sets: bool | None) -> None:  # noqa: FBT001
    (row,) = shapes.transport_rule_rows([item])
    assert row["sets_spam_score"] is sets


def label_policy(**values: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "ExchangeLocation": [],
        "ModernGroupLocation": [],
        "ExchangeLocationException": [],
        "ModernGroupLocationException": None,
    }
    return {
        "Guid": "p",
        "Name": "Everyone",
        "Mode": "Enforce",
        "Enabled": True,
        "Labels": ["a"],
        **empty,
        **values,
    }


@pytest.mark.parametrize(
    ("values", "locations"),
    [
        ({}, []),
        ({"ExchangeLocation": ["All"]}, ["all"]),
        ({"ExchangeLocation": [{"Name": "All", "DisplayName": "x"}]}, ["all"]),
        ({"ExchangeLocation": ["Ada@Northwharf.example"]}, ["ada@northwharf.example"]),
        ({"ExchangeLocation": [{"Name": " B@c.example"}, "d@e.example"]}, ["b@c.example", "d@e.example"]),
        ({"ModernGroupLocation": ["Sales@northwharf.example"]}, ["sales@northwharf.example"]),
        ({"ModernGroupLocation": ["All"]}, ["all groups"]),
        (
            {"ExchangeLocation": ["All"], "ModernGroupLocation": [{"Name": "G@h.example"}]},
            ["all", "g@h.example"],
        ),
        ({"ExchangeAdaptiveScopes": ["Dutch people"]}, ["dutch people"]),
        ({"ExchangeAdaptiveScopes": None}, []),
        ({"ExchangeLocation": [{"DisplayName": "x"}]}, [[{"DisplayName": "x"}]]),
        ({"ExchangeLocation": ["All", None]}, [["All", None]]),
        ({"ExchangeLocation": "All"}, "All"),
        ({"ExchangeLocation": ["All"], "ModernGroupLocation": 7}, 7),
        ({"ExchangeLocation": ["All"], "ExchangeAdaptiveScopes": {}}, {}),
    ],
)
def test_to_whom_labels_are_published(values: dict[str, Any], locations: Any) -> None:
    (row,) = shapes.policy_rows(shapes.LABEL_POLICIES, [label_policy(**values)])
    assert row["locations"] == locations
    assert row["except_locations"] == []
    assert row["labels"] == ["a"]
    assert set(row) == {column.name for column in LABEL_POLICIES.columns}


@pytest.mark.parametrize("absent", ["ExchangeLocation", "ModernGroupLocation"])
def test_half_of_the_locations_are_not_known_as_a_whole(absent: str) -> None:
    item = label_policy(ExchangeLocation=["All"], ModernGroupLocation=["g@h.example"])
    del item[absent]
    (row,) = shapes.policy_rows(shapes.LABEL_POLICIES, [item])
    assert row["locations"] is None


@pytest.mark.parametrize(
    ("values", "locations", "exceptions"),
    [
        ({"ExchangeLocation": ["All"]}, ["all"], None),
        ({"ExchangeLocation": ["All"], "ExchangeSender": [], "ExchangeSenderMemberOf": None}, ["all"], None),
        ({"ExchangeLocation": ["All"], "ExchangeSender": ["A@b.example"]}, ["a@b.example"], None),
        (
            {
                "ExchangeLocation": ["All"],
                "ExchangeSender": ["a@b.example"],
                "ExchangeSenderMemberOf": ["g@h.example"],
            },
            ["a@b.example", "g@h.example"],
            None,
        ),
        ({"ExchangeLocation": [], "ExchangeSender": ["a@b.example"]}, [], None),
        ({"ExchangeLocation": ["All"], "ExchangeSender": "a@b.example"}, "a@b.example", None),
        ({"ExchangeSender": ["a@b.example"]}, None, None),
        (
            {"ExchangeSenderException": ["A@b.example"], "ExchangeSenderMemberOfException": ["g@h.example"]},
            None,
            ["a@b.example", "g@h.example"],
        ),
        ({"ExchangeSenderException": ["a@b.example"]}, None, None),
    ],
)
def test_whose_mail_is_labelled(values: dict[str, Any], locations: Any, exceptions: Any) -> None:
    (row,) = shapes.policy_rows(shapes.AUTO_LABEL_POLICIES, [{"Guid": "p", **values}])
    assert row["exchange_locations"] == locations
    assert row["except_exchange_locations"] == exceptions
    assert set(row) == {column.name for column in AUTO_LABEL_POLICIES.columns}


def test_a_dlp_policy() -> None:
    item = {"Guid": "p", "Name": "Cards", "Mode": "Enable", "Enabled": True, "TeamsLocation": ["All"]}
    (row,) = shapes.policy_rows(shapes.DLP_POLICIES, [{**item, "ExchangeLocation": None}])
    assert row == {
        "policy_id": "p",
        "policy": "Cards",
        "mode": "Enable",
        "enabled": True,
        "exchange_locations": [],
        "sharepoint_locations": None,
        "onedrive_locations": None,
        "teams_locations": ["all"],
    }
    assert set(row) == {column.name for column in DLP_POLICIES.columns}


def test_the_compliance_settings() -> None:
    (row,) = shapes.compliance_settings_rows([{"PurviewLabelConsent": True, "Name": "x"}])
    assert row == {"settings": "Settings", "purview_label_consent": True}
    assert set(row) == {column.name for column in COMPLIANCE_SETTINGS.columns}


@pytest.mark.parametrize(
    "item", [b"7", b"[]", b"null", b'"text"', b"{", b"", b"[" * 10_000, b'{"Name": "\xff"}']
)
def test_what_is_no_object_is_an_error(item: bytes) -> None:
    with pytest.raises(CollectionError, match="no JSON object"):
        list(shape_rules((shapes.SPAM_RULES, [item])))


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
VALUES = JSON | st.lists(st.text(max_size=8), max_size=3) | st.just([{"Name": "All"}])


def objects_with(*properties: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Objects in which each property is absent, right or anything else."""
    one = st.fixed_dictionaries({}, optional=dict.fromkeys(properties, VALUES))
    return st.lists(one, min_size=1, max_size=10)


def numbered(items: list[dict[str, Any]], key: str) -> list[bytes]:
    """The objects as the service would send them, each with a key of its own."""
    return [json.dumps({**item, key: f"{n:03}"}).encode() for n, item in enumerate(items)]


def written_rows(table: Table, given_rows: Any) -> Shaped:
    """The rows after they went through the writer into a file, and its count of rejections."""
    with TemporaryDirectory() as folder:
        return written(Path(folder), table, rows=list(given_rows))


def expected(item: dict[str, Any], name: str) -> tuple[Any, bool]:
    """What a condition comes to in the file, and whether it counts as rejected."""
    if name not in item:
        return None, False
    value = item[name]
    if value is None:
        return [], False
    usable = isinstance(value, list) and all(isinstance(part, str) for part in value)
    return (value, False) if usable else (None, True)


def check(table: Table, found: Shaped, wanted: list[dict[str, tuple[Any, bool]]]) -> None:
    """Compares columns of the file, row by row, and the rejections that were counted."""
    names = [column.name for column in table.columns]
    assert len(found.rows) == len(wanted)
    for row, values in zip(found.rows, wanted, strict=True):
        assert {name: row[names.index(name)] for name in values} == {n: v for n, (v, _) in values.items()}
    rejections = found.record.rejections or {}
    for name in wanted[0]:
        assert rejections.get(name, 0) == sum(values[name][1] for values in wanted)


@pytest.mark.parametrize("rules", [shapes.SPAM_RULES, shapes.OUTBOUND_SPAM_RULES, shapes.SAFE_LINKS_RULES])
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_no_condition_that_was_there_is_lost(rules: RuleSet, data: st.DataObject) -> None:
    items = data.draw(objects_with("State", "Priority", *rules.policies.values(), *rules.conditions.values()))
    texts = numbered(items, "Name")
    table = MAIL_RULES if rules in shapes.MAIL_RULE_SETS else DEFENDER_MAIL_RULES
    wanted = [{c: expected(item, name) for c, name in rules.conditions.items()} for item in items]
    check(table, written_rows(table, shape_rules((rules, texts))), wanted)


@settings(max_examples=15, deadline=None)
@given(
    objects_with(
        "SetSCL", "Priority", "SenderDomainIs", "FromAddressContainsWords", "FromAddressMatchesPatterns"
    )
)
def test_no_condition_of_a_transport_rule_is_lost(items: list[dict[str, Any]]) -> None:
    columns = {
        "sender_domains": "SenderDomainIs",
        "from_words": "FromAddressContainsWords",
        "from_patterns": "FromAddressMatchesPatterns",
    }
    shaped = shapes.transport_rule_rows(objects(numbered(items, "Guid")))
    wanted = [{c: expected(item, name) for c, name in columns.items()} for item in items]
    found = written_rows(TRANSPORT_RULES, shaped)
    check(TRANSPORT_RULES, found, wanted)
    names = [column.name for column in TRANSPORT_RULES.columns]
    for row, item in zip(found.rows, items, strict=True):
        sets = item["SetSCL"] is not None if "SetSCL" in item else None
        assert row[names.index("sets_spam_score")] is sets


LOCATIONS = ("ExchangeLocation", "ModernGroupLocation", "ExchangeAdaptiveScopes")


def unusable(value: object) -> bool:
    """Whether a value is neither null nor a list of texts and of objects with a name."""
    parts = value if isinstance(value, list) else [value]
    names = [part.get("Name") if isinstance(part, dict) else part for part in parts]
    return value is not None and not (isinstance(value, list) and all(isinstance(n, str) for n in names))


@settings(max_examples=20, deadline=None)
@given(objects_with(*LOCATIONS, "Labels", "Enabled"))
def test_no_location_that_was_there_is_lost(items: list[dict[str, Any]]) -> None:
    rows_given = list(shapes.policy_rows(shapes.LABEL_POLICIES, objects(numbered(items, "Guid"))))
    found = written_rows(LABEL_POLICIES, rows_given)
    names = [column.name for column in LABEL_POLICIES.columns]
    rejected = 0
    for row, item in zip(found.rows, items, strict=True):
        places = row[names.index("locations")]
        if any(unusable(item[name]) for name in LOCATIONS if name in item):
            rejected += 1
            assert places is None
        elif {"ExchangeLocation", "ModernGroupLocation"} - item.keys():
            assert places is None
        else:
            assert (places == []) == (not any(item.get(name) for name in LOCATIONS))
    assert (found.record.rejections or {}).get("locations", 0) == rejected


@given(
    st.lists(
        st.dictionaries(st.sampled_from([*RECIPIENTS, *LOCATIONS, "Name", "Guid", "SetSCL"]), JSON),
        max_size=3,
    )
)
def test_any_object_can_be_shaped(items: list[dict[str, Any]]) -> None:
    texts = [json.dumps(item).encode() for item in items]
    for rules in ALL_SETS:
        assert len(list(shape_rules((rules, texts)))) == len(items) * len(rules.policies)
    for policies in (shapes.DLP_POLICIES, shapes.LABEL_POLICIES, shapes.AUTO_LABEL_POLICIES):
        assert len(list(shapes.policy_rows(policies, objects(texts)))) == len(items)
    assert len(list(shapes.transport_rule_rows(objects(texts)))) == len(items)
    assert len(list(shapes.compliance_settings_rows(objects(texts)))) == len(items)


@given(st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_text_is_shaped_or_refused(text: bytes) -> None:
    with suppress(CollectionError):
        assert len(list(shape_rules((shapes.PRESET_RULES, [text])))) == len(shapes.PRESET_RULES.policies)


def test_the_rules_of_a_real_tenant(shared: Path) -> None:
    export = shared / "data" / "scuba-sample" / "ProviderSettingsExport.json"
    real = json.loads(export.read_text(encoding="utf-8-sig"))
    presets = rows(shapes.PRESET_RULES, *real["protection_policy_rules"])
    defender = rows(shapes.DEFENDER_PRESET_RULES, *real["atp_policy_rules"])
    for found, kinds in ((presets, 3), (defender, 2)):
        assert [row["family"] for row in found] == ["strict"] * kinds + ["standard"] * kinds
        assert all(row["policy"].startswith(row["rule"]) for row in found)
        assert all(isinstance(row[column], list) for row in found for column in CONDITIONS)
    policies = list(shapes.policy_rows(shapes.DLP_POLICIES, real["dlp_compliance_policies"]))
    assert len(policies) == len(real["dlp_compliance_policies"])
    assert all(isinstance(row["teams_locations"], list) for row in policies)
    assert ["all"] in [row["teams_locations"] for row in policies]
    (transport,) = shapes.transport_rule_rows(real["transport_rule"])
    assert (transport["sets_spam_score"], transport["sender_domains"]) == (False, [])
