"""Every kind of value that a service may answer with, in a column of every type."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.evidence.desk import START, TENANT, N, fill, objects, table, written

from securescore.errors import EvidenceError
from securescore.evidence import Column, EvidenceFolder
from securescore.evidence.shaping import LARGEST_OBJECT

at = datetime.fromisoformat
ID = "9b2f1c34-0d1e-4c55-8a77-0f6d2b1c9e10"

FITS: list[tuple[str, str, Any]] = [
    ("VARCHAR", '"text"', "text"),
    ("VARCHAR", '""', ""),
    ("VARCHAR", "7", "7"),
    ("VARCHAR", "true", "true"),
    ("VARCHAR", '"{not an object}"', "{not an object}"),
    ("VARCHAR", '"null"', "null"),
    ("BOOLEAN", "true", True),
    ("BOOLEAN", "false", False),
    ("BOOLEAN", '"True"', True),
    ("INTEGER", "2147483647", 2147483647),
    ("INTEGER", "-1", -1),
    ("INTEGER", "2.0", 2),
    ("INTEGER", '"12"', 12),
    ("BIGINT", "9007199254740993", 9007199254740993),
    ("BIGINT", "-9223372036854775808", -(2**63)),
    ("DOUBLE", "0.1", 0.1),
    ("DOUBLE", "3", 3.0),
    ("DOUBLE", "1e-320", 1e-320),
    ("DOUBLE", '"7.5"', 7.5),
    ("UUID", f'"{ID}"', UUID(ID)),
    ("UUID", f'"{ID.upper()}"', UUID(ID)),
    ("TIMESTAMP", '"2026-03-01T12:30:00Z"', at("2026-03-01T12:30:00")),
    ("TIMESTAMP", '"2026-03-01T12:30:00"', at("2026-03-01T12:30:00")),
    ("TIMESTAMP", '"2026-03-01T00:30:00+02:00"', at("2026-02-28T22:30:00")),
    ("TIMESTAMP", '"2026-03-01T00:30:00-05:30"', at("2026-03-01T06:00:00")),
    ("TIMESTAMP", '"2026-03-01T12:30:00.1234567Z"', at("2026-03-01T12:30:00.123456")),
    ("TIMESTAMP", '"2026-03-01T00:30:00.1234567+02:00"', at("2026-02-28T22:30:00.123456")),
    ("TIMESTAMP", '"2026-03-01"', at("2026-03-01T00:00:00")),
    ("TIMESTAMP", '"2026-03-01T00:30:00+0200"', at("2026-02-28T22:30:00")),
    ("TIMESTAMP", '"2026-03-01 00:30:00+02"', at("2026-02-28T22:30:00")),
    ("TIMESTAMP", '"2026-03-01T12:30:00+00:00"', at("2026-03-01T12:30:00")),
    ("TIMESTAMP", '"0001-01-01T00:00:00Z"', at("0001-01-01T00:00:00")),
    ("TIMESTAMP", '"9999-12-31T23:59:59Z"', at("9999-12-31T23:59:59")),
    ("VARCHAR[]", '["a", "b"]', ["a", "b"]),
    ("VARCHAR[]", "[]", []),
    ("VARCHAR[]", '["a", null]', ["a", None]),
    ("VARCHAR[]", "[1, true]", ["1", "true"]),
    ("UUID[]", f'["{ID}"]', [UUID(ID)]),
    ("BIGINT[]", '[1, "2", null]', [1, 2, None]),
    ("BOOLEAN[]", '[true, "false"]', [True, False]),
    ("TIMESTAMP[]", '["2026-03-01T00:30:00+02:00"]', [at("2026-02-28T22:30:00")]),
]

DOES_NOT_FIT = [
    ("VARCHAR", '{"nested": 1}'),
    ("VARCHAR", "[1]"),
    ("VARCHAR", "[]"),
    ("BOOLEAN", '"yes"'),
    ("BOOLEAN", "1"),
    ("BOOLEAN", '""'),
    ("BOOLEAN", "{}"),
    ("INTEGER", "1.5"),
    ("INTEGER", "2147483648"),
    ("INTEGER", "true"),
    ("INTEGER", '""'),
    ("INTEGER", '"many"'),
    ("BIGINT", "9223372036854775808"),
    ("BIGINT", str(2**70)),
    ("BIGINT", "1e30"),
    ("BIGINT", "[1]"),
    ("DOUBLE", '"half"'),
    ("DOUBLE", '"NaN"'),
    ("DOUBLE", '"Infinity"'),
    ("DOUBLE", "true"),
    ("UUID", '"not-a-uuid"'),
    ("UUID", f'"{ID[:-1]}"'),
    ("UUID", "5"),
    ("TIMESTAMP", '"yesterday"'),
    ("TIMESTAMP", '"2026-03-01T00:30:00Z+02:00"'),
    ("TIMESTAMP", '"2026-02-30T00:00:00Z"'),
    ("TIMESTAMP", '""'),
    ("TIMESTAMP", "1772323200"),
    ("TIMESTAMP", '"infinity"'),
    ("TIMESTAMP", '"epoch"'),
    ("TIMESTAMP", '"2026-03-01T12:30:00 Europe/Amsterdam"'),
    ("VARCHAR[]", '"a"'),
    ("VARCHAR[]", '{"a": 1}'),
    ("VARCHAR[]", '["a", {"b": 1}]'),
    ("VARCHAR[]", '["a", ["b"]]'),
    ("UUID[]", f'["{ID}", "not-a-uuid"]'),
    ("BIGINT[]", "[1, 1.5]"),
    ("BOOLEAN[]", '[true, "yes"]'),
]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], tuple[Any, int]]:
    """(type, JSON) -> what the column holds, and its rejections; a column for each, all in one object."""
    cases = [case[:2] for case in FITS] + DOES_NOT_FIT
    columns = [Column(f"x{n}", kind, f"x{n}") for n, (kind, _) in enumerate(cases)]
    item = "{" + ", ".join(f'"x{n}": {value}' for n, (_, value) in enumerate(cases)) + ', "n": 1}'
    shaped = written(tmp_path_factory.mktemp("judged"), table(N, *columns), objects=[item.encode()])
    counts = [shaped.record.rejections.get(column.name, 0) for column in columns]
    return dict(zip(cases, zip(shaped.rows[0][1:], counts, strict=True), strict=True))


@pytest.mark.parametrize(("kind", "value", "expected"), FITS)
def test_a_value_that_fits(
    judged: dict[tuple[str, str], tuple[Any, int]], kind: str, value: str, expected: object
) -> None:
    found, rejections = judged[kind, value]
    assert found == expected
    assert type(found) is type(expected)
    assert rejections == 0


@pytest.mark.parametrize(("kind", "value"), DOES_NOT_FIT)
def test_a_value_that_does_not_fit_is_null_and_counted(
    judged: dict[tuple[str, str], tuple[Any, int]], kind: str, value: str
) -> None:
    assert judged[kind, value] == (None, 1)


def test_absent_and_null_are_null_and_no_rejection(tmp_path: Path) -> None:
    kinds = ["VARCHAR", "BOOLEAN", "INTEGER", "DOUBLE", "UUID", "TIMESTAMP", "JSON", "VARCHAR[]", "UUID[]"]
    columns = [Column(f"x{n}", kind, f"x{n}") for n, kind in enumerate(kinds)]
    nulls = {column.name: None for column in columns}
    items = [json.dumps({"n": 1}).encode(), json.dumps({"n": 2} | nulls).encode()]
    shaped = written(tmp_path, table(N, *columns), objects=items)
    assert shaped.rows == [(1, *nulls.values()), (2, *nulls.values())]
    assert shaped.record.rejections == {}


def test_rejections_are_counted_column_by_column(tmp_path: Path) -> None:
    columns = (N, Column("a", "BOOLEAN", "a"), Column("b", "INTEGER", "b"), Column("c", "VARCHAR", "c"))
    items = [b'{"n": 1, "a": "yes", "b": 1.5, "c": "c"}', b'{"n": 2, "a": true, "b": "x"}']
    shaped = written(tmp_path, table(*columns), objects=items)
    assert shaped.rows == [(1, None, None, "c"), (2, True, None, None)]
    assert shaped.record.rejections == {"a": 1, "b": 2}


class TestWhenNull:
    def test_null_stands_for_the_declared_value_and_absence_does_not(self, tmp_path: Path) -> None:
        column = Column("x", "BOOLEAN", "x", when_null="false")
        shaped = objects(tmp_path, column, {"x": None}, {}, {"x": True}, {"x": False}, {"x": "yes"})
        assert shaped.values == [False, None, True, False, None]
        assert shaped.record.rejections == {"x": 1}

    def test_text(self, tmp_path: Path) -> None:
        column = Column("x", "VARCHAR", "x", when_null="''")
        shaped = objects(tmp_path, column, {"x": None}, {}, {"x": "None"}, {"x": {}})
        assert shaped.values == ["", None, "None", None]
        assert shaped.record.rejections == {"x": 1}

    def test_below_an_object_that_is_null_is_absent(self, tmp_path: Path) -> None:
        column = Column("x", "BOOLEAN", "outer.x", when_null="false")
        shaped = objects(
            tmp_path, column, {"outer": {"x": None}}, {"outer": None}, {"outer": {}}, {"outer": 3}
        )
        assert shaped.values == [False, None, None, None]
        assert shaped.record.rejections == {"x": 1}

    def test_rows_shaped_in_python_mean_what_they_say(self, tmp_path: Path) -> None:
        sample = table(N, Column("x", "BOOLEAN", "x", when_null="false"))
        assert written(tmp_path, sample, rows=[{"n": 1, "x": None}]).values == [None]

    @pytest.mark.parametrize("kind", ["JSON", "VARCHAR[]"])
    def test_is_for_single_values(self, kind: str) -> None:
        with pytest.raises(ValueError, match="when_null is for single values"):
            Column("x", kind, "x", when_null="'[]'")


class TestLists:
    def test_elements_of_objects(self, tmp_path: Path) -> None:
        column = Column("x", "VARCHAR[]", "plans[*].id")
        shaped = objects(
            tmp_path,
            column,
            {"plans": [{"id": "a"}, {"id": "b"}]},
            {"plans": []},
            {"plans": None},
            {},
            {"plans": [{"name": "no id"}]},
        )
        assert shaped.values == [["a", "b"], [], None, None, []]
        assert shaped.record.rejections == {}

    def test_lists_in_lists(self, tmp_path: Path) -> None:
        column = Column("x", "VARCHAR[]", "licences[*].disabled[*]")
        shaped = objects(
            tmp_path,
            column,
            {"licences": [{"disabled": ["a", "b"]}, {"disabled": []}, {"disabled": ["c"]}]},
            {"licences": [{"disabled": []}]},
            {"licences": []},
            {"licences": None},
            {},
        )
        assert shaped.values == [["a", "b", "c"], [], [], None, None]
        assert shaped.record.rejections == {}

    def test_below_an_object(self, tmp_path: Path) -> None:
        column = Column("x", "VARCHAR[]", "outer.inner[*].a.b")
        shaped = objects(
            tmp_path, column, {"outer": {"inner": [{"a": {"b": 1}}]}}, {"outer": {}}, {"outer": None}
        )
        assert shaped.values == [["1"], None, None]

    @pytest.mark.parametrize(
        "licences",
        [
            '"none"',
            '{"disabled": ["a"]}',
            '["a"]',
            '[{"disabled": ["a"]}, null]',
            '[{"disabled": ["a"]}, {"disabled": "b"}]',
            '[{"disabled": ["a"]}, {"disabled": null}]',
            '[{"disabled": ["a", {"b": 1}]}]',
        ],
    )
    def test_another_shape_on_the_way_down_is_a_rejection(self, tmp_path: Path, licences: str) -> None:
        column = Column("x", "VARCHAR[]", "licences[*].disabled[*]")
        shaped = objects(tmp_path, column, f'{{"licences": {licences}}}')
        assert shaped.values == [None]
        assert shaped.record.rejections == {"x": 1}

    def test_columns_that_share_an_array(self, tmp_path: Path) -> None:
        columns = (
            N,
            Column("ids", "BIGINT[]", "a[*].id"),
            Column("b", "VARCHAR[]", "a[*].b[*]"),
            Column("a", "JSON", "a"),
        )
        shaped = written(tmp_path, table(*columns), objects=[b'{"n": 1, "a": [{"id": 5, "b": ["x"]}]}'])
        assert shaped.rows == [(1, [5], ["x"], '[{"id":5,"b":["x"]}]')]


class TestBelowObjects:
    """What stands where an object belongs hides every value below it, so it counts as a wrong one."""

    @pytest.mark.parametrize("outer", [3, True, "text", [], [{"inner": {"x": "a"}}]])
    @pytest.mark.parametrize(
        ("kind", "path"),
        [
            ("VARCHAR", "outer.inner.x"),
            ("BOOLEAN", "outer.x"),
            ("VARCHAR[]", "outer.inner.x[*].y"),
            ("JSON", "outer.x"),
        ],
    )
    def test_no_object_above(self, tmp_path: Path, kind: str, path: str, outer: object) -> None:
        shaped = objects(tmp_path, Column("x", kind, path), {"outer": outer})
        assert shaped.values == [None]
        assert shaped.record.rejections == {"x": 1}

    @pytest.mark.parametrize("inner", [3, [], "text"])
    def test_no_object_in_between(self, tmp_path: Path, inner: object) -> None:
        shaped = objects(tmp_path, Column("x", "VARCHAR", "outer.inner.x"), {"outer": {"inner": inner}})
        assert (shaped.values, shaped.record.rejections) == ([None], {"x": 1})

    @pytest.mark.parametrize("item", [{}, {"outer": None}, {"outer": {}}, {"outer": {"inner": None}}])
    def test_nothing_above_is_nothing_wrong(self, tmp_path: Path, item: dict[str, Any]) -> None:
        shaped = objects(tmp_path, Column("x", "VARCHAR", "outer.inner.x"), item)
        assert (shaped.values, shaped.record.rejections) == ([None], {})

    def test_rows_shaped_in_python_lead_through_nothing(self, tmp_path: Path) -> None:
        sample = table(N, Column("x", "VARCHAR", "outer.x"))
        shaped = written(tmp_path, sample, rows=[{"n": 1, "x": "a"}])
        assert (shaped.values, shaped.record.rejections) == (["a"], {})


JSON_VALUES: list[Any] = [
    {"a": [1, 2.5, None, True, {"b": []}], "": "empty name"},
    [],
    {},
    "text",
    "null",
    0,
    False,
    -0.1,
    2**63,
    'quote " backslash \\ slash / line\nbreak tab\t nul\0 é 漢 🔑',
]


class TestJson:
    @pytest.mark.parametrize("value", JSON_VALUES)
    def test_content_is_kept(self, tmp_path: Path, value: object) -> None:
        column = Column("x", "JSON", "x")
        sample = table(N, column)
        assert [json.loads(x) for x in objects(tmp_path / "objects", column, {"x": value}).values] == [value]
        given: list[object] = [json.dumps(value), json.dumps(value, indent=2).encode()]
        given += [] if isinstance(value, str) else [value]
        rows = [{"n": n, "x": x} for n, x in enumerate(given)]
        assert [json.loads(x) for x in written(tmp_path / "rows", sample, rows=rows).values] == [value] * len(
            rows
        )

    @pytest.mark.parametrize("text", ["hello", "{", "", '1, "n": 7', "1} {", '{"a": 1}]', b"\xff"])
    def test_text_that_is_no_json_value_is_refused(self, tmp_path: Path, text: str | bytes) -> None:
        with pytest.raises(EvidenceError, match="'sample' cannot be told in JSON"):
            written(tmp_path, table(N, Column("x", "JSON")), rows=[{"n": 1, "x": text}])


STRANGE = [
    "漢字 🔑 ÅÄÖ é é \u202e",
    "nul \0 inside",
    "two\nlines\r\nand\ttab",
    'it\'s "quoted" \\ and ; DROP TABLE x; --',
    "x" * 1_000_000,
    "NULL",
    " spaced ",
    "\ufeffmark",
    "\u2028",
]


@pytest.mark.parametrize("text", STRANGE, ids=range(len(STRANGE)))
def test_text_comes_through_unchanged(tmp_path: Path, text: str) -> None:
    column = Column("x", "VARCHAR", "x")
    assert objects(tmp_path / "objects", column, {"x": text}).values == [text]
    assert written(tmp_path / "rows", table(N, column), rows=[{"n": 1, "x": text}]).values == [text]


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_objects_on_several_lines(tmp_path: Path, line_break: str) -> None:
    text = json.dumps({"n": 1, "x": "two\nlines"}, indent=2).replace("\n", line_break).encode()
    sample = table(N, Column("x", "VARCHAR", "x"))
    assert written(tmp_path, sample, objects=[text, text.replace(b"1", b"2")]).rows == [
        (1, "two\nlines"),
        (2, "two\nlines"),
    ]


class TestRefusedObjects:
    """What cannot be read is one clear error, and leaves nothing."""

    @pytest.mark.parametrize(
        "broken",
        [
            b'{"n": 2',
            b'{"n": 2}{"n": 3}',
            b'{"n": 2}, ',
            b"<html>",
            b"[1]",
            b'"text"',
            b"",
            b"  ",
            b'{"n": 2, "x": "\xff"}',
            b'{"n": 2, "x": "\\ud83d"}',
            b'{"n": 2, "x": "\x01"}',
        ],
    )
    def test_broken_json(self, tmp_path: Path, broken: bytes) -> None:
        sample = table(N, Column("x", "VARCHAR", "x"))
        with EvidenceFolder(tmp_path).begin(TENANT, START, "test") as run:
            with pytest.raises(EvidenceError, match="'sample'") as caught:
                fill(run, sample, [b'{"n": 1}', broken, b'{"n": 4}'])
            assert run.record(sample) is None
            assert [path.name for path in run.path.iterdir()] == []
        assert "\n" not in str(caught.value)

    def test_an_oversize_object(self, tmp_path: Path) -> None:
        sample = table(N, Column("x", "VARCHAR", "x"))
        largest = b'{"n": 1, "x": "' + b"a" * (LARGEST_OBJECT - 17) + b'"}'
        assert len(largest) == LARGEST_OBJECT
        assert len(written(tmp_path / "fits", sample, objects=[largest]).values[0]) == LARGEST_OBJECT - 17
        with pytest.raises(
            EvidenceError, match=r"'sample' has 8,388,609 bytes, and no more than 8,388,608 are read"
        ):
            written(tmp_path / "not", sample, objects=[largest + b" "])
        with pytest.raises(EvidenceError, match="no more than 8,388,608"):
            written(tmp_path / "row", sample, rows=[{"n": 1, "x": "a" * LARGEST_OBJECT}])

    def test_objects_for_a_table_that_is_shaped_in_python(self, tmp_path: Path) -> None:
        with pytest.raises(EvidenceError, match="'sample' has columns without a path"):
            written(tmp_path, table(N, Column("x", "VARCHAR")), objects=[b'{"n": 1}'])


class TestRefusedRows:
    def test_a_column_that_is_not_declared(self, tmp_path: Path) -> None:
        with pytest.raises(EvidenceError, match=r"'sample' has no column \['y'\]"):
            written(tmp_path, table(N), rows=[{"n": 1, "y": 2}])

    @pytest.mark.parametrize("value", [object(), "\ud800", {1: 2}.keys()])
    def test_a_value_that_json_does_not_know(self, tmp_path: Path, value: object) -> None:
        with pytest.raises(EvidenceError, match="'sample' cannot be told in JSON"):
            written(tmp_path, table(N, Column("x", "VARCHAR")), rows=[{"n": 1, "x": value}])

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
    def test_a_number_that_json_does_not_know_is_a_rejection(self, tmp_path: Path, value: float) -> None:
        shaped = written(tmp_path, table(N, Column("x", "DOUBLE")), rows=[{"n": 1, "x": value}])
        assert shaped.values == [None]
        assert shaped.record.rejections == {"x": 1}

    def test_objects_and_rows_in_one_table(self, tmp_path: Path) -> None:
        with EvidenceFolder(tmp_path).begin(TENANT, START, "test") as run, run.table(table(N)) as writer:
            writer.write_objects([b'{"n": 1}'])
            with pytest.raises(EvidenceError, match="both objects and shaped rows"):
                writer.write_rows([{"n": 2}])


def test_a_row_is_found_by_column_name_and_not_by_path(tmp_path: Path) -> None:
    sample = table(N, Column("x", "VARCHAR[]", "far.away[*].y"), Column("z", "VARCHAR", "far.z"))
    assert written(tmp_path, sample, rows=[{"n": 1, "x": ["a"], "z": "b"}]).rows == [(1, ["a"], "b")]


def test_a_table_without_rows_has_its_columns(tmp_path: Path) -> None:
    shaped = written(tmp_path, table(N, Column("x", "VARCHAR[]", "x[*]")))
    assert shaped.rows == []
    assert shaped.record.rows == 0


@pytest.mark.parametrize(
    "path", ["", "a.", ".a", "a..b", "a b", "a[0]", "a[*", "@odata.type", "a\n", "a[*]b", "a'"]
)
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(ValueError, match="is not a path"):
        Column("x", "VARCHAR", path)


def test_a_key_that_is_no_column() -> None:
    with pytest.raises(ValueError, match=r"key \['m'\] is no column"):
        table(N, key=("m",))
