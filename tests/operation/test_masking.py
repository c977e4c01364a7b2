"""Errors as clients see them: what is worded for them, and what is kept from them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from graphql import GraphQLError

from gateway.errors import BadRequest, RateLimited
from gateway.operation.masking import MOST_LOGGED, masked, refusal
from tests.operation.tiny import SECRET, Tiny, error

if TYPE_CHECKING:
    from gateway.operation.request import Json

FAULT = "The gateway failed; its log has the request id."
UNFIT = "Retell gave a value for this field that does not fit its type."
AT_START: Json = {"locations": [{"line": 1, "column": 3}]}


async def errors(query: str, **options: Any) -> list[Json]:
    errors: list[Json] = (await Tiny().whole(query, **options)).body["errors"]
    assert SECRET not in str(errors)
    return errors


async def test_an_error_of_ours_is_shown_with_its_code_and_place() -> None:
    assert await errors("{ missing }") == [
        error("NOT_FOUND", "There is no such call.", **AT_START, path=["missing"])
    ]


async def test_an_error_of_ours_brings_its_own_extensions() -> None:
    message = "Retell asks for fewer requests."
    assert await errors("{ busy }") == [
        error("RATE_LIMITED", message, **AT_START, path=["busy"], extensions={"retryAfter": 2.5})
    ]


async def test_a_path_has_the_names_that_the_caller_chose() -> None:
    (only,) = await errors("{ mine: missing }")
    assert only["path"] == ["mine"]


@pytest.mark.parametrize("field", ["broken", "worded"])
async def test_an_exception_of_a_resolver_is_told_to_the_log_only(
    field: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert await errors(f"{{ {field} }}") == [
        error("INTERNAL_SERVER_ERROR", FAULT, **AT_START, path=[field])
    ]
    (record,) = (r for r in caplog.records if r.levelno == logging.ERROR)
    assert (record.getMessage(), record.__dict__["request_id"]) == ("a resolver failed", "the-id")
    assert record.exc_info is not None
    assert SECRET in str(record.exc_info[1])


@pytest.mark.parametrize(
    ("query", "path", "column"),
    [
        ("{ number }", ["number"], 3),
        ("{ pair { one } }", ["pair", "one"], 10),
        ("{ sure }", ["sure"], 3),
    ],
)
async def test_a_value_that_does_not_fit_is_not_repeated(
    query: str, path: list[str], column: int, caplog: pytest.LogCaptureFixture
) -> None:
    place = {"locations": [{"line": 1, "column": column}]}
    assert await errors(query) == [error("UPSTREAM_INVALID", UNFIT, **place, path=path)]
    assert [r for r in caplog.records if r.levelno > logging.INFO] == []


async def test_variables_that_do_not_fit_are_told_in_graphql_cores_words() -> None:
    query = "query ($name: String!, $limits: Limits) { hello(name: $name, limits: $limits) }"
    assert await errors(query, variables={"name": 5, "limits": {"most": "x"}}) == [
        error(
            "BAD_USER_INPUT",
            "Variable '$name' has invalid value: String cannot represent a non string value: 5",
            locations=[{"line": 1, "column": 8}],
        ),
        error(
            "BAD_USER_INPUT",
            "Variable '$limits' has invalid value at .most: "
            "Int cannot represent non-integer value: 'x'",
            locations=[{"line": 1, "column": 24}],
        ),
    ]


async def test_an_argument_that_a_variable_leaves_empty_is_told_at_its_field() -> None:
    query = "query ($name: String = null) { hello(name: $name) }"
    (only,) = await errors(query)
    assert only == error(
        "BAD_USER_INPUT",
        "Argument 'name' has invalid value: Expected variable '$name' provided to non-null type "
        "'String!' not to be None.",
        locations=[{"line": 1, "column": 44}],
        path=["hello"],
    )


async def test_a_stream_that_starts_before_the_list_is_the_callers_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = await Tiny().whole("{ slows @stream(initialCount: -1) { id } }", incremental=True)
    assert [e["extensions"]["code"] for e in answer.body["errors"]] == ["BAD_USER_INPUT"]
    assert [r for r in caplog.records if r.levelno > logging.INFO] == []


def test_what_a_resolver_says_about_an_argument_of_its_own_is_not_shown() -> None:
    original = TypeError(f"Argument 'x' is {SECRET}")
    given = GraphQLError(str(original), path=["a"], original_error=original)
    assert masked([given], "the-id") == [error("INTERNAL_SERVER_ERROR", FAULT, path=["a"])]


def test_an_exception_without_a_path_is_not_shown_either() -> None:
    given = GraphQLError(SECRET, original_error=KeyError(SECRET))
    assert masked([given], "the-id") == [error("INTERNAL_SERVER_ERROR", FAULT)]


def test_extensions_that_are_not_ours_are_dropped() -> None:
    inner = GraphQLError("x", extensions={"debug": SECRET})
    given = GraphQLError("x", path=["a"], original_error=inner)
    assert masked([given], "the-id") == [error("UPSTREAM_INVALID", UNFIT, path=["a"])]


def test_a_fault_that_strikes_everywhere_is_logged_a_few_times(
    caplog: pytest.LogCaptureFixture,
) -> None:
    shared = LookupError("one for many")
    faults = [shared, shared, *(LookupError(str(number)) for number in range(20))]
    given = [GraphQLError("x", path=["a"], original_error=fault) for fault in faults]
    assert masked(given, "the-id") == [error("INTERNAL_SERVER_ERROR", FAULT, path=["a"])] * 22
    logged = [record.exc_info[1] for record in caplog.records if record.exc_info]
    assert (MOST_LOGGED, logged) == (10, [shared, *faults[2:11]])


def test_a_refusal_has_its_kinds_code_on_every_error() -> None:
    first = GraphQLError("No.", positions=[2])
    assert refusal(BadRequest, [first, GraphQLError("Nor that.")], "the-id") == {
        "errors": [error("BAD_REQUEST", "No."), error("BAD_REQUEST", "Nor that.")]
    }


def test_an_error_of_ours_is_ours_in_every_form() -> None:
    given = GraphQLError("x", original_error=RateLimited("Slowly."))
    assert masked([given], "the-id") == [error("RATE_LIMITED", "Slowly.")]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (
            "Variable '$i' has invalid value at '.most': Int cannot represent it.",
            "Variable '$i' is missing, or has a value that does not fit its type.",
        ),
        (
            "Argument 'name' has invalid value: Expected a value of type 'String!'.",
            "Argument 'name' is missing, or has a value that does not fit its type.",
        ),
        ("Too many errors.", "A variable is missing, or has a value that does not fit its type."),
    ],
)
def test_who_may_not_know_the_schema_is_told_nothing_of_a_type(message: str, told: str) -> None:
    (whole,) = masked([GraphQLError(message)], "the-id")
    assert whole["message"] == message
    (shown,) = masked([GraphQLError(message)], "the-id", explains=False)
    assert shown == error("BAD_USER_INPUT", told)


def test_an_error_of_ours_is_told_to_everybody() -> None:
    ours = GraphQLError("", original_error=RateLimited("Wait."), path=["a"])
    (shown,) = masked([ours], "the-id", explains=False)
    assert shown == error("RATE_LIMITED", "Wait.", path=["a"])
