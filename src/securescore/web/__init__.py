"""The server: what it answers over http, where it listens, and the worker that it keeps alive."""
