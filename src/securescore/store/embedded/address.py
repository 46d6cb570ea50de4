"""Where the embedded server is, and as whom to log in."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from psycopg.conninfo import make_conninfo

DATABASE = "securescore"
SUPERUSER = "postgres"
OWNER_ROLE = "securescore_owner"
APPLICATION_ROLE = "securescore_app"


@dataclass(frozen=True, slots=True)
class Login:
    """One role at one database, reached through the server's socket."""

    socket_folder: Path
    database: str
    role: str
    password: str = field(repr=False)

    @property
    def parameters(self) -> dict[str, str]:
        """As libpq and `psycopg.connect` name them."""
        return {
            "host": str(self.socket_folder),
            "dbname": self.database,
            "user": self.role,
            "password": self.password,
        }

    @property
    def conninfo(self) -> str:
        """The same as one text."""
        return make_conninfo(**self.parameters)

    @property
    def url(self) -> str:
        """As SQLAlchemy with psycopg 3 reads it."""
        login = f"{quote(self.role, safe='')}:{quote(self.password, safe='')}"
        host = quote(str(self.socket_folder), safe="/")
        return f"postgresql+psycopg://{login}@/{quote(self.database, safe='')}?host={host}"

    @property
    def environment(self) -> dict[str, str]:
        """As PostgreSQL's own programs read it, so that the password is on no command line."""
        return {
            "PGHOST": str(self.socket_folder),
            "PGDATABASE": self.database,
            "PGUSER": self.role,
            "PGPASSWORD": self.password,
        }


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """The two logins that the application may use: its own, and the owner's for migrations only."""

    application: Login
    owner: Login

    @property
    def application_url(self) -> str:
        """For SQLAlchemy, as the application's role."""
        return self.application.url

    @property
    def owner_url(self) -> str:
        """For SQLAlchemy, as the owner of the database."""
        return self.owner.url
