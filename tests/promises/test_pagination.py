"""Pages: every call once, a cursor at every item, and the filter language as Retell has it."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import httpx
import orjson
import pytest

from tests.world import LIST_CALLS, World, faults, world

PAGE = """query (
  $first: Int, $after: String, $by: CallFilter, $order: CallOrder! = START_TIMESTAMP_DESC
) {
  calls(first: $first, after: $after, filter: $by, orderBy: $order) {
    edges { cursor node { callId } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""
FOUND = (
    "query ($by: CallFilter) { calls(first: 1000, filter: $by) { nodes { callId } totalCount } }"
)


async def page(it: World, **asked: object) -> dict[str, Any]:
    calls: dict[str, Any] = (await it.data(PAGE, asked))["calls"]
    return calls


def ids(connection: dict[str, Any]) -> list[str]:
    return [edge["node"]["callId"] for edge in connection["edges"]]


def all_ids(it: World) -> list[str]:
    return [item["call_id"] for item in it.items()]


@pytest.mark.parametrize("first", [1000, 70, 33])
async def test_walking_all_pages_gives_every_call_once(first: int) -> None:
    async with world() as it:
        found: list[str] = []
        after, more, pages = None, True, 0
        while more:
            calls = await page(it, first=first, after=after)
            info = calls["pageInfo"]
            assert info["hasPreviousPage"] == (after is not None)
            assert (info["startCursor"], info["endCursor"]) == (
                calls["edges"][0]["cursor"],
                calls["edges"][-1]["cursor"],
            )
            found += ids(calls)
            after, more, pages = info["endCursor"], info["hasNextPage"], pages + 1
        assert found == all_ids(it)
        assert pages == -(-len(found) // first)
        assert it.requests == {LIST_CALLS: pages}


@pytest.mark.parametrize("order", ["START_TIMESTAMP_ASC", "START_TIMESTAMP_DESC"])
async def test_every_cursor_goes_on_right_behind_its_item(order: str) -> None:
    async with world(calls=20) as it:
        whole = await page(it, first=1000, order=order)
        for edge in (await page(it, first=12, order=order))["edges"]:
            place = ids(whole).index(edge["node"]["callId"])
            for first in (1, 5, 1000):
                behind = await page(it, first=first, after=edge["cursor"], order=order)
                assert ids(behind) == ids(whole)[place + 1 : place + 1 + first]
                rest = len(ids(whole)) - place - 1
                assert behind["pageInfo"]["hasNextPage"] == (rest > first)


async def test_a_cursor_within_a_page_costs_two_requests_at_most() -> None:
    async with world() as it:
        calls = await page(it, first=10)
        it.sandbox.requests.clear()
        behind = await page(it, first=10, after=calls["edges"][3]["cursor"])
        assert ids(behind) == all_ids(it)[4:14]
        assert it.requests == {LIST_CALLS: 1}  # the first page is remembered
        it.clock.forward(60)
        it.sandbox.requests.clear()
        await page(it, first=10, after=calls["edges"][3]["cursor"])
        assert it.requests == {LIST_CALLS: 2}


async def test_an_empty_list_has_no_cursors() -> None:
    async with world() as it:
        none = {"fromNumber": {"eq": "nobody"}}
        calls = await page(it, by=none)
        assert calls == {
            "edges": [],
            "pageInfo": {
                "hasNextPage": False,
                "hasPreviousPage": False,
                "startCursor": None,
                "endCursor": None,
            },
        }


async def test_the_first_none_tells_whether_there_are_any() -> None:
    async with world() as it:
        calls = await page(it, first=0)
        assert (calls["edges"], calls["pageInfo"]["hasNextPage"]) == ([], True)
        assert it.requests == {LIST_CALLS: 1}
        assert orjson.loads(it.sent[0].content)["limit"] == 1


@pytest.mark.parametrize("first", [-1, 1001, 2**31 - 1, -(2**31)])
async def test_more_or_less_than_a_page_can_have_is_refused(first: int) -> None:
    async with world() as it:
        assert faults(await it.answer(PAGE, {"first": first})) == [("calls", "BAD_USER_INPUT")]
        assert it.requests == {}


@pytest.mark.parametrize("first", [2**31, 1.5, "ten"])
async def test_what_is_no_number_of_calls_is_refused(first: object) -> None:
    async with world() as it:
        assert faults(await it.answer(PAGE, {"first": first})) == [("", "BAD_USER_INPUT")]
        assert it.requests == {}


async def test_a_cursor_is_good_for_its_own_list_only() -> None:
    async with world() as it:
        after = (await page(it, first=3))["pageInfo"]["endCursor"]
        it.sandbox.requests.clear()
        for other in (
            {"order": "START_TIMESTAMP_ASC"},
            {"by": {"callStatus": ["ENDED"]}},
            {"by": {"fromNumber": {"sw": "+"}}},
        ):
            answer = await it.answer(PAGE, {"first": 3, "after": after} | other)
            assert faults(answer) == [("calls", "BAD_USER_INPUT")]
        assert it.requests == {}


def forged(cursor: str, **changes: object) -> str:
    """The cursor with other contents, bound to the same list."""
    scope, key, limit, offset, item = orjson.loads(urlsafe_b64decode(cursor + "=="))
    content = {"scope": scope, "key": key, "limit": limit, "offset": offset, "item": item} | changes
    return urlsafe_b64encode(orjson.dumps(list(content.values()))).decode().rstrip("=")


@pytest.mark.parametrize(
    "changes",
    [
        {"key": 7},
        {"key": {"a": 1}},
        {"key": ["a"]},
        {"limit": "9"},
        {"limit": 10**6, "offset": 1},
        {"limit": -1, "offset": 1},
        {"limit": None, "offset": 1},
        {"limit": 2, "offset": -1},
        {"limit": 2, "offset": 3},
        {"limit": 2, "offset": "1"},
        {"limit": 2, "offset": 1.5},
        {"limit": 2, "offset": True},
        {"scope": None},
        {"item": 7},
    ],
    ids=str,
)
async def test_a_forged_cursor_is_refused_and_nothing_is_asked(changes: dict[str, object]) -> None:
    async with world() as it:
        after = (await page(it, first=3))["edges"][0]["cursor"]
        it.sandbox.requests.clear()
        answer = await it.answer(PAGE, {"first": 3, "after": forged(after, **changes)})
        assert faults(answer) == [("calls", "BAD_USER_INPUT")]
        assert it.requests == {}


@pytest.mark.parametrize("after", ["x", "é", "W10", "bnVsbA", "eyJhIjoxfQ", "====", "A" * 9999])
async def test_what_is_no_cursor_is_refused_and_nothing_is_asked(after: str) -> None:
    async with world() as it:
        assert faults(await it.answer(PAGE, {"after": after})) == [("calls", "BAD_USER_INPUT")]
        assert it.requests == {}


async def sandbox_finds(it: World, criteria: object) -> list[str]:
    """What Retell's own filter finds."""
    retell = httpx.AsyncClient(transport=httpx.ASGITransport(it.sandbox), base_url="http://sandbox")
    async with retell:
        answer = await retell.post(
            "/v3/list-calls",
            json={"limit": 1000, "filter_criteria": criteria},
            headers={"authorization": "Bearer sandbox-key-a"},
        )
    assert answer.status_code == 200, answer.text
    return [item["call_id"] for item in answer.json()["items"]]


def number(op: str, value: object) -> dict[str, object]:
    return {"type": "number", "op": op, "value": value}


def text(op: str, value: str) -> dict[str, object]:
    return {"type": "string", "op": op, "value": value}


def among(*values: str) -> dict[str, object]:
    return {"type": "enum", "op": "in", "value": list(values)}


TRUE = {"type": "boolean", "op": "eq", "value": True}
FALSE = TRUE | {"value": False}
DAY = "2026-05-20T00:00:00Z"
DAY_MS = 1_779_235_200_000
AGENTS = "agent_a849cb000e9ab9e750381792bc", "agent_5899f41aedb13c81e840f364dd"
FILTERS: list[tuple[Any, Any]] = [
    *(({"fromNumber": {op: "+1415"}}, {"from_number": text(op, "+1415")}) for op in ("sw", "co")),
    ({"fromNumber": {"ne": "+14155550199"}}, {"from_number": text("ne", "+14155550199")}),
    ({"toNumber": {"eq": "+14155550199"}}, {"to_number": text("eq", "+14155550199")}),
    ({"toNumber": {"ew": "99"}}, {"to_number": text("ew", "99")}),
    ({"callId": {"co": "a1"}}, {"call_id": text("co", "a1")}),
    ({"batchCallId": {"sw": "batch"}}, {"batch_call_id": text("sw", "batch")}),
    *(
        ({"durationMs": {op: 300_000}}, {"duration_ms": number(op, 300_000)})
        for op in ("gt", "ge", "lt", "le", "ne")
    ),
    (
        {"durationMs": {"bt": {"low": 1e5, "high": 3e5}}},
        {"duration_ms": {"type": "range", "op": "bt", "value": [1e5, 3e5]}},
    ),
    *(
        ({"startTimestamp": {op: DAY}}, {"start_timestamp": number(op, DAY_MS)})
        for op in ("gt", "ge", "lt", "le", "ne")
    ),
    (
        {"endTimestamp": {"bt": {"low": DAY, "high": "2026-05-22T00:00:00Z"}}},
        {"end_timestamp": {"type": "range", "op": "bt", "value": [DAY_MS, DAY_MS + 172_800_000]}},
    ),
    ({"combinedCost": {"gt": 50}}, {"combined_cost": number("gt", 50)}),
    ({"e2eLatencyP50": {"lt": 900}}, {"e2e_latency_p50": number("lt", 900)}),
    ({"callStatus": ["ERROR", "ONGOING"]}, {"call_status": among("error", "ongoing")}),
    ({"callType": ["WEB_CALL"]}, {"call_type": among("web_call")}),
    ({"direction": ["INBOUND"]}, {"direction": among("inbound")}),
    (
        {"disconnectionReason": ["AGENT_HANGUP", "DIAL_BUSY"]},
        {"disconnection_reason": among("agent_hangup", "dial_busy")},
    ),
    ({"userSentiment": ["NEGATIVE"]}, {"user_sentiment": among("Negative")}),
    (
        {"dataStorageSetting": ["EVERYTHING_EXCEPT_PII"]},
        {"data_storage_setting": among("everything_except_pii")},
    ),
    ({"callSuccessful": False}, {"call_successful": FALSE}),
    ({"inVoicemail": True}, {"in_voicemail": TRUE}),
    ({"agentTag": ["prod"]}, {"agent_tag": among("prod")}),
    ({"agent": [{"agentId": AGENTS[0]}]}, {"agent": [{"agent_id": AGENTS[0]}]}),
    (
        {"agent": [{"agentId": AGENTS[0], "version": [0]}, {"agentId": AGENTS[1]}]},
        {"agent": [{"agent_id": AGENTS[0], "version": [0]}, {"agent_id": AGENTS[1]}]},
    ),
    ({"toolCalls": [{"success": False}]}, {"tool_calls": [{"success": FALSE}]}),
    (
        {"toolCalls": [{"name": "check_availability", "latencyMs": {"gt": 1}}]},
        {"tool_calls": [{"name": "check_availability", "latency_ms": number("gt", 1)}]},
    ),
    (
        {"callStatus": ["ENDED"], "direction": ["OUTBOUND"], "durationMs": {"gt": 60_000}},
        {
            "call_status": among("ended"),
            "direction": among("outbound"),
            "duration_ms": number("gt", 60_000),
        },
    ),
]
VALUES: list[tuple[Any, Any]] = [
    ({"string": {"co": "a"}}, text("co", "a")),
    ({"string": {"ne": "a"}}, text("ne", "a")),
    ({"number": {"ge": 1}}, number("ge", 1)),
    ({"boolean": True}, TRUE),
    ({"in": ["a", "vip"]}, among("a", "vip")),
    ({"present": True}, {"type": "present", "op": "pr"}),
    ({"present": False}, {"type": "present", "op": "np"}),
]
MAPS = {
    "metadata": "metadata",
    "dynamicVariables": "dynamic_variables",
    "customAttributes": "custom_attributes",
    "customAnalysisData": "custom_analysis_data",
}


@pytest.mark.parametrize(("ours", "retells"), FILTERS, ids=str)
async def test_a_filter_finds_what_retells_own_finds(
    ours: dict[str, object], retells: dict[str, object]
) -> None:
    async with world() as it:
        expected = await sandbox_finds(it, retells)
        found = (await it.data(FOUND, {"by": ours}))["calls"]
        assert [call["callId"] for call in found["nodes"]] == expected
        assert found["totalCount"] == len(expected)
        assert 0 < len(expected) < len(it.items()), "a filter that filters nothing proves nothing"


@pytest.mark.parametrize(("name", "retells_name"), MAPS.items())
async def test_values_of_free_maps_are_found_as_retells_own_filter_finds_them(
    name: str, retells_name: str
) -> None:
    async with world(calls=60) as it:
        keys = {key for item in it.items() for key in map_of(item, name)} | {"no such key"}
        several = set()
        for key in sorted(keys):
            for ours, retells in VALUES:
                expected = await sandbox_finds(it, {retells_name: [{"key": key} | retells]})
                data = await it.data(FOUND, {"by": {name: [{"key": key, "value": ours}]}})
                assert [call["callId"] for call in data["calls"]["nodes"]] == expected
                several.add(len(expected))
        assert len(several) > 2, "a filter that filters nothing proves nothing"


def map_of(item: dict[str, Any], name: str) -> dict[str, Any]:
    if name == "customAnalysisData":
        found = item.get("call_analysis", {}).get("custom_analysis_data", {})
    else:
        told = {"dynamicVariables": "retell_llm_dynamic_variables"}
        found = item.get(told.get(name, MAPS[name]), {})
    assert isinstance(found, dict)
    return found


NO_FILTERS: list[dict[str, object]] = [
    {"callStatus": ["REGISTERED"]},
    {"callStatus": ["UNKNOWN"]},
    {"callStatus": []},
    {"callId": {"in": []}},
    {"toolCalls": [{}]},
]


@pytest.mark.parametrize("by", NO_FILTERS, ids=str)
async def test_what_retell_cannot_look_for_is_refused_and_nothing_is_asked(
    by: dict[str, object],
) -> None:
    async with world() as it:
        assert faults(await it.answer(FOUND, {"by": by})) == [("calls", "BAD_USER_INPUT")]
        assert it.requests == {}
