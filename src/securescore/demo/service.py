"""What the host of login and Microsoft Graph answers to a call: checks, pages, batches."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from securescore.demo.exchange import Call, RefusedError, Reply, decoded, json_reply
from securescore.demo.frame import Json
from securescore.demo.hosts import Place
from securescore.demo.odata import names_of, page_bounds, project, test_of, unsupported, without
from securescore.demo.prerendered import PrerenderedTable
from securescore.demo.reception import refusal
from securescore.demo.route import PREMIUM, Gate, Keys, Route
from securescore.demo.routes import route_to
from securescore.demo.tokens import Login

VERSIONS = ("v1.0", "beta")
LARGEST_BATCH = 20

_ACTIVITY = "signInActivity"
_LARGEST_ACTIVITY_PAGE = 500
_FAILED = 400


@dataclass
class GraphService:
    """Login service and Microsoft Graph, on one host. It must be called by one thread.

    Attributes:
        prerendered: tables that stand in for the organisation's own.
        conditional_access_interval: seconds between two requests to conditional access that are let through;
            sooner is 429 without a time to wait.
    """

    place: Place
    login: Login
    prerendered: Sequence[PrerenderedTable] = ()
    conditional_access_interval: float = 0
    _links: dict[str, int] = field(default_factory=dict)
    _last_limited: float = float("-inf")

    def answer(self, call: Call) -> Reply:
        """The answer to any call; refusals are answers too."""
        try:
            return self.login.answer(call) or self._graph(call)
        except RefusedError as error:
            return refusal(self.place.organisation.frame, call, error)

    def _graph(self, call: Call) -> Reply:
        version, _, rest = call.path.lstrip("/").partition("/")
        if version.lower() not in VERSIONS:
            raise RefusedError(404, "ResourceNotFound", "There is no such address here.")
        if not self.place.tokens.accepts(call.headers):
            raise RefusedError(
                401, "InvalidAuthenticationToken", "The token is missing, unknown or has ended."
            )
        if rest.lower() == "$batch":
            return self._batch(call, version)
        return self._read(call, version.lower(), f"/{rest}")

    def _read(self, call: Call, version: str, path: str) -> Reply:
        found = route_to(version, path)
        if found is None:
            raise RefusedError(400, "BadRequest", f"Nothing is to be found at {path}.")
        if call.method != "GET":
            raise RefusedError(405, "Request_BadRequest", f"{path} can only be read.")
        route, keys = found
        select = names_of(call.options.get("select"))
        self._admit(route, call, select)
        for table in self.prerendered:
            if table.answers(path, call.options.get("select")):
                return self._prerendered_page(table, call)
        return self._found(route, keys, call, version, select)

    def _admit(self, route: Route, call: Call, select: Sequence[str]) -> None:
        """Permission, licence, pace and header, in this order. Raises RefusedError."""
        activity = _ACTIVITY in select
        self._check_permission(route.permissions)
        if activity:
            self._check_permission(("AuditLog.Read.All",))
        for gate in (route.gate, PREMIUM if activity else None):
            self._check_licence(gate)
        if route.limited:
            self._check_pace()
        if route.eventual and call.headers.get("consistencylevel", "").lower() != "eventual":
            raise unsupported("This is answered only with the header ConsistencyLevel: eventual.")

    def _check_permission(self, permissions: Sequence[str]) -> None:
        if not self.place.granted.intersection(permissions):
            raise RefusedError(403, "Authorization_RequestDenied", f"This takes {' or '.join(permissions)}.")

    def _check_licence(self, gate: Gate | None) -> None:
        if gate and not self.place.organisation.plans.intersection(gate.plans):
            raise RefusedError(403, gate.code, "The tenant is not licensed for this.")

    def _check_pace(self) -> None:
        now = time.monotonic()
        if now - self._last_limited < self.conditional_access_interval:
            raise RefusedError(429, "TooManyRequests", "Too many requests for this tenant.")
        self._last_limited = now

    def _prerendered_page(self, table: PrerenderedTable, call: Call) -> Reply:
        try:
            body = table.body(call.options.get("skiptoken"), lambda token: self._link(call, token))
        except ValueError:
            raise RefusedError(400, "Directory_ExpiredPageToken", "This page token is unknown.") from None
        return Reply(200, body, {"content-type": "application/json"})

    def _found(self, route: Route, keys: Keys, call: Call, version: str, select: Sequence[str]) -> Reply:
        found = route.read(self.place.organisation, keys)
        if found is None:
            raise RefusedError(404, "Request_ResourceNotFound", f"There is nothing with the id {keys['id']}.")
        names = (select if "select" in route.takes else ()) or route.default
        if isinstance(found, list) and route.expands:
            expanded = [one for one in route.expands if one in names_of(call.options.get("expand"))]
            found, names = without(found, route.expands, expanded), (*names, *expanded) if names else ()
        context = {"@odata.context": f"{self.place.address}/{version}/$metadata#{route.path.strip('/')}"}
        if isinstance(found, list):
            return json_reply(200, context | self._page(route, found, call, names))
        return json_reply(200, context | (project([found], names)[0] if names else found))

    def _page(self, route: Route, items: list[Json], call: Call, names: Sequence[str]) -> Json:
        options = call.options
        if "filter" in options:
            items = self._filtered(route, items, options["filter"])
        top = options.get("top") if "top" in route.takes else None
        size = route.paging.of(top)
        if _ACTIVITY in names:
            size = min(size, _LARGEST_ACTIVITY_PAGE)
        bounds = page_bounds(len(items), size)
        number = self._page_number(options.get("skiptoken"))
        start, end = bounds[min(number, len(bounds) - 1)]
        expanded = [name for name in names_of(options.get("expand")) if name in route.expands]
        chosen = _without(items[start:end], set(route.expands).difference(expanded))
        names = (*names, *expanded) if names else ()
        page: Json = {"@odata.count": len(items)} if options.get("count") == "true" and not number else {}
        if number + 1 < len(bounds):
            page["@odata.nextLink"] = self._link(call, self._skip_token(call, number + 1))
        return page | {"value": project(chosen, names) if names else chosen}

    def _filtered(self, route: Route, items: list[Json], text: str) -> list[Json]:
        if "filter" not in route.takes:
            raise unsupported(f"{route.path} takes no $filter.")
        passes = test_of(text, route.filterable)
        return [item for item in items if passes(item)]

    def _skip_token(self, call: Call, number: int) -> str:
        """A token that tells nothing, and is the same when the same page is asked for again."""
        options = sorted(one for one in call.options.items() if one[0] != "skiptoken")
        told = repr((call.path.lower(), options, number))
        token = hashlib.blake2b(told.encode(), digest_size=24).hexdigest()
        self._links[token] = number
        return token

    def _page_number(self, token: str | None) -> int:
        if token is None:
            return 0
        if token not in self._links:
            raise RefusedError(400, "Directory_ExpiredPageToken", "This page token is unknown.")
        return self._links[token]

    def _link(self, call: Call, token: str) -> str:
        kept = [(name, value) for name, value in call.options.items() if name != "skiptoken"]
        query = "&".join(
            f"${name}={quote(value, safe='(),:')}" for name, value in [*kept, ("skiptoken", token)]
        )
        return f"{self.place.address}{quote(call.path)}?{query}"

    def _batch(self, call: Call, version: str) -> Reply:
        requests = (decoded(call.body) or {}).get("requests")
        if call.method != "POST" or not isinstance(requests, list) or not 1 <= len(requests) <= LARGEST_BATCH:
            raise RefusedError(400, "BadRequest", f"A batch is a POST of 1 to {LARGEST_BATCH} requests.")
        ids = [str(item.get("id")) for item in requests]
        if len(set(ids)) != len(ids):
            raise RefusedError(400, "BadRequest", "Two requests of the batch have the same id.")
        statuses: dict[str, int] = {}
        responses = [self._item(call, version, item, statuses) for item in requests]
        # the service promises no order
        return json_reply(200, {"responses": responses[::-1]})

    def _item(self, call: Call, version: str, item: Mapping[str, Any], statuses: dict[str, int]) -> Json:
        before = [statuses.get(str(one), _FAILED) for one in item.get("dependsOn") or ()]
        if any(status >= _FAILED for status in before):
            failed = RefusedError(424, "FailedDependency", "An earlier request failed.")
            reply = refusal(self.place.organisation.frame, call, failed)
        else:
            reply = self.place.batched(self._inner_call(call, version, item))
        statuses[str(item.get("id"))] = reply.status
        headers = {name.title(): value for name, value in reply.headers.items()}
        return {
            "id": str(item.get("id")),
            "status": reply.status,
            "headers": headers,
            "body": msgspec.Raw(reply.body),
        }

    def _inner_call(self, call: Call, version: str, item: Mapping[str, Any]) -> Call:
        url = urlsplit(str(item.get("url", "")).removeprefix(self.place.address))
        path = url.path if url.path.lstrip("/").startswith(VERSIONS) else f"/{version}/{url.path.lstrip('/')}"
        given = {str(name).lower(): str(value) for name, value in (item.get("headers") or {}).items()}
        headers = given | {"authorization": call.headers.get("authorization", "")}
        return Call(str(item.get("method", "GET")).upper(), path, url.query, headers)


def _without(items: list[Json], hidden: set[str]) -> list[Json]:
    if not hidden:
        return items
    return [{name: value for name, value in item.items() if name not in hidden} for item in items]
