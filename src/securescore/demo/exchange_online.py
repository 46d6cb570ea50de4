"""The admin interface of Exchange Online and of Security & Compliance in the invented cloud.

Each has a front door, which tells the region by a redirect, and a regional host that runs cmdlets. Exchange runs them
at its front door as well; Security & Compliance sends every caller on.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from securescore.demo.exchange import Call, RefusedError, Reply, decoded, json_reply
from securescore.demo.frame import Json
from securescore.demo.hosts import Place
from securescore.demo.odata import names_of, page_bounds
from securescore.demo.organisation import Organisation

MANAGE_AS_APP = "Exchange.ManageAsApp"
PERMISSIONS = frozenset({MANAGE_AS_APP})

LARGEST_BATCH = 10
WITHOUT_RESULT_SIZE = 1000
"""So many mailboxes are returned unless the parameter ResultSize asks for more."""

_READERS = frozenset(
    {
        *("Global Reader", "Global Administrator", "Security Reader", "Security Administrator"),
        "Compliance Administrator",
    }
)
_EXCHANGE_READERS = _READERS | {"Exchange Administrator", "Exchange Recipient Administrator"}

_EXCHANGE_PLANS = ("EXCHANGE_S_STANDARD", "EXCHANGE_S_ENTERPRISE", "EXCHANGE_S_DESKLESS")
_DEFENDER_PLANS = ("ATP_ENTERPRISE", "THREAT_INTELLIGENCE")
_LOSS_PLANS = ("BPOS_S_DlpAddOn", "COMMUNICATIONS_DLP")
_LABEL_PLANS = ("RMS_S_ENTERPRISE", "RMS_S_PREMIUM", "RMS_S_PREMIUM2", "MIP_S_CLP1", "MIP_S_CLP2")

_DEFENDER = frozenset(
    {
        *("SafeLinksPolicy", "SafeLinksRule", "SafeAttachmentPolicy", "SafeAttachmentRule"),
        *("ATPProtectionPolicyRule", "ATPBuiltInProtectionRule", "AtpPolicyForO365"),
    }
)
_LOSS = frozenset({"DlpCompliancePolicy"})
_MANY = frozenset({"Mailbox", "MailboxAuditBypassAssociation"})

_USUAL_PAGE = 100
_PAGE_SIZE = re.compile(r"odata\.maxpagesize=(\d+)", re.IGNORECASE)
_ANCHOR = re.compile(r"(?:APP|UPN):SystemMailbox\{[0-9a-f-]{36}\}@\S+", re.IGNORECASE)
_ROUTE = re.compile(r"/adminapi/(?P<version>beta|v1\.0)/(?P<tenant>[^/]+)/(?P<what>.+)", re.IGNORECASE)
_DISCOVERY = re.compile(r"exomodulefile|exobanner\('[^']*'\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Service:
    """One of the two services.

    Attributes:
        objects: what its cmdlets return, by noun.
        plans: of which one must be owned for the cmdlet with that noun.
        readers: roles of the directory that may run them.
    """

    objects: Callable[[Organisation], Mapping[str, list[Json]]]
    plans: Callable[[str], tuple[str, ...]]
    readers: frozenset[str]


def _mail_plans(noun: str) -> tuple[str, ...]:
    return _DEFENDER_PLANS if noun in _DEFENDER else _EXCHANGE_PLANS


def _purview_plans(noun: str) -> tuple[str, ...]:
    return _LOSS_PLANS if noun in _LOSS else _LABEL_PLANS


_EXCHANGE = _Service(lambda organisation: organisation.mail, _mail_plans, _EXCHANGE_READERS)
_COMPLIANCE = _Service(lambda organisation: organisation.purview, _purview_plans, _READERS)


@dataclass
class AdminInterface:
    """Answers for one organisation, at one of its hosts.

    Attributes:
        region: the name of the host to which callers that look for the region are sent; None: this is it.
        runs: whether cmdlets run here; otherwise those that ask are sent on as well.
    """

    place: Place
    service: _Service
    region: str | None = None
    runs: bool = True
    _links: dict[str, tuple[str, int]] = field(default_factory=dict)

    def answer(self, call: Call) -> Reply:
        """The answer to any call; refusals are answers too."""
        try:
            return self._answered(call)
        except RefusedError as error:
            return _refusal(error)

    def _answered(self, call: Call) -> Reply:
        route = _ROUTE.fullmatch(call.path)
        if route is None:
            raise RefusedError(404, "NotFound", f"There is nothing at {call.path}.")
        if not self._admits(call, route["tenant"]):
            # the service says no more than this to a token that it does not take
            return Reply(401, b"")
        self._check_role()
        what = route["what"].lower()
        if self.region is not None and (_DISCOVERY.fullmatch(what) or not self.runs):
            return self._redirect(call, self.region)
        if _DISCOVERY.fullmatch(what):
            return self._about(call)
        if what == "$batch":
            return self._batch(call)
        if what != "invokecommand":
            raise RefusedError(404, "NotFound", f"There is nothing at {call.path}.")
        return self._invoked(call)

    def _admits(self, call: Call, tenant: str) -> bool:
        frame = self.place.organisation.frame
        own = tenant.lower() in {frame.tenant_id, frame.domain, frame.initial_domain}
        return own and MANAGE_AS_APP in self.place.granted and self.place.tokens.accepts(call.headers)

    def _check_role(self) -> None:
        if not self.place.directory_roles & self.service.readers:
            raise RefusedError(403, "Forbidden", "The application holds no role in which this may be read.")

    def _redirect(self, call: Call, region: str) -> Reply:
        query = f"?{call.query}" if call.query else ""
        return Reply(302, b"", {"location": f"{self.place.addresses[region]}{call.path}{query}"})

    def _about(self, call: Call) -> Reply:
        """What the caller may run."""
        if call.method != "GET":
            raise RefusedError(405, "MethodNotAllowed", "This can only be read.")
        names = ",".join(f"Get-{noun}" for noun in self._objects() if self._licensed(noun))
        return json_reply(200, {"value": [{"exportedCmdlets": names}]})

    def _objects(self) -> Mapping[str, list[Json]]:
        return self.service.objects(self.place.organisation)

    def _licensed(self, noun: str) -> bool:
        return not self.place.organisation.plans.isdisjoint(self.service.plans(noun))

    def _invoked(self, call: Call) -> Reply:
        if call.method != "POST":
            raise RefusedError(405, "MethodNotAllowed", "A cmdlet is sent with POST.")
        if not _ANCHOR.fullmatch(call.headers.get("x-anchormailbox", "")):
            raise RefusedError(400, "BadRequest", "The header X-AnchorMailbox names no mailbox to route by.")
        noun, parameters = _asked(call)
        items = self._found(noun, parameters)
        warnings = _warnings(noun, parameters, len(self._objects()[noun]))
        return json_reply(200, self._page(call, noun, items) | warnings)

    def _found(self, noun: str, parameters: Mapping[str, Any]) -> list[Json]:
        if noun not in self._objects():
            raise _no_cmdlet(noun, 404)
        if not self._licensed(noun):
            raise _no_cmdlet(noun, 400)
        items = self._objects()[noun]
        return items if _takes_all(noun, parameters) else items[:WITHOUT_RESULT_SIZE]

    def _page(self, call: Call, noun: str, items: Sequence[Json]) -> Json:
        bounds = page_bounds(len(items), _page_size(call.headers))
        number = self._page_number(call.options.get("skiptoken"), noun)
        start, end = bounds[min(number, len(bounds) - 1)]
        select = names_of(call.options.get("select"))
        root = f"{self.place.address}/adminapi/beta/{self.place.organisation.tenant_id}"
        page: Json = {
            "@odata.context": f"{root}/$metadata#Collection(Exchange.GenericHashTable)",
            "value": [dict(_annotated(_selected(item, select))) for item in items[start:end]],
        }
        if number + 1 < len(bounds):
            page["@odata.nextLink"] = self._link(call, noun, number + 1)
        return page

    def _link(self, call: Call, noun: str, number: int) -> str:
        """Where the next page is, by a token that tells nothing and is the same when asked for again."""
        select = call.options.get("select", "")
        token = hashlib.blake2b(repr((noun, select, number)).encode(), digest_size=24).hexdigest()
        self._links[token] = (noun, number)
        chosen = f"$select={select}&" if select else ""
        return f"{self.place.address}{call.path}?{chosen}$skiptoken={token}"

    def _page_number(self, token: str | None, noun: str) -> int:
        """The page that the token stands for: only together with the cmdlet that it was given for."""
        if token is None:
            return 0
        given_for, number = self._links.get(token, (None, 0))
        if given_for != noun:
            raise RefusedError(400, "BadRequest", "This page token is none of this cmdlet.")
        return number

    def _batch(self, call: Call) -> Reply:
        requests = (decoded(call.body) or {}).get("requests")
        if call.method != "POST" or not isinstance(requests, list) or not 1 <= len(requests) <= LARGEST_BATCH:
            raise RefusedError(400, "BadRequest", f"A batch is a POST of 1 to {LARGEST_BATCH} requests.")
        return json_reply(200, {"responses": [self._item(call, item) for item in requests]})

    def _item(self, call: Call, item: Mapping[str, Any]) -> Json:
        reply = self.place.batched(_inner_call(call, item, self.place.address))
        body = msgspec.Raw(reply.body) if reply.body else None
        return {"id": item.get("id"), "status": reply.status, "headers": dict(reply.headers), "body": body}


def _asked(call: Call) -> tuple[str, Mapping[str, Any]]:
    """The noun of the cmdlet that is to run, and its parameters. Raises RefusedError."""
    body = decoded(call.body)
    given = body.get("CmdletInput") if isinstance(body, dict) else None
    name = given.get("CmdletName") if isinstance(given, dict) else None
    parameters = given.get("Parameters") if isinstance(given, dict) else None
    if not isinstance(name, str) or not isinstance(parameters or {}, dict):
        raise RefusedError(400, "BadRequest", "The body has no CmdletInput with a name and parameters.")
    if not name.startswith("Get-"):
        raise _no_cmdlet(name, 404)
    return name.removeprefix("Get-"), parameters or {}


def _no_cmdlet(noun: str, status: int) -> RefusedError:
    name = noun if "-" in noun else f"Get-{noun}"
    return RefusedError(status, "NotFound", f"{name} is not recognized as the name of a cmdlet here.")


def _takes_all(noun: str, parameters: Mapping[str, Any]) -> bool:
    return noun not in _MANY or str(parameters.get("ResultSize", "")).lower() == "unlimited"


def _warnings(noun: str, parameters: Mapping[str, Any], count: int) -> Json:
    if _takes_all(noun, parameters) or count <= WITHOUT_RESULT_SIZE:
        return {}
    return {"@adminapi.warnings": [f"Only {WITHOUT_RESULT_SIZE} objects were asked for; there are more."]}


def _page_size(headers: Mapping[str, str]) -> int:
    asked = _PAGE_SIZE.search(headers.get("prefer", ""))
    return max(1, int(asked[1])) if asked else _USUAL_PAGE


def _selected(item: Json, names: Sequence[str]) -> Json:
    """Only these properties. A name that the object does not have is passed over without a word."""
    return {name: item[name] for name in names if name in item} if names else item


def _annotated(item: Json) -> Iterator[tuple[str, Any]]:
    """The properties with what the service writes about their types between them."""
    for name, value in item.items():
        if isinstance(value, list):
            yield f"{name}@odata.type", "#Collection(String)"
        elif isinstance(value, bool | int):
            yield f"{name}@data.type", "System.Boolean" if isinstance(value, bool) else "System.Int64"
        yield name, value


def _inner_call(call: Call, item: Mapping[str, Any], address: str) -> Call:
    path, _, query = str(item.get("url", "")).removeprefix(address).partition("?")
    given = {str(name).lower(): str(value) for name, value in (item.get("headers") or {}).items()}
    headers = given | {"authorization": call.headers.get("authorization", "")}
    return Call(
        str(item.get("method", "POST")).upper(), path, query, headers, msgspec.json.encode(item.get("body"))
    )


def _refusal(error: RefusedError) -> Reply:
    """A refusal in the shape of this service; a licence that is lacking is told in the innermost exception only."""
    told = f"Ex4F0A|Invented.Configuration.Exception|{error.message}"
    deep = error.code == "NotFound" and error.status == 400  # noqa: PLR2004 - the licence is lacking
    content: Json = {
        "code": error.code,
        "message": "The request could not be carried out.",
        "details": [] if deep else [{"code": "Context", "target": "", "message": told}],
        "innererror": {
            "message": "The request could not be carried out.",
            "type": "Invented.ODataServiceException",
            "internalexception": {"message": told, "type": "Invented.Exception"},
        },
    }
    return json_reply(error.status, {"error": content}, error.headers)


def exchange_door(place: Place) -> AdminInterface:
    """The front door of Exchange Online."""
    return AdminInterface(place, _EXCHANGE, region="exchange_region")


def exchange(place: Place) -> AdminInterface:
    """Exchange Online in the tenant's region."""
    return AdminInterface(place, _EXCHANGE)


def compliance_door(place: Place) -> AdminInterface:
    """The front door of Security & Compliance."""
    return AdminInterface(place, _COMPLIANCE, region="compliance_region", runs=False)


def compliance(place: Place) -> AdminInterface:
    """Security & Compliance in the tenant's region."""
    return AdminInterface(place, _COMPLIANCE)
