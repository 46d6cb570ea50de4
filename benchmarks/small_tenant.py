"""An evidence folder of 1,000 people with every product, collected from the invented cloud as from any other."""

import sys
from pathlib import Path

from securescore.connectors import Clock
from securescore.connectors.runner import collect
from securescore.connectors.tenant_file import load_tenant
from securescore.demo import AS_OF, InventedCloud, Organisation, write_tenant_file
from securescore.evidence import EvidenceFolder

PEOPLE = 1_000


def main(folder: Path) -> None:
    seconds = [0.0]

    def wait(length: float) -> None:
        seconds[0] += length  # limits of the real service take no time here

    with InventedCloud(Organisation.build(people=PEOPLE)) as cloud:
        tenant = load_tenant(write_tenant_file(cloud, folder.with_name("connection")))
        clock = Clock(now=lambda: AS_OF, monotonic=lambda: seconds[0], sleep=wait)
        collect(tenant, EvidenceFolder(folder), clock=clock)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
