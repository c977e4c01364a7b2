"""What was executed, as an answer: errors masked, what was hidden named; whole or in parts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gateway.operation.encoding import encode
from gateway.operation.masking import masked
from gateway.operation.parts import in_parts
from gateway.operation.request import IncrementalResult, OperationResult
from gateway.operation.shown import present

if TYPE_CHECKING:
    from graphql import ExecutionResult
    from graphql.execution import ExperimentalIncrementalExecutionResults

    from gateway.context import RequestContext
    from gateway.operation.allowance import Admitted
    from gateway.operation.request import Json, OperationRequest
    from gateway.operation.running import Running
    from gateway.operation.survey import Survey


@dataclass(slots=True)
class Answering:
    """Of one operation that was executed, and ends with its answer."""

    request: OperationRequest
    running: Running
    admitted: Admitted
    survey: Survey | None
    context: RequestContext
    explains: bool
    """Whether errors say what of a value does not fit."""

    def whole(self, result: ExecutionResult) -> OperationResult:
        """All of it at once."""
        errors: list[Json] = []
        if result.errors:
            errors = masked(result.errors, self.request.request_id, explains=self.explains)
        self.running.end("answered", [error["extensions"]["code"] for error in errors])
        body: Json = {"data": result.data}
        if errors:
            if result.data is None and not any("path" in error for error in errors):
                refused: Json = {"errors": errors}  # its variables do not fit
                return OperationResult(refused, "validation", left=self.admitted.left)
            body["errors"] = errors
        hidden: list[list[str]] = []
        if self.survey is not None and self.survey.masked:
            hidden = present(self.survey.masked, result.data)
        if hidden or self.request.explain:
            body |= self._extensions(hidden)
        return OperationResult(body, left=self.admitted.left)

    async def in_parts(self, result: ExperimentalIncrementalExecutionResults) -> IncrementalResult:
        """What is there at once, and the rest as it comes."""
        hidden = [list(names) for names in self.survey.masked] if self.survey else []
        counted = self.admitted.left is not None
        parts = in_parts(
            result,
            self.request.request_id,
            self.running,
            partial(self._extensions, hidden, counted=counted),
            explains=self.explains,
        )
        return IncrementalResult(await anext(parts), parts, self.admitted.left)

    def tell_cost(self, answer: OperationResult) -> None:
        """Add what it cost to an answer that is written, where that counts: what is remembered of
        it has not cost anything when it is sent again."""
        if self.admitted.left is None or self.request.explain or answer.content is None:
            return
        cost = encode({"cost": self._cost})[1:]
        if "extensions" in answer.body:
            answer.content = answer.content[:-2] + b"," + cost + b"}"
        else:
            answer.content = answer.content[:-1] + b',"extensions":{' + cost + b"}"

    def _extensions(self, hidden: list[list[str]], *, counted: bool = False) -> Json:
        """What is masked of the answer, and how it came about, if that was asked."""
        extensions: Json = {"masked": hidden} if hidden else {}
        if self.request.explain:
            extensions["gateway"] = self.context.trace.explain(self.request.request_id)
        if self.request.explain or counted:
            extensions["cost"] = self._cost
        return {"extensions": extensions} if extensions else {}

    @property
    def _cost(self) -> Json:
        return {"estimated": self.admitted.cost, "used": len(self.context.trace.sent)}
