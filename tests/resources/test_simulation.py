"""Test cases, batches of their runs, and how each went: read, written and run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from gateway.resources import simulation_batch, simulation_run
from gateway.sandbox.faults import Fault
from gateway.schema.node import global_id
from tests.world import faults, world

if TYPE_CHECKING:
    from tests.world import JsonObject, World

GET_CASE, LIST_CASES = "GET /get-test-case-definition", "GET /v2/list-test-case-definitions"
GET_BATCH, LIST_BATCHES = "GET /get-batch-test", "GET /v2/list-batch-tests"
GET_RUN, LIST_RUNS = "GET /get-test-run", "GET /v2/list-test-runs"
CREATE_CASE, RUN_BATCH = "POST /create-test-case-definition", "POST /create-batch-test"
UPDATE_CASE = "PUT /update-test-case-definition"
DELETE_CASE = "DELETE /delete-test-case-definition"

ERRORS = "clientMutationId userErrors { field message code }"
CASE = """{ testCaseDefinitionId name type userPrompt metrics dynamicVariables llmModel
  creationTimestamp responseEngine { type typeRaw llmId conversationFlowId version }
  toolMocks { toolName output args inputMatchRule result } }"""


def engine(it: World, number: int = 0) -> JsonObject:
    body: JsonObject = it.sandbox.accounts["sandbox-key-a"].agents[number].versions[-1].body
    found: JsonObject = body["response_engine"]
    return found


def by_engine(it: World) -> JsonObject:
    return {"engine": {"llmId": engine(it)["llm_id"]}}


async def cases(it: World, selection: str = "{ testCaseDefinitionId }") -> list[JsonObject]:
    query = (
        "query ($engine: TestEngineInput!) { testCaseDefinitions(engine: $engine)"
        f" {{ nodes {selection} }} }}"
    )
    nodes: list[JsonObject] = (await it.data(query, by_engine(it)))["testCaseDefinitions"]["nodes"]
    return nodes


async def case_id(it: World) -> str:
    return str((await cases(it))[0]["testCaseDefinitionId"])


BATCHES = """query ($engine: TestEngineInput!, $version: Int) {
  batchTests(engine: $engine, engineVersion: $version, first: 5) {
    nodes { id testCaseBatchJobId status totalCount passCount failCount errorCount } } }"""


async def batch_id(it: World) -> str:
    data = await it.data(BATCHES, by_engine(it))
    return str(data["batchTests"]["nodes"][0]["testCaseBatchJobId"])


async def test_a_case_is_read_with_all_that_it_says() -> None:
    query = f"query ($id: ID!) {{ testCaseDefinition(testCaseDefinitionId: $id) {CASE} }}"
    async with world(calls=1) as it:
        id_ = await case_id(it)
        case = (await it.data(query, {"id": id_}))["testCaseDefinition"]
        assert case.pop("creationTimestamp") == "2026-04-28T20:26:42.000Z"
        assert case == {
            "testCaseDefinitionId": id_,
            "name": "Hangs up early",
            "type": "simulation",
            "userPrompt": "You are Zoë, and want to see somebody on Thursday.",
            "metrics": ["The agent is polite.", "The goal of the user is reached."],
            "dynamicVariables": {"customer_name": "Zoë"},
            "llmModel": "gpt-5.4-mini",
            "responseEngine": {
                "type": "RETELL_LLM",
                "typeRaw": "retell-llm",
                "llmId": engine(it)["llm_id"],
                "conversationFlowId": None,
                "version": engine(it)["version"],
            },
            "toolMocks": [
                {
                    "toolName": "check_availability",
                    "output": '{"free": true}',
                    "args": None,
                    "inputMatchRule": {"type": "any"},
                    "result": None,
                },
                {
                    "toolName": "transfer_call",
                    "output": "{}",
                    "args": {"to": "desk"},
                    "inputMatchRule": {"type": "partial_match", "args": {"to": "desk"}},
                    "result": False,
                },
            ],
        }
        assert it.requests == {LIST_CASES: 1, GET_CASE: 1}
        await it.data(query, {"id": id_})
        assert it.requests == {LIST_CASES: 1, GET_CASE: 1}
        none = await it.data(query, {"id": "test_case_none"})
        assert none == {"testCaseDefinition": None}


async def test_lists_are_asked_for_by_engine_and_paged() -> None:
    query = """query ($engine: TestEngineInput!, $after: String) {
      testCaseDefinitions(engine: $engine, first: 2, after: $after) {
        nodes { name } edges { node { name } } pageInfo { hasNextPage endCursor } } }"""
    async with world(calls=1) as it:
        flow = {"engine": {"conversationFlowId": engine(it, 1)["conversation_flow_id"]}}
        page = (await it.data(query, flow))["testCaseDefinitions"]
        assert page["pageInfo"]["hasNextPage"] is True
        rest = await it.data(query, flow | {"after": page["pageInfo"]["endCursor"]})
        names = [*page["nodes"], *rest["testCaseDefinitions"]["nodes"]]
        assert [node["name"] for node in names] == [
            "Hangs up early",
            "Asks for a refund",
            "Books a visit",
        ]
        assert it.requests == {LIST_CASES: 2}
        assert dict(it.sent[0].url.params) == {
            "type": "conversation-flow",
            "conversation_flow_id": engine(it, 1)["conversation_flow_id"],
            "limit": "2",
        }
        other = by_engine(it) | {"after": page["pageInfo"]["endCursor"]}
        assert await it.errors(query, other) == [("testCaseDefinitions", "BAD_USER_INPUT")]


async def test_batches_are_asked_for_by_engine_and_version() -> None:
    async with world(calls=1) as it:
        version = engine(it)["version"]
        data = await it.data(BATCHES, by_engine(it) | {"version": version})
        (batch,) = data["batchTests"]["nodes"]
        del batch["id"], batch["testCaseBatchJobId"]
        assert batch == {
            "status": "COMPLETE",
            "totalCount": 3,
            "passCount": 1,
            "failCount": 1,
            "errorCount": 1,
        }
        assert it.sent[-1].url.params["version"] == str(version)
        wrong = by_engine(it) | {"version": -1}
        assert await it.errors(BATCHES, wrong) == [("batchTests", "BAD_USER_INPUT")]
        assert it.requests == {LIST_BATCHES: 1}


async def test_a_batch_leads_to_its_runs_and_they_to_their_cases() -> None:
    query = """query ($id: ID!) { batchTest(testCaseBatchJobId: $id) {
      runs { testCaseJobId status resultExplanation transcriptSnapshot
        definition { name }
        testCaseDefinitionSnapshot { name testCaseDefinitionId } } } }"""
    async with world(calls=1) as it:
        id_ = await batch_id(it)
        runs = (await it.data(query, {"id": id_}))["batchTest"]["runs"]
        assert [run["status"] for run in runs] == ["ERROR", "FAIL", "PASS"]
        assert runs[0]["transcriptSnapshot"] == {
            "messages": [{"role": "agent", "content": "Hello!"}]
        }
        for run in runs:
            assert run["definition"]["name"] == run["testCaseDefinitionSnapshot"]["name"]
        assert it.requests == {LIST_BATCHES: 1, GET_BATCH: 1, LIST_RUNS: 1, GET_CASE: 3}
        assert it.sandbox.requests.total == 6


async def test_what_was_said_in_a_test_needs_its_scope_and_is_noted() -> None:
    query = """query ($id: ID!) { testRuns(testCaseBatchJobId: $id) { nodes { testCaseJobId
      resultExplanation transcriptSnapshot
      testCaseDefinitionSnapshot { name dynamicVariables } } } }"""
    every = ["tests:read", "transcripts:read", "variables:read"]
    for scopes, shown in ((every, True), (["tests:read"], False)):
        async with world(calls=1, scopes=scopes) as it:
            id_ = await batch_id(it)
            runs = (await it.data(query, {"id": id_}))["testRuns"]["nodes"]
            assert [run["resultExplanation"] is not None for run in runs] == [shown] * 3
            assert [run["transcriptSnapshot"] is not None for run in runs] == [shown] * 3
            cases = [run["testCaseDefinitionSnapshot"] for run in runs]
            assert [case["dynamicVariables"] is not None for case in cases] == [shown] * 3
            assert None not in [case["name"] for case in cases]
            noted = [orjson.loads(line) for line in it.audited]
            assert [line["type"] for line in noted] == ["TestRun"] * shown
            ids = sorted(run["testCaseJobId"] for run in runs)
            assert [line["ids"] for line in noted] == [ids] * shown


async def test_a_run_is_read_by_its_id_or_in_its_batch() -> None:
    page = """query ($id: ID!) { testRuns(testCaseBatchJobId: $id, first: 2) {
      nodes { id testCaseJobId status } edges { node { statusRaw } } pageInfo { hasNextPage } } }"""
    one = "query ($id: ID!) { testRun(testCaseJobId: $id) { id status } }"
    async with world(calls=1) as it:
        listed = (await it.data(page, {"id": await batch_id(it)}))["testRuns"]
        assert listed["pageInfo"] == {"hasNextPage": True}
        first = listed["nodes"][0]
        run = (await it.data(one, {"id": first["testCaseJobId"]}))["testRun"]
        assert run == {"id": global_id("TestRun", first["testCaseJobId"]), "status": "ERROR"}
        assert await it.data(one, {"id": "test_run_none"}) == {"testRun": None}
        assert it.requests == {LIST_BATCHES: 1, LIST_RUNS: 1, GET_RUN: 2}
        assert await it.errors(page, {"id": "a/b"}) == [("testRuns", "BAD_USER_INPUT")]


async def test_a_status_that_is_newer_than_the_schema_is_unknown() -> None:
    assert simulation_batch.batch_policy({"status": "paused"}, 0) == simulation_batch.RUNNING
    assert simulation_run.run_policy({"status": "skipped"}, 0) == simulation_run.RUNNING


@pytest.mark.parametrize(
    ("states", "policy"),
    [
        ([], simulation_batch.PAGE),
        (["complete"], simulation_batch.PAGE),
        (["complete", "in_progress"], simulation_batch.RUNNING),
    ],
)
def test_a_page_of_batches_is_as_fresh_as_those_that_run(states: list[str], policy: Any) -> None:
    page = {"items": [{"status": state} for state in states]}
    assert simulation_batch.page_policy(page, 0) == policy


@pytest.mark.parametrize(
    ("states", "policy"),
    [
        ([], simulation_run.RUNNING),
        (["pass", "fail", "error"], simulation_run.OVER),
        (["pass", "pending"], simulation_run.RUNNING),
        (["in_progress"], simulation_run.RUNNING),
    ],
)
def test_a_page_of_runs_is_kept_long_once_all_are_over(states: list[str], policy: Any) -> None:
    page = {"items": [{"status": state} for state in states]}
    assert simulation_run.page_policy(page, 0) == policy


async def test_a_batch_that_runs_is_read_anew_and_one_that_is_over_is_not() -> None:
    run = RUN.replace("{ status }", "{ testCaseBatchJobId status }")
    one = "query ($id: ID!) { batchTest(testCaseBatchJobId: $id) { status passCount } }"
    async with world(calls=1) as it:
        await it.data(BATCHES, by_engine(it))
        ids = [case["testCaseDefinitionId"] for case in await cases(it)]
        given = by_engine(it) | {"engineVersion": 1, "testCaseDefinitionIds": ids[:1]}
        payload = (await it.data(run, {"input": given}))["createBatchTest"]
        assert (payload["userErrors"], payload["batchTest"]["status"]) == ([], "IN_PROGRESS")
        assert orjson.loads(it.sent[-1].content) == {
            "response_engine": {"type": "retell-llm", "llm_id": engine(it)["llm_id"], "version": 1},
            "test_case_definition_ids": ids[:1],
        }
        id_ = payload["batchTest"]["testCaseBatchJobId"]
        states = []
        for seconds in (0, 6, 30, 60):
            it.clock.forward(seconds)
            found = (await it.data(one, {"id": id_}))["batchTest"]
            states.append((found["status"], found["passCount"], it.requests[GET_BATCH]))
        assert states == [
            ("IN_PROGRESS", 0, 1),
            ("IN_PROGRESS", 0, 2),
            ("COMPLETE", 1, 3),
            ("COMPLETE", 1, 3),
        ]
        listed = (await it.data(BATCHES, by_engine(it)))["batchTests"]["nodes"]
        assert next(each["testCaseBatchJobId"] for each in listed) == id_
        assert it.requests[LIST_BATCHES] == 2


CREATE = f"""mutation ($input: CreateTestCaseDefinitionInput!) {{
  createTestCaseDefinition(input: $input) {{
    testCaseDefinition {{ testCaseDefinitionId name }} {ERRORS} }} }}"""
UPDATE = f"""mutation ($input: UpdateTestCaseDefinitionInput!) {{
  updateTestCaseDefinition(input: $input) {{
    testCaseDefinition {{ testCaseDefinitionId name }} {ERRORS} }} }}"""
DELETE = f"""mutation ($input: DeleteTestCaseDefinitionInput!) {{
  deleteTestCaseDefinition(input: $input) {{ deletedTestCaseDefinitionId {ERRORS} }} }}"""
RUN = f"""mutation ($input: CreateBatchTestInput!) {{
  createBatchTest(input: $input) {{ batchTest {{ status }} {ERRORS} }} }}"""


def a_case(it: World) -> JsonObject:
    return by_engine(it) | {"name": "New", "userPrompt": "Be brief.", "metrics": ["It ends."]}


async def test_a_case_is_written_as_it_was_given_and_listed() -> None:
    async with world(calls=1) as it:
        before = len(await cases(it))
        given = a_case(it) | {
            "engineVersion": 0,
            "dynamicVariables": {"a": "b"},
            "llmModel": "gpt-5.4",
            "toolMocks": [
                {"toolName": "a", "output": "{}", "args": {"x": 1}, "result": True},
                {"toolName": "b", "output": "", "args": None, "result": None},
                {"toolName": "c", "output": ""},
            ],
        }
        payload = (await it.data(CREATE, {"input": given}))["createTestCaseDefinition"]
        assert payload["testCaseDefinition"]["name"] == "New"
        assert orjson.loads(it.sent[-1].content) == {
            "name": "New",
            "user_prompt": "Be brief.",
            "metrics": ["It ends."],
            "dynamic_variables": {"a": "b"},
            "llm_model": "gpt-5.4",
            "response_engine": {"type": "retell-llm", "llm_id": engine(it)["llm_id"], "version": 0},
            "tool_mocks": [
                {
                    "tool_name": "a",
                    "output": "{}",
                    "input_match_rule": {"type": "partial_match", "args": {"x": 1}},
                    "result": True,
                },
                {"tool_name": "b", "output": "", "input_match_rule": {"type": "any"}},
                {"tool_name": "c", "output": "", "input_match_rule": {"type": "any"}},
            ],
        }
        assert len(await cases(it)) == before + 1
        assert it.requests == {LIST_CASES: 2, CREATE_CASE: 1}


async def test_a_case_is_changed_and_read_anew() -> None:
    read = "query ($id: ID!) { testCaseDefinition(testCaseDefinitionId: $id) { name } }"
    async with world(calls=1) as it:
        id_, other = [case["testCaseDefinitionId"] for case in await cases(it)][:2]
        await it.data(read, {"id": id_})
        await it.data(read, {"id": other})
        flow = engine(it, 1)["conversation_flow_id"]
        given = {
            "testCaseDefinitionId": id_,
            "name": "Newer",
            "dynamicVariables": {},
            "engine": {"conversationFlowId": flow},
            "engineVersion": 2,
        }
        payload = (await it.data(UPDATE, {"input": given}))["updateTestCaseDefinition"]
        assert payload["testCaseDefinition"] == {"testCaseDefinitionId": id_, "name": "Newer"}
        assert (it.sent[-1].method, orjson.loads(it.sent[-1].content)) == (
            "PUT",
            {
                "name": "Newer",
                "dynamic_variables": {},
                "response_engine": {
                    "type": "conversation-flow",
                    "conversation_flow_id": flow,
                    "version": 2,
                },
            },
        )
        assert await it.data(read, {"id": id_}) == {"testCaseDefinition": {"name": "Newer"}}
        await it.data(read, {"id": other})
        assert len(await cases(it)) == 2
        assert it.requests == {LIST_CASES: 2, GET_CASE: 3, UPDATE_CASE: 1}


async def test_a_deleted_case_is_gone() -> None:
    read = "query ($id: ID!) { testCaseDefinition(testCaseDefinitionId: $id) { name } }"
    async with world(calls=1) as it:
        id_ = await case_id(it)
        await it.data(read, {"id": id_})
        given = {"input": {"testCaseDefinitionId": id_}}
        payload = (await it.data(DELETE, given))["deleteTestCaseDefinition"]
        assert (payload["deletedTestCaseDefinitionId"], payload["userErrors"]) == (id_, [])
        assert await it.data(read, {"id": id_}) == {"testCaseDefinition": None}
        assert len(await cases(it)) == 2
        again = (await it.data(DELETE, given))["deleteTestCaseDefinition"]
        assert [(e["field"], e["code"]) for e in again["userErrors"]] == [
            (["testCaseDefinitionId"], "NOT_FOUND")
        ]
        assert it.requests == {LIST_CASES: 2, GET_CASE: 2, DELETE_CASE: 2}


@pytest.mark.parametrize(
    ("document", "given", "field"),
    [
        (CREATE, {"dynamicVariables": {"a": 1}}, "dynamicVariables"),
        (CREATE, {"engineVersion": -1}, "engineVersion"),
        (CREATE, {"toolMocks": [{"toolName": "a", "output": "", "args": [1]}]}, "args"),
        (UPDATE, {}, None),
        (UPDATE, {"name": None}, None),
        (UPDATE, {"engineVersion": 1}, "engineVersion"),
        (UPDATE, {"testCaseDefinitionId": "../x", "name": "x"}, "testCaseDefinitionId"),
        (DELETE, {"testCaseDefinitionId": "a/b"}, "testCaseDefinitionId"),
        (RUN, {"testCaseDefinitionIds": []}, "testCaseDefinitionIds"),
    ],
)
async def test_what_retell_would_not_take_is_not_sent(
    document: str, given: JsonObject, field: str | None
) -> None:
    async with world(calls=1) as it:
        base = {
            CREATE: a_case(it),
            RUN: by_engine(it),
        }.get(document, {"testCaseDefinitionId": "test_case_1"})
        (payload,) = (await it.data(document, {"input": base | given})).values()
        (error,) = payload["userErrors"]
        assert error["code"] == "BAD_USER_INPUT"
        assert error["field"] == (None if field is None else [field])
        assert it.requests == {}


@pytest.mark.parametrize("document", [CREATE, UPDATE, DELETE, RUN])
async def test_a_change_is_sent_once_and_only_by_who_may(document: str) -> None:
    async with world(calls=1) as it:
        base = {
            CREATE: a_case(it),
            RUN: by_engine(it) | {"testCaseDefinitionIds": ["test_case_1"]},
            UPDATE: {"testCaseDefinitionId": "test_case_1", "name": "x"},
            DELETE: {"testCaseDefinitionId": "test_case_1"},
        }[document]
        it.sandbox.faults.set([Fault(status=500)])
        for _ in range(2):
            named = {"input": base | {"clientMutationId": "change-0001"}}
            ((_, code),) = faults(await it.answer(document, named))
            assert code == "OUTCOME_UNKNOWN"
        assert len(it.sent) == 1
    async with world(calls=1, scopes=["tests:read"]) as it:
        ((_, code),) = faults(await it.answer(document, {"input": base}))
        assert (code, it.sent) == ("FORBIDDEN", [])


async def test_an_answer_without_an_id_is_forgotten_from_the_lists() -> None:
    async with world(calls=1) as it:
        wrong = [Fault(name, body="wrong_shape") for name in (CREATE_CASE, RUN_BATCH)]
        it.sandbox.faults.set(wrong)
        made = await it.data(CREATE, {"input": a_case(it)})
        assert made["createTestCaseDefinition"]["testCaseDefinition"] is None
        given = by_engine(it) | {"testCaseDefinitionIds": [await case_id(it)]}
        assert (await it.data(RUN, {"input": given}))["createBatchTest"]["batchTest"] is None


async def test_tests_are_seen_by_those_who_may() -> None:
    documents = [
        '{ testCaseDefinition(testCaseDefinitionId: "a") { name } }',
        '{ testCaseDefinitions(engine: { llmId: "a" }) { nodes { name } } }',
        '{ batchTest(testCaseBatchJobId: "a") { status } }',
        '{ batchTests(engine: { llmId: "a" }) { nodes { status } } }',
        '{ testRun(testCaseJobId: "a") { status } }',
        '{ testRuns(testCaseBatchJobId: "a") { nodes { status } } }',
    ]
    async with world(calls=1, scopes=["agents:read", "calls:read"]) as it:
        for document in documents:
            ((_, code),) = await it.errors(document)
            assert code == "FORBIDDEN"
        assert it.sent == []


@pytest.mark.parametrize("engine", ['llmId: "a&b"', 'conversationFlowId: "../x"'])
@pytest.mark.parametrize("field", ["testCaseDefinitions", "batchTests"])
async def test_an_engine_that_cannot_be_one_is_not_asked_for(field: str, engine: str) -> None:
    async with world(calls=1) as it:
        query = f"{{ {field}(first: 1, engine: {{ {engine} }}) {{ nodes {{ __typename }} }} }}"
        assert await it.errors(query) == [(field, "BAD_USER_INPUT")]
        assert it.sent == []
