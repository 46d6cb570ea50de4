"""The tenant file: what it takes, and one clear sentence for everything it does not."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.connectors.test_tokens import pem_of, pem_of_certificate

from securescore.connectors.clouds import CHINA, CLOUDS, Address
from securescore.connectors.credentials import ClientSecret, FederatedToken, ManagedIdentity
from securescore.connectors.tenant_file import load_tenant
from securescore.errors import ConfigurationError

HEAD = 'tenant_id = "northwharf.example"\nclient_id = "c-1"\n'
SECRET = HEAD + 'client_secret_file = "secret.txt"\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("s3cret\n", encoding="utf-8")
    return tmp_path / "tenant.toml"


def refusal(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as raised:
        load_tenant(path)
    assert str(raised.value).startswith(f"tenant file {path}: ")
    assert raised.value.exit_code == 2
    return str(raised.value).removeprefix(f"tenant file {path}: ")


def test_the_smallest_file(path: Path) -> None:
    path.write_text(SECRET, encoding="utf-8")
    tenant = load_tenant(path)
    assert (tenant.tenant_id, tenant.client_id) == ("northwharf.example", "c-1")
    assert tenant.credential == ClientSecret("s3cret")
    assert tenant.endpoints.graph == Address("graph.microsoft.com")
    assert tenant.endpoints.ca_file is None


def test_relative_paths_are_relative_to_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text(SECRET, encoding="utf-8")
    monkeypatch.chdir(path.parent.parent)
    assert load_tenant(Path(path.parent.name) / path.name).credential == ClientSecret("s3cret")


@pytest.mark.parametrize("name", CLOUDS)
def test_every_cloud(path: Path, name: str) -> None:
    path.write_text(SECRET + f'cloud = "{name}"', encoding="utf-8")
    endpoints = load_tenant(path).endpoints
    assert endpoints.graph == CLOUDS[name].graph
    assert endpoints.also == CLOUDS[name].also


def test_addresses_override_the_cloud_in_three_spellings(path: Path) -> None:
    path.write_text(
        SECRET + 'cloud = "china"\n[endpoints]\nlogin = "Login.Example"\ngraph = "127.0.0.1:8443"\n'
        'exchange = "https://mail.example/"\ndefender_endpoint = "https://[::1]:9443"\ndns = "192.0.2.1:53"\n'
        'also = ["eu.example", "us.example:444"]\n',
        encoding="utf-8",
    )
    endpoints = load_tenant(path).endpoints
    assert endpoints.login == Address("login.example")
    assert endpoints.graph.url == "https://127.0.0.1:8443"
    assert endpoints.exchange == Address("mail.example")
    assert endpoints.defender_endpoint is not None
    assert endpoints.defender_endpoint.url == "https://[::1]:9443"
    assert endpoints.dns == Address("192.0.2.1", 53)
    assert endpoints.compliance == CHINA.compliance
    assert endpoints.also == (*CHINA.also, Address("eu.example"), Address("us.example", 444))


def test_a_managed_identity_needs_no_client_id(path: Path) -> None:
    path.write_text('tenant_id = "t-1"\nmanaged_identity = true\n', encoding="utf-8")
    assert load_tenant(path).credential == ManagedIdentity()
    path.write_text('tenant_id = "t-1"\nclient_id = "c-7"\nmanaged_identity = true\n', encoding="utf-8")
    assert load_tenant(path).credential == ManagedIdentity("c-7")
    path.write_text('tenant_id = "t-1"\nmanaged_identity = "c-9"\n', encoding="utf-8")
    assert load_tenant(path).client_id == "c-9"


def test_a_federated_token(path: Path) -> None:
    path.write_text(HEAD + 'federated_token_file = "secret.txt"\n', encoding="utf-8")
    assert load_tenant(path).credential == FederatedToken(path.parent / "secret.txt")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tenant_id = ", "it is not TOML"),
        (
            SECRET.replace("tenant_id", "tennant_id"),
            "the key tennant_id is not known; did you mean tenant_id?",
        ),
        (SECRET + "colour = 1", "the key colour is not known"),
        (SECRET + f'[endpoints]\ngraph = "{"a" * 64}.example"', "give it as host, host:port or https://host"),
        (
            SECRET + f'[endpoints]\ngraph = "{"a." * 130}example"',
            "give it as host, host:port or https://host",
        ),
        (SECRET + '[endpoints]\ngraph = "a..example"', "give it as host, host:port or https://host"),
        (SECRET + '[endpoints]\ngraf = "x"', "the key endpoints.graf is not known; did you mean graph?"),
        (SECRET + "endpoints = 1", "endpoints must be a table"),
        (SECRET.replace('"northwharf.example"', "7"), "tenant_id must be a text in quotes"),
        (SECRET.replace("northwharf.example", "../x"), "tenant_id is '../x', which is no id"),
        (SECRET.replace('"c-1"', '" "'), "client_id must be a text in quotes, and not empty"),
        ('client_id = "c"\nclient_secret_file = "secret.txt"', "tenant_id is missing"),
        ('tenant_id = "t"\nclient_secret_file = "secret.txt"', "client_id is missing"),
        (
            HEAD,
            "give exactly one of client_secret_file, certificate_file, managed_identity, federated_token_file; found none",
        ),
        (SECRET + "managed_identity = true", "found client_secret_file and managed_identity"),
        (HEAD + "managed_identity = false", "managed_identity must be true, or the client id"),
        (HEAD + 'client_secret_file = "none.txt"', "cannot be read: No such file"),
        (HEAD + 'client_secret_file = "~nobody-at-all/secret.txt"', "there is no such home folder"),
        (HEAD + 'client_secret_file = "secret\\u0000.txt"', "which is no path"),
        ("deep = " + "[" * 5000, "nested too deeply"),
        (SECRET + '[endpoints]\ngraph = "graph.example:0"', "give it as host"),
        (HEAD + 'certificate_file = "secret.txt"', "holds no readable private key"),
        (SECRET + 'certificate_password_file = "secret.txt"', "goes with certificate_file only"),
        (SECRET + 'cloud = "moon"', "cloud is 'moon'; known are global, gcc, gcc_high, dod, china"),
        (SECRET + '[endpoints]\ngraph = "http://graph.example"', "plain http is never used"),
        (SECRET + '[endpoints]\ngraph = "HTTP://graph.example"', "plain http is never used"),
        (SECRET + '[endpoints]\ngraph = "ftp://graph.example"', "give it as host, host:port or https://host"),
        (SECRET + '[endpoints]\ngraph = "https://graph.example/v1.0"', "give it as host"),
        (SECRET + '[endpoints]\ngraph = "https://user@graph.example"', "give it as host"),
        (SECRET + '[endpoints]\ngraph = "graph.example:99999"', "give it as host"),
        (SECRET + '[endpoints]\ngraph = "graph example"', "give it as host"),
        (SECRET + '[endpoints]\nalso = "http://x"', "plain http is never used"),
        (SECRET + "[endpoints]\nalso = [1]", "endpoints.also must be a list of hosts"),
        (SECRET + '[endpoints]\nca_file = "none.pem"', "endpoints.ca_file .* cannot be read"),
        (SECRET + '[endpoints]\nca_file = "secret.txt"', "holds no certificate authority in PEM"),
    ],
)
def test_a_mistake_is_one_clear_sentence(path: Path, text: str, says: str) -> None:
    import re  # noqa: PLC0415

    found = refusal(path, text)
    assert re.search(says, found) or says in found
    assert "s3cret" not in found


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none.toml: it cannot be read \(No such file"):
        load_tenant(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("content", "says"),
    [(b" \n", "is empty"), (b"two\nlines", "must hold one line"), (b"\xff\xfe", "not a text file")],
)
def test_a_secret_that_is_none(path: Path, content: bytes, says: str) -> None:
    (path.parent / "secret.txt").write_bytes(content)
    assert says in refusal(path, SECRET)


CERTIFICATE = HEAD + 'certificate_file = "app.pem"\n'


def test_certificates_that_cannot_be_used(path: Path) -> None:
    key, other = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    app = path.parent / "app.pem"
    app.write_bytes(pem_of(key))
    assert "a private key but no certificate" in refusal(path, CERTIFICATE)
    app.write_bytes(pem_of_certificate(key))
    assert "no readable private key" in refusal(path, CERTIFICATE)
    app.write_bytes(pem_of(key) + pem_of_certificate(other))
    assert "does not belong to the certificate" in refusal(path, CERTIFICATE)
    app.write_bytes(pem_of(key, b"right") + pem_of_certificate(key))
    assert "give its password in certificate_password_file" in refusal(path, CERTIFICATE)
    wrong = CERTIFICATE + 'certificate_password_file = "secret.txt"\n'
    assert "check its password" in refusal(path, wrong)
    app.write_bytes(pem_of(key) + pem_of_certificate(key))
    assert "it has no password" in refusal(path, wrong)
