"""What the domains of an invented organisation publish about their mail, and a name server that answers with it.

Intended flaws: a domain whose SPF record leaves Exchange Online out, one with two records, one with none; DMARC that
only watches; a DKIM key that was never published; a domain whose server fails. Any may be made to answer no more.
"""

import contextlib
import socketserver
import struct
import threading
from dataclasses import dataclass, field
from typing import Self

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from securescore.demo.frame import Frame

_HOST = "127.0.0.1"
_SECONDS_TO_LIVE = 300
_SMALLEST_UDP = 512
_LONGEST = 65_535
_LONGEST_STRING = 255
_ATTEMPTS = 50

EXCHANGE_SPF = "spf.protection.outlook.com"


@dataclass
class MailRecords:
    """Records by name, in lower case. A name in no record does not exist.

    Attributes:
        texts: each text of each name; longer ones are cut into several strings on the wire.
        aliases: what a name stands for.
        failing: domains whose server answers that it failed, for everything below them as well.
        silent: domains whose server never answers.
    """

    texts: dict[str, list[str]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    failing: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)

    def knows(self, name: str) -> bool:
        """Whether there is anything at the name or below it."""
        names = (*self.texts, *self.aliases)
        return any(one == name or one.endswith(f".{name}") for one in names)


def build_mail_records(frame: Frame) -> MailRecords:
    main, federated = frame.domain, frame.federated_domain
    quay, terminals, old = f"kade.{main}", f"{frame.slug}-terminals.example", f"{frame.slug}-oud.example"
    proofs = [f"{service}-verification={frame.id('proof', service) * 6}" for service in _PROOFS]
    reports = f"rua=mailto:dmarc@{main}"
    aliases = {**_keys(frame, main), **_keys(frame, quay), **_keys(frame, federated)}
    del aliases[f"selector2._domainkey.{federated}"]
    return MailRecords(
        texts={
            **{target: [_key(frame, target)] for target in aliases.values()},
            main: [*proofs, f"v=spf1 include:{EXCHANGE_SPF} include:_spf.loodswezen.example -all"],
            federated: ["v=spf1 ip4:203.0.113.0/24 mx -all"],
            quay: [f"v=spf1 {_addresses()} include:SPF.Protection.Outlook.com ~all"],
            terminals: [f"v=spf1 include:{EXCHANGE_SPF} -all", "v=spf1 ip4:198.51.100.7 -all"],
            old: ["deze domeinnaam is niet meer in gebruik"],
            silent_domain(frame): [f"v=spf1 include:{EXCHANGE_SPF} -all"],
            frame.initial_domain: [f"v=spf1 include:{EXCHANGE_SPF} -all"],
            f"_dmarc.{main}": [f"v=DMARC1; p=reject; {reports}"],
            f"_dmarc.{federated}": [f"v=DMARC1; p=quarantine; pct=50; {reports}"],
            f"_dmarc.{terminals}": [f"v=DMARC1; p=none; {reports}"],
        },
        aliases=aliases,
        failing=[failing_domain(frame)],
    )


_PROOFS = ("getij", "zeekaart", "loodsapp", "douane", "vrachtmail", "kadebeheer", "containerlijn")
"""So many services wanted proof that the answer does not fit into one UDP packet."""


def failing_domain(frame: Frame) -> str:
    return f"{frame.slug}-storing.example"


def silent_domain(frame: Frame) -> str:
    """The domain that falls silent on order."""
    return f"{frame.slug}-stil.example"


def key_target(frame: Frame, domain: str, number: int) -> str:
    """Where the DKIM key of a domain stands, as Exchange Online tells it."""
    return f"selector{number}-{domain.replace('.', '-')}._domainkey.{frame.initial_domain}"


def _keys(frame: Frame, domain: str) -> dict[str, str]:
    return {f"selector{one}._domainkey.{domain}": key_target(frame, domain, one) for one in (1, 2)}


def _key(frame: Frame, target: str) -> str:
    """A made-up key; like a real one it is longer than one string of a record."""
    letters = "".join(frame.id("key", target, str(part)).replace("-", "") for part in range(11))
    return f"v=DKIM1; k=rsa; p={letters}"


def _addresses() -> str:
    return " ".join(f"ip4:198.51.100.{number}" for number in range(20, 34))


class NameServer:
    """Answers over UDP and TCP on one port of loopback, for as long as the `with` block lasts.

    The records may be changed while it runs.
    """

    def __init__(self, records: MailRecords) -> None:
        self.records = records
        self._udp, self._tcp = _pair(self)
        self.port = int(self._udp.server_address[1])
        self._stack = contextlib.ExitStack()

    @property
    def address(self) -> str:
        return f"{_HOST}:{self.port}"

    def __enter__(self) -> Self:
        for server in (self._udp, self._tcp):
            thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="invented name server")
            thread.start()
            self._stack.callback(thread.join)
            self._stack.callback(server.server_close)
            self._stack.callback(server.shutdown)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def answer(records: MailRecords, wire: bytes, *, over_udp: bool) -> bytes | None:
    """The answer to a query; None where there is to be none, as to anything that is no query."""
    try:
        query = dns.message.from_wire(wire)
    except dns.exception.DNSException:
        return None
    if not query.question or query.flags & dns.flags.QR:
        return None
    response = _response(records, query)
    if response is None:
        return None
    return _fitted(response, max(query.payload, _SMALLEST_UDP) if over_udp else _LONGEST)


def _response(records: MailRecords, query: dns.message.Message) -> dns.message.Message | None:
    question = query.question[0]
    name = question.name.to_text(omit_final_dot=True).lower()
    if _below(name, records.silent):
        return None
    response = dns.message.make_response(query)
    response.flags |= dns.flags.RA
    if _below(name, records.failing):
        response.set_rcode(dns.rcode.SERVFAIL)
    elif not records.knows(name):
        response.set_rcode(dns.rcode.NXDOMAIN)
    else:
        response.answer = _found(records, name, question.rdtype)
    return response


def _found(records: MailRecords, name: str, kind: dns.rdatatype.RdataType) -> list[dns.rrset.RRset]:
    """The records of that kind; an alias comes in any case, with what it leads to."""
    if name in records.aliases:
        target = records.aliases[name]
        alias = _records(name, dns.rdatatype.CNAME, [f"{target}."])
        return [alias, *([] if kind == dns.rdatatype.CNAME else _found(records, target, kind))]
    if kind == dns.rdatatype.TXT and name in records.texts:
        return [_records(name, kind, [_strings(one) for one in records.texts[name]])]
    return []


def _below(name: str, domains: list[str]) -> bool:
    return any(name == one or name.endswith(f".{one}") for one in domains)


def _records(name: str, kind: dns.rdatatype.RdataType, values: list[str]) -> dns.rrset.RRset:
    return dns.rrset.from_text(f"{name}.", _SECONDS_TO_LIVE, dns.rdataclass.IN, kind, *values)


def _strings(text: str) -> str:
    """The text as the strings of one TXT record."""
    parts = [text[at : at + _LONGEST_STRING] for at in range(0, len(text), _LONGEST_STRING)]
    return " ".join('"{}"'.format(part.replace("\\", "\\\\").replace('"', '\\"')) for part in parts)


def _fitted(response: dns.message.Message, size: int) -> bytes:
    """The answer, or one that says it was too long and is to be asked for over TCP."""
    try:
        return response.to_wire(max_size=size)
    except dns.exception.TooBig:
        response.answer = []
        response.flags |= dns.flags.TC
        return response.to_wire(max_size=size)


class _Udp(socketserver.ThreadingUDPServer):
    name_server: NameServer


class _Tcp(socketserver.ThreadingTCPServer):
    name_server: NameServer


class _UdpHandler(socketserver.BaseRequestHandler):
    server: _Udp

    def handle(self) -> None:
        wire, reply_to = self.request
        reply = answer(self.server.name_server.records, wire, over_udp=True)
        if reply is not None:
            reply_to.sendto(reply, self.client_address)


class _TcpHandler(socketserver.StreamRequestHandler):
    server: _Tcp
    timeout = 2

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            while len(head := self.rfile.read(2)) == 2:  # noqa: PLR2004 - the length stands in two bytes
                wire = self.rfile.read(struct.unpack("!H", head)[0])
                reply = answer(self.server.name_server.records, wire, over_udp=False)
                if reply is None:
                    return
                self.wfile.write(struct.pack("!H", len(reply)) + reply)


def _pair(owner: NameServer) -> tuple[_Udp, _Tcp]:
    """Two servers on the same port: a free one for UDP may be taken for TCP, then another is tried."""
    for _ in range(_ATTEMPTS):
        udp = _Udp((_HOST, 0), _UdpHandler)
        try:
            tcp = _Tcp(udp.server_address, _TcpHandler)
        except OSError:
            udp.server_close()
            continue
        for server in (udp, tcp):
            server.name_server = owner
            server.daemon_threads = True
        return udp, tcp
    raise RuntimeError("no port of loopback is free for both UDP and TCP")
