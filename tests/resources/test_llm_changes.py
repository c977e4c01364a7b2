"""What changes of LLM engines send, refuse, answer and make forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from gateway.sandbox.data.llms import chat_llm_id, llms_of
from gateway.sandbox.data.session_tools import SECRET
from gateway.sandbox.faults import Fault
from gateway.schema.node import global_id
from tests.world import World, faults, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

GET, LIST = "GET /get-retell-llm", "GET /v2/list-retell-llms"
CREATE, UPDATE = "POST /create-retell-llm", "PATCH /update-retell-llm"
DELETE = "DELETE /delete-retell-llm"
LLM = "retellLlm { id llmId version generalPrompt startSpeaker }"
ERRORS = "userErrors { field message code }"
CHANGES = {
    CREATE: f"""mutation ($input: CreateRetellLlmInput!) {{
      createRetellLlm(input: $input) {{ {LLM} {ERRORS} }} }}""",
    UPDATE: f"""mutation ($input: UpdateRetellLlmInput!) {{
      updateRetellLlm(input: $input) {{ {LLM} {ERRORS} }} }}""",
    DELETE: f"""mutation ($input: DeleteRetellLlmInput!) {{
      deleteRetellLlm(input: $input) {{ deletedLlmId {ERRORS} }} }}""",
}
INPUTS: dict[str, dict[str, Any]] = {
    CREATE: {"startSpeaker": "AGENT"},
    UPDATE: {"generalPrompt": "New"},
    DELETE: {},
}


@pytest.fixture
async def w() -> AsyncIterator[World]:
    async with world(calls=1) as made:
        yield made


def id_of(w: World, number: int = 0) -> str:
    """An engine with one draft, which no voice agent uses."""
    return chat_llm_id(w.sandbox.accounts["sandbox-key-a"].world, number)


def used(w: World) -> str:
    """The engine of the first agent, which has a published version 0 and a draft 1."""
    account = w.sandbox.accounts["sandbox-key-a"]
    named = llms_of(account.world, account.agents, account.anchor_ms)
    return next(str(llm["llm_id"]) for llm in named if "states" in llm["versions"][0])


def input_of(w: World, change: str, **more: Any) -> dict[str, Any]:
    id_ = {} if change == CREATE else {"llmId": id_of(w)}
    return id_ | INPUTS[change] | more


async def changed(w: World, change: str, **more: Any) -> dict[str, Any]:
    """The payload of a change."""
    (payload,) = (await w.data(CHANGES[change], {"input": input_of(w, change, **more)})).values()
    assert isinstance(payload, dict)
    return payload


GIVEN = {
    "generalPrompt": "Hello",
    "generalTools": [
        {"type": "custom", "name": "a", "url": "https://a", "headers": {"key": SECRET}}
    ],
    "states": [{"name": "s", "edges": []}],
    "startingState": "s",
    "beginMessage": None,
    "beginAfterUserSilenceMs": 500,
    "defaultDynamicVariables": {"a": "b"},
    "modelConfig": {
        "type": "CASCADING",
        "primary": {"model": "gpt-5", "tier": "ULTRAFAST"},
        "backup": {"model": "gpt-4.1", "kickInTimeoutMs": 700},
        "temperature": 0.5,
    },
    "model": "gpt-5",
    "s2sModel": None,
    "toolCallStrictMode": False,
    "knowledgeBaseIds": ["knowledge_base_1"],
    "kbConfig": {"topK": 3, "filterScore": 0.5},
    "mcps": None,
}
SENT = {
    "general_prompt": "Hello",
    "general_tools": GIVEN["generalTools"],
    "states": [{"name": "s", "edges": []}],
    "starting_state": "s",
    "begin_message": None,
    "begin_after_user_silence_ms": 500,
    "default_dynamic_variables": {"a": "b"},
    "model_config": {
        "type": "cascading",
        "primary": {"model": "gpt-5", "tier": "ultrafast"},
        "backup": {"model": "gpt-4.1", "kick_in_timeout_ms": 700},
        "temperature": 0.5,
    },
    "model": "gpt-5",
    "s2s_model": None,
    "tool_call_strict_mode": False,
    "knowledge_base_ids": ["knowledge_base_1"],
    "kb_config": {"top_k": 3, "filter_score": 0.5},
    "mcps": None,
}


async def test_what_is_given_of_a_new_one_is_sent_and_nothing_else(w: World) -> None:
    answer = await w.post(
        CHANGES[CREATE].replace("generalPrompt", "generalPrompt generalTools { name }"),
        {"input": GIVEN | {"startSpeaker": "USER", "isTransferLlm": False}},
    )
    (sent,) = w.sent
    assert (sent.method, sent.url.raw_path) == ("POST", b"/create-retell-llm")
    assert orjson.loads(sent.content) == SENT | {"start_speaker": "user", "is_transfer_llm": False}
    assert sent.headers["content-type"] == "application/json"
    assert SECRET not in answer.text
    payload = answer.json()["data"]["createRetellLlm"]
    llm = payload["retellLlm"]
    assert llm.pop("id") == global_id("RetellLlm", llm.pop("llmId"))
    assert payload == {
        "retellLlm": {
            "version": 0,
            "generalPrompt": "Hello",
            "generalTools": [{"name": "a"}],
            "startSpeaker": "USER",
        },
        "userErrors": [],
    }
    assert w.requests == {CREATE: 1}


async def test_what_is_given_of_a_change_is_sent_and_nothing_else(w: World) -> None:
    payload = await changed(w, UPDATE, **GIVEN, version=0)
    (sent,) = w.sent
    path = f"/update-retell-llm/{id_of(w)}?version=0"
    assert (sent.method, sent.url.raw_path) == ("PATCH", path.encode())
    assert orjson.loads(sent.content) == SENT
    assert payload["retellLlm"]["id"] == global_id("RetellLlm", f"{id_of(w)}:0")
    newest = await changed(w, UPDATE, modelConfig={"backup": None}, version=None)
    assert orjson.loads(w.sent[1].content) == {
        "general_prompt": "New",
        "model_config": {"backup": None},
    }
    assert w.sent[1].url.raw_path == f"/update-retell-llm/{id_of(w)}".encode()
    assert newest["retellLlm"] == {
        "id": global_id("RetellLlm", id_of(w)),
        "llmId": id_of(w),
        "version": 0,
        "generalPrompt": "New",
        "startSpeaker": "USER",
    }


@pytest.mark.parametrize(
    ("force", "path"),
    [({}, ""), ({"forceDelete": False}, ""), ({"forceDelete": True}, "?force_delete=true")],
)
async def test_one_that_agents_use_is_deleted_by_force_only(
    w: World, force: dict[str, Any], path: str
) -> None:
    payload = await changed(w, DELETE, llmId=used(w), **force)
    (sent,) = w.sent
    expected = f"/delete-retell-llm/{used(w)}{path}".encode()
    assert (sent.method, sent.url.raw_path, sent.content) == ("DELETE", expected, b"")
    codes = [error["code"] for error in payload["userErrors"]]
    gone = (used(w), []) if path else (None, ["BAD_USER_INPUT"])
    assert (payload["deletedLlmId"], codes) == gone
    read = f'{{ retellLlm(llmId: "{used(w)}") {{ llmId }} }}'
    assert (await w.data(read))["retellLlm"] == (None if path else {"llmId": used(w)})


async def test_a_published_version_cannot_be_changed(w: World) -> None:
    payload = await changed(w, UPDATE, llmId=used(w), version=0)
    assert [error["code"] for error in payload["userErrors"]] == ["BAD_USER_INPUT"]
    assert payload["retellLlm"] is None


@pytest.mark.parametrize(
    ("change", "more", "field", "message"),
    [
        (UPDATE, {"startSpeaker": None}, "startSpeaker", "cannot be null"),
        (UPDATE, {"modelConfig": None}, "modelConfig", "cannot be null"),
        (UPDATE, {"generalTools": {}}, "generalTools", "a list of JSON objects"),
        (UPDATE, {"generalTools": ""}, "generalTools", "a list of JSON objects"),
        (CREATE, {"states": ["a"]}, "states", "a list of JSON objects"),
        (CREATE, {"mcps": [{}, None]}, "mcps", "a list of JSON objects"),
        (CREATE, {"defaultDynamicVariables": []}, "defaultDynamicVariables", "with texts"),
        (CREATE, {"defaultDynamicVariables": {"a": 1}}, "defaultDynamicVariables", "with texts"),
        (UPDATE, {"version": -1}, "version", "not negative"),
        (UPDATE, {"llmId": "../x"}, "llmId", "1 to 128 letters"),
        (DELETE, {"llmId": "a/b"}, "llmId", "1 to 128 letters"),
    ],
)
async def test_what_retell_would_not_take_is_refused_unasked(
    w: World, change: str, more: dict[str, Any], field: str, message: str
) -> None:
    payload = await changed(w, change, **more)
    (error,) = payload.pop("userErrors")
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", [field])
    assert message in error["message"]
    assert set(payload.values()) == {None}
    assert w.requests == {}


@pytest.mark.parametrize(
    "given",
    [{"startSpeaker": "UNKNOWN"}, {"modelConfig": {"primary": {"model": "a", "tier": "UNKNOWN"}}}],
)
async def test_an_unknown_value_cannot_be_given(w: World, given: dict[str, Any]) -> None:
    payload = await changed(w, UPDATE, **given)
    assert "UNKNOWN" in payload["userErrors"][0]["message"]
    assert w.requests == {}


async def test_a_change_needs_something_to_change(w: World) -> None:
    variables = {"input": {"llmId": id_of(w), "version": 0}}
    payload = (await w.data(CHANGES[UPDATE], variables))["updateRetellLlm"]
    (error,) = payload["userErrors"]
    assert error["message"] == "Give at least one field to change."
    assert w.requests == {}


@pytest.mark.parametrize("change", CHANGES)
async def test_what_a_change_touches_is_read_anew_and_nothing_else(w: World, change: str) -> None:
    read = """query ($id: ID!) {
      newest: retellLlm(llmId: $id) { version }
      numbered: retellLlm(llmId: $id, version: 0) { version }
      retellLlms { nodes { llmId } }
    }"""
    other = {"id": id_of(w, 1)}
    await w.data(read, other)
    await w.data(read, {"id": id_of(w)})
    assert w.requests == {GET: 4, LIST: 1}
    assert (await changed(w, change))["userErrors"] == []
    await w.data(read, other)
    assert w.requests == {GET: 4, LIST: 2, change: 1}
    await w.data(read, {"id": id_of(w)})
    assert w.requests == {GET: 4 if change == CREATE else 6, LIST: 2, change: 1}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_is_sent_once_whatever_comes_of_it(w: World, change: str) -> None:
    w.sandbox.faults.set([Fault(change, status=500)])
    asked = {"input": input_of(w, change, clientMutationId="once-and-for-all")}
    for _ in range(2):
        answer = await w.answer(CHANGES[change], asked)
        assert [code for _, code in faults(answer)] == ["OUTCOME_UNKNOWN"]
    assert w.requests == {change: 1}


async def test_a_change_that_its_caller_names_is_made_once(w: World) -> None:
    one = await changed(w, UPDATE, clientMutationId="the-only-one", version=0)
    same = await changed(w, UPDATE, clientMutationId="the-only-one", version=0)
    assert one == same
    assert one["retellLlm"]["id"] == global_id("RetellLlm", f"{id_of(w)}:0")
    assert w.requests == {UPDATE: 1}


@pytest.mark.parametrize("change", CHANGES)
async def test_without_its_scope_nothing_is_sent(change: str) -> None:
    async with world(calls=1, scopes=["engines:read"]) as w:
        answer = await w.answer(CHANGES[change], {"input": input_of(w, change)})
        assert [code for _, code in faults(answer)] == ["FORBIDDEN"]
        assert w.requests == {}


@pytest.mark.parametrize("change", [UPDATE, DELETE])
@pytest.mark.parametrize(
    ("status", "code"), [(404, "NOT_FOUND"), (409, "CONFLICT"), (412, "CONFLICT")]
)
async def test_what_a_person_can_mend_is_data(
    w: World, change: str, status: int, code: str
) -> None:
    w.sandbox.faults.set([Fault(change, status=status)])
    (error,) = (await changed(w, change))["userErrors"]
    assert (error["code"], error["field"]) == (code, ["llmId"])
    assert w.requests == {change: 1}


async def test_numbers_in_a_payload_are_noted_by_the_id_of_what_is_new(w: World) -> None:
    query = """mutation ($input: CreateRetellLlmInput!) { createRetellLlm(input: $input) {
      retellLlm { llmId generalTools {
        ... on LlmTransferCallTool { transferDestination { number } } } } } }"""
    tool = {
        "type": "transfer_call",
        "transfer_destination": {"type": "predefined", "number": "+14155550123"},
    }
    llm = (await w.data(query, {"input": INPUTS[CREATE] | {"generalTools": [tool]}}))[
        "createRetellLlm"
    ]["retellLlm"]
    assert llm["generalTools"] == [{"transferDestination": {"number": "+14155550123"}}]
    assert [orjson.loads(line)["ids"] for line in w.audited] == [[llm["llmId"]]]
