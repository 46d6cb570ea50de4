"""A million users, five million memberships and a hundred policies, on two threads.

The bounds leave room for a busy machine: alone it takes 2 to 3 s.
"""

import pytest
from tests.facts.large_tenant import measure

MILLION = 1_000_000


@pytest.mark.slow
@pytest.mark.parametrize(("name", "rows"), [("sign_in_protection", 4 * MILLION), ("privileged_people", None)])
def test_a_million_users(name: str, rows: int | None) -> None:
    measured = measure(name, MILLION)
    assert measured["rows"] == rows or (rows is None and measured["rows"] > 5000)
    assert measured["peak_mb"] < 1500
    assert measured["cpu_seconds"] < 30
