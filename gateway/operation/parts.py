"""An answer in parts (`@defer`, `@stream`), each with its errors masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.operation.masking import masked

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from graphql.execution import ExperimentalIncrementalExecutionResults

    from gateway.operation.request import Json


def first_part(result: ExperimentalIncrementalExecutionResults, request_id: str) -> Json:
    """What is there at once."""
    return _written(result.initial_result, request_id)


async def later_parts(
    result: ExperimentalIncrementalExecutionResults, request_id: str, close: Callable[[], None]
) -> AsyncIterator[Json]:
    """The rest, as it comes; `close` is called when it ends, however it ends."""
    try:
        async for part in result.subsequent_results:
            yield _written(part, request_id)
    finally:
        await result.subsequent_results.aclose()
        close()


def _written(part: Any, request_id: str) -> Json:
    """graphql-core's form of a part, with our errors in it."""
    written: Json = dict(part.formatted)
    if getattr(part, "errors", None):
        written["errors"] = masked(part.errors, request_id)
    for name in ("incremental", "completed"):
        if name in written:
            written[name] = [_written(inner, request_id) for inner in getattr(part, name)]
    return written
