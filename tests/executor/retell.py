"""A Retell that answers by seed and request: rightly, as the schema has it, or with damage."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

import httpx
import orjson
from graphql import (
    GraphQLEnumType,
    GraphQLObjectType,
    get_nullable_type,
    is_abstract_type,
    is_list_type,
)

from gateway.app import find_resources, schema
from gateway.resources.call import ONLY_IN_FULL
from gateway.schema.readings import READING, Completed, Discriminator, Key, chosen
from tests.executor.damage import damaged, damaged_lists, respelled, spread, torn, written
from tests.executor.operations import AGENTS, CALLS, THINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.schema.resource import Resource

    Json = dict[str, Any]

OWN = {"Agent", "Call"}
"""Resources of which more is known."""
MADE_UP = re.compile(rb'(?<="idempotency_key":")[0-9a-f]{32}')
VARIETY = 40
"""How many forms of each object there are."""
WORDS = ("hello", "Grüße", "", "user_hangup", "a longer text of some words", "12", "\u2028")
EXTRA: dict[str, Json] = {
    "Agent": {"tags": {"production": {"version": 3, "dynamic_variables": {"a": "b"}}}},
    "CustomLlmEngine": {"llm_websocket_url": "wss://user:secret@llm.test/socket?key=1"},
    "FlowAgentSwapNode": {"agent_version": 3},
    "FlowCustomTool": {"url": "https://user:secret@hooks.test/flow?key=1"},
    "FlowGlobalNodeSetting": {"condition": "They want a person"},
}
"""What fields are worked out from, as their readings do not say."""


@dataclass
class Retell:
    """Plays one upstream; `harm` from 0, none, to 1, hardly anything is right."""

    seed: int
    harm: float
    _answers: dict[bytes, Callable[[], httpx.Response]] = field(default_factory=dict, repr=False)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """The answer: the same to the same request, however often it comes."""
        content = MADE_UP.sub(b"", request.content)  # it is another one each time
        asked = b"%s %s %s" % (request.method.encode(), request.url.raw_path, content)
        if asked not in self._answers:
            self._answers[asked] = self._answer(request, Random(f"{self.seed} {asked!r}"))
        return self._answers[asked]()

    def _answer(self, request: httpx.Request, random: Random) -> Callable[[], httpx.Response]:
        if random.random() < 0.25 * self.harm:
            return _failure(random)
        path = request.url.path.rpartition("/")[2]
        if (other := _any_other(request, path, random)) is not None:
            return self._body(other, random)
        match request.method, request.url.path.split("/")[1:-1] or [path]:
            case "GET", ["v2", "get-call"]:
                found: Any = a_call(path, random.randrange(VARIETY))
            case "POST", ["v3"]:
                found = self._calls(orjson.loads(request.content), random)
            case "POST", ["v2"]:
                ids = random.sample(AGENTS, random.randint(0, len(AGENTS)))
                listed = [_listed_agent(id_, random.randrange(VARIETY)) for id_ in ids]
                found = _page(listed, random)
            case "GET", ["get-agent"]:
                found = {**_some("Agent", random.randrange(VARIETY)), "agent_id": path}
            case "PATCH", _:
                found = a_call(path, random.randrange(VARIETY))
            case "DELETE", _:
                return lambda: httpx.Response(204)
            case _, [name]:
                type_ = {"get-concurrency": "Concurrency", "get-api-key-info": "Account"}[name]
                found = _some(type_, random.randrange(VARIETY))
        return self._body(found, random)

    def _calls(self, asked: Json, random: Random) -> Json:
        by_id = asked.get("filter_criteria", {}).get("call_id")
        if by_id is not None:
            ids = [id_ for id_ in by_id["value"] if random.random() > 0.1]
        else:
            ids = random.choices(CALLS, k=random.randint(0, min(5, asked["limit"])))
        listed = [a_call(id_, random.randrange(VARIETY)) for id_ in ids]
        kept = [{k: v for k, v in call.items() if k not in ONLY_IN_FULL} for call in listed]
        return _page(kept, random)

    def _body(self, found: Any, random: Random) -> Callable[[], httpx.Response]:
        if random.random() < self.harm:
            found = damaged(found, random, random.choice((1, 1, 2, 3, 6)))
            found = damaged_lists(found, random)
        body = spread(found) if random.random() < 0.6 else written(found)
        if random.random() < self.harm / 2:
            body = respelled(body, random)
        if random.random() < 0.05 * self.harm:
            body = torn(body, random)
        return lambda: httpx.Response(200, content=body)


def _any_other(request: httpx.Request, path: str, random: Random) -> Any:
    """What is answered of resources of which nothing more is known than what they say: by their
    sources, and by names such as `update-thing`. None of calls and agents, and for deletions."""
    if request.method == "DELETE":
        return None
    folder = request.url.path.rpartition("/")[0]
    known = _sources().get(f"{request.method} {request.url.path}")
    known = known or _sources().get(f"{request.method} {folder}")
    if known is None:
        verb = _CHANGES.search(request.url.path)
        changed = _by_path().get(verb[1] if verb else "")
        return None if changed is None else _one(changed, path, random)
    resource, lists = known
    if not lists:
        return _one(resource, path, random)
    items = [_one(resource, id_, random) for id_ in random.sample(THINGS, random.randrange(4))]
    return _page(items, random)


_CHANGES = re.compile(r"/(?:create|update)-([a-z-]+)")


def _one(resource: Resource, id_: str, random: Random) -> Json:
    return {**_some(resource.name, random.randrange(VARIETY)), resource.id_key: id_}


@cache
def _by_path() -> dict[str, Resource]:
    """Of `ConversationFlow` it is `conversation-flow`."""
    others = [each for each in find_resources() if each.node and each.name not in OWN]
    return {re.sub(r"(?<!^)(?=[A-Z])", "-", each.name).lower(): each for each in others}


@cache
def _sources() -> dict[str, tuple[Resource, bool]]:
    """Resources by the endpoints where they are read, and whether those list them."""
    return {
        source.endpoint.name: (resource, source.endpoint.lists)
        for resource in _by_path().values()
        for source in resource.sources
    }


def _failure(random: Random) -> Callable[[], httpx.Response]:
    status = random.choice((404, 404, 422, 500, 429, 401, 0, 200))
    if status == 0:

        def time_out() -> httpx.Response:
            raise httpx.ReadTimeout("")

        return time_out
    content = random.choice((b"[]", b"3", b"null", b"", b"{}", b"{"))
    return lambda: httpx.Response(status, content=content)


def _page(items: list[Json], random: Random) -> Json:
    more = {"has_more": True, "pagination_key": "next"} if random.random() < 0.5 else {}
    return {"items": items, "total": random.choice((0, len(items), 1000)), **more}


@cache
def a_call(call_id: str, variety: int) -> Json:
    """A call in full."""
    random = Random(f"{call_id} {variety}")
    type_ = random.choice(("PhoneCall", "PhoneCall", "WebCall", "UnknownCall"))
    kind = {"PhoneCall": "phone_call", "WebCall": "web_call"}.get(type_, "carrier_pigeon")
    versions: tuple[Json, ...] = ({"agent_version": 3}, {"agent_version": 0}, {"version": 3}, {})
    call: Json = {
        **made(type_, random),
        "call_type": kind,
        "call_id": call_id,
        "agent_id": random.choice(AGENTS),
    }
    call.pop("agent_version", None)
    call.pop("version", None)
    return {**call, **random.choice(versions)}


def _listed_agent(agent_id: str, variety: int) -> Json:
    names = {"agent_id", "agent_name", "channel", "is_suspended", "is_transfer_agent", "tags"}
    agent = {**_some("Agent", variety), "agent_id": agent_id}
    return {name: value for name, value in agent.items() if name in names}


@cache
def _some(type_: str, variety: int) -> Json:
    return made(type_, Random(f"{type_} {variety}"))


def made(type_name: str, random: Random, depth: int = 0) -> Json:
    """A JSON object that every field of the type can be read from; some are null or left out."""
    type_: Any = schema().executable.type_map[type_name]
    found = dict(EXTRA.get(type_name, {}))
    for name, definition in type_.fields.items():
        reading = chosen(definition.extensions.get(READING), None)
        if name.endswith("Raw") or not isinstance(reading, Key | Completed):
            continue
        key = random.choice(reading.names) if isinstance(reading, Key) else reading.name
        if random.random() < 0.93 or str(definition.type).endswith("!"):
            found[key] = _value(definition.type, random, depth)
    return found


def _value(type_: Any, random: Random, depth: int) -> Any:
    if type_ is get_nullable_type(type_) and random.random() < 0.07:
        return None
    type_ = get_nullable_type(type_)
    if is_list_type(type_):
        deep = depth > 1  # flows have nodes with tools with variables with examples
        many = 60 if random.random() < 0.04 and not deep else random.randrange(2 if deep else 5)
        return [_value(type_.of_type, random, depth) for _ in range(many)]
    if is_abstract_type(type_):
        return _of_some_type(type_, random, depth + 1)
    if isinstance(type_, GraphQLObjectType):
        return made(type_.name, random, depth + 1)
    if isinstance(type_, GraphQLEnumType):
        raw = random.choice(list(type_.values.values())).value
        known = raw.value if isinstance(raw, Enum) else raw
        return "brand_new" if random.random() < 0.1 else known
    return _LEAVES[type_.name](random)


def _of_some_type(type_: Any, random: Random, depth: int) -> Json:
    told: Discriminator = type_.extensions[READING]
    kind = random.choice([*told.members, "carrier_pigeon"])
    return {**made(told.members.get(kind, told.fallback), random, depth), told.key: kind}


_LEAVES: dict[str, Callable[[Random], Any]] = {
    "String": lambda random: random.choice(WORDS),
    "ID": lambda random: f"id_{random.randrange(9)}",
    "Int": lambda random: random.choice((0, 1, 250, -(2**31), 2**31 - 1)),
    "Float": lambda random: random.choice((0, 1.5, 12, 0.1, 250.0, -3)),
    "Boolean": lambda random: random.random() < 0.5,
    "DateTime": lambda random: random.choice((1_699_999_000_000, 0, 1.5, 1_700_000_000_000)),
    "BigInt": lambda random: random.choice((0, 86_400_000, 2**53 + 1)),
    "JSON": lambda random: random.choice(({"a": [1, None]}, {}, "text", {"b": {"c": 0.5}})),
    "URL": lambda random: f"https://files.test/{random.randrange(9)}?signature=x",
    "TelephoneNumber": lambda random: f"+1415555010{random.randrange(9)}",
}
