"""Defender for Endpoint: its own interface, and the tables it fills."""
