"""Retell changes under the gateway: what was not touched is answered as ever.

Objects are changed a thousand ways at random: new words, kinds, keys and members, values of other
types, keys that are gone.
"""

from __future__ import annotations

import asyncio
import re
from random import Random
from typing import Any, cast

import httpx
import orjson
import pytest

from gateway.app import find_resources, schema
from gateway.schema.types import DISCRIMINATORS
from tests.promises.everything import KNOWN, everything, fields
from tests.resources.test_every_resource import some_id
from tests.world import World, world

SCHEMA = schema().executable
RESOURCES = {each.name: each for each in find_resources() if each.node}
TIMES = 1000
ROUNDS = 4
"""Of each resource, so that workers can share them."""
TELLING = {told.key for told in DISCRIMINATORS.values()}
READ_FROM = {
    "languages": "language",
    "agentVersion": "version",
    **dict.fromkeys(("tagId", "nodeId", "edgeId", "exampleId", "noteId"), "id"),
    "args": "inputMatchRule",
}
"""Fields that are read from a key of another name."""
WHOLE = {"inputMatchRule"}
"""Keys whose inside is shown otherwise."""
LARGE = {"ConversationFlow", "ConversationFlowComponent"}
"""Of nodes of flows, one kind in one document: all of them are too much for one."""
NODES = sorted(
    type_.name for type_ in SCHEMA.get_possible_types(cast("Any", SCHEMA.type_map["FlowNode"]))
)

Path = tuple[str | int, ...]


class Newer(httpx.AsyncBaseTransport):
    """Retell, one of whose answers is changed on its way."""

    def __init__(self) -> None:
        self.inner: httpx.AsyncBaseTransport
        self.change: Any = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        if self.change is None:
            return response
        body = orjson.loads(await response.aread())
        self.change(body)
        return httpx.Response(response.status_code, content=orjson.dumps(body))


def places(value: Any, path: Path = ()) -> list[Path]:
    """The path of every value in an object."""
    keys: Any = value if isinstance(value, dict) else range(len(value))
    found: list[Path] = []
    for key in keys:
        found.append((*path, key))
        if isinstance(value[key], dict | list):
            found += places(value[key], (*path, key))
    return found


def changed(body: Any, random: Random, spared: str) -> Path:
    """Change something of an object; where. The key that is `spared` is its id."""
    path = random.choice([each for each in places(body) if each[0] != spared])
    holder = body
    for key in path[:-1]:
        holder = holder[key]
    last: Any = path[-1]
    way = random.randrange(5)
    if way == 0:
        holder[last] = "brand_new"
    elif way == 1:
        holder[last] = random.choice([None, 7, 1e30, True, "7", [], {}, [7], {"brand": "new"}])
    elif way == 2 and isinstance(holder, dict):
        holder["brand_new"] = {"type": "brand_new", "of": [holder.get(last)]}
        return (*path[:-1], "brand_new")
    elif way == 3 and isinstance(holder, dict):
        del holder[last]
    elif isinstance(holder, list):
        holder.append({"type": "brand_new", "role": "brand_new"})
        return path[:-1]
    return path[:-1] if last in TELLING else path


def leaves(value: Any, path: Path = ()) -> dict[Path, Any]:
    """Every leaf of an answer by its path, by the names of the schema."""
    if isinstance(value, list) and value:
        pairs: Any = enumerate(value)
    elif isinstance(value, dict) and value:
        pairs = value.items()
    else:
        return {path: value}
    return {p: v for key, each in pairs for p, v in leaves(each, (*path, _plain(key))).items()}


def _plain(key: Any) -> Any:
    """A key by the name of its field, in Retell's JSON and in answers alike."""
    if not isinstance(key, str):
        return key
    camel = re.sub(r"_(\w)", lambda match: match[1].upper(), key)
    plain = camel.removesuffix(KNOWN).removesuffix("Raw")
    return READ_FROM.get(plain, plain)


def is_within(path: Path, touched: Path) -> bool:
    """Whether what stands at a path can have been touched."""
    return path[: len(touched)] == touched or touched[: len(path)] == path


def selected(name: str, random: Random) -> str:
    """All fields of a resource."""
    if name not in LARGE:
        return everything(name)
    kind = random.choice(NODES)
    nodes = f"nodes {{ __typename ... on {kind} {{ {everything(kind)} }} }}"
    others = {field: told for field, told in fields(name).items() if "FlowNode" not in told}
    others = {field: told for field, told in others.items() if len(told) < 10_000}
    return " ".join([*others.values(), nodes])


async def answered(it: World, query: str, id_: str) -> tuple[dict[Path, Any], list[Path]]:
    answer = await it.answer(query, {"id": id_})
    errors = [tuple(map(_plain, error["path"][1:])) for error in answer.get("errors", ())]
    return leaves(answer["data"]["node"]), errors


@pytest.mark.parametrize("round_", range(ROUNDS))
@pytest.mark.parametrize("name", sorted(RESOURCES))
async def test_what_was_not_touched_is_answered_as_ever(name: str, round_: int) -> None:
    random, transport = Random(f"{name}/{round_}"), Newer()
    many = {"fields": 10_000, "depth": 40, "aliases": 2_000, "tokens": 100_000}
    async with world(
        transport=transport, cache="off", answer_bytes=0, limits=many, body_bytes=2_000_000
    ) as it:
        transport.inner = httpx.ASGITransport(it.sandbox)
        id_ = await some_id(it, name)
        fields_of_it = selected(name, random)
        query = f"query ($id: ID!) {{ node(id: $id) {{ ... on {name} {{ {fields_of_it} }} }} }}"
        expected, none = await answered(it, query, id_)
        assert none == []
        for _ in range(max(1, TIMES // len(RESOURCES) // ROUNDS)):
            touched: list[Path] = []
            seed = random.random()

            def change(body: Any, seed: float = seed, touched: list[Path] = touched) -> None:
                touched.append(changed(body, Random(seed), RESOURCES[name].id_key))

            transport.change = change
            found, errors = await answered(it, query, id_)
            transport.change = None
            place = tuple(map(_plain, touched[0]))
            whole = [n for n, key in enumerate(place, 1) if key in WHOLE]
            place = place[: whole[0]] if whole else place
            told = (touched[0], seed)
            assert [path for path in errors if not is_within(path, place)] == [], told
            wrong = {
                path
                for path in expected.keys() | found.keys()
                if expected.get(path) != found.get(path) and not is_within(path, place)
            }
            assert wrong == set(), told
            await asyncio.sleep(0)
