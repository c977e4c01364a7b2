"""What a well-formed request is: bodies and query strings, whole and broken."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from gateway.errors import BatchLimitExceeded
from gateway.http.parameters import Parameters, from_body, from_url
from gateway.http.problem import HttpProblem

WHOLE = Parameters("query Q { a }", "Q", {"x": [1, None]})


def test_all_four_parameters_are_read_from_a_body() -> None:
    body = orjson.dumps(
        {
            "query": "query Q { a }",
            "operationName": "Q",
            "variables": {"x": [1, None]},
            "extensions": {"y": True},
        }
    )
    assert from_body(body) == WHOLE


def test_all_four_parameters_are_read_from_a_query_string() -> None:
    query_string = urlencode(
        {
            "query": "query Q { a }",
            "operationName": "Q",
            "variables": '{"x":[1,null]}',
            "extensions": '{"y":true}',
        }
    )
    assert from_url(query_string.encode()) == WHOLE


@pytest.mark.parametrize("absent", ["variables", "operationName", "extensions"])
def test_null_is_the_same_as_absent(absent: str) -> None:
    assert from_body(orjson.dumps({"query": "{ a }", absent: None})) == Parameters("{ a }")
    assert from_url(f"query=%7B+a+%7D&{absent}=".encode()) == Parameters("{ a }")


def test_unknown_names_are_ignored() -> None:
    assert from_body(b'{"query":"{ a }","id":7}') == Parameters("{ a }")
    assert from_url(b"query={a}&utm=1&utm=2") == Parameters("{a}")


def test_the_last_of_duplicate_names_in_a_body_counts() -> None:
    assert from_body(b'{"query":"{ a }","query":"{ b }"}') == Parameters("{ b }")


def test_characters_beyond_ascii_are_kept() -> None:
    assert from_body('{"query":"{ a(x: \\"\\ud83c\\udfc3é\\") }"}'.encode()) == Parameters(
        '{ a(x: "🏃é") }'
    )
    assert from_url(urlencode({"query": '{ a(x: "🏃é") }'}).encode()) == Parameters(
        '{ a(x: "🏃é") }'
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(b"", "The body is empty: send a JSON object with a `query`.", id="empty"),
        pytest.param(b"null", "The body must be a JSON object with a `query`.", id="null"),
        pytest.param(b"7", "The body must be a JSON object with a `query`.", id="number"),
        pytest.param(b"{}", "`query` is missing.", id="no query"),
        pytest.param(b'{"query":null}', "`query` is missing.", id="null query"),
        pytest.param(b'{"query":""}', "`query` is missing.", id="empty query"),
        pytest.param(b'{"query":[]}', "`query` must be a string.", id="query of a wrong type"),
        pytest.param(b'{"query":0}', "`query` must be a string.", id="query that is false"),
        pytest.param(
            b'{"query":"{a}","operationName":0}',
            "`operationName` must be a string or null.",
            id="operationName of a wrong type",
        ),
        pytest.param(
            b'{"query":"{a}","variables":[]}',
            "`variables` must be a JSON object or null.",
            id="variables as a list",
        ),
        pytest.param(
            b'{"query":"{a}","variables":"{}"}',
            "`variables` must be a JSON object or null.",
            id="variables as a text",
        ),
        pytest.param(
            b'{"query":"{a}","extensions":false}',
            "`extensions` must be a JSON object or null.",
            id="extensions of a wrong type",
        ),
        pytest.param(
            b"[" * 100_000 + b"]" * 100_000,
            "The body is not valid JSON: depth limit exceeded.",
            id="nested 100,000 deep",
        ),
        pytest.param(
            b'{"query":"{a}","variables":{"x":' + b'{"x":' * 99_999 + b"1" + b"}" * 100_001,
            "The body is not valid JSON: depth limit exceeded.",
            id="variables nested 100,000 deep",
        ),
        pytest.param(
            b'{"query":"{a}","variables":{"x":' + b"9" * 20_000 + b"}}",
            "The body is not valid JSON: number is infinity when parsed as double.",
            id="an integer of 20,000 digits",
        ),
        pytest.param(
            b'{"query":"{a}","variables":{"x":NaN}}',
            "The body is not valid JSON: unexpected character, expected a JSON value.",
            id="NaN",
        ),
        pytest.param(
            b'{"query":"\xff"}',
            "The body is not valid JSON: str is not valid UTF-8: surrogates not allowed.",
            id="invalid UTF-8",
        ),
        pytest.param(
            b'{"query":"{a}","operationName":"\\ud800"}',
            "The body is not valid JSON: no low surrogate in string.",
            id="lone surrogate in operationName",
        ),
        pytest.param(
            b'{"query":"{a}","variables":{"\\udc00":1}}',
            "The body is not valid JSON: invalid high surrogate in string.",
            id="lone surrogate in a name",
        ),
        pytest.param(
            b"\x1f\x8b\x08\x00",
            "The body is not valid JSON: str is not valid UTF-8: surrogates not allowed.",
            id="compressed and not said so",
        ),
        pytest.param(
            b'{"query":"{a}"} trailing',
            "The body is not valid JSON: unexpected content after document.",
            id="something after it",
        ),
    ],
)
def test_a_bad_body_is_refused_with_its_reason(body: bytes, message: str) -> None:
    with pytest.raises(HttpProblem) as refused:
        from_body(body)
    assert (refused.value.status, refused.value.message) == (400, message)


@pytest.mark.parametrize(
    ("query_string", "message"),
    [
        pytest.param(b"", "`query` is missing.", id="empty"),
        pytest.param(b"query=", "`query` is missing.", id="empty query"),
        pytest.param(b"query=a&query=b", "`query` is given more than once.", id="two queries"),
        pytest.param(
            b"query={a}&variables=%7B%7D&variables=",
            "`variables` is given more than once.",
            id="two variables",
        ),
        pytest.param(
            b"query={a}&variables=[1]",
            "`variables` must be a JSON object or null.",
            id="variables as a list",
        ),
        pytest.param(
            b"query={a}&extensions={",
            "`extensions` is not valid JSON: unexpected end of data.",
            id="broken extensions",
        ),
        pytest.param(
            b"query=%ED%A0%80",
            "The query string is not percent-encoded UTF-8.",
            id="lone surrogate",
        ),
        pytest.param(
            b"query=\xff", "The query string is not percent-encoded UTF-8.", id="raw bytes"
        ),
        pytest.param(b"a&" * 60, "The query string has too many fields.", id="many fields"),
    ],
)
def test_a_bad_query_string_is_refused_with_its_reason(query_string: bytes, message: str) -> None:
    with pytest.raises(HttpProblem) as refused:
        from_url(query_string)
    assert (refused.value.status, refused.value.message) == (400, message)


@pytest.mark.parametrize("body", [b"[]", b'[{"query":"{ a }"}]'])
def test_operations_are_sent_one_at_a_time(body: bytes) -> None:
    with pytest.raises(BatchLimitExceeded) as refused:
        from_body(body)
    assert refused.value.message == "The body is a list: send one operation at a time."


HASH = "0123456789abcdef" * 4


def persisted(hash_: object, version: object = 1) -> dict[str, Any]:
    return {"persistedQuery": {"version": version, "sha256Hash": hash_}}


@pytest.mark.parametrize("name", ["documentId", "id", "doc_id"])
def test_an_id_may_stand_in_the_place_of_a_document(name: str) -> None:
    expected = Parameters(None, "A", document_id="sha256:abc")
    assert from_body(orjson.dumps({name: "sha256:abc", "operationName": "A"})) == expected
    assert from_url(f"{name}=sha256:abc&operationName=A".encode()) == expected


def test_an_id_of_the_standard_goes_before_others() -> None:
    body = {"id": "a", "doc_id": "b", "documentId": "c"}
    assert from_body(orjson.dumps(body)).document_id == "c"
    assert from_body(orjson.dumps(body | {"documentId": None})).document_id == "b"


def test_beside_a_document_only_the_name_of_the_standard_is_an_id() -> None:
    body = {"query": "{ a }", "id": 7, "doc_id": [], "documentId": "c"}
    assert from_body(orjson.dumps(body)) == Parameters("{ a }", document_id="c")


def test_a_hash_may_stand_in_the_place_of_a_document() -> None:
    extensions = persisted(HASH.upper())
    expected = Parameters(None, sha256=HASH)
    assert from_body(orjson.dumps({"extensions": extensions})) == expected
    assert from_body(orjson.dumps({"query": "", "extensions": extensions})) == expected
    query = urlencode({"extensions": orjson.dumps(extensions)})
    assert from_url(query.encode()) == expected


def test_other_extensions_are_no_hash() -> None:
    body = {"query": "{ a }", "extensions": {"persistedQuery": None, "other": {"version": 2}}}
    assert from_body(orjson.dumps(body)).sha256 is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"documentId": 7}, "`documentId` must be a text of 1 to 256 characters."),
        ({"documentId": ""}, "`documentId` must be a text of 1 to 256 characters."),
        (
            {"query": "{ a }", "documentId": 7},
            "`documentId` must be a text of 1 to 256 characters.",
        ),
        ({"id": "a b"}, "`id` must be a text of 1 to 256 characters."),
        ({"id": "é"}, "`id` must be a text of 1 to 256 characters."),
        ({"doc_id": "x" * 257}, "`doc_id` must be a text of 1 to 256 characters."),
        (
            {"extensions": {"persistedQuery": HASH}},
            "`extensions.persistedQuery` must be an object of version 1.",
        ),
        (
            {"extensions": persisted(HASH, 2)},
            "`extensions.persistedQuery` must be an object of version 1.",
        ),
        ({"extensions": persisted(7)}, "`sha256Hash` must be 64 hexadecimal digits."),
        ({"extensions": persisted(HASH[1:])}, "`sha256Hash` must be 64 hexadecimal digits."),
        ({"extensions": persisted(HASH[1:] + "g")}, "`sha256Hash` must be 64 hexadecimal digits."),
        ({"extensions": {"other": 1}}, "`query` is missing."),
    ],
)
def test_what_stands_badly_in_the_place_of_a_document_is_refused(
    body: dict[str, Any], message: str
) -> None:
    with pytest.raises(HttpProblem) as refused:
        from_body(orjson.dumps(body))
    assert (refused.value.status, refused.value.message) == (400, message)
