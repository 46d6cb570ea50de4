"""A large tenant of made-up rows, and what deriving a fact from it costs.

    python -m tests.facts.large_tenant sign_in_protection 1000000

prints seconds, peak memory and rows as JSON. The tables are Parquet files, as in a run's folder.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from securescore.evidence.tables import table_named
from securescore.facts import load_facts

ROOT = Path(__file__).parents[2]
GROUPS = 2000
POLICIES = 100


def _id(kind: str, number: str) -> str:
    return f"md5('{kind}' || ({number})::VARCHAR)::UUID"


def queries(users: int) -> dict[str, str]:
    """A SELECT for each table: some columns by name, the others are null."""
    user, group, role, policy = (_id(kind, "i") for kind in ("user", "group", "role", "policy"))
    holder = f"CASE WHEN i % 10 = 0 THEN {group} ELSE {_id('user', 'i * 97')} END"
    return {
        "users": f"""
            SELECT {user} AS user_id, i % 11 <> 0 AS enabled, 'User ' || i AS display_name,
                CASE WHEN i % 20 = 0 THEN 'guest' || i || '_else.example#EXT#@north.example'
                    ELSE 'user' || i || '@' || CASE WHEN i % 7 = 0 THEN 'fed' ELSE 'north' END || '.example'
                END AS user_name,
                CASE WHEN i % 20 = 0 THEN 'Guest' ELSE 'Member' END AS user_type
            FROM range({users}) AS t (i)""",
        "domains": """
            FROM (VALUES ('north.example', 'Managed'), ('fed.example', 'Federated')) AS t (domain, authentication)""",
        "groups": f"SELECT {group} AS group_id, 'Group ' || i AS group_name FROM range({GROUPS}) AS t (i)",
        "group_members": f"""
            SELECT {_id("group", f"hash(i, 1) % {GROUPS}")} AS group_id, {_id("user", f"i % {users}")} AS user_id
            FROM range({5 * users}) AS t (i)""",
        "role_definitions": f"SELECT {role} AS role_id, {role} AS template_id FROM range(100) AS t (i)",
        "role_assignments": f"""
            SELECT 'a' || i AS assignment_id, {holder} AS principal_id, {_id("role", "i % 100")} AS role_id, '/' AS scope
            FROM range(5000) AS t (i)""",
        "role_assignment_schedules": f"""
            SELECT 's' || i AS assignment_id, {holder} AS principal_id, {_id("role", "i % 100")} AS role_id,
                '/' AS scope, 'Assigned' AS assignment_type
            FROM range(5000) AS t (i)""",
        "role_eligibilities": f"""
            SELECT 'e' || i AS eligibility_id, {holder} AS principal_id, {_id("role", "i % 100")} AS role_id, '/' AS scope
            FROM range(5000) AS t (i)""",
        "conditional_access_policies": f"""
            SELECT {policy} AS policy_id, 'CA' || i || ' Require something of somebody' AS policy_name,
                CASE i % 10 WHEN 9 THEN 'enabledForReportingButNotEnforced' WHEN 8 THEN 'disabled' ELSE 'enabled' END AS state,
                i % 13 <> 5 AS all_applications, i % 17 = 3 AS narrowed_by_locations,
                false AS narrowed_by_platforms, false AS narrowed_by_devices,
                false AS narrowed_by_application_filter, false AS narrowed_by_authentication_flows,
                [] AS exclude_applications, [] AS user_actions, [] AS authentication_contexts,
                CASE WHEN i % 5 = 1 THEN ['exchangeActiveSync', 'other'] ELSE ['all'] END AS client_app_types,
                CASE WHEN i % 5 = 2 THEN ['medium', 'high'] ELSE [] END AS sign_in_risk_levels,
                CASE WHEN i % 5 = 3 THEN ['high'] ELSE [] END AS user_risk_levels,
                CASE WHEN i % 19 = 4 THEN ['insiderRiskLevels'] ELSE [] END AS unknown_conditions,
                [] AS unknown_controls, [] AS custom_controls, [] AS terms_of_use, 'OR' AS grant_operator,
                CASE i % 5 WHEN 1 THEN ['block'] WHEN 3 THEN ['passwordChange'] ELSE ['mfa'] END AS grant_controls
            FROM range({POLICIES}) AS t (i)""",
        "conditional_access_targets": f"""
            SELECT {policy} AS policy_id, (100 * i + j)::INTEGER AS ordinal, false AS some_tenants, j >= 20 AS excluded,
                CASE WHEN i % 4 = 0 AND j = 0 THEN 'all_users' ELSE 'group' END AS kind,
                CASE WHEN i % 4 <> 0 OR j <> 0 THEN {_id("group", f"(i * 20 + j * 131) % {GROUPS}")} END AS target_id
            FROM range({POLICIES}) AS t (i), range(22) AS s (j)""",
        "authentication_strengths": "SELECT uuid() AS strength_id, 'mfa' AS satisfies",
        "per_user_mfa": f"""
            SELECT {user} AS user_id, CASE WHEN i % 50 = 0 THEN 'enforced' ELSE 'disabled' END AS state
            FROM range({users}) AS t (i)""",
        "security_defaults": "SELECT 'the policy' AS policy_id, false AS enabled",
    }


def write(folder: Path, users: int) -> None:
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        for name, query in queries(users).items():
            nulls = ", ".join(f"NULL::{column.type} AS {column.name}" for column in table_named(name).columns)
            connection.execute(
                f"COPY (SELECT * FROM (SELECT {nulls}) WHERE false UNION ALL BY NAME {query}) "
                f"TO '{folder / name}.parquet' (COMPRESSION zstd)"
            )


def derive(folder: Path, name: str) -> dict[str, float]:
    """Derives the fact on two threads, as a run does: from Parquet into a table in memory."""
    with duckdb.connect() as connection:
        connection.execute("SET threads = 2; SET enable_progress_bar = false")
        for path in folder.glob("*.parquet"):
            connection.execute(f"CREATE VIEW {path.stem} AS FROM '{path}'")
        started, started_cpu = time.perf_counter(), time.process_time()
        connection.execute(f"CREATE TEMP TABLE {name} AS {load_facts()[name].sql}")
        seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - started_cpu
        row = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_mb": peak, "rows": row[0] if row else 0}


def measure(name: str, users: int) -> dict[str, float]:
    """What deriving the fact costs a process that does nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), users)
        command = [sys.executable, "-m", "tests.facts.large_tenant", name, folder]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


if __name__ == "__main__":
    name, what = sys.argv[1:]
    print(json.dumps(measure(name, int(what)) if what.isdigit() else derive(Path(what), name)))  # noqa: T201
