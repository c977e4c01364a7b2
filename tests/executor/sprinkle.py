"""Conditions, duplicates, fragments and `__typename`, strewn over a valid document.

Whatever is done keeps it valid, and so it can be done to documents from anywhere.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableDefinitionNode,
    VariableNode,
    get_named_type,
    parse,
    visit,
)
from graphql.language import Visitor

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from graphql import DirectiveNode, GraphQLSchema, SelectionNode

_CONDITIONS = {"if0": "Boolean!", "if1": "Boolean! = true", "if2": "Boolean = false"}


def sprinkled(
    schema: GraphQLSchema, document: DocumentNode, random: Random
) -> tuple[DocumentNode, dict[str, Callable[[], Any]]]:
    """The document with more in it, and what gives values of the variables that it has now."""
    sprinkler = _Sprinkler(schema, random)
    definitions = [sprinkler.definition(each) for each in document.definitions]
    made = DocumentNode(definitions=(*definitions, *sprinkler.fragments))
    made = _declared(made)
    values: dict[str, Callable[[], Any]] = {
        "if0": lambda: random.random() < 0.5,
        "if1": lambda: random.choice((True, False, ...)),
        "if2": lambda: random.choice((True, False, True, False, True, False, ..., ..., None)),
    }
    return made, values


class _Sprinkler:
    def __init__(self, schema: GraphQLSchema, random: Random) -> None:
        self._schema = schema
        self._random = random
        self.fragments: list[FragmentDefinitionNode] = []

    def definition(self, node: Any) -> Any:
        if isinstance(node, OperationDefinitionNode):
            type_ = self._schema.get_root_type(node.operation)
        else:
            type_ = self._schema.type_map[node.type_condition.name.value]  # type: ignore[assignment]
        return _changed(node, selection_set=self._set(node.selection_set, type_))

    def _set(self, node: SelectionSetNode, type_: Any) -> SelectionSetNode:
        made: list[SelectionNode] = []
        for selection in node.selections:
            made += self._selection(self._below(selection, type_), type_)
        if self._random.random() < 0.12:
            alias = self._random.choice(("", "kind_: "))
            made.insert(self._random.randint(0, len(made)), _selection(f"{alias}__typename"))
        return SelectionSetNode(selections=tuple(made))

    def _below(self, node: Any, type_: Any) -> Any:
        """The selection with what is below it sprinkled."""
        if isinstance(node, FieldNode):
            name = node.name.value
            if node.selection_set is None or name.startswith("__"):
                return node
            below = get_named_type(type_.fields[name].type)
        elif isinstance(node, InlineFragmentNode):
            on = node.type_condition
            below = type_ if on is None else self._schema.type_map[on.name.value]
        else:
            return node
        return _changed(node, selection_set=self._set(node.selection_set, below))

    def _selection(self, node: Any, type_: Any) -> list[Any]:
        """What stands in the place of one selection."""
        made = [node]
        if self._random.random() < 0.08:
            made = self._twice(node)
        made = [self._conditional(each) for each in made]
        if self._random.random() < 0.06:
            made = [self._wrapped(made, type_)]
        if self._random.random() < 0.04:
            made = self._named(made, type_)
        return made

    def _twice(self, node: Any) -> list[Any]:
        """The same again; where there is something below it, some in one and some in the other."""
        below = getattr(node, "selection_set", None)
        if below is None or len(below.selections) < 2:
            return [node, node]
        at = self._random.randrange(1, len(below.selections))
        overlap = self._random.randrange(2)
        return [
            _changed(node, selection_set=SelectionSetNode(selections=below.selections[:at])),
            _changed(
                node, selection_set=SelectionSetNode(selections=below.selections[at - overlap :])
            ),
        ]

    def _conditional(self, node: Any) -> Any:
        conditions: list[DirectiveNode] = []
        for name, likely in (("skip", "false"), ("include", "true")):
            if self._random.random() < 0.05:
                value = self._random.choice(
                    ("true", "false", likely, *(f"${each}" for each in _CONDITIONS))
                )
                conditions += _selection(f"a @{name}(if: {value})").directives or ()
        return _changed(node, directives=(*(node.directives or ()), *conditions))

    def _wrapped(self, nodes: list[Any], type_: Any) -> InlineFragmentNode:
        on = NamedTypeNode(name=NameNode(value=type_.name)) if self._random.random() < 0.5 else None
        made = InlineFragmentNode(
            type_condition=on,
            directives=(),
            selection_set=SelectionSetNode(selections=tuple(nodes)),
        )
        return self._conditional(made)  # type: ignore[no-any-return]  # a node of the same class

    def _named(self, nodes: list[Any], type_: Any) -> list[FragmentSpreadNode]:
        name = NameNode(value=f"S{len(self.fragments)}")
        self.fragments.append(
            FragmentDefinitionNode(
                name=name,
                type_condition=NamedTypeNode(name=NameNode(value=type_.name)),
                variable_definitions=(),
                directives=(),
                selection_set=SelectionSetNode(selections=tuple(nodes)),
            )
        )
        spread = FragmentSpreadNode(name=name, directives=())
        return [self._conditional(spread) for _ in range(self._random.choice((1, 1, 2)))]


def _changed(node: Any, **values: Any) -> Any:
    kept = {key: getattr(node, key) for key in node.keys if key != "loc"}
    return node.__class__(**(kept | values))


@cache
def _selection(source: str) -> Any:
    definition: Any = parse(f"{{ {source} }}", no_location=True).definitions[0]
    return definition.selection_set.selections[0]


def _declared(document: DocumentNode) -> DocumentNode:
    """The document with the conditions' variables declared by the operations that use them."""
    fragments = {
        each.name.value: each
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    }

    def used(node: Any) -> set[str]:
        names: set[str] = set()

        class Uses(Visitor):
            def enter_variable(self, node: VariableNode, *_: object) -> None:
                names.add(node.name.value)

            def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
                names.update(used(fragments[node.name.value]))

        visit(node, Uses())
        return names

    definitions = []
    for each in document.definitions:
        if isinstance(each, OperationDefinitionNode):
            wanted = [name for name in sorted(used(each)) if name in _CONDITIONS]
            more = [_declaration(name) for name in wanted]
            declared = (*(each.variable_definitions or ()), *more)
            definitions.append(_changed(each, variable_definitions=declared))
        else:
            definitions.append(each)
    return DocumentNode(definitions=tuple(definitions))


@cache
def _declaration(name: str) -> VariableDefinitionNode:
    source = f"query (${name}: {_CONDITIONS[name]}) {{ a }}"
    definition: Any = parse(source, no_location=True).definitions[0]
    made: VariableDefinitionNode = definition.variable_definitions[0]
    return made
