"""Hostile input: a clear error for each, nothing of it at Retell, and neighbours go on."""

from __future__ import annotations

import asyncio
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import orjson
import pytest
from graphql import get_named_type

from gateway.operation.limits import DocumentLimits
from gateway.schema.node import global_id
from tests.world import faults, world

IDS = [
    "",
    " ",
    ".",
    "..",
    "../delete-call/x",
    "../../list-agents",
    "..%2fdelete-call%2fx",
    "%2e%2e%2fdelete-call",
    "..\\delete-call\\x",
    "x/../y",
    "x/y",
    "/etc/passwd",
    "//evil.example/x",
    "http://evil.example/",
    "x?limit=1000",
    "x#fragment",
    "x;y=z",
    "x&y",
    "x%00",
    "x\x00",
    "x\n",
    "\r\nX-Injected: 1",
    "x\ty",
    "x y",
    "x\x7f",
    "x\u2028y",
    "x\u202egnp",
    "\ufeffx",
    "х",  # noqa: RUF001 - Cyrillic, on purpose
    "ｃａｌｌ",  # noqa: RUF001 - full width, on purpose
    "é",
    "e\u0301",
    "💥",
    "x@y",
    "x:y",
    "{call_id}",
    "${jndi:ldap://x}",
    "' OR 1=1 --",
    "<script>",
    "x" * 129,
    "x" * 100_000,
    "*",
]
"""None of them is an id of Retell's."""

ROOTS = {
    "call": "query ($id: ID!) { it: call(callId: $id) { callId } }",
    "call in full": "query ($id: ID!) { it: call(callId: $id) { transcript } }",
    "agent": "query ($id: ID!) { it: agent(agentId: $id) { agentId } }",
    "agent of a version": "query ($id: ID!) { it: agent(agentId: $id, version: 1) { agentId } }",
    "call and its agent": "query ($id: ID!) { it: call(callId: $id) { agent { agentId } } }",
}
MUTATIONS = {
    "update": """mutation ($id: ID!) { it: updateCall(input: { callId: $id, metadata: {} }) {
      userErrors { code } call { callId } } }""",
    "delete": """mutation ($id: ID!) { it: deleteCall(input: { callId: $id }) {
      userErrors { code } deletedCallId } }""",
}
FINE = "{ account { orgName } }"


@pytest.mark.parametrize("query", ROOTS.values(), ids=ROOTS)
async def test_a_hostile_id_is_an_error_and_nothing_is_asked(query: str) -> None:
    async with world() as it:
        for id_ in IDS:
            answer = await it.answer(query, {"id": id_})
            assert faults(answer) == [("it", "BAD_USER_INPUT")], id_
            assert answer["data"] == {"it": None}
        assert it.sent == []


async def test_hostile_ids_in_one_operation_are_errors_of_their_own() -> None:
    async with world(limits={"root_fields": 100, "aliases": 100}) as it:
        fine = it.settled()[0]
        variables = {f"i{n}": id_ for n, id_ in enumerate(IDS)}
        given = ", ".join(f"${name}: ID!" for name in variables)
        fields = " ".join(f"{name}: call(callId: ${name}) {{ callId }}" for name in variables)
        query = f'query ({given}) {{ {fields} fine: call(callId: "{fine}") {{ callId }} }}'
        answer = await it.answer(query, variables)
        assert faults(answer) == sorted((name, "BAD_USER_INPUT") for name in variables)
        assert answer["data"] == dict.fromkeys(variables) | {"fine": {"callId": fine}}
        assert [sent.url.path for sent in it.sent] == [f"/v2/get-call/{fine}"]


@pytest.mark.parametrize("type_name", ["Call", "Agent"])
async def test_a_hostile_global_id_is_an_error_and_nothing_is_asked(type_name: str) -> None:
    query = "query ($id: ID!, $ids: [ID!]!) { node(id: $id) { id } nodes(ids: $ids) { id } }"
    versions = ["a:", "a:-1", "a:1.5", "a:latest", "a:1:2", "a:" + "9" * 99, "a:１"]  # noqa: RUF001
    async with world() as it:
        hostile = IDS if type_name == "Call" else [id_ for id_ in IDS if ":" not in id_] + versions
        ids = [global_id(type_name, id_) for id_ in hostile if len(id_) < 1000] + IDS[:-2]
        for id_ in ids:
            answer = await it.answer(query, {"id": id_, "ids": [id_]})
            assert faults(answer) == [("node", "BAD_USER_INPUT"), ("nodes.0", "BAD_USER_INPUT")]
        together = await it.answer(query, {"id": ids[0], "ids": ids})
        assert len(together["errors"]) == 1 + len(ids)
        assert it.sent == []


@pytest.mark.parametrize(
    "raw", [b"Call", b":x", b"call:x", b"Query:x", b"\xff\xfe", b"Call\x00:x", b"Word:x"]
)
async def test_what_is_no_global_id_is_an_error_and_nothing_is_asked(raw: bytes) -> None:
    async with world() as it:
        answer = await it.answer(
            "query ($id: ID!) { node(id: $id) { id } }", {"id": b64encode(raw).decode()}
        )
        assert faults(answer) == [("node", "BAD_USER_INPUT")]
        assert it.sent == []


@pytest.mark.parametrize("query", MUTATIONS.values(), ids=MUTATIONS)
async def test_a_change_of_a_hostile_id_is_not_sent(query: str) -> None:
    async with world() as it:
        for id_ in IDS:
            changed = (await it.data(query, {"id": id_}))["it"]
            assert changed.pop("userErrors") == [{"code": "BAD_USER_INPUT"}]
            assert set(changed.values()) == {None}
        assert it.sent == []


CALLS = "query ($f: CallFilter) { it: calls(filter: $f) { nodes { callId } } }"
AGENTS = "query ($f: AgentFilter) { it: agents(filter: $f) { nodes { agentId } } }"
LIST_CALLS, LIST_AGENTS = ("POST", "/v3/list-calls"), ("POST", "/v2/list-agents")


def operators(place: str, names: str) -> dict[str, tuple[str, Any]]:
    return {
        f"{place} {op}": (CALLS, lambda text, op=op: {place: {op: text}}) for op in names.split()
    }


def keyed(place: str) -> dict[str, tuple[str, Any]]:
    return {
        f"{place} key": (CALLS, lambda t: {place: [{"key": t, "value": {"boolean": True}}]}),
        f"{place} value": (
            CALLS,
            lambda t: {place: [{"key": "a", "value": {"string": {"co": t}}}]},
        ),
        f"{place} values": (CALLS, lambda t: {place: [{"key": "a", "value": {"in": ["b", t]}}]}),
    }


TEXTS: dict[str, tuple[str, Any]] = {
    **operators("callId", "eq ne sw ew co"),
    "callId in": (CALLS, lambda text: {"callId": {"in": ["a", text]}}),
    **operators("batchCallId", "eq ne sw ew co"),
    **operators("fromNumber", "eq co"),
    **operators("toNumber", "eq co"),
    "agent": (CALLS, lambda text: {"agent": [{"agentId": text}]}),
    "agent of a version": (CALLS, lambda text: {"agent": [{"agentId": text, "version": [1]}]}),
    "agentTag": (CALLS, lambda text: {"agentTag": [text]}),
    "toolCalls": (CALLS, lambda text: {"toolCalls": [{"name": text, "type": text}]}),
    **keyed("metadata"),
    **keyed("customAttributes"),
    **keyed("dynamicVariables"),
    **keyed("customAnalysisData"),
    "query": (AGENTS, lambda text: {"query": text}),
}
"""Every place of a filter that takes a text, and the filter with one in it."""


@pytest.mark.parametrize(("query", "filter_"), TEXTS.values(), ids=TEXTS)
async def test_a_hostile_id_in_a_filter_is_a_text_and_never_a_path(
    query: str, filter_: Any
) -> None:
    async with world(calls=5) as it:
        for id_ in IDS:
            answer = await it.answer(query, {"f": filter_(id_)})
            assert {code for _, code in faults(answer)} <= {"BAD_USER_INPUT"}
        assert {(sent.method, sent.url.path) for sent in it.sent} == {
            LIST_CALLS if query == CALLS else LIST_AGENTS
        }
        asked = [sent for sent in it.sent if id_text(orjson.loads(sent.content), IDS)]
        assert len(asked) == len(it.sent)
        assert {sent.url.host for sent in it.sent} == {"retell.test"}


def id_text(value: object, ids: list[str]) -> bool:
    """Whether one of these stands in it, as it was given."""
    if isinstance(value, dict | list):
        parts = [*value.keys(), *value.values()] if isinstance(value, dict) else value
        return any(id_text(part, ids) for part in parts)
    return value in ids


@pytest.mark.parametrize(("field", "path"), [("calls", LIST_CALLS), ("agents", LIST_AGENTS)])
async def test_a_cursor_that_was_made_up_leads_nowhere_else(
    field: str, path: tuple[str, str]
) -> None:
    query = f"""query ($after: String) {{
      {field}(first: 1, after: $after) {{ pageInfo {{ endCursor }} }} }}"""
    async with world(calls=5) as it:
        cursor = (await it.data(query))[field]["pageInfo"]["endCursor"]
        scope = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))[0]
        it.sent.clear()
        for id_ in [id_ for id_ in IDS if len(id_) < 100_000]:
            forged = urlsafe_b64encode(orjson.dumps([scope, id_, 0, 0, id_])).decode()
            await it.answer(query, {"after": forged})
        assert len(it.sent) > 30
        for sent in it.sent:
            assert (sent.method, sent.url.path) == path
            assert sent.url.host == "retell.test"
            assert set(sent.url.params) <= {"limit", "pagination_key", "sort_order"}
            assert all(len(sent.url.params.get_list(name)) == 1 for name in sent.url.params)


@pytest.mark.parametrize("field", ["calls", "agents"])
async def test_what_is_no_cursor_is_refused_and_nothing_is_asked(field: str) -> None:
    query = f"query ($after: String) {{ {field}(after: $after) {{ nodes {{ id }} }} }}"
    async with world(calls=5) as it:
        for id_ in IDS:
            assert await it.errors(query, {"after": id_}) == [(field, "BAD_USER_INPUT")], id_
        assert it.sent == []


async def test_a_hostile_id_is_no_document_and_no_operation() -> None:
    async with world(calls=5) as it:
        for id_ in IDS:
            for body in (
                {"documentId": id_},
                {"doc_id": id_},
                {"id": id_},
                {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": id_}}},
                {"query": "query A { __typename } query B { __typename }", "operationName": id_},
            ):
                response = await it.http.post("/graphql", json=body)
                assert response.status_code in (200, 400)
                assert "data" not in response.json(), body
                assert len(response.content) < 1000
        assert it.sent == []


def takes_text(type_: Any) -> bool:
    return get_named_type(type_).name in ("ID", "String", "JSON", "URL", "TelephoneNumber")


TOKENS = DocumentLimits().tokens
"""So large may a document be: those below come close to it, to get far."""

CALL = 'call(callId: "x") {'


def fragment_chain(length: int) -> str:
    """Each fragment spreads the next one twice: 2^length fields when written out."""
    links = (f"fragment F{n} on Call {{ ...F{n + 1} ...F{n + 1} }}" for n in range(length))
    last = f"fragment F{length} on Call {{ callId }}"
    return f"{{ {CALL} ...F0 }} }} " + " ".join(links) + last


def conflicts(size: int) -> str:
    """The same response name with ever other arguments."""
    long = "x" * 70
    return "{" + " ".join(f'a: call(callId: "{long}{n}") {{ b: id }}' for n in range(size)) + "}"


def nested_conflicts(size: int) -> str:
    fields = " ".join(f"... on Call {{ a: node{n} {{ id }} }}" for n in range(size))
    return f"{{ {CALL} {fields} }} }}"


DOCUMENTS: dict[str, tuple[str, str]] = {
    "fragments, 2^30": (fragment_chain(30), "FIELD_LIMIT_EXCEEDED"),
    "fragments, far beyond": (fragment_chain(TOKENS // 14), "DEFINITION_LIMIT_EXCEEDED"),
    "fragments in a circle": (
        f"{{ {CALL} ...A }} }} fragment A on Call {{ ...B }} fragment B on Call {{ ...A }}",
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "a fragment that spreads itself": (
        f"{{ {CALL} ...A }} }} fragment A on Call {{ ...A }}",
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "nested inline fragments": (
        f"{{ {CALL}" + "... on Call {" * 900 + "callId" + "}" * 900 + "} }",
        "GRAPHQL_PARSE_FAILED",
    ),
    "nested fields": ("{ a " * 900 + "}" * 900, "GRAPHQL_PARSE_FAILED"),
    "fields a little too deep": (
        "{ __schema { types { " + "fields { type { " * 12 + "name" + " } }" * 12 + " } } }",
        "INTROSPECTION_DISABLED",
    ),
    "nested lists in an argument": (
        f'{{ call(callId: {"[" * 900}"x"{"]" * 900}) {{ callId }} }}',
        "GRAPHQL_PARSE_FAILED",
    ),
    "nested types of a variable": (
        f"query ($a: {'[' * 900}ID{']' * 900}) {{ {CALL} callId }} }}",
        "GRAPHQL_PARSE_FAILED",
    ),
    "conflicting arguments": (conflicts(TOKENS // 14), "FIELD_LIMIT_EXCEEDED"),
    "conflicting arguments within limits": (conflicts(15), "GRAPHQL_VALIDATION_FAILED"),
    "conflicts below one field": (nested_conflicts(TOKENS // 14), "FIELD_LIMIT_EXCEEDED"),
    "very many aliases": (
        "{" + " ".join(f"a{n}: __typename" for n in range(TOKENS // 3 - 20)) + CALL + " callId } }",
        "FIELD_LIMIT_EXCEEDED",
    ),
    "very many fields": (
        f"{{ {CALL} " + "callId " * (TOKENS - 100) + "} }",
        "FIELD_LIMIT_EXCEEDED",
    ),
    "very many unknown fields": (
        f"{{ {CALL} " + " ".join(f"unknown{n}" for n in range(TOKENS - 100)) + "} }",
        "FIELD_LIMIT_EXCEEDED",
    ),
    "very many directives": (
        f"{{ {CALL} callId {'@skip(if: true) ' * (TOKENS // 8)} }} }}",
        "DIRECTIVE_LIMIT_EXCEEDED",
    ),
    "very many operations": (
        "query A { __typename } " * (TOKENS // 6),
        "DEFINITION_LIMIT_EXCEEDED",
    ),
    "very many variables": (
        "query ("
        + " ".join(f"$v{n}: Int" for n in range(TOKENS // 5))
        + f") {{ {CALL} callId }} }}",
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "a flood of tokens": ("{" + " a" * 20_000 + "}", "TOKEN_LIMIT_EXCEEDED"),
    "a flood of comments": ("#\n" * 20_000 + FINE, "COMMENT_LIMIT_EXCEEDED"),
    "a flood of commas": ("," * 99_000 + "{", "GRAPHQL_PARSE_FAILED"),
    "a very long name": ("{ " + "a" * 90_000 + " }", "GRAPHQL_VALIDATION_FAILED"),
    "a very long text": (f'{{ call(callId: "{"x" * 90_000}', "GRAPHQL_PARSE_FAILED"),
    "a very long document": (FINE + " " * 200_000, "CHARACTER_LIMIT_EXCEEDED"),
    "a lone surrogate": ('{ call(callId: "\\ud800") { callId } }', "GRAPHQL_PARSE_FAILED"),
    "a surrogate in braces": ('{ call(callId: "\\u{d800}") { callId } }', "GRAPHQL_PARSE_FAILED"),
    "a number of 20,000 digits": (
        f"{{ calls(first: {'9' * 20_000}) {{ totalCount }} }}",
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "nothing": (" ", "GRAPHQL_PARSE_FAILED"),
}


@pytest.mark.parametrize(("document", "code"), DOCUMENTS.values(), ids=DOCUMENTS)
async def test_a_hostile_document_is_refused_while_a_neighbour_is_answered(
    document: str, code: str
) -> None:
    async with world() as it:
        answer, fine = await asyncio.gather(it.answer(document), it.data(FINE))
        assert "data" not in answer
        assert {found for _, found in faults(answer)} == {code}
        assert fine == {"account": {"orgName": "Sandbox of A"}}
        assert [sent.url.path for sent in it.sent] == ["/get-api-key-info"]
        assert len(str(answer)) < 100_000, "the answer is no larger than need be"


UPDATE = """mutation { it: updateCall(input: { callId: "%s", metadata: %s }) {
  userErrors { code } } }"""
INFINITE = ("1e999", "-1e999", "1" + "0" * 400)


@pytest.mark.parametrize("number", INFINITE)
@pytest.mark.parametrize("filter_", ["{ gt: %s }", "{ bt: { low: 0, high: %s } }"])
async def test_a_literal_beyond_all_numbers_is_refused(filter_: str, number: str) -> None:
    query = "{ calls(filter: { durationMs: %s }) { totalCount } }"
    async with world() as it:
        answer = await it.answer(query % (filter_ % number))
        assert {code for _, code in faults(answer)} <= {
            "BAD_USER_INPUT",
            "GRAPHQL_VALIDATION_FAILED",
        }
        assert answer["errors"]
        assert it.sent == []


LITERALS = {
    "an integer beyond 64 bits": "{ a: 99999999999999999999999999 }",
    "a negative one": "{ a: [-99999999999999999999999999] }",
    "deep": "{ a: " + "[" * 300 + "]" * 300 + " }",
}


@pytest.mark.parametrize("literal", LITERALS.values(), ids=LITERALS)
async def test_a_literal_that_json_cannot_carry_is_refused(literal: str) -> None:
    async with world() as it:
        answer = await it.answer(UPDATE % (it.settled()[0], literal))
        codes = {code for _, code in faults(answer)}
        if "errors" not in answer:
            codes = {error["code"] for error in answer["data"]["it"]["userErrors"]}
        assert codes <= {"BAD_USER_INPUT", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"}
        assert codes
        assert it.sent == []


VARIABLES: dict[str, tuple[str, Any]] = {
    "a map for an id": ("ID!", {"a": 1}),
    "a list for an id": ("ID!", ["x"]),
    "null": ("ID!", None),
    "a truth value": ("ID!", True),
    "a fraction": ("ID!", 1.5),
    "a number too large": ("Int", 2**40),
    "no enum": ("CallOrder", "SIDEWAYS"),
    "no filter": ("CallFilter", {"nonsense": 1}),
    "two operators": ("CallFilter", {"fromNumber": {"eq": "a", "ne": "b"}}),
    "no operator": ("CallFilter", {"fromNumber": {}}),
    "a null operator": ("CallFilter", {"fromNumber": {"eq": None}}),
    "a time without a zone": ("CallFilter", {"startTimestamp": {"lt": "2026-05-20T00:00:00"}}),
    "a time that is none": ("CallFilter", {"startTimestamp": {"lt": "yesterday"}}),
    "very many mistakes": ("[ID!]!", [{}] * 5000),
}


@pytest.mark.parametrize(("type_name", "value"), VARIABLES.values(), ids=VARIABLES)
async def test_a_variable_that_does_not_fit_is_refused(type_name: str, value: object) -> None:
    places = {
        "ID!": "call(callId: $v) { callId }",
        "Int": "calls(first: $v) { totalCount }",
        "CallOrder": "calls(orderBy: $v) { totalCount }",
        "CallFilter": "calls(filter: $v) { totalCount }",
        "[ID!]!": "nodes(ids: $v) { id }",
    }
    async with world() as it:
        answer = await it.answer(f"query ($v: {type_name}) {{ {places[type_name]} }}", {"v": value})
        many = "VARIABLE_LIMIT_EXCEEDED" if isinstance(value, list) and len(value) > 1 else None
        assert {code for _, code in faults(answer)} == {many or "BAD_USER_INPUT"}
        assert len(str(answer)) < 100_000, "the answer is no larger than need be"
        assert it.sent == []


BODIES = {
    "deep JSON": b'{"query": "{ __typename }", "variables": '
    + b"[" * 100_000
    + b"]" * 100_000
    + b"}",
    "a lone surrogate": b'{"query": "{ __typename }", "variables": {"a": "\\ud800"}}',
    "NaN": b'{"query": "{ __typename }", "variables": {"a": NaN}}',
    "infinity": b'{"query": "{ __typename }", "variables": {"a": 1e999}}',
    "20,000 digits": b'{"query": "{ __typename }", "variables": {"a": ' + b"9" * 20_000 + b"}}",
    "not UTF-8": b'{"query": "\xff\xfe"}',
    "a list": b'[{"query": "{ __typename }"}]',
    "null": b"null",
    "nothing": b"",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_hostile_body_is_a_bad_request(body: bytes) -> None:
    async with world() as it:
        headers = {"content-type": "application/json"}
        response = await it.http.post("/graphql", content=body, headers=headers)
        assert response.status_code == 400
        code = "BATCH_LIMIT_EXCEEDED" if body.startswith(b"[") else "BAD_REQUEST"
        assert faults(response.json()) == [("", code)]
        assert it.sent == []


async def test_integers_beyond_64_bits_become_fractions_and_do_no_harm() -> None:
    query = "query ($n: Float!) { calls(filter: { durationMs: { gt: $n } }) { nodes { callId } } }"
    async with world() as it:
        body = orjson.dumps({"query": query})
        body = body[:-1] + b', "variables": {"n": 123456789012345678901234567890}}'
        headers = {"content-type": "application/json"}
        response = await it.http.post("/graphql", content=body, headers=headers)
        assert response.json() == {"data": {"calls": {"nodes": []}}}


async def test_more_ids_than_a_page_are_refused_and_nothing_is_asked() -> None:
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    async with world() as it:
        answer = await it.answer(query, {"ids": [global_id("Call", f"c{n}") for n in range(1001)]})
        assert {code for _, code in faults(answer)} == {"BAD_USER_INPUT"}
        assert it.sent == []
