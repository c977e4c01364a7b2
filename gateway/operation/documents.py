"""Documents: parsed, measured and validated once, then remembered; bad ones as well, apart."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar

from graphql import (
    REMOVE,
    GraphQLError,
    GraphQLSyntaxError,
    OperationType,
    Visitor,
    get_operation_ast,
    parse,
    validate,
    visit,
)
from graphql.validation.rules import overlapping_fields_can_be_merged

from gateway.errors import BadRequest, GatewayError, GraphQLParseFailed, GraphQLValidationFailed
from gateway.operation.limits import DocumentLimits, check_limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphql import DirectiveNode, DocumentNode, GraphQLSchema, OperationDefinitionNode

    from gateway.operation.request import Refusal

# graphql-core's own budget lets 37 KB of conflicting arguments hold the event loop for seconds.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 20_000

V = TypeVar("V")


class OperationRefused(Exception):
    """An operation that will not be executed, and what is wrong with it."""

    def __init__(
        self, reason: Refusal, kind: type[GatewayError], errors: Sequence[GraphQLError]
    ) -> None:
        super().__init__(kind.code)
        self.reason: Refusal = reason
        self.kind = kind
        self.errors = errors


@dataclass(frozen=True, eq=False)
class Document:
    """A valid document."""

    incremental: DocumentNode
    """As it was written."""

    @cached_property
    def whole(self) -> DocumentNode:
        """Without `@defer` and `@stream`: for clients that take an answer in one piece only."""
        whole: DocumentNode = visit(self.incremental, _WithoutParts())
        return whole

    def operation(self, name: str | None, *, read_only: bool) -> OperationDefinitionNode:
        """The operation of this name, or the only one; `OperationRefused` where it cannot be."""
        operation = get_operation_ast(self.incremental, name)
        if operation is None:
            which = "Name one of the operations." if name is None else "There is no such operation."
            raise OperationRefused("validation", GraphQLValidationFailed, [GraphQLError(which)])
        if read_only and operation.operation is not OperationType.QUERY:
            message = "Only queries are answered to GET: send this with POST."
            raise OperationRefused("method", BadRequest, [GraphQLError(message)])
        return operation


class _WithoutParts(Visitor):
    def enter_directive(self, node: DirectiveNode, *_: object) -> object:
        return REMOVE if node.name.value in {"defer", "stream"} else None


@dataclass(slots=True)
class _Recent(Generic[V]):
    """The most recently used, up to a number and a length of all their sources together."""

    most: int
    most_characters: int
    _kept: OrderedDict[str, V] = field(default_factory=OrderedDict)
    _characters: int = 0

    def get(self, source: str) -> V | None:
        value = self._kept.get(source)
        if value is not None:
            self._kept.move_to_end(source)
        return value

    def put(self, source: str, value: V) -> None:
        self._kept[source] = value
        self._characters += len(source)
        while len(self._kept) > self.most or self._characters > self.most_characters:
            oldest, _ = self._kept.popitem(last=False)
            self._characters -= len(oldest)


class Documents:
    """One for the process. Holds no variables and nothing of any tenant."""

    def __init__(self, schema: GraphQLSchema, limits: DocumentLimits) -> None:
        self._schema = schema
        self._limits = limits
        self._good: _Recent[Document] = _Recent(most=1000, most_characters=2_000_000)
        self._bad: _Recent[OperationRefused] = _Recent(most=200, most_characters=200_000)

    def prepare(self, source: str) -> Document:
        """The document; `OperationRefused` where it cannot be executed."""
        if (document := self._good.get(source)) is not None:
            return document
        if (refused := self._bad.get(source)) is not None:
            raise OperationRefused(refused.reason, refused.kind, refused.errors)
        try:
            document = Document(self._validated(self._parsed(source)))
        except OperationRefused as error:
            self._bad.put(source, error.with_traceback(None))
            raise
        self._good.put(source, document)
        return document

    def _parsed(self, source: str) -> DocumentNode:
        try:
            return parse(
                source,
                max_lexical_tokens=self._limits.tokens,
                max_comments=self._limits.comments,
                max_source_length=self._limits.characters,
            )
        except GraphQLSyntaxError as error:
            raise OperationRefused("parse", GraphQLParseFailed, [error]) from None
        except RecursionError:
            deep = GraphQLError("Syntax Error: the document is nested too deeply.")
            raise OperationRefused("parse", GraphQLParseFailed, [deep]) from None

    def _validated(self, document: DocumentNode) -> DocumentNode:
        try:
            check_limits(document, self._limits)
            errors = validate(self._schema, document)
        except GraphQLValidationFailed as error:
            errors = [GraphQLError(error.message)]
        except RecursionError:
            errors = [GraphQLError("The document is nested too deeply.")]
        if errors:
            raise OperationRefused("validation", GraphQLValidationFailed, errors)
        return document
