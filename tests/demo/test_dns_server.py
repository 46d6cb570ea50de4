"""The invented name server: every kind of answer a resolver can get, over UDP and TCP, and none at all."""

import socket
import struct
from collections.abc import Iterator

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.resolver
import pytest
from hypothesis import given
from hypothesis import strategies as st

from securescore.demo import InventedCloud, Organisation
from securescore.demo.mail_domains import MailRecords, NameServer, answer

NAME = "noordhaven.example"


@pytest.fixture
def server(noordhaven: Organisation) -> Iterator[NameServer]:
    with NameServer(noordhaven.mail_records) as running:
        yield running


@pytest.fixture
def resolver(server: NameServer) -> dns.resolver.Resolver:
    made = dns.resolver.Resolver(configure=False)
    made.nameservers, made.port, made.timeout, made.lifetime = ["127.0.0.1"], server.port, 0.2, 0.3
    return made


def texts(resolver: dns.resolver.Resolver, name: str) -> set[str]:
    return {b"".join(one.strings).decode() for one in resolver.resolve(name, "TXT")}


def test_each_text_is_found_whole(resolver: dns.resolver.Resolver, noordhaven: Organisation) -> None:
    for name, wanted in noordhaven.mail_records.texts.items():
        assert texts(resolver, name) == set(wanted)
    assert max(len(text) for some in noordhaven.mail_records.texts.values() for text in some) > 255


def test_names_do_not_mind_their_case(resolver: dns.resolver.Resolver) -> None:
    assert texts(resolver, "_DMARC.NoordHaven.Example") == texts(resolver, f"_dmarc.{NAME}")


def test_what_is_too_long_for_one_packet_comes_over_tcp(server: NameServer) -> None:
    query = dns.message.make_query(NAME, "TXT", use_edns=0, payload=1232)
    short = dns.query.udp(query, "127.0.0.1", port=server.port, timeout=2)
    assert short.flags & dns.flags.TC
    assert short.answer == []
    whole = dns.query.tcp(query, "127.0.0.1", port=server.port, timeout=2)
    assert len(whole.answer[0]) == 8


def test_several_queries_over_one_connection(server: NameServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=2) as connection:
        for name in (NAME, f"_dmarc.{NAME}"):
            query = dns.message.make_query(name, "TXT")
            dns.query.send_tcp(connection, query)
            reply, _ = dns.query.receive_tcp(connection)
            assert reply.id == query.id
            assert reply.answer[0].name.to_text(omit_final_dot=True) == name


def test_an_alias_leads_to_its_target(resolver: dns.resolver.Resolver, noordhaven: Organisation) -> None:
    target = noordhaven.mail_records.aliases[f"selector1._domainkey.{NAME}"]
    found = resolver.resolve(f"selector1._domainkey.{NAME}", "CNAME")
    assert [one.target.to_text(omit_final_dot=True) for one in found] == [target]
    assert texts(resolver, f"selector1._domainkey.{NAME}") == texts(resolver, target)


def test_no_such_name_no_such_record_and_failure(resolver: dns.resolver.Resolver) -> None:
    with pytest.raises(dns.resolver.NXDOMAIN):
        resolver.resolve("selector2._domainkey.werf-noordhaven.example", "TXT")
    for name, kind in (
        (NAME, "MX"),
        ("noordhaven.onmicrosoft.example", "MX"),
        ("_domainkey.noordhaven.example", "TXT"),
    ):
        with pytest.raises(dns.resolver.NoAnswer):
            resolver.resolve(name, kind)
    with pytest.raises(dns.resolver.NoNameservers, match="SERVFAIL"):
        resolver.resolve("_dmarc.noordhaven-storing.example", "TXT")


def test_a_domain_can_fall_silent(small: Organisation) -> None:
    query = dns.message.make_query("_dmarc.noordhaven-stil.example", "TXT")
    with NameServer(small.mail_records) as server:
        assert dns.query.udp(query, "127.0.0.1", port=server.port, timeout=2).id == query.id
        small.silence("noordhaven-stil.example")
        with pytest.raises(dns.exception.Timeout):
            dns.query.udp(query, "127.0.0.1", port=server.port, timeout=0.2)


def test_records_can_change_while_it_runs(noordhaven: Organisation) -> None:
    records = MailRecords({NAME: ["v=spf1 -all"]})
    with NameServer(records) as server:
        query = dns.message.make_query(NAME, "TXT")
        assert dns.query.udp(query, "127.0.0.1", port=server.port, timeout=2).answer
        records.failing.append(NAME)
        assert dns.query.udp(query, "127.0.0.1", port=server.port, timeout=2).rcode() == dns.rcode.SERVFAIL


@given(st.binary(max_size=40), st.booleans())
def test_what_is_no_query_gets_no_answer(wire: bytes, over_udp: bool) -> None:  # noqa: FBT001
    reply = answer(MailRecords({NAME: ["v=spf1 -all"]}), wire, over_udp=over_udp)
    assert reply is None or dns.message.from_wire(reply).flags & dns.flags.QR


@given(st.integers(0, 65_535), st.lists(st.text("abc_-", min_size=1, max_size=63), max_size=3))
def test_any_query_gets_one_answer_with_its_number(number: int, labels: list[str]) -> None:
    query = dns.message.make_query(dns.name.Name([*map(str.encode, labels), b""]), "TXT", id=number)
    reply = answer(MailRecords({NAME: ["v=spf1 -all"]}), query.to_wire(), over_udp=True)
    assert reply is not None
    assert dns.message.from_wire(reply).id == query.id


def test_a_broken_connection_harms_nobody(server: NameServer, resolver: dns.resolver.Resolver) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=2) as connection:
        connection.sendall(struct.pack("!H", 40) + b"half")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.sendto(b"nonsense", ("127.0.0.1", server.port))
    assert texts(resolver, f"_dmarc.{NAME}")


def test_it_starts_and_stops_with_the_cloud(small: Organisation) -> None:
    query = dns.message.make_query(f"_dmarc.{NAME}", "TXT")
    with InventedCloud(small) as cloud:
        port = cloud.name_server.port
        assert dns.query.udp(query, "127.0.0.1", port=port, timeout=2).answer
    with pytest.raises((dns.exception.Timeout, OSError)):
        dns.query.udp(query, "127.0.0.1", port=port, timeout=0.2)
