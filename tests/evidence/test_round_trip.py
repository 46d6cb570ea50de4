"""Whatever is written is read again, and nothing is lost without being counted."""

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.evidence.desk import N, table, written

from securescore.evidence import Column, Table

EVERY_TYPE = table(
    N,
    Column("text", "VARCHAR", "text"),
    Column("flag", "BOOLEAN", "flag"),
    Column("small", "INTEGER", "small"),
    Column("large", "BIGINT", "large"),
    Column("number", "DOUBLE", "number"),
    Column("id", "UUID", "id"),
    Column("time", "TIMESTAMP", "time"),
    Column("texts", "VARCHAR[]", "texts[*]"),
    Column("raw", "JSON", "raw"),
)

texts = st.text(st.characters(exclude_categories=["Cs"]))
longs = st.integers(-(2**63), 2**63 - 1)
floats = st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | longs | floats | texts
documents = st.recursive(scalars, lambda x: st.lists(x) | st.dictionaries(texts, x), max_leaves=6)

rows = st.lists(
    st.fixed_dictionaries(
        {
            "n": st.integers(-(2**31), 2**31 - 1),
            "text": st.none() | texts,
            "flag": st.none() | st.booleans(),
            "small": st.none() | st.integers(-(2**31), 2**31 - 1),
            "large": st.none() | longs,
            "number": st.none() | floats,
            "id": st.none() | st.uuids(),
            "time": st.none() | st.datetimes(),
            "texts": st.none() | st.lists(st.none() | texts),
            "raw": documents.filter(lambda value: not isinstance(value, str)),
        }
    ),
    max_size=20,
    unique_by=lambda row: str(row["n"]),
)


def as_json(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    assert isinstance(value, UUID)
    return str(value).upper()


def read_back(table: Table, **content: Any) -> tuple[list[dict[str, Any]], dict[str, int]]:
    with TemporaryDirectory() as folder:
        shaped = written(Path(folder), table, **content)
    found = [dict(zip((column.name for column in table.columns), row, strict=True)) for row in shaped.rows]
    for row in found:
        row["raw"] = None if row["raw"] is None else json.loads(row["raw"])
    return found, shaped.record.rejections


@settings(max_examples=10, deadline=None)
@given(rows)
def test_rows_written_are_rows_read(given_rows: list[dict[str, Any]]) -> None:
    expected = sorted(given_rows, key=lambda row: row["n"])
    assert read_back(EVERY_TYPE, rows=given_rows) == (expected, {})
    objects = [json.dumps(row, default=as_json).encode() for row in given_rows]
    assert read_back(EVERY_TYPE, objects=objects) == (expected, {})


JUDGED = [column for column in EVERY_TYPE.columns if column.name not in {"n", "raw"}]


@settings(max_examples=10, deadline=None)
@given(st.lists(st.lists(documents, min_size=len(JUDGED), max_size=len(JUDGED)), min_size=1, max_size=10))
def test_a_value_is_kept_or_counted(objects: list[list[Any]]) -> None:
    """Any JSON in any column: null comes of null, or is a rejection."""
    contents = [dict(zip((c.name for c in JUDGED), values, strict=True)) for values in objects]
    items = [json.dumps({"n": n} | content).encode() for n, content in enumerate(contents)]
    found, rejections = read_back(EVERY_TYPE, objects=items)
    lost = Counter(
        name
        for content, row in zip(contents, found, strict=True)
        for name, value in content.items()
        if value is not None and row[name] is None
    )
    assert lost == rejections
    assert all(
        row[name] is None for c, row in zip(contents, found, strict=True) for name in c if c[name] is None
    )
