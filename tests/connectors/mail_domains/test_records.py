"""SPF, DKIM and DMARC of one domain, asked of a name server on loopback: found, absent and not known are kept apart."""

import itertools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.connectors.mail_domains.name_server import (
    Query,
    Reply,
    Zone,
    name_of,
    nothing,
    records,
    response,
    serving,
)

from securescore.connectors import Clock
from securescore.connectors.clouds import Address
from securescore.connectors.http.clock import StoppedError
from securescore.connectors.mail_domains.records import is_microsofts, policy_names, rows_of
from securescore.connectors.mail_domains.resolver import Patience, Resolver

DOMAIN = "north.example"
QUICK = Patience(attempt=0.2, domain=5, rounds=1)


@pytest.fixture
def zone() -> Zone:
    return Zone()


@pytest.fixture
def port(zone: Zone) -> Iterator[int]:
    with serving(zone) as number:
        yield number


@pytest.fixture
def resolver(port: int) -> Resolver:
    return Resolver(Address("localhost", port), Clock(), QUICK)


def found(resolver: Resolver, domain: str = DOMAIN) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in rows_of(domain, resolver):
        rows.setdefault(row["record"], []).append(row)
    assert sorted(rows) == ["dkim1", "dkim2", "dmarc", "spf"]
    return rows


def states(resolver: Resolver, domain: str = DOMAIN) -> dict[str, tuple[str, str | None]]:
    return {record: (rows[0]["state"], rows[0]["text"]) for record, rows in found(resolver, domain).items()}


def failing(rcode: dns.rcode.Rcode) -> Reply:
    return lambda query, _how: response(query, rcode).to_wire()


def alias_of(name: str) -> Reply:
    return lambda query, _how: records(query, f"{name}.", kind="CNAME")


def test_each_record_is_told_with_the_name_where_it_stands(zone: Zone, resolver: Resolver) -> None:
    zone.says(DOMAIN, "TXT", '"v=spf1 include:spf.protection" ".outlook.com -all"', '"site=1"')
    zone.says(f"_dmarc.{DOMAIN}", "TXT", '"v=DMARC1; p=reject"')
    zone.says(f"selector1._domainkey.{DOMAIN}", "CNAME", "Selector1-North.dkim.mail.example.")
    zone.says(f"selector2._domainkey.{DOMAIN}", "TXT", '"v=DKIM1; p=abc"')
    zone.replies[f"selector2._domainkey.{DOMAIN}", "CNAME"] = failing(dns.rcode.NOERROR)
    rows = found(resolver)
    assert [(r["state"], r["name"], r["text"]) for record in sorted(rows) for r in rows[record]] == [
        ("found", f"selector1._domainkey.{DOMAIN}", "selector1-north.dkim.mail.example"),
        ("found", f"selector2._domainkey.{DOMAIN}", "v=DKIM1; p=abc"),
        ("found", f"_dmarc.{DOMAIN}", "v=DMARC1; p=reject"),
        ("found", DOMAIN, "v=spf1 include:spf.protection.outlook.com -all"),
    ]


def test_every_one_of_several_records_is_a_row(zone: Zone, resolver: Resolver) -> None:
    zone.says(DOMAIN, "TXT", '"v=spf1 -all"', '"v=spf1 ~all"', '"v=spf10 no"', '"V=SPF1"')
    rows = found(resolver)["spf"]
    assert [(r["ordinal"], r["text"]) for r in rows] == [
        (0, "V=SPF1"),
        (1, "v=spf1 -all"),
        (2, "v=spf1 ~all"),
    ]


def test_no_such_name_and_no_such_record_are_absent(zone: Zone, resolver: Resolver) -> None:
    zone.says(DOMAIN, "TXT", '"site=1"')
    zone.replies[f"_dmarc.{DOMAIN}", "TXT"] = failing(dns.rcode.NOERROR)
    assert set(states(resolver).values()) == {("absent", None)}


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (failing(dns.rcode.SERVFAIL), "SERVFAIL"),
        (failing(dns.rcode.REFUSED), "REFUSED"),
        (failing(dns.rcode.FORMERR), "FORMERR"),
        (lambda _query, _how: None, "in time"),
        (lambda query, _how: query.id.to_bytes(2, "big") + b"\xff\xff\x00", "cannot be read"),
        (lambda query, _how: records(query, '"v=spf1 -all"')[:-3], "cannot be read"),
        (lambda query, _how: dns.message.make_response(query).to_wire()[:2] + b"\x80", "cannot be read"),
    ],
)
def test_what_went_wrong_is_unknown_and_never_absent(
    zone: Zone, resolver: Resolver, reply: Reply, reason: str
) -> None:
    zone.otherwise = reply
    for rows in found(resolver).values():
        assert [row["state"] for row in rows] == ["unknown"]
        assert reason in rows[0]["error"]


def test_a_server_that_only_points_elsewhere_says_nothing(zone: Zone, resolver: Resolver) -> None:
    def referral(query: Query, _how: str) -> bytes:
        answer = response(query, flags=0)
        answer.authority.append(dns.rrset.from_text(f"{DOMAIN}.", 60, "IN", "NS", "ns.north.example."))
        return answer.to_wire()

    zone.otherwise = referral
    assert set(states(resolver).values()) == {("unknown", None)}


def test_an_answer_that_was_cut_off_is_asked_for_over_how(zone: Zone, resolver: Resolver) -> None:
    long = " ".join(f'"{"x" * 250}"' for _ in range(100))

    def cut(query: Query, how: str) -> bytes:
        whole = records(query, f'"v=spf1 " {long}')
        return whole if how == "tcp" else response(query, flags=dns.flags.TC).to_wire()

    zone.replies[DOMAIN, "TXT"] = cut
    state, text = states(resolver)["spf"]
    assert (state, len(text or "")) == ("found", 7 + 25_000)
    assert [how for name, _, how in zone.asked if name == DOMAIN] == ["udp", "tcp"]


def test_many_long_records_are_read_whole(zone: Zone, resolver: Resolver) -> None:
    many = [f'"v=spf1 {number} {"y" * 200}" "{"z" * 255}"' for number in range(120)]
    zone.replies[DOMAIN, "TXT"] = lambda query, how: (
        records(query, *many) if how == "tcp" else response(query, flags=dns.flags.TC).to_wire()
    )
    assert len(found(resolver)["spf"]) == 120


@pytest.mark.parametrize("again", [1, 2, 7])
def test_aliases_are_followed(zone: Zone, resolver: Resolver, again: int) -> None:
    names = [DOMAIN, *(f"alias{number}.example" for number in range(again))]
    for name, following in itertools.pairwise(names):
        zone.replies[name, "TXT"] = alias_of(following)
    zone.says(names[-1], "TXT", '"v=spf1 -all"')
    assert states(resolver)["spf"] == ("found", "v=spf1 -all")


def test_aliases_that_lead_in_a_circle_are_unknown(zone: Zone, resolver: Resolver) -> None:
    zone.replies[DOMAIN, "TXT"] = alias_of("round.example")
    zone.replies["round.example", "TXT"] = alias_of(DOMAIN)
    (row,) = found(resolver)["spf"]
    assert (row["state"], row["error"]) == ("unknown", "its aliases do not come to an end")


def test_a_circle_within_one_answer_is_unknown(zone: Zone, resolver: Resolver) -> None:
    def circle(query: Query, _how: str) -> bytes:
        answer = response(query)
        for one, other in ((DOMAIN, "round.example"), ("round.example", DOMAIN)):
            answer.answer.append(dns.rrset.from_text(f"{one}.", 60, "IN", "CNAME", f"{other}."))
        return answer.to_wire()

    zone.replies[DOMAIN, "TXT"] = circle
    assert states(resolver)["spf"] == ("unknown", None)


def test_an_alias_of_nothing_is_absent(zone: Zone, resolver: Resolver) -> None:
    zone.replies[DOMAIN, "TXT"] = alias_of("gone.example")
    assert states(resolver)["spf"] == ("absent", None)


def test_the_policy_of_a_parent_counts_where_the_domain_has_none(zone: Zone, resolver: Resolver) -> None:
    zone.says("_dmarc.north.example", "TXT", '"v=DMARC1;p=none"')
    zone.says("_dmarc.b.north.example", "TXT", '"something else"')
    (row,) = found(resolver, "a.b.north.example")["dmarc"]
    assert (row["state"], row["name"], row["text"]) == ("found", "_dmarc.north.example", "v=DMARC1;p=none")
    assert not any(name == "_dmarc.example" for name, _, _ in zone.asked)


def test_a_parent_that_gives_no_answer_may_have_a_policy(zone: Zone, resolver: Resolver) -> None:
    zone.replies["_dmarc.b.north.example", "TXT"] = failing(dns.rcode.SERVFAIL)
    zone.says("_dmarc.north.example", "TXT", '"v=DMARC1;p=none"')
    (row,) = found(resolver, "a.b.north.example")["dmarc"]
    assert (row["state"], row["name"]) == ("unknown", "_dmarc.b.north.example")


def test_the_search_for_a_policy_is_short() -> None:
    assert policy_names("north.example") == ["_dmarc.north.example"]
    assert policy_names("co.example.") == ["_dmarc.co.example."]
    deep = policy_names(".".join("abcdefghijklmno") + ".example")
    assert len(deep) <= 8
    assert (deep[0], deep[-1]) == (f"_dmarc.{'.'.join('abcdefghijklmno')}.example", "_dmarc.o.example")


@pytest.mark.parametrize(
    "domain",
    [
        "",
        ".",
        "a..example",
        "x" * 64 + ".example",
        ".".join(["label"] * 60),
        "sp ace\x1b[31m.example",
        "\ud800.example",
    ],
)
def test_what_is_no_domain_is_unknown_or_absent_and_prints_harmlessly(
    resolver: Resolver, domain: str
) -> None:
    for row in (row for rows in found(resolver, domain).values() for row in rows):
        assert row["state"] in {"unknown", "absent"}
        assert (row["error"] or "").isprintable()


def test_texts_are_harmless_to_print(zone: Zone, resolver: Resolver) -> None:
    zone.says(DOMAIN, "TXT", '"v=spf1 \\255\\254 \\027[31m\\000\\010"')
    state, text = states(resolver)["spf"]
    assert (state, text) == ("found", r"v=spf1 \xff\xfe \x1b[31m\x00\n")


def test_a_domain_has_so_many_seconds(zone: Zone, port: int) -> None:
    zone.otherwise = lambda _query, _how: None
    hasty = Resolver(Address("127.0.0.1", port), Clock(), Patience(attempt=0.3, domain=0.1, rounds=5))
    errors = [rows[0]["error"] for rows in found(hasty).values()]
    assert errors == ["no answer within 0.1 seconds"] * 4
    assert len(zone.asked) == 1


def test_stopping_the_collection_ends_the_questions(zone: Zone, port: int) -> None:
    clock = Clock()

    def stop(query: Query, _how: str) -> bytes:
        clock.stop()
        return nothing(query)

    zone.otherwise = stop
    with pytest.raises(StoppedError):
        list(rows_of(DOMAIN, Resolver(Address("127.0.0.1", port), clock, QUICK)))
    assert len(zone.asked) == 1


def test_without_a_resolver_nothing_is_known() -> None:
    nowhere = Resolver(Address("no-such-host.invalid.", 53), Clock(), QUICK)
    assert {row["state"] for row in rows_of(DOMAIN, nowhere)} == {"unknown"}


@pytest.mark.parametrize(
    ("domain", "microsofts"),
    [
        ("north.onmicrosoft.com", True),
        ("north.mail.OnMicrosoft.com.", True),
        ("north.onmicrosoft.us", True),
        ("north.partner.onmschina.cn", True),
        ("notonmicrosoft.com", False),
        ("onmicrosoft.com.north.example", False),
    ],
)
def test_domains_of_microsoft_are_left_out(domain: str, *, microsofts: bool) -> None:
    assert is_microsofts(domain) is microsofts


def _sending(wire: Callable[[Query], bytes]) -> Reply:
    return lambda query, _how: wire(query)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.binary(max_size=300), keeps_head=st.booleans())
@example(noise=b"\xc0\x0c" * 20, keeps_head=True)
def test_no_answer_crashes_the_reader(zone: Zone, port: int, *, noise: bytes, keeps_head: bool) -> None:
    zone.asked.clear()
    zone.otherwise = _sending(
        lambda query: records(query, '"v=spf1 -all"')[:12] + noise if keeps_head else noise
    )
    rows = list(rows_of(DOMAIN, Resolver(Address("127.0.0.1", port), Clock(), Patience(0.02, 1, 1))))
    assert {row["record"] for row in rows} == {"spf", "dmarc", "dkim1", "dkim2"}
    for row in rows:
        assert row["state"] in {"found", "absent", "unknown"}
        assert ((row["text"] or "") + (row["error"] or "")).isprintable()


def test_one_resolver_serves_many_threads(zone: Zone, resolver: Resolver) -> None:
    zone.otherwise = lambda query, _how: records(query, f'"v=spf1 {name_of(query)}"')
    got: dict[int, str | None] = {}

    def ask(number: int) -> None:
        got[number] = resolver.texts(f"d{number}.example", resolver.budget()).texts[0]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == {number: f"v=spf1 d{number}.example" for number in range(20)}
