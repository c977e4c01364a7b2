"""Compiled execution, fact by fact; each answer is compared with graphql-core's."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from graphql import ExecutionResult, GraphQLError, parse
from graphql.execution import ExperimentalIncrementalExecutionResults
from msgspec import Raw

from gateway.executor.compiled import MOST_PLANS, Compiler
from gateway.executor.conditions import Conditions
from gateway.executor.interpret import Interpreted
from gateway.executor.plan import Spot
from gateway.schema.readings import (
    NOTHING,
    Completed,
    Computed,
    Discriminator,
    Key,
    Linked,
    Noted,
    Scoped,
)
from gateway.upstream.record import plain, typed
from tests.executor.small import both, record, schema_of

if TYPE_CHECKING:
    from graphql import GraphQLSchema

    Json = dict[str, Any]

SDL = """
directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
directive @stream(if: Boolean! = true, label: String, initialCount: Int = 0) on FIELD
interface Pet { name: String friend: Pet owner: Owner }
type Dog implements Pet { name: String friend: Pet owner: Owner barks: Boolean! }
type Cat implements Pet { name: String friend: Pet owner: Owner lives: Int }
type Rare implements Pet { name: String friend: Pet owner: Owner }
union Any = Dog | Cat
type Owner { name: String! kind: Kind pets: [Pet!] full: String all: [Owner]
  sure: Owner! self: Owner
  own(word: String): String later: String broken: String computed: String old: String deep: Owner
  many: [[Owner]] }
enum Kind { HUMAN OTHER }
interface Thing { name: String }
type Query { owner(id: Int): Owner owners: [Owner] sure: Owner! pet: Pet any: Any thing: Thing
  count: Int
  sureCount: Int! number(of: Int!): Int things: [Thing] }
type Mutation { change(to: String): Owner fail: Owner! }
type Subscription { ticks: Int }
"""


class World:
    """A context: what root fields give, what links lead to, and how often each was asked."""

    def __init__(self, /, **roots: Any) -> None:
        self.roots = roots
        self.asked: list[str] = []
        self.owners: dict[str, Any] = {}
        self.places: list[Any] = []
        self.scopes: frozenset[str] | None = None

    def load(self, key: str) -> Any:
        self.asked.append(key)
        found = self.owners.get(key)
        if isinstance(found, Exception):
            raise found
        return found


def _root(_source: object, info: Any, **_given: object) -> Any:
    return info.context.load_root(info.path.key)


class Roots(World):
    def load_root(self, name: str) -> Any:
        self.asked.append(name)
        found = self.roots.get(name)
        if isinstance(found, Exception) and not isinstance(found, Returned):
            raise found
        if isinstance(found, Returned):
            return found.args[0]
        return found


class Returned(Exception):
    """Returned where another exception would be raised."""


async def _soon(value: Any) -> Any:
    for _ in range(5):  # turns of the event loop: the others are long done
        await asyncio.sleep(0)
    if isinstance(value, BaseException):
        raise value
    return value


def _link(place: Any, key: str) -> Any:
    place.context.places.append(place)
    return place.context.load(key)


def _complete(place: Any, source: Json) -> Any:
    return place.context.load(source["id"])


def _broken(*_: object) -> str:
    raise LookupError("broken")


def _converted(deep: Any) -> Any:
    return deep and {**deep, "old": "converted"}


async def _later(source: Json, _info: object) -> str:
    return f"later {source['name']}"


READINGS: dict[str, Any] = {
    **{f"Query.{name}": _root for name in (
        "owner", "owners", "sure", "pet", "any", "thing", "things", "count", "sureCount")},
    "Query.number": lambda _source, info, of: info.context.load_root("number") or of,
    "Mutation.change": _root,
    "Mutation.fail": _root,
    **{f"{pet}.owner": Linked("Owner", lambda pet: pet.get("owner_id"), _link)
       for pet in ("Dog", "Cat", "Rare")},
    "Owner.self": Linked("Owner", lambda owner: owner.get("self_id"), _link),
    "Owner.sure": Linked("Owner", lambda owner: owner.get("sure_id"), _link),
    "Owner.full": Completed("full", _complete, lambda owner: "is_full" in owner),
    "Owner.deep": Completed("deep", _complete, lambda owner: "is_full" in owner, _converted),
    "Owner.computed": Computed(lambda owner: owner["name"].upper()),
    "Owner.old": Key(("new", "old", "oldest")),
    "Owner.own": lambda source, _info, word="no": f"{word} {source['name']}",
    "Owner.later": _later,
    "Owner.broken": _broken,
    "Subscription.ticks": _root,
}  # fmt: skip
TOLD = {
    "Pet": Discriminator("kind", {"dog": "Dog", "cat": "Cat", "ghost": "Ghost"}, "Rare"),
    "Any": Discriminator("kind", {"dog": "Dog", "cat": "Cat"}, "Rare"),
}


def _schema(**readings: Any) -> GraphQLSchema:
    more = {name.replace("_", "."): reading for name, reading in readings.items()}
    return schema_of(SDL, READINGS | more, TOLD)


SCHEMA = _schema()
REX, TOM = {"kind": "dog", "name": "Rex", "barks": True}, {"kind": "cat", "name": "Tom", "lives": 9}


# --- What is compiled, and when ----------------------------------------------------------------


async def test_a_document_is_compiled_from_the_use_that_is_said() -> None:
    compiled = Compiler(SCHEMA, plain, from_use=3).prepare(parse("{ count }"))
    for plans in (0, 0, 1, 1):
        result = await compiled.execute(Roots(count=5), {}, None)
        assert isinstance(result, ExecutionResult)
        assert result.data == {"count": 5}
        assert len(compiled._plans) == plans


async def test_a_document_may_have_a_use_of_its_own() -> None:
    compiled = Compiler(SCHEMA, plain, from_use=3).prepare(parse("{ count }"), from_use=1)
    await compiled.execute(Roots(count=5), {}, None)
    assert len(compiled._plans) == 1


async def test_by_default_that_is_the_second() -> None:
    assert Compiler(SCHEMA, plain).from_use == 2


async def test_each_operation_and_combination_of_conditions_has_a_plan() -> None:
    source = """
        query A($a: Boolean!, $b: Boolean = true) { count @skip(if: $a) x: count @include(if: $b) }
        query B { y: count }"""
    compiled = Compiler(SCHEMA, plain, from_use=1).prepare(parse(source))
    combinations: list[dict[str, Any]] = [
        {"a": True},
        {"a": False},
        {"a": True, "b": False},
        {"a": True, "b": True},
    ]
    for given in combinations:
        await both(SCHEMA, source, Roots(count=5), name="A", compiled=compiled, **given)
    await both(SCHEMA, source, Roots(count=5), name="B", compiled=compiled)
    assert len(compiled._plans) == 4


async def test_operations_of_one_document_are_told_apart() -> None:
    source = "query A { count } query B { sure { name } }"
    compiled = Compiler(SCHEMA, plain, from_use=1).prepare(parse(source))
    for name in ("A", "B", "A"):
        context = Roots(count=5, sure={"name": "Ann"})
        assert (await both(SCHEMA, source, context, name=name, compiled=compiled)).errors == []


async def test_there_are_so_many_plans_of_a_document_at_the_most() -> None:
    conditions = [f"$c{number}: Boolean!" for number in range(5)]
    fields = [f"f{number}: count @skip(if: $c{number})" for number in range(5)]
    source = f"query ({', '.join(conditions)}) {{ {' '.join(fields)} }}"
    compiled = Compiler(SCHEMA, plain, from_use=1).prepare(parse(source))
    for number in range(32):
        given: dict[str, Any] = {f"c{bit}": bool(number >> bit & 1) for bit in range(5)}
        await both(SCHEMA, source, Roots(count=5), compiled=compiled, **given)
    assert len(compiled._plans) == MOST_PLANS


async def test_a_condition_that_is_null_is_worded_by_graphql_core() -> None:
    for source in (
        "query ($if: Boolean = true) { count @skip(if: $if) owner { name } }",
        "query ($if: Boolean = true) { count owner { name @include(if: $if) } }",
    ):
        answer = await both(SCHEMA, source, Roots(count=5, owner={"name": "Ann"}), **{"if": None})
        assert len(answer.errors) == 1
        assert not answer.was_compiled


async def test_a_condition_is_not_taken_for_another_operations_variable_of_its_name() -> None:
    source = """
        query A($x: Boolean!) { count @skip(if: $x) }
        query B($x: [Int!]!) { owners { name } number(of: 3) @include(if: true) other: owners { old
          own(word: "a") @skip(if: false) } }"""
    source = source.replace("$x: [Int!]!", "$x: Int!").replace("of: 3", "of: $x")
    await both(SCHEMA, source, Roots(owners=[]), name="B", x=3)
    listed = schema_of(
        "type Query { count: Int some(of: [Int!]!): Int }",
        {"Query.count": _root, "Query.some": lambda _source, _info, of: len(of)},
    )
    source = """query A($x: Boolean!) { count @skip(if: $x) }
        query B($x: [Int!]!) { some(of: $x) }"""
    answer = await both(listed, source, Roots(), name="B", x=[1, 2])
    assert answer.data == {"some": 2}
    assert answer.was_compiled


@pytest.mark.parametrize(
    "source",
    [
        "{ __schema { queryType { name } } count }",
        "{ ... @defer(if: false) { count } ... @defer(if: false) { owner { ... @defer(if: false)"
        " { name } } } thing { name } }",
        "{ owners @stream(if: false) { name } }",
        "{ owner { many @stream(if: false) { name } } }",
        "{ owner { all @stream(if: false) { name } } }",
        "{ thing { name } }",
        '{ owner { name __typename } x: __type(name: "Pet") { name } }',
    ],
)
async def test_what_is_not_compiled_is_answered_by_graphql_core(source: str) -> None:
    owner = {"name": "Ann", "all": [], "many": []}
    answer = await both(SCHEMA, source, Roots(count=5, owner=owner, owners=[owner]))
    assert not answer.was_compiled
    assert not answer.replayed


@pytest.mark.parametrize(
    "source", ["{ ... @defer { count } }", "{ owner { ... @defer { name } } }"]
)
async def test_deferred_parts_are_left_to_graphql_core(source: str) -> None:
    for prepared in (
        Compiler(SCHEMA, plain, from_use=1).prepare(parse(source)),
        Interpreted(SCHEMA, parse(source)),
    ):
        context = Roots(count=5, owner={"name": "Ann"})
        result = await prepared.execute(context, {}, None)
        assert isinstance(result, ExperimentalIncrementalExecutionResults)
        assert [part async for part in result.subsequent_results]


async def test_subscriptions_are_left_to_graphql_core() -> None:
    compiled = Compiler(SCHEMA, plain, from_use=1).prepare(parse("subscription { ticks }"))
    result = await compiled.execute(Roots(ticks=1), {}, None)
    assert isinstance(result, ExecutionResult)
    assert list(compiled._plans.values()) == [None]


async def test_a_field_that_is_read_by_nothing_known_is_left_to_graphql_core() -> None:
    schema = _schema(Owner_name=None)
    assert not (await both(schema, "{ owner { name } }", Roots(owner={"name": "Ann"}))).was_compiled


async def test_a_type_that_is_told_by_nothing_known_is_left_to_graphql_core() -> None:
    answer = await both(SCHEMA, "{ things { name } }", Roots(things=[]))
    assert not answer.was_compiled
    assert answer.data == {"things": []}


@pytest.mark.parametrize("levels", [5, 10, 25, 45])
async def test_however_deep_a_selection_is_it_is_answered(levels: int) -> None:
    source = f"{{ owner {{ {'many { ' * levels} name {'}' * levels} }} }}"
    owner: Json = {"name": "Ann"}
    for _ in range(levels):
        owner = {"name": "Ann", "many": [[owner]]}
    assert (await both(SCHEMA, source, Roots(owner=owner))).errors == []


async def test_what_would_be_too_long_is_left_to_graphql_core() -> None:
    fields = " ".join(f"f{number}: name" for number in range(10_100))
    answer = await both(SCHEMA, f"{{ owner {{ {fields} }} }}", Roots(owner={"name": "Ann"}))
    assert not answer.was_compiled


async def test_an_operation_that_is_not_there_is_refused_as_by_graphql_core() -> None:
    answer = await both(SCHEMA, "query A { count }", Roots(), name="B")
    assert answer.data is None
    assert len(answer.errors) == 1


async def test_variables_that_do_not_fit_are_refused_as_by_graphql_core() -> None:
    answer = await both(SCHEMA, "query ($x: Int!) { number(of: $x) }", Roots(), x="no")
    assert answer.data is None
    assert len(answer.errors) == 1


# --- Root fields -------------------------------------------------------------------------------


async def test_root_fields_come_in_the_order_of_the_document() -> None:
    source = "{ z: __typename b: count a: owner { name } c: count t: __typename }"
    answer = await both(SCHEMA, source, Roots(a=_soon_again({"name": "Ann"}), b=1, c=2))
    assert list(answer.data) == ["z", "b", "a", "c", "t"]


async def test_an_operation_of_which_nothing_is_left_is_answered_by_nothing() -> None:
    assert (await both(SCHEMA, "{ count @skip(if: true) }", Roots())).data == {}


async def test_a_root_field_that_fails_is_null_with_its_error() -> None:
    context = Roots(owner=LookupError("no"), count=5)
    answer = await both(SCHEMA, "{ owner { name } count }", context)
    assert answer.data == {"owner": None, "count": 5}
    assert answer.paths == ["['owner']"]
    assert not answer.replayed


async def test_arguments_that_do_not_fit_are_an_error_of_their_field() -> None:
    source = "query ($x: Int = 3) { number(of: $x) count }"
    answer = await both(SCHEMA, source, Roots(count=1), x=None)
    assert answer.paths == ["['number']"]


async def test_a_root_field_that_may_not_be_null_takes_all_with_it() -> None:
    context = Roots(sure=LookupError("no"), count=5)
    answer = await both(SCHEMA, "{ sure { name } count }", context)
    assert answer.data is None
    assert answer.replayed


async def test_no_root_field_is_resolved_again_for_graphql_core() -> None:
    context = Roots(owner={"name": None}, count=LookupError("no"), sure={"name": "Ann"})
    source = "{ owner { name } count sure { name } again: sure { name } }"
    context.roots["again"] = _soon_again({"name": "Bo"})
    answer = await both(SCHEMA, source, context)
    assert answer.replayed
    assert sorted(answer.paths) == ["['count']", "['owner', 'name']"]
    assert sorted(context.asked) == sorted(2 * ["owner", "count", "sure", "again"])


async def test_below_the_root_graphql_core_asks_resolvers_of_the_same_name() -> None:
    schema = _schema(Owner_self=lambda source, _info: source["below"])
    source = "{ self: owner { self { name bad: computed } } }"
    answer = await both(schema, source, Roots(self={"name": "Ann", "below": {"name": 1}}))
    assert answer.replayed
    assert answer.data == {"self": {"self": {"name": "1", "bad": None}}}


async def test_an_exception_that_is_returned_is_an_error_as_well() -> None:
    context = Roots(count=Returned(LookupError("no")), owner=Returned(GraphQLError("worded")))
    answer = await both(SCHEMA, "{ count owner { name } }", context)
    assert len(answer.errors) == 2


async def test_one_that_is_no_error_ends_the_execution() -> None:
    class Stopped(BaseException):
        pass

    for source in ("{ owner { name } count }", "{ owner { self { name } } count }"):
        context = Roots(owner=Later(Stopped()))
        if "self" in source:
            context = Roots(owner={"self_id": "1"})
            context.owners["1"] = Later(Stopped())
        compiled = Compiler(SCHEMA, plain, from_use=1).prepare(parse(source))
        with pytest.raises(Stopped):
            await compiled.execute(context, {}, None)


class Later:
    """Awaited as often as one likes."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __await__(self) -> Any:
        return _soon(self._value).__await__()


def _soon_again(value: Any) -> Later:
    return Later(value)


# --- Changes -----------------------------------------------------------------------------------


async def test_a_change_is_made_once_however_odd_its_answer() -> None:
    context = Roots(change={"name": None})
    answer = await both(SCHEMA, "mutation { change { name } }", context)
    assert answer.replayed
    assert context.asked == ["change", "change"]


async def test_what_is_loaded_for_a_change_is_not_loaded_again_after_the_next() -> None:
    """Each forgets what was held: graphql-core, answering anew, would read what it had before."""
    source = "mutation { a: change { self { name } } b: change { name } }"
    context = Roots(a={"self_id": "1"}, b={"name": None})
    context.owners["1"] = Later({"name": "Ann"})
    answer = await both(SCHEMA, source, context)
    assert answer.data == {"a": {"self": {"name": "Ann"}}, "b": None}
    assert context.asked == 2 * ["a", "1", "b"]


async def test_a_change_that_is_selected_twice_is_one() -> None:
    source = 'mutation { change(to: "x") { name } change(to: "x") { kind } }'
    context = Roots(change={"name": "Ann", "kind": "HUMAN"})
    answer = await both(SCHEMA, source, context)
    assert answer.data == {"change": {"name": "Ann", "kind": "HUMAN"}}
    assert answer.was_compiled
    assert context.asked == ["change", "change"]


# --- Values ------------------------------------------------------------------------------------


async def test_of_several_spellings_the_first_that_is_there_counts() -> None:
    owners = [{"old": "2", "oldest": "3"}, {"new": None, "old": "2"}, {"oldest": "3"}, {}]
    answer = await both(SCHEMA, "{ owners { old } }", Roots(owners=owners))
    assert [owner["old"] for owner in answer.data["owners"]] == ["2", None, "3", None]
    assert not answer.replayed


async def test_what_is_worked_out_may_fail() -> None:
    answer = await both(SCHEMA, "{ owners { computed } }", Roots(owners=[{"name": "a"}, {}]))
    assert answer.data == {"owners": [{"computed": "A"}, {"computed": None}]}
    assert answer.replayed


async def test_a_null_that_may_not_be_spreads_as_graphql_core_says() -> None:
    answer = await both(SCHEMA, "{ owners { name } }", Roots(owners=[{"name": "a"}, {}]))
    assert answer.data == {"owners": [{"name": "a"}, None]}


@pytest.mark.parametrize("odd", ["text", 1, [], [{}], {"all": {}}, {"all": "text"}, ()])
async def test_an_object_or_list_that_is_none_is_worded_by_graphql_core(odd: object) -> None:
    answer = await both(SCHEMA, "{ owner { all { full } } }", Roots(owner=odd))
    assert answer.replayed


async def test_records_and_lists_of_other_classes_are_read() -> None:
    class Listed(list[Any]):
        pass

    context = Roots(owner=record(all=Listed([record(name="Ann")])))
    answer = await both(SCHEMA, "{ owner { all { name } } }", context)
    assert answer.data == {"owner": {"all": [{"name": "Ann"}]}}
    assert not answer.replayed


async def test_an_enum_whose_own_values_cannot_be_written_is_worded_by_graphql_core() -> None:
    schema = _schema()
    kind: Any = schema.type_map["Kind"]
    write = kind.coerce_output_value

    def picky(value: object) -> Any:
        if value == "OTHER":
            raise GraphQLError("not this one")
        return write(value)

    kind.coerce_output_value = picky
    source = "{ owner { kind } }"
    assert not (await both(schema, source, Roots(owner={"kind": "HUMAN"}))).replayed
    assert (await both(schema, source, Roots(owner={"kind": "OTHER"}))).replayed


async def test_a_value_that_is_written_as_nothing_is_worded_by_graphql_core() -> None:
    schema = _schema()
    kind: Any = schema.type_map["Kind"]
    kind.coerce_output_value = lambda _value: None
    answer = await both(schema, "{ owner { kind name } }", Roots(owner={"kind": "HUMAN"}))
    assert answer.replayed


async def test_an_enums_values_need_not_be_texts() -> None:
    schema = _schema()
    kind: Any = schema.type_map["Kind"]
    kind.values["OTHER"].value = 7
    answer = await both(schema, "{ owner { kind } }", Roots(owner={"kind": 7}))
    assert answer.replayed == bool(answer.errors)


# --- Types -------------------------------------------------------------------------------------


async def test_each_object_is_of_the_type_that_it_tells() -> None:
    source = """{ owner { pets { __typename name ... on Dog { barks } ... on Cat { lives }
        ... on Pet { t: __typename } } } }"""
    pets = [REX, TOM, {"kind": "fox"}, {"kind": None}, {}, {"kind": ["dog"]}, {"kind": 1}]
    answer = await both(SCHEMA, source, Roots(owner={"pets": pets}))
    names = [pet["__typename"] for pet in answer.data["owner"]["pets"]]
    assert names == ["Dog", "Cat", "Rare", "Rare", "Rare", "Rare", "Rare"]
    assert not answer.replayed


async def test_types_that_are_read_alike_keep_their_names() -> None:
    source = "{ owner { pets { __typename name } } }"
    answer = await both(SCHEMA, source, Roots(owner={"pets": [REX, TOM, {}]}))
    names = [pet["__typename"] for pet in answer.data["owner"]["pets"]]
    assert names == ["Dog", "Cat", "Rare"]


async def test_a_field_of_one_name_is_read_as_its_type_says() -> None:
    schema = _schema(Cat_name=Key(("nick",)), Rare_name=Computed(lambda _pet: "rare"))
    pets = [{**pet, "nick": "Nick"} for pet in (REX, TOM, {})]
    source = "{ owner { pets { name } } }"
    answer = await both(schema, source, Roots(owner={"pets": pets}))
    assert answer.data["owner"]["pets"] == [{"name": "Rex"}, {"name": "Nick"}, {"name": "rare"}]


async def test_one_response_name_may_be_of_another_field_in_each_type() -> None:
    schema = _schema(Rare_name=Key(("nick",)))
    source = """{ owner { pets { ... on Dog { x: name y: friend { name } }
        ... on Cat { y: friend { __typename } } ... on Rare { x: name } } } }"""
    pets = [{**REX, "friend": TOM}, {**TOM, "friend": REX}, {"nick": "Nick"}]
    answer = await both(schema, source, Roots(owner={"pets": pets}))
    assert answer.data["owner"]["pets"] == [
        {"x": "Rex", "y": {"name": "Tom"}},
        {"y": {"__typename": "Dog"}},
        {"x": "Nick"},
    ]
    assert not answer.replayed


async def test_what_all_types_have_alike_keeps_its_place_and_its_errors() -> None:
    source = """{ owner { pets { ... on Dog { barks } name friend { name owner { name } }
        ... on Cat { lives } t: __typename } } }"""
    friend = {**TOM, "owner_id": "o"}
    pets = [{**REX, "friend": friend}, {**TOM, "friend": None}, {"name": "Fox", "friend": REX}]
    roots = Roots(owner={"pets": pets})
    roots.owners["o"] = {"name": "Ann"}
    answer = await both(SCHEMA, source, roots)
    assert [list(pet) for pet in answer.data["owner"]["pets"]] == [
        ["barks", "name", "friend", "t"],
        ["name", "friend", "lives", "t"],
        ["name", "friend", "t"],
    ]
    assert answer.data["owner"]["pets"][0]["friend"]["owner"] == {"name": "Ann"}
    assert not answer.replayed
    roots.owners["o"] = {"name": None}
    broken = await both(SCHEMA, source, roots)
    assert broken.paths == ["['owner', 'pets', 0, 'friend', 'owner', 'name']"]


async def test_what_most_types_have_alike_is_read_of_the_others_as_they_say() -> None:
    schema = _schema(Rare_name=Key(("nick",)))
    source = "{ owner { pets { name ... on Dog { barks } ... on Cat { friend { name } } } } }"
    pets = [REX, {**TOM, "friend": REX}, {"name": "no", "nick": "Nick"}]
    answer = await both(schema, source, Roots(owner={"pets": pets}))
    assert [pet["name"] for pet in answer.data["owner"]["pets"]] == ["Rex", "Tom", "Nick"]
    assert not answer.replayed


@pytest.mark.parametrize("kind", ["ghost", "fox"])
async def test_a_type_that_is_not_of_the_schema_is_worded_by_graphql_core(kind: str) -> None:
    schema = _schema()
    odd = {"any": {"kind": "fox"}, "pet": {"kind": kind}}
    answer = await both(schema, "{ any { __typename } pet { name } }", Roots(**odd))
    assert answer.replayed


async def test_who_read_an_object_may_say_its_type() -> None:
    def noted(context: Any, pet: Json) -> str:
        return str(context.noted[pet["name"]])

    schema = schema_of(SDL, READINGS, {**TOLD, "Any": Noted(noted)})
    context = Roots(any=TOM)
    for name, replayed in (("Cat", False), ("Dog", True), ("Rare", True), ("Nothing", True)):
        context.noted = {"Tom": name}  # type: ignore[attr-defined]  # of this test only
        source = "{ any { __typename ... on Dog { barks } } }"
        assert (await both(schema, source, context)).replayed == replayed


# --- What is loaded ----------------------------------------------------------------------------


async def test_equal_links_are_loaded_once_and_stand_in_every_place() -> None:
    pets = [{**REX, "owner_id": "1"}, TOM, {**TOM, "owner_id": "2"}, {**REX, "owner_id": "1"}]
    context = Roots(owner={"pets": pets})
    context.owners = {"1": {"name": "Ann"}, "2": Later({"name": "Bo"})}
    source = "{ owner { pets { name owner { name } } } }"
    compiled = Compiler(SCHEMA, plain, from_use=1).prepare(parse(source))
    result = await compiled.execute(context, {}, None)
    assert isinstance(result, ExecutionResult)
    assert result.data is not None
    names = [(pet["owner"] or {}).get("name") for pet in result.data["owner"]["pets"]]
    assert names == ["Ann", None, "Bo", "Ann"]
    assert context.asked == ["owner", "1", "2"]
    await both(SCHEMA, source, context, compiled=compiled)


async def test_others_get_their_turn_where_results_take_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.turns.TURN", -1.0)  # it is always over
    context = Roots(owner={"pets": [{**REX, "owner_id": "1"}, {**TOM, "owner_id": "2"}]})
    context.owners = {"1": {"name": "Ann"}, "2": {"name": "Bo"}}
    answer = await both(SCHEMA, "{ owner { pets { owner { name } } } }", context)
    owners = [pet["owner"] for pet in answer.data["owner"]["pets"]]
    assert owners == [{"name": "Ann"}, {"name": "Bo"}]


async def test_equal_links_of_several_fields_are_each_their_own() -> None:
    context = Roots(owner={"self_id": "1", "sure_id": "1"})
    context.owners = {"1": {"name": "Ann", "kind": "HUMAN"}}
    source = "{ owner { self { name } sure { kind } again: self { kind } } }"
    answer = await both(SCHEMA, source, context)
    owner = answer.data["owner"]
    assert owner == {"self": {"name": "Ann"}, "sure": {"kind": "HUMAN"}, "again": {"kind": "HUMAN"}}


async def test_what_fails_below_equal_links_is_an_error_below_each() -> None:
    context = Roots(owners=[{"self_id": "1"}, {"self_id": "1"}])
    context.owners = {"1": {"name": "Ann", "self_id": "2"}, "2": LookupError("no")}
    answer = await both(SCHEMA, "{ owners { self { name self { name } } } }", context)
    assert answer.paths == ["['owners', 0, 'self', 'self']", "['owners', 1, 'self', 'self']"]
    assert not answer.replayed


async def test_links_of_links_are_loaded_level_by_level() -> None:
    context = Roots(owners=[{"self_id": "1"}, {"self_id": "1"}, {"self_id": "2"}])
    context.owners = {
        "1": Later({"name": "Ann", "self_id": "2"}),
        "2": Later({"name": "Bo", "self_id": "3"}),
        "3": None,
    }
    source = "{ owners { self { name self { name self { name } } } } }"
    answer = await both(SCHEMA, source, context)
    assert answer.data["owners"][1]["self"]["self"] == {"name": "Bo", "self": None}


@pytest.mark.parametrize("soon", [True, False])
async def test_a_link_that_fails_is_null_with_an_error_in_each_of_its_places(soon: bool) -> None:
    pets = [{**REX, "owner_id": "1"}, {**TOM, "owner_id": "1"}]
    context = Roots(owner={"pets": pets, "many": []})
    context.owners = {"1": Later(LookupError("no")) if soon else LookupError("no")}
    source = "{ owner { pets { owner { name } } pets { owner { kind } } } }"
    answer = await both(SCHEMA, source, context)
    assert answer.data == {"owner": {"pets": [{"owner": None}, {"owner": None}]}}
    assert answer.paths == [f"['owner', 'pets', {at}, 'owner']" for at in range(2)]
    assert not answer.replayed


async def test_the_path_of_what_is_loaded_has_every_position() -> None:
    many = [[{}, {"self_id": "1"}], [], [{"self_id": "2"}, {}]]
    context = Roots(owner={"many": many})
    context.owners = {
        "1": {"all": [None, {"self_id": "2"}]},
        "2": LookupError("no"),
    }
    source = "{ owner { many { self { all { self { name } } } } } }"
    answer = await both(SCHEMA, source, context)
    assert answer.paths == [
        "['owner', 'many', 0, 1, 'self', 'all', 1, 'self']",
        "['owner', 'many', 2, 0, 'self']",
    ]


async def test_a_link_that_may_not_be_null_takes_its_object_with_it() -> None:
    for found in (None, LookupError("no")):
        context = Roots(owners=[{"sure_id": "1"}, {"name": "Bo"}])
        context.owners = {"1": found}
        answer = await both(SCHEMA, "{ owners { sure { name } } }", context)
        assert answer.data == {"owners": [None, None]}
        assert answer.replayed


async def test_a_key_that_cannot_be_worked_out_is_an_error_of_its_place() -> None:
    schema = _schema(Owner_self=Linked("Owner", lambda owner: owner["no"], _link))
    assert (await both(schema, "{ owner { self { name } } }", Roots(owner={}))).replayed


async def test_what_a_link_leads_to_may_surprise() -> None:
    odd: tuple[Any, ...] = ("text", [], {"name": None}, Later(3))
    for found in odd:
        context = Roots(owner={"self_id": "1"})
        context.owners = {"1": found}
        answer = await both(SCHEMA, "{ owner { self { name } } }", context)
        assert answer.replayed


async def test_loading_is_told_where_it_is_and_what_is_selected() -> None:
    source = """query ($yes: Boolean!) { owners { self { name ...F } } }
        fragment F on Owner { kind @include(if: $yes) old @skip(if: $yes) }"""
    context = Roots(owners=[{}, {"self_id": "1"}])
    compiled = Compiler(SCHEMA, plain, from_use=1).prepare(parse(source))
    await compiled.execute(context, {"yes": True}, None)
    [place] = context.places
    assert isinstance(place, Spot)
    assert place.at == ("owners", 1, "self")
    assert place.context is context
    assert place.selected == {"name", "kind"}


FULL = "{ owners { full deep { name old } } }"


async def test_what_lists_leave_out_is_read_from_the_full_form() -> None:
    context = Roots(owners=[{"id": "1"}, {"id": "2"}, {"id": "3"}, {"is_full": 1}, {"full": "x",
        "id": "3"}])  # fmt: skip
    context.owners = {
        "1": {"full": "a", "deep": {"name": "Ann"}},
        "2": Later({"full": None}),
        "3": None,
    }
    answer = await both(SCHEMA, FULL, context)
    assert [owner["full"] for owner in answer.data["owners"]] == ["a", None, None, None, "x"]
    assert answer.data["owners"][0]["deep"] == {"name": "Ann", "old": "converted"}
    assert not answer.replayed


async def test_what_is_at_hand_is_not_completed() -> None:
    context = Roots(owners=[{"full": "a", "deep": {"name": "x"}}, {"is_full": True}])
    answer = await both(SCHEMA, FULL, context)
    assert context.asked == ["owners", "owners"]
    assert answer.data["owners"][1] == {"full": None, "deep": None}


async def test_a_completion_that_fails_is_null_with_its_error() -> None:
    context = Roots(owners=[{"id": "1"}, {"id": "2", "full": "b"}])
    context.owners = {"1": LookupError("no"), "2": Later(LookupError("no"))}
    answer = await both(SCHEMA, FULL, context)
    assert answer.paths == [
        "['owners', 0, 'deep']",
        "['owners', 0, 'full']",
        "['owners', 1, 'deep']",
    ]
    assert not answer.replayed


async def test_links_in_what_is_completed_are_loaded() -> None:
    context = Roots(owners=[{"id": "1"}, {"deep": {"self_id": "2"}}])
    context.owners = {"1": {"deep": {"self_id": "2"}}, "2": Later({"name": "Bo"})}
    answer = await both(SCHEMA, "{ owners { deep { self { name } } } }", context)
    assert answer.data == {"owners": 2 * [{"deep": {"self": {"name": "Bo"}}}]}


async def test_resolvers_below_the_root_are_asked_each_in_its_place() -> None:
    source = '{ owners { own(word: "a") x: own later } }'
    context = Roots(owners=[{"name": "Ann"}, {"name": "Bo"}])
    answer = await both(SCHEMA, source, context)
    assert answer.data["owners"][1] == {"own": "a Bo", "x": "no Bo", "later": "later Bo"}
    assert not answer.replayed


async def test_one_that_fails_is_null_with_its_error() -> None:
    answer = await both(SCHEMA, "{ owners { broken } }", Roots(owners=[{}, {}]))
    assert answer.paths == ["['owners', 0, 'broken']", "['owners', 1, 'broken']"]
    assert not answer.replayed


async def test_a_resolver_is_told_the_path_of_its_field() -> None:
    def where(_source: object, info: Any) -> str:
        return f"{info.path.as_list()} {info.parent_type} {info.field_name} {info.operation.name}"

    schema = _schema(Owner_later=where)
    answer = await both(schema, "{ owners { x: later } }", Roots(owners=[{}, {}]))
    assert answer.data["owners"][1]["x"] == "['owners', 1, 'x'] Owner later None"


async def test_fields_that_are_selected_twice_are_merged() -> None:
    source = """{ owner { self { name } ...F self { ... on Owner { kind } } } }
        fragment F on Owner { self { old } name }"""
    context = Roots(owner={"self_id": "1", "name": "Bo"})
    context.owners = {"1": {"name": "Ann", "kind": "OTHER", "old": "x"}}
    answer = await both(SCHEMA, source, context)
    assert answer.data == {
        "owner": {"self": {"name": "Ann", "old": "x", "kind": "OTHER"}, "name": "Bo"}
    }


async def test_a_resolver_may_use_graphql_cores_helpers() -> None:
    async def name(of: str) -> str:
        await asyncio.sleep(0)
        return of

    async def resolve(_source: object, info: Any) -> Any:
        info.async_helpers.track([])
        return {"name": "".join(await info.async_helpers.gather([name("a"), name("b")]))}

    sdl = "type Query { owner: Owner } type Owner { name: String }"
    schema = schema_of(sdl, {"Query.owner": resolve})
    assert (await both(schema, "{ owner { name } }")).data == {"owner": {"name": "ab"}}


async def test_plans_take_so_much_memory_together_at_the_most() -> None:
    context = Roots(count=1)
    queries = ("query A { count }", "query B { count }", "query C { count }")
    plan = await both(SCHEMA, queries[0], context)
    (size,) = (each.size for each in plan.compiled._plans.values() if each)
    compiler = Compiler(SCHEMA, plain, from_use=1, most_bytes=2 * size + size // 2)
    first, second, third = (compiler.prepare(parse(query)) for query in queries)
    for each in (first, second, first, third):
        await each.execute(context, {}, None)
    assert [len(each._plans) for each in (first, second, third)] == [1, 0, 1]
    assert await second.execute(context, {}, None) == ExecutionResult({"count": 1}, None)
    assert [len(each._plans) for each in (first, second, third)] == [0, 1, 1]


async def test_a_plan_that_is_larger_than_all_may_be_serves_once() -> None:
    compiler = Compiler(SCHEMA, plain, from_use=1, most_bytes=1)
    compiled = compiler.prepare(parse("{ count }"))
    for _ in range(2):
        result = await compiled.execute(Roots(count=1), {}, None)
        assert result == ExecutionResult({"count": 1}, None)
        assert compiled._plans == {}


async def test_what_is_not_compiled_takes_no_memory_of_plans() -> None:
    compiler = Compiler(SCHEMA, plain, from_use=1)
    compiled = compiler.prepare(parse("{ __schema { queryType { name } } }"))
    for _ in range(2):
        await compiled.execute(None, {}, None)
    assert list(compiled._plans.values()) == [None]
    assert compiler._bytes == 0


async def test_a_value_that_surprises_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    compiled = Compiler(SCHEMA, plain, from_use=1).prepare(parse("{ count }"))
    await compiled.execute(Roots(count="a secret"), {}, None)
    lines = [record.__dict__ for record in caplog.records if record.msg == "left to graphql-core"]
    assert [line["why"] for line in lines] == ["GraphQLError"]
    assert "a secret" not in str(lines)


GUARDED = {
    "Owner_old": Scoped("old:read", Key(("old",)), Computed(lambda _owner: "masked")),
    "Owner_full": Scoped("full:read", READINGS["Owner.full"], NOTHING),
    "Owner_deep": Scoped(
        "full:read", READINGS["Owner.deep"], Completed("twin", _complete, lambda o: "is_full" in o)
    ),
    "Owner_self": Scoped("self:read", READINGS["Owner.self"], NOTHING, personal=False),
}


@pytest.mark.parametrize(
    ("scopes", "expected", "asked"),
    [
        (None, ("old", "all of it", "deep", {"name": "Bo"}), ["owner", "1", "1", "2"]),
        (frozenset(), ("masked", None, "twin", None), ["owner", "1"]),
        (frozenset({"full:read"}), ("masked", "all of it", "deep", None), ["owner", "1", "1"]),
        (frozenset({"old:read", "self:read"}), ("old", None, "twin", {"name": "Bo"}),
         ["owner", "1", "2"]),
    ],
)  # fmt: skip
async def test_what_is_scoped_is_read_by_the_scopes_of_the_caller(
    scopes: frozenset[str] | None, expected: tuple[object, ...], asked: list[str]
) -> None:
    schema = _schema(**GUARDED)
    source = "{ owner { old full deep { name } self { name } } }"
    compiler = Compiler(schema, plain, from_use=1, scopes_of=lambda context: context.scopes)
    compiled = compiler.prepare(parse(source))
    # Others come before, by the same document.
    for each in (frozenset({"other:read"}), None, scopes):
        context = Roots(owner={"id": "1", "self_id": "2", "old": "old"})
        context.owners["1"] = {
            "full": "all of it",
            "deep": {"name": "deep"},
            "twin": {"name": "twin"},
            "is_full": True,
        }
        context.owners["2"] = {"name": "Bo"}
        context.scopes = each
        answer = await both(schema, source, context, compiled=compiled)
    assert not answer.replayed
    old, full, deep, self_ = expected
    assert answer.data == {
        "owner": {"old": old, "full": full, "deep": {"name": deep}, "self": self_}
    }
    assert sorted(context.asked) == sorted(2 * asked)


class Typing:
    """Remembers the shapes of lists, and how many were read by them."""

    def __init__(self) -> None:
        self.shapes: list[Any] = []
        self.read = 0

    def __call__(self, shape: Any) -> Any:
        self.shapes.append(shape)
        reader = typed(shape)

        def read(value: object) -> list[Any] | None:
            found = reader(value)
            self.read += found is not None
            return found

        return read


LISTS = """
type Query { it: It }
type It {
  owners: [Entry] pets: [Pet!] late: [Entry] numbers: [Int] nested: [[Entry]] things: [Thing]
}
type Entry { name: String nick: String words: [Word!]! tail: Word hidden: String }
type Word { text: String size: Float kind: Kind any: JSON }
enum Kind { NOUN VERB }
scalar JSON
union Pet = Dog | Cat
type Dog { name: String bones: [Word] }
type Cat { name: String mice: [Word] }
interface Thing { name: String }
type Stone implements Thing { name: String }
"""
TEXT = {"text": (str,)}
WORD = TEXT | {"kind": (str,), "size": (float,), "any": (object,)}
LIST_READINGS: dict[str, Any] = {
    "Query.it": _root,
    "It.late": Completed("late", _complete, lambda _whole: True),
    "Entry.nick": Key(("nick", "old_nick")),
    "Entry.tail": Computed(lambda entry: {"text": f"{len(entry)} keys"}),
    "Entry.hidden": Scoped("hidden:read", Key(("hidden",)), NOTHING),
}
ENTRIES = [
    {"name": "Ann", "old_nick": "A", "words": [{"text": "w"}], "hidden": "h"},
    None,
    {"nick": "B", "words": [{"text": "x"}]},
]
PETS = [{"kind": "dog", "name": "Rex", "bones": [{"text": "b"}]}, {"kind": "cat", "mice": []}]
IT: dict[str, Any] = {
    "owners": ENTRIES,
    "late": ENTRIES,
    "pets": PETS,
    "numbers": [1, None, 2],
    "nested": [ENTRIES, None],
    "things": [{"name": "A"}],
}


NAME = {"name": (str,)}
TEXTS = ([({"text": (str,)},)],)
KIND = {"kind": (str,)}


@pytest.mark.parametrize(
    ("source", "shapes"),
    [
        ("{ owners { name } }", [[(NAME,)]]),
        ("{ owners { n: name m: name } }", [[(NAME,)]]),
        ("{ owners { name nick } }", []),
        ("{ owners { __typename } }", [[({},)]]),
        ("{ owners { name hidden } }", [[(NAME,)]]),
        ("{ owners { name words { text } } }", [[(NAME | {"words": [{"text": (str,)}]},)]]),
        ("{ owners { a: words { text } b: words { t: text } } }", [[({"words": [TEXT]},)]]),
        ("{ owners { a: words { text } b: words { text size } } }", []),
        ("{ owners { a: words { text size } b: words { size text } } }", []),
        ("{ owners { name tail { text } } }", []),
        ("{ owners { words { text kind size any } } }", [[({"words": [WORD]},)]]),
        ("{ late { name } numbers }", [[(NAME,)], [(int,)]]),
        ("{ nested { name } }", [[([(NAME,)],)]]),
        ("{ pets { ... on Dog { name } } }", [[KIND | NAME]]),
        ("{ pets { __typename ... on Dog { bones { text } } } }", [[KIND | {"bones": TEXTS}]]),
        (
            "{ pets { ... on Dog { bones { text } } ... on Cat { mice { text } } } }",
            [[KIND | {"bones": TEXTS, "mice": TEXTS}]],
        ),
        ("{ things { name } }", []),
        (
            f"{{ owners {{ {' '.join(f'n{number}: name' for number in range(100))} }} }}",
            [[(NAME,)]],
        ),
        (f"{{ owners {{ {' '.join(f'n{number}: name' for number in range(101))} }} }}", []),
    ],
)
async def test_objects_of_lists_are_read_as_far_as_they_are_selected(
    source: str, shapes: list[Any]
) -> None:
    typing, answer = await read_typed(IT, f"{{ it {source} }}")
    assert not answer.replayed
    assert repr(sorted(typing.shapes, key=repr)) == repr(sorted(shapes, key=repr))
    assert typing.read == len(shapes)


@pytest.mark.parametrize(
    ("name", "value", "source"),
    [
        ("owners", [{"name": 1, "words": []}], "owners { name }"),
        ("owners", [{"name": "A", "words": None}], "owners { words { text } }"),
        ("owners", [{"name": "A"}], "owners { words { text } }"),
        ("owners", [1], "owners { name }"),
        ("owners", {"name": "A"}, "owners { name }"),
        ("owners", [{"words": [{"kind": {}}]}], "owners { words { kind } }"),
        ("pets", [None], "pets { ... on Dog { name } }"),
        ("pets", [{"kind": 1, "name": "A"}], "pets { ... on Dog { name } }"),
        ("numbers", [2**31], "numbers"),
        ("numbers", [1.0, 1.5], "numbers"),
        ("numbers", [True], "numbers"),
    ],
)
async def test_a_list_that_is_not_of_its_shape_is_read_value_by_value(
    name: str, value: object, source: str
) -> None:
    typing, _ = await read_typed(IT | {name: value}, f"{{ it {{ {source} }} }}")
    assert (len(typing.shapes), typing.read) == (1, 0)


@pytest.mark.parametrize("kind", ["dog", "cat", "cow", None])
@pytest.mark.parametrize("words", [[{"kind": "NOUN", "any": [1]}], [{"kind": "new"}], [{}]])
async def test_what_is_typed_is_shown_as_graphql_core_shows_it(
    kind: str | None, words: list[Any]
) -> None:
    pets = [{"kind": kind, "name": "A", "bones": words, "mice": words}, {"name": "B"}]
    for each in ("Dog { bones", "Cat { mice"):
        source = f"{{ it {{ pets {{ __typename ... on {each} {{ kind any size text }} }} }} }} }}"
        typing, _ = await read_typed(IT | {"pets": pets}, source)
        assert typing.read == 1


@pytest.mark.parametrize("fallback", ["Stone", "Star", "Moon"])
@pytest.mark.parametrize("kind", ["stone", "star", "moon", "new", None, ...])
async def test_the_type_of_what_is_typed_is_told_by_its_kind_alone(
    fallback: str, kind: object
) -> None:
    sdl = """
        type Query { it: It }
        type It { all: [Thing] }
        union Thing = Stone | Star | Moon
        type Stone { a: String } type Star { b: String } type Moon { c: String }"""
    told = Discriminator("kind", {"stone": "Stone", "star": "Star", "moon": "Moon"}, fallback)
    schema = schema_of(sdl, {"Query.it": _root}, {"Thing": told})
    typing = Typing()
    it = {"a": "A", "b": "B", "c": "C"} | ({} if kind is ... else {"kind": kind})
    context = Roots(it=record(all=Raw(orjson.dumps([it, None]))))
    source = "{ it { all { __typename ... on Stone { a } ... on Star { b } ... on Moon { c } } } }"
    compiled = Compiler(schema, plain, from_use=1, typed=typing).prepare(parse(source))
    answer = await both(schema, source, context, compiled=compiled)
    expected = told.members.get(str(kind), fallback)
    assert answer.data["it"]["all"][0]["__typename"] == expected
    assert typing.read == 1
    assert not answer.replayed


async def test_a_kind_of_a_type_that_is_not_in_the_schema_is_graphql_cores() -> None:
    typing, answer = await read_typed(
        IT | {"pets": [{"kind": "ox", "name": "A"}]}, "{ it { pets { ... on Dog { name } } } }"
    )
    assert typing.read == 1
    assert answer.replayed
    assert answer.paths == ["['it', 'pets', 0]"]


async def test_what_is_left_as_it_is_may_be_null() -> None:
    owners = [{"words": [{"any": None}, {}, {"any": 0}, {"any": [None]}]}]
    typing, answer = await read_typed(
        IT | {"owners": owners}, "{ it { owners { words { any } } } }"
    )
    assert typing.read == 1
    assert not answer.replayed
    shown = [each["any"] for each in answer.data["it"]["owners"][0]["words"]]
    assert shown == [None, None, 0, [None]]


DOG = '{"kind":"cat","kind":"dog","name":"A","name":"B"}'
TWICE = '{"words":[1],"words":[{"text":"a","text":"b"}]}'
NUMBERS = "-0,-0.0,0e0,1e2,25E-1,18446744073709551616,-9223372036854775809,1e-400,9007199254740994"
SMALL_NUMBERS = "-0,-0.0,0e0,1e2,25E-1,1e-400,9007199254740991,-9007199254740991"
SIZES, LARGE_SIZES = (
    ",".join(f'{{"size":{number}}}' for number in numbers.split(","))
    for numbers in (SMALL_NUMBERS, NUMBERS)
)
ANYTHING = ",".join(f'{{"any":{number}}}' for number in (*NUMBERS.split(","), "null", "[-0]"))


@pytest.mark.parametrize(
    ("name", "text", "source", "read"),
    [
        ("pets", f"[{DOG}]", "pets { __typename ... on Dog { name } }", 1),
        ("owners", f"[{TWICE}]", "owners { words { text } }", 0),
        ("owners", TWICE.join("[]").replace("[1]", "[]"), "owners { words { text } }", 1),
        ("owners", f'[{{"words":[{SIZES}]}}]', "owners { words { size } }", 1),
        ("owners", f'[{{"words":[{LARGE_SIZES}]}}]', "owners { words { size } }", 0),
        ("owners", f'[{{"words":[{ANYTHING}]}}]', "owners { words { any } }", 1),
        ("owners", '[{"name":"\\ud800"}]', "owners { name }", 0),
        ("owners", '[{"name":"\\ud83d\\ude00\\u0000"}]', "owners { name }", 1),
        ("owners", '[{"words":[{"any":1e999}]}]', "owners { words { any } }", 1),
        ("owners", '[{"other":NaN}]', "owners { name }", 0),
        ("numbers", "[-0, 2147483647, -2147483648]", "numbers", 1),
        ("numbers", "[1e2]", "numbers", 0),
        ("numbers", "[18446744073709551616]", "numbers", 0),
        ("numbers", "[2147483648]", "numbers", 0),
        ("numbers", "[-2147483649]", "numbers", 0),
    ],
)
async def test_however_json_is_written_it_is_read_as_graphql_core_is_given_it(
    name: str, text: str, source: str, read: int
) -> None:
    typing, _ = await read_typed(IT | {name: text.encode()}, f"{{ it {{ {source} }} }}")
    assert typing.read == read


def test_a_document_that_is_not_to_be_walked_has_no_conditions() -> None:
    assert Conditions(None).of({"a": True}) == ()


@pytest.mark.parametrize("number", [b"1e999", b"1" * 400])
def test_a_number_that_no_double_holds_is_skipped_where_it_is_not_selected(number: bytes) -> None:
    """graphql-core refuses the list: it is given all of it."""
    found = typed([({"name": (str,)},)])(Raw(b'[{"name":"A","other":%b}]' % number))
    assert found is not None
    assert [each.f0 for each in found] == ["A"]


@pytest.mark.parametrize("number", [2**53 + 1, -(2**53) - 1, 2**64 - 1])
async def test_a_whole_number_that_no_double_has_is_worded_by_graphql_core(number: int) -> None:
    owners = [{"words": [{"size": number}]}]
    query = "{ it { owners { words { size } } } }"
    typing, answer = await read_typed(IT | {"owners": owners}, query)
    assert (typing.read, answer.replayed, len(answer.errors)) == (0, True, 1)


async def read_typed(it: dict[str, Any], source: str) -> tuple[Typing, Any]:
    """The answer, compared with graphql-core's, over lists that are all still bytes."""
    told = {"Pet": Discriminator("kind", {"dog": "Dog", "cat": "Cat", "ox": "Ox"}, "Dog")}
    schema = schema_of(LISTS, LIST_READINGS, told)
    typing = Typing()
    compiler = Compiler(
        schema, plain, from_use=1, typed=typing, scopes_of=lambda context: context.scopes
    )
    texts = {k: v if isinstance(v, bytes) else orjson.dumps(v) for k, v in it.items()}
    context = Roots(it=record(**{name: Raw(text) for name, text in texts.items()}))
    context.scopes = frozenset()
    answer = await both(schema, source, context, compiled=compiler.prepare(parse(source)))
    return typing, answer
