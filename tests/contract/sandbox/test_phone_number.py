"""The sandbox's phone numbers through the official SDK, with strict response validation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import pytest
from retell import BadRequestError, UnprocessableEntityError
from retell.types import PhoneNumberResponse

from gateway.sandbox.app import Sandbox, create_sandbox
from gateway.sandbox.data.session_tools import SECRET
from tests.contract.test_sandbox_with_sdk import fields_declared, fields_seen
from tests.sandbox.asking import KEY_A, KEY_B, NOW_MS, NOW_S, plain, sdk

if TYPE_CHECKING:
    from retell import AsyncRetell

LISTED = "/v2/list-phone-numbers"


@pytest.fixture
def sandbox() -> Sandbox:
    return create_sandbox(clock=lambda: NOW_S, calls=1)


async def numbers(client: AsyncRetell) -> list[str]:
    return [each.phone_number for each in (await client.phone_number.list()).items]


async def test_every_field_of_a_phone_number_occurs_and_every_type(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    items = (await client.phone_number.list()).items
    assert fields_declared(PhoneNumberResponse) - fields_seen(items) == set()
    kinds = get_args(PhoneNumberResponse.model_fields["phone_number_type"].annotation)
    assert {item.phone_number_type for item in items} == set(kinds)
    for item in items:
        assert await client.phone_number.retrieve(item.phone_number) == item
    for part in ("inbound", "sms", "trunk"):
        assert f"{SECRET}-{part}" in (await plain(sandbox).get(LISTED)).text


async def test_pages_follow_each_other_in_both_orders(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    found: list[str] = []
    page = await client.phone_number.list(limit=4)
    found += [item.phone_number for item in page.items]
    while page.pagination_key is not None:
        page = await client.phone_number.list(limit=4, pagination_key=page.pagination_key)
        found += [item.phone_number for item in page.items]
    assert (len(found), page.has_more) == (10, False)
    up = await client.phone_number.list(sort_order="ascending")
    assert [item.phone_number for item in up.items] == found[::-1]


async def test_each_key_has_numbers_of_its_own(sandbox: Sandbox) -> None:
    mine, theirs = await numbers(sdk(sandbox, KEY_A)), await numbers(sdk(sandbox, KEY_B))
    assert set(mine) & set(theirs) == set()
    with pytest.raises(UnprocessableEntityError):
        await sdk(sandbox, KEY_B).phone_number.retrieve(mine[0])


async def test_agents_that_numbers_are_bound_to_are_there(sandbox: Sandbox) -> None:
    channels = {agent.agent_id: agent.channel for agent in sandbox.accounts[KEY_B].agents}
    for item in (await sdk(sandbox).phone_number.list()).items:
        for agent in (*(item.inbound_agents or ()), *(item.outbound_agents or ())):
            assert channels[agent.agent_id] == "voice"
        for sms in (*(item.inbound_sms_agents or ()), *(item.outbound_sms_agents or ())):
            assert channels[sms.agent_id] == "chat"


async def test_a_number_is_bought_changed_and_given_back(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    before = await numbers(client)
    agent_id = sandbox.accounts[KEY_B].agents[0].agent_id
    bought = await client.phone_number.create(
        area_code=617,
        number_provider="telnyx",
        nickname="New",
        inbound_agents=[{"agent_id": agent_id, "agent_version": "prod", "weight": 1}],
        fallback_number=before[0],
        transport="UDP",
    )
    number = bought.phone_number
    assert (bought.area_code, bought.nickname) == (617, "New")
    assert bought.phone_number_type == "retell-telnyx"
    assert bought.last_modification_timestamp == NOW_MS
    assert bought.sip_outbound_trunk_config is not None
    assert bought.sip_outbound_trunk_config.transport == "UDP"
    assert await client.phone_number.retrieve(number) == bought
    assert await numbers(client) == [number, *before]
    changed = await client.phone_number.update(
        number, nickname=None, inbound_agents=None, fallback_number=None, auth_username="me"
    )
    assert (changed.nickname, changed.inbound_agents, changed.fallback_number) == (None,) * 3
    assert changed.sip_outbound_trunk_config is not None
    assert changed.sip_outbound_trunk_config.to_dict() == {
        "transport": "UDP",
        "auth_username": "me",
    }
    assert await client.phone_number.retrieve(number) == changed
    await client.phone_number.delete(number)
    with pytest.raises(UnprocessableEntityError):
        await client.phone_number.delete(number)
    with pytest.raises(UnprocessableEntityError):
        await client.phone_number.update(number, nickname="x")
    assert await numbers(client) == before


async def test_what_is_bought_is_the_number_that_was_asked_for_or_any(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    wanted = await client.phone_number.create(phone_number="+14155550123")
    assert (wanted.phone_number, wanted.area_code) == ("+14155550123", 415)
    assert wanted.phone_number_pretty == "+1 (415) 555-0123"
    some = [(await client.phone_number.create()).phone_number for _ in range(3)]
    assert len({*some, *await numbers(client)}) == 14
    await client.phone_number.delete(some[0])
    again = (await client.phone_number.create()).phone_number
    assert again not in {*some[1:], wanted.phone_number}
    sandbox.reset()
    assert len(await numbers(client)) == 10


async def test_an_area_has_a_hundred_numbers(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    bought = [(await client.phone_number.create(area_code=907)).phone_number for _ in range(100)]
    assert {number[:10] for number in bought} == {"+190755501"}
    assert len(set(bought)) == 100
    with pytest.raises(BadRequestError, match="No phone number is left"):
        await client.phone_number.create(area_code=907)


async def test_a_number_is_imported_and_its_password_never_told(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    told = await client.phone_number.import_(
        phone_number="desk-1",
        termination_uri="trunk.example.com",
        sip_trunk_auth_username="me",
        sip_trunk_auth_password="hidden word",
        codecs=["OPUS"],
    )
    assert told.to_dict() == {
        "phone_number": "desk-1",
        "phone_number_type": "custom",
        "last_modification_timestamp": NOW_MS,
        "sip_outbound_trunk_config": {
            "termination_uri": "trunk.example.com",
            "auth_username": "me",
            "codecs": ["OPUS"],
        },
    }
    changed = await client.phone_number.update("desk-1", auth_password="other word", codecs=[])
    assert changed.sip_outbound_trunk_config is not None
    assert changed.sip_outbound_trunk_config.codecs == []
    assert "word" not in (await plain(sandbox).get(LISTED)).text


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("create", {"number": "+1"}, "body: unknown property number"),
    ("create", {"number_provider": "x"}, "number_provider must be one of twilio, telnyx"),
    ("create", {"area_code": "415"}, "area_code must be a 3 digit integer"),
    ("create", {"area_code": 1000}, "area_code must be a 3 digit integer"),
    ("create", {"transport": "SMS"}, "transport must be one of TLS, TCP, UDP"),
    ("create", {"inbound_agents": {}}, "inbound_agents must be a list"),
    ("create", {"inbound_agents": [{"id": 1}]}, "inbound_agents: unknown property id"),
    ("import", {"phone_number": "+14155550123"}, "termination_uri must be a string"),
    ("import", {"phone_number": 1, "termination_uri": "x"}, "phone_number must be a string"),
    (
        "import",
        {"phone_number": "desk", "termination_uri": "x", "ignore_e164_validation": False},
        "phone_number must be in E.164 format",
    ),
]


@pytest.mark.parametrize(("path", "body", "message"), REFUSED)
async def test_what_makes_no_sense_is_refused(
    sandbox: Sandbox, path: str, body: dict[str, Any], message: str
) -> None:
    response = await plain(sandbox).post(f"/{path}-phone-number", json=body)
    assert response.status_code == 400
    assert response.json()["message"].startswith(message)
    assert len(await numbers(sdk(sandbox))) == 10


async def test_agents_must_be_known_and_weigh_one_together(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    number = (await numbers(client))[0]
    agent_id = sandbox.accounts[KEY_B].agents[0].agent_id
    bound: list[tuple[Any, type[Exception], str]] = [
        ({"agent_id": "nobody", "weight": 1}, UnprocessableEntityError, "agent nobody"),
        ({"agent_id": agent_id}, BadRequestError, "every agent needs a weight"),
        ({"agent_id": agent_id, "weight": 0.5}, BadRequestError, "must add up to 1"),
    ]
    for agent, error, message in bound:
        with pytest.raises(error, match=message):
            await client.phone_number.update(number, outbound_sms_agents=[agent])


async def test_a_fallback_leads_to_another_number_and_no_further(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    one, other, *_ = await numbers(client)
    with pytest.raises(BadRequestError, match="itself"):
        await client.phone_number.update(one, fallback_number=one)
    await client.phone_number.update(one, fallback_number=other)
    with pytest.raises(BadRequestError, match="fallback of its own"):
        await client.phone_number.update(other, fallback_number=one)


async def test_codecs_are_for_imported_numbers_and_no_number_is_had_twice(
    sandbox: Sandbox,
) -> None:
    client = sdk(sandbox)
    number = (await numbers(client))[0]
    with pytest.raises(BadRequestError, match="custom phone numbers only"):
        await client.phone_number.update(number, codecs=["OPUS"])
    with pytest.raises(BadRequestError, match="there already"):
        await client.phone_number.create(phone_number=number)
