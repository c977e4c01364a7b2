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
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import collect_fields, collect_subfields

from gateway.executor.leaves import Leaf, leaf_of
from gateway.executor.plan import Plan, Site, Surprise
from gateway.schema.readings import READING, Completed, Computed, Discriminator, Key, Linked, Noted
from gateway.schema.selection import SelectedNodes, Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from graphql import GraphQLOutputType
    from graphql.execution.collect_fields import FieldDetailsList
    from graphql.execution.values import VariableValues

    from gateway.executor.plan import Operation

MOST_LINES = 2_000
"""Of generated source: compiling a line takes some 30 microseconds, during which nobody else gets a
turn. What would be longer is left to graphql-core."""
DEEPEST = 60
"""Levels of indentation; Python allows 100, and 20 nested loops."""


class NotCompiled(Exception):
    """The operation has something that is left to graphql-core."""


def compile_plan(
    operation: Operation, variables: VariableValues, plain: Callable[[object], object]
) -> Plan:
    """The plan of an operation, with the conditions as these variables make them.

    `plain` makes an ordinary dict or list of what an upstream object holds in another form.
    """
    compiler = _Compiler(operation, variables, plain)
    try:
        return compiler.plan()
    except (RecursionError, SyntaxError, MemoryError, GraphQLError) as error:
        # A GraphQLError is a condition that is null: its place in the answer is graphql-core's.
        raise NotCompiled(type(error).__name__) from None


class _Compiler:
    """One compilation: the namespace of the generated code and its functions so far."""

    def __init__(
        self,
        operation: Operation,
        variables: VariableValues,
        plain: Callable[[object], object],
    ) -> None:
        self._operation = operation
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
            "plain": plain,
            "INF": float("inf"),
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
        definition = _definition(parent, details)
        if any(_is_streamed(detail.node) for detail in details):
            raise NotCompiled("@stream")
        reading = definition.extensions.get(READING)
        if not isinstance(reading, Linked | Completed):
            reading = None
            if definition.resolve is None:
                raise NotCompiled("a field that is read by nothing known")
        nullable = not is_non_null_type(definition.type)
        number = len(self._sites)
        nodes = self._selected(details)
        site = Site(number, name, parent, definition, details, reading, nullable, nodes)
        self._sites.append(site)
        self._functions.append("")
        body = _Body(self)
        if isinstance(reading, Completed):
            self.namespace[f"of_{number}"] = reading.of
            body.line(f"v = None if v is None else of_{number}(v)")
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
            leaf = leaf_of(type_, self.namespace["plain"])
            self._leaves[type_.name] = self.bind("write", leaf.write), leaf
        return self._leaves[type_.name]

    def bind(self, prefix: str, value: object) -> str:
        """A name in the generated code for a value."""
        self.names += 1
        name = f"{prefix}{self.names}"
        self.namespace[name] = value
        return name


class _Body:
    """The lines of one generated function."""

    def __init__(self, compiler: _Compiler) -> None:
        self._compiler = compiler
        self._level = 1
        self.lines: list[str] = []
        self.loads = 0
        """How many places there are in it where something is loaded."""

    def line(self, text: str) -> None:
        self._compiler.count_line()
        self.lines.append("    " * self._level + text)

    def block(self, head: str) -> None:
        self.line(head)
        self._level += 1
        if self._level > DEEPEST:
            raise NotCompiled("nested too deeply")

    def end(self) -> None:
        self._level -= 1

    def new(self, prefix: str) -> str:
        self._compiler.names += 1
        return f"{prefix}{self._compiler.names}"

    def value(
        self, type_: GraphQLOutputType, details: FieldDetailsList, v: str, path: tuple[str, ...]
    ) -> str:
        """Lines that complete the value in variable `v`; the variable that has the outcome.

        `path` are expressions of the response names and positions below the function's own path.
        """
        if is_non_null_type(type_):
            return self._complete(type_.of_type, details, v, path, nullable=False)
        return self._complete(type_, details, v, path, nullable=True)

    def _complete(
        self,
        type_: Any,
        details: FieldDetailsList,
        v: str,
        path: tuple[str, ...],
        *,
        nullable: bool,
    ) -> str:
        if is_leaf_type(type_):
            return self._leaf(type_, v, nullable=nullable)
        result = self.new("r")
        if nullable:
            self.line(f"{result} = None")
            self.block(f"if {v} is not None:")
        if is_list_type(type_):
            self._list(type_.of_type, details, v, path, result)
        else:
            self.line(f"if {v}.__class__ is not dict: {v} = as_object({v})")
            if is_object_type(type_):
                self._object(type_, details, v, path, result, repr(type_.name))
            else:
                self._abstract(type_, details, v, path, result)
        if nullable:
            self.end()
        return result

    def _leaf(self, type_: GraphQLLeafType, v: str, *, nullable: bool) -> str:
        write, leaf = self._compiler.leaf(type_)
        result = self.new("r")
        null = f"{v} is None or " if nullable else ""
        if leaf.names is not None:
            names = self._compiler.bind("names", leaf.names)
            name = f"({names}.get({v}) if {v}.__class__ is str else None) or {write}({v})"
            self.line(f"{result} = {f'None if {v} is None else ' if nullable else ''}{name}")
        elif leaf.right is None:
            quick = self._compiler.bind("coerce", type_.coerce_output_value)
            written = f"({quick}({v}) if {v}.__class__ in SIMPLE else None) or {write}({v})"
            self.line(f"{result} = {f'None if {v} is None else ' if nullable else ''}{written}")
        else:
            shown = leaf.shown.format(v=v, write=write)
            self.line(f"{result} = {v} if {null}{leaf.right.format(v=v)} else {shown}")
        return result

    def _list(
        self,
        item_type: GraphQLOutputType,
        details: FieldDetailsList,
        v: str,
        path: tuple[str, ...],
        result: str,
    ) -> None:
        self.line(f"if {v}.__class__ is not list: {v} = as_list({v})")
        self.line(f"{result} = []")
        item, at = self.new("v"), self.new("i")
        head = len(self.lines)
        self.block(f"for {item} in {v}:")
        loads = self.loads
        self.line(f"{result}.append({self.value(item_type, details, item, (*path, at))})")
        self.end()
        if self.loads > loads:  # only then is the position asked for
            self.lines[head] = self.lines[head].replace(
                f"for {item} in {v}:", f"for {at}, {item} in enumerate({v}):"
            )

    def _abstract(
        self,
        type_: GraphQLAbstractType,
        details: FieldDetailsList,
        v: str,
        path: tuple[str, ...],
        result: str,
    ) -> None:
        possible = self._compiler.possible_types(type_)
        which = self._type_number(type_, possible, v)
        alike = self._alike(possible, details)
        names = self._compiler.bind("names", [each.name for each in possible])
        for number, members in enumerate(alike.values()):
            head = " or ".join(f"{which} == {member}" for member in members)
            self.block(f"{'elif' if number else 'if'} {head}:")
            self._object(possible[members[0]], details, v, path, result, f"{names}[{which}]")
            self.end()
        self.line("else: raise Surprise")

    def _type_number(
        self, type_: GraphQLAbstractType, possible: Sequence[GraphQLObjectType], v: str
    ) -> str:
        """Lines that tell which of the possible types the value is of; the variable that says it.

        None where it is of none of them.
        """
        told = type_.extensions.get(READING)
        numbers = {each.name: number for number, each in enumerate(possible)}
        which = self.new("t")
        if isinstance(told, Discriminator):
            members = {key: numbers.get(name) for key, name in told.members.items()}
            bound, fallback = self._compiler.bind("types", members), numbers.get(told.fallback)
            self.line(f"{which} = get({v}, {told.key!r})")
            number = f"{bound}.get({which}, {fallback})"
            self.line(f"{which} = {number} if {which}.__class__ is str else {fallback}")
        elif isinstance(told, Noted):
            name_of = self._compiler.bind("name_of", told.name_of)
            bound = self._compiler.bind("types", numbers)
            self.line(f"{which} = {bound}.get({name_of}(context, {v}))")
        else:
            raise NotCompiled("an abstract type that is not told by a key")
        return which

    def _alike(
        self, possible: Sequence[GraphQLObjectType], details: FieldDetailsList
    ) -> dict[object, list[int]]:
        """The possible types, those together of which the same is read in the same way."""
        alike: dict[object, list[int]] = {}
        for number, each in enumerate(possible):
            ways: list[tuple[object, ...]] = []
            for name, below in self._compiler.subfields(each, details).items():
                nodes = tuple(id(detail.node) for detail in below)
                if below[0].node.name.value == "__typename":
                    ways.append((name, nodes))
                    continue
                definition = _definition(each, below)
                reading = definition.extensions.get(READING, each.name)
                ways.append((name, nodes, reading, str(definition.type)))
            alike.setdefault(tuple(ways), []).append(number)
        return alike

    def _object(
        self,
        type_: GraphQLObjectType,
        details: FieldDetailsList,
        v: str,
        path: tuple[str, ...],
        result: str,
        typename: str,
    ) -> None:
        """Lines that make the response object, then those that ask for what is loaded.

        `typename` is an expression: where several types have the same selected, not always `type_`.
        """
        entries: list[str] = []
        asked: list[str] = []
        for name, below in self._compiler.subfields(type_, details).items():
            if below[0].node.name.value == "__typename":
                entries.append(f"{name!r}: {typename}")
                continue
            here = (*path, repr(name))
            found = self._field(type_, name, below, v, here, asked, result)
            entries.append(f"{name!r}: {found}")
        self.line(f"{result} = {{{', '.join(entries)}}}")
        for line in asked:
            self.line(line)

    def _field(
        self,
        parent: GraphQLObjectType,
        name: str,
        details: FieldDetailsList,
        v: str,
        path: tuple[str, ...],
        asked: list[str],
        result: str,
    ) -> str:
        definition = _definition(parent, details)
        reading = definition.extensions.get(READING)
        if any(_is_streamed(detail.node) for detail in details):
            raise NotCompiled("@stream")
        if isinstance(reading, Key | Computed):
            found = self.new("v")
            self.line(f"{found} = {self._read(reading, v)}")
            return self.value(definition.type, details, found, path)
        site = self._compiler.site(name, parent, details)
        number = site.number
        self.loads += 1
        told_by, place = self.new("k"), f"(*path, {', '.join(path)})"
        ask = f"pending.append((site_{number}, {result}, {told_by}, {place}))"
        if isinstance(reading, Linked):
            key = self._compiler.bind("key", reading.key)
            self.line(f"{told_by} = {key}({v})")
            asked.append(f"if {told_by} is not None: {ask}")
        elif isinstance(reading, Completed):
            return self._completed(reading, number, v, place, told_by, ask, asked)
        else:
            self.line(f"{told_by} = {v}")
            asked.append(ask)
        return "None"

    def _completed(
        self,
        reading: Completed,
        number: int,
        v: str,
        place: str,
        told_by: str,
        ask: str,
        asked: list[str],
    ) -> str:
        """A field that lists leave out: at hand, or asked for."""
        is_full, found = self._compiler.bind("is_full", reading.is_full), self.new("r")
        self.line(f"{found} = {told_by} = None")
        self.block(f"if get({v}, {reading.name!r}) is not None or {is_full}({v}):")
        self.line(f"{found} = complete_{number}({v}, {place}, pending, context)")
        self.end()
        self.line(f"else: {told_by} = {v}")
        asked.append(f"if {told_by} is not None: {ask}")
        return found

    def _read(self, reading: Key | Computed, v: str) -> str:
        """An expression of the value of a field of `v`."""
        if isinstance(reading, Computed):
            return f"{self._compiler.bind('compute', reading.compute)}({v})"
        *newer, last = reading.names
        expression = f"get({v}, {last!r})"
        for name in reversed(newer):
            expression = f"get({v}, {name!r}) if {name!r} in {v} else {expression}"
        return expression


def _definition(parent: GraphQLObjectType, details: FieldDetailsList) -> Any:
    definition = parent.fields.get(details[0].node.name.value)
    if definition is None:
        raise NotCompiled("introspection")
    return definition


def _is_streamed(node: Any) -> bool:
    return any(directive.name.value == "stream" for directive in node.directives or ())


def _reader(kind: type, plain: Callable[[object], object]) -> Callable[[object], Any]:
    """What reads a value that should be of this class, but may hold it in another form."""

    def read(value: object) -> Any:
        if not isinstance(value, kind):
            value = plain(value)
            if not isinstance(value, kind):
                raise Surprise
        return value

    return read
