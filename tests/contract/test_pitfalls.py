"""What the schema leans on in Strawberry and graphql-core, and what was measured to go wrong there.

Each test names one thing. When it fails after an update, the thing beside it in `gateway.schema`
or `gateway.operation` has lost its ground, or is not needed any more.
"""

from __future__ import annotations

import ast
import inspect
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    execute_sync,
    parse,
    validate,
)
from graphql.execution.collect_fields import (
    CollectedFields,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.validation.rules import overlapping_fields_can_be_merged
from strawberry import relay
from strawberry.annotation import StrawberryAnnotation
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.name_converter import NameConverter
from strawberry.types.base import get_object_definition
from strawberry.types.field import StrawberryField

import gateway
from gateway.app import find_resources, schema
from gateway.errors import GraphQLValidationFailed
from gateway.executor.interpret import Interpreted
from gateway.operation.documents import Documents
from gateway.operation.limits import DocumentLimits, check_limits
from gateway.operation.reading import UNFIT, OperationRefused, Reader
from gateway.schema.build import build_schema
from gateway.schema.node import global_id
from tests.world import world

if TYPE_CHECKING:
    from collections.abc import Iterator


@strawberry.enum
class Tone(Enum):
    HIGH = "high"
    LOW = "low"


@strawberry.interface
class Sound:
    name: str | None


@strawberry.type
class Note(Sound):
    """A docstring."""

    tone: Tone | None
    """Another."""


@strawberry.input(one_of=True)
class Pick:
    low: int | None = strawberry.UNSET
    high: int | None = strawberry.UNSET


@strawberry.type
class Music:
    @strawberry.field
    def note(self) -> Note | None:
        return {"name": "a", "tone": "shrill"}  # type: ignore[return-value]  # as upstream gives it

    @strawberry.field
    def sound(self) -> Sound | None:
        return {"name": "a"}  # type: ignore[return-value]  # as upstream gives it

    @strawberry.field
    def tone(self) -> Tone | None:
        return "shrill"  # type: ignore[return-value]  # as upstream gives it

    @strawberry.field
    def picked(self, pick: Pick) -> bool | None:
        return pick.low is not None

    @strawberry.field
    def toned(self, tone: Tone = Tone.LOW) -> bool | None:
        return tone is Tone.LOW


def music() -> GraphQLSchema:
    return strawberry.Schema(query=Music, types=[Note])._schema


def errors_of(made: GraphQLSchema, query: str) -> list[str]:
    return [error.message for error in execute_sync(made, parse(query)).errors or []]


# --- Strawberry, as gateway.schema.build leans on it -------------------------------------------


def test_the_executable_schema_is_kept_in_a_private_place() -> None:
    assert isinstance(music(), GraphQLSchema)
    assert isinstance(schema().executable, GraphQLSchema)


def test_a_dict_is_of_no_type_unless_is_type_of_is_replaced() -> None:
    made = music()
    assert errors_of(made, "{ note { __typename } }") != []
    type_ = made.type_map["Note"]
    assert isinstance(type_, GraphQLObjectType)
    type_.is_type_of = None
    assert errors_of(made, "{ note { __typename } }") == []


def test_a_dict_is_of_no_member_unless_resolve_type_is_replaced() -> None:
    made = music()
    sound, note = made.type_map["Sound"], made.type_map["Note"]
    note.is_type_of = None  # type: ignore[attr-defined]  # an object type
    assert errors_of(made, "{ sound { __typename } }") != []
    sound.resolve_type = lambda *_: "Note"  # type: ignore[attr-defined]  # an interface
    assert errors_of(made, "{ sound { __typename } }") == []


def test_an_enum_value_that_is_not_known_is_an_error_unless_its_output_is_replaced() -> None:
    made = music()
    (message,) = errors_of(made, "{ tone }")
    assert "cannot represent value" in message
    tone: Any = made.type_map["Tone"]
    tone.coerce_output_value = lambda _value: "LOW"
    assert execute_sync(made, parse("{ tone }")).data == {"tone": "LOW"}


def test_an_enum_of_the_schema_knows_the_python_class_it_was_made_of() -> None:
    tone: Any = music().type_map["Tone"]
    assert isinstance(tone, GraphQLEnumType)
    assert tone.wrapped_cls is Tone  # type: ignore[attr-defined]  # Strawberry's subclass has it
    assert {name: value.value for name, value in tone.values.items()} == {
        "HIGH": "high",
        "LOW": "low",
    }


def test_defaults_are_printed_by_member_even_where_output_is_replaced() -> None:
    assert "toned(tone: Tone! = LOW)" in strawberry.Schema(query=Music, types=[Note]).as_str()
    assert "orderBy: CallOrder! = START_TIMESTAMP_DESC" in schema().sdl


def test_one_of_is_not_told_to_graphql_core() -> None:
    made = music()
    pick = made.type_map["Pick"]
    assert isinstance(pick, GraphQLInputObjectType)
    document = parse("{ picked(pick: {low: 1, high: 2}) }")
    assert (pick.is_one_of, validate(made, document)) == (False, [])
    assert pick.extensions["strawberry-definition"].is_one_of
    pick.is_one_of = True
    assert len(validate(made, document)) == 1


def test_an_info_class_is_made_with_graphql_cores_info_and_its_path() -> None:
    seen: list[Any] = []

    class OwnInfo(strawberry.Info[None, None]):
        pass

    def place(info: strawberry.Info) -> str | None:
        seen.append(info)
        return None

    asking = strawberry.type(type("Asking", (), {"place": strawberry.field(place)}))
    made = strawberry.Schema(query=asking, config=StrawberryConfig(info_class=OwnInfo))
    execute_sync(made._schema, parse("{ here: place }"))
    (info,) = seen
    assert isinstance(info, OwnInfo)
    assert isinstance(info._raw_info, GraphQLResolveInfo)
    assert info.path.as_list() == ["here"]


# --- Strawberry, as gateway.schema.fields and types lean on it ---------------------------------


class Recorded(StrawberryField):
    """A field that keeps what it is called with."""

    def __init__(self, calls: list[Any], *, basic: bool) -> None:
        super().__init__(type_annotation=StrawberryAnnotation("int | None"))
        self.calls = calls
        self.basic = basic

    @property
    def is_basic_field(self) -> bool:
        return self.basic

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        self.calls.append((source, info is None, args, kwargs))
        return source["n"]


@pytest.mark.parametrize("basic", [True, False])
def test_a_field_is_asked_with_its_source_and_with_an_info_unless_it_is_basic(basic: bool) -> None:
    calls: list[Any] = []
    cls = type("Counted", (), {"number": Recorded(calls, basic=basic)})
    made = strawberry.Schema(query=strawberry.type(cls))._schema
    assert execute_sync(made, parse("{ number }"), {"n": 7}).data == {"number": 7}
    assert calls == [({"n": 7}, basic, [], {})]


def test_fields_may_be_added_and_typed_after_the_type_was_made() -> None:
    @strawberry.type
    class Late:
        early: int | None

    added = StrawberryField(python_name="added")
    definition = get_object_definition(Late, strict=True)
    definition.fields = [*definition.fields, added]
    added.type_annotation = StrawberryAnnotation("Target | None", namespace={"Target": Note})
    added.description = "Late."
    sdl = strawberry.Schema(query=Late, types=[Note]).as_str()
    assert '"""Late."""\n  added: Note' in sdl


def test_docstrings_are_no_descriptions_of_strawberrys() -> None:
    note = music().type_map["Note"]
    assert isinstance(note, GraphQLObjectType)
    assert (note.description, note.fields["tone"].description) == (None, None)


def test_values_of_an_enum_can_be_described_after_it_was_made() -> None:
    @strawberry.enum
    class Shade(Enum):
        DARK = "dark"

    shade: Any = Shade
    (value,) = shade.__strawberry_definition__.values
    value.description = "Little light."
    made = strawberry.type(type("Shaded", (), {"__annotations__": {"shade": Shade}}))
    shown: Any = strawberry.Schema(query=made)._schema.type_map["Shade"]
    assert shown.values["DARK"].description == "Little light."


def test_a_relay_node_field_cannot_be_in_two_schemas_and_ours_can() -> None:
    @strawberry.type
    class Rock(relay.Node):
        id: relay.NodeID[str]

    made = type("Rocks", (), {"__annotations__": {"node": relay.Node}, "node": relay.node()})
    rocks = strawberry.type(made)
    build = partial(strawberry.Schema, query=rocks, types=[Rock])
    build()
    with pytest.raises(TypeError, match="fields cannot be resolved"):
        build()
    assert build_schema(find_resources()).sdl == build_schema(find_resources()).sdl == schema().sdl


async def test_a_node_is_read_after_the_schema_was_built_again() -> None:
    build_schema(find_resources())
    async with world(calls=5) as gateway:
        (call_id,) = await gateway.some_call_ids(1)
        id_ = global_id("Call", call_id)
        query = "query($id: ID!) { node(id: $id) { id ... on Call { agent { agentId } } } }"
        got = await gateway.data(query, {"id": id_})
        assert got["node"]["id"] == id_
        assert got["node"]["agent"]["agentId"]


# --- Values ------------------------------------------------------------------------------------


def test_a_time_in_milliseconds_does_not_fit_an_int() -> None:
    with pytest.raises(GraphQLError, match="32-bit"):
        GraphQLInt.coerce_output_value(1_780_000_000_000)


async def test_times_of_retell_are_shown() -> None:
    async with world(calls=20) as gateway:
        calls = await gateway.data("{ calls(first: 20) { nodes { startTimestamp } } }")
        begun = [c["startTimestamp"] for c in calls["calls"]["nodes"] if c["startTimestamp"]]
        assert begun
        assert all(moment.startswith("2026-0") and moment.endswith("Z") for moment in begun)


# --- Documents ---------------------------------------------------------------------------------


def doubling(levels: int, leaf: str = "callId") -> str:
    """Fragments that each spread the next one twice: 2^levels fields, written out."""
    chain = "\n".join(f"fragment F{n} on Call {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels))
    return f'{{ call(callId: "a") {{ ...F0 }} }}\n{chain}\nfragment F{levels} on Call {{ {leaf} }}'


def test_doubling_fragments_are_measured_once_each() -> None:
    limits = DocumentLimits(fields=2**100, definitions=102)
    assert check_limits(parse(doubling(99)), limits).level == 1
    with pytest.raises(GraphQLValidationFailed, match="fields allowed"):
        check_limits(parse(doubling(100)), limits)


async def test_doubling_fragments_are_refused_before_anything_is_read() -> None:
    async with world(calls=1) as gateway:
        answer = await gateway.answer(doubling(90))
        assert [error["extensions"]["code"] for error in answer["errors"]] == [
            "FIELD_LIMIT_EXCEEDED"
        ]
        assert gateway.requests == {}


def test_a_document_is_validated_once_good_or_bad() -> None:
    executable = schema().executable
    documents = Documents(executable, DocumentLimits(), partial(Interpreted, executable))
    good = '{ call(callId: "a") { callId } }'
    assert documents.prepare(good) is documents.prepare(good)
    refusals: list[object] = []
    for _ in range(3):
        with pytest.raises(OperationRefused) as refused:
            documents.prepare("{ nothing }")
        refusals.append(refused.value.errors)
    assert refusals[1] is refusals[2]


def test_hiding_suggestions_hides_no_types() -> None:
    """So errors are worded anew where introspection is off: see `operation/reading.py`."""
    (error,) = validate(schema().executable, parse("{ calls }"), hide_suggestions=True)
    assert "CallConnection" in error.message
    reader = Reader(schema().executable, DocumentLimits(), explains=False)
    with pytest.raises(OperationRefused) as refused:
        reader.read("{ calls }")
    assert [told.message for told in refused.value.errors] == [UNFIT]


def test_comparing_fields_has_a_budget_of_ours() -> None:
    assert overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET == 20_000
    fields = " ".join(f'c: call(callId: "{n}") {{ callId }}' for n in range(300))
    (error,) = validate(schema().executable, parse(f"{{ {fields} }}"))[-1:]
    assert "aborted" in error.message


def imports() -> Iterator[str]:
    """The modules that the package imports from."""
    for file in Path(gateway.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom):
                yield node.module or ""
            elif isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)


def test_no_extension_of_strawberrys_is_in_use() -> None:
    """Its limiters take 2^n steps, its caches never hit, its hooks cost a call for each field."""
    used = {name for name in imports() if name.startswith("strawberry")}
    assert used
    assert not {name for name in used if "extensions" in name or "permission" in name}
    assert not {name for name in used if name.startswith("strawberry.relay")}


def test_a_root_field_is_a_method_that_takes_its_arguments_and_the_info() -> None:
    """`schema/build.py` calls it without Strawberry between."""
    executable = schema().executable
    roots = [type_ for type_ in (executable.query_type, executable.mutation_type) if type_]
    fields = [field for root in roots for field in root.fields.values()]
    assert len(fields) > 8
    for field in fields:
        declared = field.extensions["strawberry-definition"]
        resolver = declared.base_resolver
        taken = list(inspect.signature(resolver.wrapped_func).parameters)
        arguments = [argument.python_name for argument in declared.arguments]
        info = [resolver.info_parameter.name] if resolver.info_parameter else []
        assert taken == ["self", *info, *arguments]
        assert info in ([], ["info"])
        assert (resolver.root_parameter, resolver.parent_parameter) == (None, None)
        assert declared.extensions == []
        assert set(field.args) == {
            NameConverter().from_argument(each) for each in declared.arguments
        }


def test_what_the_executor_leans_on_in_graphql_core_has_the_form_that_it_takes() -> None:
    assert GraphQLResolveInfo._fields == (
        "field_name",
        "field_nodes",
        "return_type",
        "parent_type",
        "path",
        "schema",
        "fragments",
        "root_value",
        "operation",
        "variable_values",
        "context",
        "is_awaitable",
        "abort_signal",
        "async_helpers",
    )
    assert VariableValues._fields == ("sources", "coerced")
    assert VariableValueSource._fields == ("signature", "value")
    assert FragmentDetails._fields == ("definition", "variable_signatures")
    for collect, first in ((collect_fields, "schema"), (collect_subfields, "schema")):
        names = list(inspect.signature(collect).parameters)
        assert names[:3] == [first, "fragments", "variable_values"]
    assert CollectedFields._fields[:2] == ("grouped_field_set", "new_defer_usages")
