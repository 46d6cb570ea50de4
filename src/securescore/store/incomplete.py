"""The file that says: a restore was begun here and is not finished. As long as it is there, nothing is opened."""

from pathlib import Path

from securescore.errors import ConfigurationError
from securescore.evidence.files import flush, replace_file, writing

_NAME = "restoring"


def begin_restore(data_dir: Path) -> None:
    """From now on the installation counts as incomplete."""
    replace_file(
        data_dir / _NAME, b"A restore was begun and is not finished: run securescore restore again.\n"
    )


def end_restore(data_dir: Path) -> None:
    """It is complete."""
    path = data_dir / _NAME
    with writing(path):
        path.unlink(missing_ok=True)
        flush(data_dir)


def is_incomplete(data_dir: Path) -> bool:
    """Whether a restore was begun and not finished."""
    return (data_dir / _NAME).exists()


def refuse_incomplete(data_dir: Path) -> None:
    """Raises ConfigurationError when a restore was begun and not finished."""
    if is_incomplete(data_dir):
        raise ConfigurationError(
            f"a restore into {data_dir} was begun and is not finished: run securescore restore again, with the same backup "
            "or another"
        )
