"""`securescore database`: what is done to the database as a whole."""

import typer

from securescore.cli.output import out, plain
from securescore.cli.suggest import Command
from securescore.errors import ConfigurationError
from securescore.settings import load_settings
from securescore.store.migrating import version_of
from securescore.store.opening import open_database

app = typer.Typer(
    help="Bring the schema up to date; take a new data folder.",
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
)


@app.command("migrate", cls=Command)
def migrate() -> None:
    """Bring the schema up to date, as the owner of the database. The embedded one does so by itself."""
    settings = load_settings()
    if settings.database_url is not None and settings.migration_url is None:
        raise ConfigurationError(
            "the schema belongs to the owner of the database: set SECURESCORE_MIGRATION_URL to the database as that role"
        )
    with open_database(settings) as database, database.installation() as connection:
        version = version_of(connection)
    out().print(plain(f"The database has schema version {version}, the newest."))


@app.command("adopt-folder", cls=Command)
def adopt_folder() -> None:
    """Take an empty data folder in the place of a lost one. Snapshots and decisions stay; the evidence is gone."""
    settings = load_settings()
    if settings.database_url is None:
        raise ConfigurationError(
            "the embedded database lies in the data folder, so both are lost together: restore a backup (securescore "
            "restore)"
        )
    with open_database(settings, adopt_folder=True):
        pass
    out().print(plain(f"{settings.data_dir} belongs to the installation of the database."), soft_wrap=True)
