"""Voices through the gateway: what is shown, what it costs, and what adding one does."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest

from gateway.app import schema
from gateway.resources.voice import LONGEST_NAME
from gateway.sandbox.data.voices import COMMUNITY
from gateway.sandbox.faults import Fault
from tests.resources.test_agent_reading import everything, same
from tests.world import IMPATIENT, NOW, World, faults, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

GET, LIST = "GET /get-voice", "GET /list-voices"
SEARCH, ADD = "POST /search-community-voice", "POST /add-community-voice"

VOICES = "{ voices { voiceId } }"
VOICE = "query ($id: ID!) { voice(voiceId: $id) { voiceId voiceName } }"
FIND = """query ($text: String!, $of: CommunityVoiceProvider) {
  searchCommunityVoices(searchQuery: $text, voiceProvider: $of) {
    name description providerVoiceId publicUserId
  }
}"""
ADDING = """mutation ($input: AddCommunityVoiceInput!) { addCommunityVoice(input: $input) {
  voice { id voiceId voiceName provider } userErrors { field message code }
} }"""

JUNE = COMMUNITY["elevenlabs"][2]
GIVEN = {
    "providerVoiceId": JUNE["provider_voice_id"],
    "voiceName": "Reception",
    "publicUserId": JUNE["public_user_id"],
    "voiceProvider": "ELEVENLABS",
}
SENT = {
    "provider_voice_id": JUNE["provider_voice_id"],
    "voice_name": "Reception",
    "public_user_id": JUNE["public_user_id"],
    "voice_provider": "elevenlabs",
}


@pytest.fixture
async def w() -> AsyncIterator[World]:
    async with world(calls=1) as made:
        yield made


async def voices_of(w: World) -> list[dict[str, Any]]:
    """As Retell gives them; not counted."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(w.sandbox), base_url="http://sandbox"
    ) as retell:
        headers = {"authorization": "Bearer sandbox-key-a"}
        given = (await retell.get("/list-voices", headers=headers)).json()
    w.sandbox.requests.clear()
    found: list[dict[str, Any]] = given
    return found


# --- Reading -----------------------------------------------------------------------------------


async def test_every_voice_is_shown_whole_and_the_list_is_one_request(w: World) -> None:
    given = await voices_of(w)
    whole = " ".join(everything(schema().executable.type_map["Voice"]))
    shown = (await w.data(f"{{ voices {{ {whole} }} }}"))["voices"]
    assert same(given, shown) == given
    assert shown[0]["id"] == b64encode(f"Voice:{given[0]['voice_id']}".encode()).decode()
    assert (shown[1]["provider"], shown[1]["gender"]) == ("ELEVENLABS", "MALE")
    assert w.requests == {LIST: 1}


async def test_the_list_is_remembered_for_an_hour(w: World) -> None:
    first = await w.data(VOICES)
    w.clock.forward(3599)
    assert await w.data(VOICES) == first
    assert w.requests == {LIST: 1}
    w.clock.forward(3602)
    assert await w.data(VOICES) == first
    assert w.requests == {LIST: 2}


@pytest.mark.parametrize(
    ("query", "variables", "seconds"),
    [
        (VOICES, {}, 3600 + 6 * 3600),
        (VOICE, {"id": "openai-Alloy"}, 3600 + 6 * 3600),
        (FIND, {"text": "june"}, 300 + 3600),
    ],
    ids=["all", "one", "found"],
)
async def test_an_outage_is_bridged(
    w: World, query: str, variables: dict[str, Any], seconds: float
) -> None:
    known = await w.data(query, variables)
    w.sandbox.faults.set([Fault(status=503, headers=IMPATIENT)])
    w.clock.forward(seconds - 1)
    assert await w.data(query, variables) == known
    w.clock.forward(2)
    (field,) = known
    assert await w.errors(query, variables) == [(field, "UPSTREAM_UNAVAILABLE")]


async def test_one_voice_is_read_by_itself_and_is_null_where_there_is_none(w: World) -> None:
    voice = {"voiceId": "openai-Alloy", "voiceName": "Alloy"}
    assert await w.data(VOICE, {"id": "openai-Alloy"}) == {"voice": voice}
    assert w.requests == {GET: 1}
    assert await w.data(VOICE, {"id": "openai-Nobody"}) == {"voice": None}
    assert w.requests == {GET: 2}
    assert await w.data(VOICE, {"id": "openai-Alloy"}) == {"voice": voice}
    assert w.requests == {GET: 2}


async def test_several_voices_of_one_operation_are_one_request(w: World) -> None:
    query = """{
        a: voice(voiceId: "openai-Alloy") { voiceName }
        b: voice(voiceId: "retell-Cimo") { voiceName }
        c: voice(voiceId: "openai-Alloy") { voiceId }
    }"""
    assert await w.data(query) == {
        "a": {"voiceName": "Alloy"},
        "b": {"voiceName": "Cimo"},
        "c": {"voiceId": "openai-Alloy"},
    }
    assert w.requests == {LIST: 1}


async def test_a_voice_that_the_list_does_not_have_is_asked_for_by_itself(w: World) -> None:
    query = """{
        a: voice(voiceId: "openai-Alloy") { voiceName }
        b: voice(voiceId: "openai-Nobody") { voiceName }
    }"""
    assert await w.data(query) == {"a": {"voiceName": "Alloy"}, "b": None}
    assert w.requests == {LIST: 1, GET: 1}


async def test_a_remembered_voice_is_at_hand(w: World) -> None:
    await w.data(VOICE, {"id": "openai-Alloy"})
    query = '{ voice(voiceId: "openai-Alloy") { provider } }'
    assert await w.data(query) == {"voice": {"provider": "OPENAI"}}
    assert w.requests == {GET: 1}


async def test_an_id_that_cannot_be_one_is_refused_unasked(w: World) -> None:
    assert await w.errors(VOICE, {"id": "../x"}) == [("voice", "BAD_USER_INPUT")]
    assert w.requests == {}


def played(answer: Any) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _request: httpx.Response(200, json=answer))


async def test_what_is_newer_than_the_schema_is_unknown() -> None:
    newer = {"voice_id": "v", "provider": "humming", "gender": "either"}
    query = '{ voice(voiceId: "v") { voiceName provider providerRaw gender genderRaw } }'
    async with world(calls=0, transport=played(newer)) as w:
        assert (await w.data(query))["voice"] == {
            "voiceName": None,
            "provider": "UNKNOWN",
            "providerRaw": "humming",
            "gender": "UNKNOWN",
            "genderRaw": "either",
        }


@pytest.mark.parametrize("field", ["preview_audio_url", "avatar_url"])
@pytest.mark.parametrize(("query", "many"), [(VOICES, True), (VOICE, False)])
async def test_a_signed_address_is_kept_for_half_its_life(
    field: str, query: str, *, many: bool
) -> None:
    signed = f"https://files.test/a.mp3?Expires={int(NOW) + 600}"
    voices = [{"voice_id": "u"}, {"voice_id": "v", field: signed}]
    transport = played(voices if many else voices[1])
    async with world(calls=0, transport=transport) as w:
        for forward, sent in ((0, 1), (299, 1), (2, 2)):
            w.clock.forward(forward)
            await w.data(query, None if many else {"id": "v"})
            assert len(w.sent) == sent


@pytest.mark.parametrize("answer", [{"voices": []}, [1], "text"])
async def test_a_list_that_is_none_is_an_error(answer: Any) -> None:
    async with world(calls=0, transport=played(answer)) as w:
        assert await w.errors(VOICES) == [("voices", "UPSTREAM_INVALID")]


# --- The community -----------------------------------------------------------------------------


async def test_a_search_is_sent_as_it_is_given_and_remembered_for_five_minutes(w: World) -> None:
    found = await w.data(FIND, {"text": "june"})
    assert found["searchCommunityVoices"] == [
        {
            "name": "June",
            "description": JUNE["description"],
            "providerVoiceId": JUNE["provider_voice_id"],
            "publicUserId": JUNE["public_user_id"],
        }
    ]
    assert orjson.loads(w.sent[-1].content) == {"search_query": "june"}
    w.clock.forward(299)
    assert await w.data(FIND, {"text": "june"}) == found
    assert w.requests == {SEARCH: 1}
    other = await w.data(FIND, {"text": "june", "of": "FISH_AUDIO"})
    assert [voice["publicUserId"] for voice in other["searchCommunityVoices"]] == [None]
    assert orjson.loads(w.sent[-1].content) == {
        "search_query": "june",
        "voice_provider": "fish_audio",
    }
    assert w.requests == {SEARCH: 2}
    w.clock.forward(302)
    assert await w.data(FIND, {"text": "june"}) == found
    assert w.requests == {SEARCH: 3}


async def test_nothing_is_found_where_there_is_nothing(w: World) -> None:
    assert await w.data(FIND, {"text": "nobody", "of": None}) == {"searchCommunityVoices": []}
    assert orjson.loads(w.sent[-1].content) == {"search_query": "nobody"}


async def test_a_search_for_nothing_is_not_sent(w: World) -> None:
    assert await w.errors(FIND, {"text": "  "}) == [("searchCommunityVoices", "BAD_USER_INPUT")]
    assert w.requests == {}


@pytest.mark.parametrize("answer", [{}, {"voices": {}}, {"voices": [1]}])
async def test_an_answer_that_is_no_search_is_an_error(answer: Any) -> None:
    async with world(calls=0, transport=played(answer)) as w:
        expected = [("searchCommunityVoices", "UPSTREAM_INVALID")]
        assert await w.errors(FIND, {"text": "x"}) == expected


# --- Adding ------------------------------------------------------------------------------------


async def test_a_voice_is_added_once_and_shown_where_it_was_not(w: World) -> None:
    before = len((await w.data(VOICES))["voices"])
    answer = (await w.data(ADDING, {"input": GIVEN}))["addCommunityVoice"]
    assert answer["userErrors"] == []
    voice = answer["voice"]
    assert (voice["voiceName"], voice["provider"]) == ("Reception", "ELEVENLABS")
    assert orjson.loads(w.sent[-1].content) == SENT
    assert w.requests == {LIST: 1, ADD: 1}
    listed = (await w.data(VOICES))["voices"]
    assert [each["voiceId"] for each in listed][before:] == [voice["voiceId"]]
    assert w.requests == {LIST: 2, ADD: 1}


async def test_what_was_missing_is_found_after_it_was_added_and_others_stay_known() -> None:
    voice = {"voice_id": "custom_voice_1", "voice_name": "New"}
    there: list[object] = []

    def retell(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            there.append(voice)
            return httpx.Response(200, json=voice)
        if request.url.path.endswith("other"):
            return httpx.Response(200, json={"voice_id": "other"})
        return httpx.Response(200, json=voice) if there else httpx.Response(422, json={})

    async with world(calls=0, transport=httpx.MockTransport(retell)) as w:
        assert await w.data(VOICE, {"id": "custom_voice_1"}) == {"voice": None}
        await w.data(VOICE, {"id": "other"})
        await w.data(ADDING, {"input": GIVEN})
        assert (await w.data(VOICE, {"id": "custom_voice_1"}))["voice"]["voiceName"] == "New"
        assert len(w.sent) == 4
        await w.data(VOICE, {"id": "other"})
        assert len(w.sent) == 4


@pytest.mark.parametrize("answer", [None, {"voice_id": 7}])
async def test_an_answer_without_an_id_forgets_the_list_all_the_same(answer: Any) -> None:
    def retell(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=[] if request.method == "GET" else answer)

    adding = ADDING.replace("id voiceId voiceName", "voiceName")
    async with world(calls=0, transport=httpx.MockTransport(retell)) as w:
        await w.data(VOICES)
        assert (await w.answer(adding, {"input": GIVEN}))["data"] is not None
        await w.data(VOICES)
        assert [request.method for request in w.sent] == ["GET", "POST", "GET"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"voiceName": ""}, "voiceName"),
    ({"voiceName": "x" * (LONGEST_NAME + 1)}, "voiceName"),
    ({"providerVoiceId": ""}, "providerVoiceId"),
    ({"publicUserId": None}, "publicUserId"),
    ({"publicUserId": ""}, "publicUserId"),
    ({"voiceProvider": None}, "voiceProvider"),
]


@pytest.mark.parametrize(("wrong", "field"), WRONG)
async def test_what_cannot_be_added_is_not_sent(
    w: World, wrong: dict[str, Any], field: str
) -> None:
    payload = (await w.data(ADDING, {"input": GIVEN | wrong}))["addCommunityVoice"]
    assert payload["voice"] is None
    assert [(e["field"], e["code"]) for e in payload["userErrors"]] == [([field], "BAD_USER_INPUT")]
    assert w.requests == {}


async def test_the_owner_is_needed_for_elevenlabs_alone(w: World) -> None:
    clara = COMMUNITY["cartesia"][0]["provider_voice_id"]
    given = {"providerVoiceId": clara, "voiceName": "x" * LONGEST_NAME}
    refused = await w.data(ADDING, {"input": given | {"voiceProvider": "ELEVENLABS"}})
    assert [e["field"] for e in refused["addCommunityVoice"]["userErrors"]] == [["publicUserId"]]
    added = await w.data(ADDING, {"input": given | {"voiceProvider": "CARTESIA"}})
    assert added["addCommunityVoice"]["voice"]["provider"] == "CARTESIA"
    assert w.requests == {ADD: 1}


@pytest.mark.parametrize(
    ("status", "code"), [(400, "BAD_USER_INPUT"), (404, "NOT_FOUND"), (409, "CONFLICT")]
)
async def test_what_a_person_can_mend_is_a_user_error(w: World, status: int, code: str) -> None:
    w.sandbox.faults.set([Fault(status=status)])
    payload = (await w.data(ADDING, {"input": GIVEN}))["addCommunityVoice"]
    assert [error["code"] for error in payload["userErrors"]] == [code]
    assert w.requests == {ADD: 1}


async def test_an_outcome_that_is_not_known_is_an_error_and_nothing_is_sent_again(
    w: World,
) -> None:
    w.sandbox.faults.set([Fault(status=500)])
    answer = await w.answer(ADDING, {"input": GIVEN})
    assert faults(answer) == [("addCommunityVoice", "OUTCOME_UNKNOWN")]
    assert w.requests == {ADD: 1}


async def test_the_same_under_one_name_is_added_once(w: World) -> None:
    named = GIVEN | {"clientMutationId": "add-june-1"}
    first = await w.data(ADDING, {"input": named})
    assert first["addCommunityVoice"]["voice"]["voiceName"] == "Reception"
    assert await w.data(ADDING, {"input": named}) == first
    assert w.requests == {ADD: 1}


@pytest.mark.parametrize(
    ("query", "variables", "field"),
    [
        (VOICES, {}, "voices"),
        (VOICE, {"id": "openai-Alloy"}, "voice"),
        (FIND, {"text": "june"}, "searchCommunityVoices"),
        (ADDING, {"input": GIVEN}, "addCommunityVoice"),
    ],
)
async def test_nothing_is_asked_for_who_lacks_the_scope(
    query: str, variables: dict[str, Any], field: str
) -> None:
    lacking = "voices:read" if field == "addCommunityVoice" else "voices:write"
    async with world(calls=1, scopes=[lacking]) as w:
        assert await w.errors(query, variables) == [(field, "FORBIDDEN")]
        assert w.requests == {}
