"""The sandbox judged by someone else's code: the official SDK, with strict response validation."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, get_args

import pytest
from pydantic import BaseModel
from retell import (
    APIResponseValidationError,
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    InternalServerError,
    NotFoundError,
    RateLimitError,
    UnprocessableEntityError,
)
from retell.types import AgentResponse, PhoneCallResponse, WebCallResponse

from gateway.sandbox.app import Sandbox, create_sandbox
from gateway.sandbox.faults import Fault
from tests.sandbox.asking import EXAMPLE_ID, KEY_A, KEY_B, NOW_S, every_call, sdk

if TYPE_CHECKING:
    from collections.abc import Iterator

Field = tuple[type[BaseModel], str]
"""By class, not by its name: web and phone calls have classes of the same names."""

TRANSCRIPTS = {
    "transcript",
    "transcript_object",
    "transcript_with_tool_calls",
    "scrubbed_transcript_with_tool_calls",
    "pre_session_transcript_with_tool_calls",
    "post_session_transcript_with_tool_calls",
    "scrubbed_pre_session_transcript_with_tool_calls",
    "scrubbed_post_session_transcript_with_tool_calls",
}


@pytest.fixture(scope="module")
def filled() -> Sandbox:
    """With the data it ships with; for tests that only read."""
    return create_sandbox(clock=lambda: NOW_S)


@pytest.fixture
def small() -> Sandbox:
    return create_sandbox(clock=lambda: NOW_S, calls=200)


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models_in(argument)


def fields_declared(model: type[BaseModel]) -> set[Field]:
    """The fields of the model and of every model within it."""
    declared: set[Field] = set()
    for name, field in model.model_fields.items():
        declared.add((model, name))
        for inner in models_in(field.annotation):
            declared |= fields_declared(inner)
    return declared


def fields_seen(value: object) -> set[Field]:
    """The fields that have a value, in an answer as the SDK understood it."""
    if isinstance(value, list):
        empty: set[Field] = set()
        return empty.union(*map(fields_seen, value))
    if not isinstance(value, BaseModel):
        return set()
    seen: set[Field] = set()
    for name in type(value).model_fields:
        if (inner := getattr(value, name)) is not None:
            seen |= {(type(value), name)} | fields_seen(inner)
    return seen


async def test_every_field_of_a_call_occurs(filled: Sandbox) -> None:
    client = sdk(filled)
    items = await every_call(client)
    present = {"type": "present", "op": "pr", "key": "nested"}
    rich = await every_call(client, {"metadata": [present]})
    seen = set()
    for item in [*rich, *items[:40]]:
        seen |= fields_seen(await client.call.retrieve(item.call_id))
    declared = fields_declared(PhoneCallResponse) | fields_declared(WebCallResponse)
    assert declared - seen == set()


async def test_every_field_of_an_agent_occurs(filled: Sandbox) -> None:
    client = sdk(filled)
    agents = (await client.agent.list(limit=1000)).items
    seen = set()
    for agent in agents:
        if agent.channel == "voice":
            for version in range((await client.agent.retrieve(agent.agent_id)).version + 1):
                found = await client.agent.retrieve(agent.agent_id, version=version)
                assert (found.agent_id, found.version) == (agent.agent_id, version)
                seen |= fields_seen(found)
    assert fields_declared(AgentResponse) - seen == set()


async def test_list_items_are_calls_without_the_eight_transcript_fields(small: Sandbox) -> None:
    client = sdk(small)
    page = await client.call.list(limit=20)
    for item in page.items:
        whole = (await client.call.retrieve(item.call_id)).to_dict()
        assert item.to_dict() == {k: v for k, v in whole.items() if k not in TRANSCRIPTS}


async def test_all_pages_together_are_all_calls_in_order(filled: Sandbox) -> None:
    client = sdk(filled)
    calls = await every_call(client, limit=900)
    page = await client.call.list(limit=1, include_total=True)
    assert len({call.call_id for call in calls}) == len(calls) == page.total
    assert len(calls) >= 2000
    starts = [call.start_timestamp for call in calls if call.start_timestamp is not None]
    assert starts == sorted(starts, reverse=True)


async def test_ascending_is_descending_reversed(small: Sandbox) -> None:
    client = sdk(small)
    down = await client.call.list(limit=1000)
    up = await client.call.list(limit=1000, sort_order="ascending")
    assert [call.call_id for call in up.items] == [call.call_id for call in down.items][::-1]


async def test_skipping_is_counting_from_the_start(small: Sandbox) -> None:
    client = sdk(small)
    whole = await client.call.list(limit=30)
    part = await client.call.list(limit=10, skip=20)
    assert [c.call_id for c in part.items] == [c.call_id for c in whole.items][20:]
    assert part.total is None


async def oldest(sandbox: Sandbox, status: str, key: str = KEY_B) -> str:
    """The id of the oldest call of that status: settled long ago, unless it is ongoing."""
    among = {"type": "enum", "op": "in", "value": [status]}
    return (await every_call(sdk(sandbox, key), {"call_status": among}))[-1].call_id


async def test_a_deleted_call_is_gone(small: Sandbox) -> None:
    client = sdk(small)
    call_id = await oldest(small, "ended")
    await client.call.delete(call_id)
    with pytest.raises(UnprocessableEntityError):
        await client.call.retrieve(call_id)
    with pytest.raises(UnprocessableEntityError):
        await client.call.delete(call_id)
    assert call_id not in [call.call_id for call in await every_call(client)]


async def test_an_update_is_seen_by_the_next_read_and_in_lists(small: Sandbox) -> None:
    client = sdk(small)
    call_id = await oldest(small, "ended")
    told = await client.call.update(
        call_id,
        metadata={"ticket": 7},
        custom_attributes={"campaign": "autumn", "unheard_of": True},
        data_storage_setting="basic_attributes_only",
    )
    assert told.to_dict() == (await client.call.retrieve(call_id)).to_dict()
    assert told.metadata == {"ticket": 7}
    assert told.transcript is None
    assert told.recording_url is None
    campaign = {"type": "string", "op": "eq", "key": "campaign", "value": "autumn"}
    found = await every_call(client, {"custom_attributes": [campaign]})
    assert [call.call_id for call in found] == [call_id]
    assert "unheard_of" not in told.to_dict()["custom_attributes"]  # type: ignore[operator]  # a field the SDK has no type for


async def test_storage_is_only_ever_tightened(small: Sandbox) -> None:
    client = sdk(small)
    call_id = await oldest(small, "ended")
    await client.call.update(call_id, data_storage_setting="basic_attributes_only")
    with pytest.raises(BadRequestError, match="more restrictive"):
        await client.call.update(call_id, data_storage_setting="everything")


async def test_a_running_call_cannot_be_updated(small: Sandbox) -> None:
    with pytest.raises(UnprocessableEntityError, match="ended"):
        await sdk(small).call.update(await oldest(small, "ongoing"), metadata={})


async def test_agents_are_listed_page_by_page(small: Sandbox) -> None:
    client = sdk(small)
    names, page = [], await client.agent.list(limit=5)
    names += [agent.agent_name for agent in page.items]
    while page.pagination_key is not None:
        page = await client.agent.list(limit=5, pagination_key=page.pagination_key)
        names += [agent.agent_name for agent in page.items]
    whole = await client.agent.list(sort_order="ascending")
    assert names == [agent.agent_name for agent in whole.items][::-1]
    assert [agent.channel for agent in whole.items].count("voice") == 12


async def test_agents_are_found_by_channel_kind_and_name(small: Sandbox) -> None:
    client = sdk(small)
    chat = await client.agent.list(
        filter_criteria={"channel": {"type": "string", "op": "eq", "value": "chat"}}
    )
    assert {agent.agent_name for agent in chat.items} == {"Web chat", "SMS concierge"}
    transfer = await client.agent.list(
        filter_criteria={"is_transfer_agent": {"type": "boolean", "op": "eq", "value": True}}
    )
    assert [agent.agent_name for agent in transfer.items] == ["Warm transfer"]
    named = await client.agent.list(filter_criteria={"query": "DENTAL"})
    assert [agent.agent_name for agent in named.items] == ["Dental recall"]
    by_id = await client.agent.list(filter_criteria={"query": named.items[0].agent_id[6:]})
    assert by_id.items == named.items


async def test_a_version_is_found_by_number_tag_and_by_what_it_is(small: Sandbox) -> None:
    client = sdk(small)
    agent = (await client.agent.list(filter_criteria={"query": "Dental"})).items[0]
    prod = agent.tags["prod"].version
    assert prod is not None
    assert (await client.agent.retrieve(agent.agent_id, version="prod")).version == prod
    assert (await client.agent.retrieve(agent.agent_id, version=prod)).assigned_tags == ["prod"]
    published = await client.agent.retrieve(agent.agent_id, version="latest_published")
    latest = await client.agent.retrieve(agent.agent_id, version="latest")
    assert (published.is_published, latest.is_published) == (True, False)
    assert await client.agent.retrieve(agent.agent_id) == latest
    for missing in ("99", "no such tag"):
        with pytest.raises(UnprocessableEntityError):
            await client.agent.retrieve(agent.agent_id, version=missing)
    with pytest.raises(UnprocessableEntityError):
        await client.agent.retrieve("agent_of_nobody")


async def test_a_chat_agent_is_no_voice_agent(small: Sandbox) -> None:
    client = sdk(small)
    agent = (await client.agent.list(filter_criteria={"query": "Web chat"})).items[0]
    with pytest.raises(UnprocessableEntityError):
        await client.agent.retrieve(agent.agent_id)


async def test_the_concurrency_is_the_number_of_ongoing_calls(small: Sandbox) -> None:
    client = sdk(small)
    told = await client.concurrency.retrieve()
    ongoing = await every_call(
        client, {"call_status": {"type": "enum", "op": "in", "value": ["ongoing"]}}
    )
    assert told.current_concurrency == len(ongoing) > 0
    assert {name for name, value in told if value is None} == set()


async def test_each_key_has_an_organisation_and_data_of_its_own(small: Sandbox) -> None:
    identities = [await sdk(small, key).identity.retrieve() for key in small.accounts]
    assert len({identity.org_id for identity in identities}) == 2
    assert {name for identity in identities for name, value in identity if value is None} == set()
    agents = [await sdk(small, key).agent.list() for key in small.accounts]
    ids = [{agent.agent_id for agent in page.items} for page in agents]
    assert ids[0] & ids[1] == set()
    theirs = await oldest(small, "ended", KEY_B)
    with pytest.raises(UnprocessableEntityError):
        await sdk(small, KEY_A).call.retrieve(theirs)


async def test_the_older_example_comes_as_it_is_and_is_the_one_that_strictness_refuses(
    small: Sandbox,
) -> None:
    document = json.loads(
        files("gateway.sandbox.data").joinpath("get_call_example.json").read_bytes()
    )
    told = await sdk(small, KEY_A, strict=False).call.retrieve(EXAMPLE_ID)
    assert told.to_dict() == document
    with pytest.raises(APIResponseValidationError):
        await sdk(small, KEY_A).call.retrieve(EXAMPLE_ID)
    # All others of its key pass: it is the oldest, and so the last.
    others = {"type": "string", "op": "ne", "value": EXAMPLE_ID}
    strict = await every_call(sdk(small, KEY_A), {"call_id": others})
    lax = await every_call(sdk(small, KEY_A, strict=False), limit=70)
    assert [c.call_id for c in lax] == [*(c.call_id for c in strict), EXAMPLE_ID]
    in_list = lax[-1].to_dict()
    assert in_list == {k: v for k, v in document.items() if k not in TRANSCRIPTS}


async def test_refusals_are_the_exceptions_of_the_sdk(small: Sandbox) -> None:
    with pytest.raises(AuthenticationError):
        await sdk(small, "no such key").call.list()
    with pytest.raises(UnprocessableEntityError) as missing:
        await sdk(small).call.retrieve("call_of_nobody")
    assert missing.value.body == {
        "status": "error",
        "message": "Cannot find requested asset under given api key: call call_of_nobody",
    }
    with pytest.raises(BadRequestError):
        await sdk(small).call.list(limit=0)
    with pytest.raises(NotFoundError):
        await sdk(small).get("/no-such-endpoint", cast_to=object)


@pytest.mark.parametrize(
    ("status", "error"),
    [(429, RateLimitError), (500, InternalServerError), (503, InternalServerError)],
)
async def test_faults_are_the_exceptions_of_the_sdk(
    small: Sandbox, status: int, error: type[APIStatusError]
) -> None:
    small.faults.set([Fault(status=status)])
    with pytest.raises(error) as raised:
        await sdk(small).concurrency.retrieve()
    assert raised.value.status_code == status
