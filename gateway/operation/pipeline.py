"""One GraphQL operation, start to end: `answer` is the list of steps."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from graphql import ExecutionResult, OperationType

from gateway.errors import GatewayError
from gateway.operation.answers import Asked
from gateway.operation.cost import values_of
from gateway.operation.encoding import encode_in_turns
from gateway.operation.masking import masked, refusal
from gateway.operation.parts import in_parts
from gateway.operation.persisted import Persisted
from gateway.operation.reading import OperationRefused
from gateway.operation.request import IncrementalResult, OperationResult
from gateway.operation.running import Running
from gateway.operation.survey import present
from gateway.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from graphql import OperationDefinitionNode

    from gateway.context import RequestContext
    from gateway.operation.allowance import Admitted, Allowance
    from gateway.operation.answers import Answers
    from gateway.operation.audited import Audited
    from gateway.operation.documents import Document, Documents
    from gateway.operation.request import Answer, Json, OperationRequest
    from gateway.operation.survey import Survey


class Pipeline:
    """Answers operations. One for the process; keeps nothing of them."""

    def __init__(
        self,
        documents: Documents,
        answers: Answers,
        audited: Audited,
        open_context: Callable[[OperationRequest], RequestContext],
        allowance: Allowance,
        *,
        persisted: Persisted | None = None,
        explains: bool = True,
    ) -> None:
        """`persisted` finds the document of a request; errors `explain` what of a value does not
        fit, where they may tell of the schema."""
        self._documents = documents
        self._persisted = persisted or Persisted(documents)
        self._explains = explains
        self._answers = answers
        self._audited = audited
        self._open_context = open_context
        self._allowance = allowance
        self._reading = Turns()

    async def answer(self, request: OperationRequest) -> Answer:
        """Document, operation, remembered answer, survey, allowance, context, execution, masking,
        encoding; `GatewayError` where it may not run now.
        """
        running = Running(request, self._audited)
        if request.query is not None and not self._documents.knows(request.query):
            # Reading one takes up to a tenth of a second: not several before others go on.
            await self._reading.stand_in_line()
        try:
            document = self._persisted.document(request)
            operation = document.operation(request.operation_name, read_only=request.read_only)
            self._documents.admit(document, request.variables)
        except OperationRefused as refused:
            running.end("refused", [refused.kind.code])
            body = refusal(refused.kind, refused.errors, request.request_id)
            return OperationResult(body, refused.reason)
        asked = _asked(document, request) if operation.operation is OperationType.QUERY else None
        if asked and (known := self._answers.to_asked(asked, request.body)) is not None:
            running.end("answered")
            self._audited.note(request, known.reads, "answered", "remembered")
            return OperationResult({}, content=known.content)
        survey = document.survey(request.operation_name, request.variables, request.caller.scopes)
        cost = operation_cost(survey, operation, request.variables)
        admitted = await self._admit(running, request, cost)
        with running.ended_by_error():
            context = self._open_context(request)
            running.executes(operation.operation.value, context, survey)
            prepared = (request.incremental and document.in_parts) or document.whole
            result = await prepared.execute(context, request.variables, request.operation_name)
            errors: list[Json] = []
            if isinstance(result, ExecutionResult):
                errors = masked(result.errors or [], request.request_id, explains=self._explains)
        explained = partial(_explained, request, context, admitted)
        if isinstance(result, ExecutionResult):
            running.end("answered", (error["extensions"]["code"] for error in errors))
            hidden = present(survey.masked, result.data) if survey else []
            whole = _whole(result.data, errors, explained(hidden))
            whole.left = admitted.left
            whole.content = await encode_in_turns(whole.body)
            if asked and not errors:
                entries = context.loaders.entries
                self._answers.remember(asked, request.body, whole.content, entries, running.reads)
            return whole
        hidden = [list(names) for names in survey.masked] if survey else []
        parts = in_parts(
            result,
            request.request_id,
            running,
            partial(explained, hidden),
            explains=self._explains,
        )
        return IncrementalResult(await anext(parts), parts, admitted.left)

    async def _admit(self, running: Running, request: OperationRequest, cost: int) -> Admitted:
        """It may run now; else what is raised says why not."""
        try:
            admitted = await self._allowance.admit(request.caller, cost)
        except GatewayError as refused:
            running.end("refused", [refused.code])
            raise
        running.is_admitted(admitted)
        return admitted


def operation_cost(
    survey: Survey | None, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> int:
    """Requests to Retell that it may make at most; none where its variables do not fit."""
    return 0 if survey is None else survey.weight.of(values_of(operation, variables)).requests


def _asked(document: Document, request: OperationRequest) -> Asked | None:
    """What to remember the answer by; None where it is for this one time only."""
    if request.explain or (request.incremental and document.in_parts):
        return None
    try:
        variables = orjson.dumps(request.variables, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return None
    return Asked(request.caller.view, document.source, request.operation_name, variables)


def _whole(data: Json | None, errors: list[Json], explained: Json) -> OperationResult:
    if data is None and errors and not any("path" in error for error in errors):
        return OperationResult({"errors": errors}, "validation")  # its variables do not fit
    body: Json = {"data": data}
    if errors:
        body["errors"] = errors
    return OperationResult(body | explained)


def _explained(
    request: OperationRequest,
    context: RequestContext,
    admitted: Admitted,
    hidden: list[list[str]],
) -> Json:
    """The `extensions`: what is masked of the answer, and how it came about, if that was asked."""
    extensions: Json = {"masked": hidden} if hidden else {}
    if request.explain:
        extensions["gateway"] = context.trace.explain(request.request_id)
        extensions["cost"] = {"estimated": admitted.cost, "used": len(context.trace.sent)}
    return {"extensions": extensions} if extensions else {}
