"""Every case beside every fact, over a real DuckDB."""

import duckdb
import pytest

from securescore.facts import load_facts
from securescore.facts.cases import FactCase, read_fact_cases, run_fact_case

FACTS = load_facts()
CASES = [
    pytest.param(name, case, id=f"{name}: {case.name}") for name in FACTS for case in read_fact_cases(name)
]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_case(name: str, case: FactCase) -> None:
    with duckdb.connect() as connection:
        found, expected = run_fact_case(connection, FACTS[name], FACTS, case)
    assert found == expected


@pytest.mark.parametrize("name", FACTS)
def test_names_of_cases_are_unique(name: str) -> None:
    names = [case.name for case in read_fact_cases(name)]
    assert len(set(names)) == len(names)
