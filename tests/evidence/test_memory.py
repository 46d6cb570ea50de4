"""Memory does not grow with the tenant."""

from pathlib import Path

import pytest
from tests.evidence.desk import child

MEGABYTE = 1 << 20

SCRIPT = """
import json, sys
from pathlib import Path
from securescore.evidence import EvidenceFolder
from securescore.evidence.tables.entra_id import USERS
from tests.evidence.desk import TENANT, moment

def peak_kilobytes():
    # not ru_maxrss: that begins with the memory of the process from which this one was forked
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])

def users(count):
    plans = [f"{n:08d}-0000-0000-0000-000000000000" for n in range(20)]
    for n in range(count):
        yield json.dumps({
            "id": f"{n * 2654435761 % 2**32:08x}-0000-0000-0000-{n:012d}",
            "userPrincipalName": f"someone.with.a.long.name.{n}@subsidiary.example",
            "displayName": f"Someone With A Long Name {n}",
            "accountEnabled": n % 9 != 0,
            "userType": "Member",
            "createdDateTime": "2024-05-06T07:08:09Z",
            "onPremisesSyncEnabled": None,
            "passwordPolicies": None,
            "assignedLicenses": [{"skuId": plans[n % 20], "disabledPlans": plans}],
        }).encode()

count = int(sys.argv[2])
with EvidenceFolder(Path(sys.argv[1])).begin(TENANT, moment(0), "test") as run:
    with run.table(USERS) as writer:
        writer.write_objects(users(count))
    run.publish(moment(1))
    record = run.record(USERS)
    print(record.rows, len(record.rejections), peak_kilobytes() * 1024)
"""


@pytest.mark.slow
def test_300_000_wide_objects_take_less_than_300_megabytes(tmp_path: Path) -> None:
    process = child(SCRIPT, tmp_path, 300_000)
    output, _ = process.communicate(timeout=600)
    assert process.returncode == 0
    rows, rejections, peak = map(int, output.split())
    assert (rows, rejections) == (300_000, 0)
    assert peak < 300 * MEGABYTE, f"{peak / MEGABYTE:.0f} MB"
