"""An evidence folder of 50,000 devices with 184 configurations each: 9.2 million rows."""

import sys
from pathlib import Path

from benchmarks.evidence_folder import ORGANIZATION, make_evidence, owned
from securescore.catalog import load_catalog

DEVICES = 50_000


def _queries() -> dict[str, str]:
    ids = [action.id for action in load_catalog().actions.values() if action.query == "device_configurations"]
    listed = ", ".join(f"'{one}'" for one in ids)
    return {
        "organization": ORGANIZATION,
        "service_plans": owned("WINDEFATP"),
        "machines": f"""SELECT sha1('machine-' || range) AS machine_id, 'pc-' || range || '.large.example' AS machine_name,
            'Windows11' AS os, 'Active' AS health, 'Onboarded' AS onboarding,
            TIMESTAMP '2026-01-14' - to_days((range % 40)::INT) AS last_seen FROM range({DEVICES})""",
        "device_configurations": f"""SELECT sha1('machine-' || d.range) AS machine_id, c.id AS configuration_id,
            (d.range + c.number) % 10 <> 0 AS applicable, hash(d.range, c.number) % 3 <> 0 AS compliant,
            1 + c.number % 10 AS impact
            FROM range({DEVICES}) d, (SELECT id, row_number() OVER () AS number FROM (SELECT unnest([{listed}]) AS id)) c""",
    }


if __name__ == "__main__":
    make_evidence(Path(sys.argv[1]), _queries())
