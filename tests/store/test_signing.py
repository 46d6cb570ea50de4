"""What an installation signed for one purpose is known again, and nothing else is."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from securescore.store.key_file import create_key_file, retire, rotate
from securescore.store.sealing import Sealer

WORDS = st.text("abcABC019-_", max_size=30)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return create_key_file(tmp_path / "secret.key").path


@given(text=WORDS, purpose=WORDS, other=WORDS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_it_is_known_again_for_its_purpose_only(path: Path, text: str, purpose: str, other: str) -> None:
    sealer = Sealer(path)
    signed = sealer.sign(text, purpose)
    assert sealer.verified(signed, purpose) == text
    assert sealer.verified(signed, other) == (text if other == purpose else None)


@given(text=st.text(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_other_text_passes(path: Path, text: str) -> None:
    assert Sealer(path).verified(text, "purpose") is None


def test_it_holds_until_its_key_is_retired(path: Path) -> None:
    sealer = Sealer(path)
    signed = sealer.sign("text", "purpose")
    rotate(path)
    assert sealer.verified(signed, "purpose") == "text"
    assert sealer.sign("text", "purpose") != signed
    retire(path, keep=[])
    assert sealer.verified(signed, "purpose") is None


def test_another_installation_signs_otherwise(path: Path, tmp_path: Path) -> None:
    other = Sealer(create_key_file(tmp_path / "other" / "secret.key").path)
    assert Sealer(path).verified(other.sign("text", "purpose"), "purpose") is None


def test_subkeys_differ_from_each_other_and_from_the_key(path: Path) -> None:
    key = create_key_file(path.with_name("more.key")).newest
    values = {key.value.reveal(), key.subkey("a").reveal(), key.subkey("b").reveal()}
    assert len(values) == 3
    assert key.subkey("a") == key.subkey("a")
    assert "hidden" in repr(key.subkey("a"))
