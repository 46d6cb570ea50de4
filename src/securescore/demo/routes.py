"""Which route of the invented Microsoft Graph answers a path."""

from collections.abc import Sequence

from securescore.demo import entra_routes, security_routes
from securescore.demo.route import Keys, Route

ROUTES: Sequence[Route] = (*entra_routes.ROUTES, *security_routes.ROUTES)

ALL_PERMISSIONS = frozenset(permission for route in ROUTES for permission in route.permissions) | {
    "AuditLog.Read.All"
}
"""Every permission that opens anything here."""

_COMPILED = [(route.pattern, route) for route in ROUTES]


def route_to(version: str, path: str) -> tuple[Route, Keys] | None:
    """The route that answers a path below `v1.0` or `beta`, with what its placeholders stand for."""
    for pattern, route in _COMPILED:
        match = pattern.match(path)
        if match and route.version in (None, version):
            return route, match.groupdict()
    return None
