"""What tenants are assessed with: the catalog and the facts that came with some version of the program.

A new version of the program brings new content, but the content in force stays until somebody approves the new one, or
its date comes. So each version that was in force is kept, packed, in the database.
"""

import hashlib
import io
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from securescore.catalog import Catalog, load_catalog
from securescore.catalog.loader import SHIPPED
from securescore.errors import CatalogError
from securescore.facts import Fact, load_facts
from securescore.facts.loader import FOLDER


@dataclass(frozen=True)
class Content:
    """A catalog with the facts that its actions read."""

    catalog: Catalog
    facts: Mapping[str, Fact]

    @cached_property
    def version(self) -> str:
        """That of the catalog, and a hash of the facts: of two contents with one version every score is the same."""
        hashes = "\n".join(f"{name} {fact.content_hash}" for name, fact in sorted(self.facts.items()))
        return f"{self.catalog.version}-{hashlib.sha256(hashes.encode()).hexdigest()[:8]}"


@cache
def shipped() -> Content:
    """The content that comes with the program, loaded once a process."""
    return Content(load_catalog(), load_facts())


@cache
def unpacked(packed: bytes) -> Content:
    """The content that `packed_shipped` packed, loaded once a process.

    Raises:
        CatalogError: it is damaged, or this program cannot read it any more.
    """
    with TemporaryDirectory(prefix="securescore-") as name:
        folder = Path(name).resolve()
        try:
            with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
                _extract(archive, folder)
        except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
            raise CatalogError(f"the content that was kept is damaged ({error}): restore a backup") from error
        return Content(load_catalog(folder / "actions"), load_facts(folder / "facts"))


def _extract(archive: tarfile.TarFile, folder: Path) -> None:
    """Only plain files, and none outside the folder. Python 3.11 before its fourth release has no filter for that."""
    for member in archive:
        content = archive.extractfile(member) if member.isreg() else None
        if content is None:
            continue
        path = (folder / member.name).resolve()
        if not path.is_relative_to(folder):
            raise tarfile.ExtractError(f"{member.name!r} leads outside")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.read())


def packed_shipped() -> bytes:
    """The shipped content as one value: the files of actions and facts."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, source in (("actions", SHIPPED), ("facts", FOLDER)):
            archive.add(source, name, filter=_content_only)
    return packed.getvalue()


def _content_only(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Without code, and without what tells whose machine this is."""
    if member.name.endswith((".py", "__pycache__")):
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member
