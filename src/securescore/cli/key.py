"""`securescore key`: changes the key that seals secrets."""

import typer

from securescore.cli.here import installation, me
from securescore.cli.output import out, plain
from securescore.cli.suggest import Command
from securescore.services.keys import retire_keys, rotate_key

app = typer.Typer(
    help="Change the key that seals secrets.",
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
)


@app.command("rotate", cls=Command)
def rotate() -> None:
    """Put a new key into the key file, and seal every secret with it. Everything runs on meanwhile."""
    with installation() as here:
        done = rotate_key(here, me())
    again = "Brought the interrupted rotation to its end: the" if done.resumed else "The"
    secrets = "1 secret is" if done.resealed == 1 else f"{done.resealed} secrets are"
    _say(f"{again} key {done.key_id} seals now; {secrets} sealed with it anew.")
    _say("Keep a copy of the key file apart from the backups. In a few minutes: securescore key retire")


@app.command("retire", cls=Command)
def retire() -> None:
    """Remove the keys with which nothing is sealed any more. Backups from before need a copy of the old key file."""
    with installation() as here:
        removed = retire_keys(here, me())
    if removed:
        _say(f"Removed {', '.join(removed)}. Links of invitations from before the rotation work no more.")
    else:
        _say("There is only the newest key.")


def _say(text: str) -> None:
    out().print(plain(text), soft_wrap=True)
