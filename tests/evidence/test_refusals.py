"""Evidence that was damaged, tampered with or written by another version: one clear sentence each."""

import json
import os
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.evidence.desk import TENANT, child, collect

from securescore.errors import EvidenceError
from securescore.evidence import EvidenceFolder, Run
from securescore.evidence.manifest import Manifest
from securescore.evidence.manifest import read as read_manifest


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return collect(EvidenceFolder(tmp_path_factory.mktemp("whole")), "a.example").path / "manifest.json"


@pytest.fixture
def folder(tmp_path: Path) -> EvidenceFolder:
    folder = EvidenceFolder(tmp_path / "evidence")
    collect(folder, "a.example")
    return folder


def edit(run: Run, change: Callable[[dict[str, Any]], None]) -> None:
    manifest = run.path / "manifest.json"
    content = json.loads(manifest.read_text())
    change(content)
    manifest.write_text(json.dumps(content))


def refusal(call: Callable[[], object]) -> str:
    """The sentence of the refusal: one line, that ends without a traceback's or a program's words."""
    with pytest.raises(EvidenceError) as caught:
        call()
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert not re.search(r"Error|Traceback|Errno|None", sentence)
    return sentence


class TestManifest:
    def test_of_another_format(self, folder: EvidenceFolder) -> None:
        edit(folder.newest(), lambda content: content.update(format="securescore-evidence/2", new="field"))
        sentence = refusal(folder.runs)
        assert (
            "'securescore-evidence/2', this program reads 'securescore-evidence/1': collect again" in sentence
        )

    @pytest.mark.parametrize("content", ["{}", '{"format": ""}'])
    def test_of_no_format(self, folder: EvidenceFolder, content: str) -> None:
        (folder.newest().path / "manifest.json").write_text(content)
        assert "the format 'unknown'" in refusal(folder.runs)

    @pytest.mark.parametrize(
        "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"format": 1}', b"PAR1", b"[" * 9999]
    )
    def test_that_is_damaged(self, folder: EvidenceFolder, content: bytes) -> None:
        (folder.newest().path / "manifest.json").write_bytes(content)
        sentence = refusal(folder.runs)
        assert "manifest.json is damaged (" in sentence
        assert "restore the folder from a copy" in sentence

    @pytest.mark.parametrize(
        "change",
        [
            {"tenant_id": None},
            {"ended": "yesterday"},
            {"partial": "no"},
            {"surplus": 1},
            {"tables": []},
            {"tables": {"domains": {"state": "half", "schema_version": 1}}},
            {"tables": {"domains": {"state": "missing", "schema_version": 1, "reason": "bad luck"}}},
        ],
    )
    def test_with_a_value_that_is_none_of_ours(self, folder: EvidenceFolder, change: dict[str, Any]) -> None:
        edit(folder.newest(), lambda content: content.update(change))
        with pytest.raises(EvidenceError, match="is damaged"):
            folder.runs()

    def test_half_written_is_damaged(self, folder: EvidenceFolder) -> None:
        manifest = folder.newest().path / "manifest.json"
        manifest.write_bytes(manifest.read_bytes()[:-20])
        assert "is damaged" in refusal(folder.newest)
        assert "is damaged" in refusal(lambda: collect(folder, "b.example"))

    def test_of_another_run(self, folder: EvidenceFolder) -> None:
        run = folder.newest()
        run.path.rename(run.path.with_name("20260101T000000Z-0009"))
        assert f"is that of the run '{run.id}': give the folder its own name back" in refusal(folder.runs)

    def test_that_is_a_link_out_of_the_folder(self, folder: EvidenceFolder, tmp_path: Path) -> None:
        manifest = folder.newest().path / "manifest.json"
        manifest.rename(tmp_path / "manifest.json")
        manifest.symlink_to(tmp_path / "manifest.json")
        assert "manifest.json is no plain file inside the evidence folder" in refusal(folder.runs)

    def test_of_a_run_that_is_a_link_to_another_tenant(self, folder: EvidenceFolder, tmp_path: Path) -> None:
        other = collect(EvidenceFolder(tmp_path / "other"), "other.example", hours=48)
        (folder.path / "runs" / other.id).symlink_to(other.path)
        assert "is no plain file inside the evidence folder" in refusal(folder.runs)

    @settings(max_examples=200, deadline=None)
    @given(data=st.data())
    def test_with_any_bytes_changed(self, whole: Path, data: st.DataObject) -> None:
        content = bytearray(whole.read_bytes())
        for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=3)):
            content[place] = data.draw(st.integers(0, 255))
        changed = whole.parent.parent / "changed" / whole.parent.name / "manifest.json"
        changed.parent.mkdir(parents=True, exist_ok=True)
        changed.write_bytes(content)
        with suppress(EvidenceError):
            assert isinstance(read_manifest(changed), Manifest)


OUTSIDE = [
    "../../etc/passwd",
    "/etc/passwd",
    "../../../../etc/passwd",
    "../20260301T060000Z-0001/../../secret.parquet",
    "../../20260301T060000Z-0001/domains.parquet",
    "..//domains.parquet",
    "./domains.parquet",
    "/domains.parquet",
    "sub/domains.parquet",
    "users.parquet",
    "domains.parquet\n",
    "domains.parquet\0",
    "../notes/domains.parquet",
    "../20260301T060000Z-0001\\domains.parquet",
    "",
    None,
]


class TestNamedFile:
    @pytest.mark.parametrize("file", OUTSIDE)
    def test_outside_the_folder_or_of_another_table(self, folder: EvidenceFolder, file: str | None) -> None:
        edit(folder.newest(), lambda content: content["tables"]["domains"].update(file=file))
        with pytest.raises(
            EvidenceError, match="which is no file of this evidence folder: do not use a folder"
        ):
            folder.runs()

    def test_of_a_table_said_to_be_missing(self, folder: EvidenceFolder) -> None:
        edit(
            folder.newest(),
            lambda content: content["tables"]["domains"].update(state="missing", file="/etc/passwd"),
        )
        assert "names the file '/etc/passwd' for the table 'domains'" in refusal(folder.runs)

    @pytest.mark.parametrize("name", ["../domains", "a/b", "", "domains\0"])
    def test_of_a_table_that_is_no_name(self, folder: EvidenceFolder, name: str) -> None:
        def rename(content: dict[str, Any]) -> None:
            content["tables"][name] = content["tables"]["domains"] | {"file": f"{name}.parquet"}

        edit(folder.newest(), rename)
        assert "which is no file of this evidence folder" in refusal(folder.runs)

    def test_that_is_a_link_out_of_the_folder(self, folder: EvidenceFolder, tmp_path: Path) -> None:
        """Even with the right content: what it leads to can change behind the checksum."""
        parquet = folder.newest().table_path("domains")
        parquet.rename(tmp_path / "domains.parquet")
        parquet.symlink_to(tmp_path / "domains.parquet")
        sentence = refusal(lambda: folder.newest().table_path("domains"))
        assert "domains.parquet is no plain file inside the evidence folder" in sentence

    def test_in_a_run_that_is_a_link_out_of_the_folder(self, folder: EvidenceFolder, tmp_path: Path) -> None:
        first = folder.newest()
        second = collect(folder, "a.example", hours=24)
        assert second.manifest.tables["domains"].file == f"../{first.id}/domains.parquet"
        first.path.rename(tmp_path / "first")
        first.path.symlink_to(tmp_path / "first")
        assert "is no plain file inside the evidence folder" in refusal(lambda: second.table_path("domains"))

    def test_that_is_no_plain_file(self, folder: EvidenceFolder) -> None:
        parquet = folder.newest().table_path("domains")
        parquet.unlink()
        os.mkfifo(parquet)
        assert "domains.parquet is no plain file inside the evidence folder: do not use" in refusal(
            lambda: folder.newest().table_path("domains")
        )


class TestTable:
    def test_of_another_schema_version(self, folder: EvidenceFolder) -> None:
        edit(folder.newest(), lambda content: content["tables"]["domains"].update(schema_version=2))
        sentence = refusal(lambda: folder.newest().table_path("domains"))
        assert "'domains' of run 20260301T060000Z-0001 has schema version 2, this program reads 1" in sentence
        assert "collect again, or use the version" in sentence

    def test_that_this_version_does_not_know(self, folder: EvidenceFolder) -> None:
        def rename(content: dict[str, Any]) -> None:
            content["tables"]["castles"] = content["tables"].pop("domains") | {"file": "castles.parquet"}

        edit(folder.newest(), rename)
        assert "reads no such table" in refusal(lambda: folder.newest().table_path("castles"))

    @pytest.mark.parametrize("place", [0, 4, 100, -1, -5])
    def test_with_one_bit_changed(self, folder: EvidenceFolder, place: int) -> None:
        parquet = folder.newest().table_path("domains")
        content = bytearray(parquet.read_bytes())
        content[place] ^= 1
        parquet.write_bytes(content)
        sentence = refusal(lambda: folder.newest().table_path("domains"))
        assert "domains.parquet is damaged: its checksum is not the one in the manifest" in sentence

    @pytest.mark.parametrize("sha256", [None, "", "0" * 64])
    def test_with_another_checksum_in_the_manifest(self, folder: EvidenceFolder, sha256: str | None) -> None:
        edit(folder.newest(), lambda content: content["tables"]["domains"].update(sha256=sha256))
        assert "is damaged: its checksum" in refusal(lambda: folder.newest().table_path("domains"))

    def test_whose_file_is_gone(self, folder: EvidenceFolder) -> None:
        folder.newest().table_path("domains").unlink()
        sentence = refusal(lambda: folder.newest().table_path("domains"))
        assert "domains.parquet is not there: restore the evidence folder from a copy" in sentence

    def test_whose_original_run_is_gone(self, folder: EvidenceFolder) -> None:
        first = folder.newest()
        second = collect(folder, "a.example", hours=24)
        shutil.rmtree(first.path)
        assert f"{first.id}/domains.parquet is not there" in refusal(lambda: second.table_path("domains"))


class TestFolder:
    def test_that_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("no folder")
        for below in ("file", "file/evidence", "file/deep/evidence"):
            sentence = refusal(lambda below=below: collect(EvidenceFolder(tmp_path / below), "a.example"))  # type: ignore[misc]
            assert (
                f"{tmp_path / below} cannot be written, because a file stands where a folder should be"
                in sentence
            )

    def test_whose_lock_is_a_link(self, folder: EvidenceFolder, tmp_path: Path) -> None:
        (tmp_path / "precious").write_text("do not touch")
        (folder.path / ".lock").unlink()
        (folder.path / ".lock").symlink_to(tmp_path / "precious")
        assert "cannot be written" in refusal(lambda: collect(folder, "b.example"))
        assert (tmp_path / "precious").read_text() == "do not touch"

    def test_of_another_user(self, folder: EvidenceFolder) -> None:
        """In a process without the rights of an administrator."""
        script = """
import os, sys
from pathlib import Path
from securescore.errors import EvidenceError
from securescore.evidence import EvidenceFolder
path = Path(sys.argv[1])
(path / "runs").chmod(0)
if os.geteuid() == 0:
    os.setuid(65534)
try:
    EvidenceFolder(path).runs()
except EvidenceError as error:
    print(error)
"""
        process = child(script, folder.path)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert output.endswith(
            "cannot be read (Permission denied): run this as the user who collected the evidence\n"
        )
        assert TENANT not in output
