"""Where the server may listen: nobody on the way reads along."""

import socket
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from securescore.errors import ConfigurationError
from securescore.settings import Settings
from securescore.web.listening import Listening, is_loopback, listening, open_socket, parse_address


def settings(tmp_path: Path, **given: Any) -> Settings:
    return Settings(data_dir=tmp_path, **given)


@pytest.fixture
def certificate(tmp_path: Path) -> dict[str, Path]:
    issued = trustme.CA().issue_cert("score.example.com")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.write_bytes(b"".join(one.bytes() for one in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    key.chmod(0o600)
    return {"tls_cert": cert, "tls_key": key}


def test_by_default_on_this_machine_only(tmp_path: Path) -> None:
    found = listening(settings(tmp_path))
    assert (found.host, found.port, found.address()) == ("127.0.0.1", 8480, "http://127.0.0.1:8480")


@pytest.mark.parametrize("address", ["0.0.0.0:8480", "[::]:8480", "10.0.0.5:80", "score.example.com:80"])
def test_plain_http_for_others_is_refused_in_a_sentence(tmp_path: Path, address: str) -> None:
    with pytest.raises(ConfigurationError) as told:
        listening(settings(tmp_path, listen=address))
    assert "SECURESCORE_TLS_CERT" in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "[::1]:8480", "localhost:8480", "127.9.9.9:8480"])
def test_this_machine_itself_needs_neither(tmp_path: Path, address: str) -> None:
    assert listening(settings(tmp_path, listen=address)).scheme == "http"


def test_with_a_certificate_it_speaks_https(tmp_path: Path, certificate: dict[str, Path]) -> None:
    found = listening(settings(tmp_path, listen="0.0.0.0:8443", **certificate))
    assert found.address() == "https://0.0.0.0:8443"


def test_behind_a_proxy_that_does(tmp_path: Path) -> None:
    found = listening(settings(tmp_path, listen="0.0.0.0:8480", trusted_proxies=" 10.0.0.5, 10.1.0.0/16 "))
    assert found.proxies == ("10.0.0.5", "10.1.0.0/16")


@pytest.mark.parametrize("proxies", ["proxy.example.com", "10.0.0.5/8", "0.0.0.0/0", "::/0", "*"])
def test_proxies_that_cannot_be(tmp_path: Path, proxies: str) -> None:
    with pytest.raises(ConfigurationError, match="SECURESCORE_TRUSTED_PROXIES"):
        listening(settings(tmp_path, trusted_proxies=proxies))


def test_certificates_that_cannot_be(tmp_path: Path, certificate: dict[str, Path]) -> None:
    with pytest.raises(ConfigurationError, match="go together"):
        listening(settings(tmp_path, tls_cert=certificate["tls_cert"]))
    with pytest.raises(ConfigurationError, match="cannot be used with the key"):
        listening(settings(tmp_path, tls_cert=certificate["tls_key"], tls_key=certificate["tls_key"]))
    certificate["tls_key"].chmod(0o644)
    with pytest.raises(ConfigurationError, match="everybody on this machine may read"):
        listening(settings(tmp_path, **certificate))
    certificate["tls_key"].unlink()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        listening(settings(tmp_path, **certificate))


@pytest.mark.parametrize(
    "address", ["", "8480", "127.0.0.1", "127.0.0.1:99999", "http://127.0.0.1:1", "::1:80"]
)
def test_addresses_that_are_none(tmp_path: Path, address: str) -> None:
    with pytest.raises(ConfigurationError, match="is no address"):
        listening(settings(tmp_path).model_copy(update={"listen": address}))


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        host, port = parse_address(text)
    except ConfigurationError:
        return
    assert host
    assert 0 <= port < 65_536
    is_loopback(host)


def test_an_address_in_use_is_said() -> None:
    where = Listening("127.0.0.1", 0, None, ())
    with open_socket(where) as first:
        taken = Listening("127.0.0.1", first.getsockname()[1], None, ())
        with pytest.raises(ConfigurationError, match="Address already in use"):
            open_socket(taken)
    with pytest.raises(ConfigurationError, match="cannot listen on"):
        open_socket(Listening("192.0.2.1", 0, None, ()))


def test_the_socket_takes_connections() -> None:
    with open_socket(Listening("localhost", 0, None, ())) as opened:
        socket.create_connection(opened.getsockname()[:2], timeout=5).close()
