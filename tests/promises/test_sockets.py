"""Operations over WebSockets and event streams go the way of all others: the same memory, limits,
audit and documents; and no socket outlives who opened it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest

from gateway.auth.key_file import StoredKey, hash_of, write_keys
from gateway.sandbox.app import KEYS, create_sandbox
from gateway.sandbox.faults import Fault
from gateway.schema.permissions import SCOPES
from tests.auth.signing import JWT, Issuer, bearing, claims, signed
from tests.auth.test_forgeries import GENUINE, GOOD, SENT
from tests.http.talking import talking
from tests.promises.carried import STREAMS, TRANSPORTS, carried
from tests.promises.clients import LONG, arrived, departed
from tests.world import GET_CALL, LIST_CALLS, NOW, UPDATE_CALL, world

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import JsonObject

A, B = KEYS
CALLS = "{ calls(first: 3) { nodes { callId } } }"
CALL = "query Call($id: ID!) { call(callId: $id) { callId transcript } }"
UPDATE = """mutation ($input: UpdateCallInput!) { updateCall(input: $input) {
  call { metadata } userErrors { code }
} }"""
DEFERRED = "{ calls(first: 2) { nodes { callId ... @defer { transcript } } } }"
THEN = datetime.fromtimestamp(NOW, UTC)
OVER = (4401, "The time of the key or token is over.")


@pytest.mark.parametrize("how", TRANSPORTS)
async def test_a_query_and_a_change_are_answered_alike(how: str) -> None:
    async with world() as it:
        call_id = it.settled()[0]
        (found,) = await carried(it, how, CALL, {"id": call_id})
        assert found == await it.answer(CALL, {"id": call_id})
        assert it.requests == {GET_CALL: 1}
        asked = {"input": {"callId": call_id, "metadata": {"a": 1}}}
        (changed,) = await carried(it, how, UPDATE, asked)
        assert changed["data"]["updateCall"] == {"call": {"metadata": {"a": 1}}, "userErrors": []}
        assert it.requests == {GET_CALL: 1, UPDATE_CALL: 1}


@pytest.mark.parametrize("how", STREAMS)
async def test_an_answer_is_remembered_for_all_transports(how: str) -> None:
    async with world() as it:
        first = await it.answer(CALLS)
        assert await carried(it, how, CALLS) == [first]
        it.sandbox.requests.clear()
        assert await carried(it, how, CALLS) == [first]
        assert it.requests == {}


@pytest.mark.parametrize("how", STREAMS)
async def test_what_is_deferred_comes_in_parts(how: str) -> None:
    async with world() as it:
        first, *rest = await carried(it, how, DEFERRED)
        assert [set(node) for node in first["data"]["calls"]["nodes"]] == [{"callId"}] * 2
        late = [piece for part in rest for piece in part.get("incremental", ())]
        assert [set(piece["data"]) for piece in late] == [{"transcript"}] * 2
        assert rest[-1]["hasNext"] is False
        assert it.requests == {LIST_CALLS: 1, GET_CALL: 2}


async def test_on_a_socket_that_asks_for_no_parts_all_comes_at_once() -> None:
    async with world() as it, talking(it.app) as talk:
        await talk.init()
        answer = await talk.ask(DEFERRED)
        assert set(answer) == {"data"}
        assert [set(node) for node in answer["data"]["calls"]["nodes"]] == [
            {"callId", "transcript"}
        ] * 2


@pytest.mark.parametrize("how", TRANSPORTS)
async def test_a_subscription_is_refused(how: str) -> None:
    async with world() as it:
        (answer,) = await carried(it, how, "subscription { callStarted { callId } }")
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        assert it.requests == {}


@pytest.mark.parametrize("how", STREAMS)
@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"cost_limit": 1}, "COST_LIMIT_EXCEEDED"),
        ({"item_limit": 1}, "ITEM_LIMIT_EXCEEDED"),
        ({"rate_limit": 4}, "RATE_LIMITED"),
        ({"limits": {"depth": 1}}, "DEPTH_LIMIT_EXCEEDED"),
    ],
)
async def test_what_one_may_ask_is_the_same(how: str, settings: JsonObject, code: str) -> None:
    query = "{ calls(first: %d) { nodes { agent { agentName } } } }"
    async with world(**settings) as it:
        for first in (2, 3):
            (answer,) = await carried(it, how, query % first)
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == code
        assert it.requests.get(LIST_CALLS, 0) == (code == "RATE_LIMITED")


@pytest.mark.parametrize("how", STREAMS)
async def test_operations_at_once_count_whatever_carries_them(how: str) -> None:
    async with world(operations_at_once=1) as it, talking(it.app) as talk:
        it.sandbox.faults.set([Fault(latency_ms=LONG)])
        await talk.init()
        talk.subscribe("1", CALLS)
        await arrived(it)
        (answer,) = await carried(it, how, CALL, {"id": it.settled()[0]})
        assert answer["errors"][0]["extensions"]["code"] == "TOO_MANY_OPERATIONS"


async def test_sockets_and_event_streams_of_a_tenant_count_together() -> None:
    async with world(streams=1) as it, talking(it.app) as talk:
        await talk.init()
        response = await it.post(CALLS, accept="text/event-stream")
        assert (response.status_code, it.requests) == (429, {})
        assert response.json()["errors"][0]["extensions"]["code"] == "TOO_MANY_STREAMS"
        async with talking(it.app) as second:
            second.say({"type": "connection_init"})
            closed = await second.ended()
        assert closed == (1013, "Too many WebSockets and event streams of yours are open.")
        assert await talk.ask(CALLS)


async def test_the_limits_of_sockets_are_as_they_are_set() -> None:
    async with world(socket_init_seconds=0.01) as it, talking(it.app) as talk:
        assert await talk.ended() == (4408, "Connection initialisation timeout")
    async with world(socket_message_bytes=1000, socket_operations=1) as it:
        async with talking(it.app) as talk:
            talk.say(" " * 1001)
            assert await talk.ended() == (1009, "The message is larger than 1000 bytes.")
        async with talking(it.app) as talk:
            it.sandbox.faults.set([Fault(latency_ms=LONG)])
            await talk.init()
            talk.subscribe("1", CALLS)
            (error,) = await talk.refused(CALLS)
            assert error["extensions"]["code"] == "TOO_MANY_OPERATIONS"


@pytest.mark.parametrize("how", TRANSPORTS)
async def test_what_is_read_of_a_person_is_noted(how: str) -> None:
    async with world(scopes=SCOPES) as it:
        call_id = it.settled()[0]
        for found in ("read", "remembered"):
            await carried(it, how, CALL, {"id": call_id})
            line = orjson.loads(it.audited[-1])
            noted = {name: line[name] for name in ("caller", "ids", "fields", "found", "outcome")}
            assert noted == {
                "caller": "limited",
                "ids": [call_id],
                "fields": ["transcript"],
                "found": found,
                "outcome": "answered",
            }
        ids = [orjson.loads(line)["request_id"] for line in it.audited]
        assert len(set(ids)) == len(ids) == 2


@pytest.mark.parametrize("how", TRANSPORTS)
async def test_what_is_masked_is_masked(how: str) -> None:
    async with world(scopes=["calls:read"]) as it:
        (answer,) = await carried(it, how, CALL, {"id": it.settled()[0]})
        assert answer["data"]["call"]["transcript"] is None
        assert answer["extensions"]["masked"] == [["call", "transcript"]]
        assert it.audited == []


async def test_documents_are_known_by_their_hash() -> None:
    hashed = {"persistedQuery": {"version": 1, "sha256Hash": sha256(CALLS.encode()).hexdigest()}}
    async with world() as it, talking(it.app) as talk:
        await talk.init()
        asked = {"id": "1", "type": "subscribe", "payload": {"extensions": hashed}}
        talk.say(asked)
        (error,) = await talk.answers("1")
        assert error["payload"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
        whole = await talk.ask(CALLS, extensions=hashed)
        talk.say(asked)
        known, _ = await talk.answers("1")
        assert known["payload"] == whole


async def test_only_trusted_documents_are_answered_where_that_is_set(tmp_path: Path) -> None:
    file = tmp_path / "documents.json"
    file.write_bytes(orjson.dumps({"calls-1": CALLS}))
    async with world(documents="only", trusted_documents_file=file) as it, talking(it.app) as talk:
        await talk.init()
        (error,) = await talk.refused(CALLS)
        assert error["extensions"]["code"] == "TRUSTED_DOCUMENT_REQUIRED"
        talk.say({"id": "1", "type": "subscribe", "payload": {"documentId": "calls-1"}})
        answer, _ = await talk.answers("1")
        assert len(answer["payload"]["data"]["calls"]["nodes"]) == 3


async def test_an_answer_says_how_it_came_about_where_the_greeting_asks() -> None:
    async with world() as it, talking(it.app) as talk:
        await talk.init({"x-gateway-debug": "1"})
        answer = await talk.ask(CALLS)
        assert answer["extensions"]["gateway"]["upstreamRequests"] == 1


async def test_a_client_that_wants_no_more_cancels_its_read() -> None:
    async with world() as it, talking(it.app) as talk:
        it.sandbox.faults.set([Fault(latency_ms=LONG)])
        await talk.init()
        for id_ in ("1", "2"):
            talk.subscribe(id_, CALL, {"id": it.settled()[int(id_)]})
        await arrived(it, 2)
        talk.say({"id": "1", "type": "complete"})
        while sum(it.sandbox.requests.under_way.values()) > 1:
            talk.say({"type": "ping"})
            assert await talk.heard() == {"type": "pong"}
        talk.leave()
        await departed(it)


async def test_a_change_goes_on_when_its_client_wants_no_more() -> None:
    async with world() as it:
        call_id = it.settled()[0]
        it.sandbox.faults.set([Fault(UPDATE_CALL, latency_ms=50)])
        async with talking(it.app) as talk:
            await talk.init()
            talk.subscribe("1", UPDATE, {"input": {"callId": call_id, "metadata": {"n": 1}}})
            await arrived(it)
            talk.say({"id": "1", "type": "complete"})
        assert it.sandbox.requests.under_way == {UPDATE_CALL: 1}
    # Leaving the block ends the gateway, which waits for it.
    assert it.sandbox.requests.left == {}
    assert it.sandbox.accounts[A].changes.edits[call_id] == {"metadata": {"n": 1}}


class Keys:
    """A file of keys: one of each tenant, of which the first lives for so many seconds."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "keys.json"

    def write(self, *names: str, seconds: float = 600) -> None:
        write_keys(
            self.path,
            [
                StoredKey(
                    name=name,
                    hash=hash_of(f"rgw_{name}"),
                    tenant=name,
                    scopes=("*",),
                    created=THEN,
                    expires=THEN + timedelta(seconds=seconds),
                )
                for name in names
            ],
        )

    def open(self) -> Any:
        auth = {"auth": "api-key", "keys_file": str(self.path)}
        return world(api_key=A, api_keys={"b": B}, auth=auth)


@pytest.fixture(name="keys")
def given_keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


@pytest.mark.parametrize("payload", [{"x-api-key": "rgw_b"}, {"Authorization": "Bearer rgw_b"}])
async def test_a_key_comes_in_the_greeting_or_in_a_header(keys: Keys, payload: JsonObject) -> None:
    keys.write("default", "b")
    headers = [(name.lower(), value) for name, value in payload.items()]
    async with keys.open() as it:
        own = [{"callId": item["call_id"]} for item in it.items(B)[:3]]
        async with talking(it.app) as talk:
            await talk.init(payload)
            assert (await talk.ask(CALLS))["data"]["calls"]["nodes"] == own
        async with talking(it.app, *headers) as talk:
            await talk.init()
            assert (await talk.ask(CALLS))["data"]["calls"]["nodes"] == own
        async with talking(it.app, ("x-api-key", "rgw_default")) as talk:
            await talk.init(payload)  # it takes the place of the header
            assert (await talk.ask(CALLS))["data"]["calls"]["nodes"] == own


async def test_a_key_that_is_revoked_ends_its_sockets_with_their_next_operation(keys: Keys) -> None:
    keys.write("default", "b")
    async with (
        keys.open() as it,
        talking(it.app) as talk,
        talking(it.app) as other,
    ):
        await talk.init({"x-api-key": "rgw_b"})
        await other.init({"x-api-key": "rgw_default"})
        assert await talk.ask(CALLS)
        keys.write("default")
        it.clock.forward(1)
        it.sandbox.requests.clear()
        talk.subscribe("1", CALLS)
        assert await talk.ended() == (4401, "The key is not known here, or its time is over.")
        assert it.requests == {}
        assert await other.ask(CALLS)


@pytest.mark.parametrize("how", STREAMS)
async def test_a_stream_ends_with_its_key(keys: Keys, how: str) -> None:
    keys.write("default", seconds=0.05)
    async with keys.open() as it:
        it.sandbox.faults.set([Fault(latency_ms=LONG)])
        if how == "events":
            (answer,) = await carried(it, how, CALLS, None, **{"x-api-key": "rgw_default"})
            (error,) = answer["errors"]
            assert (error["message"], error["extensions"]["code"]) == (OVER[1], "UNAUTHENTICATED")
        else:
            async with talking(it.app) as talk:
                await talk.init({"x-api-key": "rgw_default"})
                talk.subscribe("1", CALLS)
                assert await talk.ended() == OVER
        await departed(it)


async def test_a_socket_ends_with_its_token_though_nothing_is_asked() -> None:
    auth = JWT | {"jwt_leeway_seconds": 0}
    async with world(auth=auth, fetch_keys=Issuer(), calls=5) as it:
        token = signed(claims(exp=int(NOW) + 10))
        it.clock.forward(9.95)
        async with talking(it.app) as talk:
            await talk.init(bearing(token))
            assert await talk.ended() == OVER
        it.clock.forward(0.05)
        async with talking(it.app) as talk:
            talk.say({"type": "connection_init", "payload": bearing(token)})
            assert await talk.ended() == (4401, "The token is not valid here, or its time is over.")


@pytest.mark.parametrize("values", SENT.values(), ids=SENT.keys())
async def test_a_forgery_is_refused_in_a_greeting(values: list[str]) -> None:
    named = ["authorization", "Authorization"]
    async with world(auth=JWT, fetch_keys=Issuer(), calls=5) as it, talking(it.app) as talk:
        payload = dict(zip(named, values, strict=False))
        talk.say({"type": "connection_init", "payload": payload})
        closed = await talk.ended()
        assert closed is not None
        assert closed[0] == 4401
        assert it.requests == {}


@pytest.mark.parametrize("value", GENUINE.values(), ids=GENUINE.keys())
async def test_what_is_no_forgery_is_answered(value: str) -> None:
    async with world(auth=JWT, fetch_keys=Issuer(), calls=5) as it, talking(it.app) as talk:
        await talk.init({"authorization": value})
        assert await talk.ask(CALLS)


async def test_a_token_in_the_url_or_in_a_cookie_counts_for_nothing() -> None:
    query = f"authorization=Bearer%20{GOOD}&access_token={GOOD}&token={GOOD}".encode()
    cookie = ("cookie", f"authorization=Bearer {GOOD}; token={GOOD}")
    async with (
        world(auth=JWT, fetch_keys=Issuer(), calls=5) as it,
        talking(it.app, cookie, query_string=query) as talk,
    ):
        talk.say({"type": "connection_init", "payload": {"token": GOOD, "headers": bearing(GOOD)}})
        assert await talk.ended() == (4401, "Send a token as `Authorization: Bearer <token>`.")
        assert it.requests == {}


async def test_a_page_of_another_origin_opens_nothing_with_the_gateways_key() -> None:
    async with world(auth={"auth": "none"}, cors_origins="https://board.example") as it:
        async with talking(it.app, ("origin", "https://evil.example")) as talk:
            await talk.ended()
        assert (talk.accepted, talk.status) == (None, 403)
        assert talk.refusal is not None
        assert talk.refusal["errors"][0]["extensions"]["code"] == "CSRF_PREVENTED"
        for origin in ("https://board.example", "http://gateway"):
            async with talking(it.app, ("origin", origin)) as talk:
                await talk.init()
                assert await talk.ask(CALLS)


async def test_there_are_sockets_at_the_path_of_graphql_alone() -> None:
    for path in ("/", "/graphql/", "/livez", "/graphql/assets/x"):
        async with world(calls=1) as it, talking(it.app, path=path) as talk:
            await talk.ended()
        assert talk.accepted is None


class Unheard(Exception):
    """Of no kind that anybody knows."""


SECRET = "10.0.0.7 says sandbox-key-a"
FAILED = "The gateway failed; its log has the request id."


def told(answer: list[Any]) -> list[Any]:
    """Every error in it."""
    pieces = [piece for part in answer for piece in (part, *part.get("incremental", ()))]
    return [error for piece in pieces for error in piece.get("errors", ())]


@pytest.mark.parametrize("how", TRANSPORTS)
async def test_a_fault_of_an_operation_is_told_without_its_words(how: str) -> None:
    def full(_: bytes) -> None:
        raise Unheard(SECRET)

    async with world(audited=full) as it:
        answer = await carried(it, how, CALL, {"id": it.settled()[0]})
    ((error,),) = [part.pop("errors") for part in answer]
    assert answer == [{}]
    assert error["extensions"].pop("requestId")
    assert error == {"message": FAILED, "extensions": {"code": "INTERNAL_SERVER_ERROR"}}


class Broken(httpx.AsyncBaseTransport):
    """Fails in a way that nobody knows, whenever a single object is asked for."""

    def __init__(self) -> None:
        self._inner = httpx.ASGITransport(create_sandbox(calls=60))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith(("/v2/get-call", "/get-agent")):
            raise Unheard(SECRET)
        return await self._inner.handle_async_request(request)


@pytest.mark.parametrize("below", ["transcript", "callId ... @defer { agent { agentName } }"])
@pytest.mark.parametrize("how", TRANSPORTS)
async def test_a_fault_of_a_field_is_told_without_its_words(how: str, below: str) -> None:
    async with world(transport=Broken()) as it:
        answer = await carried(it, how, f"{{ calls(first: 1) {{ nodes {{ {below} }} }} }}")
    (error,) = told(answer)
    assert error["extensions"].pop("requestId")
    assert (error["message"], error["extensions"]) == (FAILED, {"code": "INTERNAL_SERVER_ERROR"})
    assert set(error) == {"message", "locations", "path", "extensions"}
    assert len(answer) == (2 if "defer" in below and how != "json" else 1)
    assert SECRET not in str(answer)
