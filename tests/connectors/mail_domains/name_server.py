"""A name server on loopback that says what a test wants it to say, and keeps what it was asked."""

import contextlib
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Query = dns.message.Message
Reply = Callable[[Query, str], bytes | None]
"""From a query, and how it came (udp, tcp), to the bytes to send back; None: silence."""


def name_of(query: Query) -> str:
    return query.question[0].name.to_text(omit_final_dot=True).lower()


def kind_of(query: Query) -> str:
    return dns.rdatatype.to_text(query.question[0].rdtype)


def response(query: Query, rcode: dns.rcode.Rcode = dns.rcode.NOERROR, flags: int = dns.flags.RA) -> Query:
    answer = dns.message.make_response(query)
    answer.flags |= flags
    answer.set_rcode(rcode)
    return answer


def records(query: Query, *values: str, kind: str = "TXT", name: str | None = None) -> bytes:
    """An answer with these records, as in a zone file."""
    answer = response(query)
    answer.answer.append(dns.rrset.from_text(f"{name or name_of(query)}.", 60, "IN", kind, *values))
    return answer.to_wire(max_size=65_535)


def nothing(query: Query, _how: str = "") -> bytes:
    return response(query, dns.rcode.NXDOMAIN).to_wire()


@dataclass
class Zone:
    """What the server says, by name and kind; what is not in it does not exist.

    Attributes:
        asked: names and kinds, with `tcp` or `udp`, in the order they came.
    """

    replies: dict[tuple[str, str], Reply] = field(default_factory=dict)
    otherwise: Reply = nothing
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def says(self, name: str, kind: str, *values: str) -> None:
        self.replies[name, kind] = lambda query, _how: records(query, *values, kind=kind)

    def answer(self, wire: bytes, how: str) -> bytes | None:
        query = dns.message.from_wire(wire)
        key = name_of(query), kind_of(query)
        self.asked.append((*key, how))
        return self.replies.get(key, self.otherwise)(query, how)


class _Udp(socketserver.BaseRequestHandler):
    server: "_UdpServer"

    def handle(self) -> None:
        wire, socket = self.request
        answer = self.server.zone.answer(wire, "udp")
        if answer is not None:
            socket.sendto(answer, self.client_address)


class _Tcp(socketserver.StreamRequestHandler):
    server: "_TcpServer"

    def handle(self) -> None:
        (size,) = struct.unpack("!H", self.rfile.read(2))
        answer = self.server.zone.answer(self.rfile.read(size), "tcp")
        if answer is not None:
            self.wfile.write(struct.pack("!H", len(answer)) + answer)


class _UdpServer(socketserver.ThreadingUDPServer):
    daemon_threads = True
    zone: Zone


class _TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    zone: Zone


@contextlib.contextmanager
def serving(zone: Zone) -> Iterator[int]:
    """Serves the zone over UDP and TCP on one port, which is given."""
    with _pair() as (udp, tcp):
        udp.zone = tcp.zone = zone
        threads = [threading.Thread(target=server.serve_forever, args=(0.02,)) for server in (udp, tcp)]
        for thread in threads:
            thread.start()
        try:
            yield udp.server_address[1]
        finally:
            for server in (udp, tcp):
                server.shutdown()
            for thread in threads:
                thread.join()


@contextlib.contextmanager
def _pair() -> Iterator[tuple[_UdpServer, _TcpServer]]:
    for _ in range(50):
        tcp = _TcpServer(("127.0.0.1", 0), _Tcp)
        try:
            udp = _UdpServer(("127.0.0.1", tcp.server_address[1]), _Udp)
        except OSError:  # the port is somebody else's over UDP
            tcp.server_close()
            continue
        with tcp, udp:
            yield udp, tcp
        return
    raise OSError("no port is free for both UDP and TCP")
