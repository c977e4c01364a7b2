"""One GraphQL operation, start to end: `answer` is the list of steps."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import orjson
from graphql import ExecutionResult, OperationType

from gateway.errors import PersistedQueryNotFound, PersistedQueryNotSupported
from gateway.operation.answering import Answering
from gateway.operation.answers import Asked
from gateway.operation.encoding import encode_in_turns
from gateway.operation.masking import refusal
from gateway.operation.persisted import Persisted
from gateway.operation.rates import REFUSAL
from gateway.operation.reading import OperationRefused
from gateway.operation.request import OperationResult
from gateway.operation.running import Running
from gateway.operation.survey import operation_cost
from gateway.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphql import OperationDefinitionNode

    from gateway.context import RequestContext
    from gateway.operation.allowance import Allowance
    from gateway.operation.answers import Answers, Remembered
    from gateway.operation.audited import Audited
    from gateway.operation.documents import Document, Documents
    from gateway.operation.request import Answer, OperationRequest


FOUND_OUT = frozenset({PersistedQueryNotFound, PersistedQueryNotSupported})
"""What clients ask for on purpose, to find out whether a text has to be sent; nothing was read."""


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
        """Document, operation, limits of variables, remembered answer, survey, allowance, context,
        execution, answer; `GatewayError` where it may not run now.
        """
        with Running(request, self._audited) as running:
            try:
                return await self._answered(request, running)
            except OperationRefused as refused:
                return await self._refused(refused, request, running)

    async def _answered(self, request: OperationRequest, running: Running) -> Answer:
        document = self._persisted.at_hand(request) or await self._read(request)
        operation = document.operation(request.operation_name, read_only=request.read_only)
        self._documents.admit(document, request.variables)
        asked = None if self._answers.is_off else _asked(request, document, operation)
        if asked is not None and (known := self._answers.to_asked(asked, request.body)) is not None:
            return self._remembered(known, request, running)
        survey = document.survey(request.operation_name, request.variables, request.caller.scopes)
        cost = operation_cost(survey, operation, request.variables)
        # Without a survey its variables do not fit: it will be refused, in words of graphql-core.
        least = REFUSAL if survey is None else 0
        admitted = await self._allowance.admit(request.caller, cost, least=least)
        running.is_admitted(admitted)
        context = self._open_context(request)
        running.executes(operation.operation.value, context, survey)
        if operation.operation is not OperationType.QUERY:
            # What changes something has limits that need a task, and this may be none's turn.
            await asyncio.sleep(0)
        prepared = document.prepared(in_parts=request.incremental)
        result = await prepared.execute(context, request.variables, request.operation_name)
        answering = Answering(request, running, admitted, survey, context, self._explains)
        if not isinstance(result, ExecutionResult):
            return await answering.in_parts(result)
        answer = answering.whole(result)
        answer.content = await encode_in_turns(answer.body)
        self._remember(asked, answer, request, running, context)
        answering.tell_cost(answer)
        return answer

    async def _read(self, request: OperationRequest) -> Document:
        """Reading a document takes up to a tenth of a second: not several before others go on, and
        none for who has nothing left."""
        if self._persisted.must_read(request):
            self._allowance.check(request.caller)  # before others have to wait behind it
            await self._reading.stand_in_line()
            self._allowance.check(request.caller)  # it may have been spent meanwhile
        return self._persisted.document(request)

    def _remembered(
        self, known: Remembered, request: OperationRequest, running: Running
    ) -> OperationResult:
        running.end("answered")
        self._audited.note(request, known.reads, "answered", "remembered")
        return OperationResult({}, content=known.content)

    async def _refused(
        self, refused: OperationRefused, request: OperationRequest, running: Running
    ) -> OperationResult:
        """The answer, or `AllowanceSpent`: what reading took counts."""
        left = None
        if refused.kind not in FOUND_OUT:
            left = await self._allowance.charge(request.caller)
        running.end("refused", [refused.kind.code])
        body = refusal(refused.kind, refused.errors, request.request_id)
        return OperationResult(body, refused.reason, left=left)

    def _remember(
        self,
        asked: Asked | None,
        answer: OperationResult,
        request: OperationRequest,
        running: Running,
        context: RequestContext,
    ) -> None:
        if asked is None or answer.content is None or "errors" in answer.body:
            return
        made_from = context.loaders.entries
        self._answers.remember(asked, request.body, answer.content, made_from, running.reads)


def _asked(
    request: OperationRequest, document: Document, operation: OperationDefinitionNode
) -> Asked | None:
    """What to remember the answer by; None where it is for this one time only."""
    if operation.operation is not OperationType.QUERY:
        return None
    if request.explain or (request.incremental and document.in_parts):
        return None
    try:
        variables = orjson.dumps(request.variables, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return None
    return Asked(request.caller.view, document.source, request.operation_name, variables)
