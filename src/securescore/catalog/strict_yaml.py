"""YAML as forms are written: what stands there is what is meant.

A plain `on`, `no` or `2023-12-01` stays text, only `true` and `false` are booleans, and a key given twice, a
tag or an anchor is an error with its line. No resolver runs, which also makes this twice as fast as yaml's own loader.
"""

import re
from typing import Any

import yaml

from securescore.errors import CatalogError

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"-?(0|[1-9]\d*)")
_DECIMAL = re.compile(r"-?(0|[1-9]\d*)\.\d+")
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None, "~": None, "": None}


class _Nodes(_Base):  # type: ignore[misc]
    """The parser alone: nodes without guessed types."""

    def resolve(self, kind: object, value: object, implicit: object) -> str:  # noqa: ARG002
        return ""

    def descend_resolver(self, *_: object) -> None: ...

    def ascend_resolver(self) -> None: ...


def read_yaml(text: str, name: str) -> Any:
    """The one document in the text: mappings, lists, text, numbers, booleans and None.

    Raises CatalogError that names the file and line.
    """
    loader = _Nodes(text)
    try:
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        raise CatalogError(f"{name}{_place(error)}: this is no YAML ({_problem(error)})") from error
    finally:
        loader.dispose()
    return None if node is None else _Builder(name).value(node)


def _place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return "" if mark is None else f", line {mark.line + 1}"


def _problem(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or error).splitlines()[0]


class _Builder:
    def __init__(self, name: str) -> None:
        self._name = name
        self._seen: set[int] = set()

    def value(self, node: yaml.Node) -> Any:
        if id(node) in self._seen:
            raise self._error(node, "an anchor is used; write the value out")
        if node.tag:
            raise self._error(node, f"the tag {node.tag} is not allowed; write plain values")
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item) for item in node.value]
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._error(key_node, "a key must be plain text")
            if key_node.value in found:
                raise self._error(key_node, f"the key {key_node.value!r} is given twice")
            found[key_node.value] = self.value(value_node)
        return found

    def _error(self, node: yaml.Node, problem: str) -> CatalogError:
        return CatalogError(f"{self._name}, line {node.start_mark.line + 1}: {problem}")


def _scalar(node: Any) -> object:
    text = str(node.value)
    if node.style:  # quoted or folded
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text
