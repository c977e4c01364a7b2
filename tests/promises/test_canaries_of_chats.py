"""A word that is nowhere else in every text of a chat: callers with few scopes never see one."""

from __future__ import annotations

from itertools import count
from typing import Any

import httpx
import orjson
import pytest

from gateway.sandbox.app import create_sandbox
from gateway.schema.node import global_id
from tests.promises.everything import fields
from tests.world import World, world

CANARY = "CANARY"
STRUCTURE = {
    "agent_id",
    "agent_tag",
    "chat_id",
    "chat_status",
    "chat_type",
    "pagination_key",
    "product",
    "role",
    "transition_type",
    "type",
    "user_sentiment",
}
"""Texts of a chat that are nobody's words."""
TWINS = {
    "scrubbed_pre_session_message_with_tool_calls",
    "scrubbed_post_session_message_with_tool_calls",
}
"""What Retell has scrubbed: shown to those who may not see the rest, but for the files in it."""
KEYS = {
    "transcripts:read": {"content", "transcript", "arguments", "chat_summary", "name"},
    "recordings:read": {"url"},
    "variables:read": {"customer_id", "customer_tier", "customer_name", "preferred_day"},
}
"""Where there are canaries, by the scope that shows them: files are in messages, which each caller
sees in their scrubbed form at least."""


class Planting(httpx.AsyncBaseTransport):
    """A sandbox whose chats hold canaries."""

    def __init__(self) -> None:
        self._inner = httpx.ASGITransport(create_sandbox(calls=1))
        self._numbers = count(1)
        self.keys: set[str] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        body = await response.aread()
        planted = self._planted(orjson.loads(body), "", hidden=True) if body else None
        return httpx.Response(response.status_code, json=planted)

    def _planted(self, value: Any, key: str, *, hidden: bool) -> Any:
        if isinstance(value, dict):
            return {
                name: self._planted(below, name, hidden=hidden and name not in TWINS)
                for name, below in value.items()
            }
        if isinstance(value, list):
            return [self._planted(item, key, hidden=hidden) for item in value]
        if not isinstance(value, str) or key in STRUCTURE or not (hidden or key == "url"):
            return value
        self.keys.add(key)
        return f"https://files.test/{CANARY}-{key}-{next(self._numbers)}"


async def every_answer(w: World) -> str:
    """All that is said of two chats in every way there is to ask."""
    page = await w.data("{ chats(first: 40) { nodes { chatId chatStatus } } }")
    texts = []
    for status, at in (("ENDED", 6), ("ONGOING", 0)):
        found = [node for node in page["chats"]["nodes"] if node["chatStatus"] == status]
        id_ = found[at]["chatId"]
        node = global_id("Chat", id_)
        for selection in fields("Chat").values():
            for query in (
                f'{{ chat(chatId: "{id_}") {{ {selection} }} }}',
                f'{{ node(id: "{node}") {{ ... on Chat {{ {selection} }} }} }}',
                f"{{ chats(first: 40) {{ nodes {{ {selection} }} }} }}",
            ):
                response = await w.post(query)
                assert "data" in response.json(), response.text
                texts.append(response.text)
    entry = fields("CreateChatCompletionPayload")["messages"]
    given = f'chatId: "{id_}", content: "my order"'
    response = await w.post(
        f"mutation {{ createChatCompletion(input: {{ {given} }}) {{ {entry} }} }}"
    )
    assert response.json()["data"]["createChatCompletion"] is not None
    return "".join((*texts, response.text))


@pytest.mark.parametrize("executor", ["compiled", "interpreted"])
async def test_no_personal_word_of_a_chat_reaches_a_caller_with_few_scopes(executor: str) -> None:
    planting = Planting()
    few = ["chats:read", "chats:write"]
    async with world(calls=0, scopes=few, transport=planting, executor=executor) as w:
        assert CANARY not in await every_answer(w)
        assert w.audited == []
    assert set().union(*KEYS.values()) <= planting.keys


@pytest.mark.parametrize("scope", KEYS)
async def test_each_scope_alone_shows_what_it_is_for_of_a_chat(scope: str) -> None:
    few = ["chats:read", "chats:write", scope]
    async with world(calls=0, scopes=few, transport=Planting()) as w:
        text = await every_answer(w)
    for name, keys in KEYS.items():
        for key in keys:
            assert (f"{CANARY}-{key}-" in text) == (name == scope), key
