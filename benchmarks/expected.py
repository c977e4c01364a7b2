"""The right answers, computed from the corpus without any GraphQL, and how answers are compared.

Names are camelCase of Retell's. Enum values are compared without regard to case and times as
milliseconds: peers that are configured, not programmed, pass on what the upstream says.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from graphql import FieldNode, OperationDefinitionNode, SelectionSetNode, parse

from benchmarks import corpus

_PARSED: dict[str, SelectionSetNode] = {}


def expected(query: str, variables: dict[str, Any]) -> dict[str, Any]:
    """What `data` has to be, in canonical form."""
    roots: dict[str, Any] = {}
    for node in _fields(_selection(query)):
        roots[_key(node)] = _selected(node, _root(node, variables))
    canonical: dict[str, Any] = as_canonical(roots)
    return canonical


def as_canonical(value: Any, name: str = "") -> Any:
    """The same for all ways to write one answer."""
    if isinstance(value, dict):
        return {key: as_canonical(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [as_canonical(item, name) for item in value]
    if isinstance(value, str):
        if name.endswith("Timestamp"):
            return round(datetime.fromisoformat(value).timestamp() * 1000)
        return value.lower() if name in _ENUMS else value
    return value


_ENUMS = {"callStatus", "callType", "disconnectionReason", "role", "userSentiment"}


def _selection(query: str) -> SelectionSetNode:
    if query not in _PARSED:
        operation = parse(query).definitions[0]
        assert isinstance(operation, OperationDefinitionNode)  # noqa: S101 - they are our own
        _PARSED[query] = operation.selection_set
    return _PARSED[query]


def _fields(selection: SelectionSetNode | None) -> list[FieldNode]:
    chosen = selection.selections if selection else ()
    return [node for node in chosen if isinstance(node, FieldNode)]


def _key(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value


def _root(node: FieldNode, variables: dict[str, Any]) -> Any:
    if node.name.value == "call":
        return corpus.whole_call(int(variables["id"].removeprefix("call_"), 16))
    if node.name.value == "calls":
        arguments: dict[str, Any] = {each.name.value: each.value for each in node.arguments or ()}
        variable = arguments["filter"].fields[0].value.fields[0].value.name.value
        number = int(variables[variable][-4:])
        first = int(arguments["first"].value)
        return {"nodes": corpus.page(number, first)["items"]}
    return {"concurrency": corpus.CONCURRENCY, "account": corpus.ACCOUNT}[node.name.value]


def _selected(node: FieldNode, value: Any) -> Any:
    if isinstance(value, list):
        return [_selected(node, item) for item in value]
    if node.selection_set is None or value is None:
        return value
    return {
        _key(each): _selected(each, _field(value, each)) for each in _fields(node.selection_set)
    }


def _field(parent: dict[str, Any], node: FieldNode) -> Any:
    if node.name.value == "agent":
        return corpus.agent(int(parent["agent_id"].removeprefix("agent_"), 16))
    return parent[snake_case(node.name.value)]


def snake_case(name: str) -> str:
    """Retell's name of a field."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
