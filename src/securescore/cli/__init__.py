"""The command line. It composes the layers below; nothing imports it."""
