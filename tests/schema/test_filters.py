"""`gateway.schema.filters`: every operator in Retell's form."""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest

from gateway.errors import BadUserInput
from gateway.schema.filters import (
    DateTimeFilter,
    DateTimeRange,
    IdFilter,
    KeyedFilter,
    NumberFilter,
    NumberRange,
    StringFilter,
    ValueFilter,
    enum_value,
    is_equal,
    one_of,
    some,
)
from gateway.schema.scalars import DateTime
from gateway.schema.storage import DataStorageSetting


class Closed(Enum):
    UNKNOWN = "UNKNOWN"


@pytest.mark.parametrize("kind", [StringFilter, IdFilter])
@pytest.mark.parametrize("op", ["eq", "ne", "sw", "ew", "co"])
def test_a_text_is_compared(kind: type[StringFilter | IdFilter], op: str) -> None:
    given: dict[str, Any] = {op: "+1"}
    assert kind(**given).wire() == {"type": "string", "op": op, "value": "+1"}


def test_an_empty_text_is_compared_too() -> None:
    assert StringFilter(eq="").wire() == {"type": "string", "op": "eq", "value": ""}


@pytest.mark.parametrize("op", ["eq", "ne", "gt", "ge", "lt", "le"])
def test_a_number_and_a_moment_are_compared_alike(op: str) -> None:
    number: dict[str, Any] = {op: 0.0}
    assert NumberFilter(**number).wire() == {"type": "number", "op": op, "value": 0.0}
    moment: dict[str, Any] = {op: DateTime(1_780_000_000_000)}
    assert DateTimeFilter(**moment).wire() == {
        "type": "number",
        "op": op,
        "value": 1_780_000_000_000,
    }


def test_a_range_has_both_its_ends() -> None:
    assert NumberFilter(bt=NumberRange(low=1, high=2.5)).wire() == {
        "type": "range",
        "op": "bt",
        "value": [1, 2.5],
    }
    moments = DateTimeRange(low=DateTime(1), high=DateTime(2))
    assert DateTimeFilter(bt=moments).wire() == {"type": "range", "op": "bt", "value": [1, 2]}


def test_an_id_may_be_one_of_several() -> None:
    assert IdFilter(in_=["a", "b"]).wire() == {"type": "enum", "op": "in", "value": ["a", "b"]}


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        (
            ValueFilter(string=StringFilter(co="x")),
            {"type": "string", "op": "co", "value": "x"},
        ),
        (ValueFilter(number=NumberFilter(ge=2)), {"type": "number", "op": "ge", "value": 2}),
        (ValueFilter(boolean=True), {"type": "boolean", "op": "eq", "value": True}),
        (ValueFilter(boolean=False), {"type": "boolean", "op": "eq", "value": False}),
        (ValueFilter(in_=["a"]), {"type": "enum", "op": "in", "value": ["a"]}),
        (ValueFilter(present=True), {"type": "present", "op": "pr"}),
        (ValueFilter(present=False), {"type": "present", "op": "np"}),
    ],
)
def test_a_value_of_any_type_is_compared_under_its_key(
    value: ValueFilter, wire: dict[str, object]
) -> None:
    assert value.wire() == wire
    assert KeyedFilter(key="plan", value=value).wire() == wire | {"key": "plan"}


def test_an_empty_list_is_refused() -> None:
    for make in (one_of, some):
        with pytest.raises(BadUserInput, match="empty list"):
            make([])


def test_a_list_with_something_in_it_is_given_back() -> None:
    assert some([0]) == [0]


def test_enum_members_are_sent_as_retell_calls_them() -> None:
    assert one_of([DataStorageSetting.EVERYTHING, "b"])["value"] == ["everything", "b"]
    assert enum_value(DataStorageSetting.EVERYTHING) == "everything"
    assert enum_value(7) == 7


def test_what_is_unknown_cannot_be_asked_for() -> None:
    with pytest.raises(BadUserInput, match="UNKNOWN"):
        one_of([DataStorageSetting.UNKNOWN])
    assert enum_value(Closed.UNKNOWN) == "UNKNOWN"


def test_a_truth_value_is_compared() -> None:
    assert is_equal(False) == {"type": "boolean", "op": "eq", "value": False}


def test_a_list_is_as_long_as_a_page_at_the_most() -> None:
    assert len(one_of([str(n) for n in range(1000)])["value"]) == 1000
    with pytest.raises(BadUserInput, match="may have 1000 values"):
        one_of([str(n) for n in range(1001)])
