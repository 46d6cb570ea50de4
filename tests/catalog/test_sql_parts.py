"""Parts that several queries share: what is put in, and what is refused."""

from pathlib import Path

import pytest
from tests.catalog.content_folder import SQL, ContentFolder

from securescore.catalog import load_catalog
from securescore.catalog.loader import read_content
from securescore.catalog.sql_parts import read_sql
from securescore.errors import CatalogError

QUERY = "WITH a AS (SELECT 1),\n    -- include rest kind=spam\nSELECT * FROM b\n"
REST = "b AS (\n    SELECT {'a': 1} FROM a WHERE kind = '{kind}'\n),\n"


def query(folder: Path, text: str = QUERY, part: str | None = REST) -> Path:
    if part is not None:
        (folder / "rest.part.sql").write_text(part, "utf-8")
    file = folder / "one.sql"
    file.write_text(text, "utf-8")
    return file


def test_a_part_is_put_in_with_its_words(tmp_path: Path) -> None:
    assert read_sql(query(tmp_path)) == (
        "WITH a AS (SELECT 1),\nb AS (\n    SELECT {'a': 1} FROM a WHERE kind = 'spam'\n),\nSELECT * FROM b\n"
    )


def test_other_comments_stay(tmp_path: Path) -> None:
    text = "-- includes much\nSELECT '-- include rest kind=spam' -- include rest kind=spam too\n"
    assert read_sql(query(tmp_path, text)) == text


@pytest.mark.parametrize(
    ("text", "part", "says"),
    [
        (QUERY, None, "includes rest, and there is no rest.part.sql beside it"),
        (QUERY, "SELECT 1", "includes rest with kind; rest.part.sql wants none"),
        ("-- include rest\n", REST, "includes rest with no words; rest.part.sql wants kind"),
        (
            "-- include rest kind=a other=b\n",
            REST,
            "includes rest with kind, other; rest.part.sql wants kind",
        ),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, text: str, part: str | None, says: str) -> None:
    with pytest.raises(CatalogError, match=says):
        read_sql(query(tmp_path, text, part))


def test_an_action_reads_its_part_and_changes_with_it(content: ContentFolder) -> None:
    first, rest = SQL.split("from", 1)
    part = content.path / "entra_id" / "rest.part.sql"
    content.write("One", sql=f"{first}\n-- include rest\n")
    with pytest.raises(CatalogError, match=r"there is no rest\.part\.sql beside it"):
        load_catalog(content.path)
    hashes = set()
    for text in (f"from {rest}", f"from {rest} -- changed"):
        part.write_text(text, "utf-8")
        (one,) = load_catalog(content.path).actions.values()
        assert one.sql is not None
        assert text in one.sql
        hashes.add(one.content_hash)
    assert len(hashes) == 2


def test_a_part_that_nothing_includes_is_found(content: ContentFolder) -> None:
    content.write("One")
    (content.path / "entra_id" / "rest.part.sql").write_text("x", "utf-8")
    assert (
        "entra_id/rest.part.sql: no query includes this part; remove it [parts_are_used]" in content.lines()
    )
    assert read_content(content.path).problems == ()
