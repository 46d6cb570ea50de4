"""What a command is about: an evidence folder, or a tenant of this installation written as `tenant:NAME`."""

from dataclasses import dataclass
from pathlib import Path

from securescore.assess import Organisation, read_organisation

_PREFIX = "tenant:"


@dataclass(frozen=True)
class Subject:
    """Where its evidence is, and what is declared about it."""

    folder: Path
    organisation: Organisation


def tenant_in(folder: Path) -> str | None:
    """The name of the tenant that stands in the place of a folder; None when it is a folder."""
    text = str(folder)
    return text.removeprefix(_PREFIX) if text.startswith(_PREFIX) else None


def subject_of(folder: Path, organisation: Path | None) -> Subject:
    """The evidence folder, and what the file or the record of the tenant declares; the file goes first."""
    name = tenant_in(folder)
    declared = read_organisation(organisation) if organisation else None
    if name is None:
        return Subject(folder, declared or Organisation())
    recorded = _recorded(name)
    return Subject(recorded.folder, declared or recorded.organisation)


def _recorded(name: str) -> Subject:
    # the database takes most of a second to import, and a folder needs none
    from securescore.cli.here import installation, me  # noqa: PLC0415
    from securescore.services.history import read_declared  # noqa: PLC0415
    from securescore.services.tenants import find_tenant  # noqa: PLC0415

    with installation() as here:
        tenant_id = find_tenant(here, me(), name).tenant_id
        return Subject(here.evidence_path(tenant_id), read_declared(here, me(), tenant_id))
