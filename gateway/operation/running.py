"""An operation under way: whatever its ending, nothing is read on and one line is logged.

An exception that leaves its `with` block ends it, if it had not ended: one of ours that comes
before it is executed, as refused.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Literal, Self

from gateway.errors import GatewayError, UpstreamTimeout
from gateway.operation.audited import since

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from gateway.context import RequestContext
    from gateway.operation.allowance import Admitted
    from gateway.operation.audited import Audited
    from gateway.operation.request import OperationRequest
    from gateway.operation.survey import Survey
    from gateway.telemetry.audit import Reads

    Outcome = Literal["answered", "refused", "failed", "cancelled"]

log = logging.getLogger(__name__)


class Running:
    """Made when an operation arrives; `context` and `kind` are there once it is executed."""

    def __init__(
        self,
        request: OperationRequest,
        audited: Audited,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._request = request
        self._audited = audited
        self._clock = clock
        self._began = clock()
        self._kind: str | None = None
        self._context: RequestContext | None = None
        self._admitted: Admitted | None = None
        self._survey: Survey | None = None
        self.reads: tuple[Reads, ...] = ()
        """What of it told of persons, and was noted."""
        self._entries_noted = -1
        self._ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None or self._ended:
            return
        if isinstance(error, asyncio.CancelledError | GeneratorExit):
            self.end("cancelled")
        elif isinstance(error, GatewayError) and self._context is None:
            self.end("refused", [error.code])
        else:
            self.end("failed")

    def is_admitted(self, admitted: Admitted) -> None:
        """From here on there is something to account for."""
        self._admitted = admitted

    def executes(self, kind: str, context: RequestContext, survey: Survey | None) -> None:
        """From here on there is something to close, and to note."""
        self._kind = kind
        self._context = context
        self._survey = survey

    def shows(self) -> None:
        """What was read up to now is about to be sent, before the end: it is noted first."""
        entries = 0 if self._context is None else len(self._context.loaders.entries)
        if entries != self._entries_noted:
            self._entries_noted = entries
            self._note("answered")

    def end(self, outcome: Outcome, codes: Iterable[str] = ()) -> None:
        """Close what reads, and say who asked, how long it took and which error codes it ended
        with: never what was asked, or the answer."""
        self._ended = True
        sent = 0
        told = sorted(set(codes))
        if self._context is not None:
            self._context.loaders.close()
            sent = len(self._context.trace.sent)
        if self._admitted is not None:
            # What is given up on the way is not in the trace yet: nothing is given back then.
            whole = outcome == "answered" and UpstreamTimeout.code not in told
            self._admitted.end(sent if whole else max(sent, self._admitted.cost))
        try:
            self._note(outcome)
        except BaseException:
            outcome = "failed"
            raise
        finally:
            self._log(outcome, told, sent)

    def _log(self, outcome: Outcome, told: list[str], sent: int) -> None:
        # What came out of the memory is no event: busy screens ask for it all day.
        level = logging.INFO if sent or told or outcome != "answered" else logging.DEBUG
        if not log.isEnabledFor(level):
            return
        log.log(
            level,
            "operation",
            extra={
                "request_id": self._request.request_id,
                **self._request.caller.told,
                "kind": self._kind,
                "outcome": outcome,
                "codes": told,
                "duration_ms": round((self._clock() - self._began) * 1000, 1),
                "upstream_requests": sent,
            },
        )

    def _note(self, outcome: Outcome) -> None:
        """Write down what was read and is not noted yet."""
        if self._context is None or self._survey is None or not self._survey.personal:
            return
        reads = self._audited.reads(self._survey, self._context.loaders)
        self._audited.note(self._request, since(reads, self.reads), outcome)
        self.reads = reads
