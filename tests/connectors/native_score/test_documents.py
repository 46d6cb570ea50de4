import json
from pathlib import Path
from typing import Any

import pytest

from securescore.connectors.native_score.documents import read_document
from securescore.errors import ImportedFileError

SCORE = {"id": "t_2026-01-15", "azureTenantId": "t", "controlScores": []}
PROFILE = {"id": "AdminMFAV2", "maxScore": 10, "service": "AzureAD"}
GRAPH = "https://graph.microsoft.com/v1.0/$metadata#security/"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "saved.json"


def write(file: Path, content: Any, encoding: str = "utf-8") -> Path:
    file.write_bytes(json.dumps(content, ensure_ascii=False).encode(encoding))
    return file


@pytest.mark.parametrize("item", [SCORE, PROFILE], ids=["score", "profile"])
@pytest.mark.parametrize(
    "wrap", [lambda i: i, lambda i: [i], lambda i: {"value": [i]}, lambda i: {"Value": [i]}]
)
def test_every_form_is_told_by_its_content(file: Path, item: dict[str, Any], wrap: Any) -> None:
    document = read_document(write(file, wrap(item)))
    assert document.kind == ("scores" if item is SCORE else "profiles")
    assert (list(document.items), document.last_page) == ([item], True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_that_powershell_writes(file: Path, encoding: str) -> None:
    document = read_document(write(file, {"value": [PROFILE | {"title": "Zoë"}]}, encoding))
    assert document.items[0]["title"] == "Zoë"


def test_an_empty_list_is_told_by_its_context(file: Path) -> None:
    assert (
        read_document(write(file, {"@odata.context": f"{GRAPH}secureScores", "value": []})).kind == "scores"
    )
    context = f"{GRAPH}secureScoreControlProfiles"
    assert read_document(write(file, {"@odata.context": context, "value": []})).kind == "profiles"


def test_a_link_to_more_makes_it_not_the_last_page(file: Path) -> None:
    page = {"@odata.nextLink": "https://graph.microsoft.com/x", "value": [PROFILE]}
    assert read_document(write(file, page)).last_page is False


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \r\n", "is empty"),
        (b"<!DOCTYPE html><html></html>", "looks like a web page"),
        (b"PK\x03\x04abc", "looks like a ZIP archive"),
        (b"Rank,Improvement action,Score impact\r\n1,Ensure,2%", "looks like a CSV table"),
        (b'{"value": [{"id": "x"', "looks like JSON that was cut off or damaged"),
        (b"[" * 100_000, "looks like JSON that was cut off or damaged"),
        (b"hello", "is not JSON"),
        (b"\x80\x81\x82", "is not JSON"),
        (b"4", "holds a number"),
        (b'"text"', "holds a text"),
        (b'{"value": 4}', "holds an object"),
        (b"[1]", "holds a list with a number in it"),
        (b"[]", "holds an empty list and does not say of what"),
        (
            b'{"error": {"code": "Forbidden", "message": "no"}}',
            "is an error answer of the service (Forbidden)",
        ),
        (b'{"baselineVersion": "1", "MetaData": {}}', "with the properties baselineVersion, MetaData"),
        (b"{}", "with the properties none"),
        (json.dumps([SCORE, PROFILE]).encode(), "mixes secure scores and control profiles"),
    ],
)
def test_what_is_no_native_score_is_refused_in_one_sentence(file: Path, content: bytes, words: str) -> None:
    file.write_bytes(content)
    with pytest.raises(ImportedFileError) as caught:
        read_document(file)
    message = str(caught.value)
    assert message.startswith(f"{file} is no native score: it ")
    assert words in message
    assert "GET /security/secureScores" in message
    assert "\n" not in message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ImportedFileError, match="cannot be read"):
        read_document(tmp_path / "none.json")
    with pytest.raises(ImportedFileError, match="cannot be read"):
        read_document(tmp_path)
    with pytest.raises(ImportedFileError, match="cannot be read"):
        read_document(Path("a\0b"))
