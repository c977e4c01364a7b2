"""The sandbox's voices through the official SDK, with strict response validation."""

from __future__ import annotations

from typing import get_args

import pytest
from retell import BadRequestError, UnprocessableEntityError
from retell.types import VoiceResponse
from retell.types.voice_search_response import VoiceSearchResponse

from gateway.sandbox.app import Sandbox, create_sandbox
from tests.contract.test_sandbox_with_sdk import fields_declared, fields_seen
from tests.sandbox.asking import KEY_A, KEY_B, NOW_S, plain, sdk


@pytest.fixture
def sandbox() -> Sandbox:
    return create_sandbox(clock=lambda: NOW_S, calls=1)


async def test_every_field_of_a_voice_occurs_and_every_provider(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    voices = await client.voice.list()
    assert fields_declared(VoiceResponse) - fields_seen(voices) == set()
    assert {voice.provider for voice in voices} == set(
        get_args(VoiceResponse.model_fields["provider"].annotation)
    )
    for voice in voices:
        assert await client.voice.retrieve(voice.voice_id) == voice


async def test_the_voices_of_agents_are_there(sandbox: Sandbox) -> None:
    voices = {voice.voice_id for voice in await sdk(sandbox).voice.list()}
    voice = [agent for agent in sandbox.accounts[KEY_B].agents if agent.channel == "voice"]
    bodies = [version.body for agent in voice for version in agent.versions]
    used = {body["voice_id"] for body in bodies}
    used |= {name for body in bodies for name in body.get("fallback_voice_ids") or ()}
    assert used
    assert used - voices == set()


async def test_each_key_has_a_voice_of_its_own(sandbox: Sandbox) -> None:
    mine = {voice.voice_id for voice in await sdk(sandbox, KEY_A).voice.list()}
    theirs = {voice.voice_id for voice in await sdk(sandbox, KEY_B).voice.list()}
    (own,) = mine - theirs
    with pytest.raises(UnprocessableEntityError):
        await sdk(sandbox, KEY_B).voice.retrieve(own)


async def test_a_community_is_searched_by_name_description_and_id(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    by_name = await client.voice.search(search_query="viktor")
    (found,) = by_name.voices
    assert fields_declared(VoiceSearchResponse) - fields_seen(by_name) == set()
    assert found.provider_voice_id is not None
    assert (await client.voice.search(search_query="NARRATOR")).voices == [found]
    assert (await client.voice.search(search_query=found.provider_voice_id)).voices == [found]
    (other,) = (await client.voice.search(search_query="viktor", voice_provider="inworld")).voices
    assert other.provider_voice_id != found.provider_voice_id
    assert (await client.voice.search(search_query="nobody")).voices == []


async def test_a_voice_that_is_added_is_there_until_the_reset(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    before = await client.voice.list()
    (found,) = (await client.voice.search(search_query="June")).voices
    assert found.provider_voice_id is not None
    assert found.public_user_id is not None
    added = await client.voice.add_resource(
        provider_voice_id=found.provider_voice_id,
        voice_name="Reception",
        public_user_id=found.public_user_id,
    )
    assert (added.voice_name, added.provider) == ("Reception", "elevenlabs")
    assert await client.voice.retrieve(added.voice_id) == added
    assert await client.voice.list() == [*before, added]
    sandbox.reset()
    assert await client.voice.list() == before


async def test_only_a_voice_of_the_community_can_be_added(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    (found,) = (await client.voice.search(search_query="June")).voices
    assert found.provider_voice_id is not None
    for id_, owner in ((found.provider_voice_id, "nobody"), ("none", found.public_user_id)):
        with pytest.raises(BadRequestError, match="Cannot find this voice"):
            await client.voice.add_resource(
                provider_voice_id=id_, voice_name="x", public_user_id=str(owner)
            )


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("search", {}, "search_query must be a string that is not empty"),
        ("search", {"search_query": "x", "limit": 1}, "body: unknown property limit"),
        (
            "search",
            {"search_query": "x", "voice_provider": "openai"},
            "voice_provider must be one of elevenlabs, cartesia, minimax, fish_audio, inworld",
        ),
        ("add", {"voice_name": 1}, "voice_name must be a string that is not empty"),
        ("add", {"voice_name": "x" * 201}, "voice_name must not be longer than 200 characters"),
        ("add", {"voice_name": "x"}, "provider_voice_id must be a string that is not empty"),
        ("add", {"name": "x"}, "body: unknown property name"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    sandbox: Sandbox, path: str, body: dict[str, object], message: str
) -> None:
    response = await plain(sandbox).post(f"/{path}-community-voice", json=body)
    assert response.status_code == 400
    assert response.json() == {"status": "error", "message": message}
