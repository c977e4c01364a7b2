"""Documents: parsed, measured and validated once, then remembered; bad ones as well, apart."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from graphql import REMOVE, GraphQLError, OperationType, Visitor, get_operation_ast, visit

from gateway.errors import BadRequest, BadUserInput, GraphQLValidationFailed
from gateway.executor.conditions import Conditions
from gateway.executor.interpret import Interpreted
from gateway.executor.plan import Operation
from gateway.operation.limits import DocumentLimits, check_variables
from gateway.operation.reading import OperationRefused, Reader, refused
from gateway.operation.survey import Survey, survey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from graphql import DirectiveNode, DocumentNode, GraphQLSchema, OperationDefinitionNode

    from gateway.executor.interpret import Prepared

CHARACTER_BYTES = 2
"""What a character of a source takes in memory, about."""
TOKEN_BYTES = 400
"""What a token of a document takes, with its node and place (measured)."""
ERROR_BYTES = 500

V = TypeVar("V")


MOST_SURVEYS = 16
"""Of one document: one for each operation, combination of its conditions and set of scopes."""


@dataclass(frozen=True, eq=False)
class Document:
    """A valid document."""

    source: str
    written: DocumentNode
    """As it was written."""
    root_fields: int
    """Of the operation that has most of them, fragments written out."""
    in_parts: Prepared | None
    """For clients that take an answer in parts; None where it asks for none."""
    whole: Prepared
    """Without `@defer` and `@stream`."""
    schema: GraphQLSchema
    conditions: Conditions
    surveys: dict[tuple[object, ...], Survey] = field(default_factory=dict)
    operations: dict[str | None, OperationDefinitionNode] = field(default_factory=dict)
    """Those that were asked for, by the name that was given."""

    def prepared(self, *, in_parts: bool) -> Prepared:
        """For a client that takes an answer in parts, or one that does not."""
        return self.in_parts if in_parts and self.in_parts is not None else self.whole

    def survey(
        self, name: str | None, variables: Mapping[str, Any], scopes: frozenset[str] | None
    ) -> Survey | None:
        """What the operation of this name asks for, by a caller with these scopes.

        None where its variables do not fit: then it is not executed. `OperationRefused` where a
        condition is null: what it cost and showed could not be told.
        """
        which = name, scopes, *self.conditions.of(variables)
        if (known := self.surveys.get(which)) is not None:
            return known
        operation = Operation.of(self.schema, self.written, name)
        assert operation is not None  # noqa: S101 - narrowing: `operation` has found it
        values = operation.variables.coerced(variables)
        if isinstance(values, list):
            return None
        try:
            found = survey(operation, values, scopes)
        except GraphQLError:
            raise refused(BadUserInput, "A condition of `@skip` or `@include` is null.") from None
        if len(self.surveys) < MOST_SURVEYS:
            self.surveys[which] = found
        return found

    def operation(self, name: str | None, *, read_only: bool) -> OperationDefinitionNode:
        """The operation of this name, or the only one; `OperationRefused` where it cannot be."""
        operation = self.operations.get(name)
        if operation is None:
            operation = get_operation_ast(self.written, name)
            if operation is None:
                missing = "There is no such operation." if name else "Name one of the operations."
                raise refused(GraphQLValidationFailed, missing)
            self.operations[name] = operation
        if read_only and operation.operation is not OperationType.QUERY:
            message = "Only queries are answered to GET: send this with POST."
            raise refused(BadRequest, message, "method")
        return operation


class _WithoutParts(Visitor):
    """Removes what asks for parts, and tells whether there was any."""

    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def enter_directive(self, node: DirectiveNode, *_: object) -> object:
        if node.name.value not in {"defer", "stream"}:
            return None
        self.found = True
        return REMOVE


@dataclass(slots=True)
class _Recent(Generic[V]):
    """The most recently used, up to a number and a size of all together."""

    most: int
    most_bytes: int
    _kept: OrderedDict[str, tuple[V, int]] = field(default_factory=OrderedDict)
    _bytes: int = 0

    def get(self, source: str) -> V | None:
        found = self._kept.get(source)
        if found is None:
            return None
        self._kept.move_to_end(source)
        return found[0]

    def __contains__(self, source: str) -> bool:
        return source in self._kept

    def put(self, source: str, value: V, size: int) -> None:
        """Keep what is not there yet, unless it is larger than all may be."""
        if size > self.most_bytes:
            return
        self._kept[source] = value, size
        self._bytes += size
        while len(self._kept) > self.most or self._bytes > self.most_bytes:
            _, (_, oldest_size) = self._kept.popitem(last=False)
            self._bytes -= oldest_size


class Documents:
    """One for the process. Holds no variables and nothing of any tenant."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: DocumentLimits,
        prepare: Callable[[DocumentNode], Prepared],
        *,
        explains: bool = True,
        most: int = 1000,
        most_bytes: int = 64 * 1024 * 1024,
        most_refused: int = 200,
        most_refused_bytes: int = 4 * 1024 * 1024,
    ) -> None:
        """`prepare` makes a document ready to be executed.

        Where they may tell of the schema, errors `explain` what does not fit.
        """
        self._schema = schema
        self._limits = limits
        self._reader = Reader(schema, limits, explains)
        self._prepare = prepare
        self._good: _Recent[Document] = _Recent(most, most_bytes)
        self._bad: _Recent[OperationRefused] = _Recent(most_refused, most_refused_bytes)

    def prepare(self, source: str) -> Document:
        """The document; `OperationRefused` where it cannot be executed."""
        if (document := self.known(source)) is not None:
            return document
        if (known := self._bad.get(source)) is not None:
            raise OperationRefused(known.reason, known.kind, known.errors)
        try:
            parsed, measured = self._reader.read(source)
        except OperationRefused as error:
            errors = [_bare(each) for each in error.errors]
            told = sum(ERROR_BYTES + CHARACTER_BYTES * len(each.message) for each in errors)
            # Not what was raised: its traceback holds the request of whoever sent this first.
            kept = OperationRefused(error.reason, error.kind, errors)
            self._bad.put(source, kept, CHARACTER_BYTES * len(source) + told)
            raise
        removing = _WithoutParts()
        # Walking a document takes its time: where there is no directive, none is looked for.
        whole = visit(parsed, removing) if "@" in source else parsed
        document = Document(
            source=source,
            written=parsed,
            root_fields=measured.level,
            in_parts=Interpreted(self._schema, parsed) if removing.found else None,
            whole=self._prepare(whole),
            schema=self._schema,
            conditions=Conditions(whole if "@" in source else None),
        )
        size = CHARACTER_BYTES * len(source) + TOKEN_BYTES * parsed.token_count
        self._good.put(source, document, size)
        return document

    def known(self, source: str) -> Document | None:
        """The document, where it was read before and is a valid one."""
        return self._good.get(source)

    def knows(self, source: str) -> bool:
        """Whether it was read before, and what came of it is remembered."""
        return source in self._good or source in self._bad

    def admit(self, document: Document, variables: Mapping[str, Any]) -> None:
        """`OperationRefused` where these variables are too many for it."""
        try:
            check_variables(variables, document.root_fields, self._limits.values)
        except BadUserInput as error:
            raise refused(type(error), error.message) from None


def _bare(error: GraphQLError) -> GraphQLError:
    """Without the nodes, tokens and frames that an error keeps alive."""
    bare = GraphQLError(error.message)
    bare.locations = error.locations
    return bare
