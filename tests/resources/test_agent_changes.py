"""What the mutations of agents, of voice and of chat, send, forget, answer and refuse."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest
from graphql import GraphQLInputObjectType, get_named_type
from strawberry import ID

from gateway.app import schema
from gateway.errors import BadUserInput
from gateway.resources.agent import CreateAgentInput, UpdateAgentInput
from gateway.schema.agent_settings import LISTS, OBJECTS, settings, some_settings
from gateway.schema.storage import DataStorageSetting
from tests.world import World, faults, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KEY = "sandbox-key-a"
GET, GET_CHAT = "GET /get-agent", "GET /get-chat-agent"
LIST, VERSIONS = "POST /v2/list-agents", "GET /list-agent-versions"
ENGINE = {"type": "retell-llm", "llm_id": "llm_1"}
NAME = "00000000-0000-4000-8000-000000000001"


def mutation(name: str, selection: str) -> str:
    input_ = f"{name[0].upper()}{name[1:]}Input"
    errors = "userErrors { field message code }"
    return f"mutation($i: {input_}!) {{ it: {name}(input: $i) {{ {selection} {errors} }} }}"


SHOWN = "id agentId agentName version isPublished"
BOTH = f"agentVersion {{ version baseVersion }} agent {{ {SHOWN} }} chatAgent {{ {SHOWN} }}"
CREATE = mutation("createAgent", f"agent {{ {SHOWN} }}")
UPDATE = mutation("updateAgent", f"agent {{ {SHOWN} }}")
DELETE = mutation("deleteAgent", "deletedAgentId")
CREATE_CHAT = mutation("createChatAgent", f"chatAgent {{ {SHOWN} }}")
UPDATE_CHAT = mutation("updateChatAgent", f"chatAgent {{ {SHOWN} autoCloseMessage }}")
DELETE_CHAT = mutation("deleteChatAgent", "deletedAgentId")
FORK = mutation("createAgentVersion", BOTH)
PUBLISH = mutation("publishAgentVersion", "agentId publishedVersion")
DROP = mutation("deleteAgentVersion", "agentId deletedVersion")
REPAIR = mutation("repairAgent", BOTH)


@pytest.fixture
async def w() -> AsyncIterator[World]:
    async with world(calls=1) as made:
        yield made


def agents(w: World, channel: str = "voice") -> list[Any]:
    return [agent for agent in w.sandbox.accounts[KEY].agents if agent.channel == channel]


def inputs(name: str) -> dict[str, Any]:
    """The fields of an input."""
    type_ = schema().executable.type_map[name]
    assert isinstance(type_, GraphQLInputObjectType)
    fields: dict[str, Any] = type_.fields
    return fields


def global_id(type_: str, key: str) -> str:
    return b64encode(f"{type_}:{key}".encode()).decode()


async def made(w: World, change: str, **given: Any) -> dict[str, Any]:
    """The payload of a mutation that did what it is for."""
    payload: dict[str, Any] = (await w.data(change, {"i": given}))["it"]
    assert payload.pop("userErrors") == []
    return payload


async def refused(w: World, change: str, **given: Any) -> tuple[Any, str]:
    """The field and the code of the one user error."""
    (error,) = (await w.data(change, {"i": given}))["it"]["userErrors"]
    return error["field"], error["code"]


READ_ALL = """query($voice: ID!, $other: ID!, $chat: ID!) {
  newest: agent(agentId: $voice) { version }
  first: agent(agentId: $voice, version: 0) { version }
  other: agent(agentId: $other) { version }
  chat: chatAgent(agentId: $chat) { version }
  agents { nodes { agentId } }
  chatAgents { nodes { agentId } }
  versions: agentVersions(agentId: $voice) { nodes { version } }
  otherVersions: agentVersions(agentId: $other) { nodes { version } }
  chatVersions: agentVersions(agentId: $chat) { nodes { version } }
}"""


async def read_anew(w: World, change: str, **given: Any) -> dict[str, int]:
    """What is read again after a change, of all that there is to read of agents."""
    voice, other = (agent.agent_id for agent in agents(w)[:2])
    of = {"voice": voice, "other": other, "chat": agents(w, "chat")[0].agent_id}
    await w.data(READ_ALL, of)
    w.sandbox.requests.clear()
    await made(w, change, **given)
    w.sandbox.requests.clear()
    await w.answer(READ_ALL, of)
    return w.requests


async def test_a_change_of_a_voice_agent_forgets_it_and_lists_of_all_agents(w: World) -> None:
    given = {"agentId": agents(w)[0].agent_id, "agentName": "Reception"}
    assert await read_anew(w, UPDATE, **given) == {GET: 2, LIST: 1, VERSIONS: 1}


async def test_a_new_voice_agent_forgets_lists_of_all_agents(w: World) -> None:
    given = {"responseEngine": ENGINE, "voiceId": "11labs-Adrian"}
    assert await read_anew(w, CREATE, **given) == {LIST: 1}


async def test_a_deleted_voice_agent_is_forgotten(w: World) -> None:
    given = {"agentId": agents(w)[0].agent_id}
    assert await read_anew(w, DELETE, **given) == {GET: 2, LIST: 1, VERSIONS: 1}


async def test_a_change_of_a_chat_agent_forgets_it_and_all_lists(w: World) -> None:
    chat = agents(w, "chat")[0].agent_id
    given = {"agentId": chat, "agentName": "Desk"}
    assert await read_anew(w, UPDATE_CHAT, **given) == {GET_CHAT: 1, LIST: 2, VERSIONS: 1}
    assert await read_anew(w, CREATE_CHAT, responseEngine=ENGINE) == {LIST: 2}
    assert await read_anew(w, DELETE_CHAT, agentId=chat) == {GET_CHAT: 1, LIST: 2, VERSIONS: 1}


@pytest.mark.parametrize(
    ("change", "given"),
    [
        (FORK, {"baseVersion": 0}),
        (PUBLISH, {"version": 1}),
        (REPAIR, {}),
        (DROP, {"version": 1}),
    ],
)
async def test_a_change_of_versions_forgets_the_agent_and_all_lists(
    w: World, change: str, given: dict[str, Any]
) -> None:
    voice = {"agentId": agents(w)[0].agent_id}
    assert await read_anew(w, change, **given, **voice) == {GET: 2, LIST: 2, VERSIONS: 1}
    chat = {"agentId": agents(w, "chat")[0].agent_id}
    assert await read_anew(w, change, **given, **chat) == {GET_CHAT: 1, LIST: 2, VERSIONS: 1}


ELSEWHERE = {
    "engine": 'retellLlm(llmId: "llm_1", version: 0) { isPublished }',
    "engines": "retellLlms { nodes { isPublished } }",
    "flow": 'conversationFlow(conversationFlowId: "f_1") { id }',
    "flows": "conversationFlows { nodes { id } }",
    "number": 'phoneNumber(phoneNumber: "+14155550100") { id }',
    "numbers": "phoneNumbers { nodes { id } }",
    "tools": 'mcpTools(agentId: "agent_1", mcpId: "m") { name }',
    "others": 'mcpTools(agentId: "agent_2", mcpId: "m") { name }',
}
"""What shows agents elsewhere, or belongs to them."""
ENGINES = {"engine", "engines", "flow", "flows"}
BINDINGS = {"number", "numbers"}


@pytest.mark.parametrize(
    ("change", "given", "touched"),
    [
        (CREATE, {"responseEngine": ENGINE, "voiceId": "11labs-Adrian"}, set()),
        (CREATE_CHAT, {"responseEngine": ENGINE}, set()),
        (UPDATE, {"agentId": "agent_1", "agentName": "A"}, {"tools"}),
        (UPDATE_CHAT, {"agentId": "agent_1", "agentName": "A"}, {"tools"}),
        (DELETE, {"agentId": "agent_1"}, {"tools"} | BINDINGS),
        (DELETE_CHAT, {"agentId": "agent_1"}, {"tools"} | BINDINGS),
        (FORK, {"agentId": "agent_1", "baseVersion": 0}, {"tools"} | ENGINES),
        (PUBLISH, {"agentId": "agent_1", "version": 0}, {"tools"} | ENGINES),
        (DROP, {"agentId": "agent_1", "version": 0}, {"tools"} | ENGINES),
        (REPAIR, {"agentId": "agent_1"}, {"tools"} | ENGINES),
    ],
)
async def test_a_change_of_an_agent_forgets_what_shows_it_elsewhere(
    change: str, given: dict[str, Any], touched: set[str]
) -> None:
    def retell(request: httpx.Request) -> httpx.Response:
        lists = any(word in request.url.path for word in ("list", "tools"))
        bare = "tools" in request.url.path
        empty: Any = [] if bare else {"items": []}
        one = {"agent_id": "agent_3", "llm_id": "llm_1", "conversation_flow_id": "f_1"}
        return httpx.Response(200, json=empty if lists else one | {"phone_number": "+1"})

    async with world(calls=0, transport=httpx.MockTransport(retell)) as w:
        for query in ELSEWHERE.values():
            await w.answer(f"{{ {query} }}")
        await made(w, change, **given)
        asked = set()
        for name, query in ELSEWHERE.items():
            before = len(w.sent)
            await w.answer(f"{{ {query} }}")
            if len(w.sent) > before:
                asked.add(name)
        assert asked == touched


async def test_an_agent_is_made_and_there_at_once(w: World) -> None:
    payload = await made(
        w,
        CREATE,
        responseEngine=ENGINE,
        voiceId="11labs-Adrian",
        agentName="New",
        languages=["en-US", "fr-FR"],
        ambientSound="COFFEE_SHOP",
        webhookEvents=["CALL_ENDED"],
        voicemailOption=None,
        isTransferAgent=False,
        signedUrlExpirationMs=60_000,
    )
    assert orjson.loads(w.sent[-1].content) == {
        "response_engine": ENGINE,
        "voice_id": "11labs-Adrian",
        "agent_name": "New",
        "language": ["en-US", "fr-FR"],
        "ambient_sound": "coffee-shop",
        "webhook_events": ["call_ended"],
        "voicemail_option": None,
        "is_transfer_agent": False,
        "signed_url_expiration_ms": 60_000,
    }
    agent_id = payload["agent"]["agentId"]
    assert payload["agent"] == {
        "id": global_id("Agent", agent_id),
        "agentId": agent_id,
        "agentName": "New",
        "version": 0,
        "isPublished": False,
    }
    read = "query($id: ID!) { agent(agentId: $id) { languages } }"
    assert await w.data(read, {"id": agent_id}) == {"agent": {"languages": ["en-US", "fr-FR"]}}
    assert w.requests == {"POST /create-agent": 1, GET: 1}


async def test_an_agent_that_was_not_there_is_there_once_it_is_made() -> None:
    new_id = "agent_of_tomorrow"

    there: set[str] = set()

    def retell(request: httpx.Request) -> httpx.Response:
        kind = "chat" if "chat" in request.url.path else "voice"
        if request.method == "POST":
            there.add(kind)
        found = {"agent_id": new_id, "response_engine": {}, "version": 0}
        return httpx.Response(200, json=found) if kind in there else httpx.Response(422, json={})

    async with world(calls=0, transport=httpx.MockTransport(retell)) as w:
        read = """{ agent(agentId: "agent_of_tomorrow") { version }
            chatAgent(agentId: "agent_of_tomorrow") { version } }"""
        assert await w.data(read) == {"agent": None, "chatAgent": None}
        await made(w, CREATE, responseEngine=ENGINE, voiceId="11labs-Adrian")
        assert await w.data(read) == {"agent": {"version": 0}, "chatAgent": None}
        await made(w, CREATE_CHAT, responseEngine=ENGINE)
        assert await w.data(read) == {"agent": {"version": 0}, "chatAgent": {"version": 0}}
        assert len(w.sent) == 6


@pytest.mark.parametrize("version", [None, 1])
async def test_a_changed_agent_is_answered_under_the_id_that_it_was_changed_by(
    w: World, version: int | None
) -> None:
    agent_id = agents(w)[0].agent_id
    given = {"agentId": agent_id, "agentName": "Reception", "webhookUrl": None}
    payload = await made(w, UPDATE, **given, version=version)
    assert w.sent[-1].url.raw_path.decode() == f"/update-agent/{agent_id}" + (
        "" if version is None else "?version=1"
    )
    assert orjson.loads(w.sent[-1].content) == {"agent_name": "Reception", "webhook_url": None}
    key = agent_id if version is None else f"{agent_id}:1"
    assert payload["agent"] == {
        "id": global_id("Agent", key),
        "agentId": agent_id,
        "agentName": "Reception",
        "version": 1,
        "isPublished": False,
    }


async def test_a_chat_agent_is_made_changed_and_deleted(w: World) -> None:
    payload = await made(w, CREATE_CHAT, responseEngine=ENGINE, languages="fr-FR")
    assert orjson.loads(w.sent[-1].content) == {"response_engine": ENGINE, "language": "fr-FR"}
    agent_id = payload["chatAgent"]["agentId"]
    assert payload["chatAgent"]["id"] == global_id("ChatAgent", agent_id)
    told = await made(
        w,
        UPDATE_CHAT,
        agentId=agent_id,
        version=0,
        autoCloseMessage="Bye",
        webhookEvents=["CHAT_ENDED"],
        postChatAnalysisData=[],
    )
    assert orjson.loads(w.sent[-1].content) == {
        "auto_close_message": "Bye",
        "webhook_events": ["chat_ended"],
        "post_chat_analysis_data": [],
    }
    assert told["chatAgent"]["autoCloseMessage"] == "Bye"
    assert told["chatAgent"]["id"] == global_id("ChatAgent", f"{agent_id}:0")
    assert await made(w, DELETE_CHAT, agentId=agent_id) == {"deletedAgentId": agent_id}
    assert await refused(w, DELETE_CHAT, agentId=agent_id) == (["agentId"], "NOT_FOUND")


async def test_a_published_version_cannot_be_changed(w: World) -> None:
    agent = agents(w)[3]  # its newest version is published
    given = {"agentId": agent.agent_id, "agentName": "Reception"}
    assert (await refused(w, UPDATE, **given))[1] == "BAD_USER_INPUT"


async def test_a_draft_is_made_published_and_deleted_for_agents_of_both_kinds(w: World) -> None:
    for channel, type_, mine, others in (
        ("voice", "Agent", "agent", "chatAgent"),
        ("chat", "ChatAgent", "chatAgent", "agent"),
    ):
        agent_id = agents(w, channel)[0].agent_id
        w.sandbox.requests.clear()
        draft = await made(w, FORK, agentId=agent_id, baseVersion=0)
        assert orjson.loads(w.sent[-1].content) == {"base_version": 0}
        assert draft["agentVersion"] == {"version": 2, "baseVersion": 0}
        assert draft[others] is None
        assert draft[mine]["id"] == global_id(type_, f"{agent_id}:2")
        given = {"agentId": agent_id, "version": 2}
        repaired = await made(w, REPAIR, **given)
        assert (w.sent[-1].content, w.sent[-1].url.query) == (b"", b"version=2")
        assert repaired == draft
        newest = await made(w, REPAIR, agentId=agent_id)
        assert (newest, w.sent[-1].url.query) == (draft, b"")
        published = await made(w, PUBLISH, **given, versionTitle="Two", versionDescription="2nd")
        assert published == {"agentId": agent_id, "publishedVersion": 2}
        assert orjson.loads(w.sent[-1].content) == {
            "version": 2,
            "version_title": "Two",
            "version_description": "2nd",
        }
        assert await made(w, DROP, **given) == {"agentId": agent_id, "deletedVersion": 2}
        assert w.sent[-1].url.query == b"version=2"
        assert w.requests == {
            "POST /create-agent-version": 1,
            "POST /repair-agent": 2,
            "POST /publish-agent-version": 1,
            "DELETE /delete-agent-version": 1,
        }
        assert await refused(w, DROP, **given) == (["agentId"], "NOT_FOUND")


@pytest.mark.parametrize("change", [FORK, REPAIR])
@pytest.mark.parametrize("answer", [None, {}, {"agent_id": 7, "version": "x"}])
async def test_an_answer_that_tells_of_no_agent_shows_none(
    change: str, answer: dict[str, Any] | None
) -> None:
    def retell(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(204) if answer is None else httpx.Response(200, json=answer)

    given = {"agentId": "agent_1"} | ({"baseVersion": 0} if change == FORK else {})
    async with world(calls=0, transport=httpx.MockTransport(retell)) as w:
        got = (await w.answer(change, {"i": given}))["data"]["it"]
        assert (got["agent"], got["chatAgent"]) == (None, None)
        assert len(w.sent) == 1


WRONG: list[tuple[str, dict[str, Any], Any]] = [
    (CREATE, {"responseEngine": [], "voiceId": "v"}, ["responseEngine"]),
    (CREATE, {"responseEngine": ENGINE, "voiceId": "v", "languages": []}, ["languages"]),
    (CREATE_CHAT, {"responseEngine": "x"}, ["responseEngine"]),
    (UPDATE, {"agentId": "agent_1"}, None),
    (UPDATE, {"agentId": "agent_1", "version": 0}, None),
    (UPDATE, {"agentId": "agent_1", "version": -1, "agentName": "x"}, ["version"]),
    (UPDATE, {"agentId": "../x", "agentName": "x"}, ["agentId"]),
    (UPDATE_CHAT, {"agentId": "agent_1", "preSessionTools": {}}, ["preSessionTools"]),
    (UPDATE_CHAT, {"agentId": "agent_1"}, None),
    (DELETE, {"agentId": "../x"}, ["agentId"]),
    (DELETE_CHAT, {"agentId": "../x"}, ["agentId"]),
    (FORK, {"agentId": "agent_1", "baseVersion": -1}, ["baseVersion"]),
    (FORK, {"agentId": "../x", "baseVersion": 1}, ["agentId"]),
    (PUBLISH, {"agentId": "agent_1", "version": -1}, ["version"]),
    (PUBLISH, {"agentId": "../x", "version": 1}, ["agentId"]),
    (DROP, {"agentId": "agent_1", "version": -1}, ["version"]),
    (DROP, {"agentId": "../x", "version": 1}, ["agentId"]),
    (REPAIR, {"agentId": "agent_1", "version": -1}, ["version"]),
    (REPAIR, {"agentId": "../x"}, ["agentId"]),
]


@pytest.mark.parametrize(("change", "given", "field"), WRONG)
async def test_what_is_wrong_is_refused_and_not_sent(
    w: World, change: str, given: dict[str, Any], field: Any
) -> None:
    assert await refused(w, change, **given) == (field, "BAD_USER_INPUT")
    assert w.sent == []


RIGHT: list[tuple[str, dict[str, Any]]] = [
    (CREATE, {"responseEngine": ENGINE, "voiceId": "v"}),
    (UPDATE, {"agentId": "agent_1", "agentName": "x"}),
    (DELETE, {"agentId": "agent_1"}),
    (CREATE_CHAT, {"responseEngine": ENGINE}),
    (UPDATE_CHAT, {"agentId": "agent_1", "agentName": "x"}),
    (DELETE_CHAT, {"agentId": "agent_1"}),
    (FORK, {"agentId": "agent_1", "baseVersion": 1}),
    (PUBLISH, {"agentId": "agent_1", "version": 1}),
    (DROP, {"agentId": "agent_1", "version": 1}),
    (REPAIR, {"agentId": "agent_1"}),
]


@pytest.mark.parametrize(("change", "given"), RIGHT)
async def test_who_may_not_change_agents_changes_none(change: str, given: dict[str, Any]) -> None:
    async with world(calls=1, scopes=["agents:read", "chats:write"]) as w:
        assert await w.errors(change, {"i": given}) == [("it", "FORBIDDEN")]
        assert w.sent == []


@pytest.mark.parametrize(("change", "given"), RIGHT)
async def test_a_change_of_which_nobody_knows_is_sent_once(
    change: str, given: dict[str, Any]
) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(500))
    async with world(calls=0, transport=transport) as w:
        for _ in range(2):
            answer = await w.answer(change, {"i": given | {"clientMutationId": NAME}})
            assert faults(answer) == [("it", "OUTCOME_UNKNOWN")]
        assert len(w.sent) == 1


@pytest.mark.parametrize(("change", "given"), RIGHT)
@pytest.mark.parametrize(
    ("status", "code"), [(400, "BAD_USER_INPUT"), (404, "NOT_FOUND"), (409, "CONFLICT")]
)
async def test_what_retell_refuses_is_data(
    change: str, given: dict[str, Any], status: int, code: str
) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, json={"message": "no"}))
    async with world(calls=0, transport=transport) as w:
        assert (await refused(w, change, **given))[1] == code
        assert len(w.sent) == 1


# --- Settings ----------------------------------------------------------------------------------

NEW: Any = CreateAgentInput
OLD: Any = UpdateAgentInput
"""Type checkers do not know what Strawberry makes of an input."""


def test_settings_are_in_retells_names_and_null_stays_null() -> None:
    given = OLD(
        agent_id=ID("agent_1"),
        languages=None,
        data_storage_setting=DataStorageSetting.EVERYTHING,
        voicemail_option=None,
        pii_config={"mode": "post_call", "categories": []},
        client_mutation_id="x",
    )
    assert some_settings(given, "agent_id") == {
        "language": None,
        "data_storage_setting": "everything",
        "voicemail_option": None,
        "pii_config": {"mode": "post_call", "categories": []},
    }
    assert settings(OLD(agent_id=ID("agent_1")), "agent_id") == {}


@pytest.mark.parametrize("name", sorted(OBJECTS))
@pytest.mark.parametrize("wrong", [[], "x", 7, True])
def test_what_must_be_an_object_is_one(name: str, wrong: object) -> None:
    given = {"response_engine": ENGINE, "voice_id": "v"} | {name: wrong}
    with pytest.raises(BadUserInput, match=f"`{OBJECTS[name]}` must be a JSON object"):
        settings(NEW(**given))


@pytest.mark.parametrize("name", sorted(LISTS.keys() - {"post_chat_analysis_data"}))
@pytest.mark.parametrize("wrong", [{}, "x", ["x"], [None]])
def test_what_must_be_a_list_of_objects_is_one(name: str, wrong: object) -> None:
    given = {"response_engine": ENGINE, "voice_id": "v"} | {name: wrong}
    with pytest.raises(BadUserInput, match=f"`{LISTS[name]}` must be a list of JSON objects"):
        settings(NEW(**given))
    assert settings(NEW(**given | {name: [{}]}))[name] == [{}]


def test_every_json_setting_of_agents_is_looked_at() -> None:
    found = {
        name
        for input_ in ("CreateAgentInput", "UpdateAgentInput", "CreateChatAgentInput")
        for name, field in inputs(input_).items()
        if get_named_type(field.type).name == "JSON"
    }
    assert found == {*OBJECTS.values(), *LISTS.values()}
