"""Where the server listens, and that nobody on the way reads along."""

import re
import socket
import ssl
import stat
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path

from securescore.errors import ConfigurationError
from securescore.settings import Settings

_ADDRESS = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%a-z]+\]|[A-Za-z0-9.-]+):(?P<port>[0-9]{1,5})", re.ASCII)
_LAST_PORT = 65_535
_BACKLOG = 512
_READ_BY_OTHERS = stat.S_IRWXO


@dataclass(frozen=True)
class Listening:
    """Where and how.

    Attributes:
        certificate: with its key, when the server itself speaks https.
        proxies: whose word about who asks is taken; none: nobody's.
    """

    host: str
    port: int
    certificate: tuple[Path, Path] | None
    proxies: tuple[str, ...]

    @property
    def scheme(self) -> str:
        """What the server itself speaks."""
        return "https" if self.certificate else "http"

    def address(self, port: int | None = None) -> str:
        """As it stands in a browser."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{port or self.port}"


def listening(settings: Settings) -> Listening:
    """What the settings say.

    Raises:
        ConfigurationError: they cannot be used, or would show what people do to everybody on the way.
    """
    host, port = parse_address(settings.listen)
    found = Listening(host, port, _certificate(settings), _proxies(settings.trusted_proxies))
    if not is_loopback(host) and not found.certificate and not found.proxies:
        raise ConfigurationError(
            f"SECURESCORE_LISTEN={settings.listen} would be plain http that everybody on the way can read: set "
            "SECURESCORE_TLS_CERT and SECURESCORE_TLS_KEY, or SECURESCORE_TRUSTED_PROXIES to the address of the proxy "
            "that speaks https, or listen on 127.0.0.1"
        )
    return found


def open_socket(where: Listening) -> socket.socket:
    """The socket, taking connections.

    Raises:
        ConfigurationError: the address is not this machine's, or in use.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            where.host, where.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        opened = socket.socket(family, kind, protocol)
        try:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            opened.bind(address)
            opened.listen(_BACKLOG)
        except OSError:
            opened.close()
            raise
    except OSError as error:
        raise ConfigurationError(
            f"the server cannot listen on {where.host}:{where.port} ({error.strerror}): set SECURESCORE_LISTEN to an "
            "address of this machine with a free port"
        ) from None
    opened.set_inheritable(False)
    return opened


def parse_address(text: str) -> tuple[str, int]:
    """Host, without brackets, and port. Raises ConfigurationError when it is no such thing."""
    match = _ADDRESS.fullmatch(text.strip())
    if match is None or int(match["port"]) > _LAST_PORT:
        raise ConfigurationError(
            f"SECURESCORE_LISTEN={text} is no address: write one such as 127.0.0.1:8480 or [::1]:8480"
        )
    return match["host"].strip("[]"), int(match["port"])


def is_loopback(host: str) -> bool:
    """Whether only this machine itself reaches the address."""
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost"
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _certificate(settings: Settings) -> tuple[Path, Path] | None:
    certificate, key = settings.tls_cert, settings.tls_key
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise ConfigurationError(
            "SECURESCORE_TLS_CERT and SECURESCORE_TLS_KEY go together: set both or neither"
        )
    _refuse_open(key)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "reason", None) or error.strerror or "they do not fit"
        raise ConfigurationError(
            f"the certificate {certificate} cannot be used with the key {key} ({reason}): give a certificate and its key "
            "without a password, both in PEM"
        ) from None
    return certificate, key


def _refuse_open(key: Path) -> None:
    try:
        mode = key.stat().st_mode
    except OSError as error:
        raise ConfigurationError(
            f"the key {key} of SECURESCORE_TLS_KEY cannot be read ({error.strerror}): name the file, and let the account "
            "that runs securescore read it"
        ) from None
    if mode & _READ_BY_OTHERS:
        raise ConfigurationError(f"everybody on this machine may read the key {key}: run 'chmod o= {key}'")


def _proxies(given: str | None) -> tuple[str, ...]:
    found = tuple(one.strip() for one in (given or "").split(",") if one.strip())
    for one in found:
        try:
            network = ip_network(one)
        except ValueError:
            raise ConfigurationError(
                f"SECURESCORE_TRUSTED_PROXIES names {one!r}, which is neither an address nor a network: write them with "
                "commas between, such as 10.0.0.5,10.1.0.0/16"
            ) from None
        if network.prefixlen == 0:
            raise ConfigurationError(
                f"SECURESCORE_TRUSTED_PROXIES={one} would let everybody say where they come from: name the proxies"
            )
    return found
