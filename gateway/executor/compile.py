"""Compiles an operation to Python: straight-line code from upstream JSON to the response.

The code knows right values only; any other raises, and graphql-core then words the answer. Pure:
nothing is executed here. Only GraphQL names, checked by the parser, get into the source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLAbstractType,
    GraphQLError,
    GraphQLLeafType,
    GraphQLObjectType,
    OperationType,
    is_non_null_type,
)
from graphql.execution.collect_fields import collect_fields, collect_subfields

from gateway.executor.arguments import Arguments
from gateway.executor.body import Body, is_streamed
from gateway.executor.items import NotCompiled, definition_of
from gateway.executor.leaves import Leaf, leaf_of
from gateway.executor.plan import Plan, Site, Surprise
from gateway.executor.typed import surprise
from gateway.schema.readings import READING, Completed, Linked, Reading, chosen
from gateway.schema.selection import SelectedNodes, Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from graphql import GraphQLField
    from graphql.execution.collect_fields import FieldDetailsList
    from graphql.execution.values import VariableValues

    from gateway.executor.plan import Operation
    from gateway.executor.typed import Shape, Typed

MOST_LINES = 2_000
"""Of generated source: compiling a line takes some 30 microseconds, during which nobody else gets a
turn. What would be longer is left to graphql-core."""


def compile_plan(
    operation: Operation,
    variables: VariableValues,
    plain: Callable[[object], object],
    scopes: frozenset[str] | None = None,
    typed: Typed | None = None,
) -> Plan:
    """The plan of an operation, with the conditions as these variables make them, for callers with
    these scopes; None are all of them.

    `plain` makes an ordinary dict or list of what an upstream object holds in another form; `typed`
    gives what reads lists that are still bytes, if these are of a shape.
    """
    compiler = Compiler(operation, variables, plain, scopes, typed)
    try:
        return compiler.plan()
    except (RecursionError, SyntaxError, MemoryError, GraphQLError) as error:
        # A GraphQLError is a condition that is null: its place in the answer is graphql-core's.
        raise NotCompiled(type(error).__name__) from None


class Compiler:
    """One compilation: the namespace of the generated code and its functions so far."""

    def __init__(
        self,
        operation: Operation,
        variables: VariableValues,
        plain: Callable[[object], object],
        scopes: frozenset[str] | None,
        typed: Typed | None,
    ) -> None:
        self._operation = operation
        self.plain = plain
        self._typed = typed
        self._scopes = scopes
        self._variables = variables
        self._functions: list[str] = []
        self._sites: list[Site] = []
        self._leaves: dict[str, tuple[str, Leaf]] = {}
        self._lines = 0
        self.names = 0
        self.namespace: dict[str, Any] = {
            "get": dict.get,
            "Surprise": Surprise,
            "as_object": _reader(dict, plain),
            "as_list": _reader(list, plain),
            "surprise": surprise,
            "SIMPLE": frozenset({str, int, float, bool}),
        }

    def plan(self) -> Plan:
        schema, definition = self._operation.schema, self._operation.definition
        root = schema.get_root_type(definition.operation)
        if root is None or definition.operation is OperationType.SUBSCRIPTION:
            raise NotCompiled("subscription")
        collected = collect_fields(
            schema, self._operation.fragments, self._variables, root, definition
        )
        if collected.new_defer_usages:
            raise NotCompiled("@defer")
        constants: dict[str, object] = {}
        roots: list[Site] = []
        for name, details in collected.grouped_field_set.items():
            if details[0].node.name.value == "__typename":
                constants[name] = root.name
                continue
            if roots and definition.operation is OperationType.MUTATION:
                # After each, what is held is forgotten: answering anew would read it once more.
                raise NotCompiled("several changes")
            constants[name] = None
            roots.append(self.site(name, root, details))
        source = "\n\n".join(self._functions)
        exec(compile(source, "<operation>", "exec"), self.namespace)  # noqa: S102 - see the module
        for number, site in enumerate(self._sites):
            site.complete = self.namespace[f"complete_{number}"]
        return Plan(tuple(roots), constants, source)

    def site(self, name: str, parent: GraphQLObjectType, details: FieldDetailsList) -> Site:
        """A field whose value is loaded, and its function."""
        definition = definition_of(parent, details)
        if any(is_streamed(detail.node) for detail in details):
            raise NotCompiled("@stream")
        reading = self.reading(definition)
        if not isinstance(reading, Linked | Completed):
            reading = None
            if definition.resolve is None:
                raise NotCompiled("a field that is read by nothing known")
        nullable = not is_non_null_type(definition.type)
        number = len(self._sites)
        nodes = self._selected(details)
        arguments = Arguments(definition, details[0]) if definition.args and not reading else None
        site = Site(number, name, parent, definition, reading, nullable, nodes, arguments)
        self._sites.append(site)
        self._functions.append("")
        body = Body(self)
        if isinstance(reading, Completed):
            self.namespace[f"of_{number}"] = reading.of
            # As it is held, if it is shown as it is: then it is read as far as it is selected.
            held = f"get(v, {reading.name!r})" if reading.convert is None else f"of_{number}(v)"
            body.line(f"v = None if v is None else {held}")
        elif isinstance(reading, Linked):
            body.line("if v is not None and v.__class__ is not dict: v = as_object(v)")
        result = body.value(definition.type, details, "v", ())
        body.line(f"return {result}")
        site.shareable = body.loads == 0
        self._functions[number] = "\n".join(
            [f"def complete_{number}(v, path, pending, context):", *body.lines]
        )
        self.namespace[f"site_{number}"] = site
        return site

    def _selected(self, details: FieldDetailsList) -> SelectedNodes:
        nodes = tuple(detail.node for detail in details)
        fragments = self._operation.fragment_definitions
        return SelectedNodes(nodes, Selection(nodes, fragments, self._variables).names)

    def reading(self, definition: GraphQLField) -> Reading | None:
        """How a field is read for these callers; None where it has a resolver of its own."""
        return chosen(definition.extensions.get(READING), self._scopes)

    def count_line(self) -> None:
        """One more line of source was made."""
        self._lines += 1
        if self._lines > MOST_LINES:
            raise NotCompiled("too long")

    def subfields(self, type_: GraphQLObjectType, details: FieldDetailsList) -> Any:
        """The fields selected of a type, by response name, as graphql-core collects them."""
        operation = self._operation
        collected = collect_subfields(
            operation.schema,
            operation.fragments,
            self._variables,
            operation.definition,
            type_,
            details,
        )
        if collected.new_defer_usages:
            raise NotCompiled("@defer")
        return collected.grouped_field_set

    def possible_types(self, type_: GraphQLAbstractType) -> Sequence[GraphQLObjectType]:
        """The object types that a value of an abstract type can be of."""
        return self._operation.schema.get_possible_types(type_)

    def leaf(self, type_: GraphQLLeafType) -> tuple[str, Leaf]:
        """How the generated code names what writes a leaf type, and that."""
        if type_.name not in self._leaves:
            leaf = leaf_of(type_, self.plain)
            self._leaves[type_.name] = self.bind("write", leaf.write), leaf
        return self._leaves[type_.name]

    @property
    def reads_typed(self) -> bool:
        """Whether lists that are still bytes can be read by their shape."""
        return self._typed is not None

    def typed_reader(self, shape: Shape) -> str:
        """How the generated code names what reads such lists; see `Typed`."""
        assert self._typed is not None  # noqa: S101 - narrowing: `reads_typed` was asked
        return self.bind("read", self._typed(shape))

    def bind(self, prefix: str, value: object) -> str:
        """A name in the generated code for a value."""
        self.names += 1
        name = f"{prefix}{self.names}"
        self.namespace[name] = value
        return name


def _reader(kind: type, plain: Callable[[object], object]) -> Callable[[object], Any]:
    """What reads a value that should be of this class, but may hold it in another form."""

    def read(value: object) -> Any:
        if not isinstance(value, kind):
            value = plain(value)
            if not isinstance(value, kind):
                raise Surprise
        return value

    return read
