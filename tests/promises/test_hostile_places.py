"""Wherever a text can be given, a hostile one leads to no request that was not meant.

Every place of every root field, found in the schema: one text at a time is hostile, the others are
plain. What is sent then is a request to an endpoint that some resource declares, and no other.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    get_nullable_type,
    is_list_type,
    is_required_argument,
    is_required_input_field,
)

from gateway.app import find_resources, schema
from gateway.loaders import Source
from tests.uploading import END, PICTURE, Sent, file_part, part, send
from tests.world import world

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from graphql import GraphQLField

    from tests.world import World

SCHEMA = schema().executable
HOSTILE = [
    "",
    "..",
    "../delete-call/x",
    "..%2fdelete-call%2fx",
    "%2e%2e%2fdelete-call",
    "//evil.example/x",
    "x?limit=1000&pagination_key=y",
    "x#fragment",
    "x\x00",
    "\r\nX-Injected: 1",
    "{call_id}",
    "\ud800",
    "x" * 5_000,
]
FEW = {"../delete-call/x", "\r\nX-Injected: 1", "\ud800"}
"""What is tried of these where a text can only get into a body."""
TEXTS = {"ID", "String", "JSON", "URL", "TelephoneNumber"}
DEEPEST = 4
AS_JSON = {"content-type": "application/json"}
FIELDS = {
    f"{kind}.{name}": field
    for kind, root in (("query", SCHEMA.query_type), ("mutation", SCHEMA.mutation_type))
    for name, field in (root.fields.items() if root else ())
}


def plain(type_: Any) -> Any:
    """Some value of an input type."""
    type_ = get_nullable_type(type_)
    if is_list_type(type_):
        return [plain(type_.of_type)]
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if isinstance(type_, GraphQLInputObjectType):
        names = [n for n, each in type_.fields.items() if is_required_input_field(each)]
        names = [*type_.fields][:1] if type_.is_one_of else names
        return {name: plain(type_.fields[name].type) for name in names}
    values: dict[str, Any] = {"Int": 1, "Float": 1.0, "Boolean": True, "JSON": {}, "DateTime": 1}
    values["Upload"] = PICTURE
    return values.get(type_.name, "+14155550100" if type_.name == "TelephoneNumber" else "x")


def spoiled(type_: Any, hostile: str, depth: int = 0) -> Iterator[Any]:
    """Values of an input type, one text of each of which is hostile."""
    type_ = get_nullable_type(type_)
    if is_list_type(type_):
        yield from ([each] for each in spoiled(type_.of_type, hostile, depth))
    elif isinstance(type_, GraphQLInputObjectType):
        if depth < DEEPEST:
            others = {} if type_.is_one_of else plain(type_)
            for name, field in type_.fields.items():
                yield from (others | {name: v} for v in spoiled(field.type, hostile, depth + 1))
    elif type_.name == "Upload":
        name = hostile.encode("utf-8", "replace").decode()
        yield PICTURE._replace(name=name)
        yield PICTURE._replace(content_type=name)
    elif depth and hostile not in FEW and type_.name != "ID":
        return
    elif type_.name == "JSON":
        yield from ({hostile: 1}, {"type": hostile}, [{"type": hostile}])
    elif type_.name in TEXTS:
        yield hostile


def attempts(field: GraphQLField, hostile: str) -> Iterator[dict[str, Any]]:
    needed = {n: plain(a.type) for n, a in field.args.items() if is_required_argument(a)}
    for name, argument in field.args.items():
        yield from (needed | {name: value} for value in spoiled(argument.type, hostile))


def document(kind: str, name: str, field: GraphQLField, given: dict[str, Any]) -> str:
    declared = ", ".join(f"${each}: {field.args[each].type}" for each in given)
    passed = ", ".join(f"{each}: ${each}" for each in given)
    return f"{kind} ({declared}) {{ it: {name}({passed}) {{ __typename }} }}"


def without_files(given: Any, path: str, files: dict[str, Sent]) -> Any:
    """The value with null for its files, which are gathered by their paths."""
    if isinstance(given, Sent):
        files[path] = given
        return None
    if isinstance(given, dict):
        return {name: without_files(each, f"{path}.{name}", files) for name, each in given.items()}
    if isinstance(given, list):
        return [without_files(each, f"{path}.{n}", files) for n, each in enumerate(given)]
    return given


async def asked(it: World, query: str, given: dict[str, Any]) -> httpx.Response:
    files: dict[str, Sent] = {}
    variables = without_files(given, "variables", files)
    operations = json.dumps({"query": query, "variables": variables}).encode()
    if not files:
        return await it.http.post("/graphql", content=operations, headers=AS_JSON)
    places = json.dumps({path: [path] for path in files}).encode()
    parts = [part("operations", operations), part("map", places)]
    parts += [file_part(path, file) for path, file in files.items()]
    return await send(it, b"".join([*parts, END]))


def is_meant(method: str, path: str) -> bool:
    """Whether it is a request to an endpoint that a resource declares, with ids in their places."""
    for resource in find_resources():
        for each in resource.shows:
            endpoint = each.endpoint if isinstance(each, Source) else each
            pattern = re.sub(r"\\\{\w+\\\}", "[A-Za-z0-9_%.+-]+", re.escape(endpoint.path))
            if method == endpoint.method and re.fullmatch(pattern, path):
                return "%2f" not in path.lower() and "%2e" not in path.lower()
    return False


@pytest.mark.parametrize("name", sorted(FIELDS))
async def test_a_hostile_text_leads_to_no_request_that_was_not_meant(name: str) -> None:
    kind, _, field_name = name.partition(".")
    field = FIELDS[name]
    async with world(calls=5, cost_limit=10_000, uploads=True) as it:
        for hostile in HOSTILE:
            for given in attempts(field, hostile):
                query = document(kind, field_name, field, given)
                response = await asked(it, query, given)
                told = response.json()
                codes = {error["extensions"]["code"] for error in told.get("errors", ())}
                assert "INTERNAL_SERVER_ERROR" not in codes, (given, told)
                assert "X-Injected" not in str(response.headers)
        for sent in it.sent:
            path = sent.url.raw_path.decode("ascii").partition("?")[0]
            assert is_meant(sent.method, path), (sent.method, path)
            assert sent.url.host == "retell.test"
            assert "x-injected" not in sent.headers
            names = [name for name, _ in sent.url.params.multi_items()]
            assert len(names) == len(set(names)), sent.url
