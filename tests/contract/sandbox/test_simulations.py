"""Tests of agents in the sandbox, driven by the official SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from retell import BadRequestError, NotFoundError
from retell.types import BatchTestResponse, TestCaseDefinitionResponse, TestCaseJobResponse

from gateway.sandbox.app import Sandbox, create_sandbox
from tests.contract.test_sandbox_with_sdk import fields_declared, fields_seen
from tests.sandbox.asking import KEY_B, NOW_MS, Clock, plain, sdk

if TYPE_CHECKING:
    from retell import AsyncRetell


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    return create_sandbox(clock=clock, calls=1)


def engine_ids(sandbox: Sandbox) -> tuple[str, str]:
    """A Retell LLM and a conversation flow."""
    bodies = [agent.versions[-1].body for agent in sandbox.accounts[KEY_B].agents[:2]]
    llm, flow = (body["response_engine"] for body in bodies)
    return llm["llm_id"], flow["conversation_flow_id"]


async def cases_of(client: AsyncRetell, llm_id: str) -> list[TestCaseDefinitionResponse]:
    page = await client.tests.list_test_case_definitions(type="retell-llm", llm_id=llm_id)
    return page.items


async def test_every_field_of_a_test_occurs(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    llm_id, flow_id = engine_ids(sandbox)
    seen = set()
    for page in (
        await client.tests.list_test_case_definitions(type="retell-llm", llm_id=llm_id),
        await client.tests.list_test_case_definitions(
            type="conversation-flow", conversation_flow_id=flow_id
        ),
    ):
        assert len(page.items) == 3
        for case in page.items:
            same = await client.tests.get_test_case_definition(case.test_case_definition_id)
            assert same == case
            seen |= fields_seen(case)
    for batches in (
        await client.tests.list_batch_tests(type="retell-llm", llm_id=llm_id),
        await client.tests.list_batch_tests(type="conversation-flow", conversation_flow_id=flow_id),
    ):
        (batch,) = batches.items
        assert await client.tests.get_batch_test(batch.test_case_batch_job_id) == batch
        assert (batch.status, batch.total_count) == ("complete", 3)
        assert (batch.pass_count, batch.fail_count, batch.error_count) == (1, 1, 1)
        old = f"test_batch_0{batch.test_case_batch_job_id.removeprefix('test_batch_')}"
        seen |= fields_seen(batch)
        if batch.response_engine.type == "retell-llm":
            seen |= fields_seen(await client.tests.get_batch_test(old))
        for run in (await client.tests.list_test_runs(batch.test_case_batch_job_id)).items:
            assert await client.tests.get_test_run(run.test_case_job_id) == run
            seen |= fields_seen(run)
    for model in (TestCaseDefinitionResponse, TestCaseJobResponse, BatchTestResponse):
        assert fields_declared(model) - seen == set()


async def test_lists_are_paged_newest_first(sandbox: Sandbox) -> None:
    client, (llm_id, _) = sdk(sandbox), engine_ids(sandbox)
    first = await client.tests.list_test_case_definitions(type="retell-llm", llm_id=llm_id, limit=2)
    assert (len(first.items), first.has_more) == (2, True)
    assert first.pagination_key is not None
    rest = await client.tests.list_test_case_definitions(
        type="retell-llm", llm_id=llm_id, limit=2, pagination_key=first.pagination_key
    )
    assert (len(rest.items), rest.has_more) == (1, False)
    times = [case.creation_timestamp for case in (*first.items, *rest.items)]
    assert times == sorted(times, reverse=True)


async def test_a_case_is_written_changed_and_deleted(sandbox: Sandbox, clock: Clock) -> None:
    client, (llm_id, flow_id) = sdk(sandbox), engine_ids(sandbox)
    made = await client.tests.create_test_case_definition(
        name="New",
        user_prompt="Be brief.",
        metrics=["It ends."],
        response_engine={"type": "retell-llm", "llm_id": llm_id},
        tool_mocks=[{"tool_name": "a", "output": "{}", "input_match_rule": {"type": "any"}}],
    )
    id_ = made.test_case_definition_id
    assert (made.creation_timestamp, made.dynamic_variables) == (NOW_MS, {})
    assert made in await cases_of(client, llm_id)
    clock.forward(1)
    changed = await client.tests.update_test_case_definition(
        id_,
        name="Newer",
        response_engine={"type": "conversation-flow", "conversation_flow_id": flow_id},
    )
    assert (changed.name, changed.user_prompt) == ("Newer", "Be brief.")
    assert changed.user_modified_timestamp == NOW_MS + 1000
    assert await client.tests.get_test_case_definition(id_) == changed
    assert id_ not in [each.test_case_definition_id for each in await cases_of(client, llm_id)]
    await client.tests.delete_test_case_definition(id_)
    for missing in (
        client.tests.get_test_case_definition(id_),
        client.tests.delete_test_case_definition(id_),
        client.tests.update_test_case_definition(id_, name="x"),
        client.tests.get_batch_test("test_batch_none"),
        client.tests.get_test_run("test_run_none"),
        client.tests.list_test_runs("test_batch_none"),
    ):
        with pytest.raises(NotFoundError):
            await missing


async def test_a_batch_runs_case_by_case(sandbox: Sandbox, clock: Clock) -> None:
    client, (llm_id, _) = sdk(sandbox), engine_ids(sandbox)
    ids = [case.test_case_definition_id for case in await cases_of(client, llm_id)]
    batch = await client.tests.create_batch_test(
        response_engine={"type": "retell-llm", "llm_id": llm_id, "version": 1},
        test_case_definition_ids=ids[:2],
    )
    assert (batch.status, batch.total_count, batch.pass_count) == ("in_progress", 2, 0)
    clock.forward(6)
    runs = await client.tests.list_test_runs(batch.test_case_batch_job_id)
    assert sorted(run.status for run in runs.items) == ["in_progress", "pending"]
    clock.forward(30)
    over = await client.tests.get_batch_test(batch.test_case_batch_job_id)
    assert (over.status, over.pass_count, over.fail_count) == ("complete", 1, 1)
    found = [
        len(
            (await client.tests.list_batch_tests(type="retell-llm", llm_id=llm_id, version=n)).items
        )
        for n in (1, 99)
    ]
    assert found[1] == 0
    assert found[0] >= 1
    with pytest.raises(NotFoundError):
        await client.tests.create_batch_test(
            response_engine={"type": "retell-llm", "llm_id": llm_id},
            test_case_definition_ids=["test_case_none"],
        )
    with pytest.raises(BadRequestError, match="empty"):
        await client.tests.create_batch_test(
            response_engine={"type": "retell-llm", "llm_id": llm_id}, test_case_definition_ids=[]
        )


CASE: dict[str, Any] = {
    "name": "x",
    "user_prompt": "x",
    "metrics": [],
    "response_engine": {"type": "retell-llm", "llm_id": "llm_1"},
}


@pytest.mark.parametrize(
    "given",
    [
        {"metrics": "x"},
        {"unheard_of": 1},
        {"response_engine": {"type": "custom-llm"}},
        {"response_engine": {"type": "retell-llm"}},
        {"tool_mocks": [{"tool_name": "a", "input_match_rule": {"type": "any"}}]},
        {"tool_mocks": [{"tool_name": "a", "output": "", "input_match_rule": {"type": "all"}}]},
    ],
)
async def test_a_case_that_is_not_well_formed_is_refused(
    sandbox: Sandbox, given: dict[str, Any]
) -> None:
    retell = plain(sandbox)
    answer = await retell.post("/create-test-case-definition", json=CASE | given)
    assert answer.status_code == 400


@pytest.mark.parametrize("name", CASE)
async def test_a_case_needs_what_it_is_about(sandbox: Sandbox, name: str) -> None:
    body = {key: value for key, value in CASE.items() if key != name}
    answer = await plain(sandbox).post("/create-test-case-definition", json=body)
    assert answer.status_code == 400


@pytest.mark.parametrize("query", ["", "?type=custom-llm", "?type=retell-llm"])
async def test_lists_are_of_an_engine(sandbox: Sandbox, query: str) -> None:
    for path in ("/v2/list-batch-tests", "/v2/list-test-case-definitions"):
        assert (await plain(sandbox).get(path + query)).status_code == 400
