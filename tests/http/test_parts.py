"""`@defer` and `@stream` as `multipart/mixed`: framing, both formats, and what goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from gateway.operation.request import IncrementalResult
from tests.http.tiny import client, endpoint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx
    import pytest

    from gateway.operation.request import Answer, Json, OperationRequest

DEFERRED = '{ person { id ... @defer(label: "later") { born } } }'


async def ask(query: str, accept: str, **options: Any) -> httpx.Response:
    async with client(endpoint(**options)) as http:
        return await http.post("/graphql", json={"query": query}, headers={"accept": accept})


def parts(answer: httpx.Response) -> list[Any]:
    """What is in the parts; the framing is checked to the byte."""
    opening, *framed, end = answer.text.split("---")
    assert (opening, end) == ("", "--\r\n")
    head = "\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
    bodies = []
    for part in framed:
        assert part.startswith(head)
        assert part.endswith("\r\n")
        bodies.append(orjson.loads(part[len(head) : -2]))
    return bodies


async def test_a_deferred_fragment_comes_in_a_part_of_its_own() -> None:
    answer = await ask(DEFERRED, "multipart/mixed, application/json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == 'multipart/mixed; boundary="-"'
    assert answer.headers["x-request-id"] == "made-id"
    assert parts(answer) == [
        {
            "data": {"person": {"id": "1"}},
            "pending": [{"id": "0", "path": ["person"], "label": "later"}],
            "hasNext": True,
        },
        {
            "incremental": [{"data": {"born": 1815}, "id": "0"}],
            "completed": [{"id": "0"}],
            "hasNext": False,
        },
    ]


async def test_apollos_older_format_is_spoken_where_it_is_asked_for() -> None:
    answer = await ask(DEFERRED, "multipart/mixed;deferSpec=20220824, application/json")
    assert answer.headers["content-type"] == 'multipart/mixed; boundary="-"; deferSpec=20220824'
    assert parts(answer) == [
        {"data": {"person": {"id": "1"}}, "hasNext": True},
        {
            "incremental": [{"path": ["person"], "data": {"born": 1815}, "label": "later"}],
            "hasNext": False,
        },
    ]


async def test_an_answer_that_is_whole_is_sent_whole() -> None:
    answer = await ask("{ hello }", "multipart/mixed, application/json")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.json() == {"data": {"hello": "Hello world"}}


async def test_a_client_that_reads_only_parts_gets_one() -> None:
    answer = await ask("{ hello }", "multipart/mixed")
    assert answer.headers["content-type"] == 'multipart/mixed; boundary="-"'
    assert parts(answer) == [{"data": {"hello": "Hello world"}}]


async def test_an_error_before_the_first_part_is_an_answer_as_ever() -> None:
    async def odd(_: OperationRequest) -> Answer:
        return IncrementalResult({"data": {"odd": 2**64}, "hasNext": True}, nothing())

    answer = await ask("{ odd }", "multipart/mixed", run=odd)
    assert (answer.status_code, answer.headers["content-type"]) == (
        500,
        "application/json; charset=utf-8",
    )
    assert answer.json()["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"


async def test_a_part_that_is_no_json_ends_the_answer_with_an_error() -> None:
    async def odd(_: OperationRequest) -> Answer:
        return IncrementalResult({"data": {}, "hasNext": True}, giants())

    answer = await ask("{ odd }", "multipart/mixed", run=odd)
    assert parts(answer) == [
        {"data": {}, "hasNext": True},
        {
            "errors": [
                {
                    "message": "The answer cannot be written as JSON.",
                    "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": "made-id"},
                }
            ],
            "hasNext": False,
        },
    ]


async def test_parts_that_break_off_end_with_an_error_without_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def faulty(_: OperationRequest) -> Answer:
        return IncrementalResult({"data": {}, "hasNext": True}, failing())

    answer = await ask("{ a }", "multipart/mixed", run=faulty)
    assert parts(answer)[-1] == {
        "errors": [
            {
                "message": "The gateway failed; its log has the request id.",
                "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": "made-id"},
            }
        ],
        "hasNext": False,
    }
    assert [record.getMessage() for record in caplog.records] == ["an operation failed"]


async def test_any_iterator_will_do_for_the_rest() -> None:
    class Rest:
        def __init__(self) -> None:
            self.coming = [{"hasNext": False}]

        def __aiter__(self) -> AsyncIterator[Json]:
            return self

        async def __anext__(self) -> Json:
            if not self.coming:
                raise StopAsyncIteration
            return self.coming.pop()

    async def plain(_: OperationRequest) -> Answer:
        return IncrementalResult({"data": {}, "hasNext": True}, Rest())

    answer = await ask("{ a }", "multipart/mixed", run=plain)
    assert parts(answer) == [{"data": {}, "hasNext": True}, {"hasNext": False}]


def no_payloads() -> list[Json]:
    return []


async def nothing() -> AsyncIterator[Json]:
    for payload in no_payloads():
        yield payload


async def giants() -> AsyncIterator[Json]:
    yield {"incremental": [{"data": {"odd": 2**64}, "id": "0"}], "hasNext": True}


async def failing() -> AsyncIterator[Json]:
    for payload in no_payloads():
        yield payload
    raise LookupError("secret")
