"""GraphQL over HTTP as a client sees it: status, headers and body of every kind of answer."""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from gateway.errors import CostLimitExceeded, GatewayError, RateLimited, TooManyOperations
from gateway.http.always import ALWAYS
from gateway.http.answer import HttpAnswer
from gateway.http.body import HttpLimits
from gateway.operation.rates import AllowanceSpent, Left
from gateway.operation.request import IncrementalResult, OperationResult
from tests.http.tiny import client, endpoint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from gateway.operation.request import Answer, Json, OperationRequest

NEWER = "application/graphql-response+json"
OLDER = "application/json"
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


async def post(content: bytes | object, **headers: str) -> httpx.Response:
    body = content if isinstance(content, bytes) else orjson.dumps(content)
    async with client(endpoint()) as http:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return await http.post(
            "/graphql", content=body, headers={"content-type": "application/json"} | names
        )


async def get(app: Any = None, **parameters: str) -> httpx.Response:
    async with client(app or endpoint()) as http:
        return await http.get("/graphql", params=parameters)


def errors(answer: httpx.Response) -> list[Any]:
    body = answer.json()
    assert list(body) == ["errors"]
    return list(body["errors"])


async def test_a_query_is_answered_in_the_type_that_was_asked_for() -> None:
    for media_type in (NEWER, OLDER):
        answer = await post({"query": "{ hello }"}, accept=media_type)
        assert dict(answer.headers) == {
            "content-type": f"{media_type}; charset=utf-8",
            "content-length": "32",
            "x-request-id": "made-id",
            "vary": "accept",
        } | {name.decode(): value.decode() for name, value in ALWAYS}
        assert (answer.status_code, answer.json()) == (200, {"data": {"hello": "Hello world"}})


async def test_everything_of_the_request_reaches_the_operation() -> None:
    seen: list[OperationRequest] = []

    async def keep(request: OperationRequest) -> Answer:
        seen.append(request)
        return OperationResult({"data": {}})

    async with client(endpoint(run=keep, debug_header=True)) as http:
        await http.post(
            "/graphql",
            json={
                "query": "q",
                "operationName": "o",
                "variables": {"v": 1},
                "extensions": {"e": 2},
            },
            headers={"x-request-id": "Mine.1-_", "x-gateway-debug": "1", "accept": "*/*"},
        )
        await http.get("/graphql?query=q", headers={"accept": "multipart/mixed"})
    first, second = seen
    assert (first.query, first.operation_name, first.caller.api_key) == ("q", "o", "key-a")
    assert first.variables == {"v": 1}
    assert (first.request_id, first.explain) == ("Mine.1-_", True)
    assert (first.read_only, first.incremental) == (False, False)
    assert (second.request_id, second.explain) == ("made-id", False)
    assert (second.read_only, second.incremental) == (True, True)


async def test_everything_is_explained_where_the_gateway_is_told_to() -> None:
    async def explained(request: OperationRequest) -> Answer:
        return OperationResult({"data": {"explain": request.explain}})

    answer = await get(endpoint(run=explained, always_explain=True), query="{ a }")
    assert answer.json() == {"data": {"explain": True}}
    for counts in (True, False):
        asked = endpoint(run=explained, debug_header=counts)
        for value, explain in (("1", counts), ("true", False)):
            async with client(asked) as http:
                http.headers["x-gateway-debug"] = value
                answer = await http.get("/graphql?query={a}")
            assert answer.json() == {"data": {"explain": explain}}


@pytest.mark.parametrize(
    ("query", "newer", "older"),
    [
        pytest.param("{", 400, 200, id="does not parse"),
        pytest.param("{ nothing }", 400, 200, id="is not valid"),
        pytest.param("query A { hello } query B { hello }", 400, 200, id="which operation"),
        pytest.param("query($n: Person) { hello }", 400, 200, id="wrong variable"),
    ],
)
async def test_what_is_refused_has_no_data(query: str, newer: int, older: int) -> None:
    for media_type, status in ((NEWER, newer), (OLDER, older)):
        answer = await post({"query": query}, accept=media_type)
        assert answer.status_code == status
        assert len(errors(answer)) >= 1


async def test_an_error_of_a_field_is_not_one_of_http() -> None:
    for media_type in (NEWER, OLDER):
        partly = await post({"query": "{ hello missing }"}, accept=media_type)
        assert (partly.status_code, partly.json()["data"]) == (
            200,
            {"hello": "Hello world", "missing": None},
        )
        wholly = await post({"query": "{ broken }"}, accept=media_type)
        assert (wholly.status_code, wholly.json()["data"]) == (200, None)


@pytest.mark.parametrize("media_type", [NEWER, OLDER])
async def test_get_is_for_queries(media_type: str) -> None:
    async with client(endpoint()) as http:
        http.headers["accept"] = media_type
        variables = '{"n":"you"}'
        query = "query($n: String) { hello(name: $n) }"
        answer = await http.get("/graphql", params={"query": query, "variables": variables})
        assert (answer.status_code, answer.json()) == (200, {"data": {"hello": "Hello you"}})
        answer = await http.get("/graphql", params={"query": 'mutation { greet(name: "you") }'})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert [error["message"] for error in errors(answer)] == ["Only a query may be sent by GET."]


async def test_a_mutation_may_be_posted() -> None:
    answer = await post({"query": 'mutation { greet(name: "you") }'})
    assert (answer.status_code, answer.json()) == (200, {"data": {"greet": "Hello you"}})


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "PATCH", "DELETE", "QUERY"])
async def test_other_methods_are_not_allowed(method: str) -> None:
    async with client(endpoint()) as http:
        answer = await http.request(method, "/graphql")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
    assert errors(answer) == [
        {
            "message": "Only GET and POST are answered here.",
            "extensions": {"code": "BAD_REQUEST", "requestId": "made-id"},
        }
    ]


async def test_an_answer_that_nobody_accepts_is_not_made() -> None:
    answer = await post({"query": "{ hello }"}, accept="text/html, application/json;q=0")
    assert (answer.status_code, answer.headers["content-type"]) == (
        406,
        "application/json; charset=utf-8",
    )
    assert [error["message"] for error in errors(answer)] == [
        "`Accept` must allow application/graphql-response+json or application/json."
    ]


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        pytest.param(b"", {}, 400, id="empty"),
        pytest.param(b"null", {}, 400, id="null"),
        pytest.param(b"[]", {}, 400, id="batch"),
        pytest.param(b"[" * 100_000, {}, 400, id="deep"),
        pytest.param(b'{"query":' + b"1" * 20_000 + b"}", {}, 400, id="giant integer"),
        pytest.param(b'{"query":"\xff"}', {}, 400, id="invalid UTF-8"),
        pytest.param(
            b'{"query":"{hello}","operationName":"\\ud800"}', {}, 400, id="lone surrogate"
        ),
        pytest.param(
            gzip.compress(b'{"query":"{ hello }"}'),
            {"content_encoding": "gzip"},
            415,
            id="compressed",
        ),
        pytest.param(b"{}", {"content_type": "text/plain"}, 415, id="text"),
        pytest.param(
            b"{}", {"content_type": "multipart/form-data; boundary=x"}, 415, id="form with files"
        ),
        pytest.param(b'{"query":"' + b"#" * 300_000 + b'"}', {}, 413, id="large"),
    ],
)
@pytest.mark.parametrize("media_type", [NEWER, OLDER])
async def test_every_bad_body_is_a_json_error(
    content: bytes, headers: dict[str, str], status: int, media_type: str
) -> None:
    answer = await post(content, accept=media_type, **headers)
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        f"{media_type}; charset=utf-8",
    )
    (error,) = errors(answer)
    code = {413: "BODY_LIMIT_EXCEEDED"}.get(status, "BAD_REQUEST")
    if content == b"[]":
        code = "BATCH_LIMIT_EXCEEDED"
    assert error["extensions"] == {"code": code, "requestId": "made-id"}


async def test_a_body_that_takes_too_long_is_told_so() -> None:
    async def drip() -> AsyncIterator[bytes]:
        yield b'{"query":'
        await asyncio.Event().wait()

    headers = {"content-type": "application/json"}
    async with client(endpoint(limits=HttpLimits(body_seconds=0))) as http:
        answer = await http.post("/graphql", content=drip(), headers=headers)
    (error,) = errors(answer)
    assert (answer.status_code, answer.headers["connection"]) == (408, "close")
    assert error["extensions"]["code"] == "BODY_TIME_LIMIT_EXCEEDED"


async def test_an_answer_may_be_awaited_longer_than_a_body() -> None:
    answer = await get(endpoint(limits=HttpLimits(body_seconds=0)), query="{ hello }")
    assert answer.status_code == 200


async def test_an_operation_that_does_not_end_is_ended() -> None:
    async def endless(_: OperationRequest) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError("never reached")

    for media_type in (NEWER, OLDER):
        async with client(endpoint(run=endless, seconds=0.01)) as http:
            http.headers["accept"] = media_type
            answer = await http.get("/graphql?query={hello}")
        assert answer.status_code == 504
        assert errors(answer) == [
            {
                "message": "The operation took too long, and was ended.",
                "extensions": {"code": "OPERATION_TIMEOUT", "requestId": "made-id"},
            }
        ]


LEFT = Left(limit=10, window=60, remaining=3, reset=41)
TOLD = {"ratelimit-policy": '"caller";q=10;w=60', "ratelimit": '"caller";r=3;t=41'}


async def test_a_caller_is_told_what_it_has_left() -> None:
    async def parts() -> AsyncIterator[Json]:
        yield {"hasNext": False}

    async def run(request: OperationRequest) -> Answer:
        if request.incremental:
            return IncrementalResult({"data": {}, "hasNext": True}, parts(), LEFT)
        return OperationResult({"data": {}}, left=LEFT)

    for accept in ("application/json", "multipart/mixed"):
        async with client(endpoint(run=run)) as http:
            answer = await http.get("/graphql?query={hello}", headers={"accept": accept})
        assert {name: answer.headers[name] for name in TOLD} == TOLD


REFUSALS: dict[str, tuple[GatewayError, int, int, dict[str, str]]] = {
    "rate": (AllowanceSpent(4, LEFT), 429, 429, {"retry-after": "41"} | TOLD),
    "all spent": (AllowanceSpent(None, LEFT), 429, 429, {"retry-after": "41"} | TOLD),
    "tenant": (TooManyOperations("x", of_caller=True), 429, 429, {"retry-after": "1"}),
    "all": (TooManyOperations("x", of_caller=False), 503, 503, {"retry-after": "1"}),
    "cost": (CostLimitExceeded(4, 3), 400, 200, {}),
    "Retell's": (RateLimited("x", retry_after=1.2), 429, 429, {"retry-after": "2"}),
    "Retell's without a time": (RateLimited("x"), 429, 429, {}),
}


@pytest.mark.parametrize(("error", "newer", "older", "headers"), REFUSALS.values(), ids=REFUSALS)
async def test_what_may_not_run_now_has_a_status_of_its_own(
    error: GatewayError, newer: int, older: int, headers: dict[str, str]
) -> None:
    async def refuse(_: OperationRequest) -> Answer:
        raise error

    for media_type, status in ((NEWER, newer), (OLDER, older)):
        async with client(endpoint(run=refuse)) as http:
            http.headers["accept"] = media_type
            answer = await http.get("/graphql?query={hello}")
        assert answer.status_code == status
        told = {name: answer.headers.get(name) for name in ("retry-after", *TOLD)}
        assert {name: value for name, value in told.items() if value} == headers
        body = answer.json()
        assert body["errors"][0]["extensions"]["code"] == error.code
        costs = {"cost": {"estimated": 4, "used": 0}}
        assert body.get("extensions") == (costs if getattr(error, "cost", None) else None)


async def test_a_stranger_is_told_so_before_the_body_is_read() -> None:
    for media_type in (NEWER, OLDER):
        answer = await post(b"not json", authorization="Bearer stranger", accept=media_type)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"
        assert errors(answer) == [
            {
                "message": "The key is not known.",
                "extensions": {"code": "UNAUTHENTICATED", "requestId": "made-id"},
            }
        ]


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("abc-123_DEF.4", "abc-123_DEF.4"),
        ("a" * 100, "a" * 100),
        ("a" * 101, "made-id"),
        ("", "made-id"),
        ("-rf", "made-id"),
        ("a b", "made-id"),
        ("a\tb", "made-id"),
        ('"><script>', "made-id"),
    ],
)
async def test_a_request_id_is_kept_where_it_is_harmless(given: str, used: str) -> None:
    answer = await post(b"{}", x_request_id=given)
    assert answer.headers["x-request-id"] == used
    assert errors(answer)[0]["extensions"]["requestId"] == used


async def test_each_request_has_an_id_of_its_own() -> None:
    async with client(endpoint(new_id=iter(("one", "two")).__next__)) as http:
        answers = [await http.get("/graphql?query={hello}") for _ in range(2)]
    assert [answer.headers["x-request-id"] for answer in answers] == ["one", "two"]


async def test_a_made_id_is_accepted_as_one_that_was_given() -> None:
    from gateway.http.request_id import new_id, own_or

    made = new_id()
    assert own_or(made, lambda: "other") == made
    assert new_id() != made


async def test_a_fault_of_the_pipeline_is_an_error_without_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def faulty(_: OperationRequest) -> Answer:
        raise LookupError("secret")

    answer = await get(endpoint(run=faulty), query="{ hello }")
    assert answer.status_code == 500
    assert errors(answer) == [
        {
            "message": "The gateway failed; its log has the request id.",
            "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": "made-id"},
        }
    ]
    (record,) = caplog.records
    assert (record.getMessage(), vars(record)["request_id"]) == ("an operation failed", "made-id")


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("\ud800", id="lone surrogate"),
        pytest.param(2**64, id="more than 64 bits"),
        pytest.param(nested(300), id="deep"),
        pytest.param({1}, id="no JSON"),
    ],
)
async def test_an_answer_that_is_no_json_is_a_clear_error(value: object) -> None:
    async def odd(_: OperationRequest) -> Answer:
        return OperationResult({"data": {"odd": value}})

    answer = await get(endpoint(run=odd), query="{ odd }")
    assert answer.status_code == 500
    assert errors(answer) == [
        {
            "message": "The answer cannot be written as JSON.",
            "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": "made-id"},
        }
    ]


def page() -> HttpAnswer:
    return HttpAnswer(
        200,
        "text/html; charset=utf-8",
        b"<!doctype html>",
        ((b"cache-control", b"no-cache"),),
    )


async def test_a_browser_without_a_query_gets_the_page() -> None:
    async with client(endpoint(page=page)) as http:
        answer = await http.get("/graphql?theme=dark", headers={"accept": BROWSER})
    assert (answer.status_code, answer.text) == (200, "<!doctype html>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers.get_list("cache-control") == ["no-cache"]


async def test_a_browser_with_a_query_gets_its_answer() -> None:
    async with client(endpoint(page=page)) as http:
        http.headers["accept"] = BROWSER
        answer = await http.get("/graphql?query={hello}")
        assert answer.json() == {"data": {"hello": "Hello world"}}
        answer = await http.post("/graphql", json={"query": "{ hello }"})
        assert answer.json() == {"data": {"hello": "Hello world"}}


@pytest.mark.parametrize(("accept", "status"), [(BROWSER, 400), ("text/html", 406)])
async def test_a_browser_gets_an_error_where_there_is_no_page(accept: str, status: int) -> None:
    async with client(endpoint()) as http:
        answer = await http.get("/graphql", headers={"accept": accept})
    assert (answer.status_code, len(errors(answer))) == (status, 1)


async def test_a_mention_of_event_streams_makes_no_stream() -> None:
    answer = await post(
        {"query": "{ hello }"},
        accept="application/graphql-response+json, application/graphql+json, "
        "application/json, text/event-stream, multipart/mixed",
    )
    assert answer.headers["content-type"] == f"{NEWER}; charset=utf-8"
    assert answer.json() == {"data": {"hello": "Hello world"}}
