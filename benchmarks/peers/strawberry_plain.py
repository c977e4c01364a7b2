"""Plain Strawberry, FastAPI, httpx, aiocache and a DataLoader, as their documentation has them.

`python -m benchmarks.peers.strawberry_plain PORT UPSTREAM TEMPERATURE` serves it.
"""

# mypy: disable-error-code="no-any-return, list-item"
from __future__ import annotations

import asyncio
import json
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import httpx
import strawberry
import uvicorn
from aiocache import SimpleMemoryCache
from fastapi import FastAPI
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.fastapi import GraphQLRouter
from strawberry.scalars import JSON  # noqa: TC002 - annotations are the schema
from strawberry.schema.config import StrawberryConfig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Json = dict[str, Any]
Parent = strawberry.Parent[Any]


class Retell:
    """The REST API; answers are remembered unless it is measured cold."""

    def __init__(self, base_url: str, *, remember: bool) -> None:
        self.http = httpx.AsyncClient(
            base_url=base_url,
            headers={"authorization": "Bearer key_bench"},
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=100),
            trust_env=False,
            timeout=30,
        )
        self._cache = SimpleMemoryCache(ttl=300) if remember else None

    async def read(self, method: str, path: str, body: Json | None = None) -> Any:
        """The decoded answer."""
        key = f"{method} {path} {json.dumps(body)}"
        if self._cache is not None and (known := await self._cache.get(key)) is not None:
            return known
        response = await self.http.request(method, path, json=body)
        response.raise_for_status()
        answer = response.json()
        if self._cache is not None:
            await self._cache.set(key, answer)
        return answer

    async def agents(self, keys: list[tuple[str, int]]) -> list[Json]:
        """For the DataLoader: it gives every agent once."""
        paths = [f"/get-agent/{name}?version={version}" for name, version in keys]
        return await asyncio.gather(*(self.read("GET", path) for path in paths))


@strawberry.enum
class CallStatus(Enum):
    REGISTERED = "registered"
    NOT_CONNECTED = "not_connected"
    ONGOING = "ongoing"
    ENDED = "ended"
    ERROR = "error"


@strawberry.enum
class CallType(Enum):
    WEB_CALL = "web_call"
    PHONE_CALL = "phone_call"


@strawberry.enum
class DisconnectionReason(Enum):
    USER_HANGUP = "user_hangup"
    AGENT_HANGUP = "agent_hangup"
    INACTIVITY = "inactivity"


@strawberry.enum
class UserSentiment(Enum):
    POSITIVE = "Positive"
    NEUTRAL = "Neutral"
    NEGATIVE = "Negative"


@strawberry.enum
class UtteranceRole(Enum):
    AGENT = "agent"
    USER = "user"


@strawberry.type
class Word:
    word: str | None
    start: float | None
    end: float | None


@strawberry.type
class Utterance:
    role: UtteranceRole | None
    content: str | None
    words: list[Word | None] | None


@strawberry.type
class LatencyStats:
    p50: float | None
    p90: float | None
    p95: float | None
    p99: float | None
    max: float | None
    min: float | None
    num: float | None
    values: list[float | None] | None


@strawberry.type
class CallLatency:
    e2e: LatencyStats | None
    asr: LatencyStats | None
    llm: LatencyStats | None
    tts: LatencyStats | None
    knowledge_base: LatencyStats | None


@strawberry.type
class ProductCost:
    product: str | None
    unit_price: float | None
    cost: float | None


@strawberry.type
class CallCost:
    product_costs: list[ProductCost | None] | None
    total_duration_seconds: float | None
    combined_cost: float | None


@strawberry.type
class CallAnalysis:
    call_summary: str | None
    in_voicemail: bool | None
    user_sentiment: UserSentiment | None
    call_successful: bool | None
    custom_analysis_data: JSON | None


@strawberry.type
class Agent:
    agent_id: strawberry.ID
    agent_name: str | None
    voice_id: str | None


def _time(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


@strawberry.type
class Call:
    call_id: strawberry.ID
    call_type: CallType | None
    call_status: CallStatus | None
    agent_name: str | None
    duration_ms: int | None
    disconnection_reason: DisconnectionReason | None
    transcript: str | None
    transcript_object: list[Utterance | None] | None
    call_analysis: CallAnalysis | None
    latency: CallLatency | None
    call_cost: CallCost | None

    @strawberry.field
    @staticmethod
    def start_timestamp(parent: Parent) -> datetime | None:
        return _time(parent["start_timestamp"])

    @strawberry.field
    @staticmethod
    def end_timestamp(parent: Parent) -> datetime | None:
        return _time(parent["end_timestamp"])

    @strawberry.field
    @staticmethod
    async def agent(parent: Parent, info: strawberry.Info) -> Agent | None:
        key = parent["agent_id"], parent["agent_version"]
        return await info.context["agents"].load(key)


@strawberry.type
class CallConnection:
    @strawberry.field
    @staticmethod
    def nodes(parent: Parent) -> list[Call | None]:
        return parent["items"]


@strawberry.type
class Concurrency:
    current_concurrency: int | None
    concurrency_limit: int | None


@strawberry.type
class Account:
    org_id: str | None
    org_name: str | None


@strawberry.input
class StringFilter:
    eq: str


@strawberry.input
class CallFilter:
    from_number: StringFilter | None = None


@strawberry.type
class Query:
    @strawberry.field
    async def call(self, info: strawberry.Info, call_id: strawberry.ID) -> Call | None:
        return await info.context["retell"].read("GET", f"/v2/get-call/{call_id}")

    @strawberry.field
    async def calls(
        self,
        info: strawberry.Info,
        first: int = 50,
        where: Annotated[CallFilter | None, strawberry.argument(name="filter")] = None,
    ) -> CallConnection | None:
        body: Json = {"limit": first, "sort_order": "descending"}
        if where and where.from_number:
            number = {"type": "string", "op": "eq", "value": where.from_number.eq}
            body["filter_criteria"] = {"from_number": number}
        return await info.context["retell"].read("POST", "/v3/list-calls", body)

    @strawberry.field
    async def concurrency(self, info: strawberry.Info) -> Concurrency | None:
        return await info.context["retell"].read("GET", "/get-concurrency")

    @strawberry.field
    async def account(self, info: strawberry.Info) -> Account | None:
        return await info.context["retell"].read("GET", "/get-api-key-info")


def _field_of(parent: Any, name: str) -> Any:
    return parent[name]


def application(upstream: str, temperature: str) -> FastAPI:
    """The whole of it."""
    retell = Retell(upstream, remember=temperature != "cold")

    async def context() -> Json:
        return {"retell": retell, "agents": DataLoader(load_fn=retell.agents)}

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with retell.http:
            yield

    schema = strawberry.Schema(
        Query,
        config=StrawberryConfig(default_resolver=_field_of),
        extensions=[ParserCache(maxsize=1000), ValidationCache(maxsize=1000)],
    )
    app = FastAPI(lifespan=lifespan)
    app.include_router(GraphQLRouter(schema, context_getter=context), prefix="/graphql")
    return app


if __name__ == "__main__":
    port, upstream, temperature = sys.argv[1:]
    uvicorn.run(
        application(upstream, temperature),
        port=int(port),
        log_level="warning",
        access_log=False,
    )
