"""The pure parts of chats: how long they are fresh, filters, what a page is tagged with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from strawberry import ID

from gateway.errors import BadUserInput, UpstreamInvalid
from gateway.resources.chat import (
    CLOSED_AFTER,
    ChatAgentFilter,
    ChatDirection,
    ChatFilter,
    ChatOrder,
    ChatStatus,
    ChatType,
    _page,
    _touched,
    chat_policy,
    page_policy,
)
from gateway.schema.conversation import OF_CONTACTS, DisconnectionReason, UserSentiment
from gateway.schema.filters import (
    DateTimeFilter,
    DateTimeRange,
    IdFilter,
    KeyedFilter,
    NumberFilter,
    StringFilter,
    ValueFilter,
)
from gateway.schema.lives import CLOSED_PAGE, ENDED, LIVE, OPEN_PAGE, SETTLED
from gateway.schema.scalars import DateTime
from gateway.schema.storage import DataStorageSetting

if TYPE_CHECKING:
    from gateway.cache.entry import Freshness

NOW = 1_780_000_000.0
FILTER: Any = ChatFilter
AGENT: Any = ChatAgentFilter
"""Type checkers do not know what Strawberry makes of an input."""


def chat(status: object = "ended", ago: float | None = 700, **more: object) -> dict[str, Any]:
    """One that ended so many seconds ago."""
    end = {} if ago is None else {"end_timestamp": int((NOW - ago) * 1000)}
    return {"chat_status": status, "chat_analysis": {}} | end | more


def without_analysis(**more: Any) -> dict[str, Any]:
    return {name: value for name, value in chat(**more).items() if name != "chat_analysis"}


@pytest.mark.parametrize(
    ("given", "freshness"),
    [
        (chat("ongoing", None), LIVE),
        (chat("ongoing"), LIVE),
        (chat("resting", None), LIVE),
        (chat(["ended"], None), LIVE),
        ({}, LIVE),
        (chat("resting"), SETTLED),
        (chat(ago=599), ENDED),
        (chat(ago=600), SETTLED),
        (chat("error"), SETTLED),
        (without_analysis(ago=700), ENDED),
        (without_analysis(ago=3599), ENDED),
        (without_analysis(ago=3600), SETTLED),
        (chat(ago=None), ENDED),
        (chat(ago=None, start_timestamp=int((NOW - 3600) * 1000)), SETTLED),
        (chat(ago=None, end_timestamp=True, start_timestamp="1"), ENDED),
        (chat(ago=None, end_timestamp=-1, start_timestamp=0), ENDED),
        (chat(ago=9000, data_storage_setting="everything"), SETTLED),
        (chat(ago=9000, data_storage_setting=None), SETTLED),
        (chat(ago=9000, data_storage_setting="everything_except_pii"), ENDED),
        (chat(ago=9000, data_storage_setting="basic_attributes_only"), ENDED),
    ],
)
def test_a_chat_lives_by_its_state_and_age(given: dict[str, Any], freshness: Freshness) -> None:
    assert chat_policy(given, NOW) == freshness


def test_a_signed_url_of_a_file_caps_the_life_of_its_chat() -> None:
    url = f"https://files.test/1?Expires={int(NOW) + 100}"
    entries = [{"role": "user", "multimedia": [{"url": url}]}]
    for name in ("message_with_tool_calls", "scrubbed_pre_session_message_with_tool_calls"):
        capped = chat_policy(chat(ago=9000, **{name: entries}), NOW)
        assert capped == SETTLED.capped(50)
        assert capped.max_age == 50
    assert chat_policy(chat(ago=9000, transcript=url), NOW) == SETTLED


def test_a_page_lives_as_its_shortest_item_does() -> None:
    settled, ongoing = chat(ago=9000), chat("ongoing", None)
    over = NOW - CLOSED_AFTER
    cases: list[tuple[list[Any], float | None, Freshness]] = [
        ([], None, OPEN_PAGE),
        ([], over, CLOSED_PAGE),
        ([], over + 1, OPEN_PAGE),
        ([settled], over, CLOSED_PAGE),
        ([settled, ongoing], over, LIVE),
    ]
    for items, closes, freshness in cases:
        assert page_policy({"items": items}, NOW, closes=closes) == freshness
    assert page_policy({"items": [settled]}, NOW, expected=1) == CLOSED_PAGE
    assert page_policy({"items": [settled]}, NOW, expected=2) == OPEN_PAGE
    with pytest.raises(UpstreamInvalid):
        page_policy({}, NOW)


def test_a_filter_is_in_retells_form() -> None:
    present = KeyedFilter(key="a", value=ValueFilter(present=True))
    given = FILTER(
        agent=[AGENT(agent_id=ID("agent_1"), version=[1, 2]), AGENT(agent_id=ID("agent_2"))],
        agent_tag=["prod"],
        chat_id=IdFilter(in_=["chat_1"]),
        chat_status=[ChatStatus.ONGOING, ChatStatus.ERROR],
        chat_type=[ChatType.SMS_CHAT],
        direction=[ChatDirection.INBOUND],
        agent_number=StringFilter(eq="+1"),
        user_number=StringFilter(sw="+1"),
        disconnection_reason=[DisconnectionReason.INACTIVITY],
        user_sentiment=[UserSentiment.UNKNOWN],
        chat_successful=False,
        data_storage_setting=[DataStorageSetting.EVERYTHING],
        start_timestamp=DateTimeFilter(ge=DateTime(7)),
        end_timestamp=DateTimeFilter(bt=DateTimeRange(low=DateTime(1), high=DateTime(2))),
        duration_ms=NumberFilter(gt=5.0),
        combined_cost=NumberFilter(le=1.5),
        custom_analysis_data=[present],
        custom_attributes=[present],
    ).wire()
    keyed = [{"type": "present", "op": "pr", "key": "a"}]
    assert given == {
        "agent": [{"agent_id": "agent_1", "version": [1, 2]}, {"agent_id": "agent_2"}],
        "agent_tag": {"type": "enum", "op": "in", "value": ["prod"]},
        "chat_id": {"type": "enum", "op": "in", "value": ["chat_1"]},
        "chat_status": {"type": "enum", "op": "in", "value": ["ongoing", "error"]},
        "chat_type": {"type": "enum", "op": "in", "value": ["sms_chat"]},
        "direction": {"type": "enum", "op": "in", "value": ["inbound"]},
        "agent_number": {"type": "string", "op": "eq", "value": "+1"},
        "user_number": {"type": "string", "op": "sw", "value": "+1"},
        "disconnection_reason": {"type": "enum", "op": "in", "value": ["inactivity"]},
        "user_sentiment": {"type": "enum", "op": "in", "value": ["Unknown"]},
        "chat_successful": {"type": "boolean", "op": "eq", "value": False},
        "data_storage_setting": {"type": "enum", "op": "in", "value": ["everything"]},
        "start_timestamp": {"type": "number", "op": "ge", "value": 7},
        "end_timestamp": {"type": "range", "op": "bt", "value": [1, 2]},
        "duration_ms": {"type": "number", "op": "gt", "value": 5.0},
        "combined_cost": {"type": "number", "op": "le", "value": 1.5},
        "custom_analysis_data": keyed,
        "custom_attributes": keyed,
    }
    assert FILTER(agent_tag=None).wire() == {}
    impossible: list[dict[str, Any]] = [
        {"agent": []},
        {"agent_tag": []},
        {"chat_type": [ChatType.UNKNOWN]},
    ]
    for wrong in impossible:
        with pytest.raises(BadUserInput):
            FILTER(**wrong).wire()


def test_a_page_asks_for_what_is_wanted() -> None:
    read = _page({}, ChatOrder.START_TIMESTAMP_DESC, 5, None, False)
    assert read.body == {"limit": 5, "sort_order": "descending"}
    criteria = {"agent": [{"agent_id": "agent_1"}]}
    more = _page(criteria, ChatOrder.START_TIMESTAMP_ASC, 7, "key", True)
    assert more.body == {
        "limit": 7,
        "sort_order": "ascending",
        "filter_criteria": criteria,
        "pagination_key": "key",
        "include_total": True,
    }


@pytest.mark.parametrize(
    ("begin", "closed"),
    [
        ({"op": "lt", "value": 0}, True),
        ({"op": "eq", "value": 0}, True),
        ({"op": "le", "value": NOW * 1000}, False),
        ({"op": "bt", "value": [0, 0]}, True),
        ({"op": "bt", "value": [0, NOW * 1000]}, False),
        ({"op": "gt", "value": 0}, False),
        ({}, False),
    ],
)
def test_a_page_of_a_time_that_is_over_lives_longer(begin: dict[str, Any], closed: bool) -> None:
    read = _page({"start_timestamp": begin}, ChatOrder.START_TIMESTAMP_DESC, 5, None, False)
    assert read.policy({"items": []}, NOW) == (CLOSED_PAGE if closed else OPEN_PAGE)


@pytest.mark.parametrize(
    ("criteria", "tags"),
    [
        ({}, {"any"}),
        ({"chat_id": {"op": "eq", "value": "c"}}, {"chat:c"}),
        ({"chat_id": {"op": "in", "value": ["c", "d"]}}, {"chat:c", "chat:d"}),
        ({"chat_id": {"op": "sw", "value": "c"}}, {"any"}),
        ({"agent": [{"agent_id": "a"}, {"agent_id": "b"}]}, {"agent:a", "agent:b"}),
        ({"chat_id": {"op": "in", "value": [str(n) for n in range(101)]}}, {"any"}),
    ],
)
def test_a_page_is_tagged_with_what_can_change_it(criteria: Any, tags: set[str]) -> None:
    read = _page(criteria, ChatOrder.START_TIMESTAMP_DESC, 5, None, False)
    assert set(read.tags) == {"all", *tags}


def test_a_change_touches_the_lists_that_the_chat_can_be_in() -> None:
    known = {OF_CONTACTS, ("chats", "any"), ("chats", "chat:c"), ("chats", "agent:a")}
    every = {OF_CONTACTS, ("chats", "all")}
    told = {"chat_id": "c", "agent_id": "a"}
    assert set(_touched("c", told)) == {("chat", "c"), *known}
    assert set(_touched(None, told)) == {("chat", "c"), *known}
    for unknown in (None, {}, {"agent_id": 7}):
        assert set(_touched("c", unknown)) == {("chat", "c"), *every}
    assert set(_touched(None, None)) == every
    assert set(_touched(None, {"chat_id": ["c"], "agent_id": "a"})) == every
