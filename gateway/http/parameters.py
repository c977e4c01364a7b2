"""The parameters of a GraphQL request, out of a JSON body or a query string. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson

from gateway.http.problem import HttpProblem

MAX_URL_FIELDS = 50


@dataclass(frozen=True, slots=True)
class Parameters:
    """Well-formed: every value has the type that the specification asks for."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    extensions: dict[str, Any] = field(default_factory=dict)


def from_body(body: bytes) -> Parameters:
    """Read the body of a POST; unknown names in it are ignored, as the specification says."""
    if not body:
        raise HttpProblem(400, "The body is empty: send a JSON object with a `query`.")
    document = _decode(body, "The body")
    if isinstance(document, list):
        raise HttpProblem(400, "The body is a list: batching is not supported, send one operation.")
    if not isinstance(document, dict):
        raise HttpProblem(400, "The body must be a JSON object with a `query`.")
    return _parameters(document)


def from_url(query_string: bytes) -> Parameters:
    """Read the query string of a GET, in which `variables` and `extensions` are JSON texts."""
    given = url_fields(query_string)
    document: dict[str, Any] = {
        name: given[name] for name in ("query", "operationName") if given.get(name)
    }
    for name in ("variables", "extensions"):
        if given.get(name):
            document[name] = _decode(given[name].encode(), f"`{name}`")
    return _parameters(document)


def url_fields(query_string: bytes) -> dict[str, str]:
    """The fields of a query string, each given once."""
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_URL_FIELDS,
        )
    except UnicodeError:
        raise HttpProblem(400, "The query string is not percent-encoded UTF-8.") from None
    except ValueError:
        raise HttpProblem(400, "The query string has too many fields.") from None
    fields = dict(pairs)
    for name in ("query", "operationName", "variables", "extensions"):
        if sum(given == name for given, _ in pairs) > 1:
            raise HttpProblem(400, f"`{name}` is given more than once.")
    return fields


def _parameters(document: dict[str, Any]) -> Parameters:
    query = document.get("query")
    if query is None or query == "":
        raise HttpProblem(400, "`query` is missing.")
    if not isinstance(query, str):
        raise HttpProblem(400, "`query` must be a string.")
    operation_name = document.get("operationName")
    if not isinstance(operation_name, str | None):
        raise HttpProblem(400, "`operationName` must be a string or null.")
    return Parameters(
        query,
        operation_name or None,
        _map(document, "variables"),
        _map(document, "extensions"),
    )


def _map(document: dict[str, Any], name: str) -> dict[str, Any]:
    value = document.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise HttpProblem(400, f"`{name}` must be a JSON object or null.")
    return value


def _decode(text: bytes, what: str) -> object:
    # orjson refuses what would hurt further down: nesting beyond 1,024 levels, numbers beyond
    # a double, NaN, lone surrogates, anything but UTF-8. Of duplicate keys the last one counts.
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise HttpProblem(400, f"{what} is not valid JSON: {error.msg}.") from None
