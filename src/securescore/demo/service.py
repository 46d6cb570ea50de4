"""What the invented cloud answers to a call, without any network: checks, pages, batches, faults, the log."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import msgspec

from securescore.demo.exchange import Breakage, Call, Logged, RefusedError, Reply, decoded, json_reply
from securescore.demo.faults import Fault
from securescore.demo.frame import Json
from securescore.demo.odata import names_of, page_bounds, project, test_of, unsupported
from securescore.demo.organisation import Organisation
from securescore.demo.prerendered import PrerenderedTable
from securescore.demo.routes import ALL_PERMISSIONS, PREMIUM, Gate, Keys, Route, route_to
from securescore.demo.tokens import Login

VERSIONS = ("v1.0", "beta")
LARGEST_BATCH = 20

_ACTIVITY = "signInActivity"
_LARGEST_ACTIVITY_PAGE = 500
_FAILED = 400


@dataclass
class InventedService:
    """Answers for one organisation. Everything may be changed while it runs; it must be called by one thread.

    Attributes:
        granted: the permissions of the application.
        conditional_access_interval: seconds between two requests to conditional access that are let through;
            sooner is 429 without a time to wait.
        log: every call so far, oldest first.
    """

    address: str
    organisation: Organisation
    login: Login
    granted: set[str] = field(default_factory=lambda: set(ALL_PERMISSIONS))
    faults: list[Fault] = field(default_factory=list)
    prerendered: Sequence[PrerenderedTable] = ()
    conditional_access_interval: float = 0
    log: list[Logged] = field(default_factory=list)
    _links: dict[str, int] = field(default_factory=dict)
    _last_limited: float = float("-inf")

    def answer(self, call: Call, *, batched: bool = False) -> Reply:
        """The answer to any call, logged; refusals are answers too."""
        struck = [fault for fault in self.faults if fault.strikes(call.path)]
        try:
            reply = self._with_faults(call, struck)
        except RefusedError as error:
            reply = self._refusal(call, error)
        reply = self._damaged(reply, struck)
        self.log.append(Logged(call.method, call.path, call.query, reply.status, batched))
        return reply

    def _with_faults(self, call: Call, struck: Sequence[Fault]) -> Reply:
        for fault in struck:
            if fault.expire_tokens:
                self.login.expire_all()
            if fault.status is not None:
                wait = {"Retry-After": fault.retry_after} if fault.retry_after is not None else None
                raise RefusedError(fault.status, fault.code or "UnknownError", "Ordered to go wrong.", wait)
        return self.login.answer(call) or self._graph(call)

    def _damaged(self, reply: Reply, struck: Sequence[Fault]) -> Reply:
        for fault in struck:
            if fault.next_host is not None:
                body = reply.body.replace(
                    f'nextLink":"{self.address}/'.encode(), f'nextLink":"https://{fault.next_host}/'.encode()
                )
                reply = Reply(reply.status, body, reply.headers)
            if fault.breakage is Breakage.GARBLE:
                reply = Reply(reply.status, reply.body[: len(reply.body) // 2], reply.headers)
            elif fault.breakage is not None:
                reply = Reply(reply.status, reply.body, reply.headers, fault.breakage)
        return reply

    def _refusal(self, call: Call, error: RefusedError) -> Reply:
        request = str(uuid4())
        asked = call.headers.get("client-request-id", request)
        inner = {
            "date": self.organisation.frame.ago().rstrip("Z"),
            "request-id": request,
            "client-request-id": asked,
        }
        content = {"error": {"code": error.code, "message": error.message, "innerError": inner}}
        return json_reply(error.status, content, {"request-id": request, **error.headers})

    def _graph(self, call: Call) -> Reply:
        version, _, rest = call.path.lstrip("/").partition("/")
        if version.lower() not in VERSIONS:
            raise RefusedError(404, "ResourceNotFound", "There is no such address here.")
        if not self.login.accepts(call.headers):
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
        if not self.granted.intersection(permissions):
            raise RefusedError(403, "Authorization_RequestDenied", f"This takes {' or '.join(permissions)}.")

    def _check_licence(self, gate: Gate | None) -> None:
        if gate and not self.organisation.plans.intersection(gate.plans):
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
        found = route.read(self.organisation, keys)
        if found is None:
            raise RefusedError(404, "Request_ResourceNotFound", f"There is nothing with the id {keys['id']}.")
        names = (select if "select" in route.takes else ()) or route.default
        context = {"@odata.context": f"{self.address}/{version}/$metadata#{route.path.strip('/')}"}
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
        chosen = items[start:end]
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
        return f"{self.address}{quote(call.path)}?{query}"

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
            reply = self._refusal(call, RefusedError(424, "FailedDependency", "An earlier request failed."))
        else:
            reply = self.answer(self._inner_call(call, version, item), batched=True)
        statuses[str(item.get("id"))] = reply.status
        headers = {name.title(): value for name, value in reply.headers.items()}
        return {
            "id": str(item.get("id")),
            "status": reply.status,
            "headers": headers,
            "body": msgspec.Raw(reply.body),
        }

    def _inner_call(self, call: Call, version: str, item: Mapping[str, Any]) -> Call:
        url = urlsplit(str(item.get("url", "")).removeprefix(self.address))
        path = url.path if url.path.lstrip("/").startswith(VERSIONS) else f"/{version}/{url.path.lstrip('/')}"
        given = {str(name).lower(): str(value) for name, value in (item.get("headers") or {}).items()}
        headers = given | {"authorization": call.headers.get("authorization", "")}
        return Call(str(item.get("method", "GET")).upper(), path, url.query, headers)
