"""Keys: never null, never twice, and the same rows give the same file in whatever order they arrive."""

import json
import random
from pathlib import Path
from uuid import UUID

import pytest
from tests.evidence.desk import N, table, written

from securescore.errors import EvidenceError
from securescore.evidence import Column

PAIR = table(N, Column("kind", "VARCHAR", "kind"), Column("x", "VARCHAR", "x"), key=("n", "kind"))


def item(n: object, kind: object = "a", x: object = None) -> bytes:
    return json.dumps({"n": n, "kind": kind, "x": x}).encode()


@pytest.mark.parametrize("broken", [b"{}", item(None), item("one"), item(1.5), item(1, None), item(1, {})])
def test_a_row_without_a_usable_key(tmp_path: Path, broken: bytes) -> None:
    with pytest.raises(
        EvidenceError, match="1 of 2 rows of the table 'sample' came without a usable n and kind"
    ):
        written(tmp_path, PAIR, objects=[item(5), broken])


def test_a_key_cannot_stand_for_null_by_accident(tmp_path: Path) -> None:
    sample = table(Column("n", "INTEGER", "n", when_null="0"))
    with pytest.raises(EvidenceError, match="without a usable n"):
        written(tmp_path, sample, objects=[b"{}"])
    assert written(tmp_path, sample, objects=[b'{"n": null}']).rows == [(0,)]


def test_repeated_rows_are_counted_and_the_last_is_kept(tmp_path: Path) -> None:
    items = [
        item(2, "a", "1st"),
        item(1, "a", "1st"),
        item(2, "a", "2nd"),
        item(2, "b", "1st"),
        item(2, "a", "3rd"),
    ]
    shaped = written(tmp_path, PAIR, objects=items)
    assert shaped.rows == [(1, "a", "1st"), (2, "a", "3rd"), (2, "b", "1st")]
    assert (shaped.record.rows, shaped.record.repeated) == (3, 2)


def test_ids_that_differ_in_case_only_are_one(tmp_path: Path) -> None:
    sample = table(Column("id", "UUID", "id"), Column("x", "VARCHAR", "x"), key=("id",))
    user = UUID("9b2f1c34-0d1e-4c55-8a77-0f6d2b1c9e10")
    items = [json.dumps({"id": text, "x": text}).encode() for text in (str(user), str(user).upper())]
    shaped = written(tmp_path, sample, objects=items)
    assert shaped.rows == [(user, str(user).upper())]
    assert shaped.record.repeated == 1


def test_the_order_of_the_file_is_that_of_the_key(tmp_path: Path) -> None:
    items = [item(n, kind) for n, kind in [(10, "b"), (9, "z"), (10, "B"), (-1, "é"), (10, "")]]
    shaped = written(tmp_path, PAIR, objects=items)
    assert [row[:2] for row in shaped.rows] == [(-1, "é"), (9, "z"), (10, ""), (10, "B"), (10, "b")]


def test_the_same_rows_in_another_order_are_the_same_bytes(tmp_path: Path) -> None:
    """More rows than fit in one part of a Parquet file, read by several threads; once with repeated rows."""
    items = [item(n, "k", f"value {n % 97} of {n}") for n in range(150_000)]
    first = written(tmp_path, PAIR, objects=items).record
    random.Random(7).shuffle(items)
    second = written(tmp_path, PAIR, objects=items).record
    third = written(tmp_path, PAIR, objects=[*items[:1000], *items]).record
    assert first.sha256 == second.sha256 == third.sha256
    assert (first.repeated, second.repeated, third.repeated) == (0, 0, 1000)


def test_the_last_is_kept_among_many(tmp_path: Path) -> None:
    count = 60_000
    rows = ({"n": n % count, "kind": "k", "x": str(n // count)} for n in range(3 * count))
    shaped = written(tmp_path, PAIR, rows=rows)
    assert shaped.record.repeated == 2 * count
    assert {row[2] for row in shaped.rows} == {"2"}
