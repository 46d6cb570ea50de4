"""Defender for Cloud Apps: what its public interface shows."""
