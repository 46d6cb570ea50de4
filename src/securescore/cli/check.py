"""`securescore check`: reads only what one action is measured with, and records what that changed."""

from securescore.cli import numbers
from securescore.cli.explain import ActionId
from securescore.cli.here import TenantName, installation, me
from securescore.cli.output import out, plain, progress
from securescore.scoring.totals import percent_of
from securescore.services.sync import check_again
from securescore.services.tenants import find_tenant


def check_command(tenant: TenantName, action: ActionId) -> None:
    """Read again only what one action is measured with, and record what that changed."""
    with installation() as here:
        found = find_tenant(here, me(), tenant)
        with progress("Reading") as tell:
            taken = check_again(here, me(), found.tenant_id, action, progress=lambda event: tell(event.table))
    totals = taken[-1].totals
    score = numbers.percent(percent_of(totals.points, totals.maximum))
    points = f"{numbers.points(totals.points)} of {numbers.points(totals.maximum)} points"
    out().print(plain(f"{found.name}: {score} ({points})"), soft_wrap=True)
