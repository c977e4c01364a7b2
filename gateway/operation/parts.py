"""An answer in parts (`@defer`, `@stream`), each with its errors masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.operation.masking import masked

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from graphql.execution import ExperimentalIncrementalExecutionResults

    from gateway.operation.request import Json
    from gateway.operation.running import Running


async def in_parts(
    result: ExperimentalIncrementalExecutionResults,
    request_id: str,
    running: Running,
    explained: Callable[[], Json],
    *,
    explains: bool = True,
) -> AsyncGenerator[Json, None]:
    """What is there at once, then the rest as it comes; `running` ends with it, however it ends.

    What is `explained` by then goes with the first part and with the last. To be begun at once:
    closing a generator that was never begun does nothing.
    """
    try:
        with running:
            running.shows()
            yield _written(result.initial_result, request_id, explains) | explained()
            async for part in result.subsequent_results:
                running.shows()
                last = explained() if not part.has_next else {}
                yield _written(part, request_id, explains) | last
        running.end("answered")
    finally:
        await result.subsequent_results.aclose()


def _written(part: Any, request_id: str, explains: bool) -> Json:
    """graphql-core's form of a part, with our errors in it."""
    written: Json = dict(part.formatted)
    if getattr(part, "errors", None):
        written["errors"] = masked(part.errors, request_id, explains=explains)
    for name in ("incremental", "completed"):
        if name in written:
            written[name] = [_written(inner, request_id, explains) for inner in getattr(part, name)]
    return written
