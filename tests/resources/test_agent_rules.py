"""The pure parts of agents: how long they are fresh, filters, what is made of single values."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.errors import BadUserInput, UpstreamInvalid
from gateway.resources.agent import AGENTS, AgentChannel, AgentFilter
from gateway.schema.agent_parts import (
    AgentOrder,
    all_languages,
    first_language,
    tags_of,
)
from gateway.schema.agent_reading import (
    AGENT,
    CHAT_AGENT,
    FROZEN,
    LONGEST_KEY,
    at_version,
    page_of_agents,
    read_by_key,
    version_policy,
)
from gateway.schema.bare_urls import bare_url
from gateway.schema.versions import DRAFT, EDITED, edited_page_policy, edited_policy

FILTER: Any = AgentFilter
"""Type checkers do not know what Strawberry makes of an input."""


def test_the_newest_version_is_never_frozen() -> None:
    assert edited_policy({"is_published": True}, 0.0) == EDITED


@pytest.mark.parametrize(
    ("given", "freshness"),
    [
        ({"is_published": True}, FROZEN),
        ({"is_published": False}, DRAFT),
        ({"is_published": None}, DRAFT),
        ({"is_published": "true"}, DRAFT),
        ({}, DRAFT),
    ],
)
def test_only_a_published_version_is_frozen(given: dict[str, object], freshness: object) -> None:
    assert version_policy(given, 0.0) == freshness


def test_a_page_is_as_fresh_as_a_newest_version() -> None:
    assert edited_page_policy({"items": []}, 0.0) == EDITED


@pytest.mark.parametrize("page", [{}, {"items": None}, {"items": ["agent_1"]}])
def test_what_is_not_a_page_is_refused(page: dict[str, object]) -> None:
    with pytest.raises(UpstreamInvalid):
        edited_page_policy(page, 0.0)


def test_a_version_has_a_policy_and_a_key_of_its_own() -> None:
    newest, first = at_version(AGENT, "agent_1", None), at_version(AGENT, "agent_1", 0)
    assert (newest.request.target, newest.policy) == ("/get-agent/agent_1", edited_policy)
    assert (first.request.target, first.policy) == ("/get-agent/agent_1?version=0", version_policy)
    assert newest.key("tenant") != first.key("tenant")
    assert newest.tags == first.tags == ("agent_1",)


def test_a_read_by_a_key_is_remembered_for_its_kind_of_agent() -> None:
    read = read_by_key(AGENT, "agent_1:3")
    assert read == at_version(AGENT, "agent_1", 3)
    assert read_by_key(AGENT, "agent_1:3") is read
    assert read_by_key(CHAT_AGENT, "agent_1:3") == at_version(CHAT_AGENT, "agent_1", 3)


def test_a_read_by_a_long_key_is_not_remembered() -> None:
    key = "a" * (LONGEST_KEY + 1)
    assert read_by_key(AGENT, key) == at_version(AGENT, key, None)
    assert read_by_key(AGENT, key) is not read_by_key(AGENT, key)
    assert read_by_key(AGENT, key[1:]) is read_by_key(AGENT, key[1:])


def test_paging_is_in_the_query_and_the_filter_in_the_body() -> None:
    criteria = FILTER(channel=AgentChannel.VOICE).wire()
    request = page_of_agents(AGENTS, criteria, AgentOrder.ASCENDING, 20, "a/b", False).request
    assert request.target == ("/v2/list-agents?limit=20&pagination_key=a%2Fb&sort_order=ascending")
    assert request.body == (
        b'{"filter_criteria":{"channel":{"type":"string","op":"eq","value":"voice"}}}'
    )
    assert request.safe
    assert request.lists


def test_the_first_page_of_everything_has_neither_key_nor_filter() -> None:
    request = page_of_agents(AGENTS, {}, AgentOrder.DESCENDING, 50, None, True).request
    assert (request.target, request.body) == (
        "/v2/list-agents?limit=50&sort_order=descending",
        b"{}",
    )


def test_a_filter_has_what_was_given() -> None:
    assert FILTER().wire() == {}
    assert FILTER(channel=None, is_transfer_agent=None, query=None).wire() == {}
    assert FILTER(channel=AgentChannel.CHAT, is_transfer_agent=False, query="sales").wire() == {
        "channel": {"type": "string", "op": "eq", "value": "chat"},
        "is_transfer_agent": {"type": "boolean", "op": "eq", "value": False},
        "query": "sales",
    }


def test_an_unknown_channel_cannot_be_looked_for() -> None:
    with pytest.raises(BadUserInput, match="UNKNOWN"):
        FILTER(channel=AgentChannel.UNKNOWN).wire()


@pytest.mark.parametrize(
    ("given", "first", "languages"),
    [
        ("en-US", "en-US", ["en-US"]),
        (["fr-FR", "en-US"], "fr-FR", ["fr-FR", "en-US"]),
        ([], None, []),
        (None, None, None),
    ],
)
def test_one_language_and_several_are_shown_alike(
    given: object, first: object, languages: object
) -> None:
    assert (first_language(given), all_languages(given)) == (first, languages)


def test_tags_are_a_list_of_what_was_a_map() -> None:
    tags = {"prod": {"version": 3, "dynamic_variables": {"a": "b"}}, "test": {}, "old": None}
    assert tags_of({"tags": tags}) == [
        {"name": "prod", "version": 3, "dynamic_variables": {"a": "b"}},
        {"name": "test"},
        {"name": "old"},
    ]


def test_an_agent_without_tags_has_none() -> None:
    assert tags_of({}) is None
    assert tags_of({"tags": {}}) == []


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("https://hooks.example/retell?token=x", "https://hooks.example/retell"),
        ("https://user:pass@hooks.example/retell#x", "https://hooks.example/retell"),
        ("https://hooks.example?x@y/z", "https://hooks.example"),
        ("wss://llm.example", "wss://llm.example"),
        ("no url?token=x", "no url"),
        (None, None),
    ],
)
def test_a_url_is_shown_without_the_parts_that_people_keep_tokens_in(
    given: object, shown: object
) -> None:
    assert bare_url(given) == shown
