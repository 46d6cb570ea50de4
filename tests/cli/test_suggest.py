import pytest

from securescore.cli.suggest import did_you_mean

KNOWN = ["AdminMFAV2", "MFARegistrationV2", "aad_phishing_MFA_strength", "BlockLegacyAuthentication"]


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("AdminMFA", " Did you mean 'AdminMFAV2'?"),
        ("ADMINMFAV", " Did you mean 'AdminMFAV2'?"),
        (" blocklegacyauthentification ", " Did you mean 'BlockLegacyAuthentication'?"),
        ("legacy", " Did you mean 'BlockLegacyAuthentication'?"),
        ("ma", ""),
        ("", ""),
        ("scid_2010", ""),
        ("\x1b[2J", ""),
    ],
)
def test_the_nearest_name_in_any_case_or_nothing(wanted: str, told: str) -> None:
    assert did_you_mean(wanted, KNOWN) == told


def test_of_names_that_hold_the_text_the_shortest_is_meant() -> None:
    assert did_you_mean("guests", ["custom.guests_with_admin_roles", "custom.stale_guests_all"]) == (
        " Did you mean 'custom.stale_guests_all'?"
    )
    assert did_you_mean("x", []) == ""
