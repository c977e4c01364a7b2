"""Lists within an object: long ones leave others their turn, and JSON stays what it is."""

from __future__ import annotations

from typing import Any

import httpx

from tests.world import world

QUERY = """{ call(callId: "call_1") {
  metadata customAttributes transcriptObject { content words { word } } latency { e2e { values } }
} }"""


async def test_a_long_list_that_is_json_is_shown_as_it_is() -> None:
    many = list(range(120))
    said = {
        "content": "hello",
        "words": [{"word": str(number)} for number in many],
    }

    def retell(_: httpx.Request) -> httpx.Response:
        call: dict[str, Any] = {"call_id": "call_1", "call_type": "web_call", "metadata": many}
        call |= {"custom_attributes": {"list": many}, "latency": {"e2e": {"values": many}}}
        return httpx.Response(200, json=call | {"transcript_object": [said] * 120})

    async with world(calls=0, transport=httpx.MockTransport(retell)) as it:
        data = await it.data(QUERY)
    assert data["call"] == {
        "metadata": many,
        "customAttributes": {"list": many},
        "transcriptObject": [said] * 120,
        "latency": {"e2e": {"values": many}},
    }
