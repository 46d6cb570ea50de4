"""One SELECT as the tree that DuckDB itself makes of it (`json_serialize_sql`), and how to walk in it."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import duckdb

from securescore.errors import CatalogError

Node = dict[str, Any]
"""A part of a query as DuckDB writes it."""

_HOLDING = (dict, list)


def one_statement(sql: str) -> Node:
    """The tree of the one SELECT. Raises CatalogError when it is none, is several, or cannot be parsed."""
    answer = _taken_apart(sql)
    statements = answer.get("statements", ())
    if answer["error"] and answer["error_type"] == "not implemented":
        statements = _parser().extract_statements(sql)
    elif answer["error"]:
        raise CatalogError(f"the query cannot be parsed{_place(sql, answer)}")
    if len(statements) != 1:
        raise CatalogError(f"exactly one SELECT is allowed, and this holds {len(statements)} statements")
    if answer["error"]:
        raise CatalogError(f"only a SELECT is allowed, not {statements[0].type.name}")
    tree: Node = statements[0]["node"]
    return tree


def _taken_apart(sql: str) -> Node:
    try:
        ((text,),) = _parser().execute("SELECT json_serialize_sql($sql)", {"sql": sql}).fetchall()
        answer: Node = json.loads(text)
    except duckdb.Error as error:
        raise CatalogError("the query cannot be parsed") from error
    except RecursionError as error:
        raise CatalogError("the query is nested too deeply to be parsed") from error
    return answer


def _parser() -> duckdb.DuckDBPyConnection:
    """A connection of the caller's own to a database that holds nothing and reaches nothing."""
    return _empty_database().cursor()


@cache
def _empty_database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"enable_external_access": False, "lock_configuration": True, "threads": 1})


def _place(sql: str, answer: Node) -> str:
    if not str(answer.get("position", "")).isdigit():
        return ""
    before = sql.encode()[: int(answer["position"])].decode(errors="replace")
    return f" at line {before.count(chr(10)) + 1}, column {len(before) - before.rfind(chr(10))}"


def nodes(tree: Node) -> Iterator[Node]:
    """Every object in the tree. It may be deep, so nothing here calls itself."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += inside(node)


def inside(node: Node) -> list[Node]:
    """The objects that an object holds, in lists or not."""
    found: list[Node] = []
    waiting = [part for part in node.values() if type(part) in _HOLDING]
    for part in waiting:  # grows while there are lists in lists
        if type(part) is dict:
            found.append(part)
        else:
            waiting += [inner for inner in part if type(inner) in _HOLDING]
    return found


def is_call(node: Node) -> bool:
    """Whether a function is called there, be it by an operator or over a window."""
    return "function_name" in node


def name_of(call: Node) -> str:
    """The name of the function, in lower case."""
    return str(call["function_name"]).lower()


def argument_of(call: Node) -> str | None:
    """The text that is a call's only argument."""
    arguments = call["arguments"]
    return text_of(arguments[0]["expression"]) if len(arguments) == 1 else None


def text_of(expression: Node) -> str | None:
    """What a text in the query says; None for any other expression."""
    if expression["class"] != "CONSTANT" or expression["literal"].get("kind") != "STRING":
        return None
    return str(expression["literal"]["text"])
