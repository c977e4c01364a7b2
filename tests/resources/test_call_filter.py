"""Filters of calls in Retell's form, measured against the types of the official SDK."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ConfigDict, TypeAdapter, with_config
from retell.types import call_list_params
from strawberry import ID, UNSET

from gateway.errors import BadUserInput
from gateway.resources.call import (
    CallAgentFilter,
    CallDirection,
    CallFilter,
    CallStatus,
    CallType,
    ToolCallFilter,
)
from gateway.schema.conversation import DisconnectionReason, UserSentiment
from gateway.schema.filters import (
    DateTimeFilter,
    DateTimeRange,
    IdFilter,
    KeyedFilter,
    NumberFilter,
    NumberRange,
    StringFilter,
    ValueFilter,
)
from gateway.schema.scalars import DateTime
from gateway.schema.storage import DataStorageSetting

EQ = NumberFilter(eq=1)
KEYED = [
    KeyedFilter(key="k", value=value)
    for value in (
        ValueFilter(string=StringFilter(sw="x")),
        ValueFilter(number=NumberFilter(le=2)),
        ValueFilter(number=NumberFilter(bt=NumberRange(low=1, high=2))),
        ValueFilter(boolean=False),
        ValueFilter(in_=["a", "b"]),
        ValueFilter(present=True),
        ValueFilter(present=False),
    )
]
EVERYTHING = CallFilter(
    agent=[CallAgentFilter(agent_id=ID("a"), version=[0, 1]), CallAgentFilter(agent_id=ID("b"))],
    agent_tag=["prod"],
    call_id=IdFilter(in_=["call_1"]),
    batch_call_id=StringFilter(eq="batch"),
    from_number=StringFilter(ew="00"),
    to_number=StringFilter(co="415"),
    call_status=[s for s in CallStatus if s.name not in {"REGISTERED", "UNKNOWN"}],
    call_type=[t for t in CallType if t.name != "UNKNOWN"],
    direction=[d for d in CallDirection if d.name != "UNKNOWN"],
    disconnection_reason=[r for r in DisconnectionReason if r.name != "UNKNOWN"],
    user_sentiment=list(UserSentiment),
    data_storage_setting=[d for d in DataStorageSetting if d.name != "UNKNOWN"],
    call_successful=True,
    in_voicemail=False,
    start_timestamp=DateTimeFilter(bt=DateTimeRange(low=DateTime(1), high=DateTime(2))),
    end_timestamp=DateTimeFilter(ge=DateTime(3)),
    duration_ms=NumberFilter(gt=1.5),
    combined_cost=NumberFilter(ne=0),
    e2e_latency_p50=NumberFilter(bt=NumberRange(low=0, high=900)),
    custom_analysis_data=KEYED,
    custom_attributes=KEYED,
    metadata=KEYED,
    dynamic_variables=KEYED,
    tool_calls=[ToolCallFilter(name="book", type="custom", success=True, latency_ms=EQ)],
)


def accepted(wire: object, type_: Any = call_list_params.FilterCriteria) -> None:
    """By the SDK's own declaration, with nothing that it does not know."""
    TypeAdapter(with_config(ConfigDict(extra="forbid"))(type_)).validate_python(wire, strict=False)


def test_every_filter_is_one_that_the_sdk_declares() -> None:
    wire = EVERYTHING.wire()
    assert set(wire) == set(call_list_params.FilterCriteria.__annotations__)
    accepted(wire)


def test_what_the_sdk_does_not_declare_is_noticed() -> None:
    wrongs: list[object] = [
        {"call_ids": []},
        {"call_id": {"type": "enum", "op": "eq", "value": "a"}},
    ]
    for wrong in wrongs:
        with pytest.raises(ValueError, match="validation error"):
            accepted(wrong)


def test_every_filter_is_worded_as_retell_words_it() -> None:
    wire = EVERYTHING.wire()
    assert wire["agent"] == [{"agent_id": "a", "version": [0, 1]}, {"agent_id": "b"}]
    assert wire["agent_tag"] == {"type": "enum", "op": "in", "value": ["prod"]}
    assert wire["call_type"]["value"] == ["web_call", "phone_call"]
    assert wire["call_status"]["value"] == ["not_connected", "ongoing", "ended", "error"]
    assert wire["user_sentiment"]["value"] == ["Negative", "Positive", "Neutral", "Unknown"]
    assert wire["call_successful"] == {"type": "boolean", "op": "eq", "value": True}
    assert wire["in_voicemail"] == {"type": "boolean", "op": "eq", "value": False}
    assert wire["start_timestamp"] == {"type": "range", "op": "bt", "value": [1, 2]}
    assert wire["metadata"][0] == {"type": "string", "op": "sw", "value": "x", "key": "k"}
    assert wire["tool_calls"] == [
        {
            "name": "book",
            "type": "custom",
            "success": {"type": "boolean", "op": "eq", "value": True},
            "latency_ms": {"type": "number", "op": "eq", "value": 1},
        }
    ]


def test_what_was_not_given_is_not_sent() -> None:
    assert CallFilter().wire() == {}
    assert CallFilter(agent=None, call_id=None, in_voicemail=None, metadata=None).wire() == {}
    assert ToolCallFilter(name="book", type=None, success=UNSET).wire() == {"name": "book"}
    assert CallAgentFilter(agent_id=ID("a"), version=None).wire() == {"agent_id": "a"}


def test_a_tool_call_that_failed_can_be_looked_for() -> None:
    assert ToolCallFilter(success=False).wire() == {
        "success": {"type": "boolean", "op": "eq", "value": False}
    }


@pytest.mark.parametrize("given", [ToolCallFilter(), ToolCallFilter(name=None, latency_ms=None)])
def test_a_tool_call_filter_needs_something(given: ToolCallFilter) -> None:
    with pytest.raises(BadUserInput, match="at least one field"):
        CallFilter(tool_calls=[given]).wire()


@pytest.mark.parametrize(
    "given",
    [
        CallFilter(agent=[]),
        CallFilter(agent=[CallAgentFilter(agent_id=ID("a"), version=[])]),
        CallFilter(agent_tag=[]),
        CallFilter(call_status=[]),
        CallFilter(call_id=IdFilter(in_=[])),
        CallFilter(metadata=[KeyedFilter(key="k", value=ValueFilter(in_=[]))]),
    ],
)
def test_a_choice_of_nothing_is_refused(given: CallFilter) -> None:
    with pytest.raises(BadUserInput, match="empty list"):
        given.wire()


@pytest.mark.parametrize(
    "name", ["custom_analysis_data", "custom_attributes", "metadata", "dynamic_variables"]
)
def test_no_conditions_all_hold(name: str) -> None:
    given: dict[str, Any] = {name: []}
    assert CallFilter(**given).wire() == {name: []}


def test_registered_calls_cannot_be_looked_for() -> None:
    with pytest.raises(BadUserInput, match="REGISTERED"):
        CallFilter(call_status=[CallStatus.ENDED, CallStatus.REGISTERED]).wire()


@pytest.mark.parametrize(
    "given",
    [
        CallFilter(call_status=[CallStatus.UNKNOWN]),
        CallFilter(call_type=[CallType.UNKNOWN]),
        CallFilter(direction=[CallDirection.UNKNOWN]),
        CallFilter(disconnection_reason=[DisconnectionReason.UNKNOWN]),
        CallFilter(data_storage_setting=[DataStorageSetting.UNKNOWN]),
    ],
)
def test_what_is_unknown_cannot_be_looked_for(given: CallFilter) -> None:
    with pytest.raises(BadUserInput, match="UNKNOWN"):
        given.wire()
