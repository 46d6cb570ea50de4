"""Migrations: one SQL file each, in one transaction, by the owner's role alone."""
