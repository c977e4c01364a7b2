"""How large a document may be. Pure; each fragment is measured once, however often it is spread.

Measured before validation, whose cost grows with what is counted here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
)

from gateway.errors import (
    AliasLimitExceeded,
    DefinitionLimitExceeded,
    DepthLimitExceeded,
    DirectiveLimitExceeded,
    FieldLimitExceeded,
    IntrospectionDisabled,
    IntrospectionLimitExceeded,
    RootFieldLimitExceeded,
    VariableLimitExceeded,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from graphql import (
        DirectiveNode,
        DocumentNode,
        SelectionNode,
        SelectionSetNode,
    )

    from gateway.errors import GraphQLValidationFailed


INTROSPECTIONS = frozenset({"__schema", "__type"})
"""Fields that tell of the schema."""


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """The largest document that is looked at."""

    characters: int = 100_000
    tokens: int = 4_000
    comments: int = 1_000
    definitions: int = 100
    """Operations and fragments of a document."""
    depth: int = 12
    """Levels of fields below the operation."""
    fields: int = 500
    """Fields of one operation with all fragments written out, not multiplied by lists."""
    aliases: int = 30
    """Aliased fields of one operation, fragments written out."""
    root_fields: int = 20
    """Fields of one operation at its root, fragments written out."""
    directives: int = 50
    """Directives of one operation, fragments written out."""
    directives_at_once: int = 5
    """Directives at one place: none may come twice there, and there are not so many."""
    introspections: int = 3
    """Of the fields, `__schema` and `__type`; with 0, introspection is off."""
    introspection_depth: int = 20
    """Levels below these, which count for no other limit of depth."""
    introspection_fields: int = 500
    """Fields below these, which count for no other limit of fields."""
    values: int = 5_000
    """Values in the variables, times the root fields: each of them may convert all of them."""


class Size(NamedTuple):
    """Of a selection set, with its fragments written out."""

    fields: int = 0
    aliases: int = 0
    level: int = 0
    """Fields of the first level alone."""
    directives: int = 0
    introspections: int = 0
    introspection_fields: int = 0
    # From here on, what is together is as large as the largest of it.
    depth: int = 0
    directives_at_once: int = 0
    introspection_depth: int = 0


def measured(document: DocumentNode) -> Size:
    """The most that any operation of the document has of each, fragments that none spreads apart:
    of these the fields, since validation takes its time for them before it refuses them.
    """
    measure = _Measure(document)
    sizes = [
        measure.operation(definition)
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    ]
    sizes.extend(Size(fields=fields) for fields in measure.unspread())
    return Size(*map(max, zip(*sizes, strict=True))) if sizes else _NOTHING


def check_limits(document: DocumentNode, limits: DocumentLimits) -> Size:
    """Its size; `GraphQLValidationFailed`, the kind of the limit, where it is over one."""
    if len(document.definitions) > limits.definitions:
        raise DefinitionLimitExceeded(
            f"The document has more than the {limits.definitions} definitions allowed."
        )
    size = measured(document)
    if size.introspections and not limits.introspections:
        raise IntrospectionDisabled("Introspection is off here.")
    if size.depth > limits.depth:
        raise DepthLimitExceeded(
            f"The operation is {size.depth} levels deep; {limits.depth} are allowed."
        )
    if size.introspection_depth > limits.introspection_depth:
        raise IntrospectionLimitExceeded(
            f"The introspection is {size.introspection_depth} levels deep; "
            f"{limits.introspection_depth} are allowed."
        )
    if size.directives_at_once > limits.directives_at_once:
        raise DirectiveLimitExceeded(
            f"There are more than the {limits.directives_at_once} directives allowed at one place."
        )
    for kind, what, found, most in _counted(size, limits):
        if found > most:
            raise kind(
                f"The operation selects more than the {most} {what} allowed, fragments written out."
            )
    return size


def _counted(
    size: Size, limits: DocumentLimits
) -> Iterator[tuple[type[GraphQLValidationFailed], str, int, int]]:
    yield FieldLimitExceeded, "fields", size.fields, limits.fields
    yield AliasLimitExceeded, "aliases", size.aliases, limits.aliases
    yield RootFieldLimitExceeded, "fields at its root", size.level, limits.root_fields
    yield DirectiveLimitExceeded, "directives", size.directives, limits.directives
    asks = IntrospectionLimitExceeded
    yield asks, "introspections", size.introspections, limits.introspections
    yield asks, "introspected fields", size.introspection_fields, limits.introspection_fields


SCALARS = frozenset({str, int, float, bool, type(None)})


def check_variables(variables: Mapping[str, Any], root_fields: int, most: int) -> None:
    """`VariableLimitExceeded` where the variables are too many values for so many root fields."""
    most_each = most // max(root_fields, 1)
    are_scalars = SCALARS.issuperset(map(type, variables.values()))
    if are_scalars and len(variables) <= most_each:
        return
    if _count(variables, most_each) > most_each:
        raise VariableLimitExceeded(
            f"The variables hold too many values: their number, times the fields at the root of "
            f"the operation, may be {most}."
        )


def _count(variables: Mapping[str, Any], most: int) -> int:
    """The values, in lists and objects as well; not looked further into beyond `most`."""
    count = 0
    waiting: list[object] = [variables]
    while waiting and count <= most:
        value = waiting.pop()
        if isinstance(value, Mapping | list):  # empty ones and deep ones are values as well
            count += len(value)
            waiting.extend(value.values() if isinstance(value, Mapping) else value)
    return count


class _Measure:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._sizes: dict[str, Size] = {}

    def operation(self, node: OperationDefinitionNode) -> Size:
        given = [_directives(each.directives) for each in node.variable_definitions or ()]
        return _sum([_directives(node.directives), *given, self.selections(node.selection_set)])

    def unspread(self) -> list[int]:
        """How many fields each fragment has that no operation measured so far spreads."""
        names = [name for name in self._fragments if name not in self._sizes]
        return [self._fragment(name).fields for name in names]

    def selections(self, selection_set: SelectionSetNode) -> Size:
        plain = 0
        sizes = []
        for node in selection_set.selections:
            if _is_plain(node):
                plain += 1
            else:
                sizes.append(self._size(node))
        if plain:
            sizes.append(Size(fields=plain, level=plain, depth=1))
        return _sum(sizes)

    def _size(self, node: SelectionNode) -> Size:
        if isinstance(node, FieldNode):
            return self._field(node)
        own = _directives(node.directives)
        if isinstance(node, FragmentSpreadNode):
            return _sum([own, self._fragment(node.name.value)])
        assert isinstance(node, InlineFragmentNode)  # noqa: S101 - there are these three kinds
        return _sum([own, self.selections(node.selection_set)])

    def _field(self, node: FieldNode) -> Size:
        below = self.selections(node.selection_set) if node.selection_set else _NOTHING
        directives = len(node.directives or ())
        introspects = node.name.value in INTROSPECTIONS
        deep, many = (0, 0) if introspects else (below.depth, below.fields)
        return Size(
            fields=1 + many,
            depth=1 + deep,
            aliases=(node.alias is not None) + below.aliases,
            level=1,
            directives=directives + below.directives,
            directives_at_once=max(directives, below.directives_at_once),
            introspections=introspects + below.introspections,
            introspection_depth=max(below.depth - deep, below.introspection_depth),
            introspection_fields=below.fields - many + below.introspection_fields,
        )

    def _fragment(self, name: str) -> Size:
        # Unknown fragments and cycles are for validation to report: they count as nothing here.
        if name not in self._sizes:
            self._sizes[name] = _NOTHING
            if name in self._fragments:
                definition = self._fragments[name]
                own = _directives(definition.directives)
                self._sizes[name] = _sum([own, self.selections(definition.selection_set)])
        return self._sizes[name]


def _directives(nodes: Sequence[DirectiveNode] | None) -> Size:
    """Of a place that is no field."""
    return Size(directives=len(nodes), directives_at_once=len(nodes)) if nodes else _NOTHING


def _is_plain(node: SelectionNode) -> bool:
    """Whether it is a field and nothing else, as most are: these are counted quickly."""
    return (
        isinstance(node, FieldNode)
        and node.selection_set is None
        and node.alias is None
        and not node.directives
        and node.name.value not in INTROSPECTIONS
    )


def _sum(sizes: Sequence[Size]) -> Size:
    """Of all together."""
    if len(sizes) < 2:
        return sizes[0] if sizes else _NOTHING
    columns = list(zip(*sizes, strict=True))
    return Size(*map(sum, columns[:_SUMMED]), *map(max, columns[_SUMMED:]))


_NOTHING = Size()
_SUMMED = Size._fields.index("depth")
