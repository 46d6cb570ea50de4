"""What a query of ours may be: exactly one SELECT over declared relations that reads no file, setting or clock.

DuckDB itself takes the query apart, so what is judged here is what will run. This is the first of two walls; the engine
also closes DuckDB's door to files and locks its settings (docs/decisions/0026-duckdb-reads-its-own-sql.md).
"""

import json
from collections.abc import Collection, Iterator
from functools import lru_cache

from securescore.catalog.sql_tree import (
    Node,
    argument_of,
    inside,
    is_call,
    name_of,
    nodes,
    one_statement,
    text_of,
)
from securescore.errors import CatalogError

CLOCK_PARAMETER = "as_of"
"""The moment of the assessment, for queries whose action or fact declares `reads_clock`."""

PARAMETERS = frozenset({CLOCK_PARAMETER, "device_days"})
"""The only variables a query may read."""

_QUERIES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE"})
_RELATIONS = frozenset({"BASE_TABLE", "EMPTY", "EXPRESSION_LIST", "JOIN", "SUBQUERY", "TABLE_FUNCTION"})
_MODIFIERS = frozenset({"DISTINCT_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "ORDER_MODIFIER"})
_ORDERS = frozenset({"ASCENDING", "DESCENDING", "ORDER_DEFAULT"})
_KNOWN = _QUERIES | _RELATIONS | _MODIFIERS | _ORDERS
"""Every kind of part that a query may have beside its expressions. What DuckDB may add later is refused until it is read here."""

_TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest", "json_each"})
_CLOCKS = frozenset({
    "now", "today", "get_current_time", "get_current_timestamp", "current_date", "current_time", "current_timestamp",
    "current_datetime", "localtime", "localtimestamp", "current_localtime", "current_localtimestamp",
    "transaction_timestamp",
})  # fmt: skip
_CHANCE = frozenset(
    {"random", "uuid", "uuidv4", "uuidv7", "gen_random_uuid", "setseed", "nextval", "currval"}
)
_OUTSIDE = frozenset({
    "getenv", "glob", "query", "query_table", "current_setting", "current_user", "session_user", "user",
    "current_role", "current_catalog", "current_database", "current_schema", "current_schemas", "version",
    "sniff_csv", "write_log", "which_secret", "from_substrait", "add_parquet_key",
})  # fmt: skip
_OUTSIDE_PREFIXES = ("read_", "parquet_", "duckdb_", "pragma_")
_OUTSIDE_SUFFIXES = ("_scan", "_scan_pushdown", "_attach")

_WITHOUT_BRACKETS = frozenset({
    "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "current_user",
    "session_user", "user", "current_role", "current_catalog", "current_schema",
})  # fmt: skip
"""Functions that DuckDB calls where a bare name is that of no column."""


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


@lru_cache(maxsize=1024)
def relations_of(sql: str) -> frozenset[str]:
    """The tables and facts that the one SELECT reads, in lower case. Raises CatalogError as `check_select`."""
    return frozenset(_relations(_parse(sql)))


def reads_clock(sql: str) -> bool:
    """Whether the query uses the parameter `as_of`."""
    return any(
        name_of(node) == "getvariable" and argument_of(node) == CLOCK_PARAMETER
        for node in nodes(_parse(sql))
        if is_call(node)
    )


def columns_of(sql: str) -> tuple[str, ...]:
    """The names of the columns the query answers with; `*` where it does not name them."""
    tree = _parse(sql)
    while tree["type"] == "SET_OPERATION_NODE":
        tree = tree["children"][0]
    return tuple(map(_column, tree["select_list"]))


def detail_codes_of(sql: str) -> frozenset[str]:
    """Every detail code that stands in the query as text: in `json_object('code', ...)`, as a column `code`, in a JSON literal."""
    return frozenset(code for node in nodes(_parse(sql)) for code in _codes_in(node))


@lru_cache(maxsize=4)  # a tree is large, and what is asked of one query is asked together
def _parse(sql: str) -> Node:
    tree = one_statement(sql)
    for node in nodes(tree):
        if problem := _problem_with(node):
            raise CatalogError(problem)
    return tree


def _problem_with(node: Node) -> str | None:
    if node.get("sample"):
        return "a sample gives another answer each time; read every row"
    if "class" in node:
        return _problem_with_expression(node)
    kind = node.get("type")
    if isinstance(kind, str) and kind not in _KNOWN:
        return f"only a SELECT is allowed, and this one holds {kind.split('_')[0]}"
    return _problem_with_table_function(node) if kind == "TABLE_FUNCTION" else None


def _problem_with_expression(node: Node) -> str | None:
    if is_call(node):
        return _problem_with_call(node, name_of(node))
    names: list[str] = node["column_names"] if node["class"] == "COLUMN_REF" else []
    if len(names) == 1 and (name := names[0].lower()) in _WITHOUT_BRACKETS:
        return _problem_with_name(name)
    return None


def _problem_with_call(call: Node, name: str) -> str | None:
    if name == "age" and len(call["arguments"]) == 1:
        return _problem_with_clock(name)
    if name == "getvariable" and argument_of(call) not in PARAMETERS:
        return f"getvariable() may only read {' or '.join(sorted(PARAMETERS))}"
    return _problem_with_name(name)


def _problem_with_name(name: str) -> str | None:
    if name in _CLOCKS:
        return _problem_with_clock(name)
    if name in _CHANCE:
        return f"{name}() gives another answer each time; a result must follow from the evidence alone"
    if name in _OUTSIDE or name.startswith(_OUTSIDE_PREFIXES) or name.endswith(_OUTSIDE_SUFFIXES):
        return f"{name}() reaches outside the evidence; read a declared table or fact instead"
    return None


def _problem_with_clock(name: str) -> str:
    return f"{name}() reads the clock; use getvariable('{CLOCK_PARAMETER}') and declare reads_clock"


def _problem_with_table_function(relation: Node) -> str | None:
    call = relation["function"]
    if not is_call(call):
        return "only a function with a name may stand in FROM"
    name = name_of(call)
    if name in _TABLE_FUNCTIONS:
        return None
    return (
        _problem_with_name(name) or f"{name}() may not stand in FROM; read a declared table or fact instead"
    )


def _relations(tree: Node) -> Iterator[str]:
    """The names behind FROM that no WITH gives in their place."""
    waiting: list[tuple[Node, frozenset[str]]] = [(tree, frozenset())]
    while waiting:
        node, given = waiting.pop()
        if node.get("type") == "BASE_TABLE":
            name = ".".join(node["qualified_name"]["path"]).lower()
            if name not in given:
                yield name
        elif "cte_map" in node:
            for query, name in _named_queries(node):
                own = {name} if query["type"] == "RECURSIVE_CTE_NODE" else frozenset()
                waiting.append((query, given | own))
                given |= {name}
            node = {key: part for key, part in node.items() if key != "cte_map"}
        waiting += [(inner, given) for inner in inside(node)]


def _named_queries(query: Node) -> Iterator[tuple[Node, str]]:
    """What stands in WITH, in its order; each may be read by those behind it."""
    for entry in query["cte_map"]["map"]:
        yield entry["value"]["query_node"], entry["key"].lower()


def _column(expression: Node) -> str:
    if expression["class"] == "STAR":
        return "*"
    if expression["alias"]:
        return str(expression["alias"])
    return str(expression["column_names"][-1]) if expression["class"] == "COLUMN_REF" else ""


def _codes_in(node: Node) -> Iterator[str]:
    if "class" in node and node["alias"] == "code":
        yield from _texts_of(node)
    if is_call(node):
        yield from _codes_in_call(node)
    if "class" in node and (text := text_of(node)) is not None and text.lstrip().startswith("{"):
        yield from _code_of_json(text)


def _codes_in_call(call: Node) -> Iterator[str]:
    arguments = call["arguments"]
    for argument in arguments:
        if argument["name"] == "code":
            yield from _texts_of(argument["expression"])
    if name_of(call) == "json_object":
        for key, value in zip(arguments[::2], arguments[1::2], strict=False):
            if text_of(key["expression"]) == "code":
                yield from _texts_of(value["expression"])


def _texts_of(expression: Node) -> Iterator[str]:
    """The texts an expression can become: itself, or the branches of a CASE, IF or COALESCE."""
    waiting = [expression]
    while waiting:
        one = waiting.pop()
        waiting.extend(_branches_of(one))
        if (text := text_of(one)) is not None:
            yield text


def _branches_of(expression: Node) -> list[Node]:
    if expression["class"] == "CASE":
        return [*(check["then_expr"] for check in expression["case_checks"]), expression["else_expr"]]
    if is_call(expression) and name_of(expression) == "if":
        return [argument["expression"] for argument in expression["arguments"][1:]]
    return expression["children"] if expression["type"] == "OPERATOR_COALESCE" else []


def _code_of_json(text: str) -> Iterator[str]:
    try:
        value = json.loads(text)
    except ValueError:
        return
    if isinstance(value, dict) and isinstance(value.get("code"), str):
        yield value["code"]
