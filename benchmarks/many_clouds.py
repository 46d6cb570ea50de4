"""Many small invented organisations, each with a cloud of its own, all in one process that is none of ours.

`python -m benchmarks.many_clouds FOLDER COUNT` writes a tenant file for each and makes `ready` in the folder. For every
line on standard input a day passes at all of them, and a line on standard output says so. It ends with its input.
"""

import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from securescore.demo import AccountKind, InventedCloud, Organisation, write_tenant_file

PEOPLE = 120
"""The fewest that an invented organisation can have."""

_POLICY = "CA003 Verouderde aanmelding blokkeren"
_STATES = ("enabled", "enabledForReportingButNotEnforced")


def main(folder: Path, count: int) -> None:
    with ExitStack() as stack:
        clouds = [stack.enter_context(InventedCloud(_organisation(number))) for number in range(count)]
        for number, cloud in enumerate(clouds):
            write_tenant_file(cloud, folder / str(number))
        (folder / "ready").touch()
        for day, _ in enumerate(sys.stdin):
            for cloud in clouds:
                _pass_day(cloud, day)
            print("passed", flush=True)


def _organisation(number: int) -> Organisation:
    return Organisation.build(name=f"Kade {number}", seed=number, people=PEOPLE, as_of=_now())


def _pass_day(cloud: InventedCloud, day: int) -> None:
    """Somebody comes, somebody goes, and a policy is switched."""
    organisation = cloud.organisation
    *_, leaving, model = organisation.of_kind(AccountKind.STAFF)
    organisation.hire(model["userPrincipalName"], f"Nieuw {day}")
    organisation.disable(leaving["userPrincipalName"])
    organisation.change_policy(_POLICY, state=_STATES[day % len(_STATES)])
    organisation.pass_time(_now())
    cloud.log.clear()


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
