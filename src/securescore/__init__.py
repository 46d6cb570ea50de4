"""securescore: the open, self-hosted Secure Score for Microsoft 365 organisations."""

__version__ = "0.1.0"
