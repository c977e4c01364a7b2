"""Documents: what is remembered and for how long, and which operation of one is meant."""

from __future__ import annotations

import gc
import weakref
from functools import partial
from typing import Any

import pytest
from graphql import DocumentNode, parse, print_ast
from graphql.validation.rules import overlapping_fields_can_be_merged

from gateway.errors import (
    BadRequest,
    CharacterLimitExceeded,
    CommentLimitExceeded,
    GatewayError,
    GraphQLParseFailed,
    GraphQLValidationFailed,
    TokenLimitExceeded,
    VariableLimitExceeded,
)
from gateway.executor.conditions import Conditions
from gateway.executor.interpret import Interpreted
from gateway.operation import documents as module
from gateway.operation.documents import MOST_SURVEYS, Document, Documents
from gateway.operation.limits import DocumentLimits
from gateway.operation.reading import OperationRefused
from tests.operation.tiny import SCHEMA


def documents(**limits: Any) -> Documents:
    return Documents(SCHEMA, DocumentLimits(), partial(Interpreted, SCHEMA), **limits)


def refused(source: str, of: Documents | None = None) -> OperationRefused:
    with pytest.raises(OperationRefused) as caught:
        (of or documents()).prepare(source)
    return caught.value


def messages(source: str) -> list[str]:
    return [error.message for error in refused(source).errors]


def test_a_document_is_parsed_once() -> None:
    made = documents()
    first = made.prepare("{ hello }")
    assert print_ast(first.written) == "{\n  hello\n}"
    assert made.prepare("{ hello }") is first
    assert made.prepare("{hello}") is not first


def test_the_document_used_longest_ago_is_forgotten_first() -> None:
    made = documents(most=2)
    first, second = made.prepare("{ a: hello }"), made.prepare("{ b: hello }")
    assert made.prepare("{ a: hello }") is first
    made.prepare("{ c: hello }")
    assert made.prepare("{ a: hello }") is first
    assert made.prepare("{ b: hello }") is not second


def test_documents_are_forgotten_by_what_they_weigh() -> None:
    weight = module.CHARACTER_BYTES * len("{ a: hello }") + module.TOKEN_BYTES * 5
    made = documents(most_bytes=2 * weight)
    first, second = made.prepare("{ a: hello }"), made.prepare("{ b: hello }")
    assert made.prepare("{ a: hello }") is first
    assert made.prepare("{ b: hello }") is second
    third = made.prepare("{ c: hello }")
    assert made.prepare("{ c: hello }") is third
    assert made.prepare("{ b: hello }") is second
    assert made.prepare("{ a: hello }") is not first


def test_a_document_larger_than_all_may_be_takes_the_place_of_none() -> None:
    weight = module.CHARACTER_BYTES * len("{ hello }") + module.TOKEN_BYTES * 3
    made = documents(most_bytes=weight)
    small = made.prepare("{ hello }")
    large = made.prepare("{ a: hello b: hello }")
    assert made.prepare("{ a: hello b: hello }") is not large
    assert made.prepare("{ hello }") is small


def test_what_is_forgotten_makes_room_of_its_own_size() -> None:
    made = documents(most=1)
    for number in range(3):
        made.prepare(f"{{ a{number}: hello }}")
    assert made._good._bytes == module.CHARACTER_BYTES * len("{ a0: hello }") + 5 * 400


def test_the_bounds_that_ship() -> None:
    made = documents()
    assert (made._good.most, made._good.most_bytes) == (1000, 64 * 1024 * 1024)
    assert (made._bad.most, made._bad.most_bytes) == (200, 4 * 1024 * 1024)


def test_a_refusal_is_remembered_apart_from_good_documents() -> None:
    made = documents(most=1, most_refused=1)
    good = made.prepare("{ hello }")
    first = refused("{ nope }", made)
    again = refused("{ nope }", made)
    assert made.prepare("{ hello }") is good
    assert (again.reason, again.kind) == ("validation", GraphQLValidationFailed)
    assert [(e.message, e.locations) for e in again.errors] == [
        (e.message, e.locations) for e in first.errors
    ]
    # Not validated anew: the errors are those that were kept.
    assert refused("{ nope }", made).errors is again.errors
    refused("{ other }", made)
    assert refused("{ nope }", made).errors is not again.errors


def test_a_refusal_with_long_messages_weighs_what_they_do() -> None:
    source = '{ hello(limits: {most: "' + "x" * 1000 + '"}) }'
    made = documents(most_refused_bytes=2 * 2000 + 500)
    first = refused(source, made)
    assert len(first.errors) == 1
    assert refused(source, made).errors is not refused(source, made).errors
    roomy = documents(most_refused_bytes=2 * 2000 + 1000)
    refused(source, roomy)
    assert refused(source, roomy).errors is refused(source, roomy).errors


class Request:
    """Stands for whatever lives in the frames of who asks first."""


def test_a_remembered_refusal_keeps_nothing_of_who_asked_first() -> None:
    made = documents()

    def ask() -> weakref.ref[Request]:
        request = Request()
        with pytest.raises(OperationRefused):
            made.prepare("{ nope }")
        return weakref.ref(request)

    held = ask()
    gc.collect()
    assert held() is None


@pytest.mark.parametrize("source", ["{ nope }", "{ hello", "{ hello(name: [[1]]) }"])
def test_a_remembered_refusal_keeps_no_document(source: str) -> None:
    made = documents()
    first = refused(source, made).errors
    for error in refused(source, made).errors:
        assert (error.nodes, error.source, error.original_error) == (None, None, None)
        assert (error.__traceback__, error.__context__, error.__cause__) == (None, None, None)
    assert [e.locations for e in refused(source, made).errors] == [e.locations for e in first]


def test_no_refused_document_lives_on() -> None:
    made = documents()
    gc.collect()
    before = sum(isinstance(thing, DocumentNode) for thing in gc.get_objects())
    for number in range(20):
        refused(f"{{ nope{number} }}", made)
    gc.collect()
    assert sum(isinstance(thing, DocumentNode) for thing in gc.get_objects()) <= before


def test_what_is_no_graphql_is_refused_with_the_place() -> None:
    error = refused("{ hello")
    assert (error.reason, error.kind) == ("parse", GraphQLParseFailed)
    assert str(error) == "GRAPHQL_PARSE_FAILED"
    assert [e.message for e in error.errors] == ["Syntax Error: Expected Name, found <EOF>."]
    assert [e.locations for e in error.errors] == [[(1, 8)]]


@pytest.mark.parametrize(
    ("source", "kind", "what"),
    [
        ("{ hello " + "#\n" * 1001 + "}", CommentLimitExceeded, "1000 comments"),
        ("{ " + "hello " * 4000 + "}", TokenLimitExceeded, "4000 tokens"),
        ("{ hello }" + " " * 99_992, CharacterLimitExceeded, "100000 characters"),
    ],
)
def test_what_is_too_large_to_parse_is_refused(
    source: str, kind: type[GatewayError], what: str
) -> None:
    error = refused(source)
    assert (error.reason, error.kind) == ("validation", kind)
    assert [e.message for e in error.errors] == [f"The document has more than the {what} allowed."]


@pytest.mark.parametrize(
    "source",
    [
        "{a" * 400 + "}" * 400,
        "{ hello(name: " + "[" * 400 + "]" * 400 + ") }",
        "query ($a: " + "[" * 400 + "Int" + "]" * 400 + ") { hello }",
    ],
)
def test_what_is_too_deep_to_parse_is_refused(source: str) -> None:
    error = refused(source)
    assert (error.reason, error.kind) == ("parse", GraphQLParseFailed)
    assert ["nested too deeply" in e.message for e in error.errors] == [True]


def test_words_of_a_limit_in_a_text_are_no_limit() -> None:
    error = refused('"Document contains more than 4000 tokens."')
    assert error.kind is GraphQLParseFailed


def test_fragments_that_go_deeper_than_the_stack_are_refused() -> None:
    fragments = "".join(
        f"fragment f{number} on Query {{ {'...{' * 90} ...f{number + 1} {'}' * 90} }} "
        for number in range(13)
    )
    source = f"{{ ...f0 }} {fragments} fragment f13 on Query {{ hello }}"
    error = refused(source)
    assert (error.reason, error.kind) == ("validation", GraphQLValidationFailed)
    assert [e.message for e in error.errors] == ["The document is nested too deeply."]


def test_a_cycle_of_fragments_is_refused_in_graphql_cores_words() -> None:
    source = "{ ...a } fragment a on Query { ...b } fragment b on Query { hello ...a }"
    assert messages(source) == ["Cannot spread fragment 'a' within itself via 'b'."]


def test_a_document_over_a_limit_is_refused_before_it_is_validated() -> None:
    fragments = "".join(f"fragment f{n} on No {{ ...f{n + 1} ...f{n + 1} }} " for n in range(90))
    source = f"{{ ...f0 }} {fragments} fragment f90 on No {{ nope }}"
    assert messages(source) == [
        "The operation selects more than the 500 fields allowed, fragments written out."
    ]


def test_conflicting_fields_are_compared_within_a_budget() -> None:
    assert overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET == 20_000
    roomy = Documents(SCHEMA, DocumentLimits(fields=3_000), partial(Interpreted, SCHEMA))
    # What asks for parts is validated by graphql-core, whatever it repeats.
    error = refused("{ ... @defer { hello } slow {" + "id " * 500 + "} }", roomy)
    assert [each.message for each in error.errors] == ["Validation aborted."]


def test_no_more_than_twenty_errors_are_looked_for() -> None:
    fields = [f"a{number}" for number in range(21)]
    wrong = [f"Cannot query field '{field}' on type 'Slow'." for field in fields[:20]]
    aborted = "Too many validation errors, error limit reached. Validation aborted."
    assert messages("{ slow {" + " ".join(fields[:20]) + "} }") == wrong
    assert messages("{ slow {" + " ".join(fields) + "} }") == [*wrong, aborted]


@pytest.mark.parametrize(
    ("source", "root_fields"),
    [
        ("{ hello }", 1),
        ("{ slow { id later } hello ...F ...F } fragment F on Query { number sure }", 6),
        ("query A { hello } query B { hello number sure } mutation C { change }", 3),
    ],
)
def test_a_document_knows_the_most_fields_at_a_root(source: str, root_fields: int) -> None:
    made = documents()
    assert [made.prepare(source).root_fields for _ in range(2)] == [root_fields] * 2


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("{ hello }", 5_000),
        ("{ hello number }", 2_500),
        ("{ hello number sure }", 1_666),
        ("{ ...F ...F } fragment F on Query { a: hello b: hello }", 1_250),
        ("query A { hello } query B { a: hello b: hello }", 2_500),
        ("{ slow { id later lost } }", 5_000),
    ],
)
def test_as_many_values_are_admitted_as_the_fields_at_the_root_leave(
    source: str, values: int
) -> None:
    made = documents()
    document = made.prepare(source)
    made.admit(document, {"a": [0] * (values - 1)})
    with pytest.raises(OperationRefused) as caught:
        made.admit(document, {"a": [0] * values})
    assert (caught.value.reason, caught.value.kind) == ("validation", VariableLimitExceeded)
    assert [error.message for error in caught.value.errors] == [
        "The variables hold too many values: their number, times the fields at the root of "
        "the operation, may be 5000."
    ]
    # It is not the document that is refused: other variables are looked at anew.
    assert made.prepare(source) is document
    made.admit(document, {})


def test_the_values_admitted_are_those_of_its_limits() -> None:
    made = Documents(SCHEMA, DocumentLimits(values=4), partial(Interpreted, SCHEMA))
    document = made.prepare("{ hello number }")
    made.admit(document, {"a": 1, "b": 2})
    with pytest.raises(OperationRefused):
        made.admit(document, {"a": 1, "b": 2, "c": 3})


TWO = "query A { hello } query B { number } mutation C { change }"


def chosen(source: str, name: str | None, *, read_only: bool = False) -> str:
    parsed = parse(source)
    document = Document(
        source, parsed, 1, None, Interpreted(SCHEMA, parsed), SCHEMA, Conditions(None)
    )
    operation = document.operation(name, read_only=read_only)
    return print_ast(operation).split("\n")[0]


@pytest.mark.parametrize(
    ("source", "name", "first_line"),
    [
        ("{ hello }", None, "{"),
        ("query A { hello }", None, "query A {"),
        (TWO, "A", "query A {"),
        (TWO, "B", "query B {"),
        (TWO, "C", "mutation C {"),
    ],
)
def test_an_operation_is_the_only_one_or_the_one_named(
    source: str, name: str | None, first_line: str
) -> None:
    assert chosen(source, name) == first_line


@pytest.mark.parametrize(
    ("source", "name", "message"),
    [
        (TWO, None, "Name one of the operations."),
        (TWO, "D", "There is no such operation."),
        (TWO, "a", "There is no such operation."),
        ("{ hello }", "A", "There is no such operation."),
        ("query A { hello } fragment F on Query { hello }", "F", "There is no such operation."),
    ],
)
def test_an_operation_that_cannot_be_told_is_refused(
    source: str, name: str | None, message: str
) -> None:
    with pytest.raises(OperationRefused) as caught:
        chosen(source, name)
    assert (caught.value.reason, caught.value.kind) == ("validation", GraphQLValidationFailed)
    assert [error.message for error in caught.value.errors] == [message]


@pytest.mark.parametrize("source", ["mutation C { change }", "subscription C { change }"])
def test_what_only_reads_runs_queries_only(source: str) -> None:
    with pytest.raises(OperationRefused) as caught:
        chosen(source, None, read_only=True)
    assert (caught.value.reason, caught.value.kind) == ("method", BadRequest)
    message = "Only queries are answered to GET: send this with POST."
    assert [error.message for error in caught.value.errors] == [message]


def test_what_only_reads_may_name_the_query_beside_a_mutation() -> None:
    assert chosen(TWO, "A", read_only=True) == "query A {"


def test_without_parts_a_document_has_no_defer_and_no_stream() -> None:
    source = "{ ...F @defer(if: $a) slows @stream @include(if: true) { ... @defer { id } } }"
    query = "query ($a: Boolean = true) " + source + " fragment F on Query { hello }"
    document = documents().prepare(query)
    whole = "{ ...F slows @include(if: true) { ... { id } } }"
    assert isinstance(document.whole, Interpreted)
    assert print_ast(document.whole.document) == print_ast(parse(query.replace(source, whole)))
    assert isinstance(document.in_parts, Interpreted)
    assert document.in_parts.document is document.written
    assert print_ast(document.written) == print_ast(parse(query))


def test_a_document_that_asks_for_no_parts_is_never_answered_in_parts() -> None:
    assert documents().prepare("{ hello @include(if: true) }").in_parts is None


def test_surveys_are_kept_for_so_many_sets_of_scopes_and_made_anew_for_the_others() -> None:
    document = documents().prepare("{ hello }")
    sets = [frozenset({f"a:{'x' * number}"}) for number in range(MOST_SURVEYS + 2)]
    first = [document.survey(None, {}, scopes) for scopes in sets]
    again = [document.survey(None, {}, scopes) for scopes in sets]
    assert first == again
    same = [one is other for one, other in zip(first, again, strict=True)]
    assert same == [True] * MOST_SURVEYS + [False] * 2


def test_an_operation_whose_variables_do_not_fit_has_no_survey() -> None:
    document = documents().prepare("query ($a: String!) { hello(name: $a) }")
    assert document.survey(None, {}, None) is None
    assert document.survey(None, {"a": "b"}, None) is not None
