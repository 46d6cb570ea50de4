"""A file to be restored may be anything: it is a whole backup, or it is refused in a sentence before any of it is used."""

import gzip
import hashlib
import io
import json
import tarfile
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from securescore.services.backup.archive import Archive, new_archive
from securescore.services.backup.manifest import BackupError

ROWS = b"one\ttwo\n"
TABLE = "tables/tenant_group.copy.gz"
EVIDENCE = f"evidence/{uuid.UUID(int=7)}/runs/20260302T060000Z-0001/users.parquet"
Entries = list[tuple[tarfile.TarInfo, bytes]]


def entry(name: str, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
    one = tarfile.TarInfo(name)
    one.size = len(content)
    return one, content


def part(name: str, content: bytes, **about: Any) -> dict[str, Any]:
    return {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()} | about


def good() -> tuple[dict[str, Any], Entries]:
    """The manifest and the entries of a backup that can be used."""
    table = gzip.compress(ROWS)
    contents = {"installation": b"id\n", TABLE: table, EVIDENCE: b"PAR1"}
    about = {TABLE: {"rows": 1, "columns": ["group_id", "name"], "unpacked": len(ROWS)}}
    manifest = {
        "format": "securescore-backup/1",
        "made": "2026-12-01T06:00:00Z",
        "program": "0.1.0",
        "schema": "0001",
        "installation": str(uuid.UUID(int=1)),
        "key_fingerprint": None,
        "evidence": True,
        "left_out": [],
        "parts": [part(name, content, **about.get(name, {})) for name, content in contents.items()],
    }
    return manifest, [entry(name, content) for name, content in contents.items()]


def write(path: Path, manifest: object, entries: Entries) -> Path:
    with tarfile.open(path, "w:", format=tarfile.GNU_FORMAT) as tar:
        for one, content in [*entries, entry("manifest.json", json.dumps(manifest).encode())]:
            tar.addfile(one, io.BytesIO(content) if one.isreg() else None)
    return path


def refused(path: Path) -> str:
    with pytest.raises(BackupError) as told, Archive.open(path):
        pass
    sentence = str(told.value)
    assert str(path) in sentence
    assert "\n" not in sentence
    return sentence


def test_a_good_one_is_read(tmp_path: Path) -> None:
    with Archive.open(write(tmp_path / "b.tar", *good())) as archive:
        table = archive.manifest.tables["tenant_group"]
        with archive.rows(table) as read:
            assert (read(), read()) == (ROWS, b"")
        (evidence,) = [one for one in archive.manifest.parts if one.evidence]
        assert b"".join(archive.chunks(evidence)) == b"PAR1"


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../outside",
        "evidence/../../outside",
        f"evidence/{uuid.UUID(int=7)}/runs/20260302T060000Z-0001/../../../../x",
        f"evidence/{uuid.UUID(int=7)}/runs/20260302T060000Z-0001/.hidden",
        f"evidence/{uuid.UUID(int=7)}/runs/20260302T060000Z-0001/deep/er",
        f"./{TABLE}",
        "tables/pg_authid.copy.gz",
        "tables/installation.copy.gz\n",
        "secret.key",
        "postgres/passwords.json",
        "installation/",
    ],
)
def test_names_that_no_backup_has(tmp_path: Path, name: str) -> None:
    manifest, entries = good()
    manifest["parts"].append(part(name, b"x"))
    refused(write(tmp_path / "b.tar", manifest, [*entries, entry(name, b"x")]))


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_entries_that_are_no_plain_files(tmp_path: Path, kind: bytes) -> None:
    manifest, entries = good()
    link = tarfile.TarInfo(EVIDENCE.replace("users", "links"))
    link.type, link.linkname = kind, "/etc/passwd"
    manifest["parts"].append(part(link.name, b""))
    assert "no plain file" in refused(write(tmp_path / "b.tar", manifest, [*entries, (link, b"")]))


def test_an_entry_twice(tmp_path: Path) -> None:
    manifest, entries = good()
    assert "no backup has" in refused(write(tmp_path / "b.tar", manifest, [*entries, entries[0]]))


def test_sparse_entries_that_claim_to_be_huge(tmp_path: Path) -> None:
    manifest, entries = good()
    header = tarfile.TarInfo(EVIDENCE.replace("users", "sparse"))
    header.pax_headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.realsize": str(1 << 60),
    }
    header.size = 512
    path = tmp_path / "b.tar"
    with tarfile.open(path, "w:", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(header, io.BytesIO(b"1\n0\n0\n".ljust(512, b"\0")))
        for one, content in [*entries, entry("manifest.json", json.dumps(manifest).encode())]:
            tar.addfile(one, io.BytesIO(content))
    refused(path)


def test_a_part_that_unpacks_to_more_than_is_said(tmp_path: Path) -> None:
    manifest, entries = good()
    bomb = gzip.compress(b"x\ty\n" * 1_000_000)
    entries[1] = entry(TABLE, bomb)
    manifest["parts"][1] |= part(TABLE, bomb)
    path = write(tmp_path / "b.tar", manifest, entries)
    with (
        Archive.open(path) as archive,
        archive.rows(archive.manifest.tables["tenant_group"]) as read,
        pytest.raises(BackupError, match="is not as it was written"),
    ):
        read()


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.pop("schema"),
        lambda m: m.update(schema="0001; DROP TABLE tenant"),
        lambda m: m.update(schema="head"),
        lambda m: m.update(installation="nonsense"),
        lambda m: m.update(made="2026-12-01T06:00:00"),
        lambda m: m.update(more=1),
        lambda m: m["parts"].pop(),
        lambda m: m["parts"].append(m["parts"][0]),
        lambda m: m["parts"][0].update(size=-1),
        lambda m: m["parts"][0].update(sha256="0" * 64),
        lambda m: m["parts"][1].update(columns=["name) FROM PROGRAM 'x' --"]),
        lambda m: m["parts"][1].update(columns=[]),
        lambda m: m["parts"][1].update(rows=-1),
        lambda m: m["parts"][1].pop("unpacked"),
    ],
)
def test_manifests_that_cannot_be(tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    manifest, entries = good()
    change(manifest)
    refused(write(tmp_path / "b.tar", manifest, entries))


def test_a_newer_form_says_so(tmp_path: Path) -> None:
    manifest, entries = good()
    manifest["format"] = "securescore-backup/2"
    assert "a newer securescore" in refused(write(tmp_path / "b.tar", manifest, entries))


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x1f\x8b", b"{}", b"\0" * 10_240])
def test_files_that_are_no_archive(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "b.tar"
    path.write_bytes(content)
    refused(path)


def test_a_file_that_is_not_there_or_a_folder(tmp_path: Path) -> None:
    refused(tmp_path / "missing.tar")
    refused(tmp_path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(st.data())
def test_a_changed_byte_or_a_cut_is_noticed(tmp_path: Path, data: st.DataObject) -> None:
    path = write(tmp_path / "b.tar", *good())
    whole = path.read_bytes()
    before = _content(path)
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with suppress(BackupError):
        assert _content(path) == before


def _content(path: Path) -> list[bytes]:
    with Archive.open(path) as archive:
        return [b"".join(archive.chunks(one)) for one in archive.manifest.parts]


def test_nothing_is_left_of_one_that_was_not_finished(tmp_path: Path) -> None:
    def interrupted() -> None:
        with new_archive(tmp_path / "b.tar") as archive:
            archive.add_bytes("installation", b"id")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []
