"""The SQL of `mail_protection` and a second, plainly written version agree on thousands of invented tenants."""

from collections import Counter
from collections.abc import Iterable

import duckdb
import pytest
from tests.facts.loading import load
from tests.facts.mail_tenants import mail_tenant
from tests.facts.oracle_mail import ENDS, FAMILIES, Possible, mail_protection

from securescore.facts import load_facts

FACTS = {"mail_protection": load_facts()["mail_protection"]}
FEW = range(200)
MANY = [range(start, start + 1000) for start in range(1000, 4000, 1000)]


def found(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], Possible]:
    answers: dict[tuple[str, str], set[tuple[str | None, str | None]]] = {}
    rows = connection.execute(
        "SELECT mailbox_id, policy_kind, family, policy FROM mail_protection"
    ).fetchall()
    assert len(set(rows)) == len(rows), "a policy is there twice"
    for mailbox, kind, family, policy in rows:
        answers.setdefault((mailbox, kind), set()).add((family, policy))
    return {key: frozenset(value) for key, value in answers.items()}


def compare_all(connection: duckdb.DuckDBPyConnection, seeds: Iterable[int]) -> Counter[str | None]:
    """How often each family surely won, and how often more than one thing might have ("several")."""
    tenants = {seed: mail_tenant(seed) for seed in seeds}
    load(connection, FACTS, tenants)
    seen: Counter[str | None] = Counter()
    for seed, rows in tenants.items():
        connection.execute(f"SET VARIABLE seed = {seed}")
        expected = mail_protection(rows)
        assert found(connection) == expected, f"seed {seed}"
        for possible in expected.values():
            seen["several" if len(possible) > 1 else next(iter(possible))[0]] += 1
    return seen


def test_a_few_tenants(connection: duckdb.DuckDBPyConnection) -> None:
    seen = compare_all(connection, FEW)
    assert set(seen) == {*FAMILIES, *ENDS.values(), "several"}, "the invented tenants do not show every end"


@pytest.mark.slow
@pytest.mark.parametrize("seeds", MANY, ids=str)
def test_thousands_of_tenants(connection: duckdb.DuckDBPyConnection, seeds: range) -> None:
    assert min(compare_all(connection, seeds).values()) > 50
