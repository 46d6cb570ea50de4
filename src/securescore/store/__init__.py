"""The store: what must not be lost. The database, its schema and migrations, and the server that comes with it."""
