"""Starts a new action: three files to fill in."""

import re
from pathlib import Path
from string import Template

from securescore.catalog.loader import read_content
from securescore.errors import CatalogError

TEMPLATES = Path(__file__).parent / "templates"

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def write_new(action_id: str, service: str, folder: Path) -> tuple[Path, ...]:
    """Writes the form, the query and the cases of a new action into the folder of its service.

    Raises CatalogError when the id cannot be used or is taken, or the service is unknown.
    """
    if not _ID.fullmatch(action_id):
        raise CatalogError(
            f"{action_id!r} cannot be an id; use letters, digits, dots, dashes and underscores"
        )
    content = read_content(folder)
    if service not in content.services:
        raise CatalogError(f"{service!r} is no service code; known are {', '.join(content.services)}")
    holder = content.context.find(action_id)
    if holder is not None:
        raise CatalogError(f"{action_id} is taken by {holder.folder}/{holder.path.name}; choose another id")
    target = folder / content.services[service].folder
    target.mkdir(exist_ok=True)
    return tuple(
        _write(template, target, action_id, service) for template in sorted(TEMPLATES.glob("action.*"))
    )


def _write(template: Path, target: Path, action_id: str, service: str) -> Path:
    text = Template(template.read_text("utf-8")).substitute(id=action_id, service=service)
    file = target / (action_id + template.name.removeprefix("action"))
    try:
        with file.open("x", encoding="utf-8") as handle:
            handle.write(text)
    except FileExistsError:
        raise CatalogError(f"{file} is already there; move it away or choose another id") from None
    return file
