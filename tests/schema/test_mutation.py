"""`gateway.schema.mutation`: what can be mended is data, and names what it is about."""

from __future__ import annotations

from enum import Enum

import pytest
from strawberry import UNSET

from gateway.errors import (
    BadUserInput,
    Conflict,
    Forbidden,
    GatewayError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    UpstreamError,
)
from gateway.schema.filters import NumberFilter
from gateway.schema.mutation import (
    MENDABLE,
    Input,
    given,
    idempotency_key,
    refused,
    some_given,
)
from gateway.schema.types import closed_enum, input_type


@pytest.mark.parametrize(
    ("error", "field"),
    [(NotFound("No."), ["callId"]), (Conflict("No."), ["callId"]), (BadUserInput("No."), None)],
)
def test_an_error_names_the_object_unless_the_input_is_wrong(
    error: GatewayError, field: list[str] | None
) -> None:
    assert refused(error, "callId") == {
        "user_errors": [{"field": field, "message": "No.", "code": error.code}]
    }


@pytest.mark.parametrize("kind", [Forbidden, RateLimited, UpstreamError, OutcomeUnknown])
def test_what_the_caller_cannot_mend_is_an_error_of_the_field(kind: type[GatewayError]) -> None:
    assert not issubclass(kind, MENDABLE)


@closed_enum
class Size(Enum):
    """How large."""

    LARGE = "large-one"
    """Very."""


@input_type()
class Part:
    """A part."""

    in_: list[str] | None = UNSET
    """Where it is in."""
    moment: NumberFilter | None = UNSET
    """When."""


@input_type()
class Whole(Input):
    """All of it."""

    thing_id: str = UNSET
    """Which."""
    size: Size | None = UNSET
    """How large."""
    parts: list[Part] | None = UNSET
    """Of what."""
    free: str | None = UNSET
    """Whatever."""


def test_what_is_given_is_in_retells_form_and_null_is_not_absent() -> None:
    whole = Whole(
        client_mutation_id="name-of-it",
        thing_id="t1",
        size=Size.LARGE,
        parts=[Part(in_=["a"]), Part(moment=NumberFilter(gt=3))],
        free="text",
    )
    assert given(whole, "thing_id") == {
        "size": "large-one",
        "parts": [{"in": ["a"]}, {"moment": {"type": "number", "op": "gt", "value": 3}}],
        "free": "text",
    }
    assert given(Whole(thing_id="t1", size=None)) == {"thing_id": "t1", "size": None}


def test_a_change_needs_something_to_change() -> None:
    assert some_given(Whole(thing_id="t1", free=None), "thing_id") == {"free": None}
    with pytest.raises(BadUserInput, match="at least one field"):
        some_given(Whole(thing_id="t1", client_mutation_id="name-of-it"), "thing_id")


def test_retells_own_key_for_repeats_is_the_callers_name_or_new_each_time() -> None:
    assert idempotency_key(Whole(client_mutation_id="name-of-it")) == "name-of-it"
    keys = {idempotency_key(Whole()) for _ in range(3)}
    assert len(keys) == 3
    assert {len(key) for key in keys} == {32}
