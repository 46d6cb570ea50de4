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

    Each object is read three times at most, whatever the number of columns: for the texts of the scalars,
    for their JSON types, and for the parts that lists and JSON columns are made of.

    Args:
        table: what is to come out.
        shaped: true when the objects were shaped by a connector and are keyed by column name; false when
            they are objects of the service and are read by each column's path.
    """

    def __init__(self, table: Table, *, shaped: bool) -> None:
        self._columns = table.columns
        self._paths = {
            column.name: column.name if shaped else column.path or column.name for column in table.columns
        }
        self._scalars = [c for c in table.columns if not _is_list(c) and c.type != "JSON"]
        self._parts = list(dict.fromkeys(self._part(c) for c in table.columns if c not in self._scalars))
        self._shaped = shaped

    def select(self, ndjson: Path) -> str:
        """Rows with the table's columns, then `rejected_<column>` flags for each column."""
        names = ", ".join(identifier(c.name) for c in self._columns)
        values = ", ".join(f"{self._value(c)} AS {identifier(c.name)}" for c in self._columns)
        there = ", ".join(f"{self._there(c)} AS {_there(c)}" for c in self._columns)
        flags = ", ".join(
            f"({_there(c)} AND {identifier(c.name)} IS NULL) AS {identifier('rejected_' + c.name)}"
            for c in self._columns
        )
        return f"SELECT {names}, {flags} FROM (SELECT {values}, {there} FROM ({self._extracted(ndjson)}))"

    def _extracted(self, ndjson: Path) -> str:
        wanted = []
        if self._scalars:
            paths = _array("$." + self._paths[c.name] for c in self._scalars)
            wanted += [
                f"json_extract_string(json, {paths}) AS scalars",
                f"json_type(json, {paths}) AS kinds",
            ]
        if self._parts:
            wanted.append(f"json_extract(json, {_array(self._parts)}) AS parts")
        source = f"read_ndjson_objects({literal(str(ndjson))}, maximum_object_size = {LARGEST_OBJECT})"
        return f"SELECT {', '.join(wanted)} FROM {source}"

    def _part(self, column: Column) -> str:
        return "$." + self._paths[column.name].partition("[*]")[0]

    def _raw(self, column: Column) -> str:
        if column in self._scalars:
            return f"scalars[{self._scalars.index(column) + 1}]"
        return f"parts[{self._parts.index(self._part(column)) + 1}]"

    def _kind(self, column: Column) -> str:
        if column in self._scalars:
            return f"kinds[{self._scalars.index(column) + 1}]"
        return f"json_type({self._raw(column)})"

    def _there(self, column: Column) -> str:
        """Whether the object holds a value: neither absent nor null."""
        if column in self._scalars:
            return f"({self._raw(column)} IS NOT NULL)"
        return f"({self._raw(column)} IS NOT NULL AND {self._kind(column)} <> 'NULL')"

    def _value(self, column: Column) -> str:
        raw, kind = self._raw(column), self._kind(column)
        if column.type == "JSON":
            return f"CASE WHEN {kind} <> 'NULL' THEN {raw} END"
        if _is_list(column):
            _, star, rest = self._paths[column.name].partition("[*]")
            return _list(column.type, raw, star + rest or "[*]")
        value = _fitted(column.type, raw)
        if column.type == "VARCHAR":
            value = f"CASE WHEN {kind} NOT IN ('OBJECT', 'ARRAY') THEN {raw} END"
        if column.when_null is None or self._shaped:
            return value
        return f"CASE WHEN {kind} = 'NULL' THEN {column.when_null} ELSE {value} END"


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


def _list(kind: str, array: str, inner: str) -> str:
    """What stands at `inner` (`[*].skuId`) of a JSON array, null unless every element fits."""
    texts = f"json_extract_string({array}, {literal('$' + inner)})"
    kinds = f"json_type({array}, {literal('$' + inner)})"
    fits = [f"json_type({array}) = 'ARRAY'", *_steps(array, inner)]
    if kind == "VARCHAR[]":
        fits.append(f"NOT list_has_any({kinds}, ['OBJECT', 'ARRAY'])")
        return f"CASE WHEN {' AND '.join(fits)} THEN {texts} END"
    values = f"list_transform({texts}, lambda text: {_fitted(kind.removesuffix('[]'), 'text')})"
    fits.append(f"list_count({values}) = list_count({texts})")
    return f"CASE WHEN {' AND '.join(fits)} THEN {values} END"


def _steps(array: str, inner: str) -> Iterator[str]:
    """On the way down there must be objects where a name follows, arrays where `[*]` does."""
    passed = ""
    for name in inner.split("[*]")[1:]:
        passed += "[*]"
        if name:
            yield f"list_has_all(['OBJECT'], json_type({array}, {literal('$' + passed)}))"
            passed += name
            if passed != inner:
                yield f"list_has_all(['ARRAY'], json_type({array}, {literal('$' + passed)}))"
