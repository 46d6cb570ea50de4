"""Starts a new action: three files to fill in."""

import re
import shlex
from pathlib import Path
from string import Template

from securescore.catalog.loader import SHIPPED, read_content
from securescore.catalog.model import Service
from securescore.errors import CatalogError

TEMPLATES = Path(__file__).parent / "templates"

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def write_new(action_id: str, service: Service, folder: Path) -> tuple[Path, ...]:
    """Writes the form, the query and the cases of a new action into the folder of its service.

    Raises CatalogError when the id cannot be used or is taken, or the folder holds no content or cannot be
    written.
    """
    if not _ID.fullmatch(action_id):
        raise CatalogError(
            f"{action_id!r} cannot be an id; use letters, digits, dots, dashes and underscores"
        )
    _refuse_without_content(folder)
    holder = read_content(folder).context.find(action_id)
    if holder is not None:
        raise CatalogError(f"{action_id} is taken by {holder.folder}/{holder.path.name}; choose another id")
    target = folder / service.folder
    try:
        target.mkdir(exist_ok=True)
        return tuple(
            _write(template, target, action_id, service.code)
            for template in sorted(TEMPLATES.glob("action.*"))
        )
    except OSError as error:
        raise CatalogError(
            f"{target} cannot be written ({error.strerror}): copy the actions to a folder of your own "
            f"({_copy('FOLDER')}) and add --folder FOLDER"
        ) from error


def _refuse_without_content(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise CatalogError(f"{folder} is a file: give a folder that holds actions")
    if not any(folder.glob("*/*.yaml")):
        raise CatalogError(
            f"{folder} holds no actions yet: copy the shipped ones into it first "
            f"({_copy(shlex.quote(str(folder)))}), then start yours"
        )


def _copy(target: str) -> str:
    return f"cp -r {shlex.quote(str(SHIPPED))}/. {target}"


def _write(template: Path, target: Path, action_id: str, service: str) -> Path:
    text = Template(template.read_text("utf-8")).substitute(id=action_id, service=service)
    file = target / (action_id + template.name.removeprefix("action"))
    try:
        with file.open("x", encoding="utf-8") as handle:
            handle.write(text)
    except FileExistsError:
        raise CatalogError(f"{file} is already there; move it away or choose another id") from None
    return file
