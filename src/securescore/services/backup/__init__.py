"""Backups: one file that holds everything that must not be lost, but not the key to it."""
