"""Documents that are compiled when they come back, and what graphql-core does for them."""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from graphql import ExecutionResult

from gateway.executor.compile import compile_plan
from gateway.executor.conditions import Conditions
from gateway.executor.interpret import interpret
from gateway.executor.items import NotCompiled
from gateway.executor.plan import Execution, Operation, Surprise
from gateway.executor.run import Failed, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from graphql import DocumentNode, GraphQLSchema
    from graphql.execution.values import VariableValues

    from gateway.executor.interpret import Executed
    from gateway.executor.plan import Plan
    from gateway.executor.typed import Typed

log = logging.getLogger(__name__)

MOST_PLANS = 16
"""Of one document: one for each operation, combination of its conditions and set of scopes."""


class Compiler:
    """Prepares documents. One for the process; it bounds the plans of all of them together."""

    def __init__(
        self,
        schema: GraphQLSchema,
        plain: Callable[[object], object],
        *,
        from_use: int = 2,
        most_bytes: int = 64 * 1024 * 1024,
        scopes_of: Callable[[Any], frozenset[str] | None] = lambda _context: None,
        typed: Typed | None = None,
    ) -> None:
        """`plain` makes an ordinary dict or list of what an upstream object holds in another form;
        `scopes_of` tells by a context what its caller may see, where that is not everything, and
        `typed` gives what reads lists that are still bytes, if these are of a shape.

        Documents are compiled when they are executed for the `from_use`th time: most that come
        once never come again, and compiling one costs as much as executing it. When their plans
        take more than `most_bytes`, about, those used longest ago are forgotten.
        """
        self.schema = schema
        self.plain = plain
        self.from_use = from_use
        self.scopes_of = scopes_of
        self.typed = typed
        self._most_bytes = most_bytes
        self._bytes = 0
        self._sizes: OrderedDict[Compiled, int] = OrderedDict()

    def uses(self, compiled: Compiled) -> None:
        """Its plans are in use: others are forgotten first."""
        if compiled in self._sizes:
            self._sizes.move_to_end(compiled)

    def keeps(self, compiled: Compiled, plan: Plan) -> None:
        """It has one plan more."""
        self._sizes[compiled] = self._sizes.get(compiled, 0) + plan.size
        self._bytes += plan.size
        while self._bytes > self._most_bytes:
            oldest, size = self._sizes.popitem(last=False)
            self._bytes -= size
            oldest.forget()

    def prepare(self, document: DocumentNode, *, from_use: int | None = None) -> Compiled:
        """The document, ready to be executed; `from_use` is its own. It has neither `@defer` nor
        `@stream`, if they are to be heeded."""
        return Compiled(self, document, self.from_use if from_use is None else from_use)


class Compiled:
    """A document and the plans of its operations."""

    def __init__(self, compiler: Compiler, document: DocumentNode, from_use: int) -> None:
        self._compiler = compiler
        self._document = document
        self._from_use = from_use
        self._uses = 0
        self._conditions = Conditions(document)
        self._operations: dict[str | None, Operation | None] = {}
        self._plans: dict[tuple[object, ...], Plan | None] = {}

    def forget(self) -> None:
        """Give up all plans: they are made again where they are needed again."""
        self._plans = {}

    async def execute(
        self, context: object, variables: Mapping[str, Any], operation_name: str | None
    ) -> Executed:
        """The result: graphql-core's, by whichever way it comes."""
        self._uses += 1
        operation = None
        if self._uses >= self._from_use:
            operation = self._operation(operation_name)
        if operation is not None:
            values = operation.variables.coerced(variables)
            if isinstance(values, list):
                return ExecutionResult(None, values)
            plan = self._plan(operation, values, self._compiler.scopes_of(context))
            if plan is not None:
                run = Run(plan, Execution(operation, values, context))
                try:
                    return await run.result()
                except Surprise as surprise:
                    # Never its words: graphql-core's repeat the value.
                    why = type(surprise.__cause__).__name__
                    log.debug("left to graphql-core", extra={"why": why})
                return await self._interpret(context, variables, operation_name, run.results)
        return await self._interpret(context, variables, operation_name, {})

    def _operation(self, name: str | None) -> Operation | None:
        if name not in self._operations:
            self._operations[name] = Operation.of(self._compiler.schema, self._document, name)
        return self._operations[name]

    def _plan(
        self, operation: Operation, variables: VariableValues, scopes: frozenset[str] | None
    ) -> Plan | None:
        which = operation, scopes, *self._conditions.of(variables.coerced)
        if which not in self._plans:
            if len(self._plans) >= MOST_PLANS:
                return None
            try:
                plan = compile_plan(
                    operation,
                    variables,
                    self._compiler.plain,
                    scopes,
                    self._compiler.typed,
                )
            except NotCompiled:
                plan = None
            self._plans[which] = plan
            if plan is not None:
                self._compiler.keeps(self, plan)
            return plan
        self._compiler.uses(self)
        return self._plans[which]

    async def _interpret(
        self,
        context: object,
        variables: Mapping[str, Any],
        operation_name: str | None,
        results: Mapping[str, object],
    ) -> Executed:
        """By graphql-core; root fields that have resolved already are not resolved again."""

        def once(resolve: Callable[..., object], source: object, info: Any, **given: Any) -> object:
            if info.path.prev is not None or info.path.key not in results:
                return resolve(source, info, **given)
            result = results[info.path.key]
            if isinstance(result, Failed):
                raise result.error
            return result

        return await interpret(
            self._compiler.schema,
            self._document,
            context=context,
            variables=variables,
            operation_name=operation_name,
            around_resolvers=once if results else None,
        )
