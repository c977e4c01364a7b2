"""The sandbox's LLM engines, driven by the official SDK with strict validation."""

from __future__ import annotations

import pytest
from retell import BadRequestError, UnprocessableEntityError
from retell.types import LlmResponse

from gateway.sandbox.app import Sandbox, create_sandbox
from tests.contract.test_sandbox_with_sdk import fields_declared, fields_seen
from tests.sandbox.asking import KEY_A, KEY_B, Clock, sdk


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    return create_sandbox(clock=clock, calls=1)


def engines(sandbox: Sandbox, key: str = KEY_B) -> list[tuple[str, int, bool]]:
    """Id, version and whether it is published, of every engine that an agent names; those of chat
    agents are drafts."""
    return [
        (
            engine["llm_id"],
            engine["version"],
            version.body["is_published"] and agent.channel == "voice",
        )
        for agent in sandbox.accounts[key].agents
        for version in agent.versions
        if (engine := version.body["response_engine"])["type"] == "retell-llm"
    ]


async def test_every_engine_that_an_agent_names_is_there(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    named = engines(sandbox)
    assert len(named) == 9
    for llm_id, version, published in named:
        llm = await client.llm.retrieve(llm_id, version=version)
        assert (llm.llm_id, llm.version, llm.is_published) == (llm_id, version, published)
    for llm_id in {llm_id for llm_id, _, _ in named}:
        newest = max(version for id_, version, _ in named if id_ == llm_id)
        assert (await client.llm.retrieve(llm_id)).version == newest


async def test_every_field_occurs(sandbox: Sandbox) -> None:
    page = await sdk(sandbox).llm.list(limit=1000)
    assert fields_declared(LlmResponse) - fields_seen(page.items) == set()


async def test_all_pages_together_are_the_newest_versions_in_order(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    found, page = [], await client.llm.list(limit=3)
    found += page.items
    while page.pagination_key is not None:
        page = await client.llm.list(limit=3, pagination_key=page.pagination_key)
        found += page.items
    up = await client.llm.list(sort_order="ascending")
    assert found == up.items[::-1]
    assert len(found) == 7
    assert not up.has_more
    for llm in found:
        assert await client.llm.retrieve(llm.llm_id) == llm


async def test_each_key_has_its_own(sandbox: Sandbox) -> None:
    pages = [await sdk(sandbox, key).llm.list() for key in (KEY_A, KEY_B)]
    ids = [{llm.llm_id for llm in page.items} for page in pages]
    assert ids[0] & ids[1] == set()
    with pytest.raises(UnprocessableEntityError):
        await sdk(sandbox, KEY_B).llm.retrieve(min(ids[0]))


async def test_one_is_made_changed_and_deleted(sandbox: Sandbox, clock: Clock) -> None:
    client = sdk(sandbox)
    made = await client.llm.create(start_speaker="agent", general_prompt="Hello")
    now = int(clock() * 1000)
    assert made.to_dict() == {
        "llm_id": made.llm_id,
        "version": 0,
        "is_published": False,
        "last_modification_timestamp": now,
        "model": "gpt-5.4-mini",
        "start_speaker": "agent",
        "general_prompt": "Hello",
    }
    clock.forward(1)
    changed = await client.llm.update(made.llm_id, general_prompt="Hi", is_transfer_llm=True)
    assert changed.to_dict() == made.to_dict() | {
        "general_prompt": "Hi",
        "last_modification_timestamp": now + 1000,
    }
    assert await client.llm.retrieve(made.llm_id, version=0) == changed
    assert (await client.llm.list()).items[0] == changed
    await client.llm.delete(made.llm_id)
    for gone in (client.llm.retrieve(made.llm_id), client.llm.delete(made.llm_id)):
        with pytest.raises(UnprocessableEntityError):
            await gone


async def test_models_are_merged_key_by_key(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    llm_id = (
        await client.llm.create(
            start_speaker="user",
            model_config={"type": "cascading", "primary": {"model": "gpt-5"}, "temperature": 0.5},
        )
    ).llm_id
    backup = await client.llm.update(llm_id, model_config={"backup": {"model": "gpt-4.1"}})
    assert backup.to_dict()["model_config"] == {
        "type": "cascading",
        "primary": {"model": "gpt-5"},
        "backup": {"model": "gpt-4.1"},
        "temperature": 0.5,
    }
    without = await client.llm.update(llm_id, model_config={"backup": None})
    assert "backup" not in str(without.to_dict()["model_config"])
    await client.llm.update(llm_id, model_config={"backup": {"model": "gpt-4.1"}})
    with pytest.raises(BadRequestError, match="primary"):
        await client.llm.update(llm_id, model_config={"type": "s2s"})
    speech = await client.llm.update(
        llm_id, model_config={"type": "s2s", "primary": {"model": "gpt-realtime"}}
    )
    assert speech.to_dict()["model_config"] == {
        "type": "s2s",
        "primary": {"model": "gpt-realtime"},
        "temperature": 0.5,
    }


async def test_a_published_version_is_not_changed_and_a_draft_is(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    published = next((id_, version) for id_, version, done in engines(sandbox) if done)
    with pytest.raises(BadRequestError, match="published"):
        await client.llm.update(published[0], version=published[1], general_prompt="x")
    llm_id, draft = next((id_, version) for id_, version, done in engines(sandbox) if not done)
    await client.llm.update(llm_id, version=draft, general_prompt="x")
    versions = [await client.llm.retrieve(llm_id, version=v) for v in (draft - 1, draft)]
    assert [llm.general_prompt == "x" for llm in versions] == [False, True]
    with pytest.raises(UnprocessableEntityError):
        await client.llm.update(llm_id, version=99, general_prompt="x")


async def test_one_that_an_agent_uses_is_deleted_by_force_only(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    llm_id = engines(sandbox)[0][0]
    with pytest.raises(BadRequestError, match="used"):
        await client.llm.delete(llm_id)
    await client.llm.delete(llm_id, force_delete=True)
    assert llm_id not in [llm.llm_id for llm in (await client.llm.list()).items]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"start_speaker": "nobody"},
        {"start_speaker": "user", "general_tools": {}},
        {"start_speaker": "user", "extra_body": {"colour": "red"}},
    ],
)
async def test_what_retell_would_not_take_is_refused(
    sandbox: Sandbox, given: dict[str, object]
) -> None:
    with pytest.raises(BadRequestError):
        await sdk(sandbox).llm.create(**given)  # type: ignore[arg-type]  # wrong on purpose
