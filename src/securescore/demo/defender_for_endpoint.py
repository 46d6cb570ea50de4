"""Defender for Endpoint of the invented cloud, and the storage from which its exports are fetched."""

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from securescore.demo.devices import Finding
from securescore.demo.exchange import Call, RefusedError, Reply, json_reply
from securescore.demo.frame import Frame, Json
from securescore.demo.hosts import Place

MACHINES, CONFIGURATIONS = "Machine.Read.All", "Vulnerability.Read.All"
PERMISSIONS = frozenset({MACHINES, CONFIGURATIONS})

ANY_PLAN = ("WINDEFATP", "MDE_LITE", "MDE_SMB")
PLAN_2 = ("WINDEFATP",)
EXPORT_FILES = 3
STORAGE = "storage"
"""The name of the host that holds exported files."""

_MOST_MACHINES = 10_000
_USUAL_ROWS, _MOST_ROWS = 50_000, 200_000
_MOST_HOURS = 6

_Route = tuple[str, tuple[str, ...], Callable[[Call], Json]]
"""Permission, plans of which one must be owned, and what answers."""


@dataclass
class DefenderForEndpoint:
    """Answers for one organisation.

    Attributes:
        machines_a_page: how many machines come without `$top`.
    """

    place: Place
    machines_a_page: int = _MOST_MACHINES
    _tokens: dict[str, int] = field(default_factory=dict)

    def answer(self, call: Call) -> Reply:
        """The answer to any call; refusals are answers too."""
        try:
            return self._read(call)
        except RefusedError as error:
            content = {"code": error.code, "message": error.message, "target": self._target(call)}
            return json_reply(error.status, {"error": content}, error.headers)

    def _target(self, call: Call) -> str:
        return self.place.organisation.frame.id("request", call.path)

    def _read(self, call: Call) -> Reply:
        if not self.place.tokens.accepts(call.headers):
            raise RefusedError(401, "Unauthorized", "The token is missing, unknown or has ended.")
        route = self._route(call.path)
        if route is None:
            raise RefusedError(404, "NotFound", f"There is nothing at {call.path}.")
        if call.method != "GET":
            raise RefusedError(405, "DisallowedOperation", f"{call.path} can only be read.")
        permission, plans, read = route
        if permission not in self.place.granted:
            raise RefusedError(403, "Forbidden", f"This takes the permission {permission}.")
        if not self.place.organisation.plans.intersection(plans):
            raise RefusedError(403, "DisabledFeature", "The tenant is not licensed for this.")
        return json_reply(200, {"@odata.context": f"{self.place.address}/api/$metadata"} | read(call))

    def _route(self, path: str) -> _Route | None:
        routes = {
            "machines": (MACHINES, ANY_PLAN, self._machines),
            "machines/secureconfigurationsassessmentbymachine": (CONFIGURATIONS, PLAN_2, self._by_machine),
            "machines/secureconfigurationsassessmentexport": (CONFIGURATIONS, PLAN_2, self._export),
        }
        below = path.lower().strip("/").removeprefix("api/").removeprefix("v1.0/")
        return routes.get(below)

    def _machines(self, call: Call) -> Json:
        """Without `$top` page by page; with it so many and no link. Refused where there are none at all."""
        machines = [device.machine for device in self.place.organisation.devices]
        if not machines:
            raise RefusedError(404, "ResourceNotFound", "No machine was found.")
        top = _number(call, "top", _MOST_MACHINES)
        skip = _number(call, "skip", None) or 0
        size = self.machines_a_page if top is None else top
        page: Json = {"value": machines[skip : skip + size]}
        if top is None and skip + size < len(machines):
            page["@odata.nextLink"] = f"{self.place.address}{call.path}?$skip={skip + size}"
        return page

    def _by_machine(self, call: Call) -> Json:
        findings = self.place.organisation.findings
        top = _number(call, "top", _MOST_ROWS)
        size = _number(call, "pageSize", _MOST_ROWS) or _USUAL_ROWS
        start = self._start(call.options.get("skiptoken"))
        end = start + (size if top is None else top)
        page: Json = {"value": [row(self.place.organisation.frame, one) for one in findings[start:end]]}
        if top is None and end < len(findings):
            token = self._token(end)
            page["@odata.nextLink"] = f"{self.place.address}{call.path}?pageSize={size}&$skiptoken={token}"
        return page

    def _token(self, start: int) -> str:
        """A token that tells nothing, and is the same when the same page is asked for again."""
        token = hashlib.blake2b(f"rows from {start}".encode(), digest_size=24).hexdigest()
        self._tokens[token] = start
        return token

    def _start(self, token: str | None) -> int:
        if token is None:
            return 0
        if token not in self._tokens:
            raise RefusedError(400, "BadRequest", "This page token is unknown.")
        return self._tokens[token]

    def _export(self, call: Call) -> Json:
        _number(call, "sasValidHours", _MOST_HOURS)
        frame = self.place.organisation.frame
        files = [
            f"{self.place.addresses[STORAGE]}{path}?sig={_signature(frame, path)}"
            for path in map(_export_path, range(EXPORT_FILES))
        ]
        return {"exportFiles": files, "generatedTime": frame.ago(hours=1)}


@dataclass
class ExportStorage:
    """Hands out exported files to whoever has their whole address. It wants no token, and refuses one."""

    place: Place

    def answer(self, call: Call) -> Reply:
        """The file, or a refusal."""
        paths = {_export_path(number): number for number in range(EXPORT_FILES)}
        if "authorization" in call.headers:
            return _storage_error(403, "AuthenticationFailed")
        if call.path not in paths:
            return _storage_error(404, "BlobNotFound")
        if call.options.get("sig") != _signature(self.place.organisation.frame, call.path):
            return _storage_error(403, "AuthenticationFailed")
        return Reply(200, self._file(paths[call.path]), {"content-type": "application/octet-stream"})

    def _file(self, number: int) -> bytes:
        """Every third row; one JSON object a line."""
        frame = self.place.organisation.frame
        rows = self.place.organisation.findings[number::EXPORT_FILES]
        return gzip.compress(b"".join(msgspec.json.encode(row(frame, one)) + b"\n" for one in rows), 1)


def _storage_error(status: int, code: str) -> Reply:
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code></Error>'
    return Reply(status, body.encode(), {"content-type": "application/xml", "x-ms-error-code": code})


def _export_path(number: int) -> str:
    return f"/tvm-export/secure-configurations/part-{number:05}.json.gz"


def _signature(frame: Frame, path: str) -> str:
    return frame.id("signature", path)


def _number(call: Call, name: str, most: int | None) -> int | None:
    """The option as a number; None where it is not given. Raises RefusedError when it is none, or too large."""
    given = {key.lower(): value for key, value in call.options.items()}.get(name.lower())
    if given is None:
        return None
    if not given.isdecimal() or (most is not None and not 1 <= int(given) <= most):
        raise RefusedError(400, "InvalidInput", f"{name} must be a number up to {most}, not {given}.")
    return int(given)


def row(frame: Frame, finding: Finding) -> Json:
    """A finding as the service writes it."""
    machine, configuration = finding.device.machine, finding.configuration
    spelled = configuration.control_id.replace("_", "-")
    return {
        "deviceId": machine["id"],
        "deviceName": machine["computerDnsName"],
        "osPlatform": machine["osPlatform"],
        "osVersion": machine["version"],
        "rbacGroupName": machine["rbacGroupName"],
        "timestamp": frame.ago(hours=2).replace("T", " ").replace("Z", ".000"),
        "configurationId": spelled,
        "configurationName": configuration.title,
        "configurationCategory": _category(spelled),
        "configurationSubcategory": "",
        "configurationImpact": configuration.impact,
        "isCompliant": finding.compliant,
        "isApplicable": finding.applicable,
        "isExpectedUserImpact": False,
        "recommendationReference": f"sca-_-{spelled}",
    }


_CATEGORIES = {2: "Security controls", 3: "Accounts", 4: "Network", 10: "Network", 20: "Security controls"}


def _category(spelled: str) -> str:
    return _CATEGORIES.get(int(spelled.removeprefix("scid-")) // 1000, "OS")
