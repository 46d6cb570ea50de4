"""Defender for Cloud Apps of the invented cloud: its public interface, as far as it is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from securescore.demo.exchange import Call, RefusedError, Reply, decoded, json_reply
from securescore.demo.frame import Json
from securescore.demo.hosts import Place
from securescore.demo.organisation import Organisation

ACTIVITIES, DISCOVERY = "Investigation.read", "Discovery.read"
PERMISSIONS = frozenset({ACTIVITIES, DISCOVERY})

PLANS = ("ADALLOM_S_STANDALONE", "ADALLOM_STANDALONE")
_LARGEST_PAGE = 100

Read = Callable[[Organisation], list[Json]]

_ROUTES: Mapping[str, tuple[str, Read]] = {
    "/api/v1/activities": (ACTIVITIES, lambda organisation: organisation.cloud_activity.activities),
    "/api/discovery/streams": (DISCOVERY, lambda organisation: organisation.cloud_activity.streams),
}


@dataclass
class CloudAppSecurity:
    """Answers for one organisation."""

    place: Place

    def answer(self, call: Call) -> Reply:
        """The answer to any call; refusals are answers too."""
        try:
            return json_reply(200, self._read(call))
        except RefusedError as error:
            return json_reply(error.status, {"detail": error.message}, error.headers)

    def _read(self, call: Call) -> Json:
        if not self.place.tokens.accepts(call.headers):
            raise RefusedError(401, "Unauthorized", "Invalid token.")
        permission, read = self._route(call)
        if permission not in self.place.granted:
            raise RefusedError(403, "Forbidden", "You do not have permission to perform this action.")
        if not self.place.organisation.plans.intersection(PLANS):
            raise RefusedError(403, "Forbidden", "The tenant has no licence for this.")
        return _page(read(self.place.organisation), _asked(call))

    def _route(self, call: Call) -> tuple[str, Read]:
        found = _ROUTES.get(call.path.lower().rstrip("/"))
        if found is None:
            raise RefusedError(404, "NotFound", f"There is nothing at {call.path}.")
        if call.method not in {"GET", "POST"}:
            raise RefusedError(405, "MethodNotAllowed", f"{call.path} is read with GET or POST.")
        return found


def _asked(call: Call) -> Mapping[str, Any]:
    """What a list is asked for, in the query or as JSON in the body."""
    if call.method == "GET":
        return call.options
    body = decoded(call.body) if call.body else {}
    if not isinstance(body, dict):
        raise RefusedError(400, "BadRequest", "The body is no JSON object.")
    return body


def _page(items: list[Json], asked: Mapping[str, Any]) -> Json:
    """Some of the items; `total` counts them all."""
    if asked.get("filters"):
        raise RefusedError(400, "BadRequest", "No filter is known here.")
    skip, limit = _number(asked, "skip", 0), _number(asked, "limit", _LARGEST_PAGE)
    end = skip + min(limit, _LARGEST_PAGE)
    return {"total": len(items), "hasNext": end < len(items), "data": items[skip:end]}


def _number(asked: Mapping[str, Any], name: str, usual: int) -> int:
    text = str(asked.get(name, usual))
    if not text.isdecimal():
        raise RefusedError(400, "BadRequest", f"{name} must be a number.")
    return int(text)
