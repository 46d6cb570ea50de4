"""From collected JSON objects to typed columns, in SQL.

The objects of a table stand in one NDJSON file. Every column becomes an expression over the object; a value
that was there and did not fit its type becomes null *and* a counted rejection, never a silent null.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from securescore.evidence.schema import Column, Table

_INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"})
_NOT_A_TIME = "[^0-9TZ:.+ -]"
_WITH_OFFSET = ":.*[+-]"
LARGEST_OBJECT = 8 * 1024 * 1024
"""Bytes of the largest single object that is read."""


def literal(text: str) -> str:
    """The text as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """The name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def scan(parquet: Path) -> str:
    """The rows of one Parquet file as an SQL relation, whatever its folder is called.

    Left to itself DuckDB takes a folder called `enabled=true` for a column, in place of the one in the file.
    """
    return f"read_parquet({literal(str(parquet))}, hive_partitioning = false)"


class Shaper:
    """The SELECT that shapes the objects of one table.

    Every function over a whole object reads that object again, and takes memory for a few thousand at a time.
    So what a rare value needs stands in a CASE: DuckDB runs it for the rows that get there, not for all.

    Args:
        table: what is to come out.
        shaped: true when the objects were shaped by a connector and are keyed by column name; false when
            they are objects of the service and are read by each column's path.
    """

    def __init__(self, table: Table, *, shaped: bool) -> None:
        self._columns = table.columns
        self._paths = {c.name: "$." + (c.name if shaped else c.path or c.name) for c in table.columns}
        self._scalars = [c for c in table.columns if not _is_list(c) and c.type != "JSON"]
        self._nullable = [c for c in self._scalars if c.when_null is not None and not shaped]
        self._lists = [c for c in table.columns if _is_list(c)]
        judged = [self._judged(c) for c in (*self._nullable, *self._lists)]
        above = [path for c in table.columns for path in _above(self._judged(c))]
        self._kinds = list(dict.fromkeys((*judged, *above)))

    def select(self, pieces: Iterable[Path]) -> str:
        """Rows with the table's columns, then `rejected_<column>` flags for each column.

        Args:
            pieces: files of one object a line, in the order of the rows.
        """
        names = ", ".join(identifier(c.name) for c in self._columns)
        values = ", ".join(f"{self._value(c)} AS {identifier(c.name)}" for c in self._columns)
        there = ", ".join(f"{self._is_there(c)} AS {_there(c)}" for c in self._columns)
        flags = ", ".join(
            f"({_there(c)} AND {identifier(c.name)} IS NULL) AS {identifier('rejected_' + c.name)}"
            for c in self._columns
        )
        return f"SELECT {names}, {flags} FROM (SELECT {values}, {there} FROM ({self._extracted(pieces)}))"

    def _extracted(self, pieces: Iterable[Path]) -> str:
        texts = _array(self._paths[c.name] for c in self._scalars)
        wanted = ["json"]
        if self._scalars:
            wanted.append(f"json_extract_string(json, {texts}) AS texts")
        if self._kinds:
            wanted.append(f"json_type(json, {_array(self._kinds)}) AS kinds")
        wanted += [f"{self._found(c)} AS {_found(c)}" for c in self._columns if c not in self._scalars]
        files = _array(str(piece) for piece in pieces)
        source = f"read_ndjson_objects({files}, maximum_object_size = {LARGEST_OBJECT})"
        return f"SELECT {', '.join(wanted)} FROM {source}"

    def _found(self, column: Column) -> str:
        path = self._paths[column.name]
        if column.type == "JSON":
            return f"json_extract(json, {literal(path)})"
        return f"json_extract_string(json, {literal(_every(path))})"

    def _judged(self, column: Column) -> str:
        """The path whose JSON type says whether there is a value: for a list that of its array."""
        return self._paths[column.name].partition("[*]")[0]

    def _kind(self, path: str) -> str:
        return f"kinds[{self._kinds.index(path) + 1}]"

    def _text(self, column: Column) -> str:
        return f"texts[{self._scalars.index(column) + 1}]"

    def _is_there(self, column: Column) -> str:
        """Whether the object holds a value that could be rejected: neither absent nor null, or no object above it."""
        above = (self._kind(path) for path in _above(self._judged(column)))
        astray = [f"coalesce({kind} NOT IN ('NULL', 'OBJECT'), false)" for kind in above]
        return f"({' OR '.join([self._has_value(column), *astray])})"

    def _has_value(self, column: Column) -> str:
        if column.type == "JSON":
            return "false"
        if column in self._lists:
            return f"coalesce({self._kind(self._judged(column))} <> 'NULL', false)"
        return f"{self._text(column)} IS NOT NULL"

    def _value(self, column: Column) -> str:
        path = self._paths[column.name]
        if column.type == "JSON":
            return f"CASE WHEN {_found(column)}::VARCHAR <> 'null' THEN {_found(column)} END"
        if column in self._lists:
            return f"CASE WHEN {self._kind(self._judged(column))} = 'ARRAY' THEN {_list(column, _every(path))} END"
        value = _fitted(column.type, self._text(column))
        if column.type == "VARCHAR":
            value = _plain(self._text(column), path)
        if column.respelled is not None:
            value = f"replace({value}, {literal(column.respelled[0])}, {literal(column.respelled[1])})"
        if column not in self._nullable:
            return value
        kind = self._kind(self._judged(column))
        return f"CASE WHEN {kind} = 'NULL' THEN {column.when_null} ELSE {value} END"


def _above(path: str) -> list[str]:
    """The paths of the objects that a path leads through, without the whole: `$.a.b.c` leads through `$.a` and `$.a.b`."""
    names = path.split(".")
    return [".".join(names[:end]) for end in range(2, len(names))]


def _every(path: str) -> str:
    return path if "[*]" in path else path + "[*]"


def _found(column: Column) -> str:
    return identifier("found_" + column.name)


def _is_list(column: Column) -> bool:
    return column.type.endswith("[]")


def _there(column: Column) -> str:
    return identifier("there_" + column.name)


def _array(texts: Iterable[str]) -> str:
    return "[" + ", ".join(literal(text) for text in texts) + "]"


def _fitted(kind: str, raw: str) -> str:
    """The text as a value of the type, null where it does not fit; a number is never rounded to fit."""
    cast = f"TRY_CAST({raw} AS {kind})"
    if kind == "VARCHAR":
        return raw
    if kind == "BOOLEAN":
        return f"CASE lower({raw}) WHEN 'true' THEN true WHEN 'false' THEN false END"
    if kind == "DOUBLE":
        return f"CASE WHEN isfinite({cast}) THEN {cast} END"
    if kind == "TIMESTAMP":
        return _time(raw)
    if kind in _INTEGERS:
        number = f"TRY_CAST({raw} AS DOUBLE)"
        return f"CASE WHEN {number} = trunc({number}) THEN {cast} END"
    return cast


def _time(raw: str) -> str:
    # DuckDB casts a text with an offset to TIMESTAMP as if the offset were not there, and would also take
    # 'infinity', 'epoch' and the name of a time zone
    with_offset = f"make_timestamp(epoch_us(TRY_CAST({raw} AS TIMESTAMPTZ)))"
    return (
        f"CASE WHEN regexp_matches({raw}, {literal(_NOT_A_TIME)}) THEN NULL "
        f"WHEN regexp_matches({raw}, {literal(_WITH_OFFSET)}) THEN {with_offset} "
        f"ELSE TRY_CAST({raw} AS TIMESTAMP) END"
    )


def _nested(text: str) -> str:
    """Whether a text looks like that of an object or array."""
    return f"(starts_with({text}, '{{') OR starts_with({text}, '['))"


def _plain(text: str, path: str) -> str:
    """The text, null where it is that of an object or array."""
    judged = f"CASE WHEN json_type(json, {literal(path)}) = 'VARCHAR' THEN {text} END"
    return f"CASE WHEN {_nested(text)} THEN {judged} ELSE {text} END"


def _list(column: Column, path: str) -> str:
    """What stands at the path (`$.assignedLicenses[*].skuId`), null unless every element fits."""
    texts = _found(column)
    kind = column.type.removesuffix("[]")
    values = f"list_transform({texts}, lambda text: {_fitted(kind, 'text')})"
    fits = f"list_count({values}) = list_count({texts})"
    if kind == "VARCHAR":
        values = texts
        nested = f"list_bool_or(list_transform({texts}, lambda text: {_nested('text')}))"
        kinds = f"json_type(json, {literal(path)})"
        fits = f"CASE WHEN {nested} THEN NOT list_has_any({kinds}, ['OBJECT', 'ARRAY']) ELSE true END"
    return f"CASE WHEN {' AND '.join([fits, *_steps(path)])} THEN {values} END"


def _steps(path: str) -> Iterator[str]:
    """On the way down there must be objects where a name follows, arrays where `[*]` does."""
    passed, *names = path.split("[*]")
    for name in names:
        passed += "[*]"
        if name:
            yield f"list_has_all(['OBJECT'], json_type(json, {literal(passed)}))"
            passed += name
            if passed != path:
                yield f"list_has_all(['ARRAY'], json_type(json, {literal(passed)}))"
