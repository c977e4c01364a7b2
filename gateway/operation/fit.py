"""Whether a document surely fits a schema, told quickly: validation is most of what a first-seen
document takes.

This walks it once, and knows what front ends write. What it is not sure of graphql-core validates,
and so every error is graphql-core's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSkipDirective,
    InlineFragmentNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    do_types_overlap,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_input_object_type,
    is_input_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
    is_type_sub_type_of,
    type_from_ast,
    validate_input_literal,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graphql import (
        ArgumentNode,
        DirectiveNode,
        DocumentNode,
        GraphQLArgument,
        GraphQLInputObjectType,
        GraphQLInputType,
        GraphQLOutputType,
        GraphQLSchema,
        SelectionSetNode,
        ValueNode,
        VariableDefinitionNode,
    )

_Shown = tuple[str, "GraphQLOutputType | None"]
"""What a name in the response stands for: a field's name and type; of what cannot be selected twice
without looking closer, no name and no type."""
_ONCE: _Shown = "", None

_DEEPEST = 50
"""Levels of selections, fragments and all; graphql-core gives up at 200."""
_MOST = 2_000
"""Selections and values of a document that are looked at, a fragment's wherever it is spread."""
_DIRECTIVES = {each.name: each for each in (GraphQLSkipDirective, GraphQLIncludeDirective)}


def surely_fits(schema: GraphQLSchema, document: DocumentNode) -> bool:
    """True only where `graphql.validate` finds no fault; False says nothing.

    It may give up on a document that repeats a field hundreds of times: that is no fault of it.
    """
    operations: list[OperationDefinitionNode] = []
    fragments: dict[str, FragmentDefinitionNode] = {}
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            operations.append(definition)
        elif isinstance(definition, FragmentDefinitionNode):
            fragments[definition.name.value] = definition
    names = {each.name.value for each in operations if each.name}
    if len(operations) + len(fragments) != len(document.definitions) or (
        len(operations) > 1 and len(names) != len(operations)
    ):
        return False
    walk = _Walk(schema, fragments)
    return all(map(walk.operation, operations)) and walk.spread == fragments.keys()


class _Walk:
    """Of one document. Each method says whether a part of it surely fits."""

    def __init__(self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments
        self.spread: set[str] = set()
        """The names of the fragments that operations came to so far."""
        self._within: list[str] = []
        """The fragments that are walked."""
        self._depth = 0
        self._left = _MOST
        self._declared: dict[str, GraphQLInputType] = {}
        self._used: set[str] = set()

    def operation(self, node: OperationDefinitionNode) -> bool:
        self._declared, self._used = {}, set()
        root = self._schema.get_root_type(node.operation)
        return (
            root is not None
            and node.operation is not OperationType.SUBSCRIPTION  # they have one field
            and not node.directives
            and all(self._declares(each) for each in node.variable_definitions or ())
            and self._selects(root, node.selection_set, {})
            and self._used == self._declared.keys()
        )

    def _declares(self, node: VariableDefinitionNode) -> bool:
        name, type_ = node.variable.name.value, type_from_ast(self._schema, node.type)
        if name in self._declared or node.directives or not is_input_type(type_):
            return False
        self._declared[name] = type_
        return node.default_value is None or self._is_value(type_, node.default_value)

    def _selects(self, type_: Any, selected: SelectionSetNode, shown: dict[str, _Shown]) -> bool:
        """`shown` are the fields of the same object so far, by their names in the response."""
        self._depth += 1
        self._left -= len(selected.selections)
        if not selected.selections or self._depth > _DEEPEST or self._left < 0:
            return False
        for node in selected.selections:
            if node.directives and not self._conditions(node.directives):
                return False
            if isinstance(node, FieldNode):
                fits = self._field(type_, node, shown)
            elif isinstance(node, InlineFragmentNode):
                fits = self._inside(type_, node, shown)
            else:
                fits = isinstance(node, FragmentSpreadNode) and self._spreads(type_, node, shown)
            if not fits:
                return False
        self._depth -= 1
        return True

    def _spreads(self, type_: Any, node: FragmentSpreadNode, shown: dict[str, _Shown]) -> bool:
        name = node.name.value
        fragment = self._fragments.get(name)
        if fragment is None or name in self._within or node.arguments:
            return False
        if fragment.directives or fragment.variable_definitions:
            return False
        self.spread.add(name)
        self._within.append(name)
        fits = self._inside(type_, fragment, shown)
        self._within.pop()
        return fits

    def _inside(
        self,
        type_: Any,
        node: InlineFragmentNode | FragmentDefinitionNode,
        shown: dict[str, _Shown],
    ) -> bool:
        inner = type_
        if node.type_condition is not None:
            inner = self._schema.get_type(node.type_condition.name.value)
        return (
            is_composite_type(inner)
            and do_types_overlap(self._schema, inner, type_)
            and self._selects(inner, node.selection_set, shown)
        )

    def _field(self, type_: Any, node: FieldNode, shown: dict[str, _Shown]) -> bool:
        name, below = node.name.value, node.selection_set
        if name == "__typename":
            return not node.arguments and below is None and _agrees((name, None), node, shown)
        if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            return False
        field = type_.fields.get(name)
        if field is None:
            return False  # or introspection
        if not _agrees((name, field.type), node, shown):
            return False
        if (field.args or node.arguments) and not self._arguments(field.args, node.arguments):
            return False
        named = get_named_type(field.type)
        if is_leaf_type(named):
            return below is None
        return below is not None and self._selects(named, below, {})

    def _conditions(self, nodes: Sequence[DirectiveNode]) -> bool:
        names = [node.name.value for node in nodes]
        return len({*names}) == len(names) and all(
            name in _DIRECTIVES
            and self._schema.get_directive(name) is _DIRECTIVES[name]
            and self._arguments(_DIRECTIVES[name].args, node.arguments)
            for name, node in zip(names, nodes, strict=True)
        )

    def _arguments(
        self, known: Mapping[str, GraphQLArgument], nodes: Sequence[ArgumentNode] | None
    ) -> bool:
        nodes = nodes or ()
        given = {node.name.value: node.value for node in nodes}
        return (
            len(given) == len(nodes)
            and given.keys() <= known.keys()
            and all(
                name in given for name, argument in known.items() if is_required_argument(argument)
            )
            and all(self._is_value(known[name].type, value) for name, value in given.items())
        )

    def _is_value(self, type_: GraphQLInputType, node: ValueNode) -> bool:
        self._left -= 1
        if self._left < 0:
            return False
        if isinstance(node, VariableNode):
            name = node.name.value
            self._used.add(name)
            # Where a default takes the place of a null it may be less strict: that is not sure.
            return name in self._declared and is_type_sub_type_of(
                self._schema, self._declared[name], type_
            )
        nullable = get_nullable_type(type_)
        if isinstance(node, NullValueNode):
            return nullable is type_
        if is_list_type(nullable):
            nodes = node.values if isinstance(node, ListValueNode) else (node,)
            return all(self._is_value(nullable.of_type, each) for each in nodes)
        if is_input_object_type(nullable):
            return isinstance(node, ObjectValueNode) and self._is_object(nullable, node)
        if isinstance(node, ListValueNode | ObjectValueNode):
            return False  # of a scalar's own making
        errors: list[object] = []
        validate_input_literal(node, type_, lambda error, _: errors.append(error))
        return not errors

    def _is_object(self, type_: GraphQLInputObjectType, node: ObjectValueNode) -> bool:
        given = {each.name.value: each.value for each in node.fields or ()}
        known = type_.fields
        return (
            len(given) == len(node.fields or ())
            and given.keys() <= known.keys()
            and all(name in given for name, each in known.items() if is_required_input_field(each))
            and all(self._is_value(known[name].type, value) for name, value in given.items())
            and (
                not type_.is_one_of or (len(given) == 1 and all(map(self._is_some, given.values())))
            )
        )

    def _is_some(self, node: ValueNode) -> bool:
        """Whether it can never be null."""
        if isinstance(node, VariableNode):
            return is_non_null_type(self._declared[node.name.value])
        return not isinstance(node, NullValueNode)


def _agrees(field: _Shown, node: FieldNode, shown: dict[str, _Shown]) -> bool:
    """Whether nothing else is shown under its name in the response; the same leaf may be, as the
    fragments of one object repeat it."""
    response = node.alias.value if node.alias else node.name.value
    repeats = not node.arguments and node.selection_set is None
    before = shown.get(response)
    if before is None:
        shown[response] = field if repeats else _ONCE
        return True
    return repeats and before[0] == field[0] and str(before[1]) == str(field[1])
