"""Exchange Online and Security & Compliance: the admin interface, and one module for each family of tables."""
