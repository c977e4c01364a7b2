"""The lines of one generated function: from a value, by type and selection, to a response.

What is not covered is refused (`NotCompiled`). Only names that the parser has checked, and reprs of
constants, get into a line; everything else is bound to a name. Longer than other modules: it is one
class, whose parts call each other.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from graphql import is_leaf_type, is_list_type, is_non_null_type, is_object_type

from gateway.executor.items import Members, NotCompiled, definition_of
from gateway.executor.typed import typed_list
from gateway.schema.readings import READING, Completed, Computed, Discriminator, Key, Linked, Noted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graphql import (
        GraphQLAbstractType,
        GraphQLLeafType,
        GraphQLObjectType,
        GraphQLOutputType,
    )
    from graphql.execution.collect_fields import FieldDetailsList

    from gateway.executor.compile import Compiler

    _Way = tuple[tuple[int, ...], object, str]
    """The nodes that select a field, its reading and its type."""

DEEPEST = 60
"""Levels of indentation; Python allows 100, and 20 nested loops."""


class Body:
    """The lines of one generated function."""

    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler
        self._level = 1
        self._loops = 0
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
            # Items of large pages are of a class of their own, below dict.
            other = f"{v}.__class__ is not dict and not isinstance({v}, dict)"
            self.line(f"if {other}: {v} = as_object({v})")
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
        is_typed = self._typed_list(item_type, details, v, result)
        self.line(f"if {v}.__class__ is not list: {v} = as_list({v})")
        self.line(f"{result} = []")
        item, at = self.new("v"), self.new("i")
        head = len(self.lines)
        self.block(f"for {item} in {v}:")
        loads = self.loads
        self._loops += 1
        self.line(f"{result}.append({self.value(item_type, details, item, (*path, at))})")
        self.end()
        if self.loads > loads:  # only then is the position asked for
            self.lines[head] = self.lines[head].replace(
                f"for {item} in {v}:", f"for {at}, {item} in enumerate({v}):"
            )
        self._loops -= 1
        if is_typed:
            self.end()

    def _typed_list(
        self, item_type: GraphQLOutputType, details: FieldDetailsList, v: str, result: str
    ) -> bool:
        """Lines that make the response of a list that is still bytes, as far as it is selected;
        whether there are any: then a block is open for all other lists."""
        # Within a list nothing is bytes any more: it was decoded with the rest of that.
        if self._loops or not self._compiler.reads_typed:
            return False
        decoded = self.new("s")
        typed = typed_list(self._compiler, item_type, details, decoded=decoded)
        if typed is None:
            return False
        shape, shown = typed
        read = self._compiler.typed_reader(shape)
        self.line(f"{decoded} = {read}({v}) if {v}.__class__ is not list else None")
        self.line(f"if {decoded} is not None: {result} = {shown}")
        self.block("else:")
        return True

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
        ways = [self._ways(each, details) for each in possible]
        alike: dict[object, list[int]] = {}
        for number, way in enumerate(ways):
            alike.setdefault(tuple(way.items()), []).append(number)
        shared = {} if len(alike) == 1 else self._shared(possible[0], ways, details, v, path)
        names = self._compiler.bind("names", [each.name for each in possible])
        for number, members in enumerate(alike.values()):
            head = " or ".join(f"{which} == {member}" for member in members)
            self.block(f"{'elif' if number else 'if'} {head}:")
            member, typename = possible[members[0]], f"{names}[{which}]"
            self._object(member, details, v, path, result, typename, shared)
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
            bound = self._compiler.bind("types", Members(told, numbers))
            fallback = numbers.get(told.fallback)
            self.line(f"{which} = get({v}, {told.key!r})")
            self.line(f"{which} = {bound}[{which}] if {which}.__class__ is str else {fallback}")
        elif isinstance(told, Noted):
            name_of = self._compiler.bind("name_of", told.name_of)
            bound = self._compiler.bind("types", numbers)
            self.line(f"{which} = {bound}.get({name_of}(context, {v}))")
        else:
            raise NotCompiled("an abstract type that is not told by a key")
        return which

    def _ways(self, type_: GraphQLObjectType, details: FieldDetailsList) -> dict[str, _Way]:
        """How each selected field of one possible type is read."""
        ways: dict[str, _Way] = {}
        for name, below in self._compiler.subfields(type_, details).items():
            nodes = tuple(id(detail.node) for detail in below)
            if below[0].node.name.value == "__typename":
                ways[name] = nodes, None, ""
                continue
            definition = definition_of(type_, below)
            reading = self._compiler.reading(definition) or type_.name
            ways[name] = nodes, reading, str(definition.type)
        return ways

    def _shared(
        self,
        type_: GraphQLObjectType,
        ways: Sequence[Mapping[str, _Way]],
        details: FieldDetailsList,
        v: str,
        path: tuple[str, ...],
    ) -> dict[str, str]:
        """Lines for what all possible types have selected alike, written once for all of them:
        variables of the outcomes. `type_` is the first of them."""
        shared: dict[str, str] = {}
        for name, below in self._compiler.subfields(type_, details).items():
            way = ways[0][name]
            reading = way[1]
            if isinstance(reading, Key | Computed) and all(w.get(name) == way for w in ways):
                found = self.new("v")
                self.line(f"{found} = {self._read(reading, v)}")
                wanted = definition_of(type_, below).type
                shared[name] = self.value(wanted, below, found, (*path, repr(name)))
        return shared

    def _object(
        self,
        type_: GraphQLObjectType,
        details: FieldDetailsList,
        v: str,
        path: tuple[str, ...],
        result: str,
        typename: str,
        shared: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Lines that make the response object, then those that ask for what is loaded.

        `typename` is an expression: where several types have the same selected, not always `type_`.
        What is `shared` has its outcome in a variable already.
        """
        entries: list[str] = []
        asked: list[str] = []
        for name, below in self._compiler.subfields(type_, details).items():
            if below[0].node.name.value == "__typename":
                entries.append(f"{name!r}: {typename}")
                continue
            here = (*path, repr(name))
            found = shared.get(name) or self._field(type_, name, below, v, here, asked, result)
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
        definition = definition_of(parent, details)
        reading = self._compiler.reading(definition)
        if any(is_streamed(detail.node) for detail in details):
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
            asked.append(f"if {told_by}.__class__ is str: {ask}")
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


def is_streamed(node: Any) -> bool:
    """Whether it has `@stream`, which is graphql-core's."""
    return any(directive.name.value == "stream" for directive in node.directives or ())
