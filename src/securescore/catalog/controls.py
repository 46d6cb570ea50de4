"""The controls that are known to exist, so that the catalog can be proven complete."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from securescore.catalog.form import Form, list_map
from securescore.catalog.loader import Content
from securescore.catalog.model import Action
from securescore.catalog.strict_yaml import read_yaml
from securescore.model import Lifecycle

FILE = Path(__file__).with_name("controls.yaml")


@dataclass(frozen=True)
class Controls:
    """What is known.

    Attributes:
        by_service: control ids by service code.
        dutch_in_full: ids of the actions whose Dutch texts are complete, not their title alone.
    """

    by_service: Mapping[str, tuple[str, ...]]
    dutch_in_full: tuple[str, ...]


def read_controls(file: Path = FILE) -> Controls:
    """Reads the fact file. Raises CatalogError."""
    form = Form(read_yaml(file.read_text("utf-8"), file.name), file.name, ("controls", "dutch_in_full"))
    return Controls(list_map(form, "controls"), form.texts("dutch_in_full"))


def incomplete(content: Content, controls: Controls) -> Iterator[tuple[str, str]]:
    """What the content lacks: file name and a sentence."""
    actions = {action.id: action for action in content.actions}
    for service, ids in controls.by_service.items():
        for control_id in ids:
            yield from _missing(control_id, service, actions.get(control_id), content)
    for control_id in controls.dutch_in_full:
        action = actions.get(control_id)
        if action is not None and not ("nl" in action.texts and action.texts["nl"].complete):
            yield action.path.name, "its Dutch texts have to be complete, and only some are written"


def _missing(
    control_id: str, service: str, action: Action | None, content: Content
) -> Iterator[tuple[str, str]]:
    name = f"{control_id}.yaml"
    if action is None:
        yield name, f"there is no action for the control {control_id} of {service}; write one"
        return
    if action.service != service:
        yield name, f"the control {control_id} is of the service {service}, not of {action.service}"
    through_connector = content.services[service].needs == "connector"
    if action.lifecycle is Lifecycle.SKELETON and not through_connector:
        yield name, "it is still a skeleton; only controls of connected apps may wait for their texts"
