"""The SQL of the facts and a second, plainly written version agree on thousands of invented tenants."""

import re
from collections import Counter
from collections.abc import Iterable

import duckdb
import pytest
from tests.facts import oracle, oracle_people
from tests.facts.loading import load
from tests.facts.tenants import PLAIN_POLICY, tenant

from securescore.facts import load_facts
from securescore.facts.cases import label_to_uuid

FACTS = {name: load_facts()[name] for name in ("sign_in_protection", "privileged_people")}
PLAIN = set(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", FACTS["privileged_people"].sql))

FEW = range(120)
MANY = [range(start, start + 500) for start in range(1000, 3000, 500)]


def sign_in_protection(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], oracle.Answer]:
    rows = connection.execute("FROM sign_in_protection").fetchall()
    found = {(str(user), protection): answer for user, protection, *answer in rows}
    assert len(found) == len(rows), "a user has two rows for one protection"
    return {key: (verdict, code, name) for key, (verdict, code, name) in found.items()}


def privileged_people(
    connection: duckdb.DuckDBPyConnection,
) -> dict[tuple[str, str, str | None, bool], tuple[bool | None, str | None]]:
    rows = connection.execute(
        "SELECT user_id::TEXT, role_template_id::TEXT, group_id::TEXT, eligible, permanent, scope "
        "FROM privileged_people"
    ).fetchall()
    found = {(user, role, group, eligible): rest for user, role, group, eligible, *rest in rows}
    assert len(found) == len(rows), "a way is there twice"
    return {key: (permanent, scope) for key, (permanent, scope) in found.items()}


def compare(connection: duckdb.DuckDBPyConnection, seed: int, rows: oracle.Tenant) -> Counter[str]:
    connection.execute(f"SET VARIABLE seed = {seed}")
    expected = {
        (identifier(user), protection): answer
        for (user, protection), answer in oracle.sign_in_protection(rows).items()
    }
    assert sign_in_protection(connection) == expected, f"seed {seed}"
    people = {
        (identifier(user), identifier(role), identifier(group) if group else None, eligible): value
        for (user, role, group, eligible), value in oracle_people.privileged_people(rows, PLAIN).items()
    }
    assert privileged_people(connection) == people, f"seed {seed}"
    return Counter(code for _, code, _ in expected.values())


def identifier(label: str) -> str:
    return str(label_to_uuid(label))


def compare_all(
    connection: duckdb.DuckDBPyConnection, seeds: Iterable[int], policies: int | None = None
) -> Counter[str]:
    """How often each code was seen."""
    tenants = {seed: tenant(seed, policies) for seed in seeds}
    load(connection, FACTS, tenants)
    return sum((compare(connection, seed, rows) for seed, rows in tenants.items()), Counter[str]())


def test_a_few_tenants(connection: duckdb.DuckDBPyConnection) -> None:
    seen = compare_all(connection, FEW)
    assert set(seen) == set(oracle.ORDER), "the invented tenants do not show every code"


@pytest.mark.slow
@pytest.mark.parametrize("seeds", MANY, ids=str)
def test_thousands_of_tenants(connection: duckdb.DuckDBPyConnection, seeds: range) -> None:
    seen = compare_all(connection, seeds)
    assert min(seen[code] for code in oracle.ORDER) > 50, f"a code is hardly ever reached: {seen}"


def test_tenants_with_more_policies_than_a_word_has_bits(connection: duckdb.DuckDBPyConnection) -> None:
    seen = compare_all(connection, range(8), policies=150)
    assert seen["policy"] > 0


def test_the_first_by_name_is_found_across_words(connection: duckdb.DuckDBPyConnection) -> None:
    rows = tenant(0)
    rows["users"] = rows["users"][:1]
    rows["security_defaults"] = [{"policy_id": "the policy", "enabled": False}]
    rows["conditional_access_policies"] = [
        {
            **PLAIN_POLICY,
            "policy_id": f"policy {number}",
            "policy_name": f"{number:03}",
            "state": "enabled" if number >= 125 else "enabledForReportingButNotEnforced",
        }
        for number in range(130)
    ]
    rows["conditional_access_targets"] = [
        {"policy_id": f"policy {number}", "ordinal": 0, "kind": "all_users", "excluded": False}
        for number in range(130)
    ]
    load(connection, FACTS, {0: rows})
    connection.execute("SET VARIABLE seed = 0")
    answers = sign_in_protection(connection)
    assert answers[identifier(rows["users"][0]["user_id"]), "mfa"] == ("protected", "policy", "125")
