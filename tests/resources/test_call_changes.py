"""Calls that are started, steered and ended: what is sent, what is shown, what is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from gateway.sandbox.faults import Fault
from tests.world import LIST_CALLS, faults, world

if TYPE_CHECKING:
    from tests.world import JsonObject, World

DIAL = "POST /v2/create-phone-call"
FROM, TO = "+14155550199", "+14155550123"
USER_ERRORS = "userErrors { field message code }"
EXTRA = {
    "createPhoneCall": "call { callId callStatus }",
    "createWebCall": "callId accessToken expiresAt transport"
    " iceServers { urls username credential }",
    "registerPhoneCall": "call { callId callStatus }",
    "updateLiveCall": "success",
    "stopCall": "stoppedCallId",
    "listenLiveCall": "accessToken expiresAt participantId roomName transport url gatewayIp"
    " iceServers { urls username credential }",
    "takeOverLiveCall": "success",
    "rerunCallAnalysis": "call { callId callStatus }",
}


def document(name: str, selection: str | None = None) -> str:
    kind = f"{name[0].upper()}{name[1:]}Input!"
    below = f"{selection or EXTRA[name]} clientMutationId {USER_ERRORS}"
    return f"mutation ($input: {kind}) {{ {name}(input: $input) {{ {below} }} }}"


async def changed(it: World, name: str, **input_: Any) -> JsonObject:
    """The payload of a mutation whose answer has no errors."""
    payload: JsonObject = (await it.data(document(name), {"input": input_}))[name]
    return payload


async def dialled(it: World, **input_: Any) -> JsonObject:
    return await changed(it, "createPhoneCall", **{"fromNumber": FROM, "toNumber": TO} | input_)


def body(it: World) -> JsonObject:
    """What was sent last."""
    sent: JsonObject = orjson.loads(it.sent[-1].content)
    return sent


def voice_agent(it: World, number: int = 0) -> str:
    return it.sandbox.accounts["sandbox-key-a"].agents[number].agent_id


def ongoing(it: World, call_type: str) -> str:
    return next(
        str(item["call_id"])
        for item in it.items()
        if (item["call_status"], item["call_type"]) == ("ongoing", call_type)
    )


async def test_a_call_is_dialled_as_it_was_asked_for() -> None:
    async with world(calls=20) as it:
        agent_id = voice_agent(it, 1)
        payload = await dialled(
            it,
            clientMutationId="dial-0001",
            overrideAgentId=agent_id,
            overrideAgentVersion={"number": 0},
            metadata={"ticket": 7},
            retellLlmDynamicVariables={"name": "Zoë"},
            customSipHeaders={"X-A": "b"},
            agentOverride={"agent": {"voice_speed": 1.2}},
            honorInternalDnc=True,
            ignoreE164Validation=False,
        )
        assert payload["userErrors"] == []
        assert payload["call"]["callStatus"] == "REGISTERED"
        assert payload["clientMutationId"] == "dial-0001"
        assert it.requests == {DIAL: 1}
        assert body(it) == {
            "from_number": FROM,
            "to_number": TO,
            "override_agent_id": agent_id,
            "override_agent_version": 0,
            "metadata": {"ticket": 7},
            "retell_llm_dynamic_variables": {"name": "Zoë"},
            "custom_sip_headers": {"X-A": "b"},
            "agent_override": {"agent": {"voice_speed": 1.2}},
            "honor_internal_dnc": True,
            "ignore_e164_validation": False,
            "idempotency_key": "dial-0001",
        }


async def test_every_call_that_is_dialled_has_a_key_of_its_own() -> None:
    async with world(calls=20) as it:
        first, second = await dialled(it), await dialled(it, metadata=None)
        assert first["call"]["callId"] != second["call"]["callId"]
        bodies = [orjson.loads(request.content) for request in it.sent]
        keys = [sent.pop("idempotency_key") for sent in bodies]
        assert bodies == [{"from_number": FROM, "to_number": TO}] * 2
        assert len(set(keys)) == 2
        assert all(5 <= len(key) <= 255 for key in keys)


async def test_a_call_that_is_dialled_again_under_its_name_is_the_first_one() -> None:
    async with world(calls=20) as it:
        first = await dialled(it, clientMutationId="dial-0001")
        assert await dialled(it, clientMutationId="dial-0001") == first
        other = await dialled(it, clientMutationId="dial-0001", metadata={"a": 1})
        assert [error["code"] for error in other["userErrors"]] == ["BAD_USER_INPUT"]
        assert it.requests == {DIAL: 1}


async def test_a_call_whose_dialling_is_not_known_to_have_failed_is_not_dialled_again() -> None:
    async with world(calls=20) as it:
        it.sandbox.faults.set([Fault(DIAL, status=500)])
        variables = {"input": {"fromNumber": FROM, "toNumber": TO, "clientMutationId": "dial-0001"}}
        for _ in range(2):
            answer = await it.answer(document("createPhoneCall"), variables)
            assert faults(answer) == [("createPhoneCall", "OUTCOME_UNKNOWN")]
            (error,) = answer["errors"]
            assert error["extensions"]["lookUp"] == ["calls", "contact_conversations"]
        assert it.requests == {DIAL: 1}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"toNumber": "4155550123"}, "toNumber"),
        ({"toNumber": "+0155550123"}, "toNumber"),
        ({"toNumber": "sip:desk@example.com"}, "toNumber"),
        ({"fromNumber": "+1415\n"}, "fromNumber"),
        ({"metadata": [1]}, "metadata"),
        ({"metadata": {"a": "x" * 50_000}}, "metadata"),
        ({"agentOverride": "x"}, "agentOverride"),
        ({"retellLlmDynamicVariables": {"a": 1}}, "retellLlmDynamicVariables"),
        ({"retellLlmDynamicVariables": ["a"]}, "retellLlmDynamicVariables"),
        ({"customSipHeaders": {"X-A": None}}, "customSipHeaders"),
        ({"overrideAgentVersion": {"number": -1}}, None),
        ({"clientMutationId": "short"}, "clientMutationId"),
    ],
)
async def test_a_call_that_cannot_be_one_is_not_dialled(
    given: JsonObject, field: str | None
) -> None:
    async with world(calls=20) as it:
        payload = await dialled(it, **given)
        assert payload["call"] is None
        (error,) = payload["userErrors"]
        assert error["code"] == "BAD_USER_INPUT"
        assert error["field"] == (None if field is None else [field])
        assert it.requests == {}


async def test_numbers_of_ones_own_telephony_are_sent_as_they_are() -> None:
    async with world(calls=20) as it:
        await dialled(it, fromNumber="17", toNumber="18", ignoreE164Validation=True)
        assert (body(it)["from_number"], body(it)["to_number"]) == ("17", "18")


async def test_a_version_is_asked_for_by_its_tag() -> None:
    async with world(calls=20) as it:
        await dialled(it, overrideAgentVersion={"tag": "prod"})
        assert body(it)["override_agent_version"] == "prod"


async def test_what_is_personal_of_a_new_call_is_masked_or_noted() -> None:
    query = document("createPhoneCall", "call { callId ... on PhoneCall { toNumber } }")
    variables = {"input": {"fromNumber": FROM, "toNumber": TO}}
    async with world(calls=20, scopes=["calls:create"]) as it:
        answer = await it.answer(query, variables)
        assert answer["data"]["createPhoneCall"]["call"]["toNumber"] == "+1415•••0123"
        assert it.audited == []
    async with world(calls=20, scopes=["calls:create", "numbers:read"]) as it:
        call = (await it.data(query, variables))["createPhoneCall"]["call"]
        assert call["toNumber"] == TO
        (line,) = map(orjson.loads, it.audited)
        assert (line["type"], line["ids"]) == ("Call", [call["callId"]])
        assert line["fields"] == ["toNumber"]


async def test_a_new_call_is_not_read_again_for_what_it_has_not_yet() -> None:
    query = document("createPhoneCall", "call { callId transcript endTimestamp }")
    async with world(calls=20) as it:
        data = await it.data(query, {"input": {"fromNumber": FROM, "toNumber": TO}})
        assert data["createPhoneCall"]["call"]["transcript"] is None
        assert it.requests == {DIAL: 1}


async def refetched(it: World, queries: dict[str, str], change: Any) -> dict[str, int]:
    """How many requests each of these costs after a change, all of them having been read before."""
    for query in queries.values():
        await it.data(query)
    await change()
    asked = {}
    for name, query in queries.items():
        it.sandbox.requests.clear()
        await it.data(query)
        asked[name] = it.sandbox.requests.total
    return asked


def lists(mine: str, other: str, call_id: str) -> dict[str, str]:
    agent = '{ calls(first: 2, filter: { agent: [{ agentId: "%s" }] }) { nodes { callId } } }'
    return {
        "any": "{ calls(first: 2) { nodes { callId } } }",
        "running": "{ calls(filter: { callStatus: [ONGOING] }) { nodes { callId } } }",
        "today": '{ calls(first: 2, filter: { startTimestamp: { lt: "2026-05-29T00:00:00Z" } })'
        " { nodes { callId } } }",
        "past": '{ calls(first: 2, filter: { startTimestamp: { lt: "2026-05-20T00:00:00Z" } })'
        " { nodes { callId } } }",
        "mine": agent % mine,
        "other": agent % other,
        "one": f'{{ call(callId: "{call_id}") {{ callId }} }}',
    }


async def test_a_new_call_purges_the_lists_that_it_can_be_in() -> None:
    expected = {"any": 1, "running": 1, "today": 1, "past": 0, "mine": 1, "other": 0, "one": 0}
    async with world() as it:
        mine, other = voice_agent(it, 0), voice_agent(it, 1)
        queries = lists(mine, other, it.settled()[0])
        dial = lambda: dialled(it, overrideAgentId=mine)  # noqa: E731 - said once
        assert await refetched(it, queries, dial) == expected
        web = lambda: changed(it, "createWebCall", agentId=mine)  # noqa: E731
        assert await refetched(it, queries, web) == expected
        registered = lambda: changed(it, "registerPhoneCall", agentId=mine)  # noqa: E731
        assert await refetched(it, queries, registered) == expected


async def test_a_call_that_was_perhaps_made_purges_every_list_of_now() -> None:
    async with world() as it:
        mine, other = voice_agent(it, 0), voice_agent(it, 1)
        it.sandbox.faults.set([Fault(DIAL, status=500)])
        dial = lambda: it.answer(  # noqa: E731
            document("createPhoneCall"), {"input": {"fromNumber": FROM, "toNumber": TO}}
        )
        queries = lists(mine, other, it.settled()[0])
        assert await refetched(it, queries, dial) == {
            "any": 1,
            "running": 1,
            "today": 1,
            "past": 0,
            "mine": 1,
            "other": 1,
            "one": 0,
        }


async def test_a_new_call_is_in_the_next_list() -> None:
    async with world(calls=20) as it:
        await it.data("{ calls(first: 1) { nodes { callId } } }")
        payload = await dialled(it)
        it.clock.forward(3)
        data = await it.data("{ calls(first: 1) { nodes { callId callStatus } } }")
        assert data["calls"]["nodes"] == [
            {"callId": payload["call"]["callId"], "callStatus": "ONGOING"}
        ]


async def test_a_web_call_gives_what_a_browser_needs_and_a_new_token_each_time() -> None:
    async with world(calls=20) as it:
        agent_id = voice_agent(it)
        payload = await changed(
            it,
            "createWebCall",
            agentId=agent_id,
            agentVersion={"tag": "prod"},
            currentNodeId="node_1",
            currentState="start",
            metadata={"a": 1},
        )
        assert body(it) == {
            "agent_id": agent_id,
            "agent_version": "prod",
            "current_node_id": "node_1",
            "current_state": "start",
            "metadata": {"a": 1},
        }
        call_id = payload["callId"]
        assert payload == {
            "callId": call_id,
            "accessToken": f"sandbox-secret-join-{call_id}",
            "expiresAt": "2026-05-28T20:36:40.000Z",
            "transport": "GATEWAY",
            "iceServers": [
                {"urls": ["stun:stun.retell.example:3478"], "username": None, "credential": None},
                {
                    "urls": ["turn:turn.retell.example:3478?transport=udp"],
                    "username": "sandbox",
                    "credential": "sandbox-secret-turn",
                },
            ],
            "clientMutationId": None,
            "userErrors": [],
        }
        again = await changed(it, "createWebCall", agentId=agent_id)
        assert again["accessToken"] != payload["accessToken"]
        read = await it.answer(f'{{ call(callId: "{call_id}") {{ callId metadata }} }}')
        assert read == {"data": {"call": {"callId": call_id, "metadata": {"a": 1}}}}
        assert "secret" not in b"".join(it.audited).decode()


async def test_an_agent_that_there_is_not_leads_no_call() -> None:
    async with world(calls=20) as it:
        for name in ("createWebCall", "registerPhoneCall"):
            payload = await changed(it, name, agentId="agent_none")
            assert payload["userErrors"] == [
                {
                    "field": None,
                    "message": "Retell cannot process these values.",
                    "code": "BAD_USER_INPUT",
                }
            ]
        assert "accessToken" in (await changed(it, "createWebCall", agentId="agent_none"))


async def test_a_call_of_ones_own_telephony_is_announced() -> None:
    async with world(calls=20) as it:
        agent_id = voice_agent(it)
        payload = await changed(
            it,
            "registerPhoneCall",
            agentId=agent_id,
            agentVersion={"number": 0},
            direction="OUTBOUND",
            fromNumber="17",
            toNumber="18",
        )
        assert payload["call"]["callStatus"] == "REGISTERED"
        assert body(it) == {
            "agent_id": agent_id,
            "agent_version": 0,
            "direction": "outbound",
            "from_number": "17",
            "to_number": "18",
        }


async def test_a_running_call_is_changed_and_read_anew() -> None:
    async with world() as it:
        call_id = ongoing(it, "web_call")
        below = "metadata transcriptWithToolCalls { __typename }"
        read = f'{{ call(callId: "{call_id}") {{ {below} }} }}'
        await it.data(read)
        payload = await changed(
            it,
            "updateLiveCall",
            callId=call_id,
            fieldsToOverride={
                "metadata": {"vip": True},
                "dataStorageSetting": "EVERYTHING_EXCEPT_PII",
                "overrideDynamicVariables": {"tier": "gold"},
            },
            callControl={"additionalContext": "A member.", "triggerResponse": True},
        )
        assert (payload["success"], payload["userErrors"]) == (True, [])
        assert (it.sent[-1].method, it.sent[-1].url.path) == (
            "PATCH",
            f"/v2/update-live-call/{call_id}",
        )
        assert body(it) == {
            "fields_to_override": {
                "metadata": {"vip": True},
                "data_storage_setting": "everything_except_pii",
                "override_dynamic_variables": {"tier": "gold"},
            },
            "call_control": {"additional_context": "A member.", "trigger_response": True},
        }
        call = (await it.data(read))["call"]
        assert call["metadata"] == {"vip": True}
        assert {"__typename": "InjectedContext"} in call["transcriptWithToolCalls"]


async def test_dynamic_variables_of_a_running_call_are_taken_back_by_null() -> None:
    async with world() as it:
        given = {"overrideDynamicVariables": None}
        await changed(it, "updateLiveCall", callId=ongoing(it, "web_call"), fieldsToOverride=given)
        assert body(it) == {"fields_to_override": {"override_dynamic_variables": None}}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, None),
        ({"fieldsToOverride": {}, "callControl": None}, None),
        ({"fieldsToOverride": {"metadata": None}}, "fieldsToOverride"),
        ({"fieldsToOverride": {"dataStorageSetting": None}}, "fieldsToOverride"),
        ({"fieldsToOverride": {"metadata": "x"}}, "metadata"),
        ({"fieldsToOverride": {"overrideDynamicVariables": {"a": 1}}}, "overrideDynamicVariables"),
        ({"callControl": {"additionalContext": ""}}, "callControl"),
        ({"callControl": {"triggerResponse": None}}, "callControl"),
        ({"callId": "../x", "callControl": {"triggerResponse": True}}, "callId"),
    ],
)
async def test_a_change_of_a_running_call_that_is_none_is_not_sent(
    given: JsonObject, field: str | None
) -> None:
    async with world(calls=20) as it:
        payload = await changed(it, "updateLiveCall", **{"callId": "call_1"} | given)
        (error,) = payload["userErrors"]
        assert (error["code"], payload["success"]) == ("BAD_USER_INPUT", None)
        assert error["field"] == (None if field is None else [field])
        assert it.requests == {}


async def test_a_stopped_call_is_over_wherever_it_is_read() -> None:
    async with world() as it:
        call_id = ongoing(it, "phone_call")
        one = f'{{ call(callId: "{call_id}") {{ callStatus disconnectionReason }} }}'
        page = "{ calls(filter: { callStatus: [ONGOING] }) { nodes { callId } } }"
        await it.data(one)
        before = await it.data(page)
        assert {"callId": call_id} in before["calls"]["nodes"]
        payload = await changed(it, "stopCall", callId=call_id)
        assert (payload["stoppedCallId"], payload["userErrors"]) == (call_id, [])
        assert (it.sent[-1].method, it.sent[-1].content) == ("POST", b"")
        assert (await it.data(one))["call"] == {
            "callStatus": "ENDED",
            "disconnectionReason": "MANUAL_STOPPED",
        }
        assert {"callId": call_id} not in (await it.data(page))["calls"]["nodes"]
        again = await changed(it, "stopCall", callId=call_id)
        assert again["stoppedCallId"] is None
        assert [(e["field"], e["code"]) for e in again["userErrors"]] == [(["callId"], "NOT_FOUND")]


async def test_a_change_of_a_running_call_purges_it_and_the_lists_of_now() -> None:
    async with world() as it:
        call_id, other = ongoing(it, "phone_call"), it.settled()[0]
        named = '{ calls(filter: { callId: { in: ["%s"] } }) { nodes { callId } } }'
        queries = lists(voice_agent(it, 0), voice_agent(it, 1), other) | {
            "itself": f'{{ call(callId: "{call_id}") {{ callId }} }}',
            "named": named % call_id,
            "others": named % other,
        }
        stop = lambda: changed(it, "stopCall", callId=call_id)  # noqa: E731
        assert await refetched(it, queries, stop) == {
            "any": 1,
            "running": 1,
            "today": 1,
            "past": 0,
            "mine": 1,
            "other": 1,
            "one": 0,
            "itself": 1,
            "named": 1,
            "others": 0,
        }


async def test_who_may_listen_gets_a_token_and_nothing_is_forgotten() -> None:
    async with world(scopes=["calls:listen", "calls:read"]) as it:
        call_id = ongoing(it, "web_call")
        page = "{ calls(first: 1) { nodes { callId } } }"
        await it.data(page)
        payload = await changed(it, "listenLiveCall", callId=call_id)
        participant = payload["participantId"]
        assert payload | {"iceServers": None} == {
            "accessToken": f"sandbox-secret-listen-{participant}",
            "expiresAt": "2026-05-28T20:36:40.000Z",
            "participantId": participant,
            "roomName": call_id,
            "transport": "GATEWAY",
            "url": None,
            "gatewayIp": "203.0.113.7",
            "iceServers": None,
            "clientMutationId": None,
            "userErrors": [],
        }
        assert len(payload["iceServers"]) == 2
        await it.data(page)
        assert it.requests == {LIST_CALLS: 1, "POST /v2/listen-live-call": 1}
        phone = await changed(it, "listenLiveCall", callId=ongoing(it, "phone_call"))
        assert (phone["transport"], phone["url"]) == ("LIVEKIT", "wss://livekit.retell.example")
        assert phone["iceServers"] is None


async def test_who_listens_may_take_over() -> None:
    async with world() as it:
        call_id = ongoing(it, "web_call")
        listener = await changed(it, "listenLiveCall", callId=call_id)
        participant = listener["participantId"]
        payload = await changed(it, "takeOverLiveCall", callId=call_id, participantId=participant)
        assert (payload["success"], body(it)) == (True, {"participant_id": participant})
        nobody = await changed(it, "takeOverLiveCall", callId=call_id, participantId="nobody")
        assert [(e["field"], e["code"]) for e in nobody["userErrors"]] == [
            (["callId"], "NOT_FOUND")
        ]


async def test_a_call_that_does_not_run_cannot_be_listened_to() -> None:
    async with world() as it:
        for call_id in (it.settled()[0], "call_none"):
            payload = await changed(it, "listenLiveCall", callId=call_id)
            assert payload["accessToken"] is None
            assert [error["code"] for error in payload["userErrors"]] == ["NOT_FOUND"]


async def test_an_analysis_is_made_again_and_read_anew() -> None:
    async with world() as it:
        call_id = it.settled()[0]
        read = f'{{ call(callId: "{call_id}") {{ callAnalysis {{ callSummary }} }} }}'
        await it.data(read)
        payload = await changed(it, "rerunCallAnalysis", callId=call_id)
        assert payload["call"]["callId"] == call_id
        assert (it.sent[-1].method, it.sent[-1].content) == ("PUT", b"")
        await it.data(read)
        assert it.requests == {"GET /v2/get-call": 2, "PUT /rerun-call-analysis": 1}


INPUTS: dict[str, JsonObject] = {
    "createPhoneCall": {"fromNumber": FROM, "toNumber": TO},
    "createWebCall": {"agentId": "agent_1"},
    "registerPhoneCall": {"agentId": "agent_1"},
    "updateLiveCall": {"callId": "call_1", "callControl": {"triggerResponse": True}},
    "stopCall": {"callId": "call_1"},
    "listenLiveCall": {"callId": "call_1"},
    "takeOverLiveCall": {"callId": "call_1", "participantId": "p"},
    "rerunCallAnalysis": {"callId": "call_1"},
}
NEEDED = {
    "createPhoneCall": "calls:create",
    "createWebCall": "calls:create",
    "registerPhoneCall": "calls:create",
    "updateLiveCall": "calls:write",
    "stopCall": "calls:write",
    "listenLiveCall": "calls:listen",
    "takeOverLiveCall": "calls:listen",
    "rerunCallAnalysis": "calls:write",
}


@pytest.mark.parametrize("name", INPUTS)
async def test_who_has_not_the_scope_sends_nothing(name: str) -> None:
    scopes = {*NEEDED.values(), "calls:read"} - {NEEDED[name]}
    async with world(calls=1, scopes=scopes) as it:
        answer = await it.answer(document(name), {"input": INPUTS[name]})
        assert faults(answer) == [(name, "FORBIDDEN")]
        assert it.sent == []
    async with world(calls=1, scopes=[NEEDED[name]]) as it:
        await it.data(document(name), {"input": INPUTS[name]})
        assert len(it.sent) == 1


@pytest.mark.parametrize("name", INPUTS)
async def test_a_change_that_retell_fails_at_is_sent_once(name: str) -> None:
    async with world(calls=1) as it:
        it.sandbox.faults.set([Fault(status=500)])
        answer = await it.answer(document(name), {"input": INPUTS[name]})
        assert faults(answer) == [(name, "OUTCOME_UNKNOWN")]
        assert len(it.sent) == 1


@pytest.mark.parametrize("status", [402, 403])
async def test_a_change_that_the_account_may_not_make_is_forbidden(status: int) -> None:
    async with world(calls=1) as it:
        it.sandbox.faults.set([Fault(status=status)])
        for name, input_ in INPUTS.items():
            answer = await it.answer(document(name), {"input": input_})
            assert faults(answer) == [(name, "FORBIDDEN")]


async def test_an_answer_that_is_no_object_shows_nulls() -> None:
    async with world(calls=1) as it:
        it.sandbox.faults.set([Fault(body="wrong_shape")])
        payload = await changed(it, "createWebCall", agentId=voice_agent(it))
        assert (payload["callId"], payload["accessToken"]) == (None, None)
