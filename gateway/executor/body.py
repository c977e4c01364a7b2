"""The lines of one generated function: from a value, by type and selection, to a response.

What is not covered is refused (`NotCompiled`). Only names that the parser has checked, and reprs of
constants, get into a line; everything else is bound to a name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import is_leaf_type, is_list_type, is_non_null_type, is_object_type

from gateway.executor.items import NotCompiled, definition_of, item_keys
from gateway.schema.readings import READING, Completed, Computed, Discriminator, Key, Linked, Noted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphql import (
        GraphQLAbstractType,
        GraphQLLeafType,
        GraphQLObjectType,
        GraphQLOutputType,
    )
    from graphql.execution.collect_fields import FieldDetailsList

    from gateway.executor.compile import Compiler

DEEPEST = 60
"""Levels of indentation; Python allows 100, and 20 nested loops."""


class _Members(dict[str, int | None]):
    """The number of the type that each kind is of; of those that are not known, the fallback's."""

    def __init__(self, told: Discriminator, numbers: dict[str, int]) -> None:
        super().__init__({key: numbers.get(name) for key, name in told.members.items()})
        self._told = told
        self._numbers = numbers

    def __missing__(self, kind: str) -> int | None:
        return self._numbers.get(self._told.newer(kind))


class Body:
    """The lines of one generated function."""

    def __init__(self, compiler: Compiler) -> None:
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
        as_list = self._compiler.list_reader(item_keys(self._compiler, item_type, details))
        self.line(f"if {v}.__class__ is not list: {v} = {as_list}({v})")
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
            bound = self._compiler.bind("types", _Members(told, numbers))
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
                definition = definition_of(each, below)
                reading = self._compiler.reading(definition) or each.name
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


def is_streamed(node: Any) -> bool:
    """Whether it has `@stream`, which is graphql-core's."""
    return any(directive.name.value == "stream" for directive in node.directives or ())
