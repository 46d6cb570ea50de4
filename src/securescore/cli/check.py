"""`securescore check`: reads only what one action is measured with, and records what that changed."""

from securescore.cli import numbers
from securescore.cli.explain import ActionId
from securescore.cli.here import TenantName, installation, me
from securescore.cli.output import out, plain, progress
from securescore.errors import UnknownError
from securescore.scoring.totals import percent_of
from securescore.services.history import read_standing
from securescore.services.installation import Installation
from securescore.services.sync import check_again
from securescore.services.tenants import find_tenant
from securescore.store.packing import StoredAction
from securescore.store.tenants import Summary


def check_command(tenant: TenantName, action: ActionId) -> None:
    """Read again only what one action is measured with, and record what that changed."""
    with installation() as here:
        found = find_tenant(here, me(), tenant)
        before = _standing_of(here, found, action)
        with progress("Reading") as tell:
            taken = check_again(here, me(), found.tenant_id, action, progress=lambda event: tell(event.table))
        after = _standing_of(here, found, action)
    totals = taken[-1].totals
    score = numbers.percent(percent_of(totals.points, totals.maximum))
    points = f"{numbers.points(totals.points)} of {numbers.points(totals.maximum)} points"
    if after is not None:
        out().print(plain(f"{after.id}: {_moved(before, after)}"), soft_wrap=True)
    out().print(plain(f"{found.name}: {score} ({points})"), soft_wrap=True)


def _standing_of(here: Installation, found: Summary, action: str) -> StoredAction | None:
    try:
        return read_standing(here, me(), found.tenant_id).get(action)
    except UnknownError:  # never read: what follows says so
        return None


def _moved(before: StoredAction | None, after: StoredAction) -> str:
    """What it is worth now and was before, and how many are left."""
    now, was = (None if one is None else one.points for one in (after, before))
    if now is None or after.maximum is None:
        return "it earns no points here"
    arrow = f"{numbers.points(was)} -> " if was is not None and was != now else ""
    same = ", as before" if was == now else ""
    left = f", {after.coverage.exposed:,} exposed" if after.coverage and after.coverage.exposed else ""
    return f"{arrow}{numbers.points(now)} of {numbers.points(after.maximum)} points{same}{left}"
