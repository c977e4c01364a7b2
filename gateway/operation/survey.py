"""What an operation asks for, told before it runs: its cost, and which of it tells of persons.

The schema's readings say it, field by field; nothing here knows a resource. A survey holds for one
combination of conditions and one set of scopes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    GraphQLObjectType,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.collect_fields import collect_fields, collect_subfields

from gateway.operation.cost import (
    NO_WEIGHT,
    UNKNOWN_LENGTH,
    Cost,
    Length,
    Weight,
    length_of,
    one_of,
    together,
    values_of,
)
from gateway.schema.readings import (
    NOTHING,
    READING,
    Completed,
    Computed,
    Derived,
    Key,
    Linked,
    LinkedMany,
    Scoped,
    chosen,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from graphql import (
        GraphQLField,
        GraphQLNamedType,
        GraphQLOutputType,
        OperationDefinitionNode,
    )
    from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
    from graphql.execution.values import VariableValues

    from gateway.executor.plan import Operation

Names = tuple[str, ...]
"""Of fields in the response, from the root down; places in lists are left out."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Of one operation, for callers with the same scopes."""

    weight: Weight
    masked: tuple[Names, ...] = ()
    """Personal fields, and links, that these callers may not see."""
    personal: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Personal fields that they read, by the type that they belong to."""
    cost: Cost | None = None
    """Where it is the same whatever the variables."""


def survey(
    operation: Operation, variables: VariableValues, scopes: frozenset[str] | None
) -> Survey:
    """The survey of an operation; `scopes` are what the caller has, None all of them."""
    return _Walk(operation, variables, scopes).survey()


@dataclass(slots=True)
class _At:
    """Where the walk is."""

    names: Names = ()
    entity: str = ""
    """The type that personal fields here belong to."""
    fields: Names = ()
    """From the entity down."""
    page: Length | None = None
    """How long the lists of this object are; None where nobody said."""
    thin: bool = False
    """The object came from a list, which leaves fields out."""


class _Walk:
    def __init__(
        self, operation: Operation, variables: VariableValues, scopes: frozenset[str] | None
    ) -> None:
        self._operation = operation
        self._variables = variables
        self._scopes = scopes
        self._fields_below: dict[int, tuple[FieldDetailsList, GroupedFieldSet]] = {}
        """By the identity of the details of a field, which are kept so that it stays theirs."""
        self._masked: dict[Names, None] = {}
        self._personal: dict[str, dict[str, None]] = {}

    def survey(self) -> Survey:
        schema, definition = self._operation.schema, self._operation.definition
        root = schema.get_root_type(definition.operation)
        assert root is not None  # noqa: S101 - narrowing: the document is valid
        collected = collect_fields(
            schema, self._operation.fragments, self._variables, root, definition
        )
        weights = [
            self._root_field(root, name, details)
            for name, details in collected.grouped_field_set.items()
        ]
        personal = {of: tuple(sorted(fields)) for of, fields in self._personal.items()}
        weight = together(weights)
        cost = None if weight.varies else weight.of({})
        return Survey(weight, tuple(self._masked), tuple(personal.items()), cost)

    def _root_field(self, root: GraphQLObjectType, name: str, details: FieldDetailsList) -> Weight:
        node = details[0].node
        field = root.fields.get(node.name.value)
        if field is None:
            return NO_WEIGHT  # introspection
        length = length_of(field, node)
        if length is not None and _is_list(field.type):  # objects by their ids
            each = together([Weight(1), self._value(_item(field.type), details, _At((name,)))])
            return Weight(lists=((length, each),))
        return together([Weight(1), self._value(field.type, details, _At((name,), page=length))])

    def _value(self, type_: Any, details: FieldDetailsList, at: _At) -> Weight:
        """Of what stands in a field, or in each place of a list."""
        named = get_named_type(type_)
        if not is_composite_type(named):
            return NO_WEIGHT
        if _is_list(type_):
            length = at.page or Length(UNKNOWN_LENGTH)
            thin = at.thin or at.page is not None
            inner = _At(at.names, at.entity, at.fields, None, thin)
            below = self._value(_item(type_), details, inner)
            counts = at.page is not None or not below.is_nothing
            return Weight(lists=((length, below),)) if counts else NO_WEIGHT
        return one_of([self._object(each, details, at) for each in self._possible(named)])

    def _object(self, type_: GraphQLObjectType, details: FieldDetailsList, at: _At) -> Weight:
        entity = _entity(type_)
        if entity is not None or not (at.entity or _is_paging(type_)):
            at = _At(at.names, entity or type_.name, (), at.page, at.thin)
        completes = False
        weights = []
        for name, below in self._below(type_, details).items():
            field = type_.fields.get(below[0].node.name.value)
            if field is None or _is_plain(field):
                continue  # the former is __typename
            fields = (*at.fields, below[0].node.name.value)
            thin = at.thin and entity is None  # what an edge holds is as thin as a node
            inner = _At((*at.names, name), at.entity, fields, at.page, thin)
            reading = self._reading(field, inner)
            completes = completes or _completes(reading)
            weights.append(self._field(field, reading, below, inner))
        own = Weight(1) if completes and at.thin else NO_WEIGHT
        return together([own, *weights])

    def _below(self, type_: GraphQLObjectType, details: FieldDetailsList) -> GroupedFieldSet:
        """What is selected of the object; collected once where no fragment asks for its type."""
        known = self._fields_below.get(id(details))
        if known is not None:
            return known[1]
        operation = self._operation
        found = collect_subfields(
            operation.schema,
            operation.fragments,
            self._variables,
            operation.definition,
            type_,
            details,
        ).grouped_field_set
        sets = (each.node.selection_set for each in details)
        if all(isinstance(node, FieldNode) for each in sets if each for node in each.selections):
            self._fields_below[id(details)] = details, found
        return found

    def _field(
        self, field: GraphQLField, reading: object, details: FieldDetailsList, at: _At
    ) -> Weight:
        if reading is NOTHING:
            return NO_WEIGHT
        if reading is None and is_composite_type(get_named_type(field.type)):
            # It has a resolver, which asks Retell.
            listed = _At(at.names, at.entity, at.fields, length_of(field, details[0].node))
            return together([Weight(1), self._value(field.type, details, listed)])
        if isinstance(reading, Linked):
            return together([Weight(1), self._value(field.type, details, _At(at.names))])
        if isinstance(reading, LinkedMany):
            items = self._value(field.type, details, _At(at.names, thin=reading.by is not None))
            return together([Weight(reading.requests), items])
        own = Weight(1) if isinstance(reading, Derived) else NO_WEIGHT
        return together([own, self._value(field.type, details, at)])

    def _reading(self, field: GraphQLField, at: _At) -> object:
        """How the field is read; what is personal of it, or masked, is noted."""
        told = field.extensions.get(READING)
        reading = chosen(told, self._scopes)
        if isinstance(told, Scoped):
            if reading is not told.reading:
                self._masked[at.names] = None
            elif told.personal:
                self._personal.setdefault(at.entity, {})[".".join(at.fields)] = None
        return reading

    def _possible(self, type_: GraphQLNamedType) -> Iterable[GraphQLObjectType]:
        if is_abstract_type(type_):
            return self._operation.schema.get_possible_types(type_)
        assert isinstance(type_, GraphQLObjectType)  # noqa: S101 - narrowing: it is composite
        return (type_,)


def _entity(type_: GraphQLObjectType) -> str | None:
    """What an object with an id of its own is called: by its interface, where it has one."""
    names = [each.name for each in type_.interfaces]
    if "Node" not in names:
        return None
    return next((name for name in names if name != "Node"), type_.name)


def _is_plain(field: GraphQLField) -> bool:
    """Whether nothing of it is noted, and nothing is below it: so it is with most."""
    told = field.extensions.get(READING)
    return isinstance(told, Key | Computed) and not is_composite_type(get_named_type(field.type))


def _is_paging(type_: GraphQLObjectType) -> bool:
    """Whether it only holds the objects of a list: nothing personal is its own."""
    return "pageInfo" in type_.fields or "cursor" in type_.fields


def _completes(reading: object) -> bool:
    """Whether the object's full form is read for it."""
    if isinstance(reading, LinkedMany):
        return reading.full is not None
    return isinstance(reading, Completed) and not isinstance(reading, Derived)


def _is_list(type_: GraphQLOutputType) -> bool:
    return is_list_type(type_.of_type if is_non_null_type(type_) else type_)


def _item(type_: Any) -> Any:
    return type_.of_type.of_type if is_non_null_type(type_) else type_.of_type


def operation_cost(
    survey: Survey | None, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> Cost:
    """What it may cost at most; nothing where its variables do not fit."""
    if survey is None:
        return Cost(0, 0)
    return survey.cost or survey.weight.of(values_of(operation, variables))
