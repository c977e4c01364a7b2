"""Answers in parts: errors masked in each, and nothing left open however they end."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

import pytest

from tests.operation.test_pipeline import line, lines
from tests.operation.tiny import SECRET, Tiny, error

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from types import AsyncGeneratorType
    from typing import Any

    from gateway.operation.request import IncrementalResult, Json

DEFERRED = "{ slow { id ... @defer { later } } }"
UNFIT = "Retell gave a value for this field that does not fit its type."


def rest(answer: IncrementalResult) -> AsyncGenerator[Json, None]:
    return cast("AsyncGenerator[Json, None]", answer.rest)


async def settled() -> None:
    """Let what was cancelled end."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    async with asyncio.timeout(5):
        await asyncio.gather(*others, return_exceptions=True)


async def test_the_first_part_is_there_at_once_and_the_rest_follows() -> None:
    tiny = Tiny()
    answer = await tiny.parts(DEFERRED)
    assert answer.first == {
        "data": {"slow": {"id": "1"}},
        "pending": [{"id": "0", "path": ["slow"]}],
        "hasNext": True,
    }
    assert tiny.reads.closed == 0
    assert [part async for part in answer.rest] == [
        {
            "incremental": [{"data": {"later": "later"}, "id": "0"}],
            "completed": [{"id": "0"}],
            "hasNext": False,
        }
    ]
    assert tiny.reads.closed == 1


async def test_items_are_streamed() -> None:
    answer = await Tiny().parts("{ slows @stream(initialCount: 1) { id } }")
    assert answer.first["data"] == {"slows": [{"id": "0"}]}
    parts = [part async for part in answer.rest]
    items = [item for part in parts for i in part.get("incremental", []) for item in i["items"]]
    assert (items, parts[-1]["hasNext"]) == ([{"id": "1"}, {"id": "2"}], False)


async def test_a_document_without_parts_is_answered_whole() -> None:
    answer = await Tiny().whole("{ slow { id ... @defer(if: false) { later } } }", incremental=True)
    assert answer.body == {"data": {"slow": {"id": "1", "later": "later"}}}


async def test_errors_of_the_first_part_are_masked() -> None:
    answer = await Tiny().parts("{ number slow { id ... @defer { later } } }", explain=True)
    place = {"locations": [{"line": 1, "column": 3}], "path": ["number"]}
    assert answer.first["errors"] == [error("UPSTREAM_INVALID", UNFIT, **place)]
    assert answer.first["extensions"]["gateway"]["requestId"] == "the-id"
    await rest(answer).aclose()


async def test_an_error_that_voids_a_part_is_masked() -> None:
    answer = await Tiny().parts("{ slow { id ... @defer { lost } } }")
    parts = [part async for part in answer.rest]
    place = {"locations": [{"line": 1, "column": 26}], "path": ["slow", "lost"]}
    expected = error("UPSTREAM_INVALID", UNFIT, **place)
    assert parts == [{"completed": [{"id": "0", "errors": [expected]}], "hasNext": False}]
    assert SECRET not in str(parts)


async def test_an_error_beside_the_data_of_a_part_is_masked() -> None:
    query = "{ ... @defer { broken hello } hello }"
    answer = await Tiny().parts(query)
    parts = [part async for part in answer.rest]
    (incremental,) = parts[0]["incremental"]
    assert incremental["data"] == {"broken": None}
    assert [e["extensions"] for e in incremental["errors"]] == [
        {"code": "INTERNAL_SERVER_ERROR", "requestId": "the-id"}
    ]
    assert SECRET not in str(parts)


async def test_parts_that_were_all_taken_are_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    answer = await Tiny().parts(DEFERRED)
    assert lines(caplog) == []
    assert len([part async for part in answer.rest]) == 1
    assert lines(caplog) == [line("answered")]


async def test_the_execution_is_closed_with_the_parts() -> None:
    tiny = Tiny()
    answer = await tiny.parts("{ slow { id ... @defer { never } } }")
    frame = cast("AsyncGeneratorType[Any]", rest(answer)).ag_frame
    assert frame is not None
    executed = frame.f_locals["result"]
    await rest(answer).aclose()
    await settled()
    # Held here, so it is not the collector that closed it.
    async with asyncio.timeout(5):
        assert [part async for part in executed.subsequent_results] == []
    assert tiny.reads.waiting == 0


async def test_who_takes_only_the_first_part_leaves_nothing_open(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    tiny = Tiny()
    answer = await tiny.parts("{ slow { id ... @defer { never } } }")
    await rest(answer).aclose()
    await settled()
    assert (tiny.reads.closed, tiny.reads.waiting) == (1, 0)
    assert lines(caplog) == [line("cancelled")]


async def test_who_leaves_between_parts_leaves_nothing_open(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    tiny = Tiny()
    query = "{ slow { ... @defer { later } ... @defer { never } } }"
    async with aclosing(rest(await tiny.parts(query))) as parts:
        part = await anext(parts)
    assert part["incremental"][0]["data"] == {"later": "later"}
    await settled()
    assert (tiny.reads.closed, tiny.reads.waiting) == (1, 0)
    assert lines(caplog) == [line("cancelled")]


async def test_who_is_cancelled_while_waiting_leaves_nothing_open(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    tiny = Tiny()
    answer = await tiny.parts("{ slow { id ... @defer { never } } }")
    task = asyncio.ensure_future(anext(rest(answer)))
    await tiny.reads.awaited.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await settled()
    assert (tiny.reads.closed, tiny.reads.waiting) == (1, 0)
    assert lines(caplog) == [line("cancelled")]


async def test_parts_that_break_off_leave_nothing_open(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    tiny = Tiny()
    answer = await tiny.parts(DEFERRED)
    with pytest.raises(LookupError):
        await rest(answer).athrow(LookupError)
    await settled()
    assert (tiny.reads.closed, lines(caplog)) == (1, [line("failed")])
