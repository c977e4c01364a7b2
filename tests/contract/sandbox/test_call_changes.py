"""Calls that are made, steered and ended in the sandbox, driven by the official SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from retell import BadRequestError, NotFoundError, UnprocessableEntityError

from gateway.sandbox.app import Sandbox, create_sandbox
from tests.sandbox.asking import KEY_B, NOW_MS, Clock, every_call, plain, sdk

if TYPE_CHECKING:
    from retell.types import PhoneCallResponse

TO, FROM = "+14155550123", "+14155550199"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    return create_sandbox(clock=clock, calls=40)


async def voice_agent(sandbox: Sandbox) -> str:
    return (await sdk(sandbox).agent.list(sort_order="ascending")).items[0].agent_id


async def dialled(sandbox: Sandbox, **given: Any) -> PhoneCallResponse:
    return await sdk(sandbox).call.create_phone_call(from_number=FROM, to_number=TO, **given)


async def test_a_dialled_call_goes_from_registered_to_its_analysis(
    sandbox: Sandbox, clock: Clock
) -> None:
    client = sdk(sandbox)
    agents = (await client.agent.list(sort_order="ascending")).items
    call = await dialled(
        sandbox,
        override_agent_id=agents[1].agent_id,
        override_agent_version=0,
        metadata={"ticket": 7},
        retell_llm_dynamic_variables={"name": "Zoë"},
        custom_sip_headers={"X-A": "b"},
        agent_override={"agent": {"voice_speed": 1.2}},
        honor_internal_dnc=True,
    )
    assert (call.call_status, call.direction) == ("registered", "outbound")
    assert (call.from_number, call.to_number) == (FROM, TO)
    assert (call.agent_id, call.agent_version) == (agents[1].agent_id, 0)
    assert (call.metadata, call.retell_llm_dynamic_variables) == ({"ticket": 7}, {"name": "Zoë"})
    assert call.custom_sip_headers == {"X-A": "b"}
    states = []
    for seconds in (3, 120, 6):
        clock.forward(seconds)
        found = await client.call.retrieve(call.call_id)
        states.append((found.call_status, found.call_analysis is not None))
    assert states == [("ongoing", False), ("ended", False), ("ended", True)]
    newest = (await client.call.list(limit=50)).items
    assert call.call_id in [each.call_id for each in newest]
    starts = [each.start_timestamp for each in newest if each.start_timestamp]
    assert starts == sorted(starts, reverse=True)


async def test_what_is_not_said_of_a_new_call_is_not_made_up(sandbox: Sandbox) -> None:
    call = (await dialled(sandbox)).to_dict()
    others = {"metadata", "retell_llm_dynamic_variables", "custom_sip_headers", "custom_attributes"}
    assert not others & call.keys()


async def test_a_call_with_a_key_is_made_once_in_an_hour(sandbox: Sandbox, clock: Clock) -> None:
    first = await dialled(sandbox, idempotency_key="key_1")
    clock.forward(3_599)
    assert (await dialled(sandbox, idempotency_key="key_1")).call_id == first.call_id
    assert (await dialled(sandbox, idempotency_key="key_2")).call_id != first.call_id
    clock.forward(1)
    assert (await dialled(sandbox, idempotency_key="key_1")).call_id != first.call_id
    assert len(sandbox.accounts[KEY_B].changes.made) == 3


@pytest.mark.parametrize(
    "given",
    [
        {"to_number": "555"},
        {"from_number": "555"},
        {"idempotency_key": "abc"},
        {"idempotency_key": 7},
        {"metadata": [1]},
        {"retell_llm_dynamic_variables": {"a": 1}},
        {"custom_sip_headers": ["a"]},
        {"agent_override": "x"},
        {"unheard_of": 1},
        {"to_number": None},
    ],
)
async def test_a_call_that_is_not_well_formed_is_not_made(
    sandbox: Sandbox, given: dict[str, Any]
) -> None:
    body = {"from_number": FROM, "to_number": TO} | given
    answer = await plain(sandbox).post("/v2/create-phone-call", json=body)
    assert answer.status_code == 400
    assert sandbox.accounts[KEY_B].changes.made == {}


async def test_numbers_of_a_telephone_system_of_ones_own_are_dialled(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    call = await client.call.create_phone_call(
        from_number="17", to_number="18", ignore_e164_validation=True
    )
    assert (call.from_number, call.to_number) == ("17", "18")


async def test_a_web_call_gives_a_token_and_is_a_call(sandbox: Sandbox) -> None:
    client, agent_id = sdk(sandbox), await voice_agent(sandbox)
    made = await client.call.create_web_call(
        agent_id=agent_id, agent_version="prod", current_state="start", metadata={"a": 1}
    )
    assert (made.expires_at, made.transport) == (NOW_MS + 600_000, "gateway")
    assert {name for server in made.ice_servers for name in server.to_dict()} == {
        "urls",
        "username",
        "credential",
    }
    call = await client.call.retrieve(made.call_id)
    assert (call.call_type, call.call_status) == ("web_call", "registered")
    assert (call.agent_id, call.metadata) == (agent_id, {"a": 1})
    assert call.to_dict()["access_token"] == made.access_token


async def test_a_call_of_ones_own_telephony_is_registered(sandbox: Sandbox) -> None:
    client, agent_id = sdk(sandbox), await voice_agent(sandbox)
    call = await client.call.register_phone_call(agent_id=agent_id)
    assert (call.direction, call.call_status, call.to_number) == ("inbound", "registered", FROM)
    out = await client.call.register_phone_call(
        agent_id=agent_id, direction="outbound", to_number="18"
    )
    assert (out.direction, out.from_number, out.to_number) == ("outbound", FROM, "18")
    wrong = {"agent_id": agent_id, "direction": "up"}
    answer = await plain(sandbox).post("/v2/register-phone-call", json=wrong)
    assert answer.status_code == 400


async def test_calls_are_led_by_voice_agents_that_there_are(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    chat = (
        await client.agent.list(
            filter_criteria={"channel": {"type": "string", "op": "eq", "value": "chat"}}
        )
    ).items[0]
    for agent_id, version in [("agent_none", 0), (chat.agent_id, 0)]:
        with pytest.raises(UnprocessableEntityError):
            await client.call.create_web_call(agent_id=agent_id, agent_version=version)
    with pytest.raises(UnprocessableEntityError):
        await client.call.register_phone_call(agent_id=await voice_agent(sandbox), agent_version=99)


async def ongoing(sandbox: Sandbox, call_type: str) -> str:
    """The id of a call that runs."""
    criteria = {
        "call_status": {"type": "enum", "op": "in", "value": ["ongoing"]},
        "call_type": {"type": "enum", "op": "in", "value": [call_type]},
    }
    return (await every_call(sdk(sandbox), cast("dict[str, object]", criteria)))[0].call_id


async def test_a_stopped_call_has_ended(sandbox: Sandbox, clock: Clock) -> None:
    client, call_id = sdk(sandbox), await ongoing(sandbox, "phone_call")
    await client.call.stop(call_id)
    call = await client.call.retrieve(call_id)
    assert (call.call_status, call.disconnection_reason) == ("ended", "manual_stopped")
    assert call.end_timestamp == NOW_MS
    listed = await every_call(client, {"call_id": {"type": "string", "op": "eq", "value": call_id}})
    assert [each.call_status for each in listed] == ["ended"]
    with pytest.raises(UnprocessableEntityError, match="not ongoing"):
        await client.call.stop(call_id)
    with pytest.raises(UnprocessableEntityError):
        await client.call.stop("call_none")
    made = await dialled(sandbox)
    clock.forward(5)
    await client.call.stop(made.call_id)
    assert (await client.call.retrieve(made.call_id)).duration_ms == 3000


async def test_a_running_call_is_changed_and_its_agent_told(sandbox: Sandbox, clock: Clock) -> None:
    client, call_id = sdk(sandbox), await ongoing(sandbox, "web_call")
    for content in ("The user is a member.", "Offer a discount."):
        told = await client.call.update_live(
            call_id,
            fields_to_override={
                "metadata": {"vip": True},
                "data_storage_setting": "everything_except_pii",
                "override_dynamic_variables": {"tier": "gold"},
            },
            call_control={"additional_context": content, "trigger_response": True},
        )
        assert told.success is True
        clock.forward(10)
    call = await client.call.retrieve(call_id)
    assert (call.metadata, call.data_storage_setting) == ({"vip": True}, "everything_except_pii")
    entries = [
        entry.to_dict()
        for entry in call.transcript_with_tool_calls or ()
        if entry.role == "injected"
    ]
    assert [entry["content"] for entry in entries] == ["The user is a member.", "Offer a discount."]
    await client.call.update_live(call_id, fields_to_override={"override_dynamic_variables": None})
    with pytest.raises(BadRequestError, match="more restrictive"):
        await client.call.update_live(
            call_id, fields_to_override={"data_storage_setting": "everything"}
        )


@pytest.mark.parametrize(
    "body",
    [
        {"unheard_of": {}},
        {"fields_to_override": {"custom_attributes": {}}},
        {"fields_to_override": {"override_dynamic_variables": {"a": 1}}},
        {"fields_to_override": []},
        {"call_control": {"additional_context": ""}},
        {"call_control": {"trigger_response": 1}},
        {"call_control": {"hang_up": True}},
    ],
)
async def test_a_change_of_a_running_call_that_is_not_well_formed_is_refused(
    sandbox: Sandbox, body: dict[str, Any]
) -> None:
    path = f"/v2/update-live-call/{await ongoing(sandbox, 'web_call')}"
    assert (await plain(sandbox).patch(path, json=body)).status_code == 400


async def test_a_running_call_is_listened_to_and_taken_over(sandbox: Sandbox, clock: Clock) -> None:
    client = sdk(sandbox)
    seen: set[str] = set()
    for call_type in ("phone_call", "web_call"):
        call_id = await ongoing(sandbox, call_type)
        listener = await client.call.listen_live(call_id)
        again = await client.call.listen_live(call_id)
        assert listener.participant_id != again.participant_id
        seen |= listener.to_dict().keys()
        told = await client.call.take_over_live(call_id, participant_id=listener.participant_id)
        assert told.success is True
        clock.forward(600)
        assert (await client.call.retrieve(call_id)).disconnection_reason == "call_take_over"
        with pytest.raises(UnprocessableEntityError, match="not ongoing"):
            await client.call.listen_live(call_id)
        other = await ongoing(sandbox, call_type)
        for participant in (listener.participant_id, "listener_none"):
            with pytest.raises(NotFoundError):
                await client.call.take_over_live(other, participant_id=participant)
    assert seen == {
        "access_token",
        "expires_at",
        "gateway_ip",
        "ice_servers",
        "participant_id",
        "room_name",
        "transport",
        "url",
    }
    with pytest.raises(NotFoundError):
        await client.call.listen_live("call_none")
    path = f"/v2/take-over-live-call/{await ongoing(sandbox, 'web_call')}"
    assert (await plain(sandbox).post(path, json={})).status_code == 400


async def test_an_analysis_is_made_again_of_calls_that_are_over(sandbox: Sandbox) -> None:
    client, call_id = sdk(sandbox), await ongoing(sandbox, "web_call")
    with pytest.raises(UnprocessableEntityError, match="ended"):
        await client.call.rerun_analysis(call_id)
    await client.call.stop(call_id)
    call = await client.call.rerun_analysis(call_id)
    assert call.to_dict() == (await client.call.retrieve(call_id)).to_dict()
    assert call.call_analysis is not None


async def test_a_reset_forgets_what_was_made(sandbox: Sandbox) -> None:
    call = await dialled(sandbox)
    sandbox.reset()
    with pytest.raises(UnprocessableEntityError):
        await sdk(sandbox).call.retrieve(call.call_id)
