"""The five Microsoft clouds and where their services answer (reference evidence-apis, section 2)."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from securescore.errors import ConfigurationError

HTTPS_PORT = 443

_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_LONGEST_HOST = 253
_IP6 = re.compile(r"[0-9a-f:.]+")
_LARGEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Address:
    """Host and port of a service. Always https."""

    host: str
    port: int = HTTPS_PORT

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == HTTPS_PORT else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """`https://host` or `https://host:port`, without a slash at the end."""
        return f"https://{self}"


def parse_address(text: str, what: str) -> Address:
    """Reads `host`, `host:port` or `https://host[:port]`.

    Raises:
        ConfigurationError: it is http, has a path or a user name, or is no host.
    """
    if text.lower().startswith("http:"):
        raise ConfigurationError(
            f"{what} is {text!r}: plain http is never used, because it would show tokens to everybody on the way; "
            "give the https address"
        )
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        port = HTTPS_PORT if parts.port is None else parts.port
    except ValueError:
        raise _no_address(text, what) from None
    host = (parts.hostname or "").rstrip(".")
    extra = parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password
    if parts.scheme != "https" or extra or not is_host(host) or not 0 < port <= _LARGEST_PORT:
        raise _no_address(text, what)
    return Address(host, port)


def is_host(host: str) -> bool:
    """Whether it can be the name or the address of a host: such a name can be looked up, whatever comes of it."""
    if ":" in host:
        return _IP6.fullmatch(host) is not None
    return len(host) <= _LONGEST_HOST and _HOST.fullmatch(host) is not None


def _no_address(text: str, what: str) -> ConfigurationError:
    return ConfigurationError(f"{what} is {text!r}: give it as host, host:port or https://host")


@dataclass(frozen=True, slots=True)
class Cloud:
    """Where one cloud answers. None: not offered there, or different in each tenant.

    Attributes:
        name: as in the tenant file.
        also: other hosts that links and redirects of this cloud may lead to.
        defender_endpoint_resource: what a token for Defender for Endpoint is asked for, where that is not the
            address itself.
    """

    name: str
    login: Address
    graph: Address
    exchange: Address
    compliance: Address
    defender_endpoint: Address | None
    also: tuple[Address, ...] = ()
    defender_endpoint_resource: str | None = None


GLOBAL = Cloud(
    name="global",
    login=Address("login.microsoftonline.com"),
    graph=Address("graph.microsoft.com"),
    exchange=Address("outlook.office365.com"),
    compliance=Address("ps.compliance.protection.outlook.com"),
    defender_endpoint=Address("api.security.microsoft.com"),
    # Defender for Endpoint was here before, and its links may still lead there
    also=(Address("api.securitycenter.microsoft.com"),),
    defender_endpoint_resource="https://api.securitycenter.microsoft.com",
)
GCC = Cloud(
    name="gcc",
    login=GLOBAL.login,
    graph=GLOBAL.graph,
    exchange=GLOBAL.exchange,
    compliance=GLOBAL.compliance,
    defender_endpoint=Address("api-gcc.securitycenter.microsoft.us"),
)
GCC_HIGH = Cloud(
    name="gcc_high",
    login=Address("login.microsoftonline.us"),
    graph=Address("graph.microsoft.us"),
    exchange=Address("outlook.office365.us"),
    compliance=Address("ps.compliance.protection.office365.us"),
    defender_endpoint=Address("api-gov.securitycenter.microsoft.us"),
)
DOD = Cloud(
    name="dod",
    login=Address("login.microsoftonline.us"),
    graph=Address("dod-graph.microsoft.us"),
    exchange=Address("outlook-dod.office365.us"),
    compliance=Address("ps.compliance.protection.office365.us"),
    defender_endpoint=Address("api-gov.securitycenter.microsoft.us"),
)
CHINA = Cloud(
    name="china",
    login=Address("login.chinacloudapi.cn"),
    graph=Address("microsoftgraph.chinacloudapi.cn"),
    exchange=Address("partner.outlook.cn"),
    compliance=Address("ps.compliance.protection.partner.outlook.cn"),
    defender_endpoint=None,
    # the login service of this cloud names its newer host in its own discovery document
    also=(Address("login.partner.microsoftonline.cn"),),
)

CLOUDS = {cloud.name: cloud for cloud in (GLOBAL, GCC, GCC_HIGH, DOD, CHINA)}
