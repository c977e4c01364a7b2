"""A word that is nowhere else in every text that Retell sends: where it turns up, and where not.

Callers with few scopes never see one in what is personal; nobody finds one in logs at any level, in
the audit, in errors or in what an answer says of itself, whatever goes wrong.
"""

from __future__ import annotations

import io
import logging
from contextlib import contextmanager
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest

from gateway.sandbox.app import create_sandbox
from gateway.schema.node import global_id
from gateway.schema.permissions import SCOPES
from gateway.telemetry.logs import set_up_logs
from tests.promises.carried import STREAMS, carried
from tests.promises.everything import everything, fields
from tests.world import IMPATIENT, world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.world import JsonObject, World

CANARY = "CANARY"
DIGITS = "4155501"
"""Of every number that is planted, behind its country."""

STRUCTURE = {
    "call_id",
    "call_type",
    "call_status",
    "agent_id",
    "agent_name",
    "agent_tag",
    "direction",
    "disconnection_reason",
    "data_storage_setting",
    "user_sentiment",
    "product",
    "role",
    "type",
    "transition_type",
    "pagination_key",
}
"""Texts of a call that are nobody's words: by them it is found, told and sorted."""
TWINS = {
    "scrubbed_transcript_with_tool_calls",
    "scrubbed_pre_session_transcript_with_tool_calls",
    "scrubbed_post_session_transcript_with_tool_calls",
}
"""What Retell has scrubbed: shown to those who may not see the rest, but for the files in it."""
PERSONAL_IN_TWINS = {"url"}
NUMBERS = {"from_number", "to_number", "transfer_destination"}
NESTED = ("metadata", "custom_attributes", "retell_llm_dynamic_variables", "custom_sip_headers")
LOW = ["calls:read", "agents:read", "account:read"]


class Planting(httpx.AsyncBaseTransport):
    """A sandbox whose answers hold canaries; `twins` says whether what is scrubbed does."""

    def __init__(self, *, twins: bool, agents: bool = False) -> None:
        self.inner = httpx.ASGITransport(create_sandbox(calls=60))
        self.planted: list[str] = []
        self.keys: set[str] = set()
        self._twins = twins
        self._agents = agents
        self._numbers = count(1)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        body = orjson.loads(await response.aread())
        if "call" in request.url.path:
            for call in body.get("items", [body]):
                for name in NESTED:
                    call[name] = {"name": "x", "list": ["y"], "object": {"deep": "z"}}
                call["custom_sip_headers"] = {"X-Name": "x"}
                call["telephony_identifier"] = {"twilio_call_sid": "x"}
                call["transfer_destination"] = "x"
                call["call_analysis"] = {"call_summary": "x", "custom_analysis_data": {"a": "b"}}
            body = self._with_canaries(body, "", hidden=True)
        elif self._agents:
            body = self._with_canaries(body, "", hidden=True)
        return httpx.Response(response.status_code, json=body)

    def _with_canaries(self, value: Any, key: str, *, hidden: bool) -> Any:
        if isinstance(value, dict):
            return {
                name: self._with_canaries(
                    below, name, hidden=hidden and (self._twins or name not in TWINS)
                )
                for name, below in value.items()
            }
        if isinstance(value, list):
            return [self._with_canaries(item, key, hidden=hidden) for item in value]
        if not isinstance(value, str) or key in STRUCTURE:
            return value
        return self._canary(key) if hidden or key in PERSONAL_IN_TWINS else value

    def _canary(self, key: str) -> str:
        number = next(self._numbers)
        made = f"{CANARY}-{key}-{number}"
        if key in NUMBERS:
            made = f"+1{DIGITS}{number % 10_000:04}"
        elif key.endswith("url"):
            made = f"https://files.test/{made}"
        self.keys.add(key)
        return made


def found_in(text: str) -> str | None:
    """Where one is, with what is around it."""
    for canary in (CANARY, DIGITS):
        if (at := text.find(canary)) >= 0:
            return text[max(0, at - 100) : at + 50]
    return None


async def every_answer(it: World, ask: Callable[[str], Any]) -> int:
    """Ask for everything in every way there is; how many answers there were."""
    listed = orjson.loads(
        await ask("{ calls(first: 50) { nodes { callId agentId __typename } } }")
    )["data"]["calls"]["nodes"]
    asked = 0
    for kind in ("PhoneCall", "WebCall"):
        call = next(call for call in listed if call["__typename"] == kind)
        id_, node = call["callId"], global_id("Call", call["callId"])
        for selection in fields(kind).values():
            below = f"{{ ... on {kind} {{ {selection} }} }}"
            for query in (
                f'{{ call(callId: "{id_}") {below} }}',
                f'{{ node(id: "{node}") {below} }}',
                f'{{ nodes(ids: ["{node}"]) {below} }}',
                f"{{ calls(first: 50) {{ nodes {below} }} }}",
                f"{{ calls(first: 3) {{ edges {{ cursor node {below} }} }} }}",
            ):
                await ask(query)
                asked += 1
        change = f'updateCall(input: {{ callId: "{id_}", metadata: {{ a: "b" }} }})'
        some = "transcript metadata recordingUrl ... on PhoneCall { fromNumber }"
        await ask(f"mutation {{ {change} {{ userErrors {{ message }} call {{ {some} }} }} }}")
    agent = listed[0]["agentId"]
    for selection in fields("Agent").values():
        await ask(f'{{ agent(agentId: "{agent}") {{ {selection} }} }}')
    await ask(f"{{ account {{ {everything('Account')} }} }}")
    return asked


@pytest.mark.parametrize("executor", ["compiled", "interpreted"])
async def test_no_personal_word_reaches_a_caller_with_few_scopes(executor: str) -> None:
    planting = Planting(twins=False)
    low = [*LOW, "calls:write"]
    async with world(scopes=low, transport=planting, executor=executor) as it:

        async def ask(query: str) -> str:
            for explained in ("0", "1"):
                response = await it.post(query, None, **{"x-gateway-debug": explained})
                assert "data" in response.json(), response.text
                assert found_in(response.text) is None, query
                assert found_in(str(response.headers)) is None
            return response.text

        assert await every_answer(it, ask) > 300
        assert it.audited == []
    assert len(planting.keys) > 30


async def test_each_scope_alone_shows_what_it_is_for_and_nothing_else() -> None:
    keys = {
        "transcripts:read": {"content", "transcript", "word", "arguments", "call_summary"},
        "recordings:read": {"recording_url", "scrubbed_recording_url"},
        "logs:read": {"public_log_url", "knowledge_base_retrieved_contents_url"},
        "variables:read": {"name", "list", "deep", "X-Name"},
        "numbers:read": {"twilio_call_sid"},
    }
    for scope, shown in keys.items():
        planting = Planting(twins=False)
        async with world(scopes=["calls:read", scope], transport=planting) as it:
            texts: list[str] = []

            async def ask(query: str, it: World = it, texts: list[str] = texts) -> str:
                response = await it.post(query)
                texts.append(response.text)
                return response.text

            page = orjson.loads(await ask("{ calls(first: 50) { nodes { callId } } }"))
            calls = page["data"]["calls"]["nodes"][:15]
            ids = orjson.dumps([global_id("Call", call["callId"]) for call in calls]).decode()
            for selection in fields("PhoneCall").values():
                await ask(f"{{ nodes(ids: {ids}) {{ ... on PhoneCall {{ {selection} }} }} }}")
            whole = "".join(texts)
            for name, others in keys.items():
                for key in others - {"name"}:
                    assert (f"{CANARY}-{key}-" in whole) == (name == scope), (scope, key)
            assert (DIGITS in whole) == (scope == "numbers:read")
            assert f"{CANARY}-{min(shown)}-" in whole


@pytest.mark.parametrize("how", STREAMS)
async def test_no_personal_word_comes_over_a_stream(how: str) -> None:
    planting = Planting(twins=False)
    with whole_log("json") as stream:
        async with world(scopes=[*LOW, "calls:write"], transport=planting) as it:

            async def ask(query: str) -> str:
                deferred = query.replace("{ ... on", "{ __typename ... @defer { ... on", 1)
                deferred += " }" if deferred != query else ""
                parts = await carried(it, how, deferred, None, **{"x-gateway-debug": "1"})
                assert "data" in parts[0], parts
                assert found_in(str(parts)) is None, deferred
                return orjson.dumps(parts[0]).decode()

            assert await every_answer(it, ask) > 300
            silent(it, stream)
    assert len(planting.keys) > 30


@pytest.mark.parametrize("how", STREAMS)
async def test_no_word_that_goes_over_a_stream_is_in_any_log(how: str) -> None:
    planting = Planting(twins=True, agents=True)
    with whole_log("json") as stream:
        async with world(scopes=SCOPES, transport=planting) as it:
            seen = []
            for selection in fields("PhoneCall").values():
                query = (
                    f"{{ calls(first: 5) {{ nodes {{ ... on PhoneCall {{ {selection} }} }} }} }}"
                )
                seen.append(str(await carried(it, how, query)))
            asked = await carried(it, how, f"query {CANARY} {{ {CANARY} }}", {CANARY: CANARY})
            assert "errors" in asked[0]
            assert any(CANARY in text for text in seen)
            silent(it, stream)
    assert stream.getvalue().count("operation") > 30


@contextmanager
def whole_log(form: str) -> Iterator[io.StringIO]:
    """What the process that ships would write, at the lowest level."""
    root, stream = logging.getLogger(), io.StringIO()
    before = root.handlers, root.level
    set_up_logs(form, "debug", stream)
    try:
        yield stream
    finally:
        root.handlers, root.level = before[0], before[1]


def silent(it: World, stream: io.StringIO) -> None:
    """No canary was written down anywhere."""
    assert found_in(stream.getvalue()) is None
    assert found_in(b"".join(it.audited).decode()) is None


@pytest.mark.parametrize("form", ["json", "text"])
async def test_no_word_is_in_any_log_or_in_the_audit(form: str) -> None:
    planting = Planting(twins=True, agents=True)
    with whole_log(form) as stream:
        async with world(scopes=SCOPES, transport=planting) as it:
            seen: list[str] = []

            async def ask(query: str) -> str:
                response = await it.post(query)
                seen.append(response.text)
                return response.text

            assert await every_answer(it, ask) > 300
            assert any(CANARY in text for text in seen)
            silent(it, stream)
            assert len(it.audited) > 100
    assert stream.getvalue().count("operation") > 300


SAYS = f"{CANARY}: +1{DIGITS}0001 said so"


def raising(error: type[Exception]) -> Callable[[httpx.Request], httpx.Response]:
    def retell(request: httpx.Request) -> httpx.Response:
        if issubclass(error, httpx.RequestError):
            raise error(SAYS, request=request)
        raise error(SAYS)

    return retell


def answering(status: int, content: bytes, **headers: str) -> Callable[..., httpx.Response]:
    return lambda _: httpx.Response(status, content=content, headers=headers)


def wrong_everywhere(_: httpx.Request) -> httpx.Response:
    """A call whose every field is a text where another thing is expected, or a thing for a text."""
    names = everything_of_a_call()
    texts: JsonObject = dict.fromkeys(names, SAYS)
    call = texts | {"call_id": "call_1", "call_type": "phone_call"}
    return httpx.Response(200, json=call | {"items": [call, {name: [SAYS] for name in names}]})


def things_for_texts(_: httpx.Request) -> httpx.Response:
    things = {name: [{SAYS: SAYS}, SAYS, 10**18, 1.5] for name in everything_of_a_call()}
    call: JsonObject = things | {"call_id": "call_1", "call_type": "phone_call"}
    return httpx.Response(200, json=call | {"items": [call], "has_more": SAYS})


@cache
def everything_of_a_call() -> set[str]:
    calls = create_sandbox(calls=60).accounts["sandbox-key-a"].calls(1_780_000_000_000)
    return {name for call in calls for name in call.record()}


JSON_OF_IT = orjson.dumps({"status": "error", "message": SAYS, "error_message": SAYS})
TROUBLE: dict[str, Callable[[httpx.Request], httpx.Response]] = {
    **{
        f"status {status}": answering(status, JSON_OF_IT, **IMPATIENT, location=f"http://{SAYS}")
        for status in (301, 400, 401, 402, 403, 404, 409, 418, 422, 429, 500, 502, 503, 504)
    },
    "not JSON": answering(200, f"<html>{SAYS}".encode()),
    "half of it": answering(200, f'{{"call_id": "call_1", "transcript": "{SAYS}'.encode()),
    "a text": answering(200, orjson.dumps(SAYS)),
    "a list": answering(200, orjson.dumps([SAYS])),
    "a coding that nobody asked for": answering(200, JSON_OF_IT, **{"content-encoding": SAYS}),
    "texts for things": wrong_everywhere,
    "things for texts": things_for_texts,
    **{
        error.__name__: raising(error)
        for error in (
            httpx.ReadTimeout,
            httpx.ConnectTimeout,
            httpx.PoolTimeout,
            httpx.ConnectError,
            httpx.ReadError,
            httpx.RemoteProtocolError,
            httpx.DecodingError,
            ValueError,
            KeyError,
            RuntimeError,
            OSError,
            type("Unheard", (Exception,), {}),
        )
    },
}


@pytest.mark.parametrize(("executor", "form"), [("compiled", "json"), ("interpreted", "text")])
@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE)
async def test_no_word_is_in_an_error_or_a_log_whatever_goes_wrong(
    trouble: Callable[[httpx.Request], httpx.Response], executor: str, form: str
) -> None:
    queries = [
        f'{{ call(callId: "call_1") {{ ... on PhoneCall {{ {selection} }} }} }}'
        for selection in fields("PhoneCall").values()
    ]
    queries += [
        "{ calls(first: 5) { nodes { transcript fromNumber: callId } pageInfo { endCursor } } }",
        '{ agent(agentId: "agent_1") { agentName version } }',
        "{ account { orgName } concurrency { currentConcurrency } }",
        'mutation { updateCall(input: { callId: "call_1", metadata: { a: 1 } }) {'
        " userErrors { message code } call { metadata transcript } } }",
        'mutation { deleteCall(input: { callId: "call_1" }) { userErrors { message } } }',
    ]
    transport = httpx.MockTransport(trouble)
    settings: JsonObject = {"transport": transport, "executor": executor, "calls": 0}
    with whole_log(form) as stream:
        async with world(scopes=SCOPES, **settings) as it:
            for query in queries:
                answer = await it.answer(query)
                assert found_in(str(answer.get("errors"))) is None, query
                assert found_in(str(answer.get("extensions"))) is None, query
            silent(it, stream)
    assert stream.getvalue()


@pytest.mark.parametrize("form", ["json", "text"])
async def test_no_word_that_was_asked_with_is_in_a_log(form: str) -> None:
    requests: list[JsonObject] = [
        {"query": "query ($i: ID!) { call(callId: $i) { callId } }", "variables": {"i": CANARY}},
        {"query": "query ($i: ID!) { call(callId: $i) { callId } }", "variables": {"i": SAYS}},
        {"query": f'{{ call(callId: "{SAYS}") {{ callId }} }}'},
        {"query": f"{{ {CANARY} }}"},
        {"query": f"{{ {CANARY} "},
        {"query": f"query {CANARY} {{ __typename }}", "operationName": CANARY},
        {"query": "{ __typename }", "variables": {CANARY: CANARY}, "extensions": {"a": SAYS}},
        {"query": f'{{ calls(filter: {{ fromNumber: {{ eq: "{SAYS}" }} }}) {{ totalCount }} }}'},
        {"documentId": CANARY},
        {
            "query": 'mutation ($m: JSON) { updateCall(input: { callId: "x", metadata: $m }) {'
            " userErrors { code } } }",
            "variables": {"m": {CANARY: SAYS}},
        },
    ]
    with whole_log(form) as stream:
        async with world(introspection=True) as it:
            for body in requests:
                await it.http.post("/graphql", json=body)
                params = {name: str(value) for name, value in body.items()}
                await it.http.get("/graphql", params=params, headers={"accept": "*/*"})
                cut_off = orjson.dumps(body)[:-1]
                headers = {"content-type": "application/json", "authorization": f"Bearer {CANARY}"}
                await it.http.post("/graphql", content=cut_off, headers=headers)
            silent(it, stream)
    assert stream.getvalue().count("operation") >= len(requests)


async def test_what_the_gateway_itself_fails_at_is_logged_without_a_word() -> None:
    def full(line: bytes) -> None:
        raise OSError(f"{SAYS} {line!r}")

    for form in ("json", "text"):
        with whole_log(form) as stream:
            async with world(audited=full) as it:
                answer = await it.answer(
                    "query ($id: ID!) { call(callId: $id) { transcript } }",
                    {"id": it.settled()[0]},
                )
                assert found_in(str(answer)) is None
                silent(it, stream)
        assert "OSError" in stream.getvalue()
