"""A multitenant app registration in a file."""

from pathlib import Path

from securescore.connectors.tenant_file import Application, load_application

SECRET = "s3cret-of-the-app"
CLIENT = "99999999-8888-4777-8666-555555555555"


def write_application(folder: Path, secret: str = SECRET, more: str = "") -> Path:
    """Writes the file with its secret beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "secret.txt").touch(mode=0o600)
    (folder / "secret.txt").write_text(secret, encoding="utf-8")
    path = folder / "app.toml"
    path.write_text(f'client_id = "{CLIENT}"\nclient_secret_file = "secret.txt"\n{more}', encoding="utf-8")
    return path


def application(folder: Path, secret: str = SECRET, more: str = "") -> Application:
    """The same, loaded."""
    return load_application(write_application(folder, secret, more))
