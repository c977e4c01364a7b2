"""What Retell says of a call comes through whole: walked value by value, no leaf lost."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import orjson

from gateway.sandbox.store import example
from tests.promises.everything import KNOWN, everything
from tests.world import GET_CALL, world

if TYPE_CHECKING:
    from collections.abc import Iterator

CALL = f"query ($id: ID!) {{ call(callId: $id) {{ {everything('Call')} }} }}"
SECRETS = {"access_token"}
RENAMED = {"version": "agentVersion"}
"""Older spellings that are shown under the name of today."""
MAPS = {
    "metadata",
    "custom_attributes",
    "custom_analysis_data",
    "retell_llm_dynamic_variables",
    "collected_dynamic_variables",
    "custom_sip_headers",
}
"""Free maps, shown as they are. Entries of transcripts have a `metadata` too, which is none."""


def camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def moment(text: str) -> int:
    return round(dt.datetime.fromisoformat(text).timestamp() * 1000)


def lost(said: Any, shown: Any, path: str = "") -> Iterator[str]:
    """Paths of what was said and is not shown, or is shown as something else."""
    if isinstance(said, dict):
        for name, value in said.items():
            if name not in SECRETS:
                yield from _lost(name, value, shown or {}, f"{path}.{name}")
    elif isinstance(said, list):
        if len(said) != len(shown or ()):
            yield path
            return
        for place, (one, other) in enumerate(zip(said, shown, strict=True)):
            yield from lost(one, other, f"{path}.{place}")
    elif said != shown:
        yield f"{path}: {said!r} is shown as {shown!r}"


def _lost(name: str, said: Any, around: dict[str, Any], path: str) -> Iterator[str]:
    key = RENAMED.get(name, camel(name))
    if f"{key}Raw" in around:
        yield from lost(said, around[f"{key}Raw"], path)
        known = around[f"{key}{KNOWN}"] if f"{key}{KNOWN}" in around else around[key]
        if known != said.upper():
            yield f"{path}: {said!r} is shown as {known!r}"
    elif key not in around:
        yield path
    elif name.endswith("_timestamp"):
        yield from lost(said, around[key] and moment(around[key]), path)
    elif name in MAPS and said == around[key]:
        return
    else:
        yield from lost(said, around[key], path)


def leaves(value: object) -> int:
    if isinstance(value, dict | list):
        return sum(leaves(v) for v in (value.values() if isinstance(value, dict) else value))
    return 1


async def test_retells_own_example_comes_through_whole() -> None:
    said = orjson.loads(example())
    async with world(limits={"fields": 2_000}) as it:
        shown = (await it.data(CALL, {"id": said["call_id"]}))["call"]
        assert list(lost(said, shown)) == []
        assert leaves(said) == 84
        assert shown["__typename"] == "WebCall"
        assert it.requests == {GET_CALL: 1}


async def test_the_older_spellings_of_the_example_are_the_fields_of_today() -> None:
    said = orjson.loads(example())
    async with world(limits={"fields": 2_000}) as it:
        shown = (await it.data(CALL, {"id": said["call_id"]}))["call"]
        assert shown["agentVersion"] == said["version"] == 1
        assert shown["optOutSensitiveDataStorage"] is True
        assert shown["callCost"]["productCosts"][0]["unitPrice"] == 1
        assert shown["callCost"]["totalOneTimePrice"] == 10
        assert shown["startTimestamp"] == "2023-12-23T03:33:27.333Z"


async def test_the_token_that_opens_the_example_is_nowhere_in_its_answer() -> None:
    said = orjson.loads(example())
    async with world(limits={"fields": 2_000}) as it:
        response = await it.post(CALL, {"id": said["call_id"]})
        assert said["access_token"] not in response.text
        assert await it.errors(CALL.replace("callId ", "callId accessToken ", 1)) != []


async def test_every_kind_of_call_comes_through_whole() -> None:
    async with world(limits={"fields": 2_000}) as it:
        account = it.sandbox.accounts["sandbox-key-a"]
        kinds = {
            (item["call_status"], item["call_type"], item["data_storage_setting"]): item
            for item in it.items()
            if "agent_version" in item
        }
        assert len(kinds) > 12
        for item in kinds.values():
            said = account.call(item["call_id"], int(it.clock() * 1000)).record()
            shown = (await it.data(CALL, {"id": item["call_id"]}))["call"]
            assert list(lost(orjson.loads(orjson.dumps(said)), shown)) == []
        assert it.requests == {GET_CALL: len(kinds)}
