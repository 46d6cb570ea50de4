"""The record of a tenant: what its score was, and why it moved."""
