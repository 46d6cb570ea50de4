"""Licence gates of Entra ID: the service plans of which one must be owned."""

P1 = ("AAD_PREMIUM", "AAD_PREMIUM_P2")
"""Entra ID P1."""

P2 = ("AAD_PREMIUM_P2",)
"""Entra ID P2."""
