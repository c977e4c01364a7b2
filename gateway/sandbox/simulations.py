"""The routes of tests: cases, batches of runs, and how each went. A run takes twenty seconds.

Longer than other modules: tests have that many endpoints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.sandbox.data.seeds import seeded, token
from gateway.sandbox.data.session_tools import SECRET
from gateway.sandbox.endpoint import Endpoint
from gateway.sandbox.filters import listed, properties
from gateway.sandbox.pages import Paging
from gateway.sandbox.problem import bad_request, not_found
from gateway.sandbox.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.sandbox.endpoint import Ask
    from gateway.sandbox.store import Account

Json = dict[str, Any]

DAY_MS = 86_400_000
WAITS_MS = 5000
"""A run waits so long, and each next one as much longer."""
TAKES_MS = 20_000

_CASE = {
    "dynamic_variables",
    "llm_model",
    "metrics",
    "name",
    "response_engine",
    "tool_mocks",
    "user_prompt",
}
_CASES_OF_EACH = 3
_RESULTS = ("pass", "fail", "error")


def create_case(ask: Ask) -> Json:
    asked = _case(ask)
    for name in ("name", "user_prompt", "metrics", "response_engine"):
        if name not in asked:
            raise bad_request(f"{name} is required")
    shelf = _cases(ask.account)
    rng = seeded(ask.account.world, "new case", len(list(shelf)), ask.now_ms)
    told: Json = {
        "test_case_definition_id": f"test_case_{token(rng, 16)}",
        "type": "simulation",
        "dynamic_variables": {},
        "tool_mocks": [],
        "llm_model": "gpt-5.4-mini",
        "creation_timestamp": ask.now_ms,
        "user_modified_timestamp": ask.now_ms,
    }
    return shelf.put(told | asked)


def update_case(ask: Ask) -> Json:
    shelf = _cases(ask.account)
    case = shelf.find(ask.path["test_case_definition_id"])
    return shelf.put(case | _case(ask) | {"user_modified_timestamp": ask.now_ms})


def get_case(ask: Ask) -> Json:
    return _cases(ask.account).find(ask.path["test_case_definition_id"])


def delete_case(ask: Ask) -> None:
    _cases(ask.account).remove(ask.path["test_case_definition_id"])


def list_cases(ask: Ask) -> Json:
    engine = _asked_engine(ask.query)
    paging = Paging.of_query(ask.query, [ask.account.key, "cases", engine], *_ENGINE_QUERY)
    cases = [case for case in _cases(ask.account) if _is_of(case["response_engine"], engine)]
    return paging.cut(sorted(cases, key=_place), _place).envelope(lambda case: case)


def create_batch(ask: Ask) -> Json:
    asked = properties("body", ask.body, {"response_engine", "test_case_definition_ids"})
    engine = _engine(asked.get("response_engine"))
    ids = listed("test_case_definition_ids", asked.get("test_case_definition_ids"))
    if not ids:
        raise bad_request("test_case_definition_ids must not be empty")
    cases = [_cases(ask.account).find(str(id_)) for id_ in ids]
    shelf = _batches(ask.account)
    rng = seeded(ask.account.world, "new batch", len(list(shelf)), ask.now_ms)
    batch = _batch(token(rng, 16), engine, cases, ask.now_ms)
    shelf.put(batch)
    return _told(batch, ask.now_ms)


def get_batch(ask: Ask) -> Json:
    return _told(_batches(ask.account).find(ask.path["test_case_batch_job_id"]), ask.now_ms)


def list_batches(ask: Ask) -> Json:
    engine, version = _asked_engine(ask.query), ask.query.get("version")
    others = (*_ENGINE_QUERY, "version")
    paging = Paging.of_query(ask.query, [ask.account.key, "batches", engine, version], *others)
    batches = [
        batch
        for batch in _batches(ask.account)
        if _is_of(batch["response_engine"], engine)
        and version in (None, str(batch["response_engine"].get("version")))
    ]
    return paging.cut(sorted(batches, key=_place), _place).envelope(
        lambda batch: _told(batch, ask.now_ms)
    )


def get_run(ask: Ask) -> Json:
    for batch in _batches(ask.account):
        for run in _runs(batch, ask.now_ms):
            if run["test_case_job_id"] == ask.path["test_case_job_id"]:
                return run
    raise not_found("test run", ask.path["test_case_job_id"], 404)


def list_runs(ask: Ask) -> Json:
    batch = _batches(ask.account).find(ask.path["test_case_batch_job_id"])
    paging = Paging.of_query(ask.query, [ask.account.key, "runs", ask.path])
    runs = sorted(_runs(batch, ask.now_ms), key=_run_place)
    return paging.cut(runs, _run_place).envelope(lambda run: run)


# --- What there is -----------------------------------------------------------------------------


def _cases(account: Account) -> Shelf:
    return account.shelf(
        "test cases",
        lambda account: Shelf(
            "test case", "test_case_definition_id", _first_cases(account), missing=404
        ),
    )


def _first_cases(account: Account) -> Iterable[Json]:
    """Three for each engine that can be tested."""
    for number, engine in enumerate(_engines(account)):
        for turn in range(_CASES_OF_EACH):
            rng = seeded(account.world, "case", number, turn)
            at_ms = account.anchor_ms - (30 - number) * DAY_MS + turn * 1000
            yield {
                "test_case_definition_id": f"test_case_{token(rng, 16)}",
                "type": "simulation",
                "name": ("Books a visit", "Asks for a refund", "Hangs up early")[turn],
                "user_prompt": "You are Zoë, and want to see somebody on Thursday.",
                "metrics": ["The agent is polite.", "The goal of the user is reached."],
                "response_engine": engine,
                "dynamic_variables": {"customer_name": "Zoë"},
                "llm_model": "gpt-5.4-mini",
                "tool_mocks": [
                    {
                        "tool_name": "check_availability",
                        "input_match_rule": {"type": "any"},
                        "output": '{"free": true}',
                    },
                    {
                        "tool_name": "transfer_call",
                        "input_match_rule": {"type": "partial_match", "args": {"to": "desk"}},
                        "output": "{}",
                        "result": False,
                    },
                ],
                "creation_timestamp": at_ms,
                "user_modified_timestamp": at_ms + DAY_MS,
            }


def _engines(account: Account) -> list[Json]:
    """The newest of each agent's, as far as they can be tested."""
    newest = [agent.versions[-1] for agent in account.agents if agent.versions]
    return [each.body["response_engine"] for each in newest if each.engine != "custom-llm"]


def _batches(account: Account) -> Shelf:
    return account.shelf(
        "batch tests",
        lambda account: Shelf(
            "batch test", "test_case_batch_job_id", _first_batches(account), missing=404
        ),
    )


def _first_batches(account: Account) -> Iterable[Json]:
    """One of each engine's cases, and one of the time when other engines could be tested."""
    cases = list(_first_cases(account))
    for number, engine in enumerate(_engines(account)):
        name = token(seeded(account.world, "batch test", number), 16)
        own = [case for case in cases if case["response_engine"] == engine]
        if number == 0:  # as old records have it
            custom = {
                "type": "custom-llm",
                "llm_websocket_url": f"wss://llm.example.com/{SECRET}-websocket",
            }
            yield _batch(f"0{name}", custom, own, account.anchor_ms - 100 * DAY_MS)
        yield _batch(name, engine, own, account.anchor_ms - (number + 1) * DAY_MS)


def _batch(name: str, engine: Json, cases: list[Json], at_ms: int) -> Json:
    return {
        "test_case_batch_job_id": f"test_batch_{name}",
        "response_engine": engine,
        "creation_timestamp": at_ms,
        "cases": [dict(case) for case in cases],
    }


def _told(batch: Json, now_ms: int) -> Json:
    states = [run["status"] for run in _runs(batch, now_ms)]
    over = all(state in _RESULTS for state in states)
    at_ms = batch["creation_timestamp"]
    return {
        "test_case_batch_job_id": batch["test_case_batch_job_id"],
        "response_engine": batch["response_engine"],
        "status": "complete" if over else "in_progress",
        "pass_count": states.count("pass"),
        "fail_count": states.count("fail"),
        "error_count": states.count("error"),
        "total_count": len(states),
        "creation_timestamp": at_ms,
        "user_modified_timestamp": at_ms,
    }


def _runs(batch: Json, now_ms: int) -> Iterable[Json]:
    """One for each case, one after the other."""
    name = batch["test_case_batch_job_id"].removeprefix("test_batch_")
    for turn, case in enumerate(batch["cases"]):
        start_ms = batch["creation_timestamp"] + (turn + 1) * WAITS_MS
        run: Json = {
            "test_case_job_id": f"test_run_{name}_{turn}",
            "status": "pending" if now_ms < start_ms else "in_progress",
            "test_case_definition_id": case["test_case_definition_id"],
            "test_case_definition_snapshot": case,
            "creation_timestamp": batch["creation_timestamp"],
            "user_modified_timestamp": min(now_ms, start_ms + TAKES_MS),
        }
        if now_ms >= start_ms + TAKES_MS:
            run |= {
                "status": _RESULTS[turn % len(_RESULTS)],
                "result_explanation": "The agent was polite.",
                "transcript_snapshot": {"messages": [{"role": "agent", "content": "Hello!"}]},
            }
        yield run


def _place(item: Json) -> tuple[int, str]:
    name = item.get("test_case_definition_id", item.get("test_case_batch_job_id"))
    return int(item["creation_timestamp"]), str(name)


def _run_place(run: Json) -> tuple[int, str]:
    return int(run["creation_timestamp"]), str(run["test_case_job_id"])


# --- What is asked -----------------------------------------------------------------------------

_ENGINE_QUERY = ("type", "llm_id", "conversation_flow_id")
_IDS = {"retell-llm": "llm_id", "conversation-flow": "conversation_flow_id"}


def _asked_engine(query: Mapping[str, str]) -> tuple[str, str]:
    """The key and the id of the engine that a list is of."""
    id_key = _IDS.get(query.get("type", ""))
    if id_key is None or id_key not in query:
        raise bad_request("type is required, and the id of an engine of that type")
    return id_key, query[id_key]


def _is_of(engine: Json, asked: tuple[str, str]) -> bool:
    return bool(engine.get(asked[0]) == asked[1])


def _engine(given: object) -> Json:
    engine = properties("response_engine", given, {*_ENGINE_QUERY, "version"})
    id_key = _IDS.get(engine.get("type", ""))
    if id_key is None or not isinstance(engine.get(id_key), str):
        raise bad_request("response_engine needs a type, and the id of an engine of that type")
    return engine


def _case(ask: Ask) -> Json:
    asked = properties("body", ask.body, _CASE)
    if "response_engine" in asked:
        _engine(asked["response_engine"])
    for mock in listed("tool_mocks", asked.get("tool_mocks", [])):
        checked_mock(mock)
    listed("metrics", asked.get("metrics", []))
    return asked


def checked_mock(given: object) -> Json:
    """What stands in for a tool; a `Problem` where it cannot."""
    mock = properties("tool_mocks", given, {"tool_name", "output", "input_match_rule", "result"})
    rule = properties("input_match_rule", mock.get("input_match_rule"), {"type", "args"})
    if rule.get("type") not in ("any", "partial_match"):
        raise bad_request("type of input_match_rule must be any or partial_match")
    if not all(isinstance(mock.get(name), str) for name in ("tool_name", "output")):
        raise bad_request("tool_name and output are required")
    return mock


ENDPOINTS = (
    Endpoint("POST", "/create-test-case-definition", create_case),
    Endpoint("PUT", "/update-test-case-definition/{test_case_definition_id}", update_case),
    Endpoint("GET", "/get-test-case-definition/{test_case_definition_id}", get_case),
    Endpoint("DELETE", "/delete-test-case-definition/{test_case_definition_id}", delete_case),
    Endpoint("GET", "/v2/list-test-case-definitions", list_cases),
    Endpoint("POST", "/create-batch-test", create_batch),
    Endpoint("GET", "/get-batch-test/{test_case_batch_job_id}", get_batch),
    Endpoint("GET", "/v2/list-batch-tests", list_batches),
    Endpoint("GET", "/get-test-run/{test_case_job_id}", get_run),
    Endpoint("GET", "/v2/list-test-runs/{test_case_batch_job_id}", list_runs),
)
