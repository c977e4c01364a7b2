"""One operation, start to end: what is refused, what is answered, what is logged and closed."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest

from tests.operation.tiny import SECRET, Tiny, asking, error

if TYPE_CHECKING:
    from gateway.operation.request import Json


async def test_data_is_answered_and_nothing_else() -> None:
    tiny = Tiny()
    answer = await tiny.whole(
        "query ($name: String!) { hello(name: $name) }", variables={"name": "Ada"}
    )
    assert (answer.body, answer.refused) == ({"data": {"hello": "Hello Ada"}}, None)
    assert (tiny.contexts, tiny.reads.closed) == (1, 1)


async def test_data_and_errors_stand_side_by_side() -> None:
    answer = await Tiny().whole("{ hello missing }")
    assert answer.refused is None
    assert answer.body["data"] == {"hello": "Hello world", "missing": None}
    assert len(answer.body["errors"]) == 1


async def test_data_that_an_error_made_null_is_no_refusal() -> None:
    answer = await Tiny().whole("{ sure }")
    assert (answer.body["data"], answer.refused) == (None, None)


@pytest.mark.parametrize(
    ("query", "options", "refused", "expected"),
    [
        (
            "{ hello",
            {},
            "parse",
            error(
                "GRAPHQL_PARSE_FAILED",
                "Syntax Error: Expected Name, found <EOF>.",
                locations=[{"line": 1, "column": 8}],
            ),
        ),
        (
            "{ nope }",
            {},
            "validation",
            error(
                "GRAPHQL_VALIDATION_FAILED",
                "Cannot query field 'nope' on type 'Query'.",
                locations=[{"line": 1, "column": 3}],
            ),
        ),
        (
            "query A { hello } query B { hello }",
            {},
            "validation",
            error("GRAPHQL_VALIDATION_FAILED", "Name one of the operations."),
        ),
        (
            "mutation { change }",
            {"read_only": True},
            "method",
            error("BAD_REQUEST", "Only queries are answered to GET: send this with POST."),
        ),
    ],
)
async def test_what_is_refused_opens_nothing(
    query: str, options: Any, refused: str, expected: Json
) -> None:
    tiny = Tiny()
    answer = await tiny.whole(query, explain=True, **options)
    assert (answer.body, answer.refused) == ({"errors": [expected]}, refused)
    assert (tiny.contexts, tiny.reads.closed) == (0, 0)


async def test_variables_that_do_not_fit_are_a_refusal() -> None:
    tiny = Tiny()
    answer = await tiny.whole("query ($name: String!) { hello(name: $name) }", explain=True)
    assert (list(answer.body), answer.refused) == (["errors"], "validation")
    assert tiny.reads.closed == 1


async def test_a_subscription_is_refused_where_the_schema_has_none() -> None:
    answer = await Tiny().whole("subscription { change }")
    assert (list(answer.body), answer.refused) == (["errors"], "validation")
    assert answer.body["errors"][0]["extensions"]["requestId"] == "the-id"


async def test_the_operation_that_is_named_runs() -> None:
    source = "query A { hello } mutation B { change }"
    assert (await Tiny().whole(source, operation_name="B")).body == {"data": {"change": "changed"}}
    only_reads = await Tiny().whole(source, operation_name="A", read_only=True)
    assert only_reads.body == {"data": {"hello": "Hello world"}}


async def test_what_is_nested_as_deeply_as_may_be_is_answered() -> None:
    query = "{" + "... {" * 190 + "hello" + "}" * 190 + "}"
    assert (await Tiny().whole(query)).body == {"data": {"hello": "Hello world"}}
    in_parts = await Tiny().parts("{ ... @defer {" + "... {" * 190 + "hello" + "}" * 191 + "}")
    parts = [part async for part in in_parts.rest]
    assert parts[0]["incremental"][0]["data"] == {"hello": "Hello world"}


async def test_variables_nested_too_deeply_are_refused() -> None:
    deep: Any = 1
    for _ in range(2000):
        deep = [deep]
    answer = await Tiny().whole(
        "query ($limits: Limits) { hello(limits: $limits) }", variables={"limits": {"most": deep}}
    )
    assert answer.refused == "validation"
    assert [e["extensions"]["code"] for e in answer.body["errors"]] == ["BAD_USER_INPUT"]


async def test_too_many_values_in_variables_are_refused_before_anything_is_opened() -> None:
    tiny = Tiny()
    query = "query ($n: String!) { a: hello(name: $n) b: hello(name: $n) }"
    variables = {"n": "Ada", "more": [0] * 2_498}
    good = await tiny.whole(query, variables=variables)
    assert good.body == {"data": {"a": "Hello Ada", "b": "Hello Ada"}}
    assert (tiny.contexts, tiny.reads.closed) == (1, 1)
    variables["more"] = [0] * 2_499
    answer = await tiny.whole(query, variables=variables, explain=True)
    message = (
        "The variables hold too many values: their number, times the fields at the root of "
        "the operation, may be 5000."
    )
    assert answer.body == {"errors": [error("VARIABLE_LIMIT_EXCEEDED", message)]}
    assert answer.refused == "validation"
    assert (tiny.contexts, tiny.reads.closed) == (1, 1)


async def test_what_was_done_is_explained_where_it_was_asked_for() -> None:
    answer = await Tiny().whole("{ hello missing }", explain=True)
    assert answer.body["extensions"] == {
        "gateway": {
            "requestId": "the-id",
            "upstreamRequests": 1,
            "upstream": [
                {"endpoint": "GET /v2/get-call", "status": 200, "durationMs": 250.0, "attempt": 1}
            ],
            "cache": [],
        },
        "cost": {"estimated": 2, "used": 1},
    }
    assert list(answer.body) == ["data", "errors", "extensions"]


async def test_parts_are_one_answer_for_who_does_not_take_them() -> None:
    answer = await Tiny().whole("{ slow { id ... @defer { later } } }")
    assert answer.body == {"data": {"slow": {"id": "1", "later": "later"}}}


def lines(caplog: pytest.LogCaptureFixture) -> list[Json]:
    """What the log has of operations, but for how long they took."""
    records = [record.__dict__ for record in caplog.records if record.msg == "operation"]
    assert all(record["duration_ms"] >= 0 for record in records)
    names = ("request_id", "tenant", "kind", "outcome", "codes", "upstream_requests")
    return [{name: record[name] for name in names} for record in records]


def line(outcome: str, kind: str | None = "query", upstream_requests: int = 1, *codes: str) -> Json:
    return {
        "request_id": "the-id",
        "tenant": asking("").caller.tenant,
        "kind": kind,
        "outcome": outcome,
        "codes": [*codes],
        "upstream_requests": upstream_requests,
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ hello }", line("answered")),
        ("mutation { change }", line("answered", "mutation")),
        ("{ missing a: missing busy }", line("answered", "query", 1, "NOT_FOUND", "RATE_LIMITED")),
        ("{ nope }", line("refused", None, 0, "GRAPHQL_VALIDATION_FAILED")),
        ("query ($n: Int!) { number }", line("refused", None, 0, "GRAPHQL_VALIDATION_FAILED")),
    ],
)
async def test_each_operation_has_one_line_in_the_log(
    query: str, expected: Json, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await Tiny().whole(query)
    assert lines(caplog) == [expected]


async def test_the_line_has_nothing_of_what_was_asked_or_answered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    query = "query Named($name: String!) { alias: hello(name: $name) number }"
    await Tiny().whole(query, variables={"name": "call_123"}, operation_name="Named")
    await Tiny().whole("{ nope_at_all }")
    logged = str([record.__dict__ for record in caplog.records])
    assert len(lines(caplog)) == 2
    for secret in ("Named", "alias", "hello", "call_123", "nope", "key-of-the-caller", SECRET):
        assert secret not in logged


async def test_an_executor_that_fails_leaves_nothing_open(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Failing:
        async def execute(self, *_: object) -> Any:
            raise LookupError

    caplog.set_level(logging.INFO)
    tiny = Tiny(prepare=lambda _document: Failing())
    with pytest.raises(LookupError):
        await tiny.whole("{ hello }")
    assert (tiny.reads.closed, lines(caplog)) == (1, [line("failed")])


async def test_an_operation_that_is_cancelled_leaves_nothing_open(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    tiny = Tiny()
    task = asyncio.create_task(tiny.whole("{ slow { never } }"))
    await tiny.reads.awaited.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (tiny.reads.closed, tiny.reads.waiting) == (1, 0)
    assert lines(caplog) == [line("cancelled")]
    assert asyncio.all_tasks() == {asyncio.current_task()}
