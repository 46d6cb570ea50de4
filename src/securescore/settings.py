"""What the environment says about this installation: its database, its folder, its key."""

import os
import re
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from securescore.errors import ConfigurationError

PREFIX = "SECURESCORE_"
_ROOT = 0
_URL = re.compile(r"(?i:https?)://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?", re.ASCII)


def default_data_dir() -> Path:
    """`/var/lib/securescore` for root, else the data folder of the account."""
    if os.geteuid() == _ROOT:
        return Path("/var/lib/securescore")
    own = os.environ.get("XDG_DATA_HOME")
    return Path(own) / "securescore" if own else Path("~/.local/share/securescore").expanduser()


class Settings(BaseSettings):
    """The settings, each from the environment variable `SECURESCORE_` and its name in capitals.

    An empty variable is as good as none.

    Attributes:
        data_dir: evidence and everything else that is kept as files; the same for every process.
        database_url: the database as the application's role; None: the embedded server in `data_dir`.
        migration_url: the same database as its owner's role, for migrations only.
        key_file: the key that seals secrets; None: `secret.key` in `data_dir`.
        public_url: where people reach this installation, without a slash at the end: https, http on loopback only.
        listen: address and port of the server.
        tls_cert: certificate of the server with those above it, in PEM; with `tls_key`.
        trusted_proxies: addresses and networks, with commas between, whose word about who asks is taken.
        metrics_token_file: holds the token with which the metrics may be read from elsewhere than this machine.
        log_level: from which level on something is logged.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    data_dir: Path = Field(default_factory=default_data_dir)
    database_url: SecretStr | None = None
    migration_url: SecretStr | None = None
    key_file: Path | None = None
    public_url: str | None = None
    listen: str = "127.0.0.1:8480"
    tls_cert: Path | None = None
    tls_key: Path | None = None
    trusted_proxies: str | None = None
    metrics_token_file: Path | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("public_url")
    @classmethod
    def _public(cls, value: str | None) -> str | None:
        return None if value is None else _checked_url(value)

    @property
    def key_path(self) -> Path:
        """Where the key is, given or not."""
        return self.key_file or self.data_dir / "secret.key"

    @property
    def evidence(self) -> Path:
        """One folder a tenant, named by our id of it."""
        return self.data_dir / "evidence"


def _checked_url(value: str) -> str:
    """The address as it stands in front of paths."""
    address = value.strip().rstrip("/")
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _unusable("it is no address") from None
    if not _URL.fullmatch(address) or not host or port == 0:
        raise _unusable(
            "give an address such as https://score.example.com, without a name, a query or a fragment"
        )
    if parts.scheme == "http" and not _is_loopback(host):
        raise _unusable(
            "plain http would show what people do to everybody on the way: give the https address"
        )
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _unusable(why: str) -> PydanticCustomError:
    return PydanticCustomError("public_url", "{why}", {"why": why})


def load_settings() -> Settings:
    """The settings of this process.

    Raises:
        ConfigurationError: a variable cannot be understood.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        name = PREFIX + str(problem["loc"][0]).upper()
        raise ConfigurationError(f"{name} cannot be used: {problem['msg']}") from None
    return settings.model_copy(update={"data_dir": settings.data_dir.expanduser().absolute()})
