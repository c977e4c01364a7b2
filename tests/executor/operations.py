"""Operations over a schema, each drawn from one seeded `Random`: valid, and anything but tame."""

from __future__ import annotations

import io
import json
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    is_required_input_field,
    parse,
    parse_type,
    parse_value,
    print_ast,
    validate,
    visit,
)
from graphql.language import ArgumentNode, Visitor
from graphql.utilities import do_types_overlap, type_from_ast
from strawberry.utils.str_converters import to_camel_case

from gateway.app import find_resources
from gateway.upstream.form import File
from tests.executor.sprinkle import sprinkled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from graphql import DocumentNode, GraphQLField, GraphQLSchema

    Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType

DEEPEST = 7
"""Levels of selections."""
CALLS = [f"call_{number}" for number in range(6)]
AGENTS = [f"agent_{number}" for number in range(4)]
NODES = {each.name for each in find_resources() if each.node} - {"Agent", "Call"}
THINGS = [f"thing_{number}" for number in range(4)]
"""Ids of everything else."""
WITH_LISTS = (
    *("call",) * 4,
    *("chat",) * 2,
    *("agent", "batchCall", "chatAgent", "conversationFlow", "conversationFlowComponent"),
    *("crmConfig", "knowledgeBase", "phoneNumber", "retellLlm", "testCaseDefinition"),
)
"""Root fields of objects that have lists."""
GIVEN: dict[str, tuple[Any, ...]] = {
    "ID": (*THINGS, "a/b"),
    "String": ("text", "", "Grüße"),
    "Int": (0, 1, 3, 1001),
    "Float": (0, 0.5, 2),
    "Boolean": (True, False),
    "BigInt": (5,),
    "DateTime": ("2026-01-31T09:30:00Z",),
    "JSON": ([{"id": "a", "type": "end"}], [], {}, {"a": "b"}, {"a": [1, None]}, "text"),
    "URL": ("https://files.test/1",),
    "TelephoneNumber": ("+14155550100",),
    "Upload": (File("a.txt", "text/plain", 1, io.BytesIO(b"a")),),
}
"""Values of scalars in inputs."""


@dataclass(frozen=True)
class Operation:
    """A document, which of its operations is executed, and the values of two executions."""

    source: str
    document: DocumentNode
    name: str | None
    variables: tuple[dict[str, Any], ...]


class Name(str):
    """An enum's value: written without quotes in a document."""

    __slots__ = ()


def operation(schema: GraphQLSchema, random: Random, *, mutation: bool = False) -> Operation:
    """The next operation; asserted to be valid."""
    writer = _Writer(schema, random)
    names = [f"Op{number}" for number in range(random.choice((1, 1, 1, 1, 2, 3)))]
    kinds = [mutation, *(random.random() < 0.2 for _ in names[1:])]
    source = "\n".join(
        [writer.operation(n, mutation=kind) for n, kind in zip(names, kinds, strict=True)]
        + writer.fragments()
    )
    # Where there is but one, it need not be named; now and then one is asked for that is not there.
    asked = random.choice((None, "Op0", "Op0" if random.random() < 0.95 else "Op9"))
    return finished(schema, source, random, writer.values, asked if len(names) == 1 else names[0])


def operation_on_lists(schema: GraphQLSchema, random: Random) -> Operation:
    """One that reads lists of one object: those are bytes where they are large."""
    writer = _Writer(schema, random)
    source = "\n".join([writer.lists(random.choice(WITH_LISTS)), *writer.fragments()])
    return finished(schema, source, random, writer.values, None)


def finished(
    schema: GraphQLSchema,
    source: str,
    random: Random,
    values: dict[str, Callable[[], Any]],
    name: str | None,
) -> Operation:
    """A valid document, sprinkled, with two assignments of its variables."""
    document, more = sprinkled(schema, parse(source), random)
    written = print_ast(document)
    # Parsed anew, so that errors have the places that a reader of the source would count.
    document = parse(written)
    assert validate(schema, document) == [], f"{validate(schema, document)}\n{written}"
    assignments = tuple(_assignment({**values, **more}, random) for _ in range(2))
    return Operation(written, document, name, assignments)


def _assignment(values: dict[str, Callable[[], Any]], random: Random) -> dict[str, Any]:
    given = {name: value() for name, value in values.items()}
    if given and random.random() < 0.02:
        given[random.choice(list(given))] = random.choice((None, {"odd": []}, [[]], 2**40))
    return {name: value for name, value in given.items() if value is not ...}


def global_id(random: Random) -> str:
    """Mostly a good one."""
    text = random.choice(
        [f"Call:{random.choice(CALLS)}"] * 4
        + [f"Agent:{random.choice(AGENTS)}", f"Agent:{random.choice(AGENTS)}:3"] * 2
        + [f"{name}:{random.choice(THINGS)}" for name in sorted(NODES)]
        + ["Agent:agent_1:x", "Tool:x", "Call:", "Call:a/b"]
    )
    return b64encode(text.encode()).decode() if random.random() < 0.95 else "not one"


class _Writer:
    """One document in the making."""

    def __init__(self, schema: GraphQLSchema, random: Random) -> None:
        self._schema = schema
        self._random = random
        self._meanings: dict[str, tuple[str, str, str]] = {}
        """What each response name stands for in all of the document: so nothing conflicts."""
        self._fragments: dict[str, tuple[Composite, str, dict[str, str]]] = {}
        self._used: dict[str, str] = {}
        """Variables used so far in this operation or fragment, with their types."""
        self._budget = 0
        self.values: dict[str, Callable[[], Any]] = {}

    def operation(self, name: str, *, mutation: bool) -> str:
        self._budget = self._random.choice((2, 5, 10, 20))
        self._used = {}
        root = self._schema.mutation_type if mutation else self._schema.query_type
        assert root is not None
        count = self._random.choice((1, 1, 1, 2, 3, 4))
        roots = [self._field(*self._pick(root), 0) for _ in range(count)]
        if self._random.random() < 0.02 and not mutation:
            roots.append("__schema { queryType { name } }")
        if self._random.random() < 0.1:
            roots.append("__typename")
        declared = ", ".join(f"${variable}: {type_}" for variable, type_ in self._used.items())
        kind = "mutation" if mutation else "query"
        return f"{kind} {name}{f'({declared})' if declared else ''} {{ {' '.join(roots)} }}"

    def lists(self, name: str) -> str:
        self._budget = self._random.choice((5, 20, 50))
        assert self._schema.query_type is not None
        root = self._schema.query_type.fields[name]
        below: Any = get_named_type(root.type)
        lists = [each for each in below.fields.items() if is_list_type(_bare(each[1].type))]
        count = self._random.randint(1, min(4, len(lists)))
        fields = [self._field(each, of, 1) for each, of in self._random.sample(lists, count)]
        head = f"{name}{self._arguments(root)}"
        declared = ", ".join(f"${variable}: {type_}" for variable, type_ in self._used.items())
        return f"query{f' ({declared})' if declared else ''} {{ {head} {{ {' '.join(fields)} }} }}"

    def fragments(self) -> list[str]:
        return [
            f"fragment {name} on {type_.name} {body}"
            for name, (type_, body, _) in self._fragments.items()
        ]

    def _pick(self, type_: GraphQLObjectType) -> tuple[str, GraphQLField]:
        name = self._random.choice(list(type_.fields))
        return name, type_.fields[name]

    def _field(
        self,
        name: str,
        field: GraphQLField,
        depth: int,
    ) -> str:
        self._budget -= 1
        arguments = self._arguments(field)
        meaning = (name, str(field.type), arguments)
        shown = name if self._random.random() < 0.8 else self._random.choice("abcdef")
        while self._meanings.setdefault(shown, meaning) != meaning:
            shown = f"{shown}{self._random.randrange(10)}"
        head = f"{'' if shown == name else f'{shown}: '}{name}{arguments}"
        below = get_named_type(field.type)
        if is_leaf_type(below):
            return head
        assert isinstance(below, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType)
        return f"{head} {self._selection(below, depth + 1)}"

    def _selection(self, type_: Composite, depth: int) -> str:
        random = self._random
        parts: list[str] = []
        if not isinstance(type_, GraphQLUnionType):
            parts += self._fields(type_, depth)
        if is_abstract_type(type_) and self._budget > 0:
            members = self._schema.get_possible_types(type_)
            for member in random.sample(list(members), random.randint(1, min(3, len(members)))):
                parts.append(f"... on {member.name} {self._selection(member, depth + 1)}")
        if self._budget > 0 and random.random() < 0.2:
            parts += self._spread(type_, depth)
        if not parts or random.random() < 0.1:
            parts.append("__typename")
        random.shuffle(parts)
        return f"{{ {' '.join(parts)} }}"

    def _fields(self, type_: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> Iterator[str]:
        leaves: list[tuple[str, GraphQLField]] = []
        deeper: list[tuple[str, GraphQLField]] = []
        for name, field in type_.fields.items():
            (leaves if is_leaf_type(get_named_type(field.type)) else deeper).append((name, field))
        chosen = self._random.sample(leaves, self._random.randint(0, min(5, len(leaves))))
        if depth < DEEPEST and self._budget > 0 and deeper:
            chosen += self._random.sample(deeper, self._random.randint(1, min(3, len(deeper))))
        for name, field in chosen:
            if self._budget > 0 or is_leaf_type(get_named_type(field.type)):
                yield self._field(name, field, depth)

    def _spread(self, type_: Composite, depth: int) -> Iterator[str]:
        fitting = [
            name
            for name, (on, _, _) in self._fragments.items()
            if do_types_overlap(self._schema, on, type_)
        ]
        if fitting and self._random.random() < 0.6:
            name = self._random.choice(fitting)
        else:
            on = self._condition(type_)
            outer, self._used = self._used, {}
            body = self._selection(on, depth + 1)
            name = f"F{len(self._fragments)}"
            self._fragments[name] = on, body, self._used
            self._used = outer
        self._used |= self._fragments[name][2]
        yield from [f"...{name}"] * self._random.choice((1, 1, 2))

    def _condition(self, type_: Composite) -> Composite:
        """A type that some value of this one may be of."""
        fitting = [
            each
            for each in self._schema.type_map.values()
            if (is_object_type(each) or is_abstract_type(each))
            and not each.name.startswith("__")
            and do_types_overlap(self._schema, each, type_)
        ]
        return self._random.choice([type_, *fitting])

    def _arguments(self, field: GraphQLField) -> str:
        given = []
        for argument, definition in field.args.items():
            required = str(definition.type).endswith("!") and definition.default is None
            if not required and self._random.random() < 0.5:
                continue
            type_ = str(definition.type)
            # No document can hold a file: it comes in a variable.
            if holds_file(definition.type) or self._random.random() < 0.4:
                variable = self._variable(argument, type_, optional=not required)
                given.append(f"{argument}: ${variable}")
            else:
                given.append(f"{argument}: {literal(self._value(argument, type_))}")
        return f"({', '.join(given)})" if given else ""

    def _variable(self, argument: str, type_: str, *, optional: bool) -> str:
        name = (
            f"{argument}_{type_.strip('[]!')}{self._random.randrange(3)}{'s' * (type_[-1] == '!')}"
        )
        self._used[name] = type_
        self.values[name] = lambda: (
            ... if optional and self._random.random() < 0.2 else self._value(argument, type_)
        )
        return name

    def _value(self, argument: str, type_: str) -> Any:
        random = self._random
        if argument == "ids":
            return [global_id(random) for _ in range(random.randrange(5))]
        if argument == "input" and type_.strip("!") in {"UpdateCallInput", "DeleteCallInput"}:
            change = {} if type_.startswith("Delete") else _change(random)
            return {"callId": random.choice([*CALLS, "a/b"]), **change}
        by_name: dict[str, Callable[[], Any]] = {
            "id": lambda: global_id(random),
            "callId": lambda: random.choice([*CALLS * 3, "../x"]),
            "agentId": lambda: random.choice([*AGENTS * 3, "a b"]),
            "version": lambda: random.choice((None, 0, 3)),
            "first": lambda: random.choice((0, 1, 2, 3, 5, 5, 5, 1001)),
            "after": lambda: random.choice((None, None, None, "odd")),
        }
        if type_ in {"AgentFilter", "CallFilter"}:
            return None if random.random() < 0.5 else _filter(type_, random)
        if argument in by_name and not type_.strip("!").endswith("Input"):
            return by_name[argument]()
        return self._of_type(type_from_ast(self._schema, parse_type(type_)))

    def _of_type(self, type_: Any) -> Any:
        """A value of an input type that nothing more is known of."""
        random = self._random
        if is_non_null_type(type_):
            return self._of_type(type_.of_type)
        if is_list_type(type_):
            return [self._of_type(type_.of_type) for _ in range(random.randrange(3))]
        if is_enum_type(type_):
            return Name(random.choice(list(type_.values)))
        if not is_input_object_type(type_):
            return random.choice(GIVEN[type_.name])
        fields = type_.fields
        given = [
            name
            for name, field in fields.items()
            if is_required_input_field(field) or random.random() < 0.3
        ]
        wanted = [random.choice(list(fields))] if type_.is_one_of else given
        return {name: self._of_type(fields[name].type) for name in wanted}


def _bare(type_: Any) -> Any:
    return type_.of_type if is_non_null_type(type_) else type_


def with_known_ids(document: DocumentNode, random: Random) -> DocumentNode:
    """The document with ids that Retell may know in the place of those it has."""
    ids: dict[str, Callable[[], Any]] = {
        "callId": lambda: random.choice(CALLS),
        "agentId": lambda: random.choice(AGENTS),
        "id": lambda: global_id(random),
        "ids": lambda: [global_id(random) for _ in range(3)],
    }
    for resource in find_resources():
        if resource.id_key:
            ids.setdefault(to_camel_case(resource.id_key), lambda: random.choice(THINGS))

    class KnownIds(Visitor):
        def enter_argument(self, node: ArgumentNode, *_: object) -> ArgumentNode | None:
            if node.name.value not in ids:
                return None
            return ArgumentNode(name=node.name, value=parse_value(literal(ids[node.name.value]())))

    made: DocumentNode = visit(document, KnownIds())
    return made


def _filter(type_: str, random: Random) -> dict[str, Any]:
    if type_.startswith("Agent"):
        return {}
    return random.choice(({}, {"callStatus": [Name("ENDED")]}, {"inVoicemail": True}))


def _change(random: Random) -> dict[str, Any]:
    return random.choice(
        (
            {"metadata": {"a": [1, None, {"b": 0.5}]}},
            {"dataStorageSetting": Name("EVERYTHING"), "customAttributes": {"x": True}},
            {},
        )
    )


def holds_file(type_: Any) -> bool:
    """Whether a value of an input type may have a file in it."""
    named = get_named_type(type_)
    if not is_input_object_type(named):
        return bool(named.name == "Upload")
    return any(get_named_type(each.type).name == "Upload" for each in named.fields.values())


def literal(value: Any) -> str:
    """A value as it stands in a document."""
    if isinstance(value, Name):
        return str(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {literal(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    return json.dumps(value)
