"""The parameters of a GraphQL request, out of a JSON body or a query string. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson

from gateway.errors import BatchLimitExceeded
from gateway.http.problem import HttpProblem
from gateway.operation.request import OperationRequest
from gateway.operation.trusted import ID

if TYPE_CHECKING:
    from gateway.auth.caller import Caller
    from gateway.operation.answers import Body

MAX_URL_FIELDS = 50

IDS = ("documentId", "doc_id", "id")
"""Names under which a document's id may come: the appendix of GraphQL over HTTP, then Relay's."""
TEXTS = ("query", "operationName", *IDS)
NAMES = (*TEXTS, "variables", "extensions")
ASKING = frozenset(NAMES) - {"operationName", "variables"}
"""One of these is in every query string that asks for an operation."""

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(slots=True)
class Parameters:
    """Well-formed: every value has the type that the specification asks for.

    At least one of `query`, `document_id` and `sha256` is there.
    """

    query: str | None
    operation_name: str | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    document_id: str | None = None
    sha256: str | None = None

    def request(
        self,
        caller: Caller,
        request_id: str,
        *,
        read_only: bool = False,
        incremental: bool = False,
        explain: bool = False,
        body: Body | None = None,
    ) -> OperationRequest:
        """The operation that they ask for."""
        return OperationRequest(
            query=self.query,
            caller=caller,
            request_id=request_id,
            operation_name=self.operation_name,
            variables=self.variables,
            read_only=read_only,
            incremental=incremental,
            explain=explain,
            document_id=self.document_id,
            sha256=self.sha256,
            body=body,
        )


def from_body(body: bytes) -> Parameters:
    """Read the body of a POST; unknown names in it are ignored, as the specification says."""
    if not body:
        raise HttpProblem(400, "The body is empty: send a JSON object with a `query`.")
    document = decoded(body, "The body")
    if isinstance(document, list):
        raise BatchLimitExceeded("The body is a list: send one operation at a time.")
    if not isinstance(document, dict):
        raise HttpProblem(400, "The body must be a JSON object with a `query`.")
    return from_object(document)


def from_url(query_string: bytes) -> Parameters:
    """Read the query string of a GET, in which `variables` and `extensions` are JSON texts."""
    given = url_fields(query_string)
    document: dict[str, Any] = {name: given[name] for name in TEXTS if given.get(name)}
    for name in ("variables", "extensions"):
        if given.get(name):
            document[name] = decoded(given[name].encode(), f"`{name}`")
    return from_object(document)


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
    for name in NAMES:
        if sum(given == name for given, _ in pairs) > 1:
            raise HttpProblem(400, f"`{name}` is given more than once.")
    return fields


def from_object(document: dict[str, Any]) -> Parameters:
    """Read what was decoded already."""
    query = document.get("query")
    if query is not None and not isinstance(query, str):
        raise HttpProblem(400, "`query` must be a string.")
    document_id = _document_id(document)
    sha256 = _sha256(_map(document, "extensions")) if "extensions" in document else None
    if not query and document_id is None and sha256 is None:
        raise HttpProblem(400, "`query` is missing.")
    operation_name = document.get("operationName")
    if operation_name is not None and not isinstance(operation_name, str):
        raise HttpProblem(400, "`operationName` must be a string or null.")
    return Parameters(
        query or None,
        operation_name or None,
        _map(document, "variables"),
        document_id,
        sha256,
    )


def _document_id(document: dict[str, Any]) -> str | None:
    for name in IDS:
        given = document.get(name)
        # Beside a `query`, `id` and `doc_id` may be anything: they are no names of the standard.
        if given is None or (name != "documentId" and document.get("query")):
            continue
        if not isinstance(given, str) or not ID.fullmatch(given):
            raise HttpProblem(400, f"`{name}` must be a text of 1 to 256 characters.")
        return given
    return None


def _sha256(extensions: dict[str, Any]) -> str | None:
    """The hash of Apollo's protocol for persisted queries."""
    given = extensions.get("persistedQuery")
    if given is None:
        return None
    if not isinstance(given, dict) or given.get("version") != 1:
        raise HttpProblem(400, "`extensions.persistedQuery` must be an object of version 1.")
    sha256 = given.get("sha256Hash")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise HttpProblem(400, "`sha256Hash` must be 64 hexadecimal digits.")
    return sha256.lower()


def _map(document: dict[str, Any], name: str) -> dict[str, Any]:
    value = document.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise HttpProblem(400, f"`{name}` must be a JSON object or null.")
    return value


def decoded(text: bytes, what: str) -> object:
    """The JSON in a text; `what` is what an error calls it."""
    # orjson refuses what would hurt further down: nesting beyond 1,024 levels, numbers beyond
    # a double, NaN, lone surrogates, anything but UTF-8. Of duplicate keys the last one counts.
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise HttpProblem(400, f"{what} is not valid JSON: {error.msg}.") from None
