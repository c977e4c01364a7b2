"""Phone numbers through the gateway, from the sandbox: what is shown, and what it costs."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gateway.sandbox.data.phone_numbers import numbers_of
from gateway.sandbox.data.session_tools import SECRET
from gateway.sandbox.faults import Fault
from tests.resources.test_agent_reading import same
from tests.world import GET_AGENT, IMPATIENT, World, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

GET, LIST = "GET /get-phone-number", "GET /v2/list-phone-numbers"

ONE = "query ($n: TelephoneNumber!) { phoneNumber(phoneNumber: $n) { phoneNumber nickname } }"
ALL = "{ phoneNumbers { nodes { phoneNumber } } }"


@pytest.fixture
async def w() -> AsyncIterator[World]:
    async with world(calls=1) as made:
        yield made


def given(w: World) -> list[dict[str, Any]]:
    """As Retell lists them, newest first."""
    account = w.sandbox.accounts["sandbox-key-a"]
    return numbers_of(account.world, account.anchor_ms, account.agents)[::-1]


def some(w: World, nickname: str) -> dict[str, Any]:
    return next(number for number in given(w) if number.get("nickname") == nickname)


BARE = {
    "inbound_webhook_url": "https://example.com/inbound",
    "inbound_sms_webhook_url": "https://example.com/sms",
    "termination_uri": "trunk.example.com",
}


def as_shown(value: Any) -> Any:
    """What Retell gave, as it is shown: addresses without secrets, versions as texts."""
    if isinstance(value, list):
        return [as_shown(item) for item in value]
    if not isinstance(value, dict):
        return value
    told = {name: BARE.get(name, as_shown(item)) for name, item in value.items()}
    if "agent_version" in told:
        told["agent_version"] = str(told["agent_version"])
    return told


BOUND = "{ agentId agentVersion weight }"
WHOLE = f"""
    id phoneNumber phoneNumberPretty phoneNumberType phoneNumberTypeRaw nickname areaCode
    inboundAgents {BOUND} outboundAgents {BOUND}
    inboundSmsAgents {BOUND} outboundSmsAgents {BOUND}
    inboundWebhookUrl inboundSmsWebhookUrl fallbackNumber lastModificationTimestamp
    allowedInboundCountryList allowedOutboundCountryList
    sipOutboundTrunkConfig {{ terminationUri authUsername transport transportRaw codecs }}
"""


async def test_every_number_is_shown_whole_but_for_its_secrets(w: World) -> None:
    response = await w.post(f"{{ phoneNumbers {{ nodes {{ {WHOLE} }} }} }}")
    assert SECRET not in response.text
    shown = response.json()["data"]["phoneNumbers"]["nodes"]
    expected = given(w)
    assert str(expected).count(SECRET) == 3
    for number, told in zip(expected, shown, strict=True):
        assert told["id"] == b64encode(f"PhoneNumber:{number['phone_number']}".encode()).decode()
        told["lastModificationTimestamp"] = number["last_modification_timestamp"]
        assert same(number, told) == as_shown(number)
    assert w.requests == {LIST: 1}


async def test_one_number_is_read_by_itself_and_is_null_where_it_is_nobodys(w: World) -> None:
    desk = some(w, "Front desk")["phone_number"]
    shown = {"phoneNumber": {"phoneNumber": desk, "nickname": "Front desk"}}
    assert await w.data(ONE, {"n": desk}) == shown
    assert await w.data(ONE, {"n": "+14155550100"}) == {"phoneNumber": None}
    assert await w.data(ONE, {"n": desk}) == shown
    assert w.requests == {GET: 2}
    assert w.sent[0].url.raw_path.decode() == f"/get-phone-number/%2B{desk[1:]}"


async def test_a_number_need_not_be_a_telephone_number(w: World) -> None:
    assert await w.data(ONE, {"n": "desk_1-a"}) == {"phoneNumber": None}
    assert w.requests == {GET: 1}


@pytest.mark.parametrize("number", ["", "+", "+1 415", "1/2", "..", "a" * 65, "+14155550100\n"])
async def test_what_cannot_be_one_is_refused_unasked(w: World, number: str) -> None:
    assert await w.errors(ONE, {"n": number}) == [("phoneNumber", "BAD_USER_INPUT")]
    assert w.requests == {}


async def test_pages_follow_each_other_in_both_orders(w: World) -> None:
    query = """query($after: String, $by: PhoneNumberOrder) {
        phoneNumbers(first: 4, after: $after, orderBy: $by) {
            edges { node { phoneNumber } } pageInfo { endCursor hasNextPage }
        }
    }"""
    seen: dict[str, list[str]] = {}
    for order in ("DESCENDING", "ASCENDING"):
        after, more, seen[order] = None, True, []
        while more:
            page = (await w.data(query, {"after": after, "by": order}))["phoneNumbers"]
            seen[order] += [edge["node"]["phoneNumber"] for edge in page["edges"]]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen["DESCENDING"] == [number["phone_number"] for number in given(w)]
    assert seen["ASCENDING"] == seen["DESCENDING"][::-1]
    assert w.requests == {LIST: 6}
    assert dict(w.sent[0].url.params) == {"limit": "4", "sort_order": "descending"}
    assert set(w.sent[1].url.params) == {"limit", "sort_order", "pagination_key"}


async def test_a_cursor_is_good_for_its_own_order_alone(w: World) -> None:
    page = await w.data("{ phoneNumbers(first: 1) { pageInfo { endCursor } } }")
    after = page["phoneNumbers"]["pageInfo"]["endCursor"]
    query = """query ($a: String) {
        phoneNumbers(after: $a, orderBy: ASCENDING) { nodes { id } } }"""
    assert await w.errors(query, {"a": after}) == [("phoneNumbers", "BAD_USER_INPUT")]
    assert w.requests == {LIST: 1}


@pytest.mark.parametrize("query", [ONE, ALL])
async def test_a_number_is_fresh_for_a_minute_and_usable_for_five_more(
    w: World, query: str
) -> None:
    variables = {"n": some(w, "Spare")["phone_number"]} if query == ONE else None
    endpoint = GET if query == ONE else LIST
    await w.data(query, variables)
    w.clock.forward(59)
    await w.data(query, variables)
    assert w.requests == {endpoint: 1}
    w.clock.forward(302)
    await w.data(query, variables)
    assert w.requests == {endpoint: 2}


@pytest.mark.parametrize("query", [ONE, ALL])
async def test_an_outage_is_bridged_for_an_hour(w: World, query: str) -> None:
    variables = {"n": some(w, "Spare")["phone_number"]} if query == ONE else None
    known = await w.data(query, variables)
    w.sandbox.faults.set([Fault(status=503, headers=IMPATIENT)])
    w.clock.forward(60 + 3599)
    assert await w.data(query, variables) == known
    w.clock.forward(2)
    field = "phoneNumber" if query == ONE else "phoneNumbers"
    assert await w.errors(query, variables) == [(field, "UPSTREAM_UNAVAILABLE")]


# --- Agents ------------------------------------------------------------------------------------


async def test_agents_are_read_once_each_in_the_version_that_is_named(w: World) -> None:
    query = """{ phoneNumbers { nodes {
        inboundAgents { agentId agentVersion agent { agentId version } }
        outboundAgents { agentId agentVersion agent { agentId version } }
    } } }"""
    shown = (await w.data(query))["phoneNumbers"]["nodes"]
    bound = [
        agent
        for number in shown
        for agent in (*(number["inboundAgents"] or ()), *(number["outboundAgents"] or ()))
    ]
    agents = {a.agent_id: a for a in w.sandbox.accounts["sandbox-key-a"].agents}
    for each in bound:
        named = each["agentVersion"]
        newest = agents[each["agentId"]].versions[-1].version
        version = int(named) if named in ("0", "1") else newest
        assert each["agent"] == {"agentId": each["agentId"], "version": version}
    assert {each["agentVersion"] for each in bound} == {None, "0", "1", "prod", "latest_published"}
    distinct = {
        (each["agentId"], v if (v := each["agentVersion"]) in ("0", "1") else None)
        for each in bound
    }
    assert len(bound) > len(distinct)
    assert w.requests == {LIST: 1, GET_AGENT: len(distinct)}


async def test_an_agent_that_retell_names_oddly_is_no_agent() -> None:
    odd: list[dict[str, Any]] = [
        {"agent_id": None, "agent_version": 1, "weight": None},
        {"agent_version": [1]},
        {"agent_id": 7, "agent_version": {"a": 1}},
    ]
    page = {"items": [{"phone_number": "+1", "inbound_agents": odd}], "has_more": False}
    query = "{ phoneNumbers { nodes { inboundAgents { agentVersion agent { agentId } } } } }"
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, json=page))
    async with world(calls=0, transport=transport) as w:
        (number,) = (await w.data(query))["phoneNumbers"]["nodes"]
        assert number["inboundAgents"] == [
            {"agentVersion": "1", "agent": None},
            {"agentVersion": None, "agent": None},
            {"agentVersion": None, "agent": None},
        ]
        assert len(w.sent) == 1


# --- What may come, and who may see it ---------------------------------------------------------


async def test_what_is_newer_than_the_schema_is_unknown() -> None:
    newer = {
        "phone_number": "+14155550100",
        "phone_number_type": "retell-pigeon",
        "sip_outbound_trunk_config": {"transport": "SCTP"},
    }
    query = """{ phoneNumber(phoneNumber: "+14155550100") {
        phoneNumberType phoneNumberTypeRaw inboundAgents { weight } fallbackNumber
        sipOutboundTrunkConfig { transport transportRaw terminationUri codecs }
    } }"""
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, json=newer))
    async with world(calls=0, transport=transport) as w:
        assert (await w.data(query))["phoneNumber"] == {
            "phoneNumberType": "UNKNOWN",
            "phoneNumberTypeRaw": "retell-pigeon",
            "inboundAgents": None,
            "fallbackNumber": None,
            "sipOutboundTrunkConfig": {
                "transport": "UNKNOWN",
                "transportRaw": "SCTP",
                "terminationUri": None,
                "codecs": None,
            },
        }


@pytest.mark.parametrize("answer", [{"items": {}}, {"has_more": False}, {"items": [1]}])
async def test_a_list_that_is_none_is_an_error(answer: Any) -> None:
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, json=answer))
    async with world(calls=0, transport=transport) as w:
        assert await w.errors(ALL) == [("phoneNumbers", "UPSTREAM_INVALID")]


async def test_a_fallback_number_is_masked_and_the_organisations_own_is_not() -> None:
    query = "{ phoneNumbers { nodes { phoneNumber nickname fallbackNumber } } }"
    for scopes, shown in (
        (["phone-numbers:read"], "+1415•••0177"),
        (["phone-numbers:read", "numbers:read"], "+14155550177"),
    ):
        async with world(calls=1, scopes=scopes) as w:
            nodes = (await w.answer(query))["data"]["phoneNumbers"]["nodes"]
            (night,) = [node for node in nodes if node["nickname"] == "Night line"]
            assert night["fallbackNumber"] == shown
            assert [node["phoneNumber"] for node in nodes] == [
                number["phone_number"] for number in given(w)
            ]


@pytest.mark.parametrize(
    ("query", "field"), [(ONE, "phoneNumber"), (ALL, "phoneNumbers")], ids=["one", "all"]
)
async def test_nothing_is_asked_for_who_lacks_the_scope(query: str, field: str) -> None:
    async with world(calls=1, scopes=["numbers:read", "phone-numbers:write"]) as w:
        variables = {"n": "+14155550100"} if query == ONE else None
        assert await w.errors(query, variables) == [(field, "FORBIDDEN")]
        assert w.requests == {}
