"""What a query of ours may be: exactly one SELECT over declared relations that reads no file, setting or clock.

The parser is the first of two walls; the engine also closes DuckDB's door to files and locks its settings.
"""

import json
import logging
from collections.abc import Collection, Iterator
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from securescore.errors import CatalogError

# sqlglot warns of statements that it cannot take apart; those are refused here anyway.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

CLOCK_PARAMETER = "as_of"
"""The moment of the assessment, for queries whose action or fact declares `reads_clock`."""

PARAMETERS = frozenset({CLOCK_PARAMETER, "device_days"})
"""The only variables a query may read."""

_TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest", "json_each", "values"})
_CLOCKS = frozenset({
    "now", "today", "get_current_time", "get_current_timestamp", "current_date", "current_time", "current_timestamp",
    "current_datetime", "localtime", "localtimestamp", "transaction_timestamp",
})  # fmt: skip
_CHANCE = frozenset(
    {"random", "rand", "uuid", "uuidv4", "uuidv7", "gen_random_uuid", "setseed", "nextval", "currval"}
)
_OUTSIDE = frozenset({
    "getenv", "glob", "query", "query_table", "current_setting", "current_user", "current_database",
    "current_schema", "version", "sniff_csv", "write_log", "which_secret", "from_substrait", "add_parquet_key",
})  # fmt: skip
_OUTSIDE_PREFIXES = ("read_", "parquet_", "duckdb_", "pragma_")
_OUTSIDE_SUFFIXES = ("_scan", "_scan_pushdown", "_attach")


def check_select(sql: str, allowed_relations: Collection[str]) -> None:
    """Refuse everything but one SELECT over the allowed relations.

    Raises CatalogError with one sentence that says what is wrong.
    """
    allowed = {name.lower() for name in allowed_relations}
    undeclared = sorted(relations_of(sql) - allowed)
    if undeclared:
        raise CatalogError(
            f"the query reads {', '.join(undeclared)}, which is not declared; add it under evidence or correct the name"
        )


def relations_of(sql: str) -> frozenset[str]:
    """The tables and facts that the one SELECT reads, in lower case. Raises CatalogError as `check_select`."""
    return _relations(_parse(sql))


def reads_clock(sql: str) -> bool:
    """Whether the query uses the parameter `as_of`."""
    return any(
        _function_name(call) == "getvariable" and _argument(call) == CLOCK_PARAMETER
        for call in _calls(_parse(sql))
    )


def columns_of(sql: str) -> tuple[str, ...]:
    """The names of the columns the query answers with; `*` where it does not name them."""
    return tuple(_parse(sql).named_selects)


def detail_codes_of(sql: str) -> frozenset[str]:
    """Every detail code that stands in the query as text: in `json_object('code', ...)`, as a column `code`, in a JSON literal."""
    tree = _parse(sql)
    return frozenset({*_codes_in_objects(tree), *_codes_in_literals(tree)})


@lru_cache(maxsize=1024)
def _parse(sql: str) -> exp.Query:
    try:
        statements = [tree for tree in sqlglot.parse(sql, dialect="duckdb") if tree is not None]
    except SqlglotError as error:
        raise CatalogError(f"the query cannot be parsed{_place(error)}") from error
    except RecursionError as error:
        raise CatalogError("the query is nested too deeply to be parsed") from error
    if len(statements) != 1:
        raise CatalogError(f"exactly one SELECT is allowed, and this holds {len(statements)} statements")
    tree = _select(statements[0].unnest())
    _refuse_other_statements(tree)
    _refuse_functions(tree)
    return tree


def _select(tree: exp.Expr) -> exp.Query:
    if not isinstance(tree, exp.Select | exp.SetOperation):
        raise CatalogError(f"only a SELECT is allowed, not {tree.sql('duckdb').split()[0].upper()}")
    return tree


def _refuse_other_statements(tree: exp.Expr) -> None:
    for node in tree.walk():
        if isinstance(node, exp.TableSample):
            raise CatalogError("a sample gives another answer each time; read every row")
        if isinstance(node, exp.DML | exp.DDL | exp.Command | exp.Into) and not isinstance(node, exp.Query):
            raise CatalogError(f"only a SELECT is allowed, and this one holds {node.key.upper()}")


def _refuse_functions(tree: exp.Expr) -> None:
    for call in _calls(tree):
        problem = _problem_with(call)
        if problem:
            raise CatalogError(problem)


def _calls(tree: exp.Expr) -> Iterator[exp.Func]:
    yield from tree.find_all(exp.Func)


def _problem_with(call: exp.Func) -> str | None:
    name = _function_name(call)
    if name in _CLOCKS or (name == "age" and len(call.expressions) == 1):
        return f"{name}() reads the clock; use getvariable('{CLOCK_PARAMETER}') and declare reads_clock"
    if name in _CHANCE:
        return f"{name}() gives another answer each time; a result must follow from the evidence alone"
    if name in _OUTSIDE or name.startswith(_OUTSIDE_PREFIXES) or name.endswith(_OUTSIDE_SUFFIXES):
        return f"{name}() reaches outside the evidence; read a declared table or fact instead"
    if name == "getvariable" and _argument(call) not in PARAMETERS:
        return f"getvariable() may only read {' or '.join(sorted(PARAMETERS))}"
    return _problem_with_table_function(call, name)


def _problem_with_table_function(call: exp.Func, name: str) -> str | None:
    stands_as_table = isinstance(call.parent, exp.Table) and call.parent.this is call
    known = name in _TABLE_FUNCTIONS or isinstance(call, exp.GenerateSeries | exp.Unnest | exp.Explode)
    if stands_as_table and not known:
        return f"{name}() may not stand in FROM; read a declared table or fact instead"
    return None


def _function_name(call: exp.Func) -> str:
    return (call.name if isinstance(call, exp.Anonymous) else call.sql_name()).lower()


def _argument(call: exp.Func) -> str:
    arguments = call.expressions
    return str(arguments[0].name) if len(arguments) == 1 and arguments[0].is_string else ""


def _relations(tree: exp.Expr) -> frozenset[str]:
    found = {
        source
        for scope in traverse_scope(tree)
        for source in scope.sources.values()
        if isinstance(source, exp.Table)
    }
    names_of_ctes = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    found |= {table for table in tree.find_all(exp.Table) if table.name.lower() not in names_of_ctes}
    return frozenset(_relation_name(table) for table in found if isinstance(table.this, exp.Identifier))


def _relation_name(table: exp.Table) -> str:
    return ".".join(part.name for part in table.parts).lower()


def _codes_in_objects(tree: exp.Expr) -> Iterator[str]:
    for pair in tree.find_all(exp.JSONKeyValue, exp.PropertyEQ):
        if pair.this.name == "code":
            yield from _literals_of(pair.expression)
    for alias in tree.find_all(exp.Alias):
        if alias.alias == "code":
            yield from _literals_of(alias.this)


def _literals_of(value: exp.Expr | None) -> Iterator[str]:
    """The texts an expression can become: itself, or the branches of a CASE, IF or COALESCE."""
    if value is not None and value.is_string:
        yield value.name
    for branch in _branches_of(value):
        yield from _literals_of(branch)


def _branches_of(value: exp.Expr | None) -> list[exp.Expr | None]:
    if isinstance(value, exp.Case):
        return [*value.args["ifs"], value.args.get("default")]
    if isinstance(value, exp.If):
        return [value.args["true"], value.args.get("false")]
    return [value.this, *value.expressions] if isinstance(value, exp.Coalesce) else []


def _codes_in_literals(tree: exp.Expr) -> Iterator[str]:
    for literal in tree.find_all(exp.Literal):
        if literal.is_string and literal.name.lstrip().startswith("{"):
            yield from _code_of_json(literal.name)


def _code_of_json(text: str) -> Iterator[str]:
    try:
        value = json.loads(text)
    except ValueError:
        return
    if isinstance(value, dict) and isinstance(value.get("code"), str):
        yield value["code"]


def _place(error: SqlglotError) -> str:
    first = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
    return f" at line {first['line']}, column {first['col']}" if first.get("line") else ""
