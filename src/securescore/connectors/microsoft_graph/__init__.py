"""Microsoft Graph: the client, and one module for each family of tables."""
